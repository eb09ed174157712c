"""What would happen to a bundle: what goes, what stays, and where there is doubt; nothing is kept or handed on.

In one process the composition passes ``preview`` into intake. Over a network it will be one sealed call to the
anonymiser's epoch key; that form is not there yet, and without it intake says that the draft waits.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from services.anonymiser.detection import STRUCTURED
from services.anonymiser.pseudonymisation import Doubt, Mark, Passage, Pseudonymised, pseudonymise
from services.events import Words

_ALWAYS_GONE = STRUCTURED | {"PLACEHOLDER"}


class PreviewedSpan(msgspec.Struct, frozen=True):
    """What goes.

    Attributes:
        start, end: offsets into the words as written.
        shown_start, shown_end: offsets of what takes its place, into the text as it will be.
        label: what kind of thing it is.
        can_stay: whether a mark may keep it; a telephone number, say, always goes.
    """

    start: int
    end: int
    shown_start: int
    shown_end: int
    label: str
    can_stay: bool


class Previewed(msgspec.Struct, frozen=True):
    """One text as it will be; doubts are offsets into it."""

    text: str
    spans: tuple[PreviewedSpan, ...]
    doubts: tuple[Doubt, ...]
    held: bool


async def preview(bundle: Sequence[Words]) -> list[Previewed]:
    """Return each text of a bundle as it will be, in order: names learnt in one count in all."""
    passages = [
        Passage(str(number), said.text, tuple(Mark(mark.start, mark.end, mark.action) for mark in said.marks))
        for number, said in enumerate(bundle)
    ]
    # In a thread: a long session takes seconds, and other people's pages must not wait.
    done = await asyncio.to_thread(pseudonymise, passages)
    return [_previewed(each) for each in done]


def _previewed(done: Pseudonymised) -> Previewed:
    spans: list[PreviewedSpan] = []
    shift = 0
    for span in done.spans:
        first = span.start + shift
        last = first + len(span.replacement)
        spans.append(PreviewedSpan(span.start, span.end, first, last, span.label, span.label not in _ALWAYS_GONE))
        shift += len(span.replacement) - (span.end - span.start)
    return Previewed(done.text, tuple(spans), done.doubts, done.held)
