"""One worker of a group on the broker.

aiokafka joins, rejoins and fetches in the background; what it does not do is done here. It neither rewinds after a
failure nor tells a batch from before a rebalance from one behind it, it hides the errors of a listener, and its
``getmany`` must not be cancelled (it would count as polling for ever after, and a worker that hangs would never be
taken for dead). So the listener only notes what happened, batches remember since when their partitions were owned,
and one ``getmany`` at a time runs in a task that is waited for and never cancelled.
"""

import asyncio
import contextlib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.errors import (
    CommitFailedError,
    ConsumerStoppedError,
    IllegalGenerationError,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from aiokafka.structs import TopicPartition as Assigned

from services.errors import Fenced, LogUnavailable
from services.eventlog.interface import Batch, NewRecord, Record, TopicPartition
from services.eventlog.kafka_options import consumer_options
from services.eventlog.kafka_records import record_of
from services.eventlog.kafka_stopping import stop_consumer
from services.eventlog.kafka_troubles import CLOSED, find_cause, meaning_of

if TYPE_CHECKING:
    from services.eventlog.kafka import KafkaLog

#: Seconds that one ``getmany`` waits: a rewind waits for it.
_GLANCE = 0.2
#: A step that takes longer lets the broker send nothing more meanwhile.
_SLOW_STEP = 5.0
_LOST = (CommitFailedError, IllegalStateError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)

_Messages = Mapping[Assigned, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class PolledBatch(Batch):
    """A batch that remembers since when its partitions were owned.

    Attributes:
        generation: counts the rebalances that this worker went through before.
    """

    generation: int = 0


class _Glance(NamedTuple):
    """What one look brought, and under which generation."""

    generation: int
    messages: _Messages


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """Notes what a rebalance does; an error in here would be logged and swallowed, so there is nothing to go wrong."""

    def __init__(self, subscription: "KafkaSubscription") -> None:
        self._subscription = subscription

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Let the commit under way finish, as long as patience lasts, then let go of everything."""
        del revoked
        await self._subscription.let_go(self)

    async def on_partitions_assigned(self, assigned: Collection[Assigned]) -> None:
        """Own what was assigned."""
        self._subscription.own(self, assigned)


class KafkaSubscription:
    """Keeps the contract of :class:`~services.eventlog.interface.Subscription`; made by the log's ``subscribe``."""

    def __init__(self, log: "KafkaLog", group: str, topics: frozenset[str]) -> None:
        self._log = log
        self._pace = log.access.pace
        self._group = group
        self._topics = topics
        self._consumer: AIOKafkaConsumer | None = None
        self._listener: _Listener | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._owned: dict[TopicPartition, Assigned] | None = None
        self._generation = 0
        self._positions: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._rewound = False
        self._glance: asyncio.Task[_Glance] | None = None
        self._committing = asyncio.Lock()
        self._polled = 0.0
        self._turn = 0
        self._resting: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that this worker owns now; none while the group shares out anew."""
        return frozenset(self._owned or ())

    async def join(self) -> None:
        """Become a member and learn what it owns.

        Raises:
            LogUnavailable: the broker is away, refuses, or did not answer in time.
        """
        await self._log.gate.wait()
        self._listener = _Listener(self)
        consumer = AIOKafkaConsumer(**consumer_options(self._log.access, self._log.name, self._log.named(self._group)))
        consumer.subscribe(topics=sorted(self._log.named(topic) for topic in self._topics), listener=self._listener)
        self._consumer = consumer
        starting = asyncio.ensure_future(consumer.start())
        try:
            await asyncio.wait({starting}, timeout=self._pace.patience)
            if not starting.done():
                raise TimeoutError  # noqa: TRY301 - one way out for all that goes wrong
            starting.result()
        except BaseException as error:
            starting.cancel()
            self._log.gate.failed()
            self._leave()
            if isinstance(error, KafkaConnectionError):
                raise await find_cause(self._log.access) from None
            if isinstance(error, KafkaError | TimeoutError):
                raise meaning_of(error, f"joining the group {self._group}", self._log.access.who) from None
            raise
        self._log.gate.worked()

    async def poll(self, *, max_records: int, timeout: float) -> Batch:  # noqa: ASYNC109 - as the interface has it
        """Return the next records of the owned partitions, or an empty batch after ``timeout`` seconds.

        A worker whose connection failed joins again here and starts at the cursors.

        Raises:
            LogUnavailable: back off and try again.
        """
        deadline = time.monotonic() + timeout
        while True:
            if self._closed:
                raise LogUnavailable(CLOSED)
            self._log.check_open()
            if self._consumer is None:
                await self.join()
            try:
                found = await self._take(max_records, deadline)
            except (KafkaError, ConsumerStoppedError) as error:
                self._leave()
                raise meaning_of(error, f"reading for {self._group}", self._log.access.who) from None
            if found or time.monotonic() >= deadline:
                return self._batch(found)

    async def commit(self, batch: Batch, outputs: Sequence[NewRecord] = ()) -> None:
        """Make the outputs durable on every replica in step, then move the group's cursors behind the batch.

        Raises:
            Fenced: another worker owns, or owned meanwhile, a partition of the batch, or it was polled before a
                rewind; no cursor moved, and the next poll starts at the cursors.
            UnknownTopic: an output's topic is not declared; nothing was written.
            RecordTooLarge: an output is larger than the broker takes; no cursor moved.
            LogUnavailable: no cursor moved, as far as is known; outputs may have been appended.
        """
        messages = self._log.messages_of(outputs)
        async with self._committing:
            try:
                ends = self._ends_of(batch)
                with self._log.writer.accepted():
                    if messages:
                        if ends and time.monotonic() - self._polled > self._pace.session / 2:
                            # So long without looking, another may own them: ask before anything is appended.
                            await self._move(await self._cursors())
                        await self._log.know({record.topic for record in outputs})
                        await self._log.writer.append(messages)
                    await self._move(ends)
            except (*_LOST, Fenced):
                await self.rewind()
                raise Fenced(f"Another worker of {self._group} owns these partitions now.") from None
            self._committed |= ends

    async def rewind(self) -> None:
        """Forget what was polled and not committed: the next poll starts at the cursors."""
        self._positions = {}
        self._rewound = True

    async def close(self) -> None:
        """Leave the group at once, so that others take over without waiting."""
        self._closed = True
        self._leave()
        if self._leaving:
            await asyncio.wait(self._leaving)
        self._log.forget(self)

    # --- what the listener notes ---

    async def let_go(self, listener: _Listener) -> None:
        """Own nothing any more; a commit under way is let finish, as long as patience lasts."""
        if not self._heeds(listener):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._pace.patience):
                await self._committing.acquire()
                self._committing.release()
        if self._heeds(listener):
            self._disown()

    def own(self, listener: _Listener, assigned: Collection[Assigned]) -> None:
        """Own partitions; aiokafka starts at their cursors by itself."""
        if self._heeds(listener):
            self._owned = {
                TopicPartition(self._log.local(place.topic), place.partition): place for place in sorted(assigned)
            }
            self._rewound = False

    def _heeds(self, listener: _Listener) -> bool:
        return listener is self._listener

    def _disown(self) -> None:
        self._owned = None
        self._generation += 1
        self._positions = {}
        self._committed = {}

    # --- polling ---

    async def _take(self, limit: int, deadline: float) -> list[Record]:
        """Return what is there; where there is nothing, wait a moment for something, the deadline at most."""
        self._stir()
        first: _Messages = {}
        if (glance := self._glance) is not None:
            await asyncio.wait({glance}, timeout=max(0.0, deadline - time.monotonic()))
            if self._glance is not glance or not glance.done():  # closed meanwhile, or nothing yet
                return []
            self._glance = None
            looked = glance.result()
            if looked.generation == self._generation and not self._rewound:
                first = looked.messages
        found: list[Record] = []
        if self._owned is not None and (not self._rewound or await self._seek()):
            found = await self._gather(first, limit)
        left = deadline - time.monotonic()
        if not found and left > 0:
            self._glance = asyncio.create_task(self._look(min(_GLANCE, left)))
        return found

    async def _look(self, seconds: float) -> _Glance:
        """Wait a moment for a first message; never cancelled, and looked at by the next turn."""
        consumer = self._consumer
        messages = (
            {} if consumer is None else await consumer.getmany(timeout_ms=max(1, int(seconds * 1000)), max_records=1)
        )
        # Nothing can happen between the taking of the messages and this line.
        return _Glance(self._generation, messages)

    async def _gather(self, first: _Messages, limit: int) -> list[Record]:
        """Return what has been fetched: every partition has its share, and what is left goes to those with more.

        Each call begins with another partition. The messages that a glance brought come before others of their
        partition.
        """
        owned, generation = list((self._owned or {}).items()), self._generation
        if not owned:
            return []
        self._turn = (self._turn + 1) % len(owned)
        turned = (*owned[self._turn :], *owned[: self._turn])
        found: dict[TopicPartition, list[Record]] = {}
        for place, assigned in turned:
            if first.get(assigned):
                found[place] = _records(place, first[assigned])
        left = limit - sum(map(len, found.values()))
        share = -(-limit // len(owned))
        while left > 0 and turned:
            more = []
            for place, assigned in turned:
                asked = min(share, left)
                if asked <= 0 or generation != self._generation or self._consumer is None:
                    break
                messages = (await self._consumer.getmany(assigned, timeout_ms=0, max_records=asked)).get(assigned, ())
                if messages:
                    found.setdefault(place, []).extend(_records(place, messages))
                    left -= len(messages)
                if len(messages) == asked:
                    more.append((place, assigned))
            turned, share = tuple(more), left
        if generation != self._generation:
            return []
        return [record for records in found.values() for record in records]

    def _batch(self, found: Sequence[Record]) -> PolledBatch:
        ends = {record.place: record.offset + 1 for record in found}
        self._positions |= ends
        if found:
            self._polled = time.monotonic()
            self._resting = asyncio.get_running_loop().call_later(_SLOW_STEP, self._rest)
        return PolledBatch(tuple(found), ends, self._generation)

    async def _seek(self) -> bool:
        """Go back to the cursors; return whether that could be done."""
        owned, consumer = self._owned, self._consumer
        cursors = await self._cursors()
        if owned is not self._owned or owned is None or consumer is None:
            return False
        try:
            for place, assigned in owned.items():
                consumer.seek(assigned, cursors[place])
        except IllegalStateError:  # a rebalance begins; it starts at the cursors by itself
            return False
        self._rewound = False
        return True

    async def _cursors(self) -> dict[TopicPartition, int]:
        owned = list(self._owned or ())
        remote = [self._log.remote(place) for place in owned]
        found = await self._log.questions.cursors(self._log.named(self._group), remote)
        return {place: found.get(there, 0) for place, there in zip(owned, remote, strict=True)}

    def _rest(self) -> None:
        """Have the broker send nothing more while a step is slow."""
        if self._consumer is not None:
            self._consumer.pause(*self._consumer.assignment())

    def _stir(self) -> None:
        """Have the broker send again."""
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        if self._consumer is not None and (paused := self._consumer.paused()):
            self._consumer.resume(*paused)

    # --- committing and leaving ---

    def _ends_of(self, batch: Batch) -> dict[TopicPartition, int]:
        """Return how far the cursors move: never back.

        Raises:
            Fenced: this worker has lost what it would commit.
        """
        generation = batch.generation if isinstance(batch, PolledBatch) else self._generation
        for place, end in batch.ends.items():
            if generation != self._generation or end > self._positions.get(place, -1):
                raise Fenced(f"This worker of {self._group} has lost what it would commit.")
        return {place: end for place, end in batch.ends.items() if end > self._committed.get(place, -1)}

    async def _move(self, ends: Mapping[TopicPartition, int]) -> None:
        """Move cursors, as a member of the group that still owns them."""
        owned, consumer = self._owned, self._consumer
        if not ends:
            return
        if owned is None or consumer is None or not owned.keys() >= ends.keys():
            raise IllegalStateError
        try:
            async with asyncio.timeout(self._pace.patience):
                await consumer.commit({owned[place]: end for place, end in ends.items()})
        except _LOST:
            raise
        except (KafkaError, TimeoutError) as error:
            self._leave()
            raise meaning_of(error, f"moving the cursors of {self._group}", self._log.access.who) from None

    def _leave(self) -> None:
        """Give up the membership, in a task of its own; the next poll joins anew."""
        consumer, self._consumer = self._consumer, None
        glance, self._glance = self._glance, None
        self._listener = None
        self._disown()
        if self._resting is not None:
            self._resting.cancel()
        if consumer is not None:
            task = asyncio.create_task(_stopped(consumer, glance, self._pace.patience))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)


async def _stopped(consumer: AIOKafkaConsumer, glance: "asyncio.Task[_Glance] | None", patience: float) -> None:
    await stop_consumer(consumer, patience)
    if glance is not None:
        glance.cancel()  # harmless now: the consumer is gone
        with contextlib.suppress(KafkaError, ConsumerStoppedError, asyncio.CancelledError):
            await glance


def _records(place: TopicPartition, messages: Sequence[Any]) -> list[Record]:
    return [record_of(place, message) for message in messages]
