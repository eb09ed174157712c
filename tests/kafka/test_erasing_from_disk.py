"""Erased bytes leave the broker's disk: its folder is searched for them, and how long it took is printed.

Topics of these tests roll a segment every 0.2 seconds where a real one takes an hour, and the broker looks for segments
to delete every second where a real one takes five minutes.
"""

import asyncio
import time

import pytest
from kafka_broker import BRISK

from services.errors import AccessDenied, StillOnDisk
from services.eventlog.interface import TopicPartition

GENEROUS = 120.0


@pytest.fixture
async def searched(world):
    if world.broker.folder is None:
        pytest.skip("the broker's folder is not known: set KAFKA_FOLDER beside KAFKA_BOOTSTRAP")
    return world


async def gone_after(world, marker, began):
    """Return the seconds until no byte of a marker was left in the broker's folder."""
    while world.broker.holds(marker):
        assert time.monotonic() - began < GENEROUS, "the bytes are still on the broker's disk"
        await asyncio.sleep(0.1)
    return time.monotonic() - began


async def erased(log, ends):
    """Erase physically, trying again as the erasure does; return the seconds until it was said to be done."""
    began = time.monotonic()
    while True:
        try:
            await log.trim(ends, physically=True)
        except StillOnDisk:
            assert time.monotonic() - began < GENEROUS, "it was never said to be done"
            await asyncio.sleep(0.1)
        else:
            return time.monotonic() - began


async def test_on_a_quiet_topic_the_bytes_go_though_nothing_more_is_written(searched):
    log = searched.log(compression="none")
    marker = f"quiet-{searched.prefix}".encode()
    await log.append([searched.record(f"key-{n}", marker) for n in range(20)])
    assert searched.broker.holds(marker) == 20
    seconds = await erased(log, await log.heads([searched.transit]))
    assert searched.broker.holds(marker) == 0
    print(f"\nquiet topic: said to be gone, and gone, after {seconds:.1f} s (segments of 0.2 s, looked for every 1 s)")


async def test_without_sweeping_a_quiet_topic_keeps_its_bytes(searched):
    log = searched.log(compression="none")
    marker = f"kept-{searched.prefix}".encode()
    await log.append([searched.record("key", marker)])
    await log.trim(await log.heads([searched.transit]))
    assert await searched.everything(log, searched.transit) == []
    await asyncio.sleep(4)
    assert searched.broker.holds(marker) == 1


async def test_in_the_background_a_quiet_topic_lets_go_of_its_last_bytes(searched):
    log = searched.log(compression="none", pace={"sweep_every": 0.3})
    marker = f"background-{searched.prefix}".encode()
    await log.append([searched.record("key", marker)])
    began = time.monotonic()
    await log.trim(await log.heads([searched.transit]))
    seconds = await gone_after(searched, marker, began)
    print(f"\nquiet topic in the background: gone after {seconds:.1f} s (a round every 0.3 s)")
    await asyncio.sleep(1.5)
    heads = await log.heads([searched.transit])
    await asyncio.sleep(1.5)
    assert await log.heads([searched.transit]) == heads, "markers must not be swept for ever"


async def test_on_a_busy_topic_the_bytes_go_once_the_reader_has_passed(searched):
    log = searched.log(compression="none")
    marker = f"busy-{searched.prefix}".encode()
    subscription = await log.subscribe(searched.group, [searched.transit])
    stop = asyncio.Event()
    written, seen = set(), []

    async def write():
        while not stop.is_set():
            await log.append(searched.records(20, start=len(written)))
            written.update(range(len(written), len(written) + 20))
            await asyncio.sleep(0.02)

    async def read():
        while not stop.is_set() or await searched.lag(log):
            batch = await subscription.poll(max_records=200, timeout=0.2)
            seen.extend(record.value for record in batch.records if not record.is_marker)
            if batch.ends:
                await subscription.commit(batch)

    busy = [asyncio.create_task(write()), asyncio.create_task(read())]
    await asyncio.sleep(0.5)
    await log.append([searched.record(f"key-{n}", marker) for n in range(20)])
    heads = await log.heads([searched.transit])
    while any(
        cursor < heads[place] for place, cursor in (await log.cursors(searched.group, [searched.transit])).items()
    ):
        await asyncio.sleep(0.05)
    seconds = await erased(log, heads)
    assert searched.broker.holds(marker) == 0
    print(f"\nbusy topic: said to be gone, and gone, after {seconds:.1f} s (segments of 0.2 s, looked for every 1 s)")
    stop.set()
    await asyncio.gather(*busy)
    assert sorted(int(value) for value in seen if value != marker) == sorted(written)


async def test_while_a_reader_has_not_passed_it_is_never_said_to_be_done(searched):
    log = searched.log(compression="none", pace={"patience": 3.0})
    marker = f"behind-{searched.prefix}".encode()
    await log.append([searched.record("same", marker)])
    place = next(place for place, head in (await log.heads([searched.transit])).items() if head)
    subscription = await log.subscribe(searched.group, [searched.transit])
    while not (batch := await subscription.poll(max_records=10, timeout=0.5)).records:
        pass
    await subscription.commit(batch)
    # In the same segment, and nobody has read it yet: it may not go, and so the segment may not.
    await log.append([searched.record("same", b"5")])
    with pytest.raises(StillOnDisk, match="cannot be read any more"):
        await log.trim({place: 1}, physically=True)
    assert searched.broker.holds(marker) == 1
    assert [record.value for record in await searched.everything(log, searched.transit)] == [b"5"]
    while not (batch := await subscription.poll(max_records=10, timeout=0.5)).records:
        pass
    await subscription.commit(batch)
    while (batch := await subscription.poll(max_records=10, timeout=0.5)).ends:
        await subscription.commit(batch)
    await erased(log, {place: 1})
    assert searched.broker.holds(marker) == 0


async def test_segments_of_an_hour_are_not_waited_for(searched):
    log = searched.log(compression="none")
    log._sweeper._times[searched.transit] = (3600.0, 301.0)
    await log.append([searched.record("key", b"1")])
    began = time.monotonic()
    heads = await log.heads([searched.transit])
    for _ in range(5):
        with pytest.raises(StillOnDisk):
            await log.trim(heads, physically=True)
    assert time.monotonic() - began < BRISK.patience
    after = await log.heads([searched.transit])
    assert sum(after.values()) - sum(heads.values()) == 1, "one marker for each segment's time, not one a call"


async def test_after_a_restart_a_sweep_begins_anew_and_ends_well(searched):
    marker = f"restart-{searched.prefix}".encode()
    first = searched.log(compression="none")
    await first.append([searched.record("key", marker)])
    heads = await first.heads([searched.transit])
    first._sweeper._times[searched.transit] = (3600.0, 301.0)
    with pytest.raises(StillOnDisk):
        await first.trim(heads, physically=True)
    await first.close()
    second = searched.log(compression="none")
    assert searched.broker.holds(marker) == 1
    await erased(second, heads)
    assert searched.broker.holds(marker) == 0


async def test_a_broker_that_tells_no_settings_is_taken_at_the_declared_ones(searched, monkeypatch):
    log = searched.log()

    async def hidden(*_):
        return None

    monkeypatch.setattr(log.questions, "settings_of", hidden)
    assert await log._sweeper.segment_seconds(searched.transit) == 3600
    assert await log._sweeper.segment_seconds(searched.compacted) == 6 * 3600


async def test_what_a_compacted_topic_has_replaced_leaves_the_disk(searched):
    log = searched.log(compression="none")
    marker = f"replaced-{searched.prefix}".encode()
    await log.append([searched.record("same", marker, searched.compacted)])
    await log.append([searched.record("same", b"newer", searched.compacted)])
    began = time.monotonic()
    await log.compact(searched.compacted)
    seconds = await gone_after(searched, marker, began)
    print(f"\nreplaced on a compacted topic: gone after {seconds:.1f} s")
    assert [record.value for record in await searched.everything(log, searched.compacted)] == [b"newer"]


async def test_compacting_on_long_segments_asks_once_and_does_not_wait(searched):
    log = searched.log()
    log._sweeper._times[searched.compacted] = (6 * 3600.0, 301.0)
    place = TopicPartition(searched.compacted, 1)
    for number in range(3):
        record = searched.record("same", b"%d" % number, searched.compacted, partition=1)
        await log.append([record])
    before = (await log.heads([searched.compacted]))[place]
    began = time.monotonic()
    for _ in range(4):
        await log.compact(searched.compacted)
    assert time.monotonic() - began < BRISK.patience
    assert (await log.heads([searched.compacted]))[place] == before + 1


async def test_a_writer_that_may_not_read_a_compacted_topic_writes_a_marker_for_what_is_new(searched, monkeypatch):
    log = searched.log()

    async def refused(*_):
        raise AccessDenied("refused")

    monkeypatch.setattr(log.questions, "fetch", refused)
    heads = []
    for number in range(2):
        await log.append([searched.record("same", b"%d" % number, searched.compacted, partition=2)])
        for _ in range(2):
            await log.compact(searched.compacted)
        heads.append((await log.heads([searched.compacted]))[TopicPartition(searched.compacted, 2)])
        await asyncio.sleep(0.3)
    assert heads == [2, 4]
