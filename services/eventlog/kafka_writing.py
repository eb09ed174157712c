"""Appending: one idempotent producer for each log, thrown away whenever it failed."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError, MessageSizeTooLargeError
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import RecordMetadata

from services.errors import LogUnavailable
from services.eventlog.interface import TopicPartition
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.kafka_options import producer_options
from services.eventlog.kafka_records import LARGEST
from services.eventlog.kafka_retrying import Gate
from services.eventlog.kafka_stopping import end_producer, stop_producer
from services.eventlog.kafka_troubles import CLOSED, find_cause, find_silence, meaning_of
from services.eventlog.topics import MAX_RECORD_BYTES

#: From so many messages on they are handed over as whole batches; fewer may share one with those of others.
_MANY = 16
#: In the name of each topic of dead letters, which take whatever another topic took and say where it was.
_DEAD_LETTERS = ".dlq."
#: Bytes of a value that fits with any key and headers of ours.
_SURELY_FITS = MAX_RECORD_BYTES // 2


class Message(NamedTuple):
    """A record as it is handed to a producer, the topic named as on the broker."""

    place: TopicPartition
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp: int


class Writer:
    """Appends messages durably, in the order given for each partition.

    Args:
        access: how to reach the broker.
        name: of the client.
        gate: shared with all that connects on behalf of the log.
    """

    def __init__(self, access: KafkaAccess, name: str, gate: Gate) -> None:
        self._access = access
        self._name = name
        self._gate = gate
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = False
        self._ending: set[asyncio.Task[None]] = set()

    async def append(self, messages: Sequence[Message]) -> list[RecordMetadata]:
        """Append messages; returns when all replicas in step have them.

        Returns:
            Where they lie: for each message, or where there are many for each of the batches that they went in.

        Raises:
            RecordTooLarge: one is larger than the broker takes; nothing was appended where this client could tell.
            LogUnavailable: some may have been appended: send all of them again.
        """
        with self.accepted():
            return await self._append(messages)

    @contextlib.contextmanager
    def accepted(self) -> Iterator[None]:
        """Hold off the end of a close for as long as something that was accepted is under way.

        Raises:
            LogUnavailable: the log is closed and nothing is under way.
        """
        if self._closed and not self._under_way:
            raise LogUnavailable(CLOSED)
        self._under_way += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def close(self) -> None:
        """Let what was accepted become durable, as long as patience lasts, and stop."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._access.pace.patience):
                await self._idle.wait()
        producer, self._producer = self._producer, None
        if producer is not None:
            await stop_producer(producer, self._access.pace.patience)
        if self._ending:
            await asyncio.wait(self._ending, timeout=self._access.pace.patience)

    async def _append(self, messages: Sequence[Message]) -> list[RecordMetadata]:
        self._refuse_too_large(messages)
        producer = await self._started()
        futures: list[asyncio.Future[RecordMetadata]] = []
        try:
            async with asyncio.timeout(self._access.pace.patience):
                if len(messages) < _MANY:
                    for (topic, partition), key, value, headers, timestamp in messages:
                        futures.append(await producer.send(topic, value, key, partition, timestamp, headers))
                else:
                    await self._send_batches(producer, messages, futures)
                return await asyncio.gather(*futures)
        except MessageSizeTooLargeError as error:
            # The broker takes less than was declared: those beside it must be settled first.
            await self._settle(futures)
            self._discard(producer)
            raise meaning_of(error, _doing(messages), self._access.who) from None
        except (KafkaError, TimeoutError, AssertionError) as error:
            # An idempotent producer that lost one batch can go wrong with the next, so it is thrown away, whatever
            # it says of itself.
            self._discard(producer)
            shut = await find_silence(self._access) if isinstance(error, TimeoutError) else None
            raise shut or meaning_of(error, _doing(messages), self._access.who) from None

    @staticmethod
    async def _send_batches(
        producer: AIOKafkaProducer, messages: Sequence[Message], futures: list[asyncio.Future[RecordMetadata]]
    ) -> None:
        """Hand over many messages as whole batches: a third of the time of one by one."""
        building: dict[TopicPartition, Any] = {}
        for place, key, value, headers, timestamp in messages:
            batch = building.get(place)
            if batch is None:
                batch = building[place] = producer.create_batch()
            if batch.append(timestamp=timestamp, key=key, value=value, headers=headers) is None:
                futures.append(await producer.send_batch(batch, place.topic, partition=place.partition))
                batch = building[place] = producer.create_batch()
                batch.append(timestamp=timestamp, key=key, value=value, headers=headers)
        for place, batch in building.items():
            batch.close()
            futures.append(await producer.send_batch(batch, place.topic, partition=place.partition))

    def _refuse_too_large(self, messages: Sequence[Message]) -> None:
        for place, key, value, headers, _ in messages:
            if value is not None and len(value) > _SURELY_FITS:
                size = DefaultRecordBatchBuilder.estimate_size_in_bytes(key, value, headers)
                if size > (MAX_RECORD_BYTES if _DEAD_LETTERS in place.topic else LARGEST):
                    raise meaning_of(MessageSizeTooLargeError(), f"appending to {place.topic}", self._access.who)

    async def _settle(self, futures: Sequence[asyncio.Future[RecordMetadata]]) -> None:
        if futures:
            await asyncio.wait(futures, timeout=self._access.pace.patience)
        for future in futures:
            if future.done() and not future.cancelled():
                future.exception()

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is not None:
                return self._producer
            await self._gate.wait()
            producer = AIOKafkaProducer(**producer_options(self._access, self._name))
            try:
                async with asyncio.timeout(self._access.pace.patience):
                    await producer.start()
            except KafkaConnectionError:
                self._gate.failed()
                await end_producer(producer)
                raise await find_cause(self._access) from None
            except (KafkaError, TimeoutError) as error:
                self._gate.failed()
                await end_producer(producer)
                raise meaning_of(error, "connecting", self._access.who) from None
            except BaseException:
                await end_producer(producer)
                raise
            self._gate.worked()
            self._producer = producer
            return producer

    def _discard(self, producer: AIOKafkaProducer) -> None:
        """Let go of a producer that failed; the next append gets a new one."""
        if self._producer is producer:
            self._producer = None
            task = asyncio.create_task(end_producer(producer))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)


def _doing(messages: Sequence[Message]) -> str:
    topics: Mapping[str, None] = dict.fromkeys(message.place.topic for message in messages)
    return f"appending to {', '.join(topics)}"
