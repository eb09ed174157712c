"""The note that goes back to the group: what was heard in pseudonymised words, what happens next and by when."""

import datetime
import io
from collections.abc import Sequence
from typing import BinaryIO, Final

import docx
from msgspec import Struct

from services.clock import day_in_words, quarter_end, quarter_of

_EDGE: Final = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_NO_STATEMENT: Final = "Everything was taken out."


class SessionNote(Struct, frozen=True, kw_only=True):
    """One page for the group to agree.

    Attributes:
        reference: the session's reference; with it the facilitator can withdraw the session's notes.
        month: of the session, as people write it.
        heard: what was said, pseudonymised, in order; without what tells of a danger.
        unsaid: how many contributions were left out because they do.
        subjects: titles of what it would be counted under, the most frequent first; None: not known.
        next_steps: what happens now and by when, one sentence each.
    """

    reference: str
    month: str
    heard: tuple[str, ...]
    unsaid: int = 0
    subjects: tuple[str, ...] | None = None
    next_steps: tuple[str, ...]


def make_note(
    *,
    session: str,
    month: str,
    heard: Sequence[str],
    held: bool,
    unsaid: int = 0,
    subjects: Sequence[str] | None = None,
    hear_back_on: str = "",
) -> SessionNote:
    """Return the note of a session.

    Args:
        session: its id.
        month: as ``YYYY-MM``.
        heard: pseudonymised texts.
        held: whether a person looks at a doubt first.
        unsaid: how many texts were left out because they tell of a danger.
        subjects: titles of what it would be counted under; None: not known now.
        hear_back_on: the round's own promise, where it made one.
    """
    ends = day_in_words(quarter_end(quarter_of(month)).isoformat())
    steps = ["Names, places and whatever could point to a person are taken out before anybody reads it."]
    if held:
        steps.append("Where it is not sure that nobody can be recognised, one person checks before it goes on.")
    steps += [
        "What was said is sorted by subject and counted together with what others said.",
        f"After {ends} the next report is made. Numbers below 10 are never shown.",
        f"You hear back on {hear_back_on}." if hear_back_on else "Whoever ran the session tells you what came of it.",
        "Anybody may still withdraw, without saying why: with the five words, or through whoever ran the session.",
    ]
    said = tuple(text.strip() or _NO_STATEMENT for text in heard)
    return SessionNote(
        reference=session,
        month=written_month(month),
        heard=said,
        unsaid=unsaid,
        subjects=None if subjects is None else tuple(subjects),
        next_steps=tuple(steps),
    )


def unsaid_line(note: SessionNote) -> str:
    """Return what is said of that which was left out, or nothing."""
    if not note.unsaid:
        return ""
    told = "One thing" if note.unsaid == 1 else f"{note.unsaid} things"
    return f"{told} that somebody said about being in danger is not repeated on this page."


def subjects_line(note: SessionNote) -> str:
    """Return what stands above the subjects, or in their place."""
    if note.subjects is None:
        return "Which subjects it belongs to was not known when this was made. The next report shows it."
    if not note.subjects:
        return "Nothing in the strategy fits what was said. It is still kept, and people look at it."
    return "These are the parts of the strategy that it seems to be about. A person can still correct that."


def write_document(note: SessionNote, target: BinaryIO) -> None:
    """Write a note as a Word document with a neutral title and nobody's name in its properties."""
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by, properties.comments = "Session notes", "", "", ""
    properties.created = properties.modified = _EDGE
    document.add_heading("Session notes", level=1)
    document.add_paragraph(f"{note.month}. Reference {note.reference}.")
    document.add_heading("What was heard", level=2)
    for text in note.heard:
        document.add_paragraph(text, style="List Bullet")
    if note.unsaid:
        document.add_paragraph(unsaid_line(note))
    document.add_heading("What it is about", level=2)
    document.add_paragraph(subjects_line(note))
    for subject in note.subjects or ():
        document.add_paragraph(subject, style="List Bullet")
    document.add_heading("What happens next", level=2)
    for step in note.next_steps:
        document.add_paragraph(step, style="List Bullet")
    written = io.BytesIO()
    document.save(written)
    target.write(written.getvalue())


def written_month(month: str) -> str:
    """Return a month ``YYYY-MM`` as people write it."""
    return f"{datetime.date.fromisoformat(month + '-01'):%B %Y}"
