"""Erasing a contributor who withdrew: two passes, in the order of the hops, safe against a kill anywhere.

Pass one happens where the refusal is heard: a refusal row (permanent, even for an id never seen) and everything of
hers deleted, in one transaction. Pass two waits until this service's outbox has run past that point and the hop
before has confirmed; then it takes the heads of the topics it reads, waits until its group has passed them, erases
the log physically up to there, makes sure no dead letter holds her, deletes again, leaves no byte in its files,
replaces the key-encryption key, and confirms. So it works when the withdrawal overtakes the words.

What stays: opaque ids on refusal, destroyed-key, confirmation and settled rows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock
from services.database.engine import Database
from services.errors import LogUnavailable, StillOnDisk, StoreUnavailable
from services.eventlog.interface import EventLog, NewRecord, TopicPartition
from services.events import ErasureConfirmed, Service
from services.runner.confirming import HOPS, confirmation
from services.runner.dead_letters import ContributorsOf, DeadLetters
from services.runner.outbox import Outbox
from services.runner.supervision import every
from services.telemetry.logs import logger

#: How often erasures are taken a step on.
SWEEP_SECONDS = 0.2
#: And while the log's disk still holds what was erased: a broker lets go on its own clock, within hours.
STILL_SECONDS = 5.0
Delete = Callable[[AsyncConnection, Sequence[str]], Awaitable[Sequence[NewRecord]]]
Finish = Callable[[], Awaitable[None]]


def refusals_table(metadata: sa.MetaData) -> sa.Table:
    """Declare the refusals among a service's tables; a row is never removed."""
    return sa.Table(
        "refusals",
        metadata,
        sa.Column("contributor", sa.Text, primary_key=True),
        sa.Column("refused_on", sa.Text, nullable=False),
        sa.Column("outbox_position", sa.Integer, nullable=False),
        sa.Column("hop_before", sa.Boolean, nullable=False, default=False),
        sa.Column("heads", sa.LargeBinary),
        sa.Column("confirmed_on", sa.Text),
    )


def heard_table(metadata: sa.MetaData) -> sa.Table:
    """Declare, among a service's tables, whose erasure the hop before has confirmed, refusal or not."""
    return sa.Table("confirmations_heard", metadata, sa.Column("contributor", sa.Text, primary_key=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureParts:
    """What an erasure needs of its service.

    Attributes:
        service: which.
        refusals: its refusals table.
        heard: its table of confirmations of the hop before.
        database: its database.
        outbox: its outbox.
        log: the event log.
        clock: for the day of the confirmation.
        group: whose cursors must pass.
        topics: the topics that carry her words or codes to this service.
        delete: deletes everything of some contributors; returns events about what was deleted.
        finish: runs after the second delete (new key-encryption key); None where there is none.
        contributors_of: names the contributors of one of ``topics``' records.
    """

    service: Service
    refusals: sa.Table
    heard: sa.Table
    database: Database
    outbox: Outbox
    log: EventLog
    clock: Clock
    group: str
    topics: tuple[str, ...]
    delete: Delete
    contributors_of: ContributorsOf
    finish: Finish | None = None


class Erasure:
    """The erasures of one stateful service."""

    def __init__(self, parts: ErasureParts) -> None:
        self._parts = parts
        self._dead_letters = DeadLetters(parts.group, parts.topics, parts.log)
        self._still_on_disk = False

    async def refuse(self, transaction: AsyncConnection, contributors: Collection[str]) -> Sequence[NewRecord]:
        """Pass one: refusal rows and the first delete, inside the caller's transaction; return events to send."""
        parts = self._parts
        table = parts.refusals
        known = await self.refused(transaction, contributors)
        new = sorted(set(contributors) - known)
        if not new:
            return ()
        events = await parts.delete(transaction, new)
        position = await parts.outbox.newest(transaction)
        before = await self._confirmed_before(transaction, new)
        today = parts.clock.today().isoformat()
        await transaction.execute(
            table.insert(),
            [
                {
                    "contributor": contributor,
                    "refused_on": today,
                    "outbox_position": position,
                    "hop_before": parts.service == HOPS[0] or contributor in before,
                }
                for contributor in new
            ],
        )
        return events

    async def refused(self, transaction: AsyncConnection, contributors: Collection[str]) -> set[str]:
        """Return those of some contributors who have refused."""
        table = self._parts.refusals
        found = await transaction.execute(
            sa.select(table.c.contributor).where(table.c.contributor.in_(sorted(set(contributors)))),
        )
        return set(found.scalars())

    async def hear(self, transaction: AsyncConnection, confirmations: Collection[ErasureConfirmed]) -> None:
        """Note that the hop before has confirmed, where it was that one; it may come before the refusal itself."""
        hop = HOPS.index(self._parts.service)
        heard = sorted({each.contributor for each in confirmations if HOPS.index(each.service) == hop - 1})
        if heard:
            table = self._parts.refusals
            await transaction.execute(table.update().where(table.c.contributor.in_(heard)).values(hop_before=True))
            known = await self._confirmed_before(transaction, heard)
            new = [{"contributor": contributor} for contributor in heard if contributor not in known]
            if new:
                await transaction.execute(self._parts.heard.insert(), new)

    async def _confirmed_before(self, transaction: AsyncConnection, contributors: Sequence[str]) -> set[str]:
        column = self._parts.heard.c.contributor
        return set((await transaction.execute(sa.select(column).where(column.in_(list(contributors))))).scalars())

    async def pending(self) -> int:
        """Return how many erasures are not confirmed yet."""
        table = self._parts.refusals
        async with self._parts.database.read() as view:
            query = sa.select(sa.func.count()).select_from(table).where(table.c.confirmed_on.is_(None))
            return int((await view.execute(query)).scalar() or 0)

    async def sweep(self) -> int:
        """Take every erasure as far as it can go now; return how many were confirmed.

        Raises:
            LogUnavailable, StoreUnavailable: try again on the next sweep; what was done stays done.
        """
        parts = self._parts
        table = parts.refusals
        async with parts.database.read() as view:
            open_rows = (await view.execute(table.select().where(table.c.confirmed_on.is_(None)))).all()
        if not open_rows:
            return 0
        await self._take_heads([row for row in open_rows if row.hop_before and row.heads is None])
        async with parts.database.read() as view:
            waiting = (
                await view.execute(
                    table.select()
                    .where(table.c.confirmed_on.is_(None), table.c.heads.is_not(None))
                    .order_by(table.c.contributor),
                )
            ).all()
        self._still_on_disk = False
        passed = [row for row in waiting if await self._passed(row)]
        return await self._finish([row.contributor for row in passed]) if passed else 0

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep on a clock until ``stop``; a supervised task."""
        line = logger(self._parts.service)
        # Each is said once: a log or a database may be away for hours.
        said: set[type[Exception]] = set()
        while await every(STILL_SECONDS if self._still_on_disk else SWEEP_SECONDS, stop):
            try:
                done = await self.sweep()
            except (LogUnavailable, StoreUnavailable) as trouble:
                if type(trouble) not in said:
                    line.warning("an erasure waits", error=trouble)
                said.add(type(trouble))
                continue
            said.clear()
            if done:
                line.info("erasures were confirmed", count=done)

    async def _take_heads(self, rows: Sequence[sa.Row[Any]]) -> None:
        parts = self._parts
        ready = [row.contributor for row in rows if await parts.outbox.passed(row.outbox_position)]
        if not ready:
            return
        heads = await parts.log.heads(parts.topics) if parts.topics else {}
        stored = msgspec.json.encode([[place.topic, place.partition, head] for place, head in sorted(heads.items())])
        async with parts.database.begin() as transaction:
            await transaction.execute(
                parts.refusals.update().where(parts.refusals.c.contributor.in_(ready)).values(heads=stored),
            )

    async def _passed(self, row: sa.Row[Any]) -> bool:
        parts = self._parts
        heads = {TopicPartition(topic, partition): head for topic, partition, head in msgspec.json.decode(row.heads)}
        if heads:
            cursors = await parts.log.cursors(parts.group, parts.topics)
            if any(cursors.get(place, 0) < head for place, head in heads.items()):
                return False
            if await self._dead_letters.holds(row.contributor, parts.contributors_of):
                return False
            settled = await self._dead_letters.settled_ends()
            try:
                await parts.log.trim({**heads, **settled}, physically=True)
            except StillOnDisk:
                self._still_on_disk = True  # an older erasure may be further
                return False
        return await parts.outbox.passed(row.outbox_position)

    async def _finish(self, contributors: Sequence[str]) -> int:
        parts = self._parts
        async with parts.database.begin() as transaction:
            await parts.outbox.put(transaction, await parts.delete(transaction, contributors))
        if parts.finish is not None:
            await parts.finish()
        await parts.outbox.clear()
        await parts.database.erase_physically()
        today = parts.clock.today()
        async with parts.database.begin() as transaction:
            await parts.outbox.put(
                transaction,
                [confirmation(parts.service, contributor, today) for contributor in contributors],
            )
            await transaction.execute(
                parts.refusals.update()
                .where(parts.refusals.c.contributor.in_(contributors), parts.refusals.c.confirmed_on.is_(None))
                .values(confirmed_on=today.isoformat()),
            )
        return len(contributors)
