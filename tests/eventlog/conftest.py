"""A SQLite log in a folder of its own, and records to put in it."""

import contextlib

import pytest

from services import events
from services.contracts import CONTRACTS, topic_of
from services.eventlog.interface import Attributes, NewRecord
from services.eventlog.memory import MemoryLog
from services.eventlog.sqlite import SqliteLog

TYPES = {contract.topic: contract.type for contract in CONTRACTS.values()}


class Made:
    """Topics by what they are, and records numbered in the order in which they were made."""

    transit = topic_of(events.SessionSubmitted)
    output = topic_of(events.ContributionPseudonymised)
    compacted = topic_of(events.ConsentChanged)
    kept = topic_of(events.ContributionSettled)
    single = topic_of(events.KeyAnnounced)

    def __init__(self):
        self.count = 0

    def record(self, key="key", value=b"{}", topic=transit, **attributes):
        self.count += 1
        told = {
            "id": f"{self.count:032x}",
            "source": "/survivor-voice/intake",
            "type": TYPES.get(topic, "some.other.type"),
            "subject": key,
        }
        return NewRecord(topic, key, Attributes(**{**told, **attributes}), value)

    def records(self, count, topic=transit, keys=7, value=None):
        return [self.record(f"key-{n % keys}", value or b"%d" % n, topic) for n in range(count)]


@pytest.fixture
def made():
    return Made()


@pytest.fixture
async def memory():
    log = MemoryLog()
    yield log
    await log.close()


@pytest.fixture
async def opened(tmp_path):
    """Open SQLite logs that are closed at the end; by default all on one file."""
    async with contextlib.AsyncExitStack() as stack:

        def open_one(name="log.sqlite3", **options):
            log = SqliteLog(tmp_path / name, **{"lease": 0.6, **options})
            stack.push_async_callback(log.close)
            return log

        yield open_one
