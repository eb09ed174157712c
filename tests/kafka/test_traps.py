"""The traps of aiokafka, each with the rule of ours that closes it, on a real broker."""

import asyncio
import logging
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiokafka.errors import KafkaError
from kafka_broker import administrator, drop_topics, shared_broker
from kafka_world import World
from msgspec.structs import replace as with_

from services.errors import Fenced, LogUnavailable, RecordTooLarge
from services.eventlog.interface import NewRecord, TopicPartition
from services.eventlog.kafka_records import LARGEST
from services.eventlog.kafka_sweeping import SWEPT_TYPE
from services.telemetry.logs import set_up_logs

SOURCES = sorted((Path(__file__).parents[2] / "services" / "eventlog").glob("kafka*.py"))


async def owning(subscription, count=4):
    """Poll until a worker owns so many partitions."""
    async with asyncio.timeout(30):
        while len(subscription.assignment) != count:
            await subscription.poll(max_records=1, timeout=0.05)
            await subscription.rewind()
    return subscription


async def polled(subscription, count):
    """Poll until one batch has so many records; go back to the cursors in between."""
    async with asyncio.timeout(30):
        while True:
            batch = await subscription.poll(max_records=500, timeout=0.5)
            if len(batch.records) >= count:
                return batch
            await subscription.rewind()


async def test_t2_an_output_that_fails_leaves_the_cursors_where_they_are(world):
    log = world.log()
    await log.append(world.records(10))
    subscription = await log.subscribe(world.group, [world.transit])
    batch = await polled(subscription, 10)
    outputs = [world.record("good", b"1", world.output), world.record("large", bytes(2_000_000), world.output)]
    with pytest.raises(RecordTooLarge):
        await subscription.commit(batch, outputs)
    assert await world.lag(log) == 10
    await subscription.rewind()
    again = await polled(subscription, 10)
    await subscription.commit(again, [world.record("good", b"1", world.output)])
    assert await world.lag(log) == 0


async def test_t3_after_a_failed_step_the_same_records_come_again_from_the_very_first(world):
    log = world.log()
    await log.append(world.records(30))
    subscription = await log.subscribe(world.group, [world.transit])
    first = await polled(subscription, 30)
    assert {record.offset for record in first.records} >= {0}
    await subscription.rewind()
    again = await polled(subscription, 30)
    assert sorted(record.value for record in again.records) == sorted(record.value for record in first.records)


@pytest.fixture
async def narrow():
    """Topics that take less than is declared."""
    made = World(shared_broker())
    await made.make(**{"max.message.bytes": "20000"})
    yield made
    await made.close()
    await drop_topics(made.broker, made.prefix, made.topics)


@pytest.mark.parametrize("beside", [0, 40])
async def test_t4_a_producer_that_failed_is_thrown_away_and_the_next_append_works(narrow, beside):
    log = narrow.log(compression="none")
    await log.append([narrow.record("key", b"1")])
    failed = log.writer._producer
    with pytest.raises(RecordTooLarge, match="max.message.bytes"):
        await log.append([*narrow.records(beside), narrow.record("key", bytes(30_000))])
    await log.append([narrow.record("key", b"2")])
    assert log.writer._producer is not failed
    assert failed._closed
    found = {record.value for record in await narrow.everything(log, narrow.transit)}
    assert found >= {b"1", b"2"}
    assert not any(len(value) > 20_000 for value in found)


async def test_t7_an_error_that_the_library_does_not_know_throws_the_producer_away_too(world, monkeypatch):
    log = world.log()
    await log.append([world.record("key", b"1")])
    failed = log.writer._producer

    async def refuse(*_, **__):
        raise KafkaError("Unexpected error during batch delivery")

    monkeypatch.setattr(failed, "send", refuse)
    with pytest.raises(LogUnavailable, match="KafkaError"):
        await log.append([world.record("key", b"2")])
    await log.append([world.record("key", b"2")])
    assert await world.values(log, world.transit) == {1: 1, 2: 1}


async def test_t6_using_what_is_closed_is_our_error_not_an_assertion(world):
    log = world.log()
    subscription = await log.subscribe(world.group, [world.transit])
    await log.close()
    for ask in (
        lambda: log.append([world.record("late")]),
        lambda: subscription.poll(max_records=1, timeout=0),
        lambda: log.subscribe(world.group, [world.transit]),
        log.ping,
    ):
        with pytest.raises(LogUnavailable):
            await ask()


def test_t9_the_listener_only_notes_so_nothing_in_it_can_fail():
    text = next(path for path in SOURCES if path.name == "kafka_subscription.py").read_text()
    listener = re.search(r"class _Listener.*?(?=\nclass )", text, flags=re.DOTALL)[0]
    statements = [line.strip() for line in listener.split("\n") if "self._subscription." in line]
    assert statements == ["await self._subscription.let_go(self)", "self._subscription.own(self, assigned)"]


async def test_t9_a_stopped_worker_hands_over_though_the_library_tells_nobody(world):
    log = world.log()
    one = await log.subscribe(world.group, [world.transit])
    await owning(one)
    await one.close()
    assert one.assignment == frozenset()
    two = await log.subscribe(world.group, [world.transit])
    await owning(two)


def test_t10_getmany_is_never_cancelled_nor_given_a_time_limit_from_outside():
    # It would count as polling for ever after, and a worker that hangs would never be taken for dead.
    for path in SOURCES:
        text = path.read_text()
        assert not re.search(r"(wait_for|timeout)\([^\n]*getmany", text), path.name
    text = next(path for path in SOURCES if path.name == "kafka_subscription.py").read_text()
    before = text[: text.index("async def _stopped")]
    assert "glance.cancel()" not in before


async def test_t10_a_worker_that_hangs_in_a_step_leaves_the_group_and_another_goes_on(world):
    hanging, other = world.log(pace={"longest_step": 1.0}), world.log()
    await other.append(world.records(20))
    one = await hanging.subscribe(world.group, [world.transit])
    batch = await polled(one, 20)
    two = await other.subscribe(world.group, [world.transit])
    await owning(two)
    with pytest.raises(Fenced):
        await one.commit(batch, [world.record("late", b"1", world.output)])
    assert await world.values(other, world.output) == {}
    again = await polled(two, 20)
    await two.commit(again)
    assert await world.lag(other) == 0


async def test_closing_ends_a_poll_that_waits(world):
    log = world.log()
    subscription = await log.subscribe(world.group, [world.transit])
    waiting = asyncio.create_task(subscription.poll(max_records=1, timeout=60))
    await asyncio.sleep(0.3)
    await log.close()
    with pytest.raises(LogUnavailable):
        await asyncio.wait_for(waiting, 10)


async def test_t10_a_worker_that_hung_comes_back(world):
    hanging = world.log(pace={"longest_step": 1.0})
    one = await hanging.subscribe(world.group, [world.transit])
    await owning(one)
    await asyncio.sleep(1.5)
    await hanging.append(world.records(5))
    await owning(one)
    batch = await polled(one, 5)
    await one.commit(batch)
    assert await world.lag(hanging) == 0


async def test_t10_while_a_step_is_slow_the_broker_sends_nothing_more(world, monkeypatch):
    monkeypatch.setattr("services.eventlog.kafka_subscription._SLOW_STEP", 0.1)
    log = world.log()
    await log.append(world.records(10))
    subscription = await log.subscribe(world.group, [world.transit])
    batch = await polled(subscription, 10)
    await asyncio.sleep(0.3)
    consumer = subscription._consumer
    assert consumer.paused() == consumer.assignment()
    await subscription.commit(batch)
    await log.append(world.records(10, start=10))
    again = await polled(subscription, 10)
    assert not consumer.paused()
    await subscription.commit(again)
    assert await world.lag(log) == 0


async def test_t12_a_topic_that_was_deleted_does_not_hold_a_commit_for_ever(world):
    log = world.log(pace={"patience": 3.0})
    await log.append(world.records(10))
    subscription = await log.subscribe(world.group, [world.transit])
    batch = await polled(subscription, 10)
    async with administrator(world.broker) as admin:
        await admin.delete_topics([f"{world.prefix}.{world.transit}"])

    async def commit_again_and_again():
        while True:
            await subscription.commit(batch)
            await asyncio.sleep(0.05)
            subscription._committed.clear()

    with pytest.raises((LogUnavailable, Fenced)):
        await asyncio.wait_for(commit_again_and_again(), 20)


async def test_t13_an_append_that_was_cancelled_may_be_durable_and_closing_settles_it(world):
    log = world.log()
    await log.append([world.record("key", b"0")])
    task = asyncio.create_task(log.append([world.record("key", b"%d" % n) for n in range(1, 50)]))
    while not log.writer._under_way:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await log.close()
    reader = world.log()
    found = await world.values(reader, world.transit)
    assert found in ({0: 1}, dict.fromkeys(range(50), 1))


async def test_t14_no_key_and_no_value_reaches_a_log_even_when_everything_is_logged(world, caplog):
    marker = "a-marker-to-look-for"
    logging.getLogger("aiokafka").setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    log = world.log()
    await log.append([world.record(f"{marker}-key", f"{marker}-value".encode())])
    subscription = await log.subscribe(world.group, [world.transit])
    batch = await polled(subscription, 1)
    await subscription.commit(batch, [world.record(f"{marker}-key", f"{marker}-value".encode(), world.output)])
    with pytest.raises(RecordTooLarge):
        await log.append([world.record(f"{marker}-key", marker.encode() * 100_000)])
    assert any(record.name.startswith("aiokafka") for record in caplog.records)
    assert marker not in caplog.text
    assert {record.levelno for record in caplog.records if record.name.startswith("aiokafka")} >= {logging.INFO}


async def test_t14_what_was_told_to_be_quieter_stays_so(world, caplog):
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        set_up_logs()
        world.log()
        assert logging.getLogger("aiokafka").level == logging.WARNING
    finally:
        root.handlers, root.level = handlers, level
        logging.getLogger("aiokafka").setLevel(logging.INFO)


async def test_t16_groups_of_different_services_do_not_disturb_each_other(world):
    log = world.log()
    one = await owning(await log.subscribe("anonymiser", [world.transit]))
    generation = one._generation
    two = await owning(await log.subscribe("themer", [world.transit]))
    for _ in range(5):
        await one.poll(max_records=1, timeout=0.1)
    assert one._generation == generation
    assert len(two.assignment) == 4


async def test_t19_a_second_worker_shares_within_two_heartbeats_or_so(world):
    log = world.log()
    one = await owning(await log.subscribe(world.group, [world.transit]))
    two = await log.subscribe(world.group, [world.transit])
    await owning(two, 2)
    await owning(one, 2)
    assert one.assignment.isdisjoint(two.assignment)


async def test_cursors_never_go_back(world):
    log = world.log()
    await log.append([world.record("same", b"%d" % n) for n in range(20)])
    subscription = await log.subscribe(world.group, [world.transit])
    batch = await polled(subscription, 20)
    (place,) = batch.ends
    await subscription.commit(batch)
    await subscription.commit(replace(batch, ends={place: 5}))
    assert (await log.cursors(world.group, [world.transit]))[place] == 20


async def test_a_step_that_took_long_asks_whether_it_still_owns_before_it_appends(world):
    log = world.log()
    await log.append(world.records(10))
    subscription = await log.subscribe(world.group, [world.transit])
    batch = await polled(subscription, 10)
    # As a process does that was halted and has not heard of it yet: the broker knows another generation.
    subscription._consumer._coordinator.generation += 1
    subscription._polled -= 60
    with pytest.raises(Fenced):
        await subscription.commit(batch, [world.record("late", b"1", world.output)])
    assert await world.values(log, world.output) == {}
    again = await polled(subscription, 10)
    await subscription.commit(again, [world.record("good", b"1", world.output)])
    assert await world.values(log, world.output) == {1: 1}


async def test_sweep_markers_are_of_their_own_type_and_sweep(world):
    log = world.log()
    place = TopicPartition(world.transit, 2)
    offset, stamp = await log._sweeper.mark(place)
    (record,) = await log.read(place, offset, 1)
    assert record.is_marker
    assert record.attributes.type == SWEPT_TYPE
    assert stamp > 1_700_000_000_000
    assert (await log._sweeper.mark(place))[0] == offset + 1


async def test_a_large_record_is_taken_and_a_larger_one_is_not(world):
    log = world.log(compression="none")
    await log.append([world.record("large", bytes(LARGEST - 1000))])
    with pytest.raises(RecordTooLarge, match="smaller parts"):
        await log.append([world.record("beside", b"1"), world.record("larger", bytes(LARGEST))])
    assert len(await world.everything(log, world.transit)) in {1, 2}


async def test_what_was_taken_as_it_is_can_be_parked_with_what_is_said_about_it(world):
    log = world.log(compression="none")
    await log.append([world.record("large", bytes(LARGEST - 1000))])
    (record,) = await world.everything(log, world.transit)
    said = {f"dlq{number}": "x" * 200 for number in range(5)}
    parked = NewRecord(world.parked, record.key, with_(record.attributes, extensions=said), record.value)
    await log.append([parked])
    (found,) = await world.everything(log, world.parked)
    assert len(found.value) == LARGEST - 1000


@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip", "none"])
async def test_every_compression_comes_back_whole(world, compression):
    log = world.log(compression=compression)
    await log.append(world.records(500))
    assert await world.values(log, world.transit) == dict.fromkeys(range(500), 1)


async def test_a_batch_that_was_damaged_on_its_way_is_not_believed(world, monkeypatch):
    log = world.log(compression="none")
    await log.append([world.record("key", b"precious")])
    fetch = log.questions.fetch

    async def damaged(place, offset):
        found = await fetch(place, offset)
        return found._replace(data=found.data.replace(b"precious", b"previous"))

    monkeypatch.setattr(log.questions, "fetch", damaged)
    with pytest.raises(LogUnavailable, match="damaged"):
        await world.everything(log, world.transit)


async def test_questions_are_asked_again_while_their_error_passes(world, monkeypatch):
    log = world.log()
    await log.append([world.record("key", b"1")])
    send, failures = log.questions._send, iter([6, 16, 5])

    async def unwilling(node, request):
        answer = await send(node, request)
        code = next(failures, 0) if type(request).__name__ == "OffsetRequest" else 0
        if code:
            return SimpleNamespace(topics=[(f"{world.prefix}.{world.transit}", [(0, code, 0, 0)])])
        return answer

    monkeypatch.setattr(log.questions, "_send", unwilling)
    assert sum((await log.heads([world.transit])).values()) == 1
    assert next(failures, None) is None
