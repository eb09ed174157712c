"""A worker: polls a group's topics, hands batches to a handler, backs off, parks what cannot be handled, measures lag.

A record that breaks its contract or does not open is parked on its dead-letter topic, untouched, and the rest go on.
A record of a topic that is never parked (consent, erasure, keys) stops the worker: readiness turns red until a person
has looked.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from services.errors import (
    Fenced,
    KeyAwaited,
    LogUnavailable,
    NotYet,
    RecordTooLarge,
    StoreUnavailable,
    SurvivorVoiceError,
)
from services.eventlog.interface import Attributes, Batch, EventLog, NewRecord, Record, Subscription, TopicPartition
from services.eventlog.topics import dead_letters_of, topic_named
from services.telemetry.logs import logger
from services.telemetry.metrics import WorkerMetrics

#: Errors that pass by themselves: the worker waits and tries again, and parks nothing.
PASSING = (LogUnavailable, StoreUnavailable, KeyAwaited, NotYet)
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 5.0
_ATTEMPTS = 3
_METRICS_EVERY = 1.0


class Handler(Protocol):
    """What a service does with records.

    It applies all of them or none, and returns events to append before the cursor moves (a stateful service has put
    its own in its outbox and returns none).
    """

    async def handle(self, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Apply records of any of the worker's topics, in order.

        Raises:
            ContractBroken, SealingError: a record cannot be handled; the worker finds out which.
            LogUnavailable, StoreUnavailable, KeyAwaited, NotYet: try again later.
        """


@dataclass(frozen=True, slots=True)
class Pace:
    """How a worker polls.

    Attributes:
        batch: records at once.
        wait: seconds that a poll waits for the first record.
    """

    batch: int = 200
    wait: float = 0.2


class Worker:
    """One worker of one group.

    Attributes:
        stopped: why it stopped for good (a never-parked record), or None.
    """

    def __init__(
        self,
        *,
        group: str,
        topics: Collection[str],
        handler: Handler,
        log: EventLog,
        metrics: WorkerMetrics,
        pace: Pace | None = None,
        saw_marker: Callable[[Record], None] | None = None,
    ) -> None:
        self.group = group
        self.stopped: str | None = None
        self._topics = tuple(topics)
        self._handler = handler
        self._log = log
        self._metrics = metrics
        self._pace = pace or Pace()
        self._saw_marker = saw_marker or (lambda _: None)
        self._line = logger(group.partition(".")[0]).bind(group=group)
        self._behind_since: dict[str, float] = {}
        self._measured = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, or until a never-parked record cannot be handled."""
        subscription = await self._join(stop)
        if subscription is None:
            return
        pause = _FIRST_PAUSE
        try:
            while not stop.is_set() and self.stopped is None:
                try:
                    handled = await self._step(subscription)
                    pause = _FIRST_PAUSE
                    if handled or time.monotonic() - self._measured >= _METRICS_EVERY:
                        await self._measure()
                except PASSING as trouble:
                    if not isinstance(trouble, NotYet):
                        self._line.warning("waiting and trying again", error=trouble, seconds=pause)
                    await subscription.rewind()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), pause)
                    pause = min(pause * 2, 0.2 if isinstance(trouble, NotYet) else _LONGEST_PAUSE)
                except Fenced:
                    self._line.info("another worker took over")
                    await subscription.rewind()
        finally:
            await subscription.close()

    async def _join(self, stop: asyncio.Event) -> Subscription | None:
        pause = _FIRST_PAUSE
        while not stop.is_set():
            try:
                return await self._log.subscribe(self.group, self._topics)
            except LogUnavailable as trouble:
                self._line.warning("waiting for the log", error=trouble, seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        return None

    async def _step(self, subscription: Subscription) -> bool:
        batch = await subscription.poll(max_records=self._pace.batch, timeout=self._pace.wait)
        if not batch.ends:
            return False
        began = time.monotonic()
        for record in batch.records:
            if record.is_marker:
                self._look_at(record)
        records = [record for record in batch.records if not record.is_marker]
        try:
            outputs = await self._handler.handle(records) if records else ()
        except (*PASSING, Fenced):
            raise
        except Exception:  # noqa: BLE001 - whatever it is, one record must not stop the rest, nor take them with it
            # Something in the batch cannot be handled: one at a time, to find out which.
            await self._one_by_one(subscription, batch)
            return True
        try:
            await subscription.commit(batch, outputs)
        except RecordTooLarge:
            await self._one_by_one(subscription, batch)
            return True
        for record in records:
            self._metrics.records.labels(record.topic, self.group, "done").inc()
        self._metrics.step_seconds.labels(self.group).observe(time.monotonic() - began)
        return True

    def _look_at(self, marker: Record) -> None:
        try:
            self._saw_marker(marker)
        except SurvivorVoiceError as trouble:
            # Nothing depends on it but the end of an epoch, whose readiness check then says that it is overdue.
            self._line.error("a marker cannot be read", topic=marker.topic, error=trouble)

    async def _one_by_one(self, subscription: Subscription, batch: Batch) -> None:
        ends: dict[TopicPartition, int] = {}
        for record in batch.records:
            ends[record.place] = record.offset + 1
            single = Batch((record,), {record.place: record.offset + 1})
            if record.is_marker:
                await subscription.commit(single)
                continue
            try:
                await subscription.commit(single, await self._attempt(record))
            except (*PASSING, Fenced):
                raise
            except Exception as trouble:  # noqa: BLE001 - parked, never lost, and said in the log by class
                if topic_named(record.topic).never_parked:
                    self.stopped = type(trouble).__name__
                    self._line.error("a record that may never be parked cannot be handled", topic=record.topic)
                    return
                await subscription.commit(single, (self._parked(record, trouble),))
                self._metrics.records.labels(record.topic, self.group, "parked").inc()
                self._line.error("a record was parked", topic=record.topic, error=trouble, attempts=_ATTEMPTS)
                continue
            self._metrics.records.labels(record.topic, self.group, "done").inc()
        left = {place: end for place, end in batch.ends.items() if ends.get(place) != end}
        if left:
            await subscription.commit(Batch((), left))

    async def _attempt(self, record: Record) -> Sequence[NewRecord]:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return await self._handler.handle((record,))
            except (*PASSING, Fenced):
                raise
            except Exception:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(_FIRST_PAUSE)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _parked(self, record: Record, trouble: Exception) -> NewRecord:
        """Return the dead letter: the record untouched, the class of error, its position; never a message text."""
        extensions: Mapping[str, str] = {
            **record.attributes.extensions,
            "dlqreason": type(trouble).__name__,
            "dlqtopic": record.topic,
            "dlqpartition": str(record.partition),
            "dlqoffset": str(record.offset),
            "dlqattempts": str(_ATTEMPTS),
        }
        attributes: Attributes = replace(record.attributes, extensions=extensions)
        return NewRecord(dead_letters_of(record.topic, self.group), record.key, attributes, record.value)

    async def _measure(self) -> None:
        now = time.monotonic()
        if now - self._measured < _METRICS_EVERY:
            return
        self._measured = now
        heads = await self._log.heads(self._topics)
        cursors = await self._log.cursors(self.group, self._topics)
        for topic in self._topics:
            lag = sum(head - cursors.get(place, 0) for place, head in heads.items() if place.topic == topic)
            self._metrics.lag.labels(topic, self.group).set(lag)
            since = self._behind_since.setdefault(topic, now) if lag else now
            if not lag:
                self._behind_since.pop(topic, None)
            self._metrics.oldest_seconds.labels(topic, self.group).set(now - since)
