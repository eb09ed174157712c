"""A trim by pieces: what goes, in which order, and that other work goes on meanwhile."""

import asyncio
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.errors import LogUnavailable
from services.eventlog.interface import TopicPartition
from services.eventlog.sqlite_file import connect, prepare_file
from services.eventlog.sqlite_known import Known
from services.eventlog.sqlite_sweeping import Sweep
from services.eventlog.sqlite_turn import Turn


@pytest.fixture
def file(tmp_path):
    prepare_file(tmp_path / "sweep.sqlite3", patience=1)
    connection = connect(tmp_path / "sweep.sqlite3", patience=1)
    yield connection
    connection.close()


def rows(connection):
    return connection.execute(
        "SELECT topic, partition, position FROM record JOIN place ON place.id = record.place ORDER BY row"
    ).fetchall()


def written(connection, topic, partitions):
    """Write one record after another to the given partitions."""
    turn = Turn(connection, Known())
    turn.append([(TopicPartition(topic, number), "key", b"", b"{}") for number in partitions])
    turn.flush()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    partitions=st.lists(st.integers(0, 3), max_size=60),
    ends=st.dictionaries(st.integers(0, 3), st.integers(0, 70), max_size=4),
    limit=st.integers(1, 40),
)
def test_a_sweep_deletes_what_lies_before_the_ends_and_nothing_else(file, made, partitions, ends, limit):
    file.execute("DELETE FROM record")
    file.execute("DELETE FROM place")
    written(file, made.transit, partitions)
    before = rows(file)
    sweep = Sweep({TopicPartition(made.transit, number): end for number, end in ends.items()})
    for _ in range(200):
        if sweep(Turn(file, Known()), limit):
            break
    assert rows(file) == [row for row in before if row[2] >= ends.get(row[1], 0)]


def test_the_oldest_go_first_whatever_their_partition(file, made):
    written(file, made.transit, [0] * 20 + [1] * 20)
    sweep = Sweep({TopicPartition(made.transit, 0): 20, TopicPartition(made.transit, 1): 20})
    assert not sweep(Turn(file, Known()), 20)
    assert rows(file) == [(made.transit, 0, n) for n in range(10, 20)] + [(made.transit, 1, n) for n in range(20)]


def test_gaps_that_compaction_left_are_passed_over(file, made):
    written(file, made.compacted, [0] * 50)
    file.execute("DELETE FROM record WHERE position % 7")
    sweep = Sweep({TopicPartition(made.compacted, 0): 40})
    pieces = 1
    while not sweep(Turn(file, Known()), 3):
        pieces += 1
    assert [position for _, _, position in rows(file)] == [42, 49]
    assert pieces <= 4


def test_an_end_beyond_the_head_means_the_head(file, made):
    written(file, made.transit, [0] * 5)
    assert Sweep({TopicPartition(made.transit, 0): 99})(Turn(file, Known()), 100)
    assert rows(file) == []
    written(file, made.transit, [0])
    assert [position for _, _, position in rows(file)] == [5]


async def test_appending_goes_on_while_much_is_trimmed(opened, made):
    log = opened()
    for _ in range(10):
        await log.append(made.records(1000))
    ends = await log.heads([made.transit])
    trimming = asyncio.create_task(log.trim(ends))
    written_meanwhile = 0
    while not trimming.done():
        await log.append(made.records(10))
        written_meanwhile += 10
    await trimming
    left = [record for place in ends for record in await log.read(place, 0, 1_000_000)]
    assert len(left) == written_meanwhile > 0
    assert all(record.offset >= ends[record.place] for record in left)


async def test_a_trim_ends_although_a_group_that_writes_nothing_commits_all_the_time(opened, made):
    log = opened()
    for _ in range(10):
        await log.append(made.records(1000))
    subscription = await log.subscribe("anonymiser", [made.transit])
    trimming, behind = None, 0
    while (batch := await subscription.poll(max_records=200, timeout=0.1)).records:
        await subscription.commit(batch)
        if trimming is None and sum((await log.cursors("anonymiser", [made.transit])).values()) >= 3000:
            trimming = asyncio.create_task(log.trim(await log.cursors("anonymiser", [made.transit])))
        behind += trimming is not None and not trimming.done()
    assert trimming is not None
    assert trimming.done()
    assert behind < 35


async def test_two_trims_at_once_both_do_their_part(opened, made):
    log = opened()
    await log.append([*made.records(400), *made.records(400, topic=made.output)])
    first, second = await log.heads([made.transit]), await log.heads([made.output])
    await asyncio.gather(log.trim(first), log.trim(second), log.append(made.records(5)))
    assert not [record for place in second for record in await log.read(place, 0, 1000)]
    assert len([record for place in first for record in await log.read(place, 0, 1000)]) == 5


async def test_closing_finishes_a_trim_that_was_accepted(opened, made, tmp_path):
    log = opened()
    await log.append(made.records(5000))
    trimming = asyncio.create_task(log.trim(await log.heads([made.transit])))
    await asyncio.sleep(0)
    await log.close()
    await trimming
    with sqlite3.connect(tmp_path / "log.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM record").fetchone() == (0,)


async def test_a_trim_that_another_program_prevents_says_so_and_can_be_done_again(opened, made, tmp_path):
    log = opened(patience=0.1)
    await log.append(made.records(100))
    ends = await log.heads([made.transit])
    blocker = sqlite3.connect(tmp_path / "log.sqlite3", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogUnavailable):
        await log.trim(ends)
    blocker.execute("ROLLBACK")
    blocker.close()
    await log.trim(ends)
    assert await log.starts([made.transit]) == ends
    assert not [record for place in ends for record in await log.read(place, 0, 1000)]


async def test_what_another_process_wrote_is_known_to_the_next_transaction(opened, made):
    log, other = opened(), opened()
    await log.append(made.records(10))
    await other.append(made.records(10))
    await log.append(made.records(10))
    places = await log.heads([made.transit])
    assert sum(places.values()) == 30
    for place, head in places.items():
        assert [record.offset for record in await other.read(place, 0, 100)] == list(range(head))
