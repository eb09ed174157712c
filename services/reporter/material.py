"""Reading everything that a release rests on out of the store, at one moment."""

import asyncio
import datetime
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contracts import decode
from services.errors import ContractBroken, Finding, Held, InputRefused, Plain
from services.events import SealedPart, Tallies
from services.reporter import store
from services.reporter.answers import SessionAnswers, answered
from services.reporter.citing import Agreed, Approved, cite
from services.reporter.composing import Material, read_body
from services.reporter.designs import MOST_FRAMEWORKS, designs_of
from services.reporter.gathering import gather, in_period, kinds_held
from services.reporter.ledger import Printed
from services.reporter.ledger_store import LedgerKey, printed_before
from services.reporter.loop_figures import LoopLedger
from services.reporter.parts import Part
from services.reporter.periods import is_year, period_end, quarters_in
from services.reporter.release import ORGANISATIONS, PEOPLE, MeasureRef, ReleaseBody
from services.reporter.rowkeeping import closed_periods
from services.sealing.bundles import Opener
from services.settings import Settings


class MaterialReader:
    """Reads the material of releases.

    Args:
        settings: threshold, and the frameworks of sessions that belong to no round.
        opener: opens the tallies of sessions.
        key: gives the hashes by which the ledger knows people.
        loop: gives the figures of recommendations.
    """

    def __init__(self, *, settings: Settings, opener: Opener, key: LedgerKey, loop: LoopLedger) -> None:
        self._settings = settings
        self._opener = opener
        self._key = key
        self._loop = loop

    async def read(self, view: AsyncConnection, period: str, *, as_of: str) -> Material:
        """Return what a release of a period rests on.

        Args:
            view: one moment's view of the store, or the transaction that publishes.
            period: a quarter or a year.
            as_of: the day as of which the answers to recommendations are given, and their days of sight are over.

        Raises:
            InputRefused: nothing was held or said in it, or a framework is not known.
            Held: its rounds name too many frameworks, or a quarter of a year is still open.
            SealingError: the tallies of a session do not open.
        """
        sessions = await _sessions(view, period)
        frameworks = self._frameworks(sessions)
        designs = dict(zip((PEOPLE, ORGANISATIONS), designs_of(frameworks, period), strict=True))
        earlier = await _earlier(view)
        quarters: tuple[Printed, ...] = ()
        before: tuple[Printed, ...] = ()
        if is_year(period):
            await _require_quarters(view, period)
            quarters = await printed_before(view, quarters_in(period))
            before = await printed_before(view, (period,))
        gathered = await gather(
            view,
            period,
            designs,
            mark=self._key.mark if is_year(period) else None,
            since=[frozenset(each.people) for each in before],
        )
        cited = frozenset(
            ref.id
            for _, body in earlier
            for ref in body.statements
            if body.period in quarters_in(period) or not is_year(period)
        )
        in_sight = await self._loop.in_sight(view, as_of=as_of)
        approved = [each for each in await _approved(view) if each.id not in in_sight]
        statements = cite(approved, await _agreed(view), period=period, cited=cited)
        if not (gathered.rows or sessions or statements):
            mend = "No session was held in it and nobody said anything: choose another."
            raise InputRefused([Finding("period", "nothing to publish", mend)])
        return Material(
            period=period,
            version=1 + sum(body.period == period for _, body in earlier),
            frameworks=frameworks,
            threshold=self._settings.threshold,
            counts=gathered.counts,
            chosen=gathered.sessions,
            versions=gathered.versions,
            sessions=kinds_held(sessions),
            answers={} if is_year(period) else await asyncio.to_thread(self._answers, sessions),
            statements=statements,
            loop=await self._loop.figures(view, as_of=as_of),
            parts=tuple(
                Part(printed, gathered.both.get(printed.period or "", {}).get(printed.population, {}))
                for printed in quarters
            ),
            before=tuple(
                (printed, joined[printed.population]) for printed, joined in zip(before, gathered.joined, strict=True)
            ),
            people=gathered.people,
            earlier=earlier,
        )

    def _frameworks(self, sessions: Sequence[Any]) -> tuple[str, ...]:
        """Return the frameworks that the rounds of the period's sessions name; the setting's where none names any.

        Raises:
            Held: they name more than may stand in one release.
        """
        named = {name for session in sessions for name in session.frameworks.split()}
        if len(named) > MOST_FRAMEWORKS:
            raise Held(
                Plain("The rounds of that period name more than two frameworks between them: one release shows two."),
            )
        return tuple(sorted(named or set(self._settings.frameworks)))

    def _answers(self, sessions: Sequence[Any]) -> dict[str, dict[str, int]]:
        return answered(
            SessionAnswers(row.session, row.group_id, row.month, row.number_present, self._open(row))
            for row in sessions
            if row.tallies is not None
        )

    def _open(self, row: Any) -> dict[str, dict[str, int]]:
        plain = self._opener.open_part(decode(SealedPart, row.tallies), row.session)
        try:
            return msgspec.json.decode(plain, type=Tallies).answers
        except msgspec.DecodeError:
            raise ContractBroken("session.held: sealed tallies do not keep their contract") from None


async def open_periods(view: AsyncConnection, today: datetime.date) -> list[str]:
    """Return the periods that are over and may be prepared: quarters with anything in them, and years, oldest first."""
    closed = await closed_periods(view)
    query = sa.union(sa.select(store.rows.c.period), sa.select(store.sessions.c.period))
    known = set((await view.execute(query)).scalars())
    years = {quarter.partition("-")[0] for quarter in closed}
    published = sa.select(store.releases.c.period).where(store.releases.c.state == "published")
    taken = closed | set((await view.execute(published)).scalars())
    return sorted(period for period in known | years if period not in taken and period_end(period) < today)


async def _sessions(view: AsyncConnection, period: str) -> list[Any]:
    table = store.sessions
    query = table.select().where(table.c.period.in_(quarters_in(period))).order_by(table.c.session)
    return list((await view.execute(query)).all())


async def _require_quarters(view: AsyncConnection, year: str) -> None:
    """Pass when every quarter of a year in which anything is counted was published.

    Raises:
        Held: one is still open.
    """
    closed = await closed_periods(view)
    for quarter in quarters_in(year):
        if quarter not in closed:
            query = sa.select(sa.func.count()).select_from(store.rows).where(in_period(quarter))
            if (await view.execute(query)).scalar():
                raise Held(Plain("A quarter of that year is still open: publish its quarters first, then the year."))


async def _earlier(view: AsyncConnection) -> tuple[tuple[str, ReleaseBody], ...]:
    table = store.releases
    query = table.select().where(table.c.state == "published").order_by(table.c.period, table.c.release)
    return tuple((row.body_hash, read_body(row.body)) for row in (await view.execute(query)).all())


async def _agreed(view: AsyncConnection) -> dict[str, Agreed]:
    table = store.sessions.c
    query = sa.select(table.session, table.period, table.number_present)
    return {row.session: Agreed(row.period, row.number_present) for row in (await view.execute(query)).all()}


async def _approved(view: AsyncConnection) -> list[Approved]:
    table = store.statements
    query = table.select().where(table.c.state == "approved").order_by(table.c.statement)
    return [
        Approved(
            id=row.statement,
            sha256=row.words_hash,
            kind=row.kind,
            nodes=tuple(f"{each['framework']}:{each['node']}" for each in msgspec.json.decode(row.nodes)),
            sessions=tuple(msgspec.json.decode(row.sessions)),
            area=row.area,
            sectors=tuple(msgspec.json.decode(row.sectors)),
            measures=tuple(
                MeasureRef(each["framework"], each["measure"], each["said"])
                for each in msgspec.json.decode(row.measures)
            ),
        )
        for row in (await view.execute(query)).all()
    ]
