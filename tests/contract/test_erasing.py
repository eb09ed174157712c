"""The log's contract: trimming, compaction and expiry; bounds that never go back."""

import pytest

from services.errors import UnknownTopic
from services.eventlog.interface import TopicPartition


async def place_with_records(bench, topic, key="same"):
    """Return the partition that a key lies in."""
    (found,) = {record.place for record in await bench.everything(topic) if record.key == key}
    return found


async def test_trimmed_records_are_gone_and_the_rest_stays(bench):
    await bench.log.append([bench.record("same", b"%d" % number) for number in range(10)])
    place = await place_with_records(bench, bench.transit)
    await bench.log.trim({place: 6})
    assert [record.offset for record in await bench.log.read(place, 0, 100)] == [6, 7, 8, 9]
    assert (await bench.log.starts([bench.transit]))[place] == 6
    assert (await bench.log.heads([bench.transit]))[place] == 10


async def test_when_all_is_trimmed_the_start_is_the_head_and_the_head_goes_on(bench):
    await bench.log.append([bench.record("same", b"%d" % number) for number in range(10)])
    place = await place_with_records(bench, bench.transit)
    await bench.log.trim(await bench.log.heads([bench.transit]))
    assert await bench.everything(bench.transit) == []
    assert await bench.log.starts([bench.transit]) == await bench.log.heads([bench.transit])
    await bench.log.append([bench.record("same", b"next")])
    (record,) = await bench.log.read(place, 0, 10)
    assert (record.offset, record.value) == (10, b"next")


async def test_trimming_leaves_other_partitions_and_topics_alone(bench):
    await bench.log.append([*bench.records(40, keys=20), *bench.records(40, bench.output, keys=20)])
    heads = await bench.log.heads([bench.transit])
    chosen = TopicPartition(bench.transit, 1)
    await bench.log.trim({chosen: heads[chosen]})
    left = await bench.everything(bench.transit)
    assert len(left) == 40 - heads[chosen]
    assert all(record.partition != 1 for record in left)
    assert len(await bench.everything(bench.output)) == 40


async def test_trimming_further_back_than_before_changes_nothing(bench):
    await bench.log.append([bench.record("same", b"%d" % number) for number in range(10)])
    place = await place_with_records(bench, bench.transit)
    await bench.log.trim({place: 6})
    await bench.log.trim({place: 2})
    await bench.log.trim({place: 0})
    assert (await bench.log.starts([bench.transit]))[place] == 6


async def test_an_end_beyond_the_head_means_the_head(bench):
    await bench.log.append([bench.record("same", b"%d" % number) for number in range(3)])
    place = await place_with_records(bench, bench.transit)
    await bench.log.trim({place: 1000})
    assert (await bench.log.starts([bench.transit]))[place] == 3
    await bench.log.append([bench.record("same", b"next")])
    assert [record.offset for record in await bench.log.read(place, 0, 10)] == [3]


async def test_trimming_an_undeclared_topic_is_refused(bench):
    with pytest.raises(UnknownTopic):
        await bench.log.trim({TopicPartition("sv.unheard.of.v1", 0): 1})


async def test_trimming_physically_returns_with_everything_gone(bench):
    await bench.log.append(bench.records(50))
    await bench.log.trim(await bench.log.heads([bench.transit]), physically=True)
    assert await bench.everything(bench.transit) == []
    await bench.log.trim({}, physically=True)
    await bench.log.append(bench.records(5))
    assert len(await bench.everything(bench.transit)) == 5


async def test_a_worker_passes_over_what_was_trimmed_before_it_came(bench):
    await bench.log.append([bench.record("same", b"%d" % number) for number in range(10)])
    place = await place_with_records(bench, bench.transit)
    await bench.log.trim({place: 7})
    subscription = await bench.alone()
    found = await bench.drain(subscription, 3)
    assert [record.value for record in found] == [b"7", b"8", b"9"]
    assert (await bench.log.cursors(bench.group, [bench.transit]))[place] == 10


async def test_a_cursor_may_stand_before_the_start(bench):
    await bench.log.append([bench.record("same", b"%d" % number) for number in range(10)])
    place = await place_with_records(bench, bench.transit)
    await bench.log.trim({place: 7})
    assert (await bench.log.cursors(bench.group, [bench.transit]))[place] == 0


async def test_compaction_keeps_the_newest_record_of_each_key(bench):
    for number in range(5):
        await bench.log.append([bench.record(key, b"%d" % number, bench.compacted) for key in ("a", "b", "c")])
    await bench.log.append([bench.record("a", b"last", bench.compacted)])
    await bench.log.compact(bench.compacted)
    left = {record.key: record.value for record in await bench.everything(bench.compacted)}
    assert left == {"a": b"last", "b": b"4", "c": b"4"}
    assert len(await bench.everything(bench.compacted)) == 3


async def test_compaction_keeps_offsets_and_bounds(bench):
    await bench.log.append([bench.record("same", b"%d" % number, bench.compacted) for number in range(5)])
    before = await bench.log.heads([bench.compacted])
    place = await place_with_records(bench, bench.compacted)
    await bench.log.compact(bench.compacted)
    after = await bench.log.heads([bench.compacted])
    assert all(after[each] >= head for each, head in before.items())
    assert {each for each, head in after.items() if head} == {each for each, head in before.items() if head}
    (record, *markers) = await bench.log.read(place, 0, 10)
    assert (record.offset, record.value) == (4, b"4")
    assert all(marker.is_marker for marker in markers)


async def test_compaction_drops_what_lies_before_a_tombstone_and_keeps_the_tombstone(bench):
    values = [b"1", None, b"2", None]
    await bench.log.append([bench.record("same", value, bench.compacted) for value in values])
    await bench.log.compact(bench.compacted)
    (record,) = await bench.everything(bench.compacted)
    assert (record.offset, record.value) == (3, None)


async def test_compacting_twice_or_nothing_is_harmless(bench):
    await bench.log.compact(bench.compacted)
    await bench.log.append(bench.records(10, bench.compacted, keys=10))
    await bench.log.compact(bench.compacted)
    await bench.log.compact(bench.compacted)
    assert len(await bench.everything(bench.compacted)) == 10


async def test_a_worker_reads_past_what_was_compacted(bench):
    await bench.log.append([bench.record("same", b"%d" % number, bench.compacted) for number in range(20)])
    await bench.log.compact(bench.compacted)
    subscription = await bench.alone((bench.compacted,), "themer")
    heads = await bench.log.heads([bench.compacted])
    found = []
    while await bench.log.cursors("themer", [bench.compacted]) != heads:
        found += await bench.drain(subscription, 1)
    assert [record.value for record in found if not record.is_marker] == [b"19"]


async def test_expiry_erases_from_the_front_what_is_older_than_a_day(bench):
    days = ["2025-01-30", "2025-01-31", "2025-02-01", "2025-02-02"]
    await bench.log.append([bench.record("same", day.encode(), bench.kept, time=f"{day}T00:00:00Z") for day in days])
    await bench.log.expire(bench.kept, "2025-02-01")
    assert [record.value for record in await bench.everything(bench.kept)] == [b"2025-02-01", b"2025-02-02"]


async def test_expiry_takes_a_month_too(bench):
    days = ["2024-12-31", "2025-01-01", "2025-02-01"]
    await bench.log.append([bench.record("same", day.encode(), bench.kept, time=f"{day}T00:00:00Z") for day in days])
    await bench.log.expire(bench.kept, "2025-01")
    assert [record.value for record in await bench.everything(bench.kept)] == [b"2025-01-01", b"2025-02-01"]


async def test_expiry_stops_at_the_first_record_that_is_not_old(bench):
    days = ["2024-01-01", "2026-01-01", "2024-01-02"]
    await bench.log.append([bench.record("same", day.encode(), bench.kept, time=f"{day}T00:00:00Z") for day in days])
    await bench.log.expire(bench.kept, "2025-01-01")
    assert [record.value for record in await bench.everything(bench.kept)] == [b"2026-01-01", b"2024-01-02"]


async def test_a_record_without_a_time_goes_only_with_an_older_one_behind_it(bench):
    times = [None, "2024-01-01T00:00:00Z", None, "2026-01-01T00:00:00Z"]
    await bench.log.append([bench.record("same", b"%d" % n, bench.kept, time=time) for n, time in enumerate(times)])
    await bench.log.expire(bench.kept, "2025-01-01")
    assert [record.value for record in await bench.everything(bench.kept)] == [b"2", b"3"]


async def test_expiry_reaches_every_partition_and_many_records(bench):
    old = [bench.record(f"key-{n % 50}", b"old", bench.kept, time="2024-01-01T00:00:00Z") for n in range(1500)]
    new = [bench.record(f"key-{n}", b"new", bench.kept, time="2026-01-01T00:00:00Z") for n in range(50)]
    await bench.log.append([*old, *new])
    await bench.log.expire(bench.kept, "2025-01-01")
    left = await bench.everything(bench.kept)
    assert {record.value for record in left} == {b"new"}
    assert len(left) == 50
