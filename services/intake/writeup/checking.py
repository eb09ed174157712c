"""The answers of a draft as the rows of the check page. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.intake.writeup.differing import how_many_differ
from services.intake.writeup.draft import Draft
from services.intake.writeup.note import written_month
from services.intake.writeup.questions import HELD, ByHands, asked_at_the_end, asked_for_equality
from services.vocabulary.areas import areas
from services.vocabulary.characteristics import LEAST_PRESENT
from services.vocabulary.roles import roles
from services.vocabulary.safeguarding_categories import safeguarding_categories
from services.vocabulary.safeguarding_urgencies import safeguarding_urgencies
from services.vocabulary.session_kinds import session_kinds
from services.vocabulary.uses import uses

NOT_PROVIDED: Final = "Not provided"


@dataclass(frozen=True, slots=True)
class Row:
    """One answer: what it is about, the answer in lines, and the question where it is changed."""

    key: str
    values: tuple[str, ...]
    step: str


def rows_of(draft: Draft, groups: Mapping[str, str]) -> tuple[Row, ...]:
    """Return the rows for a draft in which every question was answered.

    Args:
        draft: the draft.
        groups: titles by id.
    """
    said, removed = len(draft.contributions), len(draft.removals)
    kept = sum(len(spans) for spans in draft.keeps.values())
    rows = [
        Row("Group", (groups.get(draft.group or "", "No group"),), "group"),
        Row("Kind", (session_kinds().title_of(draft.kind),), "session"),
        Row("Month", (written_month(draft.month),), "session"),
        Row("Number present", (str(draft.number_present),), "session"),
        Row("Areas", tuple(areas().title_of(area) for area in draft.areas), "areas"),
        Row("How it was held", tuple(HELD[name] for name in HELD if getattr(draft, name)) or (NOT_PROVIDED,), "held"),
        Row("As whom people spoke", (roles().title_of(draft.role or ""),), "room"),
        Row("What may be done", tuple(uses().get(use).shown for use in draft.uses or ()) or ("Nothing",), "room"),
        Row("Where somebody differs", _differing(draft), "people"),
        Row("Questions at the end", _tallies(draft, asked_at_the_end()) or (NOT_PROVIDED,), "answers"),
        *_equality(draft),
        Row("What was said", ("1 contribution" if said == 1 else f"{said} contributions",), "notes"),
        *([] if draft.group is None else [Row("What the group agreed", (_stated(draft),), "statements")]),
        Row("What goes and stays", (f"{removed} taken out by you, {kept} kept by you",), "preview"),
    ]
    return (*rows, Row("Somebody at risk", _concern(draft), "concern"))


def _stated(draft: Draft) -> str:
    stated = len(draft.statements)
    return "1 sentence" if stated == 1 else f"{stated} sentences" if stated else "Nothing"


def _equality(draft: Draft) -> tuple[Row, ...]:
    if draft.equality:
        return (Row("Equality questions", _tallies(draft, asked_for_equality()) or (NOT_PROVIDED,), "equality"),)
    if (draft.number_present or 0) >= LEAST_PRESENT:
        return (Row("Equality questions", ("Not asked",), "answers"),)
    return ()


def _tallies(draft: Draft, questions: Sequence[ByHands]) -> tuple[str, ...]:
    return tuple(
        f"{question.title}: "
        + ", ".join(
            f"{title} {draft.tallies[question.id][answer]}"
            for answer, title in question.answers
            if answer in draft.tallies[question.id]
        )
        for question in questions
        if question.id in draft.tallies
    )


def _differing(draft: Draft) -> tuple[str, ...]:
    number = how_many_differ(draft)
    if not number:
        return ("Nobody differs",)
    return (
        "1 contribution has answers of its own" if number == 1 else f"{number} contributions have answers of their own",
    )


def _concern(draft: Draft) -> tuple[str, ...]:
    if draft.handed_on is None:
        return ("No, I have looked",) if draft.no_concern else ("No sign was found, and nothing was handed on",)
    return (
        safeguarding_categories().title_of(draft.handed_on.category),
        safeguarding_urgencies().title_of(draft.handed_on.urgency),
    )
