"""A draft: one session as far as it is written up, and which question comes next. Pure."""

import datetime
import re
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from services.events import Mark, Words
from services.intake.files.reading import Header
from services.intake.statements import SubmittedStatement
from services.intake.submissions import Submission, SubmittedContribution, SubmittedMark, check
from services.vocabulary.characteristics import LEAST_PRESENT, characteristics
from services.vocabulary.session_kinds import session_kinds

#: A draft that nobody has touched for so long is destroyed, and a note that nobody has taken after so long.
DRAFT_DAYS: Final = 7
NOTE_DAYS: Final = 1

#: The questions in their order; each is a page below ``/sessions/<draft>/``. Right after the words comes whom to ring.
STEPS: Final = (
    *("group", "session", "areas", "held", "room", "answers", "equality"),
    *("notes", "concern", "statements", "preview"),
)
#: Present or imminent: somebody has to be told before anything else happens.
PRESSING: Final = frozenset({"now", "soon"})


class HandedOn(Struct, frozen=True, kw_only=True):
    """A concern that was handed on: by lists alone, and the organisation's own contact and reference.

    ``not_lead`` is the account of a lead who is concerned and must not see it, or empty.
    """

    category: str
    urgency: Literal["now", "soon", "past"]
    done: tuple[str, ...]
    contact: str = ""
    reference: str = ""
    not_lead: str = ""


class Draft(Struct, frozen=True, kw_only=True):
    """One session as far as it is written up; the fields that a submission has mean the same.

    Attributes:
        answered: the questions that were answered.
        equality: equality questions were asked by a show of hands; their counts stand among the tallies.
        pasted: the notes as typed, so that they can be changed; empty after an upload.
        places: where each contribution stands, as the person who wrote it would say it.
        statements: what the group agreed as one.
        keeps: for each contribution by number, the stretches that stay although they would go.
        removals: words that go wherever they stand.
        handed_on: the concern, once it is recorded.
        no_concern: a pressing sign was found, and she said that nobody is at risk now.
        file_digest: SHA-256 of the file that the words came from, so that the same file is known again; else empty.
    """

    answered: tuple[str, ...] = ()
    group: str | None = None
    kind: str = ""
    month: str = ""
    number_present: int | None = None
    areas: tuple[str, ...] = ()
    role: str | None = None
    uses: tuple[str, ...] | None = None
    limits_explained: bool = False
    support_person: bool = False
    debrief: bool = False
    under_18_consent: bool = False
    tallies: dict[str, dict[str, int]] = {}
    equality: bool = False
    pasted: str = ""
    contributions: tuple[SubmittedContribution, ...] = ()
    places: tuple[str, ...] = ()
    statements: tuple[SubmittedStatement, ...] = ()
    keeps: dict[int, tuple[tuple[int, int], ...]] = {}
    removals: tuple[str, ...] = ()
    handed_on: HandedOn | None = None
    no_concern: bool = False
    file_digest: str = ""


def answer(draft: Draft, step: str, **values: object) -> Draft:
    """Return a draft with one question answered; what rests on other words is asked again when the words change."""
    answered = {*draft.answered, step}
    if step == "notes":
        answered -= {"statements", "preview", "concern"}
        values |= {"keeps": {}, "handed_on": None, "no_concern": False}
    # A kind says whether paragraphs are people, and a group whether seats are known: the words are read again then.
    if step == "session" and draft.kind not in ("", values.get("kind", draft.kind)):
        answered -= {"notes", "preview", "concern"}
    if (
        step == "group"
        and values.get("group", draft.group) != draft.group
        and any(said.seat for said in draft.contributions)
    ):
        answered -= {"notes", "preview", "concern"}
    if step == "answers" and not values.get("equality"):
        answered -= {"equality"}
    if step == "session":
        answered -= _asked_again(draft, kind=str(values["kind"]), present=values.get("number_present"))
    return replace(draft, answered=tuple(each for each in STEPS if each in answered), **values)


def _asked_again(draft: Draft, *, kind: str, present: object) -> set[str]:
    """Return the questions whose answers do not fit the kind and the number of people that are said now."""
    again = set()
    if session_kinds().get(kind).under_18 and not draft.under_18_consent:
        again.add("held")
    most = present if isinstance(present, int) else draft.number_present or 0
    for question, counts in draft.tallies.items():
        if sum(counts.values()) > most:
            again.add("equality" if question in characteristics().id_set else "answers")
    if draft.equality and most < LEAST_PRESENT:
        again.add("answers")
    return again


def next_step(draft: Draft, *, pressing: bool) -> str:
    """Return the first question without an answer, or ``check`` when there is none left.

    Args:
        draft: as far as it is.
        pressing: the words hold a sign of a present or imminent risk.
    """
    for step in STEPS:
        if (
            (step == "equality" and not draft.equality)
            or (step == "concern" and not pressing)
            or (step == "statements" and draft.group is None)
        ):
            continue
        if step not in draft.answered:
            return step
    return "check"


def header_of(draft: Draft) -> Header:
    """Return what was said about the session already, for reading notes or a file."""
    return Header(
        kind=draft.kind,
        month=draft.month,
        areas=draft.areas or None,
        role=draft.role,
        uses=draft.uses,
        number_present=draft.number_present,
        group=draft.group,
        limits_explained=draft.limits_explained,
        support_person=draft.support_person,
        debrief=draft.debrief,
        under_18_consent=draft.under_18_consent,
        tallies=draft.tallies or None,
    )


def submission_of(draft: Draft) -> Submission:
    """Return the submission that a draft makes, with its marks."""
    contributions = tuple(
        replace(said, marks=marks_of(draft, number)) for number, said in enumerate(draft.contributions)
    )
    return Submission(
        kind=draft.kind,
        month=draft.month,
        contributions=contributions,
        number_present=draft.number_present,
        areas=draft.areas,
        role=draft.role,
        uses=draft.uses,
        group=draft.group,
        limits_explained=draft.limits_explained,
        support_person=draft.support_person,
        debrief=draft.debrief,
        under_18_consent=draft.under_18_consent,
        tallies=draft.tallies,
        statements=draft.statements if draft.group is not None else (),
    )


def with_stated(draft: Draft, found: Sequence[SubmittedStatement]) -> tuple[SubmittedStatement, ...]:
    """Return what the group agreed: what stands in its notes, and what was written down on its own page before."""
    return (*found, *(each for each in draft.statements if each not in found))


def check_draft(draft: Draft, today: datetime.date) -> None:
    """Pass when a draft could be sent as it is; raises InputRefused as ``submissions.check``."""
    check(submission_of(draft), today=today, places=list(draft.places))


def marks_of(draft: Draft, number: int) -> tuple[SubmittedMark, ...]:
    """Return the marks of one contribution: words that go, and stretches that stay."""
    text = draft.contributions[number].text
    removed = [
        SubmittedMark(start=start, end=end, action="remove")
        for words in draft.removals
        for start, end in stretches(words, text)
    ]
    kept = [SubmittedMark(start=start, end=end, action="keep") for start, end in draft.keeps.get(number, ())]
    return (*removed, *kept)


def bundle_of(draft: Draft, *, with_keeps: bool) -> list[Words]:
    """Return the words as the anonymiser gets them; without the kept stretches, to see everything that would go.

    What the group agreed comes behind what its people said.
    """
    return [
        Words(
            text=said.text,
            marks=tuple(
                Mark(start=mark.start, end=mark.end, action="keep" if mark.action == "keep" else "remove")
                for mark in marks_of(draft, number)
                if with_keeps or mark.action == "remove"
            ),
        )
        for number, said in enumerate(draft.contributions)
    ] + [Words(text=stated.text) for stated in submission_of(draft).statements]


def stretches(words: str, text: str) -> list[tuple[int, int]]:
    """Return where some words stand in a text, whatever their capitals and spaces, as whole words."""
    parts = [re.escape(part) for part in words.split()]
    if not parts:
        return []
    pattern = r"(?<!\w)" + r"\s+".join(parts) + r"(?!\w)"
    return [found.span() for found in re.finditer(pattern, text, re.IGNORECASE)]


def stands_somewhere(words: str, contributions: Sequence[SubmittedContribution]) -> bool:
    """Say whether some words stand in any of the contributions."""
    return any(stretches(words, said.text) for said in contributions)


def carried_over(
    before: Sequence[SubmittedContribution], after: Sequence[SubmittedContribution]
) -> tuple[SubmittedContribution, ...]:
    """Return new contributions with the answers of their own that the same words of the same person had before."""
    known = {(each.text, each.seat, each.person): each for each in before}
    return tuple(
        replace(each, role=old.role, areas=old.areas, uses=old.uses)
        if (old := known.get((each.text, each.seat, each.person))) is not None
        else each
        for each in after
    )
