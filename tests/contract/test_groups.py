"""The log's contract: groups, cursors, sharing out, and fencing."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from msgspec import structs

from services.errors import Fenced, LogUnavailable, UnknownTopic
from services.eventlog.cloudevents import marker_record
from services.eventlog.interface import Batch
from services.events import LogSwept


async def test_a_group_without_a_cursor_stands_at_the_start(bench):
    await bench.log.append(bench.records(30))
    subscription = await bench.alone()
    found = await bench.drain(subscription, 30, commit=False)
    assert sorted(int(record.value) for record in found) == list(range(30))


async def test_a_batch_is_contiguous_in_each_partition_and_names_its_ends(bench):
    await bench.log.append(bench.records(200))
    subscription = await bench.alone()
    expected = dict.fromkeys(await bench.log.heads([bench.transit]), 0)
    seen = 0
    while seen < 200:
        batch = await subscription.poll(max_records=37, timeout=1)
        assert 0 < len(batch.records) <= 37
        for record in batch.records:
            assert record.offset == expected[record.place]
            expected[record.place] += 1
        assert batch.ends == {place: expected[place] for place in {record.place for record in batch.records}}
        seen += len(batch.records)
    assert expected == await bench.log.heads([bench.transit])


async def test_each_poll_goes_on_behind_the_last_one_committed_or_not(bench):
    await bench.log.append(bench.records(40))
    subscription = await bench.alone()
    found = await bench.drain(subscription, 40, commit=False)
    assert len({(record.place, record.offset) for record in found}) == 40
    assert (await subscription.poll(max_records=10, timeout=0.05)).records == ()


async def test_a_commit_moves_the_cursors_behind_the_batch(bench):
    await bench.log.append(bench.records(40))
    subscription = await bench.alone()
    batch = await subscription.poll(max_records=15, timeout=1)
    await subscription.commit(batch)
    cursors = await bench.log.cursors(bench.group, [bench.transit])
    assert {place: cursor for place, cursor in cursors.items() if cursor} == dict(batch.ends)


async def test_part_of_a_batch_can_be_committed_and_then_the_rest(bench):
    await bench.log.append([bench.record("same", b"%d" % number) for number in range(10)])
    subscription = await bench.alone()
    batch = await subscription.poll(max_records=10, timeout=1)
    (place,) = batch.ends
    await subscription.commit(Batch(batch.records[:4], {place: 4}))
    assert (await bench.log.cursors(bench.group, [bench.transit]))[place] == 4
    await subscription.commit(replace(batch, records=batch.records[4:]))
    assert (await bench.log.cursors(bench.group, [bench.transit]))[place] == 10


async def test_outputs_and_the_cursor_appear_with_a_commit(bench):
    await bench.log.append(bench.records(10))
    subscription = await bench.alone()
    batch = await subscription.poll(max_records=10, timeout=1)
    outputs = [bench.record(record.key, record.value, bench.output) for record in batch.records]
    await subscription.commit(batch, outputs)
    lying = await bench.everything(bench.output)
    assert Counter(record.value for record in lying) == Counter(record.value for record in outputs)
    assert sum((await bench.log.cursors(bench.group, [bench.transit])).values()) == len(batch.records)


async def test_a_commit_whose_output_is_refused_moves_nothing(bench):
    await bench.log.append(bench.records(10))
    subscription = await bench.alone()
    batch = await subscription.poll(max_records=10, timeout=1)
    with pytest.raises(UnknownTopic):
        await subscription.commit(batch, [bench.record("good", topic=bench.output), bench.record("bad", topic="sv.no")])
    assert await bench.everything(bench.output) == []
    assert set((await bench.log.cursors(bench.group, [bench.transit])).values()) == {0}


async def test_an_empty_batch_may_carry_outputs(bench):
    subscription = await bench.alone()
    await subscription.commit(Batch((), {}), [bench.record("out", topic=bench.output)])
    assert len(await bench.everything(bench.output)) == 1


async def test_after_a_rewind_what_was_not_committed_comes_again(bench):
    await bench.log.append(bench.records(30))
    subscription = await bench.alone()
    first = await subscription.poll(max_records=10, timeout=1)
    await subscription.commit(first)
    second = await bench.drain(subscription, 20, commit=False)
    await subscription.rewind()
    assert subscription.assignment == set(await bench.log.heads([bench.transit]))
    again = await bench.drain(subscription, 20, commit=False)
    assert sorted(record.value for record in again) == sorted(record.value for record in second)


async def test_what_was_polled_before_a_rewind_cannot_be_committed_after_it(bench):
    await bench.log.append(bench.records(10))
    subscription = await bench.alone()
    batch = await subscription.poll(max_records=10, timeout=1)
    await subscription.rewind()
    with pytest.raises(Fenced):
        await subscription.commit(batch, [bench.record("out", topic=bench.output)])
    assert await bench.everything(bench.output) == []


async def test_an_empty_poll_ends_when_its_time_is_up(bench):
    subscription = await bench.alone()
    batch = await subscription.poll(max_records=10, timeout=0.05)
    assert (batch.records, dict(batch.ends)) == ((), {})


async def test_a_waiting_poll_wakes_for_a_new_record(bench):
    subscription = await bench.alone()
    waiting = asyncio.create_task(subscription.poll(max_records=10, timeout=60))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await bench.log.append([bench.record("news", b"1")])
    batch = await asyncio.wait_for(waiting, 30)
    assert [record.value for record in batch.records] == [b"1"]


async def test_a_worker_reads_several_topics(bench):
    await bench.log.append([*bench.records(10), *bench.records(10, bench.output)])
    subscription = await bench.alone((bench.transit, bench.output))
    found = await bench.drain(subscription, 20)
    assert Counter(record.topic for record in found) == {bench.transit: 10, bench.output: 10}


async def test_no_partition_starves_behind_a_full_one(bench):
    await bench.log.append([bench.record("busy", b"%d" % number) for number in range(500)])
    heads = await bench.log.heads([bench.transit])
    (busy,) = [place for place, head in heads.items() if head]
    subscription = await bench.alone()
    await bench.log.append([structs.replace(bench.record("any", b"quiet"), partition=(busy.partition + 1) % 4)])
    met = []
    for _ in range(8):
        met += [record.value for record in (await subscription.poll(max_records=20, timeout=1)).records]
    assert b"quiet" in met


async def test_markers_are_delivered_and_counted_by_cursors(bench):
    markers = [
        marker_record(LogSwept(sweep="s"), bench.transit, number, source_service="intake") for number in range(4)
    ]
    await bench.log.append([*bench.records(5), *markers])
    subscription = await bench.alone()
    found = await bench.drain(subscription, 9)
    assert sum(record.is_marker for record in found) == 4
    heads = await bench.log.heads([bench.transit])
    assert await bench.log.cursors(bench.group, [bench.transit]) == heads


async def test_groups_do_not_share_cursors(bench):
    await bench.log.append(bench.records(10))
    one = await bench.alone(group="anonymiser")
    await bench.drain(one, 10)
    other = await bench.alone(group="themer")
    assert len(await bench.drain(other, 10)) == 10


async def test_a_cursor_outlives_its_worker(bench):
    await bench.log.append(bench.records(20))
    first = await bench.alone()
    batch = await first.poll(max_records=8, timeout=1)
    await first.commit(batch)
    await first.close()
    second = await bench.alone()
    found = await bench.drain(second, 12)
    taken = {(record.place, record.offset) for record in batch.records}
    assert taken.isdisjoint((record.place, record.offset) for record in found)
    assert len(found) == 12


async def test_two_workers_share_the_partitions_out(bench):
    one = await bench.alone()
    two = await bench.log.subscribe(bench.group, [bench.transit])
    every = set(await bench.log.heads([bench.transit]))
    await bench.settle(lambda: len(one.assignment) == len(two.assignment) == 2, one, two)
    assert one.assignment | two.assignment == every
    await bench.log.append(bench.records(100, keys=40))
    found = [*await collect(bench, one), *await collect(bench, two)]
    assert Counter(record.value for record in found) == Counter(b"%d" % number for number in range(100))


async def collect(bench, subscription):
    """Poll and commit until everything that this worker owns is worked off."""
    found = []
    async with asyncio.timeout(30):
        while True:
            batch = await subscription.poll(max_records=50, timeout=0.2)
            await subscription.commit(batch)
            found += batch.records
            heads = await bench.log.heads([bench.transit])
            cursors = await bench.log.cursors(bench.group, [bench.transit])
            if subscription.assignment and all(cursors[place] == heads[place] for place in subscription.assignment):
                return found


async def test_workers_that_read_different_topics_get_their_own(bench):
    one = await bench.log.subscribe(bench.group, [bench.transit])
    two = await bench.log.subscribe(bench.group, [bench.output])
    await bench.settle(lambda: len(one.assignment) == len(two.assignment) == 4, one, two)
    assert {place.topic for place in one.assignment} == {bench.transit}
    assert {place.topic for place in two.assignment} == {bench.output}


async def test_a_worker_that_leaves_hands_over_at_once(bench):
    one = await bench.alone()
    two = await bench.log.subscribe(bench.group, [bench.transit])
    await bench.settle(lambda: len(two.assignment) == 2, one, two)
    await one.close()
    await bench.settle(lambda: len(two.assignment) == 4, two)
    await bench.log.append(bench.records(20))
    assert len(await bench.drain(two, 20)) == 20


async def test_more_workers_than_partitions_leave_some_idle(bench):
    workers = [await bench.log.subscribe(bench.group, [bench.transit]) for _ in range(5)]
    every = set(await bench.log.heads([bench.transit]))
    await bench.settle(lambda: sorted(len(worker.assignment) for worker in workers) == [0, 1, 1, 1, 1], *workers)
    assert set().union(*(worker.assignment for worker in workers)) == every


async def test_a_worker_that_lost_a_partition_is_fenced_and_nothing_moves(bench):
    await bench.log.append(bench.records(100, keys=40))
    one = await bench.alone()
    batch = await one.poll(max_records=100, timeout=1)
    assert len(batch.ends) == 4
    two = await bench.log.subscribe(bench.group, [bench.transit])
    await bench.settle(lambda: len(two.assignment) == 2, two)
    outputs = [bench.record(record.key, record.value, bench.output) for record in batch.records]
    with pytest.raises(Fenced):
        await one.commit(batch, outputs)
    assert await bench.everything(bench.output) == []
    assert set((await bench.log.cursors(bench.group, [bench.transit])).values()) == {0}


async def test_after_being_fenced_nothing_is_lost(bench):
    await bench.log.append(bench.records(100, keys=40))
    one = await bench.alone()
    batch = await one.poll(max_records=100, timeout=1)
    two = await bench.log.subscribe(bench.group, [bench.transit])
    await bench.settle(lambda: len(two.assignment) == 2, two)
    with pytest.raises(Fenced):
        await one.commit(batch)
    found = [*await collect(bench, one), *await collect(bench, two)]
    assert Counter(record.value for record in found) == Counter(b"%d" % number for number in range(100))


async def test_a_zombie_cannot_commit_over_its_successor(bench):
    await bench.log.append(bench.records(40))
    zombie = await bench.alone()
    stale = await zombie.poll(max_records=40, timeout=1)
    successor = await bench.log.subscribe(bench.group, [bench.transit])
    await bench.settle(lambda: len(successor.assignment) == 2, successor)
    answered = await successor.poll(max_records=40, timeout=1)
    outputs = [bench.record(record.key, record.value, bench.output) for record in answered.records]
    await successor.commit(answered, outputs)
    with pytest.raises(Fenced):
        await zombie.commit(stale, [bench.record(record.key, record.value, bench.output) for record in stale.records])
    lying = await bench.everything(bench.output)
    assert Counter(record.value for record in lying) == Counter(record.value for record in outputs)
    cursors = await bench.log.cursors(bench.group, [bench.transit])
    assert {place: cursor for place, cursor in cursors.items() if cursor} == dict(answered.ends)


async def test_a_partition_lost_and_won_back_does_not_revive_an_old_batch(bench):
    await bench.log.append(bench.records(40))
    one = await bench.alone()
    stale = await one.poll(max_records=40, timeout=1)
    two = await bench.log.subscribe(bench.group, [bench.transit])
    await bench.settle(lambda: len(two.assignment) == 2, one, two)
    await bench.drain(two, 1)
    await two.close()
    await bench.settle(lambda: len(one.assignment) == 4, one)
    with pytest.raises(Fenced):
        await one.commit(stale, [bench.record("out", topic=bench.output)])
    assert await bench.everything(bench.output) == []


async def test_a_worker_that_left_can_neither_poll_nor_commit(bench):
    await bench.log.append(bench.records(10))
    subscription = await bench.alone()
    batch = await subscription.poll(max_records=10, timeout=1)
    await subscription.close()
    assert subscription.assignment == frozenset()
    with pytest.raises(LogUnavailable):
        await subscription.poll(max_records=1, timeout=0)
    with pytest.raises(Fenced):
        await subscription.commit(batch)


async def test_leaving_twice_is_harmless(bench):
    subscription = await bench.alone()
    await subscription.close()
    await subscription.close()
    assert subscription.assignment == frozenset()
