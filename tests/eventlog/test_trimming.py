"""Trimming on a clock, and the daily tidying of what is kept."""

import asyncio
from datetime import date

import pytest

from services.errors import LogUnavailable
from services.eventlog.interface import TopicPartition
from services.eventlog.topics import DECLARED, Topic, dead_letter_group, dead_letters_of, topic_named
from services.eventlog.trimming import Trimmer, every_topic, tidy


async def commit_all(log, group, topic, up_to=1000):
    """Let a group read and commit so many records."""
    subscription = await log.subscribe(group, [topic])
    done = 0
    while done < up_to:
        batch = await subscription.poll(max_records=min(50, up_to - done), timeout=0)
        if not batch.records:
            break
        await subscription.commit(batch)
        done += len(batch.records)
    await subscription.close()


async def test_what_its_only_reader_has_passed_is_trimmed(memory, made):
    await memory.append(made.records(40))
    await commit_all(memory, "anonymiser", made.transit, 25)
    ends = await Trimmer(memory).sweep()
    assert sum(ends.values()) == 25
    assert sum((await memory.starts([made.transit])).values()) == 25


async def test_nothing_is_trimmed_before_its_reader_has_started(memory, made):
    await memory.append(made.records(40))
    assert await Trimmer(memory).sweep() == {}
    assert sum((await memory.starts([made.transit])).values()) == 0


async def test_a_group_that_is_not_declared_trims_nothing(memory, made):
    await memory.append(made.records(40))
    await commit_all(memory, "reporter", made.transit)
    assert await Trimmer(memory).sweep() == {}


async def test_the_slowest_declared_reader_decides(memory, made):
    topic = Topic(made.transit, "transit", ("intake",), ("anonymiser", "themer"))
    await memory.append([made.record("same", b"%d" % n) for n in range(40)])
    await commit_all(memory, "anonymiser", made.transit, 40)
    trimmer = Trimmer(memory, [topic])
    assert await trimmer.sweep() == {}
    await commit_all(memory, "themer", made.transit, 15)
    assert set((await trimmer.sweep()).values()) == {15}


async def test_kept_and_compacted_topics_are_never_swept(memory, made):
    for topic, group in ((made.kept, "intake"), (made.compacted, "themer")):
        await memory.append(made.records(10, topic))
        await commit_all(memory, group, topic)
    await Trimmer(memory).sweep()
    assert sum((await memory.starts([made.kept, made.compacted])).values()) == 0


async def test_a_transit_topic_without_readers_is_never_swept(memory, made):
    await memory.append(made.records(10))
    assert await Trimmer(memory, [Topic(made.transit, "transit", ("intake",), ())]).sweep() == {}


async def test_dead_letters_go_behind_their_own_group(memory, made):
    topic = dead_letters_of(made.transit, "anonymiser")
    await memory.append(made.records(10, topic))
    trimmer = Trimmer(memory)
    await commit_all(memory, "anonymiser", topic)
    assert await trimmer.sweep() == {}
    await commit_all(memory, dead_letter_group("anonymiser"), topic, 4)
    assert await trimmer.sweep() == {TopicPartition(topic, 0): 4}


async def test_a_second_sweep_asks_the_log_for_nothing_new(memory, made):
    await memory.append(made.records(40))
    await commit_all(memory, "anonymiser", made.transit)
    trimmer = Trimmer(memory)
    assert await trimmer.sweep() != {}
    assert await trimmer.sweep() == {}


async def test_it_sweeps_a_log_in_a_file_too(opened, made):
    log = opened()
    await log.append(made.records(40))
    await commit_all(log, "anonymiser", made.transit)
    await Trimmer(log).sweep()
    assert await log.starts([made.transit]) == await log.heads([made.transit])


async def test_it_runs_until_it_is_told_to_stop(memory, made):
    stop = asyncio.Event()
    running = asyncio.create_task(Trimmer(memory).run(stop, every=0.01))
    await memory.append(made.records(40))
    await commit_all(memory, "anonymiser", made.transit)
    while await memory.starts([made.transit]) != await memory.heads([made.transit]):
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, 10)
    assert running.exception() is None


class Failing:
    """A log that cannot be trimmed the first few times."""

    def __init__(self, log, failures):
        self._log = log
        self._failures = failures

    def __getattr__(self, name):
        return getattr(self._log, name)

    async def trim(self, ends):
        if self._failures:
            self._failures -= 1
            raise LogUnavailable("The disk is full.")
        await self._log.trim(ends)


async def test_after_errors_it_goes_on_by_itself_and_waits_longer_meanwhile(memory, made):
    await memory.append(made.records(40))
    await commit_all(memory, "anonymiser", made.transit)
    trimmer = Trimmer(Failing(memory, 3))
    stop = asyncio.Event()
    pauses = []

    async def note(waiting, pause):
        pauses.append((pause, trimmer.failures))
        waiting.close()
        if trimmer.failures == 0:
            stop.set()
        raise TimeoutError

    real, asyncio.wait_for = asyncio.wait_for, note
    try:
        await trimmer.run(stop, every=1.0)
    finally:
        asyncio.wait_for = real
    assert pauses == [(2.0, 1), (4.0, 2), (8.0, 3), (1.0, 0)]
    assert await memory.starts([made.transit]) == await memory.heads([made.transit])


async def test_a_failed_sweep_is_raised_to_who_asked_for_one(memory, made):
    await memory.append(made.records(40))
    await commit_all(memory, "anonymiser", made.transit)
    with pytest.raises(LogUnavailable):
        await Trimmer(Failing(memory, 1)).sweep()


def test_every_topic_holds_dead_letters_of_all_that_may_be_parked():
    names = {topic.name for topic in every_topic()}
    assert set(DECLARED) <= names
    parked = {name for name in names if ".dlq." in name}
    assert dead_letters_of("sv.session.submitted.v1", "anonymiser") in parked
    assert not any(name.startswith(("sv.consent.", "sv.erasure.", "sv.key.")) for name in parked)
    assert all(topic_named(name).readers[0].endswith(".dead-letters") for name in parked)


async def test_tidying_compacts_and_expires_by_each_topics_own_rule(memory, made):
    await memory.append([made.record("same", b"%d" % n, made.compacted) for n in range(5)])
    old, new = "2025-03-12T00:00:00Z", "2025-03-13T00:00:00Z"
    await memory.append(
        [made.record("same", b"old", made.kept, time=old), made.record("same", b"new", made.kept, time=new)]
    )
    await tidy(memory, date(2026, 3, 14))
    values = []
    for topic in (made.compacted, made.kept):
        for place in await memory.heads([topic]):
            values += [record.value for record in await memory.read(place, 0, 10)]
    assert values == [b"4", b"new"]


async def test_tidying_leaves_transit_and_what_stays_for_ever_alone(memory, made):
    for_ever = "sv.recommendation.changed.v1"
    ancient = "1999-01-01T00:00:00Z"
    await memory.append(
        [made.record("a", topic=topic, time=ancient) for topic in (made.transit, for_ever) for _ in "123"]
    )
    await tidy(memory, date(2026, 3, 14))
    assert sum((await memory.starts([made.transit, for_ever])).values()) == 0
