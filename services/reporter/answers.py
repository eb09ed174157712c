"""Closed questions and equality questions that were answered by a show of hands, counted like people.

Nobody knows who raised a hand, so a woman who comes every month would be counted each time. Of each group the largest
session of the period that was asked counts, and no other; sessions without a group count each. Equality answers count
only from sessions of ten at least, where a hand points to nobody.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

import msgspec

from services.reporter.designs import broken_down_by
from services.reporter.release import ANSWERS, Section
from services.reporter.suppression import Control, protect
from services.reporter.tables import EVERYONE, CellKey, answers_design
from services.vocabulary.characteristics import LEAST_PRESENT
from services.vocabulary.closed_questions import closed_questions


class SessionAnswers(msgspec.Struct, frozen=True):
    """What one session answered.

    Attributes:
        session, group, month, number_present: as of the session.
        answers: how many gave each answer, by question.
    """

    session: str
    group: str | None
    month: str
    number_present: int
    answers: dict[str, dict[str, int]]


@cache
def questions() -> dict[str, tuple[str, ...]]:
    """Return every question that a release counts with its answers, in a fixed order; all stand in every release."""
    return {each.id: each.answer_ids for each in closed_questions().entries} | broken_down_by()


def answered(sessions: Iterable[SessionAnswers]) -> dict[str, dict[str, int]]:
    """Return how many people gave each answer to each question; answers that are not in the lists are left out."""
    listed = sorted(sessions, key=lambda each: (-each.number_present, each.month, each.session))
    found: dict[str, dict[str, int]] = {}
    for question, answers in questions().items():
        total = dict.fromkeys(answers, 0)
        seen: dict[str, bool] = defaultdict(bool)
        for session in listed:
            given = session.answers.get(question)
            small = question in broken_down_by() and session.number_present < LEAST_PRESENT
            if not given or small or (session.group is not None and seen[session.group]):
                continue
            if session.group is not None:
                seen[session.group] = True
            for answer, number in given.items():
                if answer in total:
                    total[answer] += number
        found[question] = total
    return found


def answer_sections(given: dict[str, dict[str, int]], control: Control) -> list[Section]:
    """Return one proved section for each question.

    Raises:
        Held: no proof was found.
    """
    found = []
    for question, answers in questions().items():
        design = answers_design(question, answers)
        (name,) = design.dimensions
        own = given.get(question, {})
        counts: dict[CellKey, int] = {((name, answer),): own.get(answer, 0) for answer in answers}
        counts = {EVERYONE: sum(counts.values()), **counts}
        found.append(Section(f"{ANSWERS}:{question}", design, protect(design, counts, control=control)))
    return found
