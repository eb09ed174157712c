"""Tails: everything from the start, once, without a group."""

import pytest

from services.errors import LogUnavailable, UnknownTopic
from services.eventlog.cloudevents import marker_record
from services.eventlog.tail import Tail
from services.events import LogSwept


def values(records):
    return sorted(record.value for record in records)


async def test_the_first_call_returns_everything_and_later_ones_what_is_new(memory, made):
    tail = Tail(memory, made.kept)
    assert await tail.catch_up() == []
    await memory.append(made.records(10, made.kept))
    assert values(await tail.catch_up()) == values(made.records(10))
    assert await tail.catch_up() == []
    await memory.append([made.record(value=b"new", topic=made.kept)])
    assert values(await tail.catch_up()) == [b"new"]


async def test_records_of_a_key_come_in_order(memory, made):
    await memory.append([made.record("same", b"%d" % n, made.kept) for n in range(30)])
    found = await Tail(memory, made.kept).catch_up()
    assert [record.value for record in found] == [b"%d" % n for n in range(30)]


async def test_more_than_one_reading_is_read_to_the_end(memory, made):
    await memory.append(made.records(2500, made.kept))
    assert len(await Tail(memory, made.kept).catch_up()) == 2500


async def test_two_tails_do_not_disturb_each_other_or_any_group(memory, made):
    await memory.append(made.records(10, made.kept))
    one, two = Tail(memory, made.kept), Tail(memory, made.kept)
    assert len(await one.catch_up()) == len(await two.catch_up()) == 10
    assert memory.groups == {}


async def test_what_was_trimmed_or_compacted_is_passed_over(memory, made):
    await memory.append([made.record("same", b"%d" % n, made.compacted) for n in range(10)])
    await memory.compact(made.compacted)
    tail = Tail(memory, made.compacted)
    assert values(await tail.catch_up()) == [b"9"]
    await memory.append([made.record("same", b"%d" % n, made.compacted) for n in range(10, 15)])
    await memory.trim(await memory.heads([made.compacted]))
    assert await tail.catch_up() == []
    await memory.append([made.record("same", b"after", made.compacted)])
    assert values(await tail.catch_up()) == [b"after"]


async def test_markers_are_left_out_unless_they_are_wanted(memory, made):
    await memory.append(
        [made.record(value=b"1"), marker_record(LogSwept(sweep="s"), made.transit, 0, source_service="intake")]
    )
    assert values(await Tail(memory, made.transit).catch_up()) == [b"1"]
    assert len(await Tail(memory, made.transit, markers=True).catch_up()) == 2


async def test_after_an_error_nothing_is_skipped(memory, made, monkeypatch):
    await memory.append(made.records(40, made.kept, keys=20))
    tail = Tail(memory, made.kept)
    real, calls = memory.read, []

    async def read(place, offset, limit):
        calls.append(place)
        if len(calls) == 3:
            raise LogUnavailable("The disk is away.")
        return await real(place, offset, limit)

    monkeypatch.setattr(memory, "read", read)
    with pytest.raises(LogUnavailable):
        await tail.catch_up()
    assert len(await tail.catch_up()) == 40


async def test_a_topic_that_is_not_declared_is_refused(memory):
    with pytest.raises(UnknownTopic):
        await Tail(memory, "sv.no").catch_up()


async def test_a_file_is_followed_as_well(opened, made):
    log, other = opened(), opened()
    tail = Tail(log, made.single)
    await other.append(made.records(5, made.single))
    assert len(await tail.catch_up()) == 5
    await other.append(made.records(3, made.single))
    assert len(await tail.catch_up()) == 3
