"""Clocks that differ: services and brokers an hour apart lose nothing, and further apart it is said in one line.

Either side sees nothing but the difference: to a broker that is an hour behind everybody else is an hour ahead. Topics
in transit go by the broker's time alone; waiting, age and patience are measured by clocks that nobody sets.
"""

import asyncio
import time
from types import SimpleNamespace

import pytest
from aiokafka.record.memory_records import MemoryRecords
from prometheus_client import CollectorRegistry

from services.errors import LogUnavailable, StillOnDisk
from services.eventlog import kafka
from services.eventlog.interface import TopicPartition
from services.runner.worker import Pace, Worker
from services.telemetry.metrics import WorkerMetrics

HOUR = 3600.0
APART = pytest.mark.parametrize("skew", [-HOUR, HOUR], ids=["an hour behind", "an hour ahead"])


def skewed(monkeypatch, seconds):
    """Set the clock by which this log stamps its records wrong."""
    monkeypatch.setattr(kafka, "time", SimpleNamespace(time=lambda: time.time() + seconds))


async def stamps(log, topic):
    """Return the broker's own word on when the records of a topic were written, in seconds."""
    found = []
    for place, head in (await log.heads([topic])).items():
        if head:
            batches = MemoryRecords((await log.questions.fetch(log.remote(place), 0)).data)
            while batches.has_next():
                found += [record.timestamp / 1000 for record in batches.next_batch()]
    return found


@APART
async def test_every_kind_of_topic_takes_records_and_markers(world, monkeypatch, skew):
    skewed(monkeypatch, skew)
    log = world.log()
    for topic in (world.transit, world.kept, world.compacted):
        await log.append([world.record("key", b"1", topic)])
        await log._sweeper.mark(TopicPartition(topic, 1))
        assert await world.values(log, topic) == {1: 1}


@pytest.mark.parametrize("skew", [-400 * 24 * HOUR, -HOUR, HOUR, 400 * 24 * HOUR])
async def test_topics_in_transit_have_the_brokers_time_whatever_the_producers_is(world, monkeypatch, skew):
    log = world.log()
    before = time.time()
    skewed(monkeypatch, skew)
    await log.append(world.records(20))
    written = await stamps(log, world.transit)
    assert len(written) == 20
    # Of the batch's second at least, by the broker's clock, which is this machine's.
    assert all(before - 1 <= moment <= time.time() + 1 for moment in written)


@APART
async def test_erasing_comes_to_its_end(world, monkeypatch, skew):
    skewed(monkeypatch, skew)
    log = world.log()
    await log.append(world.records(20))
    async with asyncio.timeout(60):
        while True:
            try:
                await log.trim(await log.heads([world.transit]), physically=True)
                break
            except StillOnDisk:
                await asyncio.sleep(0.1)
    assert await world.everything(log, world.transit) == []


@APART
async def test_a_compacted_topic_keeps_the_newest_though_its_writers_clocks_differ(world, monkeypatch, skew):
    right = world.log()
    await right.append([world.record("key", b"1", world.compacted)])
    skewed(monkeypatch, skew)
    wrong = world.log()
    await wrong.append([world.record("key", b"2", world.compacted)])
    async with asyncio.timeout(60):
        while await world.values(wrong, world.compacted) != {2: 1}:
            await wrong.compact(world.compacted)
            await asyncio.sleep(0.2)


async def test_further_apart_than_the_broker_allows_is_one_line_and_mended_with_the_clock(world, monkeypatch):
    log = world.log()
    await log.append([world.record("key", b"1", world.kept)])
    skewed(monkeypatch, 2 * 24 * HOUR)
    with pytest.raises(LogUnavailable) as refused:
        await log.append([world.record("key", b"2", world.kept)])
    line = str(refused.value)
    assert "\n" not in line
    assert "this machine's clock and the broker's differ" in line
    assert "Set both clocks" in line
    # What is in transit, words above all, goes by the broker's time and is not held up.
    await log.append([world.record("key", b"3")])
    skewed(monkeypatch, 0)
    await log.append([world.record("key", b"2", world.kept)])
    assert await world.values(log, world.kept) == {1: 1, 2: 1}
    assert await world.values(log, world.transit) == {3: 1}


class Handling:
    """A handler that sets the machine's clock each time."""

    def __init__(self, monkeypatch, skews):
        self.seen = []
        self._monkeypatch = monkeypatch
        self._skews = list(skews)
        self._real = time.time

    async def handle(self, records):
        if self._skews:
            skew = self._skews.pop(0)
            self._monkeypatch.setattr(time, "time", lambda: self._real() + skew)
        self.seen += [int(record.value) for record in records]
        return ()


async def test_a_clock_that_is_set_under_a_worker_parks_nothing_and_makes_no_age_mad(world, monkeypatch):
    log = world.log()
    await log.append(world.records(60))
    registry = CollectorRegistry()
    handler, stop = Handling(monkeypatch, [-HOUR, HOUR, -24 * HOUR, 24 * HOUR, 0]), asyncio.Event()
    worker = Worker(
        group=world.group,
        topics=[world.transit],
        handler=handler,
        log=log,
        metrics=WorkerMetrics("anonymiser", registry),
        pace=Pace(batch=5, wait=0.1),
    )
    running = asyncio.create_task(worker.run(stop))
    ages = []

    def age():
        labels = {"topic": world.transit, "group": world.group}
        return registry.get_sample_value("sv_anonymiser_oldest_waiting_seconds", labels)

    async with asyncio.timeout(60):
        while await world.lag(log) or age() is None:
            ages.append(age() or 0.0)
            await asyncio.sleep(0.05)
    stop.set()
    await running
    assert sorted(handler.seen) == list(range(60))
    assert worker.stopped is None
    assert await world.everything(log, world.parked) == []
    assert all(0 <= each < 60 for each in [*ages, age()])
