"""The log in one SQLite file: durable, no server, several processes of one machine.

An ``append`` or ``commit`` returns after the disk has synced it; whatever waits together is synced together. A group's
partitions are shared out among its workers by leases in the file itself; a worker that was killed loses its share when
its lease has passed. Trimmed records are overwritten in the file; ``physically`` also empties the write-ahead log.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from services.errors import LogUnavailable
from services.eventlog.bell import Bell
from services.eventlog.expiry import expired_ends
from services.eventlog.interface import NewRecord, Record, TopicPartition
from services.eventlog.packing import pack
from services.eventlog.partitions import partitions_in, place_of, places_of
from services.eventlog.sqlite_file import connect, prepare_file
from services.eventlog.sqlite_reading import Reader, read_bounds, read_cursors, read_records
from services.eventlog.sqlite_subscription import SqliteSubscription
from services.eventlog.sqlite_sweeping import Sweep
from services.eventlog.sqlite_turn import Row, Step, Turn
from services.eventlog.sqlite_writer import Writer

#: Milliseconds that one try at emptying the write-ahead log may hold up appends.
_CHECKPOINT_WAIT = 200


class SqliteLog:
    """Keeps the contract of :class:`~services.eventlog.interface.EventLog`.

    Args:
        path: the file; made with its folder if there is none.
        lease: seconds after which a silent worker's partitions go to others.
        patience: seconds to wait for a lock that another process holds, or for readers in the way of a physical
            trim.
        watch_every: seconds between two looks for what other processes wrote, while somebody waits for it.

    Raises:
        DataFolderError: the file is not an event log, is damaged, or was written by a newer version.
        LogUnavailable: it cannot be read or written now.

    Attributes:
        stirred: counts trims and changes in any group; what was read ahead before the last one is thrown away.
    """

    def __init__(
        self, path: Path | str, *, lease: float = 5.0, patience: float = 10.0, watch_every: float = 0.03
    ) -> None:
        self._path = Path(path)
        self._lease = lease
        self._patience = patience
        self._members: dict[int, SqliteSubscription] = {}
        self.stirred = 0
        prepare_file(self._path, patience=patience)
        self.bell = Bell()
        self.reader = Reader(self._path, patience=patience)
        self._writer = Writer(
            self._path,
            patience=patience,
            beat_every=lease / 3,
            beat=self._beat,
            beating=lambda: bool(self._members),
            committed=self.bell.ring,
        )
        self._watching = connect(self._path, patience=patience)
        self._watcher = threading.Thread(
            target=self.bell.watch,
            args=(_changes_in(self._watching), watch_every),
            name="event log watcher",
            daemon=True,
        )
        self._watcher.start()

    async def append(self, records: Sequence[NewRecord]) -> None:
        """Append records in order, all of them or none; durable when this returns.

        Raises:
            UnknownTopic: a topic is not declared; nothing was appended.
            LogUnavailable: full disk or locked file; nothing was appended.
        """
        rows = self.rows_of(records)
        if rows:
            await self._writer.run(lambda turn: turn.append(rows), weight=len(rows))

    async def read(self, place: TopicPartition, offset: int, limit: int) -> list[Record]:
        """Return up to ``limit`` records from ``offset`` on, skipping what was trimmed or compacted."""
        partitions_in(place.topic)
        return await self.reader.run(partial(read_records, place=place, offset=offset, limit=limit))

    async def heads(self, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return for every partition of the topics the offset that the next record will get."""
        places = places_of(topics)
        bounds = await self.reader.run(read_bounds)
        return {place: bounds.get(place, (0, 0))[1] for place in places}

    async def starts(self, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return for every partition the first offset that was not trimmed (its head when all was)."""
        places = places_of(topics)
        bounds = await self.reader.run(read_bounds)
        return {place: bounds.get(place, (0, 0))[0] for place in places}

    async def cursors(self, group: str, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return the group's cursor for every partition of the topics; 0 where it has none."""
        places = places_of(topics)
        cursors = await self.reader.run(partial(read_cursors, group=group))
        return {place: cursors.get(place, 0) for place in places}

    async def subscribe(self, group: str, topics: Collection[str]) -> SqliteSubscription:
        """Join a group as one more worker."""
        subscription = SqliteSubscription(self, group, {topic: partitions_in(topic) for topic in sorted(set(topics))})
        await subscription.join()
        return subscription

    async def trim(self, ends: Mapping[TopicPartition, int], *, physically: bool = False) -> None:
        """Erase all records before the given offsets; one beyond a head means the head.

        With ``physically`` nothing that was ever trimmed, expired or compacted is left in the log's files when it
        returns, whatever ``ends`` says.

        Raises:
            LogUnavailable: could not be done, or a reader was in the way all the time; try again.
        """
        for place in ends:
            partitions_in(place.topic)
        if ends:
            self.stirred += 1
            await self._writer.run_by_and_by(Sweep(ends))
        if physically:
            await self._empty_write_ahead_log()

    async def compact(self, topic: str) -> None:
        """Keep only the newest record of each key of a compacted topic, be it a tombstone."""
        for place in places_of([topic]):
            await self._writer.run(partial(Turn.compact, place=place))

    async def expire(self, topic: str, before: str) -> None:
        """Erase the records at the front of each partition whose time is before a day or month.

        See :func:`~services.eventlog.expiry.expired_ends`.
        """
        await self.trim(await expired_ends(self, topic, before))

    async def ping(self) -> None:
        """Raise LogUnavailable when the log cannot be written now."""
        await self._writer.run(Turn.probe)

    async def close(self) -> None:
        """Leave all groups and release files and threads; appends that were accepted are durable."""
        for subscription in list(self._members.values()):
            try:
                await subscription.close()
            except LogUnavailable:  # its lease will pass
                continue
        self._members.clear()
        await self._writer.close()
        self.bell.close()
        await asyncio.to_thread(self._watcher.join)
        self._watching.close()
        await self.reader.close()

    # --- for subscriptions ---

    @staticmethod
    def rows_of(records: Sequence[NewRecord]) -> list[Row]:
        """Return records as they are stored; raises UnknownTopic before anything is written."""
        return [
            (place_of(record), record.key, pack(record.attributes, record.topic, record.key), record.value)
            for record in records
        ]

    async def join_group(self, subscription: SqliteSubscription) -> int:
        """Make a subscription a member of its group and keep it alive; return its number."""
        now, lease = time.monotonic(), self._lease
        member = await self._writer.run(
            partial(Turn.join, group=subscription.group, topics=subscription.topics, now=now, lease=lease)
        )
        self.stirred += 1
        self._forget(subscription)
        self._members[member] = subscription
        return member

    async def leave_group(self, subscription: SqliteSubscription, member: int) -> None:
        """Take a subscription out of its group."""
        self._forget(subscription)
        await self._writer.run(partial(Turn.leave, group=subscription.group, member=member))
        self.stirred += 1

    async def commit_group(
        self,
        group: str,
        member: int,
        steps: Mapping[TopicPartition, Step],
        outputs: Sequence[Row],
        *,
        weight: int,
    ) -> None:
        """Append outputs and move a group's cursors in one transaction.

        Args:
            group: whose cursors.
            member: its member that does this.
            steps: how far they move.
            outputs: what is appended.
            weight: how many records it writes or is done with, whichever is more: a trim keeps up with it.
        """
        await self._writer.run(
            partial(Turn.commit_group, group=group, member=member, steps=steps, outputs=outputs), weight=weight
        )

    def _forget(self, subscription: SqliteSubscription) -> None:
        for member, known in list(self._members.items()):
            if known is subscription:
                del self._members[member]

    def _beat(self, turn: Turn) -> None:
        """Write the heartbeats, in the writer's thread.

        The clock is the machine's own, not the wall's, so that all processes agree and nobody can set it back.
        """
        turn.beat({member: known.group for member, known in list(self._members.items())}, now=time.monotonic())
        if turn.shared:
            self.stirred += 1

    async def _empty_write_ahead_log(self) -> None:
        deadline = time.monotonic() + self._patience
        while not await self._writer.run_alone(self._checkpoint):
            if time.monotonic() >= deadline:
                raise LogUnavailable("The event log is being read all the time, so erasing could not be finished.")
            await asyncio.sleep(0.05)

    def _checkpoint(self, connection: sqlite3.Connection) -> bool:
        """Copy the write-ahead log into the file and cut it to nothing; return whether that was possible."""
        connection.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_WAIT}")
        try:
            (blocked, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")
        return not blocked


def _changes_in(connection: sqlite3.Connection) -> Callable[[], bool]:
    """Return a look at whether another connection has committed since the last look."""
    last: int | None = None

    def look() -> bool:
        nonlocal last
        before = last
        try:
            (last,) = connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.OperationalError:  # locked for a moment: those who wait look for themselves
            return True
        return last != before

    return look
