"""The log's contract: what is appended is there, in order, with its bounds."""

import asyncio
from collections import defaultdict

import pytest

from services.contracts import CONTRACTS, encode
from services.errors import LogUnavailable, UnknownTopic
from services.eventlog.cloudevents import marker_record
from services.eventlog.interface import Attributes, NewRecord, TopicPartition
from services.events import EpochClosed, LogSwept


def by_key(records):
    """Return the values by key, in the order in which they lie."""
    values = defaultdict(list)
    for record in records:
        values[record.key].append(record.value)
    return values


async def test_a_new_log_is_empty_everywhere(bench):
    topics = [bench.transit, bench.kept]
    assert set((await bench.log.heads(topics)).values()) == {0}
    assert set((await bench.log.starts(topics)).values()) == {0}
    assert set((await bench.log.cursors(bench.group, topics)).values()) == {0}
    assert await bench.everything(bench.transit) == []


async def test_heads_starts_and_cursors_name_every_partition(bench):
    expected = {TopicPartition(bench.transit, number) for number in range(4)}
    assert set(await bench.log.heads([bench.transit])) == expected
    assert set(await bench.log.starts([bench.transit])) == expected
    assert set(await bench.log.cursors("nobody", [bench.transit])) == expected


async def test_what_is_appended_is_read_back_as_it_was(bench):
    attributes = Attributes(
        id="0123456789abcdef0123456789abcdef",
        source="/survivor-voice/intake",
        type="org.survivorvoice.session.submitted.v1",
        subject="bundle-1",
        time="2026-03-01T00:00:00Z",
        dataschema="events/session.submitted.v1.json",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        extensions={"epoch": "anonymiser-words-2026-03", "dlqattempts": "3"},
    )
    await bench.log.append([NewRecord(bench.transit, "bundle-1", attributes, b'{"bundle":"bundle-1"}')])
    (record,) = await bench.everything(bench.transit)
    assert record.attributes == attributes
    assert (record.topic, record.key, record.value) == (bench.transit, "bundle-1", b'{"bundle":"bundle-1"}')
    assert record.offset == 0
    assert not record.is_marker


async def test_attributes_that_are_absent_stay_absent(bench):
    attributes = Attributes(id="plain", source="elsewhere", type="some.other.type", subject="another")
    await bench.log.append([NewRecord(bench.transit, "key", attributes, b"1")])
    (record,) = await bench.everything(bench.transit)
    assert record.attributes == attributes


async def test_records_of_a_key_lie_in_one_partition_in_the_order_given(bench):
    records = bench.records(200)
    await bench.log.append(records[:120])
    await bench.log.append(records[120:])
    lying = await bench.everything(bench.transit)
    assert by_key(lying) == by_key(records)
    partitions = defaultdict(set)
    for record in lying:
        partitions[record.key].add(record.partition)
    assert {len(found) for found in partitions.values()} == {1}


async def test_several_keys_use_several_partitions(bench):
    await bench.log.append(bench.records(100, keys=50))
    heads = await bench.log.heads([bench.transit])
    assert sum(heads.values()) == 100
    assert all(heads.values())


async def test_offsets_of_a_partition_have_no_gaps(bench):
    await bench.log.append(bench.records(100))
    for place, head in (await bench.log.heads([bench.transit])).items():
        assert [record.offset for record in await bench.log.read(place, 0, 1000)] == list(range(head))


async def test_reading_begins_where_it_is_told_and_ends_at_the_limit(bench):
    await bench.log.append([bench.record("same", b"%d" % number) for number in range(20)])
    (place,) = [place for place, head in (await bench.log.heads([bench.transit])).items() if head]
    assert [record.offset for record in await bench.log.read(place, 5, 3)] == [5, 6, 7]
    assert [record.offset for record in await bench.log.read(place, 18, 10)] == [18, 19]
    assert await bench.log.read(place, 20, 10) == []


async def test_concurrent_writers_each_keep_their_order(bench):
    async def write(writer):
        for number in range(25):
            await bench.log.append([bench.record(f"writer-{writer}", b"%d" % number)])

    await asyncio.gather(*(write(writer) for writer in range(16)))
    values = by_key(await bench.everything(bench.transit))
    assert len(values) == 16
    assert all(found == [b"%d" % number for number in range(25)] for found in values.values())


async def test_one_append_may_fill_several_topics(bench):
    await bench.log.append([bench.record("a"), bench.record("b", topic=bench.output), bench.record("c")])
    assert len(await bench.everything(bench.transit)) == 2
    assert len(await bench.everything(bench.output)) == 1


async def test_appending_nothing_is_allowed(bench):
    await bench.log.append([])
    assert await bench.everything(bench.transit) == []


async def test_ten_thousand_records_come_back_complete(bench):
    records = bench.records(10_000, keys=100)
    for start in range(0, 10_000, 1000):
        await bench.log.append(records[start : start + 1000])
    lying = await bench.everything(bench.transit)
    assert len(lying) == 10_000
    assert by_key(lying) == by_key(records)


async def test_a_large_value_comes_back_whole(bench):
    value = bytes(range(256)) * 2048
    await bench.log.append([bench.record("large", value)])
    (record,) = await bench.everything(bench.transit)
    assert record.value == value


async def test_a_tombstone_and_an_empty_value_are_two_things(bench):
    await bench.log.append([bench.record("gone", None, bench.compacted), bench.record("empty", b"", bench.compacted)])
    values = {record.key: record.value for record in await bench.everything(bench.compacted)}
    assert values == {"gone": None, "empty": b""}


@pytest.mark.parametrize("marker", [LogSwept(sweep="sweep-1"), EpochClosed(key="key-1", sealer="intake")])
async def test_a_marker_lies_in_the_partition_that_it_names(bench, marker):
    await bench.log.append(
        [marker_record(marker, bench.transit, number, source_service="intake") for number in range(4)]
    )
    lying = await bench.everything(bench.transit, swept=True)
    assert [record.partition for record in lying] == [0, 1, 2, 3]
    assert all(record.is_marker for record in lying)
    assert {record.value for record in lying} == {encode(marker)}
    assert {record.attributes.type for record in lying} == {CONTRACTS[type(marker)].type}


@pytest.mark.parametrize("topic", ["sv.unheard.of.v1", "", "sv.consent.changed.v1.dlq.themer"])
async def test_an_undeclared_topic_is_refused_and_nothing_is_appended(bench, topic):
    with pytest.raises(UnknownTopic):
        await bench.log.append([bench.record("good"), bench.record("bad", topic=topic)])
    assert await bench.everything(bench.transit) == []
    for asked in (bench.log.heads, bench.log.starts):
        with pytest.raises(UnknownTopic):
            await asked([topic])
    with pytest.raises(UnknownTopic):
        await bench.log.cursors(bench.group, [topic])
    with pytest.raises(UnknownTopic):
        await bench.log.read(TopicPartition(topic, 0), 0, 1)
    with pytest.raises(UnknownTopic):
        await bench.log.subscribe(bench.group, [topic])
    with pytest.raises(UnknownTopic):
        await bench.log.compact(topic)
    with pytest.raises(UnknownTopic):
        await bench.log.expire(topic, "2026-01-01")


async def test_a_partition_that_does_not_exist_is_refused(bench):
    record = bench.record("key")
    with pytest.raises(UnknownTopic):
        await bench.log.append([NewRecord(record.topic, record.key, record.attributes, record.value, partition=4)])


async def test_dead_letters_of_a_declared_reader_have_a_topic(bench):
    topic = f"{bench.transit}.dlq.anonymiser"
    await bench.log.append([bench.record("key", b"sealed", topic)])
    (record,) = await bench.everything(topic)
    assert (record.partition, record.value) == (0, b"sealed")


async def test_a_log_that_works_answers_a_ping(bench):
    await bench.log.ping()
    assert await bench.everything(bench.transit) == []


async def test_a_closed_log_takes_and_gives_nothing(bench):
    subscription = await bench.log.subscribe(bench.group, [bench.transit])
    await bench.log.close()
    with pytest.raises(LogUnavailable):
        await bench.log.append([bench.record("late")])
    with pytest.raises(LogUnavailable):
        await bench.log.heads([bench.transit])
    with pytest.raises(LogUnavailable):
        await bench.log.ping()
    with pytest.raises(LogUnavailable):
        await subscription.poll(max_records=1, timeout=0)


async def test_closing_twice_is_harmless(bench):
    await bench.log.close()
    await bench.log.close()
