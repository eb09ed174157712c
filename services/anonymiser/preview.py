"""What would happen to a bundle: what goes, what stays, and where there is doubt; nothing is kept or handed on.

In one process the composition passes ``preview`` into intake; else intake asks ``answer_preview`` in a sealed call.
"""

import asyncio
from collections.abc import Sequence

from services.anonymiser.detection import STRUCTURED
from services.anonymiser.pseudonymisation import Mark, Passage, Pseudonymised, pseudonymise
from services.calls import Previewed, PreviewedSpan, PreviewGiven, PreviewWanted
from services.events import DoubtFound, Words

_ALWAYS_GONE = STRUCTURED | {"PLACEHOLDER"}


async def preview(bundle: Sequence[Words]) -> list[Previewed]:
    """Return each text of a bundle as it will be, in order: names learnt in one count in all."""
    passages = [
        Passage(str(number), said.text, tuple(Mark(mark.start, mark.end, mark.action) for mark in said.marks))
        for number, said in enumerate(bundle)
    ]
    # In a thread: a long session takes seconds, and other people's pages must not wait.
    done = await asyncio.to_thread(pseudonymise, passages)
    return [_previewed(each) for each in done]


async def answer_preview(question: PreviewWanted) -> PreviewGiven:
    """Answer a call."""
    return PreviewGiven(texts=tuple(await preview(question.words)))


def _previewed(done: Pseudonymised) -> Previewed:
    spans: list[PreviewedSpan] = []
    shift = 0
    for span in done.spans:
        first = span.start + shift
        last = first + len(span.replacement)
        spans.append(
            PreviewedSpan(
                start=span.start,
                end=span.end,
                shown_start=first,
                shown_end=last,
                label=span.label,
                can_stay=span.label not in _ALWAYS_GONE,
            )
        )
        shift += len(span.replacement) - (span.end - span.start)
    doubts = tuple(DoubtFound(start=doubt.start, end=doubt.end, reason=doubt.reason) for doubt in done.doubts)
    return Previewed(text=done.text, spans=tuple(spans), doubts=doubts, held=done.held)
