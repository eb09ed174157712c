"""The questions of the pages of recommendations: what is asked, and what was answered before."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Final

from services.errors import InputRefused
from services.reporter.recommendations.drafts import Draft
from services.reporter.recommendations.life import VERDICTS, Verdict
from services.reporter.recommendations.plain_text import (
    LONGEST_COMMISSION,
    LONGEST_LEAD,
    LONGEST_MILESTONE,
    LONGEST_REASON,
)
from services.reporter.recommendations.reasons import accuracy_queries, answer_reasons
from services.reporter.recommendations.routing import Organisation
from services.reporter.recommendations.showing import ANSWER_WORDS, area_words
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.sectors import sectors as sector_list
from services.web import forms
from services.web.contexts import FormError
from services.web.forms import Choice, Field, Question, ToMend

#: What was typed, by field.
Typed = Mapping[str, str]
_READ_FIRST: Final = "An approver reads it before anybody else does. Do not name anyone."


def refilled(question: Question, typed: Typed, errors: Sequence[FormError]) -> Question:
    """Return a question with what was typed in the place of what stood there, and what to mend."""
    return forms.refilled(question, {name: (value,) for name, value in typed.items()}, errors)


def errors_of(refused: ToMend | InputRefused, fields: Sequence[Field]) -> tuple[FormError, ...]:
    """Return what is to be mended as errors of a form, each at the field that it names, else at the first."""
    if isinstance(refused, ToMend):
        return refused.errors
    names = [field.name for field in fields]
    return tuple(
        FormError(found.place if found.place in names else names[0], f"This {found.rule}. {found.mend}")
        for found in refused.findings
    )


def require_choices(question: Question, typed: Typed) -> None:
    """Pass when something is chosen wherever there is something to choose.

    Raises:
        ToMend: with every field where nothing is.
    """
    open_fields = [
        field
        for field in question.fields
        if field.choices and typed.get(field.name, "") not in {choice.value for choice in field.choices if choice.value}
    ]
    if open_fields:
        raise ToMend(*(FormError(field.name, f"Choose {lowered(field.label)}") for field in open_fields))


def require_all(question: Question, typed: Typed) -> None:
    """Pass when every field is answered; what is missing is said of all of them at once.

    Raises:
        ToMend: with every field where something is missing.
    """
    wanting = [
        FormError(field.name, f"Say {lowered(field.label)}")
        for field in question.fields
        if not field.choices and not typed.get(field.name, "")
    ]
    try:
        require_choices(question, typed)
    except ToMend as found:
        wanting += found.errors
    if wanting:
        raise ToMend(*wanting)


def lowered(label: str) -> str:
    """Return a label as it stands in the middle of a sentence."""
    return label[:1].lower() + label[1:]


# --- the answer, one thing a page ---


def ask_page(page: str, draft: Draft) -> Question:
    """Return the question of a page of an answer."""
    return {
        "answer": _ask_answer,
        "because": _ask_because,
        "whose": _ask_whose,
        "lead": _ask_lead,
        "due": _ask_due,
        "words": _ask_words,
    }[page](draft)


def take_page(page: str, draft: Draft, typed: Typed, today: datetime.date) -> Draft:
    """Return a draft with what was typed on a page.

    Raises:
        ToMend: it cannot be taken.
    """
    done = (*(each for each in draft.done if each != page), page)
    if page == "answer":
        value = next((known for known in ANSWERS_ASKED if known == typed.get("answer")), None)
        if value is None:
            raise ToMend(FormError("answer", "Choose an answer"))
        return _struct(draft, answer=value, done=done)
    if page == "because":
        reasons = [reason.id for reason in answer_reasons().entries if draft.answer in reason.answers]
        if typed.get("because") not in reasons:
            raise ToMend(FormError("because", "Choose a reason"))
        return _struct(draft, because=typed["because"], done=done)
    if page == "whose":
        if typed.get("passed_to") not in sector_list().id_set:
            raise ToMend(FormError("passed_to", "Choose whose it is"))
        return _struct(draft, passed_to=typed["passed_to"], done=done)
    if page == "lead":
        return _struct(draft, lead=_short(typed, "lead", LONGEST_LEAD, "Enter the role that leads"), done=done)
    if page == "due":
        return _struct(draft, due=_day(typed, today), done=done)
    words = typed.get("words", "")
    if len(words) > LONGEST_REASON:
        raise ToMend(FormError("words", f"Use at most {LONGEST_REASON} characters"))
    return _struct(draft, words=words, done=done)


#: The answers in the order in which they are asked.
ANSWERS_ASKED: Final = ("accepted", "partly", "declined")


def _struct(draft: Draft, **changes: object) -> Draft:
    values = {name: getattr(draft, name) for name in draft.__struct_fields__}
    return Draft(**{**values, **changes})


def _ask_answer(draft: Draft) -> Question:
    choices = tuple(Choice(each, ANSWER_WORDS[each], draft.answer == each) for each in ANSWERS_ASKED)
    return Question("What is your answer?", (Field("radios", "answer", "Answer", choices=choices),))


def _ask_because(draft: Draft) -> Question:
    choices = tuple(
        Choice(reason.id, reason.title, draft.because == reason.id, reason.description or "")
        for reason in answer_reasons().entries
        if draft.answer in reason.answers
    )
    heading = "Why not all of it?" if draft.answer == "partly" else "Why not?"
    return Question(heading, (Field("radios", "because", "Reason", choices=choices),))


def _ask_whose(draft: Draft) -> Question:
    choices = (Choice("", "Choose"), *_sectors(draft.passed_to))
    lead = ("The board passes it on. You need do nothing more.",)
    return Question("Whose is it?", (Field("select", "passed_to", "Kind of service", choices=choices),), lead=lead)


def _ask_lead(draft: Draft) -> Question:
    hint = "A role, such as Head of housing options. Never a person’s name: it is public."
    return Question("Who leads on it?", (Field("text", "lead", "Role", hint=hint, value=draft.lead),))


def _ask_due(draft: Draft) -> Question:
    hint = "For example, 30 9 2026. Leave it empty where no date is set; the page then says so."
    return Question("When will it be done?", (Field("date", "due", "Date", hint=hint, value=draft.due),))


def _ask_words(draft: Draft) -> Question:
    hint = f"Up to {LONGEST_REASON} characters. {_READ_FIRST} You may leave it empty."
    field = Field("textarea", "words", "In your own words", hint=hint, value=draft.words)
    return Question("Do you want to say more?", (field,), button="Continue")


# --- the other questions ---


def ask_milestone() -> Question:
    """Ask what was reached."""
    hint = f"Up to {LONGEST_MILESTONE} characters. {_READ_FIRST}"
    return Question(
        "What have you reached?", (Field("text", "milestone", "What was reached", hint=hint),), button="Send"
    )


def ask_query() -> Question:
    """Ask what is to be checked in the days of sight."""
    choices = tuple(Choice(each.id, each.title) for each in accuracy_queries().entries)
    lead = ("The board sees this and looks into it. The day on which the recommendation becomes public stays.",)
    return Question(
        "What should be checked?",
        (Field("radios", "what", "What should be checked", choices=choices),),
        lead=lead,
        button="Send",
    )


def ask_changed(said: str) -> Question:
    """Ask a group, as one, whether it changed."""
    choices = (
        Choice("yes", "Yes", hint="It is closed."),
        Choice("partly", "Partly", hint="It is closed, and your word stands beside it."),
        Choice("no", "No", hint="The service is asked again."),
    )
    lead = (said, "Answer as the group agreed it, in the room or through you. Everybody will see the answer.")
    return Question(
        "Did it change?", (Field("radios", "changed", "Answer", choices=choices),), lead=lead, button="Send the answer"
    )


def read_verdict(typed: Typed) -> Verdict | None:
    """Return the answer to "did it change?", or None where none was chosen."""
    return next((known for known in VERDICTS if known == typed.get("changed")), None)


def ask_assignment(said: str, organisations: Sequence[Organisation], *, asks_area: bool) -> Question:
    """Ask the board which organisation is asked, and, where the group named none, which of the five areas it is."""
    fields = [Field("radios", "organisation", "Who is asked", choices=_organisations(organisations))]
    if asks_area:
        fields.append(_area_field())
    lead = (said, "The service sees it for ten working days before the public does.")
    return Question("Who should answer?", tuple(fields), lead=lead, button="Ask them")


def ask_commission(organisations: Sequence[Organisation]) -> Question:
    """Ask the board for a recommendation of its own."""
    hint = f"Up to three sentences and {LONGEST_COMMISSION} characters. An approver reads it first."
    return Question(
        "Ask for something in the board’s name",
        (
            Field("textarea", "words", "What should change, and who should do it", hint=hint),
            _area_field(),
            Field("radios", "organisation", "Who is asked", choices=_organisations(organisations)),
        ),
        lead=("It is shown as the board’s own, never as a group’s.",),
        button="Hand it to an approver",
    )


def _area_field() -> Field:
    choices = tuple(Choice(each, area_words(each)) for each in recommendation_areas().ids)
    return Field("radios", "area", "The area that it is about", choices=choices)


def _organisations(known: Sequence[Organisation]) -> tuple[Choice, ...]:
    return tuple(Choice(each.organisation, each.title) for each in known)


def _sectors(chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(each.id, each.title, each.id == chosen) for each in sector_list().entries)


def _short(typed: Typed, name: str, longest: int, ask: str) -> str:
    text = typed.get(name, "")
    if not text:
        raise ToMend(FormError(name, ask))
    if len(text) > longest:
        raise ToMend(FormError(name, f"Use at most {longest} characters"))
    return text


def _day(typed: Typed, today: datetime.date) -> str:
    """Return the day that was typed in three inputs, or "" where all are empty."""
    year, month, day = (typed.get(f"due-{part}", "") for part in ("year", "month", "day"))
    if not (year or month or day):
        return ""
    try:
        found = datetime.date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        raise ToMend(FormError("due-day", "Enter a real date, such as 30 9 2026")) from None
    if found < today:
        raise ToMend(FormError("due-day", "Enter a date that is still to come"))
    return found.isoformat()
