"""What pseudonymised texts would be counted under, for the note that goes back to a group; nothing is kept."""

import asyncio
from collections.abc import Sequence

from services.calls import Subject, SubjectsGiven, SubjectsWanted
from services.themer.tagging import tag


async def subjects_of(texts: Sequence[str]) -> list[tuple[Subject, ...]]:
    """Return the nodes of each text, by framework and then the surest first."""
    # In a thread: a long session takes a while, and other people's pages must not wait.
    return await asyncio.to_thread(lambda: [_subjects(text) for text in texts])


async def answer_subjects(question: SubjectsWanted) -> SubjectsGiven:
    """Answer a call."""
    return SubjectsGiven(texts=tuple(await subjects_of(question.texts)))


def _subjects(text: str) -> tuple[Subject, ...]:
    return tuple(Subject(framework=theme.framework, node=theme.node) for theme in tag(text).themes)
