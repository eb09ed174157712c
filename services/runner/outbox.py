"""The outbox: state and finished outgoing events in one local transaction, and a relay that appends them in order.

The log and the store are always two systems. What a transaction puts here is durable with it; the relay appends it to
the log and deletes it a little later. A crash in between sends it again, which changes nothing: readers apply only a
greater revision.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database.engine import Database, after_commit
from services.database.many_rows import insert_many
from services.eventlog.interface import Attributes, EventLog, NewRecord

_RELAY_AT_ONCE = 500
#: Of large events fewer go at once, so that memory does not grow with what waits: no more are read after so many bytes,
#: and so many are read at a time.
_BYTES_AT_ONCE = 2 * 1024 * 1024
_ROWS_AT_A_TIME = 8
_OF_AN_EVENT = ("topic", "key", "partition", "attributes", "value")


def outbox_table(metadata: sa.MetaData) -> sa.Table:
    """Declare the outbox among a service's tables."""
    return sa.Table(
        "outbox",
        metadata,
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer),
        sa.Column("attributes", sa.LargeBinary, nullable=False),
        sa.Column("value", sa.LargeBinary),
        sqlite_autoincrement=True,
    )


class Outbox:
    """One service's outbox."""

    def __init__(self, table: sa.Table, database: Database, log: EventLog) -> None:
        self._table = table
        self._database = database
        self._log = log
        self._relaying = asyncio.Lock()
        self._wake = asyncio.Event()
        # What this process has appended; it is deleted a little later, so that a commit is not paid for each batch.
        self._sent = 0

    async def put(self, transaction: AsyncConnection, records: Sequence[NewRecord]) -> None:
        """Put finished events beside the state, in the same transaction."""
        if records:
            await transaction.run_sync(self.put_now, records)

    def put_now(self, transaction: sa.Connection, records: Sequence[NewRecord]) -> None:
        """Put finished events beside the state, in a transaction that does not wait (``Database.transact``)."""
        if not records:
            return
        insert_many(
            transaction,
            self._table,
            _OF_AN_EVENT,
            [
                (record.topic, record.key, record.partition, msgspec.json.encode(record.attributes), record.value)
                for record in records
            ],
        )
        # Not before: a relay that looks too early would find nothing and rest.
        after_commit(transaction, self._wake.set)

    async def flush(self) -> None:
        """Append everything that is waiting, in order; returns when it is durable in the log.

        What is put meanwhile may go the next time: beside a busy writer there is always one more.

        Raises:
            LogUnavailable: the log cannot take it now; nothing is lost.
            StoreUnavailable: the database cannot be reached now.
        """
        async with self._relaying:
            if self._database.shared:
                while await self._flush_in_turn():
                    pass
            else:
                while await self._flush_alone():
                    pass

    async def _flush_alone(self) -> bool:
        """Append some of what waits, which is deleted later; return whether more waited."""
        rows, more = await self._database.look(self._oldest)
        if rows:
            await self._log.append([_record(row) for row in rows])
            self._sent = rows[-1].position
        return more

    async def _flush_in_turn(self) -> bool:
        """Append some of what waits and delete it, while no other instance does; return whether more waited.

        Two instances that append the same events must not do so side by side: an older one would end up behind a
        newer one, and a compacted topic keeps the last.
        """
        async with self._database.relaying() as transaction:
            rows, more = await transaction.run_sync(self._oldest)
            if rows:
                await self._log.append([_record(row) for row in rows])
                await transaction.execute(self._table.delete().where(self._table.c.position <= rows[-1].position))
        return more

    async def clear(self) -> None:
        """Delete what has been appended.

        Raises:
            StoreUnavailable: the database cannot be reached now; it is deleted the next time.
        """
        async with self._relaying:
            if self._sent and not await self._is_cleared():
                passed = self._table.delete().where(self._table.c.position <= self._sent)
                await self._database.transact(lambda transaction: transaction.execute(passed).rowcount)

    async def _is_cleared(self) -> bool:
        oldest = await self._database.look(
            lambda view: view.execute(sa.select(sa.func.min(self._table.c.position))).scalar(),
        )
        return oldest is None or int(oldest) > self._sent

    async def newest(self, transaction: AsyncConnection) -> int:
        """Return the position of the newest event that waits, as this transaction sees it (0: none)."""
        found = (await transaction.execute(sa.select(sa.func.max(self._table.c.position)))).scalar()
        return int(found or 0)

    async def passed(self, position: int) -> bool:
        """Whether everything up to a position has been appended to the log."""
        async with self._database.read() as view:
            waits = sa.select(sa.func.min(self._table.c.position)).where(self._table.c.position > self._sent)
            oldest = (await view.execute(waits)).scalar()
        return oldest is None or int(oldest) > position

    async def waiting(self) -> int:
        """Return how many events wait."""
        async with self._database.read() as view:
            waits = sa.select(sa.func.count()).select_from(self._table).where(self._table.c.position > self._sent)
            return int((await view.execute(waits)).scalar() or 0)

    async def woken(self, seconds: float) -> None:
        """Wait until something is put here, or for so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    def _oldest(self, view: sa.Connection) -> tuple[Sequence[sa.Row[Any]], bool]:
        """Return the oldest events that wait, as many as go at once, and whether more may wait behind them."""
        position, value = self._table.c.position, self._table.c.value
        waiting = sa.select(self._table).where(position > self._sent).order_by(position)
        most = _RELAY_AT_ONCE
        if self._database.shared:
            # A server sends all that was asked for: what the events weigh is asked first.
            weights = waiting.with_only_columns(sa.func.length(value)).limit(_RELAY_AT_ONCE)
            heaped = itertools.accumulate(weight or 0 for weight in view.execute(weights).scalars())
            most = max(1, sum(weight <= _BYTES_AT_ONCE for weight in heaped))
        rows: list[sa.Row[Any]] = []
        weight = 0
        # A file is read no further than it is asked.
        with contextlib.closing(view.execute(waiting.limit(most))) as found:
            while weight < _BYTES_AT_ONCE and (some := found.fetchmany(_ROWS_AT_A_TIME)):
                rows += some
                weight += sum([len(row.value or b"") for row in some])
        return rows, len(rows) >= most or weight >= _BYTES_AT_ONCE


def _record(row: sa.Row[Any]) -> NewRecord:
    attributes = msgspec.json.decode(row.attributes, type=Attributes)
    return NewRecord(row.topic, row.key, attributes, row.value, row.partition)
