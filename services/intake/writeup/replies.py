"""Reading what was answered on a page into the draft; what has to be mended is said by field, never by value. Pure."""

import datetime
import io
from collections.abc import Collection, Mapping, Sequence

from msgspec.structs import replace

from services.clock import month_of
from services.errors import InputRefused
from services.intake.door import KnownGroup
from services.intake.files.paragraphs import Notes, read_plain_text
from services.intake.files.reading import ReadFile
from services.intake.writeup.draft import Draft, HandedOn, answer, carried_over, check_draft, header_of, with_stated
from services.intake.writeup.questions import (
    HELD,
    NO_GROUP,
    ByHands,
    asked_at_the_end,
    asked_for_equality,
    tally_field,
)
from services.vocabulary.areas import NOT_SAID, areas
from services.vocabulary.characteristics import LEAST_PRESENT, characteristics
from services.vocabulary.roles import roles
from services.vocabulary.safeguarding_actions import safeguarding_actions
from services.vocabulary.safeguarding_categories import safeguarding_categories
from services.vocabulary.safeguarding_urgencies import safeguarding_urgencies
from services.vocabulary.session_kinds import session_kinds
from services.vocabulary.uses import uses
from services.web.contexts import FormError
from services.web.forms import ToMend, Typed

SEVERAL_SESSIONS = "The file holds several sessions: send them one at a time"
_MOST_PRESENT = 10_000
_LONGEST_CONTACT = 80
_LONGEST_REFERENCE = 40
_FIRST_YEAR = 2000
_MOST_ERRORS = 20


def take_group(draft: Draft, typed: Typed, groups: Sequence[KnownGroup]) -> Draft:
    """Take which group met."""
    chosen = _one(typed, "group")
    if chosen == NO_GROUP:
        return answer(draft, "group", group=None)
    if chosen not in {group.id for group in groups}:
        raise ToMend(FormError("group", "Choose the group that met, or that it was a session of its own"))
    return answer(draft, "group", group=chosen)


def take_session(draft: Draft, typed: Typed, today: datetime.date) -> Draft:
    """Take kind, month and number present."""
    errors = []
    kind, month, year, present = (_one(typed, name) for name in ("kind", "month", "year", "present"))
    if kind not in session_kinds().id_set:
        errors.append(FormError("kind", "Choose what kind of session it was"))
    written = ""
    if not (_is_number(month) and 1 <= int(month) <= 12):  # noqa: PLR2004 - months
        errors.append(FormError("month", "Enter the month as a number from 1 to 12"))
    elif not (_is_number(year) and int(year) >= _FIRST_YEAR and len(year) == 4):  # noqa: PLR2004 - digits of a year
        errors.append(FormError("year", "Enter the year with four digits, 2000 or later"))
    else:
        written = f"{int(year):04d}-{int(month):02d}"
        if written > month_of(today):
            errors.append(FormError("month", "The month must not be in the future"))
    if not (_is_number(present) and 1 <= int(present) <= _MOST_PRESENT):
        errors.append(FormError("present", "Enter how many people took part, as a number"))
    if errors:
        raise ToMend(*errors)
    return answer(draft, "session", kind=kind, month=written, number_present=int(present))


def take_areas(draft: Draft, typed: Typed, today: datetime.date) -> Draft:
    """Take whose services were spoken of."""
    chosen = [area for area in areas().ids if area in typed.get("areas", ())]
    if not chosen:
        raise ToMend(FormError("areas", "Tick at least one area, or “not said”"))
    if NOT_SAID in chosen and len(chosen) > 1:
        raise ToMend(FormError("areas", "Tick areas, or “not said” alone"))
    _ = today
    return answer(draft, "areas", areas=tuple(chosen))


def take_held(draft: Draft, typed: Typed, today: datetime.date) -> Draft:
    """Take how the session was held."""
    ticked = typed.get("held", ())
    if session_kinds().get(draft.kind).under_18 and "under_18_consent" not in ticked:
        raise ToMend(FormError("held", "For people under 18, confirm that their own consent rule was kept"))
    _ = today
    return answer(draft, "held", **{name: name in ticked for name in HELD})


def take_room(draft: Draft, typed: Typed, today: datetime.date) -> Draft:
    """Take role and uses for the room; no use ticked is an answer."""
    role = _one(typed, "role")
    if role not in roles().id_set:
        raise ToMend(FormError("role", "Choose as whom people spoke"))
    _ = today
    return answer(draft, "room", role=role, uses=tuple(use for use in uses().ids if use in typed.get("uses", ())))


def take_answers(draft: Draft, typed: Typed, today: datetime.date) -> Draft:
    """Take the tallies of the closed questions, and whether equality questions were asked; untaken, theirs go."""
    equality = "equality" in typed.get("also", ()) and (draft.number_present or 0) >= LEAST_PRESENT
    theirs = {asked: counts for asked, counts in draft.tallies.items() if asked in characteristics().id_set}
    taken = _take_tallies(asked_at_the_end(), draft, typed)
    _ = today
    return answer(draft, "answers", tallies=taken | (theirs if equality else {}), equality=equality)


def take_equality(draft: Draft, typed: Typed, today: datetime.date) -> Draft:
    """Take the tallies of the equality questions."""
    asked = asked_for_equality()
    others = {name: counts for name, counts in draft.tallies.items() if name not in {each.id for each in asked}}
    _ = today
    return answer(draft, "equality", tallies=others | _take_tallies(asked, draft, typed))


def _take_tallies(questions: Sequence[ByHands], draft: Draft, typed: Typed) -> dict[str, dict[str, int]]:
    """Return what was counted; empty fields are questions that were not asked."""
    errors: list[FormError] = []
    tallies: dict[str, dict[str, int]] = {}
    for question in questions:
        counts: dict[str, int] = {}
        for number, (reply, title) in enumerate(question.answers):
            field = tally_field(question.id, number)
            given = _one(typed, field)
            if given and not (_is_number(given) and int(given) <= _MOST_PRESENT):
                errors.append(FormError(field, f"{question.title}, {title}: enter a number, or leave it empty"))
            elif given:
                counts[reply] = int(given)
        if draft.number_present is not None and sum(counts.values()) > draft.number_present:
            errors.append(FormError(tally_field(question.id, 0), f"{question.title}: more answers than people present"))
        if counts:
            tallies[question.id] = counts
    if errors:
        raise ToMend(*errors)
    return tallies


def take_notes(draft: Draft, typed: Typed, today: datetime.date, groups: Sequence[KnownGroup]) -> Draft:
    """Take pasted notes: one contribution a paragraph."""
    pasted = next(iter(typed.get("notes", ())), "").replace("\r\n", "\n")
    if not pasted.strip():
        raise ToMend(FormError("notes", "Write down what was said"))
    try:
        read: Notes = read_plain_text(io.BytesIO(pasted.encode("utf-8", "replace")), header_of(draft))
        taken = answer(
            draft,
            "notes",
            pasted=pasted,
            contributions=carried_over(draft.contributions, read.submission.contributions),
            places=_short(read.places[: len(read.submission.contributions)]),
            statements=with_stated(draft, read.submission.statements),
            file_digest="",
        )
        check_seats(taken, groups)
        check_draft(taken, today)
    except InputRefused as refused:
        raise ToMend(*_errors_of(refused, "notes")) from None
    return taken


def take_file(
    draft: Draft, read: ReadFile, today: datetime.date, groups: Sequence[KnownGroup], digest: str = ""
) -> Draft:
    """Take the one session of a file; what it says about the session beyond the words wins where nothing was said.

    Raises:
        InputRefused: it breaks a rule; places are those of the file.
        ToMend: it holds several sessions.
    """
    if len(read.submissions) != 1:
        raise ToMend(FormError("file", SEVERAL_SESSIONS))
    submission = read.submissions[0]
    tallies = submission.tallies or draft.tallies
    taken = answer(
        draft,
        "notes",
        pasted="",
        contributions=submission.contributions,
        places=_short(read.places[0][: len(submission.contributions)]),
        statements=with_stated(draft, submission.statements),
        areas=submission.areas or draft.areas,
        tallies=tallies,
        equality=draft.equality or any(asked in characteristics().id_set for asked in tallies),
        file_digest=digest,
    )
    check_seats(taken, groups)
    check_draft(taken, today)
    return taken


def check_seats(draft: Draft, groups: Sequence[KnownGroup]) -> None:
    """Pass when seats are named only in a group that has them.

    Raises:
        ToMend: they are named elsewhere.
    """
    seated = {group.id for group in groups if group.seated}
    if draft.group not in seated and any(said.seat is not None for said in draft.contributions):
        field = "notes" if draft.pasted else "file"
        raise ToMend(FormError(field, "Seats belong to a group with numbers: write “Person 3:”, or choose the group"))


def take_concern(draft: Draft, typed: Typed, leads: Collection[str] = ()) -> Draft:
    """Take whether somebody is at risk and what was done, or that nobody is.

    Args:
        draft: as far as it is.
        typed: what was answered.
        leads: the accounts of the safeguarding leads, one of whom may be concerned.

    Raises:
        ToMend: an answer is missing or not in its list.
    """
    risk = _one(typed, "risk")
    if risk == "no":
        return answer(draft, "concern", handed_on=None, no_concern=True)
    if risk != "yes":
        raise ToMend(FormError("risk", "Say whether somebody is at risk now or soon"))
    category, urgency = _one(typed, "category"), _one(typed, "urgency")
    done = tuple(action for action in safeguarding_actions().ids if action in typed.get("done", ()))
    contact, reference = _one(typed, "contact"), _one(typed, "reference")
    errors = []
    if category not in safeguarding_categories().id_set:
        errors.append(FormError("category", "Choose why"))
    if urgency not in safeguarding_urgencies().id_set:
        errors.append(FormError("urgency", "Choose when"))
    if not done:
        errors.append(FormError("done", "Tick what was done, or “nothing yet”"))
    if len(contact) > _LONGEST_CONTACT:
        errors.append(FormError("contact", f"Use up to {_LONGEST_CONTACT} characters"))
    if len(reference) > _LONGEST_REFERENCE:
        errors.append(FormError("reference", f"Use up to {_LONGEST_REFERENCE} characters"))
    not_lead = _one(typed, "not_lead")
    if not_lead and not_lead not in leads:
        errors.append(FormError("not_lead", "Choose whether it is about one of the leads"))
    if errors:
        raise ToMend(*errors)
    handed_on = HandedOn(
        category=category,
        urgency="now" if urgency == "now" else "soon" if urgency == "soon" else "past",
        done=done,
        contact=contact,
        reference=reference,
        not_lead=not_lead,
    )
    return answer(draft, "concern", handed_on=handed_on, no_concern=False)


def with_keeps(draft: Draft, kept: Mapping[int, tuple[tuple[int, int], ...]], removals: tuple[str, ...]) -> Draft:
    """Return a draft with other marks; the preview has to be looked at again where they changed."""
    keeps = {number: spans for number, spans in kept.items() if spans}
    if keeps == draft.keeps and removals == draft.removals:
        return draft
    answered = tuple(step for step in draft.answered if step != "preview")
    return replace(draft, keeps=keeps, removals=removals, answered=answered)


def _errors_of(refused: InputRefused, field: str) -> list[FormError]:
    return [
        FormError(field, f"{_plain(found.place)}: {found.rule}. {found.mend}")
        for found in refused.findings[:_MOST_ERRORS]
    ]


def _plain(place: str) -> str:
    """Return a place as it reads on the page: the notes are no file there."""
    text = place.removeprefix("the file, ").replace("number_present", "number of people")
    return text[:1].upper() + text[1:]


def _short(places: Sequence[str]) -> tuple[str, ...]:
    return tuple(_plain(place) for place in places)


def _one(typed: Typed, name: str) -> str:
    return next(iter(typed.get(name, ())), "").strip()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5  # noqa: PLR2004 - digits of the largest number asked
