"""Bad input on a real broker: topics that are not as declared, strangers' messages, versions from the future."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import NewTopic
from kafka_broker import administrator
from prometheus_client import CollectorRegistry

from services.errors import TopicUnfit
from services.eventlog.cloudevents import new_record, payload_of
from services.eventlog.interface import Attributes, NewRecord, TopicPartition
from services.events import SealEnvelope, SessionSubmitted
from services.runner.worker import Pace, Worker
from services.telemetry.metrics import WorkerMetrics


async def test_a_missing_topic_is_named_and_nothing_is_appended(world):
    log = world.log()
    missing = "sv.session.held.v1"
    for ask in (
        lambda: log.append([world.record("key"), world.record("key", topic=missing)]),
        lambda: log.heads([missing]),
        lambda: log.read(TopicPartition(missing, 0), 0, 1),
        lambda: log.subscribe("reporter", [missing]),
        lambda: log.trim({TopicPartition(missing, 0): 1}),
    ):
        with pytest.raises(TopicUnfit, match="topics apply"):
            await ask()
    assert await world.everything(log, world.transit) == []


async def test_once_the_topic_is_made_it_goes_on_by_itself(world):
    log = world.log()
    missing = "sv.session.held.v1"
    record = world.record("key", topic=missing)
    with pytest.raises(TopicUnfit):
        await log.append([record])
    async with administrator(world.broker) as admin:
        await admin.create_topics([NewTopic(f"{world.prefix}.{missing}", 4, 1)])
    await log.append([record])
    assert len(await world.everything(log, missing)) == 1
    async with administrator(world.broker) as admin:
        await admin.delete_topics([f"{world.prefix}.{missing}"])


@pytest.mark.parametrize("partitions", [1, 3, 5])
async def test_another_number_of_partitions_is_refused_because_order_would_break(world, partitions):
    log = world.log()
    name = "sv.session.held.v1"
    async with administrator(world.broker) as admin:
        await admin.create_topics([NewTopic(f"{world.prefix}.{name}", partitions, 1)])
    with pytest.raises(TopicUnfit, match=f"{partitions} partitions on the broker, 4 are declared"):
        await log.append([world.record("key", topic=name)])
    async with administrator(world.broker) as admin:
        await admin.delete_topics([f"{world.prefix}.{name}"])


async def test_a_ping_sees_that_a_topic_in_use_was_taken_away(world):
    log = world.log()
    await log.append([world.record("key")])
    await log.ping()
    async with administrator(world.broker) as admin:
        await admin.delete_topics([f"{world.prefix}.{world.transit}"])

    async def look_again_and_again():
        while True:
            await log.ping()
            await asyncio.sleep(0.1)

    with pytest.raises(TopicUnfit):
        await asyncio.wait_for(look_again_and_again(), 20)


def session(name):
    """Return a bundle without contributions; what is sealed in it does not matter here."""
    envelope = SealEnvelope(suite="suite", key="key", bundle=name, wrap=b"")
    payload = SessionSubmitted(bundle=name, session="session", words=envelope, facts=envelope, contributions=())
    return new_record(payload, stage="intake", source_service="intake", revision=1)


class Reading:
    """A handler that reads what each record says."""

    def __init__(self):
        self.seen = []

    async def handle(self, records):
        for record in records:
            payload_of(record)
        self.seen += [record.key for record in records]
        return ()


async def read_by_a_worker(world, log):
    """Let a worker read all that there is; return its handler and the worker."""
    handler, stop = Reading(), asyncio.Event()
    worker = Worker(
        group=world.group,
        topics=[world.transit],
        handler=handler,
        log=log,
        metrics=WorkerMetrics("anonymiser", CollectorRegistry()),
        pace=Pace(wait=0.1),
    )
    running = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(30):
        while await world.lag(log):
            await asyncio.sleep(0.1)
    stop.set()
    await running
    return handler, worker


async def test_strangers_messages_and_unknown_versions_are_parked_and_the_rest_goes_on(world):
    log = world.log()
    good = [session(f"bundle-{number}") for number in range(3)]
    future = Attributes("id", "/survivor-voice/intake", "org.survivorvoice.session.submitted.v9", "bundle-9")
    stranger = AIOKafkaProducer(bootstrap_servers=world.broker.bootstrap)
    await stranger.start()
    topic = f"{world.prefix}.{world.transit}"
    await log.append(good[:1])
    await stranger.send_and_wait(topic, b"not even JSON", key=b"\xff\x00", partition=1)
    await stranger.send_and_wait(topic, b'{"bundle":"x"}', headers=[("ce_id", b"1")], partition=2)
    await stranger.send_and_wait(topic, None, key=b"bundle-7", partition=3)
    await stranger.stop()
    await log.append([NewRecord(world.transit, "bundle-9", future, b"{}"), *good[1:]])
    handler, worker = await read_by_a_worker(world, log)
    assert sorted(handler.seen) == ["bundle-0", "bundle-1", "bundle-2"]
    assert worker.stopped is None
    parked = await world.everything(log, world.parked)
    assert sorted(bytes(record.value or b"") for record in parked) == sorted(
        [b"not even JSON", b'{"bundle":"x"}', b"", b"{}"]
    )
    assert {record.attributes.extensions["dlqreason"] for record in parked} == {"ContractBroken"}
    assert {record.attributes.extensions["dlqtopic"] for record in parked} == {world.transit}


LARGE = 5_000_000
TOO_LARGE = {
    "value": {"value": bytes(LARGE)},
    "key": {"key": b"k" * LARGE, "value": b"x"},
    "key that is no text": {"key": b"\xff" * 500_000, "value": b"x"},
    "header": {"value": b"x", "headers": [("a", bytes(LARGE))]},
    "one of our kind": {
        "value": b"{}",
        "headers": [
            ("ce_specversion", b"1.0"),
            ("ce_id", b"1"),
            ("ce_source", b"x"),
            ("ce_type", b"y"),
            ("ce_subject", b"z"),
            ("ce_more", b"a" * LARGE),
        ],
    },
}


@pytest.mark.parametrize("message", TOO_LARGE.values(), ids=TOO_LARGE.keys())
async def test_a_strangers_message_that_no_dead_letter_could_take_is_parked_without_what_it_said(world, message):
    log = world.log()
    stranger = AIOKafkaProducer(
        bootstrap_servers=world.broker.bootstrap, compression_type="gzip", max_request_size=2 * LARGE
    )
    await stranger.start()
    await stranger.send_and_wait(f"{world.prefix}.{world.transit}", partition=0, **message)
    await stranger.stop()
    await log.append([session("bundle-1")])
    handler, _ = await read_by_a_worker(world, log)
    assert handler.seen == ["bundle-1"]
    (parked,) = await world.everything(log, world.parked)
    assert parked.attributes.extensions["dlqreason"] == "ContractBroken"
    assert (parked.attributes.extensions["dlqpartition"], parked.attributes.extensions["dlqoffset"]) == ("0", "0")
    assert len(parked.value or b"") < LARGE


async def test_a_stranger_may_read_what_we_write_by_its_headers(world):
    log = world.log()
    record = world.record("key", b'{"a":1}')
    await log.append([record])
    (found,) = await world.everything(log, world.transit)
    consumer = AIOKafkaConsumer(
        f"{world.prefix}.{world.transit}", bootstrap_servers=world.broker.bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    message = await consumer.getone()
    await consumer.stop()
    headers = dict(message.headers)
    assert message.key == b"key"
    assert message.value == b'{"a":1}'
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_id"] == record.attributes.id.encode()
    assert headers["ce_type"] == b"org.survivorvoice.session.submitted.v1"
    assert headers["content-type"] == b"application/json"
    assert found.offset == message.offset
    assert message.timestamp_type == 1, "transit topics go by the broker's time"
