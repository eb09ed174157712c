"""A submission: one session with its contributions, as a file, a page or the interface gives it, checked rule by rule.

A refusal names the place and the rule, never the value.
"""

import datetime
import re
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from services.clock import month_of
from services.errors import Finding, InputRefused, NotFound
from services.events import Use
from services.intake.files.findings import shortened
from services.intake.statements import CheckedStatement, SubmittedStatement, check_statements
from services.vocabulary.areas import NOT_SAID, areas
from services.vocabulary.characteristics import LEAST_PRESENT, characteristics
from services.vocabulary.closed_questions import closed_questions
from services.vocabulary.lists import Entry, Vocabulary
from services.vocabulary.roles import roles
from services.vocabulary.session_kinds import session_kinds
from services.vocabulary.uses import uses

LONGEST_TEXT = 20_000
MOST_CONTRIBUTIONS = 100_000
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_FIRST_YEAR = 2000
AnyEntry = TypeVar("AnyEntry", bound=Entry)


class SubmittedMark(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A facilitator's mark on a text: remove more, or keep what would go."""

    start: Annotated[int, Meta(ge=0)]
    end: Annotated[int, Meta(ge=1)]
    action: str


class SubmittedContribution(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What one person said, where her role, area and uses differ from the room's.

    Attributes:
        text: the words as spoken or written.
        role: self-chosen; the session's when absent.
        areas: whose services are spoken of; the session's when absent.
        uses: what may be done with it; the session's when absent.
        seat: her number on the facilitator's own paper list, in a group with seats.
        person: a number within this session alone, where the group has no seats.
        receipt: the five words of her receipt.
        characteristics: answers that she opted in to use with what she said.
        marks: remove more, or keep more.
    """

    text: str
    role: str | None = None
    areas: tuple[str, ...] | None = None
    uses: tuple[str, ...] | None = None
    seat: Annotated[int, Meta(ge=1, le=999)] | None = None
    person: Annotated[int, Meta(ge=1, le=999)] | None = None
    receipt: Annotated[str, Meta(max_length=120)] | None = None
    characteristics: dict[str, str] = {}
    marks: tuple[SubmittedMark, ...] = ()


class Submission(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One session as submitted.

    Attributes:
        kind: of the session.
        month: of the session, ``YYYY-MM``; the day is never taken.
        areas: whose services were spoken of, for the room; absent reads as not said.
        number_present: how many took part.
        role: for the room.
        uses: for the room.
        contributions: what was said.
        group: the group's id, for sessions of a standing group.
        limits_explained: the limits of confidentiality were explained.
        support_person: somebody to turn to was there.
        debrief: there was time to come down afterwards.
        under_18_consent: for children's sessions: their own consent rule was kept.
        tallies: closed questions, answers counted in the room; characteristics too where ten people or more are there.
        statements: what the group found and recommends, agreed in the room.
    """

    kind: str
    month: str
    contributions: tuple[SubmittedContribution, ...]
    number_present: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    areas: tuple[str, ...] = ()
    role: str | None = None
    uses: tuple[str, ...] | None = None
    group: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] | None = None
    limits_explained: bool = False
    support_person: bool = False
    debrief: bool = False
    under_18_consent: bool = False
    tallies: dict[str, dict[str, Annotated[int, Meta(ge=0, le=10_000)]]] = {}
    statements: tuple[SubmittedStatement, ...] = ()


class CheckedContribution(Struct, frozen=True, gc=False):
    """A contribution with nothing left open: see :class:`SubmittedContribution`."""

    text: str
    role: str
    areas: tuple[str, ...]
    uses: tuple[Use, ...]
    seat: int | None = None
    person: int | None = None
    receipt: str | None = None
    characteristics: dict[str, str] = {}
    marks: tuple[SubmittedMark, ...] = ()


class CheckedSubmission(Struct, frozen=True, kw_only=True):
    """A submission that keeps every rule that can be checked without a database."""

    kind: str
    month: str
    areas: tuple[str, ...]
    number_present: int
    group: str | None
    tallies: dict[str, dict[str, int]]
    contributions: tuple[CheckedContribution, ...]
    single: bool
    limits_explained: bool = False
    support_person: bool = False
    debrief: bool = False
    statements: tuple[CheckedStatement, ...] = ()


def read_submission(body: Any) -> Submission:
    """Return a submission from decoded JSON (a dict).

    Raises:
        InputRefused: it does not have the shape; names the field, never the value.
    """
    try:
        return msgspec.convert(body, Submission, strict=True)
    except msgspec.ValidationError as broken:
        text = str(broken)
        place = text.rpartition(" - at ")[2].strip("`") if " - at " in text else "$"
        rule = "an unknown field" if "unknown field" in text else "the wrong shape, or a required field is missing"
        raise InputRefused(
            [Finding(place, rule, "See the interface's description for the fields and their kinds.")]
        ) from None


def check(submission: Submission, *, today: datetime.date, places: list[str] | None = None) -> CheckedSubmission:
    """Return a submission with every rule checked and the room's answers filled in.

    Args:
        submission: as read.
        today: the day, for months to come.
        places: how the sender would name each contribution (file, row), then each statement; by default its number.

    Raises:
        InputRefused: every finding, in order.
    """
    findings: list[Finding] = []
    single = False
    under_18 = False
    try:
        kind = session_kinds().get(submission.kind)
        single, under_18 = kind.people == "single", kind.under_18
    except NotFound as unknown:
        findings.append(Finding("kind", "not one of the session kinds", str(unknown)))
    _check_month(submission.month, month_of(today), findings)
    _check_areas("areas", submission.areas, findings)
    _check_tallies(submission, findings)
    if under_18 and not submission.under_18_consent:
        findings.append(
            Finding(
                "under_18_consent", "a children and young people's session needs it", "Confirm the consent rule first."
            ),
        )
    if not submission.contributions and not submission.statements:
        findings.append(Finding("contributions", "nothing was said", "Give at least one contribution."))
    if len(submission.contributions) > MOST_CONTRIBUTIONS:
        findings.append(Finding("contributions", "too many at once", f"Send at most {MOST_CONTRIBUTIONS} at a time."))
        raise InputRefused(findings)
    checked = _check_contributions(submission, places or (), under_18, findings)
    statements = check_statements(
        submission.statements,
        group=submission.group,
        places=places[len(checked) :] if places else (),
        findings=findings,
    )
    present = submission.number_present
    if present is None:
        present = _least_present(submission)
    elif not single and present < _least_present(submission):
        findings.append(
            Finding("number_present", "fewer than the people who spoke", "Count everybody who was in the room."),
        )
    if findings:
        raise InputRefused(shortened(findings))
    return CheckedSubmission(
        kind=submission.kind,
        month=submission.month,
        areas=submission.areas or (NOT_SAID,),
        number_present=present,
        group=submission.group,
        tallies=submission.tallies,
        contributions=tuple(checked),
        single=single,
        limits_explained=submission.limits_explained,
        support_person=submission.support_person,
        debrief=submission.debrief,
        statements=statements,
    )


def _require(
    vocabulary: Vocabulary[AnyEntry],
    given: str,
    place: str,
    rule: str,
    findings: list[Finding],
) -> bool:
    try:
        vocabulary.require(given)
    except NotFound as unknown:
        findings.append(Finding(place, rule, str(unknown)))
        return False
    return True


def _least_present(submission: Submission) -> int:
    """Return how many people must have been there: distinct seats, persons and receipts, one for notes of nobody's."""
    people = Counter((said.seat, said.person, said.receipt) for said in submission.contributions)
    return len(people)


def _check_month(month: str, this_month: str, findings: list[Finding]) -> None:
    found = _MONTH.match(month)
    if not found:
        findings.append(Finding("month", "not a month", "Write it as year and month, like 2025-03."))
    elif int(found[1]) < _FIRST_YEAR:
        findings.append(Finding("month", "too long ago", f"Only sessions since {_FIRST_YEAR} are taken."))
    elif month > this_month:
        findings.append(Finding("month", "in the future", "Give the month in which the session took place."))


def _check_areas(place: str, given: tuple[str, ...], findings: list[Finding]) -> None:
    for area in given:
        _require(areas(), area, place, "not one of the areas", findings)
    if len(set(given)) != len(given):
        findings.append(Finding(place, "an area stands twice", "Name each area once."))
    if NOT_SAID in given and len(given) > 1:
        findings.append(Finding(place, "not said beside an area", "Either name areas, or say not_said alone."))


def _check_tallies(submission: Submission, findings: list[Finding]) -> None:
    for question, answers in submission.tallies.items():
        place = f"tallies.{question}"
        if question in characteristics().id_set:
            offered = characteristics().get(question).answers
            if (submission.number_present or 0) < LEAST_PRESENT:
                mend = f"Ask it only where {LEAST_PRESENT} people or more are present, and give their number."
                findings.append(Finding(place, "a hand would point to somebody", mend))
        elif _require(closed_questions(), question, "tallies", "not one of the questions", findings):
            offered = closed_questions().get(question).answer_ids
        else:
            continue
        if set(answers) - set(offered):
            findings.append(Finding(place, "not one of its answers", f"Choose from {', '.join(offered)}."))
        if submission.number_present is not None and sum(answers.values()) > submission.number_present:
            findings.append(Finding(place, "more answers than people", "Count each person once for each question."))


def _check_contributions(
    submission: Submission,
    places: Sequence[str],
    under_18: bool,  # noqa: FBT001 - as below
    findings: list[Finding],
) -> list[CheckedContribution]:
    checked: list[CheckedContribution] = []
    # Role, areas and uses recur from one to the next: each such row of answers is looked at once.
    known: dict[tuple[str | None, tuple[str, ...] | None, tuple[str, ...] | None], CheckedContribution] = {}
    for number, said in enumerate(submission.contributions):
        place = places[number] if places else f"contributions[{number}]"
        answers = (said.role, said.areas, said.uses)
        like = known.get(answers) if _is_nobodys(said) else None
        if like is not None:
            _check_text(place, said.text, findings)
            checked.append(CheckedContribution(said.text, like.role, like.areas, like.uses))
            continue
        before = len(findings)
        found = _check_contribution(place, said, submission, under_18, findings)
        checked.append(found)
        if len(findings) == before and _is_nobodys(said):
            known[answers] = found
    return checked


def _is_nobodys(said: SubmittedContribution) -> bool:
    """Whether nothing but role, areas and uses stands beside the words."""
    return (
        said.seat is None
        and said.person is None
        and said.receipt is None
        and not said.characteristics
        and not said.marks
    )


def _check_contribution(
    place: str,
    said: SubmittedContribution,
    room: Submission,
    under_18: bool,  # noqa: FBT001 - passed by name below
    findings: list[Finding],
) -> CheckedContribution:
    _check_text(place, said.text, findings)
    role = said.role or room.role
    if role is None:
        findings.append(Finding(f"{place}.role", "missing", "Record the role once for the session, or here."))
    else:
        _require(roles(), role, f"{place}.role", "not one of the roles", findings)
    if said.areas is not None:
        _check_areas(f"{place}.areas", said.areas, findings)
    chosen = said.uses if said.uses is not None else room.uses
    if chosen is None:
        findings.append(
            Finding(
                f"{place}.uses", "missing", "Record the uses once for the session, or here; they are never guessed."
            ),
        )
        chosen = ()
    for use in chosen:
        _require(uses(), use, f"{place}.uses", "not one of the uses", findings)
    if sum(mark is not None for mark in (said.seat, said.person, said.receipt)) > 1:
        findings.append(Finding(place, "more than one of seat, person and receipt", "Give one of them, or none."))
    if said.seat is not None and room.group is None:
        findings.append(
            Finding(f"{place}.seat", "a seat without a group", "Seats belong to a group: name it, or use person.")
        )
    _check_characteristics(place, said.characteristics, findings)
    findings.extend(
        Finding(f"{place}.marks", "a mark outside the text", "Mark a stretch of this text, to remove or keep.")
        for mark in said.marks
        if mark.end > len(said.text) or mark.start >= mark.end or mark.action not in ("remove", "keep")
    )
    order = [use for use in ("count", "paraphrase", "quote") if use in chosen and not (use == "quote" and under_18)]
    return CheckedContribution(
        text=said.text,
        role=role or "",
        areas=(said.areas if said.areas is not None else room.areas) or (NOT_SAID,),
        uses=tuple(order),
        seat=said.seat,
        person=said.person,
        receipt=said.receipt,
        characteristics=said.characteristics,
        marks=said.marks,
    )


def _check_characteristics(place: str, given: dict[str, str], findings: list[Finding]) -> None:
    for name, answer in given.items():
        known = _require(
            characteristics(), name, f"{place}.characteristics", "not one of the characteristics", findings
        )
        if known and answer not in (offered := characteristics().get(name).answers):
            findings.append(
                Finding(
                    f"{place}.characteristics.{name}", "not one of its answers", f"Choose from {', '.join(offered)}."
                )
            )


def _check_text(place: str, text: str, findings: list[Finding]) -> None:
    if not text or text.isspace():
        findings.append(Finding(f"{place}.text", "empty", "Write down what was said, or leave the row out."))
    elif len(text) > LONGEST_TEXT:
        findings.append(
            Finding(f"{place}.text", "too long", f"At most {LONGEST_TEXT} characters: split it by person or point.")
        )
    elif not text.isprintable() and _CONTROL.search(text):
        findings.append(
            Finding(f"{place}.text", "control characters", "Save the file as plain UTF-8 text and send it again.")
        )
