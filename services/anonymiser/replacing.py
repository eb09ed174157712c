"""What was found made into replacements: overlaps settled, a facilitator's marks obeyed, the new text written."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from services.anonymiser.detection import STRUCTURED, Found

REMOVED: Final = "REMOVED"
_RANKS: Final = {"PLACEHOLDER": 0, "DATE": 2, "REFERENCE": 3, "ADDRESS": 4, "AGE": 5, "PERSON": 7}
_STRUCTURED_RANK = 1
_OTHER_RANK = 6
_TRIMMED = " \t\n\r,.;:!?-"


class Replacement(NamedTuple):
    """One stretch of the original with what takes its place."""

    start: int
    end: int
    label: str
    text: str
    reason: str
    score: float


class Piece(NamedTuple):
    """One stretch of the output that needs no doubt: a replacement, or what a facilitator kept."""

    start: int
    end: int


def settle(found: Iterable[Found], text: str) -> list[Found]:
    """Return ``found`` without overlaps, in order; what a weaker one holds beyond a stronger one stays covered."""
    settled: list[Found] = []
    for each in sorted(found, key=_precedence):
        for start, end in _beyond(each.start, each.end, settled):
            whole = (start, end) == (each.start, each.end)
            first, last = (start, end) if whole else _trim(start, end, text)
            if first < last:
                settled.append(Found(first, last, each.label, each.detail, each.reason, each.score))
    settled.sort(key=lambda each: each.start)
    return settled


def _precedence(found: Found) -> tuple[int, float, int, int, str]:
    label = found.label
    rank = _STRUCTURED_RANK if label in STRUCTURED and label != "REFERENCE" else _RANKS.get(label, _OTHER_RANK)
    return rank, -found.score, found.start - found.end, found.start, label


def _beyond(start: int, end: int, taken: Iterable[Found | Replacement]) -> list[tuple[int, int]]:
    left = [(start, end)]
    for each in taken:
        left = [
            part
            for low, high in left
            for part in (
                [(low, high)] if each.end <= low or each.start >= high else [(low, each.start), (each.end, high)]
            )
            if part[0] < part[1]
        ]
    return left


def _trim(start: int, end: int, text: str) -> tuple[int, int]:
    while start < end and text[start] in _TRIMMED:
        start += 1
    while start < end and text[end - 1] in _TRIMMED:
        end -= 1
    return start, end


def replacement_of(found: Found) -> str:
    """Return what stands in the text for something found: ``[LABEL]``, ``[LABEL detail]`` or ``[PERSON-1]``."""
    if found.label == "PLACEHOLDER":
        return found.detail
    if found.label == "PERSON":
        return f"[PERSON-{found.detail}]"
    return f"[{found.label} {found.detail}]" if found.detail else f"[{found.label}]"


def obey_marks(
    replacements: Sequence[Replacement], removed: Sequence[tuple[int, int]], kept: Sequence[tuple[int, int]], text: str
) -> list[Replacement]:
    """Return the replacements as a facilitator wants them.

    A kept stretch loses every replacement but structured identifiers; a removed one is replaced whole, and wins over
    a kept one.
    """
    result: list[Replacement] = []
    keeping = [Replacement(start, end, "", "", "", 0.0) for start, end in kept]
    for each in replacements:
        if each.label in STRUCTURED or each.label == "PLACEHOLDER":
            result.append(each)
            continue
        for start, end in _beyond(each.start, each.end, keeping):
            low, high = (start, end) if (start, end) == (each.start, each.end) else _trim(start, end, text)
            if low < high:
                result.append(each._replace(start=low, end=high))
    for start, end in removed:
        for low, high in _beyond(max(0, start), min(end, len(text)), result):
            first, last = _trim(low, high, text)
            if first < last:
                result.append(Replacement(first, last, REMOVED, f"[{REMOVED}]", "facilitator", 1.0))
    result.sort()
    return result


def compose(text: str, replacements: Sequence[Replacement], kept: Sequence[tuple[int, int]]) -> tuple[str, list[Piece]]:
    """Return the new text and its stretches that need no doubt, in order."""
    parts: list[str] = []
    pieces: list[Piece] = []
    shifts: list[tuple[int, int]] = []
    position = written = 0
    for each in replacements:
        parts.append(text[position : each.start])
        written += each.start - position
        parts.append(each.text)
        pieces.append(Piece(written, written + len(each.text)))
        written += len(each.text)
        position = each.end
        shifts.append((each.end, written - each.end))
    parts.append(text[position:])
    for start, end in kept:
        pieces.append(Piece(_shifted(start, shifts), _shifted(end, shifts)))
    pieces.sort()
    return "".join(parts), pieces


def _shifted(position: int, shifts: Sequence[tuple[int, int]]) -> int:
    shift = 0
    for end, moved in shifts:
        if end > position:
            break
        shift = moved
    return position + shift
