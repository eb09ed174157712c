"""How a recommendation is shown: its words, its answer and its history as people read them. Pure.

Nothing here decides what may be seen; ``services.reporter.recommendations.reading`` asks for what may.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.clock import day_in_words
from services.events import RecommendationChanged
from services.reporter.recommendations.births import NO_AREA
from services.reporter.recommendations.life import Life
from services.reporter.recommendations.reasons import answer_reasons
from services.reporter.recommendations.routing import Organisation
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.sectors import sectors as sector_list

STATE_WORDS: Final = {
    "made": "The board has to say who is asked",
    "in_sight": "Seen by the service, not public yet",
    "public": "Waiting for an answer",
    "reopened": "Asked again: it has not changed",
    "accepted": "Accepted",
    "partly": "Accepted in part",
    "declined": "Declined",
    "in_progress": "Begun",
    "done": "Done, says the service",
    "closed": "Closed",
    "retracted": "Taken back by the group",
}
ANSWER_WORDS: Final = {"accepted": "Accepted", "partly": "Accepted in part", "declined": "Declined"}
VERDICT_WORDS: Final = {"yes": "Yes", "partly": "Partly", "no": "No"}
OVERDUE_WORDS: Final = {"answer": "The answer is overdue", "date": "The date promised has passed"}
TAKEN_BACK: Final = "The words were taken back. What was answered stays here."
_FORUM: Final = "A survivor forum"
_OTHERS: Final = {
    "practitioner_forum": "A practitioner forum",
    "staff_network": "A staff network",
    "community_meeting": "A community meeting",
    "children_session": "A group of children and young people",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One recommendation as it is shown.

    Attributes:
        recommendation, path: its id and its public page.
        said: its words, or that they were taken back.
        has_words: the words are there.
        said_by: who asked, as it may be named.
        service: who is asked, or "".
        area: one of the five areas.
        state: where it stands, in words.
        state_id: the same as an id.
        answer: the answer in words, or "".
        reason: why, from the list, or "".
        own_words: why, in the service's words, or "".
        lead: the role that leads, or "".
        due: the day promised, in words, or "".
        overdue: what is late, or "".
        verdict: the last word of those who asked, or "".
        public_on: the day on which it became or becomes public, or "".
        answer_by: the last day for an answer while one is waited for, or "".
        citation: the hash of the words.
        life: the standing itself.
    """

    recommendation: str
    path: str
    said: str
    has_words: bool
    said_by: str
    service: str
    area: str
    state: str
    state_id: str
    answer: str
    reason: str
    own_words: str
    lead: str
    due: str
    overdue: str
    verdict: str
    public_on: str
    answer_by: str
    citation: str
    life: Life

    @property
    def state_is_answer(self) -> bool:
        """Whether where it stands is the answer itself, and not what came after it."""
        return self.state_id in ANSWER_WORDS


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One step in words: the day, what happened, and approved words that belong to it."""

    day: str
    text: str
    words: str = ""


def show(
    life: Life,
    *,
    words: str | None,
    kinds: Sequence[str],
    organisation: Organisation | None,
    today: str,
    in_public: bool,
) -> Shown:
    """Return a recommendation as it is shown on a day.

    Args:
        life: where it stands.
        words: as approved; None where they were taken back.
        kinds: of the sessions at which it was agreed.
        organisation: that is asked.
        today: ISO.
        in_public: for the public page: what is late is left out for bodies of which that is not public.
    """
    answer = life.answer
    late = life.overdue(today)
    hides_late = in_public and (organisation is None or not organisation.is_shown_overdue)
    opens = life.published_on or life.public_from
    return Shown(
        recommendation=life.recommendation,
        path=f"/recommendations/{life.recommendation}",
        said=TAKEN_BACK if words is None else words,
        has_words=words is not None,
        said_by=_said_by(life, kinds),
        service="" if organisation is None else organisation.title,
        area=area_words(life.area),
        state=state_words(life),
        state_id=life.state,
        answer="" if answer is None else ANSWER_WORDS[answer.answer],
        reason="" if answer is None else reason_words(answer.because, answer.passed_to),
        own_words=life.said or "",
        lead="" if answer is None else answer.lead or "",
        due="" if answer is None or answer.due is None else day_in_words(answer.due),
        overdue="" if late is None or hides_late else late,
        verdict="" if life.changed is None else VERDICT_WORDS[life.changed],
        public_on="" if opens is None else day_in_words(opens),
        answer_by="" if life.answer_by is None or life.standing != "waiting" else day_in_words(life.answer_by),
        citation=life.statement_hash,
        life=life,
    )


def standing_in_words(shown: Shown) -> str:
    """Return where a recommendation stands as one line: who is asked, the answer, why, who leads, until when."""
    answered = shown.life.answer
    parts = [f"{shown.service}: {shown.state}" if shown.service else shown.state]
    if shown.answer and not shown.state_is_answer:
        parts.append(f"Answered: {shown.answer[:1].lower()}{shown.answer[1:]}")
    if shown.reason:
        parts.append(shown.reason)
    if shown.lead:
        parts.append(f"{shown.lead} leads")
    if answered is not None and answered.answer != "declined":
        if not shown.due:
            parts.append("No date set")
        elif not shown.state_is_answer:
            parts.append(f"Promised for {shown.due}")
    if shown.overdue:
        parts.append(OVERDUE_WORDS[shown.overdue])
    if shown.verdict:
        parts.append(f"Did it change? {shown.verdict}")
    return ". ".join(parts)


def state_words(life: Life) -> str:
    """Return where a recommendation stands in words; accepted with a date is planned."""
    if life.state in ("accepted", "partly") and life.given is not None and life.given.due is not None:
        return f"{STATE_WORDS[life.state]}, planned for {day_in_words(life.given.due)}"
    return STATE_WORDS[life.state]


def reason_words(because: str | None, passed_to: str | None) -> str:
    """Return a reason from the list in words; one that is not listed any more is named as it was kept."""
    if because is None:
        return ""
    listed = answer_reasons()
    title = listed.title_of(because) if because in listed.id_set else because.replace("_", " ")
    if passed_to is None:
        return title
    return f"{title}: passed to {sector_words(passed_to)}"


def area_words(area: str) -> str:
    """Return one of the five areas as a line of text reads it."""
    if area == NO_AREA or area not in recommendation_areas().id_set:
        return "Not said"
    return recommendation_areas().title_of(area).capitalize()


def sector_words(sector: str) -> str:
    """Return a sector's title."""
    listed = sector_list()
    return listed.title_of(sector) if sector in listed.id_set else sector


def history_of(steps: Sequence[RecommendationChanged], titles: Mapping[str, str]) -> tuple[HistoryLine, ...]:
    """Return the public history of a recommendation, oldest first.

    Args:
        steps: in their order.
        titles: of organisations, by id.
    """
    lines: list[HistoryLine] = []
    service = ""
    for step in steps:
        if step.step == "assigned":
            service = titles.get(step.organisation or "", "The service")
        text = _line_of(step, service or "The service")
        if text:
            lines.append(HistoryLine(day_in_words(step.day), text, step.said or step.milestone or ""))
    return tuple(lines)


def _line_of(step: RecommendationChanged, service: str) -> str:
    plain = {
        "made": "Asked for by the board" if step.made_by == "board" else "Agreed by the group and approved",
        "assigned": f"{service} is asked",
        "published": "Made public",
        "taken_back": f"{service} took its answer back",
        "explained": f"{service} says why",
        "begun": f"{service} has begun",
        "reached": f"{service} has reached",
        "done": f"{service} says that it is done",
        "retracted": "The group took its words back",
        "worded": "The words were approved anew",
    }
    if step.step == "answered":
        return _answer_line(step, service)
    if step.step == "judged":
        word = VERDICT_WORDS.get(step.changed or "", "")
        return f"Did it change? {word}{', so it is asked again' if step.changed == 'no' else ''}"
    # What a service had checked before the public saw anything is between it and the board.
    return plain.get(step.step or "", "")


def _answer_line(step: RecommendationChanged, service: str) -> str:
    parts = [f"{service} answered: {ANSWER_WORDS.get(step.answer or '', '').lower()}"]
    reason = reason_words(step.reason, step.passed_to)
    if reason:
        parts.append(reason)
    if step.lead:
        parts.append(f"{step.lead} leads")
    if step.answer != "declined":
        parts.append(f"by {day_in_words(step.due)}" if step.due else "no date set")
    return ". ".join((parts[0], "; ".join(parts[1:]))) if len(parts) > 1 else parts[0]


def _said_by(life: Life, kinds: Sequence[str]) -> str:
    if life.made_by == "board":
        return "The board"
    named = {_OTHERS.get(kind, _FORUM) for kind in kinds}
    return named.pop() if len(named) == 1 else _FORUM
