"""The engines that keep the log's contract, and a bench to try each of them on.

A further engine is one more subclass of :class:`Engine` in ``ENGINES``; no test changes.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka_broker import BRISK, drop_topics, make_topics, new_prefix, shared_broker

from services import events
from services.contracts import CONTRACTS, topic_of
from services.eventlog.interface import Attributes, EventLog, NewRecord, Record, Subscription, TopicPartition
from services.eventlog.kafka import KafkaLog
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.memory import MemoryLog
from services.eventlog.sqlite import SqliteLog
from services.eventlog.topics import dead_letters_of

#: A transit topic, another that is written from it, a compacted and a kept one.
TRANSIT = topic_of(events.SessionSubmitted)
OUTPUT = topic_of(events.ContributionPseudonymised)
COMPACTED = topic_of(events.ConsentChanged)
KEPT = topic_of(events.ContributionSettled)
GROUP = "anonymiser"
SWEPT = CONTRACTS[events.LogSwept].type
TYPES = {contract.topic: contract.type for contract in CONTRACTS.values()}


class Engine(ABC):
    """One kind of log, empty at the start of each test.

    Attributes:
        durable: what was appended outlives the client, and other processes see it.
        url: what another process opens the same log by.
    """

    durable = True
    url = ""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    async def open(self) -> EventLog:
        """Return a client of the log; one that is not durable is the log."""

    async def close(self) -> None:  # noqa: B027 - most leave nothing but files in the test's own folder
        """Clear away what the test left."""


class SqliteEngine(Engine):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"sqlite:{folder / 'log.sqlite3'}"

    async def open(self) -> EventLog:
        return SqliteLog(self.folder / "log.sqlite3", lease=1.0)


class MemoryEngine(Engine):
    durable = False

    async def open(self) -> EventLog:
        return MemoryLog()


class KafkaEngine(Engine):
    """Topics of its own on the broker that all tests share."""

    topics = (TRANSIT, OUTPUT, COMPACTED, KEPT, dead_letters_of(TRANSIT, GROUP))

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.broker = shared_broker()
        self.prefix = new_prefix()
        self.url = f"kafka://{self.broker.bootstrap}/{self.prefix}"
        self.made = False

    async def open(self) -> EventLog:
        if not self.made:
            await make_topics(self.broker, self.prefix, self.topics)
            self.made = True
        return KafkaLog(KafkaAccess(brokers=(self.broker.bootstrap,), prefix=self.prefix, pace=BRISK))

    async def close(self) -> None:
        await drop_topics(self.broker, self.prefix, self.topics)


ENGINES: dict[str, type[Engine]] = {"sqlite": SqliteEngine, "memory": MemoryEngine, "kafka": KafkaEngine}
DURABLE = {name: engine for name, engine in ENGINES.items() if engine.durable}


class Bench:
    """A log with the few moves that the tests need."""

    transit, output, compacted, kept, group = TRANSIT, OUTPUT, COMPACTED, KEPT, GROUP

    def __init__(self, engine: Engine, log: EventLog) -> None:
        self.engine = engine
        self.log = log
        self._clients: list[EventLog] = [log]
        self._made = 0

    async def client(self) -> EventLog:
        """Return one more client of the log."""
        client = await self.engine.open()
        self._clients.append(client)
        return client

    async def close(self) -> None:
        for client in self._clients:
            await client.close()
        await self.engine.close()

    def record(
        self, key: str, value: bytes | None = b"{}", topic: str = TRANSIT, *, time: str | None = None
    ) -> NewRecord:
        self._made += 1
        attributes = Attributes(
            id=f"{self._made:032x}",
            source="/survivor-voice/intake",
            type=TYPES.get(topic, "org.survivorvoice.session.submitted.v1"),
            subject=key,
            time=time,
        )
        return NewRecord(topic, key, attributes, value)

    def records(self, count: int, topic: str = TRANSIT, keys: int = 7) -> list[NewRecord]:
        """Return records numbered in their values, spread over some keys."""
        return [self.record(f"key-{number % keys}", b"%d" % number, topic) for number in range(count)]

    async def everything(self, topic: str, log: EventLog | None = None, *, swept: bool = False) -> list[Record]:
        """Return all that lies in a topic; sweep markers, which an engine may write as it erases, only when asked."""
        client = log or self.log
        found: list[Record] = []
        for place, head in sorted((await client.heads([topic])).items()):
            position = 0
            while position < head:
                records = await client.read(place, position, 1000)
                if not records:
                    break
                found += [record for record in records if swept or record.attributes.type != SWEPT]
                position = records[-1].offset + 1
        return found

    async def drain(self, subscription: Subscription, count: int, *, commit: bool = True) -> list[Record]:
        """Poll until so many records came."""
        found: list[Record] = []
        deadline = time.monotonic() + 30
        while len(found) < count and time.monotonic() < deadline:
            batch = await subscription.poll(max_records=500, timeout=0.5)
            found += batch.records
            if commit and batch.records:
                await subscription.commit(batch)
        return found

    async def settle(self, reached: Callable[[], bool], *subscriptions: Subscription) -> None:
        """Let subscriptions look at their group, without taking records for good, until something is so."""
        deadline = time.monotonic() + 30
        while not reached():
            assert time.monotonic() < deadline, "the group did not settle"
            for subscription in subscriptions:
                await subscription.poll(max_records=1, timeout=0.02)
                await subscription.rewind()
            await asyncio.sleep(0)

    async def alone(self, topics: tuple[str, ...] = (TRANSIT,), group: str = GROUP) -> Subscription:
        """Return a worker that owns every partition of the topics."""
        subscription = await self.log.subscribe(group, topics)
        every = set(await self.log.heads(topics))
        await self.settle(lambda: subscription.assignment == every, subscription)
        return subscription


def place(topic: str, partition: int = 0) -> TopicPartition:
    return TopicPartition(topic, partition)


@pytest.fixture(params=sorted(ENGINES))
async def bench(request, tmp_path):
    engine = ENGINES[request.param](tmp_path)
    made = Bench(engine, await engine.open())
    yield made
    await made.close()


@pytest.fixture(params=sorted(DURABLE))
async def durable(request, tmp_path):
    engine = DURABLE[request.param](tmp_path)
    made = Bench(engine, await engine.open())
    yield made
    await made.close()
