"""Workers of a group in one SQLite file: leases, silence, and coming back."""

import asyncio
import sqlite3
import time

import pytest

from services.errors import Fenced, LogUnavailable
from services.eventlog.sqlite_file import connect, prepare_file
from services.eventlog.sqlite_known import Known
from services.eventlog.sqlite_turn import Turn

GROUP = "anonymiser"


def silence(log):
    """Let a log forget its members, so that it sends no more heartbeats: what a stopped process looks like."""
    log._members.clear()


async def look_until(subscription, reached):
    deadline = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < deadline
        await subscription.poll(max_records=1, timeout=0.05)
        await subscription.rewind()


async def test_an_idle_worker_keeps_its_share_far_beyond_its_lease(opened, made):
    log, other = opened(lease=0.2), opened(lease=0.2)
    one = await log.subscribe(GROUP, [made.transit])
    two = await other.subscribe(GROUP, [made.transit])
    await asyncio.sleep(1.0)
    for subscription in (one, two):
        await subscription.poll(max_records=1, timeout=0)
        assert len(subscription.assignment) == 2


async def test_a_worker_whose_event_loop_is_busy_keeps_its_share(opened, made):
    log = opened(lease=0.3)
    subscription = await log.subscribe(GROUP, [made.transit])
    before = subscription._member
    time.sleep(1.0)
    await log.append([made.record()])
    other = opened(lease=0.3)
    await other.subscribe(GROUP, [made.transit])
    await subscription.poll(max_records=1, timeout=0)
    assert subscription._member == before
    assert len(subscription.assignment) == 2


async def test_a_silent_workers_share_goes_to_the_others(opened, made):
    silent, alive = opened(), opened()
    lost = await silent.subscribe(GROUP, [made.transit])
    kept = await alive.subscribe(GROUP, [made.transit])
    assert len(lost.assignment) == 4
    silence(silent)
    await look_until(kept, lambda: len(kept.assignment) == 4)


async def test_a_silent_workers_commit_is_fenced_and_it_joins_again(opened, made):
    silent, alive = opened(), opened()
    await silent.append(made.records(20))
    zombie = await silent.subscribe(GROUP, [made.transit])
    stale = await zombie.poll(max_records=20, timeout=1)
    silence(silent)
    successor = await alive.subscribe(GROUP, [made.transit])
    await look_until(successor, lambda: len(successor.assignment) == 4)
    with pytest.raises(Fenced):
        await zombie.commit(stale, [made.record(topic=made.output)])
    assert set((await alive.heads([made.output])).values()) == {0}
    await look_until(zombie, lambda: len(zombie.assignment) == 2)
    await look_until(successor, lambda: len(successor.assignment) == 2)
    assert zombie.assignment.isdisjoint(successor.assignment)


async def test_a_worker_that_was_dropped_begins_again_at_the_cursors(opened, made):
    log, other = opened(), opened()
    await log.append(made.records(20))
    subscription = await log.subscribe(GROUP, [made.transit])
    first = await subscription.poll(max_records=20, timeout=1)
    silence(log)
    successor = await other.subscribe(GROUP, [made.transit])
    await look_until(successor, lambda: len(successor.assignment) == 4)
    batch = await successor.poll(max_records=5, timeout=1)
    await successor.commit(batch)
    await successor.close()
    taken = {(record.place, record.offset) for record in batch.records}
    found = []
    while len(found) < len(first.records) - len(taken):
        found += (await subscription.poll(max_records=20, timeout=0.5)).records
    assert taken.isdisjoint((record.place, record.offset) for record in found)


async def test_a_worker_alone_and_silent_is_not_fenced_by_nobody(opened, made):
    log = opened(lease=0.1)
    await log.append(made.records(10))
    subscription = await log.subscribe(GROUP, [made.transit])
    batch = await subscription.poll(max_records=10, timeout=1)
    silence(log)
    await asyncio.sleep(0.3)
    await subscription.commit(batch)
    assert sum((await log.cursors(GROUP, [made.transit])).values()) == 10


async def test_closing_the_log_leaves_every_group_at_once(opened, made):
    one, two = opened(lease=600), opened(lease=600)
    for group in ("anonymiser", "themer"):
        await one.subscribe(group, [made.transit])
    waiting = [await two.subscribe(group, [made.transit]) for group in ("anonymiser", "themer")]
    await one.close()
    for subscription in waiting:
        await subscription.poll(max_records=1, timeout=0)
        assert len(subscription.assignment) == 4


async def test_a_log_that_cannot_leave_its_groups_closes_all_the_same(opened, made, tmp_path):
    log = opened(patience=0.05)
    await log.subscribe(GROUP, [made.transit])
    blocker = sqlite3.connect(tmp_path / "log.sqlite3", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    await log.close()
    blocker.execute("ROLLBACK")
    blocker.close()
    with pytest.raises(LogUnavailable):
        await log.ping()


@pytest.fixture
def turn_on_new_file(tmp_path):
    prepare_file(tmp_path / "turn.sqlite3", patience=1)
    connection = connect(tmp_path / "turn.sqlite3", patience=1)
    yield Turn(connection, Known()), connection
    connection.close()


def owners_in(connection):
    return [member for (member,) in connection.execute("SELECT member FROM claim ORDER BY place").fetchall()]


def test_a_heartbeat_from_before_a_restart_counts_as_silence(turn_on_new_file, made):
    turn, connection = turn_on_new_file
    turn.join(GROUP, {made.transit: 4}, now=90_000.0, lease=5.0)
    survivor = turn.join(GROUP, {made.transit: 4}, now=12.0, lease=5.0)
    assert set(owners_in(connection)) == {survivor}


def test_a_lease_lasts_as_long_as_it_says(turn_on_new_file, made):
    turn, connection = turn_on_new_file
    one = turn.join(GROUP, {made.transit: 4}, now=100.0, lease=5.0)
    two = turn.join(GROUP, {made.transit: 4}, now=100.0, lease=5.0)
    turn.beat({one: GROUP}, now=104.9)
    assert set(owners_in(connection)) == {one, two}
    turn.beat({one: GROUP}, now=105.0)
    assert set(owners_in(connection)) == {one}


def test_the_number_of_a_member_that_left_is_never_given_again(turn_on_new_file, made):
    turn, _ = turn_on_new_file
    first = turn.join(GROUP, {made.transit: 4}, now=1.0, lease=5.0)
    turn.leave(GROUP, first)
    assert turn.join(GROUP, {made.transit: 4}, now=1.0, lease=5.0) > first


def test_only_partitions_that_change_hands_get_a_new_generation(turn_on_new_file, made):
    turn, connection = turn_on_new_file
    turn.join(GROUP, {made.transit: 4}, now=1.0, lease=5.0)
    turn.join(GROUP, {made.transit: 4}, now=1.0, lease=5.0)
    generations = connection.execute("SELECT member, generation FROM claim ORDER BY place").fetchall()
    assert generations == [(1, 1), (2, 2), (1, 1), (2, 2)]


def test_when_the_last_member_leaves_nobody_owns_anything(turn_on_new_file, made):
    turn, connection = turn_on_new_file
    turn.leave(GROUP, turn.join(GROUP, {made.transit: 4}, now=1.0, lease=5.0))
    assert owners_in(connection) == []
