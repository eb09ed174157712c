"""An answer of a responding service: what it holds, and when it can be given. Pure."""

from typing import Final, Literal, get_args

from msgspec import Struct

from services.errors import StepRefused
from services.events import RecommendationChanged
from services.reporter.recommendations.reasons import answer_reasons

AnswerKind = Literal["accepted", "partly", "declined"]
ANSWERS: Final[tuple[AnswerKind, ...]] = get_args(AnswerKind)


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a service answered.

    Attributes:
        answer: accepted, partly or declined.
        because: the reason from the list, for all but a plain yes.
        passed_to: the sector of the body whose it is.
        lead: the role that leads on it.
        due: the day by which it is done; accepted with a day is planned.
    """

    answer: AnswerKind
    because: str | None = None
    passed_to: str | None = None
    lead: str | None = None
    due: str | None = None


def check_answer(answer: Answer, *, today: str) -> None:
    """Pass when an answer can be given on a day.

    Raises:
        StepRefused: a reason is missing or does not fit, a date has passed, nobody leads.
    """
    if answer.answer == "accepted" and answer.because is not None:
        raise StepRefused("because", "goes with partly and declined alone", "Leave it out, or change the answer.")
    if answer.answer != "accepted":
        _check_reason(answer)
    if answer.answer == "declined" and (answer.due is not None or answer.lead is not None):
        raise StepRefused("due", "goes with what is taken on", "Leave date and lead out when you decline.")
    if answer.answer != "declined" and not answer.lead:
        raise StepRefused("lead", "is missing", "Name the role that leads on it, such as Head of housing.")
    if answer.due is not None and answer.due < today:
        raise StepRefused("due", "is in the past", "Give a date that is still to come, or none.")


def _check_reason(answer: Answer) -> None:
    listed = answer_reasons()
    if answer.because not in listed.id_set:
        raise StepRefused("because", "is not one of the reasons", f"Choose one of {', '.join(listed.ids)}.")
    reason = listed.get(answer.because)
    if answer.answer not in reason.answers:
        raise StepRefused("because", "does not go with this answer", "Choose another reason or another answer.")
    if reason.needs_sector and answer.passed_to is None:
        raise StepRefused("passed_to", "is missing", "Say whose it is.")
    if not reason.needs_sector and answer.passed_to is not None:
        raise StepRefused("passed_to", "goes with another body’s alone", "Leave it out, or choose that reason.")


def answer_of(step: RecommendationChanged) -> Answer:
    """Return the answer that a step carries.

    Raises:
        StepRefused: it carries none.
    """
    if step.answer is None:
        raise StepRefused("answer", "is missing", "Say accepted, partly or declined.")
    return Answer(answer=step.answer, because=step.reason, passed_to=step.passed_to, lead=step.lead, due=step.due)
