"""Pseudonymises the passages of one bundle: a pure function of them and of the word lists.

What counts as a name is learnt from the whole bundle; pseudonyms are numbered for each passage alone, so that two
women's accounts of one man are not linked. Replacements have one shape, ``[LABEL]`` or ``[LABEL detail]``; people are
``[PERSON-1]``, ``[PERSON-2]`` in the order in which they come; ages are bands (``[AGE 30-39]``), dates months or
quarters (``[DATE March 2024]``, ``[DATE January to March 2024]``), neighbourhoods boroughs (``[PLACE in Lambeth]``).
Brackets of the input that look like ours become round ones.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from services.anonymiser.doubts import find_doubts, find_doubts_unchanged
from services.anonymiser.lexicon import Lexicon, fingerprint, lexicon
from services.anonymiser.people import Memory
from services.anonymiser.reading import Reading
from services.anonymiser.replacing import REMOVED, Replacement, compose, obey_marks, replacement_of, settle
from services.anonymiser.tokens import Tokens

PSEUDONYMISER_VERSION: Final[str] = f"1.0+{fingerprint()}"
_SHORTEST_SURFACE = 3


class Mark(msgspec.Struct, frozen=True):
    """A facilitator's mark on a passage: offsets into its text, and whether they go or stay."""

    start: int
    end: int
    action: Literal["remove", "keep"]


class Passage(msgspec.Struct, frozen=True):
    """One text of a bundle with the facilitator's marks."""

    id: str
    text: str
    marks: tuple[Mark, ...] = ()


class Span(msgspec.Struct, frozen=True):
    """What was replaced: offsets into the input, label, replacement, the rule's name, a score of 0 to 1."""

    start: int
    end: int
    label: str
    replacement: str
    reason: str
    score: float


class Doubt(msgspec.Struct, frozen=True):
    """What a person should look at: offsets into the output text and the rule's name, never a value."""

    start: int
    end: int
    reason: str


class Pseudonymised(msgspec.Struct, frozen=True):
    """One passage pseudonymised; ``held`` when a doubt was found, so that a person looks before it goes on."""

    id: str
    text: str
    spans: tuple[Span, ...]
    doubts: tuple[Doubt, ...]
    held: bool
    version: str


def pseudonymise(passages: Sequence[Passage]) -> list[Pseudonymised]:
    """Return every passage pseudonymised, in the order given.

    Names learnt anywhere in ``passages`` count everywhere in them; each passage's persons are numbered from 1.
    """
    words = lexicon()
    readings = [Reading(passage.text, words) for passage in passages]
    memory = Memory()
    for reading in readings:
        reading.people.teach(memory)
    replaced = [_replace(passage, reading, memory) for passage, reading in zip(passages, readings, strict=True)]
    surfaces = _surfaces(passages, readings, replaced, words)
    return [
        _write(passage, reading, replacements, memory, surfaces, words)
        for passage, reading, replacements in zip(passages, readings, replaced, strict=True)
    ]


def _replace(passage: Passage, reading: Reading, memory: Memory) -> list[Replacement]:
    replacements: list[Replacement] = []
    for found in settle([*reading.found, *reading.name_people(memory)], reading.normalised.text):
        start, end = reading.normalised.original(found.start, found.end)
        if replacements and start < replacements[-1].end:
            start = replacements[-1].end
        if start < end:
            replacements.append(Replacement(start, end, found.label, replacement_of(found), found.reason, found.score))
    removed = [(mark.start, mark.end) for mark in passage.marks if mark.action == "remove"]
    return obey_marks(replacements, removed, _kept(passage), passage.text)


def _kept(passage: Passage) -> list[tuple[int, int]]:
    size = len(passage.text)
    return [
        (mark.start, min(mark.end, size)) for mark in passage.marks if mark.action == "keep" and 0 <= mark.start < size
    ]


def _surfaces(
    passages: Sequence[Passage],
    readings: Sequence[Reading],
    replaced: Sequence[Sequence[Replacement]],
    words: Lexicon,
) -> frozenset[str]:
    """Return every word of a name or a removed stretch anywhere in the bundle that is no ordinary word."""
    surfaces: set[str] = set()
    for passage, reading, replacements in zip(passages, readings, replaced, strict=True):
        surfaces.update(reading.people.surfaces())
        for each in replacements:
            if each.label == REMOVED:
                surfaces.update(Tokens(passage.text[each.start : each.end], words).unordinary())
    return frozenset(surface for surface in surfaces if len(surface) >= _SHORTEST_SURFACE)


def _write(  # noqa: PLR0917 - one passage with what its bundle taught
    passage: Passage,
    reading: Reading,
    replacements: Sequence[Replacement],
    memory: Memory,
    surfaces: frozenset[str],
    words: Lexicon,
) -> Pseudonymised:
    text, pieces = compose(passage.text, replacements, _kept(passage))
    if pieces or not reading.is_untouched():
        doubted = find_doubts(text, pieces, memory, surfaces, words)
    else:
        doubted = find_doubts_unchanged(reading, surfaces, words)  # the output is the input: no need to read it again
    doubts = tuple(Doubt(start, end, reason) for start, end, reason in doubted)
    return Pseudonymised(
        id=passage.id,
        text=text,
        spans=tuple(
            Span(each.start, each.end, each.label, each.text, each.reason, each.score) for each in replacements
        ),
        doubts=doubts,
        held=bool(doubts),
        version=PSEUDONYMISER_VERSION,
    )
