"""The life of one recommendation: which step may follow which, and where it stands afterwards. Pure.

A life is the fold of its steps, which are the events of ``sv.recommendation.changed``::

    made ─ assigned ─ published ─ answered ─ begun ─ done ─ judged ─┬─ closed (yes, partly)
             ▲            │          │ ▲ taken back                 └─ asked again (no)
             └────────────┴─ passed on (declined: another body's)

An answer may come before the recommendation is public, but never stops it: *published* needs the day alone. *Retracted*
may come at any time and leaves only the way back, *worded*. Free texts of a service (*explained*, *reached*) are steps
once an approver has read them.

Source of the rules: the design, section 9.
"""

from collections.abc import Callable
from typing import Final, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from services.errors import StepRefused
from services.events import RecommendationChanged
from services.reporter.recommendations.answers import Answer, answer_of, check_answer

Standing = Literal["waiting", "accepted", "partly", "declined", "in_progress", "done", "closed"]
Verdict = Literal["yes", "partly", "no"]
MadeBy = Literal["group", "board"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)

#: Every step that there is.
STEPS: Final = (
    "made", "assigned", "queried", "published", "answered", "taken_back", "explained", "begun", "reached", "done",
    "judged", "retracted", "worded",
)  # fmt: skip
#: Every state that an event may name.
STATES: Final = (
    "made", "in_sight", "public", "reopened", "accepted", "partly", "declined", "in_progress", "done", "closed",
    "retracted",
)  # fmt: skip
_ANY: Final[tuple[Standing, ...]] = ("waiting", "accepted", "partly", "declined", "in_progress", "done", "closed")
_TAKEN_ON: Final[tuple[Standing, ...]] = ("accepted", "partly", "in_progress", "done", "closed")
#: Where a recommendation may stand when a step is taken.
_FROM: Final[dict[str, tuple[Standing, ...]]] = {
    "made": (),
    "assigned": ("waiting", "declined"),
    "queried": _ANY,
    "published": _ANY,
    "answered": ("waiting", "accepted", "partly", "declined", "in_progress"),
    "taken_back": ("accepted", "partly", "declined"),
    "explained": ("accepted", "partly", "declined", "in_progress", "done", "closed"),
    "begun": ("accepted", "partly"),
    "reached": _TAKEN_ON,
    "done": ("accepted", "partly", "in_progress"),
    "judged": ("done",),
    "retracted": _ANY,
    "worded": _ANY,
}
#: The field without which a step says nothing.
_NEEDED: Final = {
    "assigned": "organisation",
    "queried": "reason",
    "explained": "said",
    "reached": "milestone",
    "judged": "changed",
}
_BY_SERVICE: Final = frozenset({"queried", "answered", "taken_back", "begun", "done"})


class Life(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where one recommendation stands; days are ISO.

    Attributes:
        recommendation, statement, statement_hash, area, made_by, group, sectors: what it is.
        revision, day: of its last step.
        made_on: the day of its first.
        standing: how far it has come.
        organisation: the service that is asked, assigned_on since when.
        public_from: the day on which it becomes public; published_on when it did.
        answer_by: the last day for an answer, while one is waited for.
        given: the newest answer that was not taken back; it is kept when the question is asked again.
        answered_on: the day of the first answer, since this service was asked.
        before, standing_before: the answer before and where it stood, to which taking back returns.
        undoable: the answer may be taken back.
        said: why, in the service's words, approved.
        done_on: the day on which the service called it done.
        changed: the last word of its group.
        reopened: how often the group said no.
        retracted: its words were taken back.
    """

    recommendation: str
    statement: str
    statement_hash: str
    area: str
    made_by: MadeBy
    revision: int
    day: str
    made_on: str
    group: str | None = None
    sectors: tuple[str, ...] = ()
    standing: Standing = "waiting"
    organisation: str | None = None
    assigned_on: str | None = None
    public_from: str | None = None
    published_on: str | None = None
    answer_by: str | None = None
    given: Answer | None = None
    answered_on: str | None = None
    before: Answer | None = None
    standing_before: Standing = "waiting"
    undoable: bool = False
    said: str | None = None
    done_on: str | None = None
    changed: Verdict | None = None
    reopened: int = 0
    retracted: bool = False

    @property
    def state(self) -> str:
        """Where it stands, as its events say."""
        if self.retracted:
            return "retracted"
        if self.standing != "waiting":
            return self.standing
        if self.reopened:
            return "reopened"
        if self.organisation is None:
            return "made"
        return "in_sight" if self.published_on is None else "public"

    @property
    def answer(self) -> Answer | None:
        """The answer that stands; None while one is waited for."""
        return None if self.standing == "waiting" else self.given

    @property
    def is_public(self) -> bool:
        """Whether the public may see it."""
        return self.published_on is not None

    @property
    def is_in_sight(self) -> bool:
        """Whether its service sees it and the public does not yet."""
        return self.organisation is not None and self.published_on is None and not self.retracted

    def overdue(self, today: str) -> Literal["answer", "date"] | None:
        """Say what is late on a day: the answer, the date promised, or nothing."""
        if self.retracted or self.organisation is None:
            return None
        if self.standing == "waiting":
            return "answer" if self.answer_by is not None and self.answer_by < today else None
        promised = None if self.given is None else self.given.due
        late = self.standing in ("accepted", "partly", "in_progress") and promised is not None and promised < today
        return "date" if late else None


def advance(life: Life | None, step: RecommendationChanged) -> Life:
    """Return the life after a step.

    Raises:
        StepRefused: the step may not be taken here; nothing was changed.
    """
    check(life, step)
    kind = step.step or ""
    if life is None:
        return _made(step)
    after = _FOLDS[kind](life, step)
    return replace(after, revision=step.revision, day=step.day)


def taken(life: Life | None, step: RecommendationChanged) -> tuple[Life, RecommendationChanged]:
    """Take a new step: return the life after it, and the step numbered and with the state it led to.

    Raises:
        StepRefused: as ``advance``.
    """
    numbered = replace(step, revision=1 if life is None else life.revision + 1)
    check(life, numbered)
    if numbered.step == "answered":
        # Asked of new answers alone: what was given under an older list of reasons stays what it was.
        check_answer(answer_of(numbered), today=numbered.day)
    after = advance(life, numbered)
    return after, replace(numbered, state=after.state)


def check(life: Life | None, step: RecommendationChanged) -> None:
    """Pass when a step may be taken.

    Raises:
        StepRefused: with the reason and what to do instead.
    """
    kind = step.step
    if kind not in _FROM:
        raise StepRefused("step", "is not known here", "Install the version that knows it.")
    if life is None:
        if kind != "made" or step.made_by is None:
            raise StepRefused("recommendation", "is not there yet", "It begins when it is made.")
        return
    if kind == "made":
        raise StepRefused("recommendation", "is there already", "Look at where it stands.")
    if step.day < life.day:
        raise StepRefused(
            "day",
            "the clock of this machine stands before the last step",
            "Ask whoever looks after the service to set the clock, then try again.",
        )
    if life.retracted and kind != "worded":
        raise StepRefused("recommendation", "was taken back by its group", "Nothing more is asked of you.")
    if kind in _BY_SERVICE and (life.organisation is None or step.organisation != life.organisation):
        raise StepRefused("organisation", "is not the one that is asked", "Look at what waits on your organisation.")
    if life.standing not in _FROM[kind]:
        raise StepRefused("recommendation", *_WHY_NOT[life.standing])
    _check_further(kind, life, step)


def _check_further(kind: str, life: Life, step: RecommendationChanged) -> None:
    missing = _NEEDED.get(kind)
    if missing is not None and getattr(step, missing) is None:
        raise StepRefused(missing, "is missing", "Say it, then try again.")
    if kind == "assigned":
        if life.standing == "declined" and (life.given is None or life.given.passed_to is None):
            raise StepRefused("recommendation", "was declined", "Only what is another body’s is passed on.")
        if life.published_on is None and step.public_from is None:
            raise StepRefused("public_from", "is missing", "Say when it becomes public.")
    elif kind in ("published", "queried") and not life.is_in_sight:
        raise StepRefused("recommendation", "is not in its days of sight", "Look at where it stands.")
    elif kind == "published" and (life.public_from is None or step.day < life.public_from):
        raise StepRefused("recommendation", "is not public yet", "Wait for its day.")
    elif kind == "taken_back" and not life.undoable:
        raise StepRefused("answer", "cannot be taken back any more", "Give another answer instead.")


_WHY_NOT: Final[dict[Standing, tuple[str, str]]] = {
    "waiting": ("has no answer yet", "Answer it first."),
    "accepted": ("is accepted", "Say that it has begun or is done, or change the answer."),
    "partly": ("is accepted in part", "Say that it has begun or is done, or change the answer."),
    "declined": ("is declined", "Change the answer first."),
    "in_progress": ("has begun", "Say that it is done, or change the answer."),
    "done": ("is done and waits for the word of its group", "Wait for the group."),
    "closed": ("is closed", "Nothing more is asked of you."),
}


def _made(step: RecommendationChanged) -> Life:
    return Life(
        recommendation=step.recommendation,
        statement=step.statement,
        statement_hash=step.statement_hash,
        area=step.area,
        made_by=step.made_by or "group",
        group=step.group,
        sectors=step.sectors,
        revision=step.revision,
        day=step.day,
        made_on=step.day,
    )


def _assigned(life: Life, step: RecommendationChanged) -> Life:
    return replace(
        life,
        organisation=step.organisation,
        area=step.area,
        assigned_on=step.day,
        public_from=life.public_from if life.is_public else step.public_from,
        answer_by=step.answer_by,
        standing="waiting",
        given=None,
        answered_on=None,
        before=None,
        undoable=False,
        said=None,
    )


def _published(life: Life, step: RecommendationChanged) -> Life:
    return replace(life, published_on=step.day)


def _answered(life: Life, step: RecommendationChanged) -> Life:
    answer = answer_of(step)
    goes_on = life.standing == "in_progress" and answer.answer != "declined"
    return replace(
        life,
        standing="in_progress" if goes_on else answer.answer,
        given=answer,
        answered_on=life.answered_on or step.day,
        before=life.given,
        standing_before=life.standing,
        # What has begun cannot be un-begun by taking the answer back.
        undoable=life.standing != "in_progress",
        said=None,
    )


def _taken_back(life: Life, _: RecommendationChanged) -> Life:
    return replace(
        life,
        standing=life.standing_before,
        given=life.before,
        answered_on=None if life.before is None else life.answered_on,
        before=None,
        undoable=False,
    )


def _explained(life: Life, step: RecommendationChanged) -> Life:
    return replace(life, said=step.said, undoable=False)


def _judged(life: Life, step: RecommendationChanged) -> Life:
    if step.changed != "no":
        return replace(life, standing="closed", changed=step.changed)
    return replace(
        life,
        standing="waiting",
        changed="no",
        reopened=life.reopened + 1,
        answer_by=step.answer_by,
        said=None,
        done_on=None,
    )


def _retracted(life: Life, _: RecommendationChanged) -> Life:
    # What was not public yet never becomes so without new words and new days of sight.
    return replace(life, retracted=True, public_from=life.public_from if life.is_public else None)


def _worded(life: Life, step: RecommendationChanged) -> Life:
    return replace(
        life,
        retracted=False,
        statement_hash=step.statement_hash,
        public_from=life.public_from if life.is_public else step.public_from,
        answer_by=step.answer_by or life.answer_by,
    )


_FOLDS: Final[dict[str, Callable[[Life, RecommendationChanged], Life]]] = {
    "assigned": _assigned,
    "queried": lambda life, _: life,
    "published": _published,
    "answered": _answered,
    "taken_back": _taken_back,
    "explained": _explained,
    "begun": lambda life, _: replace(life, standing="in_progress", undoable=False),
    "reached": lambda life, _: replace(life, undoable=False),
    "done": lambda life, step: replace(life, standing="done", done_on=step.day, undoable=False),
    "judged": _judged,
    "retracted": _retracted,
    "worded": _worded,
}
