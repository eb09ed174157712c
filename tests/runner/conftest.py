"""What the runner's tests share: a log in memory that can fail, a day that stands still, a database, captured lines."""

import asyncio
import contextlib
import datetime
import io
import json
import logging

import pytest
import sqlalchemy as sa
import structlog
from prometheus_client import CollectorRegistry

from services import events
from services.contracts import CONTRACTS, topic_of
from services.database.opening import database_at
from services.errors import LogUnavailable
from services.eventlog.interface import Attributes, NewRecord, TopicPartition
from services.eventlog.memory import MemoryLog
from services.eventlog.partitions import partition_of
from services.telemetry.logs import set_up_logs
from services.telemetry.metrics import WorkerMetrics

_TYPES = {contract.topic: contract.type for contract in CONTRACTS.values()}


class FailingLog(MemoryLog):
    """A log in memory whose appends can be told to fail."""

    def __init__(self):
        super().__init__()
        self.failing = 0
        self.appended = []

    async def append(self, records):
        if self.failing:
            self.failing -= 1
            raise LogUnavailable("away")
        await super().append(records)
        self.appended += records


class Day:
    """A clock that stands where it was put."""

    def __init__(self, day):
        self.day = datetime.date.fromisoformat(day)

    def today(self):
        return self.day

    def minute(self):
        return f"{self.day.isoformat()}T12:00Z"

    def move_to(self, day):
        self.day = datetime.date.fromisoformat(day)


class Scribe:
    """Makes records and looks at what lies in a log."""

    words = topic_of(events.SessionSubmitted)
    output = topic_of(events.ContributionPseudonymised)
    consent = topic_of(events.ConsentChanged)
    confirmed = topic_of(events.ErasureConfirmed)
    keys = topic_of(events.KeyAnnounced)

    def __init__(self):
        self.count = 0

    def record(self, value, key="session-1", topic=words, partition=None, **attributes):
        self.count += 1
        told = {
            "id": f"{self.count:032x}",
            "source": "/survivor-voice/intake",
            "type": _TYPES[topic],
            "subject": key,
            "time": "2025-03-01T00:00:00Z",
        }
        return NewRecord(topic, key, Attributes(**{**told, **attributes}), value, partition)

    def marker(self, key="anonymiser-words-2025-02", partition=0, topic=words):
        value = json.dumps({"key": key, "sealer": "intake"}).encode()
        return self.record(value, key, topic, partition, type="org.survivorvoice.log.epoch_closed.v1")

    @staticmethod
    def key_in(partition, partitions=4):
        """Return a key that lies in a partition."""
        return next(key for key in (f"key-{n}" for n in range(100)) if partition_of(key, partitions) == partition)

    @staticmethod
    async def values(log, topic):
        heads = await log.heads([topic])
        return [record.value for place in sorted(heads) for record in await log.read(place, 0, 1000)]

    @staticmethod
    async def all_read(log, group, topic):
        return await log.cursors(group, [topic]) == await log.heads([topic])

    @staticmethod
    async def park(log, topic, group, record, **extensions):
        """Put a record on the dead-letter topic of a group, as the worker does."""
        told = {"dlqreason": "ContractBroken", "dlqtopic": topic, "dlqpartition": "0", "dlqoffset": "0"}
        given = record.attributes
        attributes = Attributes(
            given.id,
            given.source,
            given.type,
            given.subject,
            given.time,
            extensions={**given.extensions, **told, **extensions},
        )
        name = f"{topic}.dlq.{group}"
        await log.append([NewRecord(name, record.key, attributes, record.value)])
        return TopicPartition(name, 0)


class Lines:
    """The log lines of a test."""

    def __init__(self, stream):
        self.stream = stream

    @property
    def text(self):
        return self.stream.getvalue()

    def named(self, event):
        return [line for line in map(json.loads, self.text.splitlines()) if line["event"] == event]


@pytest.fixture
def scribe():
    return Scribe()


@pytest.fixture
async def log():
    log = FailingLog()
    yield log
    await log.close()


@pytest.fixture
def clock():
    return Day("2025-03-10")


@pytest.fixture
def metrics():
    return WorkerMetrics("anonymiser", CollectorRegistry())


@pytest.fixture(autouse=True)
def lines():
    """Capture log lines; before anything else, because a logger keeps the set-up that it was made under."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()
    set_up_logs(stream)
    yield Lines(stream)
    root.handlers, root.level = before
    structlog.reset_defaults()


@pytest.fixture
async def open_database(stores):
    """Open a database with the tables that a function declares, on every engine; closed at the end."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_one(*declare, name="store"):
            metadata = sa.MetaData()
            tables = [table(metadata) for table in declare]
            database = database_at(stores.url(name), metadata)
            await database.open()
            stack.push_async_callback(database.close)
            return database, *tables

        yield open_one


async def _until(condition, what="it"):
    try:
        async with asyncio.timeout(20):
            while True:
                found = condition()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await asyncio.sleep(0.005)
    except TimeoutError:
        pytest.fail(f"{what} did not come about")


@pytest.fixture
def until():
    """Wait until a plain or async condition holds."""
    return _until


@pytest.fixture
def running():
    """Run a task that takes a stop event for the length of a block; its own error comes out at the end."""

    @contextlib.asynccontextmanager
    async def run(task):
        stop = asyncio.Event()
        running_task = asyncio.create_task(task(stop))
        try:
            yield running_task
        finally:
            stop.set()
            async with asyncio.timeout(20):
                await running_task

    return run
