"""One worker of a group on the SQLite engine."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from services.errors import Fenced, LogUnavailable
from services.eventlog.interface import Batch, NewRecord, Record, TopicPartition
from services.eventlog.sqlite_reading import Claim, one_moment, read_claims, read_numbered
from services.eventlog.sqlite_turn import Step
from services.eventlog.sqlite_writer import CLOSED

if TYPE_CHECKING:
    from services.eventlog.sqlite import SqliteLog


@dataclass(frozen=True, slots=True)
class OwnedBatch(Batch):
    """A batch that remembers under which ownership of its partitions it was polled.

    Attributes:
        generations: for each partition in it the generation of the claim.
    """

    generations: Mapping[TopicPartition, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Hold:
    """A partition owned now: under which generation, and where the next poll goes on."""

    generation: int
    position: int


#: What a member owns (None: it is no member any more), and the next records by partition.
_Found = tuple[list[Claim] | None, list[list[Record]]]


class _Ahead(NamedTuple):
    """What is being read while a commit is written: the next poll's answer, unless something moved meanwhile."""

    reading: "Future[_Found]"
    limit: int
    before: tuple[int, int]


class SqliteSubscription:
    """Keeps the contract of :class:`~services.eventlog.interface.Subscription`; made by the log's ``subscribe``."""

    def __init__(self, log: "SqliteLog", group: str, topics: Mapping[str, int]) -> None:
        self._log = log
        self.group = group
        self.topics = topics
        self._member: int | None = None
        self._holds: dict[TopicPartition, _Hold] = {}
        self._assignment: frozenset[TopicPartition] = frozenset()
        self._turn = 0
        self._limit = 0
        self._moves = 0
        self._ahead: _Ahead | None = None
        self._closed = False

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that this worker owned when it last looked."""
        return self._assignment

    async def join(self) -> None:
        """Become a member and learn what it owns.

        Raises:
            LogUnavailable: could not be written now.
        """
        await self.rewind()
        self._member = await self._log.join_group(self)
        claims = await self._log.reader.run(partial(read_claims, member=self._member))
        self._keep(claims or [])

    async def poll(self, *, max_records: int, timeout: float) -> Batch:  # noqa: ASYNC109 - as the interface has it
        """Return the next records of the owned partitions, or an empty batch after ``timeout`` seconds.

        A worker that was taken for dead joins again here and starts at the cursors.

        Raises:
            LogUnavailable: back off and try again.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            if self._closed:
                raise LogUnavailable(CLOSED)
            seen = self._log.bell.count
            claims, found = await self._next(max_records)
            if claims is None:
                await self.join()
                continue
            self._keep(claims)
            batch = self._batch(found)
            left = deadline - loop.time()
            if batch.records or left <= 0:
                return batch
            await self._log.bell.wait_beyond(seen, left)

    async def commit(self, batch: Batch, outputs: Sequence[NewRecord] = ()) -> None:
        """Make the outputs durable and move the group's cursors behind the batch, in one transaction.

        Raises:
            Fenced: another worker owns, or owned meanwhile, a partition of the batch, or it was polled before a
                rewind; nothing was written, and the next poll starts at the cursors.
            UnknownTopic: an output's topic is not declared; nothing was written.
            LogUnavailable: nothing was written.
        """
        generations = batch.generations if isinstance(batch, OwnedBatch) else {}
        steps: dict[TopicPartition, Step] = {}
        rows = self._log.rows_of(outputs)
        weight = max(len(rows), len(batch.records))
        try:
            for place, end in batch.ends.items():
                hold = self._holds.get(place)
                if hold is None or end > hold.position:
                    raise Fenced(f"This worker of {self.group} has lost what it would commit.")  # noqa: TRY301
                steps[place] = Step(end, generations.get(place, hold.generation))
            self._read_ahead()
            await self._log.commit_group(self.group, self._member or 0, steps, rows, weight=weight)
        except Fenced:
            await self.rewind()
            raise

    async def rewind(self) -> None:
        """Forget what was polled and not committed: the next poll starts at the cursors."""
        self._holds = {}
        self._moves += 1
        self._ahead = None

    async def close(self) -> None:
        """Leave the group at once, so that others take over without waiting."""
        if not self._closed:
            self._closed = True
            self._assignment = frozenset()
            await self.rewind()
            if self._member is not None:
                await self._log.leave_group(self, self._member)

    @property
    def _standing(self) -> tuple[int, int]:
        """Changes whenever the next poll would start elsewhere, or might own other partitions."""
        return self._moves, self._log.stirred

    def _read_ahead(self) -> None:
        """Begin to read what the next poll will ask for, while the writer's thread and the disk are at this step."""
        if self._ahead is None and not self._closed:
            before = self._standing
            with contextlib.suppress(LogUnavailable):  # the log is being closed: nobody will poll
                reading = self._log.reader.begin(partial(self._read, limit=self._limit))
                self._ahead = _Ahead(reading, self._limit, before)

    async def _next(self, limit: int) -> _Found:
        """Return what was read ahead where it still holds and is something; else read now."""
        ahead, self._ahead, self._limit = self._ahead, None, limit
        if ahead is not None and ahead.limit == limit:
            claims, found = await self._log.reader.finish(ahead.reading)
            if found and ahead.before == self._standing:
                return claims, found
        return await self._log.reader.run(partial(self._read, limit=limit))

    def _read(self, connection: sqlite3.Connection, limit: int) -> _Found:
        """Read what the member owns and the next records of it.

        Every partition with something new has its share of the batch: fair, and records that were written together
        are read together. Each call begins with another partition.
        """
        with one_moment(connection):
            return self._read_now(connection, limit)

    def _read_now(self, connection: sqlite3.Connection, limit: int) -> _Found:
        claims = read_claims(connection, self._member or 0)
        if not claims:
            return claims, []
        self._turn = (self._turn + 1) % len(claims)
        turned = (*claims[self._turn :], *claims[: self._turn])
        waiting = [(claim, self._position(claim)) for claim in turned if self._position(claim) < claim.head]
        found: list[list[Record]] = []
        for done, (claim, position) in enumerate(waiting):
            share = -(-limit // (len(waiting) - done))
            records = read_numbered(connection, claim.place, claim.number, position, share) if share else []
            limit -= len(records)
            if records:
                found.append(records)
        return claims, found

    def _position(self, claim: Claim) -> int:
        hold = self._holds.get(claim.place)
        if hold is None or hold.generation != claim.generation:
            return max(claim.cursor, claim.start)
        return max(hold.position, claim.start)

    def _keep(self, claims: Sequence[Claim]) -> None:
        self._holds = {claim.place: _Hold(claim.generation, self._position(claim)) for claim in claims}
        self._assignment = frozenset(self._holds)

    def _batch(self, found: Sequence[Sequence[Record]]) -> OwnedBatch:
        ends = {records[0].place: records[-1].offset + 1 for records in found}
        self._moves += 1
        for place, end in ends.items():
            self._holds[place].position = end
        return OwnedBatch(
            tuple(chain.from_iterable(found)), ends, {place: self._holds[place].generation for place in ends}
        )
