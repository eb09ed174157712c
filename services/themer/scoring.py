"""From words to concepts: what each utterance says, how surely, on what evidence.

In one utterance the chances of different cues and of the nearest example of a concept add up as chances do (noisy-or);
so do the utterances of a text. Cues need not lie in one utterance: a cue counts for the utterance of its first part.
"""

from bisect import bisect_right
from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from services.safeguarding.phrases import Hit, PhraseBook
from services.safeguarding.wording import Reading, spans_between
from services.themer.bank import Ramp, bank, cues_of
from services.themer.examples import Example, ExampleIndex, Likeness
from services.themer.utterances import Utterance

_LOOKS = 0.3
"""Likeness to a counter-example below which it says nothing."""
NOTHING = "none"
"""Owner of the sentences and expressions that no strategy covers."""
KINDS = ("form", "sector", NOTHING)
Named = dict[str, dict[str, float]]
"""By kind and label, how surely the label is named."""


class Ground(Struct, frozen=True):
    """One reason for a concept: the chance it gives, the offsets it rests on, and the rule in words."""

    chance: float
    spans: tuple[tuple[int, int], ...]
    rule: str


class Found(Struct, frozen=True):
    """What a text says of one owner: the chance, and the grounds, the strongest first."""

    chance: float
    grounds: tuple[Ground, ...]


def owner_of(kind: str, name: str) -> str:
    """Return the key under which a sector, a form or an act has its cues in the one phrase book."""
    return f"{kind}:{name}"


@cache
def phrase_book() -> PhraseBook:
    """Return every cue of the bank, compiled once."""
    known = bank()
    cues = [cue for concept in known.concepts for cue in cues_of(concept.id, concept.cues)]
    for kind, labels in (("sector", known.sectors), ("form", known.forms), ("act", known.acts)):
        cues += [cue for label in labels for cue in cues_of(owner_of(kind, label.id), label.cues)]
    cues += cues_of(NOTHING, known.none_cues)
    return PhraseBook(cues, known.lexicon)


@cache
def example_index() -> ExampleIndex:
    """Return the example sentences of the concepts and of the none class, indexed once."""
    known = bank()
    examples = [Example(NOTHING, said) for said in known.none_examples]
    for concept in known.concepts:
        examples += [Example(concept.id, said) for said in concept.examples]
        examples += [Example(concept.id, said, says_it=False) for said in concept.counter_examples]
    return ExampleIndex(examples, known.little, min(known.calibration.examples.lowest, _LOOKS))


def together(chances: Mapping[str, float] | list[float]) -> float:
    """Return the chance that at least one of several independent things is so (noisy-or)."""
    left = 1.0
    for chance in chances.values() if isinstance(chances, Mapping) else chances:
        left *= 1.0 - chance
    return 1.0 - left


def chance_of(likeness: float, ramp: Ramp) -> float:
    """Return the chance that a likeness is worth."""
    if likeness <= ramp.lowest:
        return 0.0
    share = (likeness - ramp.lowest) / (ramp.highest - ramp.lowest)
    return ramp.most * min(1.0, share)


def spans_of(hit: Hit, reading: Reading) -> tuple[tuple[int, int], ...]:
    """Return the offsets of a hit, part by part; no placeholder is touched."""
    return tuple(span for first, last in hit.parts for span in spans_between(reading, first, last))


def names_said(hits: list[Hit]) -> Named:
    """Return how surely each form, sector and speech act is named, and how surely the text is about nothing here."""
    chances: dict[str, dict[str, dict[str, float]]] = {kind: {} for kind in KINDS}
    for hit in hits:
        kind, _, name = hit.cue.owner.partition(":")
        if kind in chances:
            chances[kind].setdefault(name, {})[hit.cue.said] = hit.cue.weight
    return {kind: {name: together(each) for name, each in by_name.items()} for kind, by_name in chances.items()}


def concepts_said(reading: Reading, hits: list[Hit], cut: list[Utterance], closed: frozenset[int]) -> dict[str, Found]:
    """Return what the text says of each concept, in the order of the bank; those that it does not say are left out."""
    firsts = [utterance.first for utterance in cut]
    cued: list[dict[str, dict[str, Ground]]] = [{} for _ in cut]
    for hit in hits:
        if ":" in hit.cue.owner:
            continue
        at = max(0, bisect_right(firsts, hit.parts[0][0]) - 1)
        grounds = cued[at].setdefault(hit.cue.owner, {})
        if hit.cue.said not in grounds:
            grounds[hit.cue.said] = Ground(hit.cue.weight, spans_of(hit, reading), f"cue: {hit.cue.said}")
    gathered: dict[str, list[Ground]] = {}
    for utterance, by_owner in zip(cut, cued, strict=True):
        _weigh(reading, utterance, by_owner, closed, gathered)
    return {concept.id: _found(gathered[concept.id]) for concept in bank().concepts if concept.id in gathered}


def _found(grounds: list[Ground]) -> Found:
    """Return the sum; one rule counts once in a text, with the chance of its strongest place."""
    by_rule: dict[str, float] = {}
    for ground in grounds:
        by_rule[ground.rule] = max(ground.chance, by_rule.get(ground.rule, 0.0))
    return Found(together(by_rule), tuple(sorted(grounds, key=lambda ground: (-ground.chance, ground.spans))))


def _weigh(
    reading: Reading,
    utterance: Utterance,
    by_owner: dict[str, dict[str, Ground]],
    closed: frozenset[int],
    gathered: dict[str, list[Ground]],
) -> None:
    """Add the grounds of one utterance to what was gathered."""
    calibration = bank().calibration
    inside = range(utterance.first, utterance.last + 1)
    likenesses = example_index().likenesses(reading.words[at] for at in inside if at not in closed)
    said: dict[str, list[Ground]] = {}
    for owner, cued in by_owner.items():
        kept = calibration.unlike if _looks_only(likenesses.get(owner)) else 1.0
        said[owner] = [Ground(ground.chance * kept, ground.spans, ground.rule) for ground in cued.values()]
    spans: tuple[tuple[int, int], ...] | None = None
    for owner, likeness in likenesses.items():
        chance = chance_of(likeness.says_it, calibration.examples)
        if chance and not _looks_only(likeness):
            if spans is None:
                spans = tuple(spans_between(reading, utterance.first, utterance.last))
            if spans:
                said.setdefault(owner, []).append(Ground(chance, spans, f"example: {owner} {likeness.example + 1}"))
    nothing = together([ground.chance for ground in said.pop(NOTHING, [])])
    most = max((together([ground.chance for ground in grounds]) for grounds in said.values()), default=0.0)
    kept = calibration.nothing if nothing > most else 1.0
    for owner, grounds in said.items():
        gathered.setdefault(owner, []).extend(
            Ground(ground.chance * kept, ground.spans, ground.rule) for ground in grounds
        )


def _looks_only(likeness: Likeness | None) -> bool:
    """Whether the nearest example of a concept is one that only looks like it."""
    return likeness is not None and likeness.looks_like_it > max(likeness.says_it, _LOOKS)
