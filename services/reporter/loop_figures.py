"""What became of recommendations, in figures: what a release says of the answers, and who gives these figures.

They count recommendations, never people, so no threshold applies. The part of the reporter that keeps recommendations
gives them; a release only asks.
"""

from typing import Any, Protocol

import msgspec


class LoopFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Recommendations and their answers, up to a day.

    Attributes:
        made: recommendations that may be shown to the public on that day.
        answered: those of them that were accepted, partly accepted or declined.
        median_days_to_answer: from the day a service could first see one to its answer, rounded to whole days (halves
            up); None where none was answered.
        accepted: answered with yes, whatever came of it since.
        partly: accepted in part.
        declined: how many were declined, by the reason from the list.
        done: those that a service called done.
        changed_yes, changed_partly, changed_no: the last answer of their groups to "did it change?".
        overdue: their date, or the date for an answer, has passed.
    """

    made: int = 0
    answered: int = 0
    median_days_to_answer: int | None = None
    accepted: int = 0
    partly: int = 0
    declined: dict[str, int] = {}
    done: int = 0
    changed_yes: int = 0
    changed_partly: int = 0
    changed_no: int = 0
    overdue: int = 0


class LoopLedger(Protocol):
    """Who keeps recommendations."""

    async def figures(self, view: Any, *, as_of: str) -> LoopFigures:
        """Return the figures up to and with an ISO day, read through a connection of the reporter's database.

        Asked again for the same day they are the same unless steps were added.
        """

    async def in_sight(self, view: Any, *, as_of: str) -> frozenset[str]:
        """Return the statements that no release may cite on an ISO day: somebody's days of sight are not over."""
