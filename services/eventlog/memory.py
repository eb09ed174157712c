"""The log in memory, for tests and for trying things out: the same contract, gone with the process."""

import asyncio
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from services.errors import Fenced, LogUnavailable
from services.eventlog.bell import Bell
from services.eventlog.expiry import expired_ends
from services.eventlog.interface import Batch, NewRecord, Record, TopicPartition
from services.eventlog.partitions import partitions_in, place_of, places_of
from services.eventlog.sharing import share_out

_CLOSED = "The event log is closed."


@dataclass(slots=True)
class _Place:
    """One partition: its records in order of offset, and its bounds."""

    records: list[Record] = field(default_factory=list)
    start: int = 0
    head: int = 0

    def append(self, place: TopicPartition, record: NewRecord) -> None:
        self.records.append(Record(*place, self.head, record.key, record.attributes, record.value))
        self.head += 1

    def read(self, offset: int, limit: int) -> list[Record]:
        first = bisect_left(self.records, offset, key=lambda record: record.offset)
        return self.records[first : first + limit]


@dataclass(slots=True)
class _Group:
    """One group: its cursors, its members with what they would read, and who owns what since which generation."""

    cursors: dict[TopicPartition, int] = field(default_factory=dict)
    members: dict[int, frozenset[TopicPartition]] = field(default_factory=dict)
    owners: dict[TopicPartition, tuple[int, int]] = field(default_factory=dict)
    generation: int = 0

    def share_again(self) -> None:
        self.generation += 1
        before = self.owners
        self.owners = {
            place: before[place] if before.get(place, (0, 0))[0] == member else (member, self.generation)
            for place, member in share_out(self.members).items()
        }


class MemoryLog:
    """Keeps the contract of :class:`~services.eventlog.interface.EventLog` as long as the process lives."""

    def __init__(self) -> None:
        self.places: dict[TopicPartition, _Place] = {}
        self.groups: dict[str, _Group] = {}
        self.bell = Bell()
        self.closed = False
        self._joined = 0

    async def append(self, records: Sequence[NewRecord]) -> None:
        """Append records in order, all of them or none."""
        self.check_open()
        placed = [(place_of(record), record) for record in records]
        for place, record in placed:
            self.places.setdefault(place, _Place()).append(place, record)
        self.bell.ring()

    async def read(self, place: TopicPartition, offset: int, limit: int) -> list[Record]:
        """Return up to ``limit`` records from ``offset`` on, skipping what was trimmed or compacted."""
        self.check_open()
        partitions_in(place.topic)
        return self._place(place).read(offset, limit)

    async def heads(self, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return for every partition of the topics the offset that the next record will get."""
        self.check_open()
        return {place: self._place(place).head for place in places_of(topics)}

    async def starts(self, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return for every partition the first offset that was not trimmed (its head when all was)."""
        self.check_open()
        return {place: self._place(place).start for place in places_of(topics)}

    async def cursors(self, group: str, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return the group's cursor for every partition of the topics; 0 where it has none."""
        self.check_open()
        known = self.groups[group].cursors if group in self.groups else {}
        return {place: known.get(place, 0) for place in places_of(topics)}

    async def subscribe(self, group: str, topics: Collection[str]) -> "MemorySubscription":
        """Join a group as one more worker."""
        self.check_open()
        self._joined += 1
        sharing = self.groups.setdefault(group, _Group())
        sharing.members[self._joined] = frozenset(places_of(topics))
        sharing.share_again()
        self.bell.ring()
        return MemorySubscription(self, group, self._joined)

    async def trim(self, ends: Mapping[TopicPartition, int], *, physically: bool = False) -> None:  # noqa: ARG002 - there are no files
        """Erase all records before the given offsets; one beyond a head means the head."""
        self.check_open()
        for place, end in ends.items():
            partitions_in(place.topic)
            known = self._place(place)
            known.start = max(known.start, min(end, known.head))
            known.records = [record for record in known.records if record.offset >= known.start]

    async def compact(self, topic: str) -> None:
        """Keep only the newest record of each key of a compacted topic, be it a tombstone."""
        self.check_open()
        for place in places_of([topic]):
            known = self._place(place)
            newest = {record.key: record.offset for record in known.records}
            known.records = [record for record in known.records if newest[record.key] == record.offset]

    async def expire(self, topic: str, before: str) -> None:
        """Erase the records at the front of each partition whose time is before a day or month."""
        await self.trim(await expired_ends(self, topic, before))

    async def ping(self) -> None:
        """Raise LogUnavailable when the log is closed."""
        self.check_open()

    async def close(self) -> None:
        """Let go of everything."""
        self.closed = True
        self.bell.close()

    def check_open(self) -> None:
        """Raise LogUnavailable when the log is closed."""
        if self.closed:
            raise LogUnavailable(_CLOSED)

    def _place(self, place: TopicPartition) -> _Place:
        return self.places.get(place) or _Place()


class MemorySubscription:
    """Keeps the contract of :class:`~services.eventlog.interface.Subscription`."""

    def __init__(self, log: MemoryLog, group: str, member: int) -> None:
        self._log = log
        self._group_name = group
        self._group = log.groups[group]
        self._member = member
        self._positions: dict[TopicPartition, tuple[int, int]] = {}
        self._turn = 0

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that this worker owns now."""
        return frozenset(self._owned())

    async def poll(self, *, max_records: int, timeout: float) -> Batch:  # noqa: ASYNC109 - as the interface has it
        """Return the next records of the owned partitions, or an empty batch after ``timeout`` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            self._log.check_open()
            if self._member not in self._group.members:
                raise LogUnavailable(_CLOSED)
            seen = self._log.bell.count
            records = self._next(max_records)
            left = deadline - loop.time()
            if records or left <= 0:
                return Batch(tuple(records), {record.place: record.offset + 1 for record in records})
            await self._log.bell.wait_beyond(seen, left)

    async def commit(self, batch: Batch, outputs: Sequence[NewRecord] = ()) -> None:
        """Append the outputs and move the group's cursors behind the batch.

        Raises:
            Fenced: another worker owns, or owned meanwhile, a partition of the batch, or it was polled before a
                rewind; nothing was moved, and the next poll starts at the cursors.
        """
        self._log.check_open()
        owned = self._owned()
        for place, end in batch.ends.items():
            generation, position = self._positions.get(place, (0, 0))
            if owned.get(place) != generation or end > position:
                await self.rewind()
                raise Fenced(f"Another worker of {self._group_name} owns these partitions now.")
        await self._log.append(outputs)
        for place, end in batch.ends.items():
            self._group.cursors[place] = max(end, self._group.cursors.get(place, 0))

    async def rewind(self) -> None:
        """Forget what was polled and not committed: the next poll starts at the cursors."""
        self._positions = {}

    async def close(self) -> None:
        """Leave the group at once."""
        if self._group.members.pop(self._member, None) is not None:
            self._group.share_again()
            self._log.bell.ring()

    def _owned(self) -> dict[TopicPartition, int]:
        return {place: since for place, (member, since) in self._group.owners.items() if member == self._member}

    def _next(self, limit: int) -> list[Record]:
        """Return the next records and step behind them; each call begins with another partition."""
        owned = sorted(self._owned().items())
        self._turn = (self._turn + 1) % max(1, len(owned))
        records: list[Record] = []
        for place, generation in (*owned[self._turn :], *owned[: self._turn]):
            since, position = self._positions.get(place, (0, 0))
            if since != generation:
                position = self._group.cursors.get(place, 0)
            known = self._log.places.get(place) or _Place()
            found = known.read(position, limit - len(records))
            records += found
            self._positions[place] = (generation, found[-1].offset + 1 if found else position)
        return records
