"""Preparing, approving and publishing releases: two people, nothing on its way, a proof, and no period twice."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock
from services.database.engine import Database
from services.errors import Conflict, Finding, Held, InputRefused, NotFound, Plain
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import EventLog
from services.events import ReportPublished
from services.reporter import store
from services.reporter.composing import Composed, compose, read_body, tally, without_table
from services.reporter.ledger import require_open
from services.reporter.ledger_store import keep_printed
from services.reporter.lines import ReleaseLine
from services.reporter.material import MaterialReader, open_periods
from services.reporter.periods import is_period, is_year, period_end, quarters_in
from services.reporter.release import (
    Envelope,
    ReleaseBody,
    Signatory,
    approve,
    body_bytes,
    citation,
    require_name,
)
from services.reporter.rowkeeping import NAME, closed_periods
from services.reporter.waiting import PATIENCE, Waiting
from services.runner.outbox import Outbox

#: Decoded bodies that are kept for reading.
_BODIES_KEPT: Final = 16

_CHANGED = Plain("What is counted has changed since it was prepared: prepare it again.")
_GONE = Plain("Somebody else approved or replaced it just now: look at the list of releases.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A prepared release as the one who is to approve it sees it."""

    line: ReleaseLine
    body: ReleaseBody
    prepared_by: Signatory


class Publishing:
    """The reporter's releases."""

    def __init__(
        self,
        *,
        database: Database,
        outbox: Outbox,
        log: EventLog,
        clock: Clock,
        material: MaterialReader,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._material = material
        self.waiting = Waiting(log, seconds=PATIENCE)
        self._one_at_a_time = asyncio.Lock()
        self._bodies: OrderedDict[str, tuple[ReleaseLine, ReleaseBody]] = OrderedDict()

    async def prepare(self, period: str, *, prepared_by: str | Signatory) -> list[ReleaseLine]:
        """Count, control and prove one quarter or year; nothing is published yet.

        Raises:
            InputRefused: not a period, not over yet, nothing to publish, or no name.
            Conflict: it was published already.
            Held: something is still on its way, the clock went back, or no proof was found.
        """
        person = _signatory(prepared_by)
        require_name("prepared_by", person)
        self._require_over(period)
        async with self._one_at_a_time:
            await self.waiting.until_nothing_is_on_its_way()
            today = self._clock.today().isoformat()
            async with self._database.read() as view:
                await _require_clock(view, today)
                require_open(period, await closed_periods(view))
                found = await self._material.read(view, period, as_of=today)
            composed = await asyncio.to_thread(compose, found)
            line = await self._keep(composed.body, found.chosen, person, today, corrects=None)
        return [line]

    async def prepare_withdrawal(self, report: str, table: str, *, prepared_by: str | Signatory) -> list[ReleaseLine]:
        """Prepare the next version of a published release, with one table withdrawn whole.

        Raises:
            InputRefused: no name.
            NotFound: no such release is published.
            Conflict: it has no such table.
        """
        person = _signatory(prepared_by)
        require_name("prepared_by", person)
        async with self._one_at_a_time:
            _, body = await self.published(report)
            smaller = without_table(body, table)
            return [await self._keep(smaller, {}, person, self._clock.today().isoformat(), corrects=report)]

    async def approve(self, release: str, *, approved_by: str | Signatory) -> ReleaseLine:
        """Publish a prepared release; the one who approves is not the one who prepared.

        Raises:
            InputRefused: no name, or the same one.
            NotFound: no such release is prepared.
            Conflict: somebody approved it before, or just now.
            Held: somebody withdrew since it was prepared, or something is on its way: prepare it again.
        """
        person = _signatory(approved_by)
        require_name("approved_by", person)
        async with self._one_at_a_time:
            await self.waiting.until_nothing_is_on_its_way()
            today = self._clock.today().isoformat()
            async with self._database.read() as view:
                row = await _prepared(view, release)
                envelope = _envelope(row, person, today)
                await _require_clock(view, today)
            report = await (
                self._publish(row, envelope, person) if row.corrects is None else self._correct(row, envelope, person)
            )
        await self._outbox.flush()
        line, _ = await self.published(report)
        return line

    async def publish(
        self, period: str, *, prepared_by: str | Signatory, approved_by: str | Signatory
    ) -> list[ReleaseLine]:
        """Prepare and publish one period, with two differing names.

        Raises:
            InputRefused: one name twice, or a missing one (see :meth:`prepare` and :meth:`approve` for the rest).
        """
        first, second = _signatory(prepared_by), _signatory(approved_by)
        approve("", prepared_by=first, approved_by=second, approved_on="")
        prepared = await self.prepare(period, prepared_by=first)
        return [await self.approve(line.report, approved_by=second) for line in prepared]

    async def listed(self, *, published_only: bool = False) -> list[ReleaseLine]:
        """Return every release that is prepared or published, newest period first."""
        table = store.releases
        states = ("published",) if published_only else ("prepared", "published")
        query = table.select().where(table.c.state.in_(states)).order_by(table.c.period.desc(), table.c.release)
        async with self._database.read() as view:
            return [_line(row, read_body(row.body)) for row in (await view.execute(query)).all()]

    async def published(self, release: str) -> tuple[ReleaseLine, ReleaseBody]:
        """Return one published release, in its newest version.

        Raises:
            NotFound: no such release is published.
        """
        table = store.releases
        async with self._database.read() as view:
            query = sa.select(table.c.body_hash).where(table.c.release == release, table.c.state == "published")
            cited = (await view.execute(query)).scalar()
            if cited is None:
                raise NotFound("No such report is published.")
            if cited not in self._bodies:
                row = (await view.execute(table.select().where(table.c.release == release))).one()
                body = read_body(row.body)
                self._bodies[cited] = (_line(row, body), body)
                if len(self._bodies) > _BODIES_KEPT:
                    self._bodies.popitem(last=False)
            self._bodies.move_to_end(cited)
            return self._bodies[cited]

    async def open_periods(self) -> list[str]:
        """Return the periods that may be prepared now, oldest first."""
        async with self._database.read() as view:
            return await open_periods(view, self._clock.today())

    async def draft(self, release: str) -> Draft:
        """Return a prepared release, for those who may approve it.

        Raises:
            NotFound, Conflict: as :meth:`approve`.
        """
        async with self._database.read() as view:
            row = await _prepared(view, release)
        body = read_body(row.body)
        return Draft(_line(row, body), body, Signatory(row.prepared_by, row.prepared_account))

    async def _keep(
        self, body: ReleaseBody, chosen: dict[str, str], person: Signatory, today: str, *, corrects: str | None
    ) -> ReleaseLine:
        """Keep what was prepared, in the place of what was prepared of the same before."""
        cited = citation(body)
        table = store.releases
        async with self._database.begin() as transaction:
            same = table.c.period == body.period if corrects is None else table.c.corrects == corrects
            await transaction.execute(table.delete().where(same, table.c.state == "prepared"))
            if (await transaction.execute(sa.select(table.c.state).where(table.c.release == cited[:32]))).scalar():
                raise Conflict(Plain("The very same release was published already."))
            values = {
                "release": cited[:32],
                "period": body.period,
                "framework": " ".join(body.frameworks),
                "state": "prepared",
                "body_hash": cited,
                "body": body_bytes(body),
                "largest_sessions": json.dumps(chosen, sort_keys=True),
                "prepared_by": person.name.strip(),
                "prepared_account": person.account,
                "names_verified": False,
                "prepared_on": today,
                "version": body.version,
                "corrects": corrects,
            }
            await transaction.execute(table.insert().values(values))
            row = (await transaction.execute(table.select().where(table.c.release == cited[:32]))).one()
        return _line(row, body)

    async def _publish(self, row: Any, envelope: Envelope, person: Signatory) -> str:
        """Prove once more what was prepared, look at it again while nobody can change it, and let it go.

        Raises:
            Held, Conflict: see :meth:`approve`.
        """
        async with self._database.read() as view:
            proved = await self._material.read(view, row.period, as_of=row.prepared_on)
        # The proof takes its time: it is made before the database is locked, and what it rests on is read again.
        composed: Composed = await asyncio.to_thread(compose, proved)
        if citation(composed.body) != row.body_hash:
            raise Held(_CHANGED)
        async with self._database.begin() as transaction:
            require_open(row.period, await closed_periods(transaction))
            if await self._material.read(transaction, row.period, as_of=row.prepared_on) != proved:
                raise Held(_CHANGED)
            await _sign(transaction, row.release, envelope, person, state="published")
            await keep_printed(transaction, row.release, composed.printed)
            await _close(transaction, row, envelope.approved_on)
            await self._announce(transaction, row.release, row, envelope)
        return str(row.release)

    async def _correct(self, row: Any, envelope: Envelope, person: Signatory) -> str:
        """Let the next version of a published release go.

        Raises:
            Conflict: another version was quicker.
        """
        table = store.releases
        async with self._database.begin() as transaction:
            changed = await transaction.execute(
                table.update()
                .where(table.c.release == row.corrects, table.c.version == row.version - 1)
                .values(body=row.body, body_hash=row.body_hash, version=row.version),
            )
            if changed.rowcount != 1:
                raise Conflict(_GONE)
            await _sign(transaction, row.release, envelope, person, state="applied")
            await self._announce(transaction, row.corrects, row, envelope)
        return str(row.corrects)

    async def _announce(self, transaction: AsyncConnection, report: str, row: Any, envelope: Envelope) -> None:
        event = ReportPublished(
            report=report,
            revision=row.version,
            body_hash=row.body_hash,
            body=msgspec.to_builtins(read_body(row.body)),
            prepared_by=envelope.prepared_by,
            approved_by=envelope.approved_by,
            names_verified=envelope.names_verified,
            day=envelope.approved_on,
        )
        record = new_record(event, stage=NAME, source_service=NAME, revision=row.version, time=envelope.approved_on)
        await self._outbox.put(transaction, [record])

    def _require_over(self, period: str) -> None:
        if not is_period(period):
            raise InputRefused([Finding("period", "not a quarter or a year", "Write it like 2025-Q1, or 2025.")])
        if period_end(period) >= self._clock.today():
            raise InputRefused([Finding("period", "not over yet", "A period is published after its last day.")])


def _signatory(person: str | Signatory) -> Signatory:
    return person if isinstance(person, Signatory) else Signatory(person)


def _envelope(row: Any, person: Signatory, today: str) -> Envelope:
    prepared_by = Signatory(row.prepared_by, row.prepared_account)
    return approve(row.body_hash, prepared_by=prepared_by, approved_by=person, approved_on=today)


async def _prepared(view: AsyncConnection, release: str) -> Any:
    """Return the row of a prepared release.

    Raises:
        NotFound: there is none.
        Conflict: it was approved.
    """
    row: Any = (await view.execute(store.releases.select().where(store.releases.c.release == release))).one_or_none()
    if row is None:
        raise NotFound("No such release is prepared.")
    if row.state != "prepared":
        raise Conflict(Plain("That release was approved already."))
    return row


async def _require_clock(view: AsyncConnection, today: str) -> None:
    """Pass when the clock stands where it stood at the last step, or later.

    Raises:
        Held: it went back.
    """
    table = store.releases.c
    query = sa.select(sa.func.max(table.prepared_on), sa.func.max(table.published_on))
    if any(day is not None and day > today for day in (await view.execute(query)).one()):
        raise Held(Plain("The clock went back behind an earlier release: set it right, then try again."))


async def _sign(
    transaction: AsyncConnection, release: str, envelope: Envelope, person: Signatory, *, state: str
) -> None:
    """Take a release out of the prepared ones, once.

    Raises:
        Conflict: it is not prepared any more.
    """
    table = store.releases
    changed = await transaction.execute(
        table.update()
        .where(table.c.release == release, table.c.state == "prepared")
        .values(
            state=state,
            approved_by=envelope.approved_by,
            approved_account=person.account,
            names_verified=envelope.names_verified,
            published_on=envelope.approved_on,
        ),
    )
    if changed.rowcount != 1:
        raise Conflict(_GONE)


async def _close(transaction: AsyncConnection, row: Any, today: str) -> None:
    """Close the quarters that a release counted; a year closes those of its quarters in which nobody was counted."""
    chosen = "{}" if is_year(row.period) else row.largest_sessions
    closed = await closed_periods(transaction)
    new: Sequence[dict[str, str]] = [
        {"period": quarter, "closed_on": today, "largest_sessions": chosen}
        for quarter in quarters_in(row.period)
        if quarter not in closed
    ]
    if new:
        await transaction.execute(store.periods.insert(), new)


def _line(row: Any, body: ReleaseBody) -> ReleaseLine:
    published, withheld = tally(body)
    return ReleaseLine(
        report=row.release,
        period=row.period,
        framework=row.framework,
        state=row.state,
        citation=row.body_hash,
        published_on=row.published_on,
        published=published,
        withheld=withheld,
        version=row.version,
        prepared_on=row.prepared_on,
        names_verified=row.names_verified,
        corrects=row.corrects,
    )


__all__ = ["Draft", "Publishing", "ReleaseLine", "Signatory"]
