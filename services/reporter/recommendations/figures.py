"""Figures of the loop: what was made, answered and changed, of what the public may see. They count no people."""

import datetime
from collections import Counter
from collections.abc import Sequence
from statistics import median

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporter import store
from services.reporter.loop_figures import LoopFigures
from services.reporter.recommendations.keeping import lives_as_of, lives_where
from services.reporter.recommendations.life import Life
from services.reporter.recommendations.working_days import public_from


def count_lives(lives: Sequence[Life], day: str) -> LoopFigures:
    """Return the figures of the recommendations that are public on a day, from where they stood at its end.

    What was taken back by its group is left out.

    Args:
        lives: as they stood at the end of the day.
        day: ISO.
    """
    shown = [life for life in lives if life.is_public and not life.retracted]
    given = [life.given for life in shown if life.given is not None]
    kinds = Counter(answer.answer for answer in given)
    days = [_days(life) for life in shown if life.answered_on is not None]
    return LoopFigures(
        made=len(shown),
        answered=len(given),
        median_days_to_answer=int(median(days) + 0.5) if days else None,
        accepted=kinds["accepted"],
        partly=kinds["partly"],
        declined=dict(sorted(Counter(answer.because or "" for answer in given if answer.answer == "declined").items())),
        done=sum(life.done_on is not None for life in shown),
        changed_yes=sum(life.changed == "yes" for life in shown),
        changed_partly=sum(life.changed == "partly" for life in shown),
        changed_no=sum(life.changed == "no" for life in shown),
        overdue=sum(life.overdue(day) is not None for life in shown),
    )


def _days(life: Life) -> int:
    """Return the days from when the service that is asked first saw it to its first answer."""
    seen, answered = life.assigned_on or life.made_on, life.answered_on or life.day
    return (datetime.date.fromisoformat(answered) - datetime.date.fromisoformat(seen)).days


class LoopCount:
    """Gives a release its figures; see ``services.reporter.loop_figures.LoopLedger``."""

    async def figures(self, view: AsyncConnection, *, as_of: str) -> LoopFigures:
        """Return the figures up to and with an ISO day."""
        return count_lives(await lives_as_of(view, as_of), as_of)

    async def in_sight(self, view: AsyncConnection, *, as_of: str) -> frozenset[str]:
        """Return the statements whose recommendations the public may not see on an ISO day.

        One that nobody was ever asked to answer does not wait for ever: its days are counted from when it was made.
        """
        public = store.recommendations.c.published_on
        hidden = await lives_where(view, sa.or_(public.is_(None), public > as_of))
        return frozenset(life.statement for life in hidden if not life.retracted and not _waited(life, as_of))


def _waited(life: Life, as_of: str) -> bool:
    seen = datetime.date.fromisoformat(life.made_on)
    return life.organisation is None and public_from(seen).isoformat() <= as_of
