"""Births: an approved statement of the kind *recommendation* becomes one for each service that is asked."""

import hashlib
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.eventlog.interface import NewRecord
from services.events import RecommendationChanged, StatementChanged
from services.reporter import store
from services.reporter.recommendations.keeping import Keeping, lives_where
from services.reporter.recommendations.life import Life, MadeBy
from services.reporter.recommendations.organisations import organisations_in
from services.reporter.recommendations.routing import route
from services.reporter.recommendations.working_days import answer_by, public_from
from services.reporter.statements import words_hash_of
from services.vocabulary.areas import NOT_SAID
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.sectors import sectors as sector_list

#: Stands where a group named none of the five areas; the board chooses one when it assigns.
NO_AREA: Final = "not_said"


class Births:
    """What follows for recommendations when a statement changes."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping

    async def follow(self, transaction: AsyncConnection, event: StatementChanged) -> Sequence[NewRecord]:
        """Make, word anew or retract the recommendations of a statement, in the transaction that keeps it.

        The events go into the outbox themselves; none is returned.
        """
        if event.kind != "recommendation":
            return ()
        table = store.recommendations.c
        known = await lives_where(transaction, table.statement == event.statement)
        if event.state == "retracted":
            for life in known:
                if not life.retracted:
                    await self._keeping.take(transaction, life, "retracted", day=self._keeping.day_after(life))
        elif event.words is not None:
            await self._approved(transaction, event, words_hash_of(event.words), known)
        return ()

    async def _approved(
        self,
        transaction: AsyncConnection,
        event: StatementChanged,
        words_hash: str,
        known: Sequence[Life],
    ) -> None:
        for life in known:
            if life.retracted or life.statement_hash != words_hash:
                await self._word(transaction, life, words_hash)
        if known:
            return
        areas = await _areas_of(transaction, event.sessions)
        listed = [sector for sector in event.sectors if sector in sector_list().id_set]
        routed = route(listed, areas, await organisations_in(transaction))
        asked: list[tuple[str | None, tuple[str, ...]]] = list(routed.asked)
        if routed.is_open:
            asked.append((None, routed.open_sectors))
        for number, (organisation, sectors) in enumerate(asked):
            await self.begin(
                transaction,
                statement=event.statement,
                statement_hash=words_hash,
                area=event.area if event.area in recommendation_areas().id_set else NO_AREA,
                made_by="group",
                group=event.group,
                sectors=sectors,
                organisation=organisation,
                number=number,
            )

    async def begin(
        self,
        transaction: AsyncConnection,
        *,
        statement: str,
        statement_hash: str,
        area: str | None,
        made_by: MadeBy,
        group: str | None,
        sectors: tuple[str, ...],
        organisation: str | None,
        number: int = 0,
    ) -> Life:
        """Make a recommendation and, where it is known who is asked, begin its days of sight."""
        made = RecommendationChanged(
            recommendation=recommendation_id(statement, number),
            revision=1,
            statement=statement,
            statement_hash=statement_hash,
            state="made",
            area=area or NO_AREA,
            day=self._keeping.today.isoformat(),
            step="made",
            made_by=made_by,
            group=group,
            sectors=sectors,
        )
        life = await self._keeping.begin_life(transaction, made)
        return life if organisation is None else await self.assign(transaction, life, organisation, day=life.day)

    async def assign(
        self,
        transaction: AsyncConnection,
        life: Life,
        organisation: str,
        *,
        area: str = "",
        day: str = "",
    ) -> Life:
        """Ask an organisation; its days of sight begin, unless the public sees the recommendation already.

        Raises:
            StepRefused: it may not be asked now.
        """
        today = self._keeping.today
        opens = public_from(today)
        return await self._keeping.take(
            transaction,
            life,
            "assigned",
            day=day,
            area=area or life.area,
            organisation=organisation,
            public_from=None if life.is_public else opens.isoformat(),
            answer_by=answer_by(today if life.is_public else opens).isoformat(),
        )

    async def _word(self, transaction: AsyncConnection, life: Life, words_hash: str) -> None:
        today = self._keeping.today
        fresh = not life.is_public and life.organisation is not None
        opens = public_from(today)
        await self._keeping.take(
            transaction,
            life,
            "worded",
            day=self._keeping.day_after(life),
            statement_hash=words_hash,
            public_from=opens.isoformat() if fresh else None,
            answer_by=answer_by(opens).isoformat() if fresh else None,
        )


def recommendation_id(statement: str, number: int) -> str:
    """Return the id of a statement's recommendation; the same for the same statement, so that none is made twice."""
    return hashlib.sha256(f"recommendation\x1f{statement}\x1f{number}".encode()).hexdigest()[:32]


async def _areas_of(view: AsyncConnection, sessions: Sequence[str]) -> frozenset[str]:
    """Return whose services were spoken of at some sessions, as far as they are known."""
    table = store.sessions.c
    query = sa.select(table.areas).where(table.session.in_(list(sessions)))
    found: set[str] = set()
    for areas in (await view.execute(query)).scalars():
        found |= set(areas.split())
    return frozenset(found - {NOT_SAID})
