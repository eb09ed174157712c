"""The stance of a whole text, from what each utterance does: complain, thank, ask for a change, turn, only tell.

Polarity of words is not stance: "it saved my life, do not cut it" is full of dark words. What decides is the speech act
of each utterance, by cues and by the nearest example of the act, and where it stands (what is asked for tends to come
last). The signals are weighed by a table in ``stance_weights.yaml``, which ``benchmarks/stance_fit.py`` prints.
"""

from bisect import bisect_right
from functools import cache

from services.safeguarding.phrases import Hit
from services.safeguarding.wording import BREAK, Reading
from services.themer.bank import ACTS, bank
from services.themer.examples import Example, ExampleIndex
from services.themer.scoring import owner_of, together
from services.themer.utterances import Utterance

STANCES = ("concern", "praise", "suggestion", "mixed", "neutral")

_ASKED = 0.65
"""An utterance that opens with a bare verb ("Train them") asks for something with this chance."""
_FEW = 4
"""Utterances from which a text no longer counts as short."""


@cache
def _acts_index() -> ExampleIndex:
    known = bank()
    return ExampleIndex(Example(label.id, said) for label in known.acts for said in label.examples)


def stance_of(reading: Reading, hits: list[Hit], cut: list[Utterance], *, covered: bool) -> str:
    """Return ``concern``, ``praise``, ``suggestion``, ``mixed`` or ``neutral``.

    Args:
        reading: the text as stems.
        hits: every cue found.
        cut: the utterances of the text.
        covered: whether any strategy covers what it says.
    """
    if not cut:
        return "neutral"
    found = signals(reading, hits, cut, covered=covered)
    heard = [(name, strength) for name, strength in found.items() if strength]
    weights = bank().stance_weights
    sums = {stance: sum([weights[stance].get(name, 0.0) * strength for name, strength in heard]) for stance in STANCES}
    return max(STANCES, key=lambda stance: sums[stance])


def signals(reading: Reading, hits: list[Hit], cut: list[Utterance], *, covered: bool) -> dict[str, float]:
    """Return the signals of a text by name, each between 0 and 1; ``cut`` may not be empty."""
    by_cue = _acts_by_cue(reading, hits, cut)
    by_example = [_acts_by_example(reading, utterance) for utterance in cut]
    found = {"always": 1.0, "covered": float(covered), "long": float(len(cut) >= _FEW)}
    for act in ACTS:
        chances = [by_act.get(act, 0.0) for by_act in by_cue]
        found |= {
            f"{act} most": max(chances),
            f"{act} mean": sum(chances) / len(chances),
            f"{act} first": chances[0],
            f"{act} last": chances[-1],
        }
        alike = [by_act.get(act, 0.0) for by_act in by_example]
        found |= {f"{act} alike": max(alike), f"{act} alike last": alike[-1]}
    praise, concern = found["praise most"], found["concern most"]
    return found | {
        "only praise": praise * (1.0 - concern),
        "only concern": concern * (1.0 - praise),
        "praise and concern": praise * concern,
        "turns": found["contrast most"] * praise * concern,
        "asks": found["suggestion most"] * (1.0 - praise),
    }


def _acts_by_cue(reading: Reading, hits: list[Hit], cut: list[Utterance]) -> list[dict[str, float]]:
    """Return for each utterance the chance of each act by its cues and its opening."""
    firsts = [utterance.first for utterance in cut]
    said: list[dict[str, dict[str, float]]] = [{} for _ in cut]
    owners = {owner_of("act", act): act for act in ACTS}
    for hit in hits:
        act = owners.get(hit.cue.owner)
        if act is not None:
            at = max(0, bisect_right(firsts, hit.parts[0][0]) - 1)
            said[at].setdefault(act, {})[hit.cue.said] = hit.cue.weight
    openings = bank().openings
    for utterance, by_act in zip(cut, said, strict=True):
        if _opens(reading, utterance, openings):
            by_act.setdefault("suggestion", {})["opens with a bare verb"] = _ASKED
    return [{act: together(chances) for act, chances in by_act.items()} for by_act in said]


def _acts_by_example(reading: Reading, utterance: Utterance) -> dict[str, float]:
    words = reading.words[utterance.first : utterance.last + 1]
    return {act: likeness.says_it for act, likeness in _acts_index().likenesses(words).items()}


def _opens(reading: Reading, utterance: Utterance, openings: frozenset[str]) -> bool:
    """Whether any sentence within the utterance starts with a bare verb."""
    return any(
        reading.words[at] in openings
        for at in range(utterance.first, utterance.last + 1)
        if at == utterance.first or reading.words[at - 1] == BREAK
    )
