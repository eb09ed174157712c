"""The stance of a whole text, from what each utterance does: complain, thank, ask for a change, turn, only tell.

Polarity of words is not stance: "it saved my life, do not cut it" is full of dark words. What decides is the speech act
of each utterance, where it stands (what is asked for tends to come last), and whether a turn joins two sides.
"""

from bisect import bisect_right

from services.safeguarding.phrases import Hit
from services.safeguarding.wording import BREAK, Reading
from services.themer.bank import ACTS, bank
from services.themer.scoring import owner_of, together
from services.themer.utterances import Utterance

STANCES = ("concern", "praise", "suggestion", "mixed", "neutral")

_SAID = 0.3
"""An act is there from this chance upward."""
_PRAISED = 0.55
"""Praise needs more, since "kind" and "good" are said in complaints too."""
_LAST = 1.3
"""What is said last weighs more: that is where people ask."""
_ASKED = 0.65
"""An utterance that opens with a bare verb ("Train them") asks for something with this chance."""
_BOTH = 0.5
"""Praise and concern are both there when the weaker has this share of the stronger."""
_TOLD = 0.35
"""Every utterance of a text that some strategy covers tells of a wrong with this chance, before any cue."""


def stance_of(reading: Reading, hits: list[Hit], cut: list[Utterance], *, covered: bool) -> str:
    """Return ``concern``, ``praise``, ``suggestion``, ``mixed`` or ``neutral``.

    Args:
        reading: the text as stems.
        hits: every cue found.
        cut: the utterances of the text.
        covered: whether any strategy covers what it says; what is covered and merely told is a concern.
    """
    if not cut:
        return "neutral"
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
    return _weighed([{act: together(chances) for act, chances in by_act.items()} for by_act in said], covered=covered)


def _opens(reading: Reading, utterance: Utterance, openings: frozenset[str]) -> bool:
    """Whether any sentence within the utterance starts with a bare verb."""
    return any(
        reading.words[at] in openings
        for at in range(utterance.first, utterance.last + 1)
        if at == utterance.first or reading.words[at - 1] == BREAK
    )


def _weighed(acts: list[dict[str, float]], *, covered: bool) -> str:
    sums = dict.fromkeys(ACTS, 0.0)
    for at, by_act in enumerate(acts):
        share = _LAST if at == len(acts) - 1 else 1.0
        for act, chance in by_act.items():
            if chance >= (_PRAISED if act == "praise" else _SAID):
                sums[act] += chance * share
        if covered and not by_act.get("praise") and not by_act.get("suggestion"):
            sums["concern"] += _TOLD * share
    concern, praise, suggestion = sums["concern"], sums["praise"], sums["suggestion"]
    most = max(concern, praise, suggestion)
    if most == 0.0 or sums["report"] > most or (not covered and most < _PRAISED):
        return "neutral"
    asks_last = acts[-1].get("suggestion", 0.0) >= _SAID
    if suggestion and (suggestion >= most or (asks_last and suggestion >= _BOTH * most)):
        return "suggestion"
    if praise and concern and min(praise, concern) >= _BOTH * max(praise, concern):
        return "mixed"
    return "praise" if praise > concern else "concern"
