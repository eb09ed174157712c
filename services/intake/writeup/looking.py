"""The preview as plain structures for its page: each text in stretches, what may stay, and what she took out. Pure."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from services.calls import Previewed
from services.intake.writeup.draft import Draft, marks_of
from services.web.forms import Choice

AT_ONCE: Final = 20
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text as it will be: as it was, gone, or doubtful."""

    kind: Literal["plain", "gone", "doubt"]
    text: str


@dataclass(frozen=True, slots=True)
class Looked:
    """One contribution: number from 0, its place, its pieces, what may stay, and whether a person looks first."""

    number: int
    place: str
    pieces: tuple[Piece, ...]
    choices: tuple[Choice, ...]
    held: bool


def look(
    draft: Draft, previewed: Sequence[Previewed], everything: Sequence[Previewed], first: int, last: int
) -> tuple[Looked, ...]:
    """Return contributions ``first`` to ``last``, end exclusive.

    Args:
        draft: what is previewed.
        previewed: each text with all marks.
        everything: each text without the keeps, so that what stays can be ticked off again.
        first: number from 0.
        last: behind the last.
    """
    return tuple(
        Looked(
            number,
            draft.places[number] if number < len(draft.places) else f"{number + 1}",
            pieces_of(previewed[number]),
            choices_of(draft, number, everything[number]),
            previewed[number].held,
        )
        for number in range(first, min(last, len(draft.contributions)))
    )


def pieces_of(one: Previewed) -> tuple[Piece, ...]:
    """Return a text cut where something went or is doubtful; together the pieces are the text."""
    size = len(one.text)
    gone = [(span.shown_start, span.shown_end) for span in one.spans]
    doubts = [(doubt.start, doubt.end) for doubt in one.doubts]
    edges = sorted({0, size, *(min(max(edge, 0), size) for pair in (*gone, *doubts) for edge in pair)})
    pieces = []
    for start, end in itertools.pairwise(edges):
        kind: Literal["plain", "gone", "doubt"] = "plain"
        if _within(start, end, gone):
            kind = "gone"
        elif _within(start, end, doubts):
            kind = "doubt"
        pieces.append(Piece(kind, one.text[start:end]))
    return tuple(pieces)


def choices_of(draft: Draft, number: int, everything: Previewed) -> tuple[Choice, ...]:
    """Return what goes from one contribution and may stay; what she asked to take out is not among it."""
    text = draft.contributions[number].text
    removed = [(mark.start, mark.end) for mark in marks_of(draft, number) if mark.action == "remove"]
    kept = draft.keeps.get(number, ())
    return tuple(
        Choice(f"{span.start}:{span.end}", _cut(text[span.start : span.end]), (span.start, span.end) in kept)
        for span in everything.spans
        if span.can_stay and not _within(span.start, span.end, removed)
    )


def keeps_from(
    draft: Draft, everything: Sequence[Previewed], ticked: Mapping[int, Sequence[str]]
) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return the keeps after a page was sent: ticked ones of the contributions it showed, as before for the others."""
    keeps = dict(draft.keeps)
    for number, values in ticked.items():
        offered = [choice.value for choice in choices_of(draft, number, everything[number])]
        chosen = [value.split(":") for value in offered if value in values]
        keeps[number] = tuple((int(start), int(end)) for start, end in chosen)
    return keeps


def _within(start: int, end: int, stretches: Sequence[tuple[int, int]]) -> bool:
    return any(low <= start and end <= high for low, high in stretches)


def _cut(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= _LONGEST_SHOWN else f"{whole[:_LONGEST_SHOWN]}…"
