"""The log on Apache Kafka: durable on several brokers, for services on many machines.

Delivery is at least once, without the broker's own transactions: what is appended has an id that is equal for a
re-send, and readers apply only a greater revision. A group's partitions are shared out by the broker; a worker that
lost one is fenced. Erasing is by offset at once; the bytes leave the broker's disk when its segments have rolled, which
this log sees to with sweep markers (:mod:`services.eventlog.kafka_sweeping`).
"""

import asyncio
import contextlib
import time
from collections.abc import Collection, Mapping, Sequence
from itertools import count

from services.errors import LogUnavailable
from services.eventlog.expiry import expired_ends
from services.eventlog.interface import NewRecord, Record, TopicPartition
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.kafka_compacting import Compactor
from services.eventlog.kafka_questions import EARLIEST, LATEST, Questions
from services.eventlog.kafka_reading import read_records
from services.eventlog.kafka_records import headers_of, timestamp_of
from services.eventlog.kafka_retrying import Gate, client_name
from services.eventlog.kafka_subscription import KafkaSubscription
from services.eventlog.kafka_sweeping import Sweeper
from services.eventlog.kafka_troubles import CLOSED, keep_quiet
from services.eventlog.kafka_writing import Message, Writer
from services.eventlog.partitions import partitions_in, place_of, places_of

_numbers = count(1)


class KafkaLog:
    """Keeps the contract of :class:`~services.eventlog.interface.EventLog`.

    Nothing is connected before it is needed, so that a log can be opened while the broker is away.

    Args:
        access: how to reach the broker.

    Attributes:
        access: the same.
        questions: what is asked of the broker outside groups.
        writer: what appends.
    """

    def __init__(self, access: KafkaAccess) -> None:
        keep_quiet()
        self.access = access
        self.name = f"{client_name()}-{next(_numbers)}"
        self.gate = Gate(self.name)
        self.questions = Questions(access, self.name, self.gate)
        self.writer = Writer(access, self.name, self.gate)
        self._sweeper = Sweeper(self)
        self._compactor = Compactor(self, self._sweeper)
        self._subscriptions: set[KafkaSubscription] = set()
        self._known: dict[str, int] = {}
        self._remotes: dict[TopicPartition, TopicPartition] = {}
        self._closed = False

    async def append(self, records: Sequence[NewRecord]) -> None:
        """Append records in order for each key; durable on every replica in step when this returns.

        Raises:
            UnknownTopic: a topic is not declared; nothing was appended.
            RecordTooLarge: a record is larger than the broker takes.
            LogUnavailable: the broker is away; some may have been appended: send all of them again.
        """
        self.check_open()
        messages = self.messages_of(records)
        if messages:
            with self.writer.accepted():
                await self.know({record.topic for record in records})
                await self.writer.append(messages)

    async def read(self, place: TopicPartition, offset: int, limit: int) -> list[Record]:
        """Return up to ``limit`` records from ``offset`` on, skipping what was trimmed or compacted."""
        self.check_open()
        partitions_in(place.topic)
        await self.know([place.topic])
        return await read_records(self.questions, place, self.remote(place), offset, limit)

    async def heads(self, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return for every partition of the topics the offset that the next record will get."""
        return await self._bounds(topics, LATEST)

    async def starts(self, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return for every partition the first offset that was not trimmed (its head when all was)."""
        return await self._bounds(topics, EARLIEST)

    async def cursors(self, group: str, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return the group's cursor for every partition of the topics; 0 where it has none."""
        self.check_open()
        places = places_of(topics)
        await self.know(topics)
        found = await self.questions.cursors(self.named(group), [self.remote(place) for place in places])
        return {place: found.get(self.remote(place), 0) for place in places}

    async def subscribe(self, group: str, topics: Collection[str]) -> KafkaSubscription:
        """Join a group as one more worker."""
        self.check_open()
        places_of(topics)
        await self.know(topics)
        subscription = KafkaSubscription(self, group, frozenset(topics))
        self._subscriptions.add(subscription)
        try:
            await subscription.join()
        except BaseException:
            await subscription.close()
            raise
        return subscription

    async def trim(self, ends: Mapping[TopicPartition, int], *, physically: bool = False) -> None:
        """Erase all records before the given offsets; one beyond a head means the head.

        With ``physically`` it returns only when the broker's segments that held them were deleted. That takes markers
        that let segments roll, the time for which a segment stays open (an hour on the transit topics), and readers
        that pass the segment's end; until then it raises :class:`~services.errors.StillOnDisk`, and each call goes on
        where the last one was.

        Raises:
            StillOnDisk: nobody can read them any more, but the bytes are there; try again.
            LogUnavailable: could not be done now; try again.
        """
        self.check_open()
        for place in ends:
            partitions_in(place.topic)
        await self.know({place.topic for place in ends})
        await self._sweeper.erase(ends)
        if physically:
            await self._sweeper.finish(ends)

    async def compact(self, topic: str) -> None:
        """Have the broker keep only the newest record of each key of a compacted topic, be it a tombstone.

        The broker compacts by itself, on its own clock, and never what it still writes to: this appends a marker
        where there is something to compact, at most one for each segment's time, and waits for it as long as patience
        lasts where segments are short.
        """
        self.check_open()
        places = places_of([topic])
        await self.know([topic])
        await self._compactor.compact(places)

    async def expire(self, topic: str, before: str) -> None:
        """Erase the records at the front of each partition whose time is before a day or month.

        See :func:`~services.eventlog.expiry.expired_ends`.
        """
        self.check_open()
        await self.trim(await expired_ends(self, topic, before))

    async def ping(self) -> None:
        """Raise LogUnavailable when the log cannot be written now, and say why."""
        self.check_open()
        await self.questions.check_topics(dict(self._known))

    async def close(self) -> None:
        """Leave all groups and close the connections; appends that were accepted are durable."""
        self._closed = True
        await self._sweeper.close()
        await asyncio.gather(*(subscription.close() for subscription in list(self._subscriptions)))
        await self.writer.close()
        await self.questions.close()

    # --- for subscriptions, sweeps and compaction ---

    def check_open(self) -> None:
        """Raise LogUnavailable when the log is closed."""
        if self._closed:
            raise LogUnavailable(CLOSED)

    def named(self, name: str) -> str:
        """Return the name that a topic or a group has on the broker."""
        return f"{self.access.prefix}.{name}" if self.access.prefix else name

    def remote(self, place: TopicPartition) -> TopicPartition:
        """Return a partition as it is named on the broker."""
        found = self._remotes.get(place)
        if found is None:
            found = self._remotes.setdefault(place, TopicPartition(self.named(place.topic), place.partition))
        return found

    def local(self, topic: str) -> str:
        """Return the name that services have for a topic of the broker."""
        return topic[len(self.access.prefix) + 1 :] if self.access.prefix else topic

    def messages_of(self, records: Sequence[NewRecord]) -> list[Message]:
        """Return records as they are sent; raises UnknownTopic before anything is."""
        now = time.time()
        return [
            Message(
                self.remote(place_of(record)),
                record.key.encode(),
                record.value,
                headers_of(record.attributes),
                timestamp_of(record, now=now),
            )
            for record in records
        ]

    async def know(self, topics: Collection[str]) -> None:
        """Make sure, once for each topic, that the broker has it as it is declared.

        Raises:
            TopicUnfit: it is missing, or has another number of partitions.
            AccessDenied: this user may not see it.
        """
        new = {self.named(topic): partitions_in(topic) for topic in topics if self.named(topic) not in self._known}
        if new:
            await self.questions.check_topics(new)
            self._known |= new

    def forget(self, subscription: KafkaSubscription) -> None:
        """Let go of a subscription that was closed."""
        with contextlib.suppress(KeyError):
            self._subscriptions.remove(subscription)

    async def _bounds(self, topics: Collection[str], which: int) -> dict[TopicPartition, int]:
        self.check_open()
        places = places_of(topics)
        await self.know(topics)
        found = await self.questions.bounds([self.remote(place) for place in places], which)
        return {place: found[self.remote(place)] for place in places}
