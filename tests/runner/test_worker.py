"""A worker: batches, back-off, one poisoned record among many, and what must never be parked."""

import asyncio
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.errors import (
    ContractBroken,
    Fenced,
    KeyAwaited,
    LogUnavailable,
    NotYet,
    RecordTooLarge,
    SealBroken,
    StoreUnavailable,
    UnknownTopic,
)
from services.eventlog.interface import TopicPartition
from services.eventlog.memory import MemoryLog
from services.runner.worker import Pace, Worker

GROUP = "anonymiser"
PLANTED = "she told Marta by the lock"


class Handling:
    """A handler that notes what it was given, and fails where it was told to, so many times (-1: always)."""

    def __init__(self, answer=None):
        self.calls = []
        self.handled = []
        self.troubles = {}
        self.answer = answer or (lambda record: None)

    def fail(self, value, trouble, times=-1):
        self.troubles[value] = [trouble, times]

    async def handle(self, records):
        self.calls.append([record.value for record in records])
        for record in records:
            trouble = self.troubles.get(record.value)
            if trouble and trouble[1]:
                trouble[1] -= 1
                raise trouble[0]
        self.handled += [record.value for record in records]
        return [output for record in records if (output := self.answer(record)) is not None]


@pytest.fixture
def handler():
    return Handling()


@pytest.fixture
def make_worker(log, metrics, handler):
    def make(**more):
        told = {
            "group": GROUP,
            "topics": ["sv.session.submitted.v1"],
            "handler": handler,
            "log": log,
            "metrics": metrics,
            "pace": Pace(batch=50, wait=0.01),
        }
        return Worker(**{**told, **more})

    return make


async def test_records_are_handled_together_in_order_and_the_cursor_moves_behind_them(
    *, make_worker, log, handler, scribe, running, until
):
    await log.append([scribe.record(b"%d" % n) for n in range(10)])
    async with running(make_worker().run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert handler.calls == [[b"%d" % n for n in range(10)]]


async def test_no_batch_is_larger_than_the_pace_says(*, make_worker, log, handler, scribe, running, until):
    await log.append([scribe.record(b"%d" % n) for n in range(25)])
    async with running(make_worker(pace=Pace(batch=10, wait=0.01)).run):
        await until(lambda: len(handler.handled) == 25)
    assert [len(call) for call in handler.calls] == [10, 10, 5]


async def test_what_the_handler_returns_is_appended_with_the_cursor(*, make_worker, log, scribe, running, until):
    handler = Handling(lambda record: scribe.record(b"answer " + record.value, "c", scribe.output))
    await log.append([scribe.record(b"one"), scribe.record(b"two")])
    async with running(make_worker(handler=handler).run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert await scribe.values(log, scribe.output) == [b"answer one", b"answer two"]


async def test_one_poisoned_record_is_parked_untouched_and_the_rest_go_on(
    *, make_worker, log, handler, scribe, running, until, lines
):
    poisoned = scribe.record(b"sealed as it was", "session-7", time="2025-02-01T00:00:00Z", extensions={"epoch": "x"})
    await log.append([scribe.record(b"one", "session-7"), poisoned, scribe.record(b"two", "session-7")])
    handler.fail(poisoned.value, ContractBroken(PLANTED))
    async with running(make_worker().run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert handler.handled == [b"one", b"two"]
    (letter,) = await log.read(TopicPartition(f"{scribe.words}.dlq.{GROUP}", 0), 0, 10)
    assert (letter.key, letter.value) == ("session-7", b"sealed as it was")
    own = {name: text for name, text in letter.attributes.extensions.items() if not name.startswith("dlq")}
    assert own == {"epoch": "x"}
    given = poisoned.attributes
    assert (letter.attributes.id, letter.attributes.type, letter.attributes.time) == (given.id, given.type, given.time)


async def test_a_dead_letter_says_class_and_place_and_never_a_word(
    *, make_worker, log, handler, scribe, running, until, lines
):
    await log.append([scribe.record(b"one", "session-7"), scribe.record(b"two", "session-7")])
    handler.fail(b"two", SealBroken(PLANTED))
    async with running(make_worker().run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    (letter,) = await log.read(TopicPartition(f"{scribe.words}.dlq.{GROUP}", 0), 0, 10)
    place = next(place for place, head in (await log.heads([scribe.words])).items() if head)
    assert letter.attributes.extensions == {
        "dlqreason": "SealBroken",
        "dlqtopic": scribe.words,
        "dlqpartition": str(place.partition),
        "dlqoffset": "1",
        "dlqattempts": "3",
    }
    assert PLANTED not in lines.text
    (line,) = lines.named("a record was parked")
    assert (line["error"], line["attempts"]) == ("SealBroken", 3)


async def test_a_record_that_works_alone_at_a_later_attempt_is_not_parked(
    *, make_worker, log, handler, scribe, running, until, lines
):
    await log.append([scribe.record(b"one"), scribe.record(b"moody")])
    handler.fail(b"moody", ContractBroken("broken"), times=3)
    async with running(make_worker().run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert handler.handled == [b"one", b"moody"]
    assert lines.named("a record was parked") == []


async def test_a_record_whose_answer_is_too_large_is_parked_and_the_rest_go_on(
    *, make_worker, log, scribe, running, until, lines, monkeypatch
):
    """A log may refuse what a handler gave: trying the same again would never end."""
    join = log.subscribe

    async def strict(group, topics):
        subscription = await join(group, topics)
        commit = subscription.commit

        async def commit_small(batch, outputs=()):
            if any(output.value == b"answer huge" for output in outputs):
                raise RecordTooLarge("Larger than the broker takes.")
            await commit(batch, outputs)

        subscription.commit = commit_small
        return subscription

    monkeypatch.setattr(log, "subscribe", strict)
    handler = Handling(lambda record: scribe.record(b"answer " + record.value, "c", scribe.output))
    await log.append([scribe.record(value) for value in (b"one", b"huge", b"two")])
    async with running(make_worker(handler=handler).run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert await scribe.values(log, scribe.output) == [b"answer one", b"answer two"]
    (letter,) = await log.read(TopicPartition(f"{scribe.words}.dlq.{GROUP}", 0), 0, 10)
    assert (letter.value, letter.attributes.extensions["dlqreason"]) == (b"huge", "RecordTooLarge")


async def test_an_error_of_no_known_kind_is_parked_like_any_other(
    *, make_worker, log, handler, scribe, running, until, lines
):
    await log.append([scribe.record(b"odd"), scribe.record(b"fine")])
    handler.fail(b"odd", ZeroDivisionError(PLANTED))
    async with running(make_worker().run):
        await until(lambda: handler.handled == [b"fine"])
    assert PLANTED not in lines.text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    poisoned=st.sets(st.integers(0, 29)),
    keys=st.integers(1, 6),
    batch=st.integers(1, 40),
)
async def test_whatever_is_poisoned_each_record_is_handled_or_parked_exactly_once(
    *, metrics, scribe, running, until, lines, poisoned, keys, batch
):
    log, handler = MemoryLog(), Handling()
    await log.append([scribe.record(b"%d" % n, f"session-{n % keys}") for n in range(30)])
    for number in poisoned:
        handler.fail(b"%d" % number, ContractBroken("broken"))
    worker = Worker(
        group=GROUP,
        topics=[scribe.words],
        handler=handler,
        log=log,
        metrics=metrics,
        pace=Pace(batch=batch, wait=0.01),
    )
    worker._attempt = lambda record: handler.handle((record,))  # one attempt: three would only wait
    async with running(worker.run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    parked = await scribe.values(log, f"{scribe.words}.dlq.{GROUP}")
    assert sorted(parked) == sorted(b"%d" % number for number in poisoned)
    assert Counter(handler.handled + parked) == Counter(b"%d" % number for number in range(30))
    await log.close()


@pytest.mark.parametrize("trouble", [LogUnavailable, StoreUnavailable, KeyAwaited, NotYet])
async def test_an_error_that_passes_is_tried_again_and_parks_nothing(
    *, make_worker, log, handler, scribe, running, until, lines, trouble
):
    await log.append([scribe.record(b"one"), scribe.record(b"two")])
    handler.fail(b"one", trouble("later"), times=2)
    async with running(make_worker().run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert handler.calls == [[b"one", b"two"]] * 3
    assert handler.handled == [b"one", b"two"]
    assert await scribe.values(log, f"{scribe.words}.dlq.{GROUP}") == []
    assert len(lines.named("waiting and trying again")) == (0 if trouble is NotYet else 2)


async def test_while_it_is_not_yet_time_the_cursor_stays(*, make_worker, log, handler, scribe, running, until):
    await log.append([scribe.record(b"one")])
    handler.fail(b"one", NotYet("later"))
    async with running(make_worker().run):
        await until(lambda: len(handler.calls) >= 3)
        assert set((await log.cursors(GROUP, [scribe.words])).values()) == {0}
        handler.troubles.clear()
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert handler.handled == [b"one"]


async def test_an_error_that_passes_among_poisoned_records_parks_only_those(
    *, make_worker, log, handler, scribe, running, until, lines
):
    await log.append([scribe.record(value) for value in (b"bad", b"early", b"fine")])
    handler.fail(b"bad", ContractBroken("broken"))
    handler.fail(b"early", StoreUnavailable("later"), times=1)
    async with running(make_worker().run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert handler.handled == [b"early", b"fine"]
    assert await scribe.values(log, f"{scribe.words}.dlq.{GROUP}") == [b"bad"]


async def test_a_record_that_may_never_be_parked_stops_the_worker(*, make_worker, log, handler, scribe, until, lines):
    group = "anonymiser.consent"
    await log.append([scribe.record(value, "contributor-1", scribe.consent) for value in (b"one", b"bad", b"two")])
    handler.fail(b"bad", ContractBroken(PLANTED))
    worker = make_worker(group=group, topics=[scribe.consent])
    async with asyncio.timeout(20):
        await worker.run(asyncio.Event())
    assert worker.stopped == "ContractBroken"
    assert handler.handled == [b"one"]
    assert sum((await log.cursors(group, [scribe.consent])).values()) == 1
    assert lines.named("a record that may never be parked cannot be handled")
    assert PLANTED not in lines.text


async def test_a_worker_that_stopped_leaves_its_group(*, make_worker, log, handler, scribe, lines):
    await log.append([scribe.record(b"bad", "contributor-1", scribe.consent)])
    handler.fail(b"bad", ContractBroken("broken"))
    async with asyncio.timeout(20):
        await make_worker(group="anonymiser.consent", topics=[scribe.consent]).run(asyncio.Event())
    assert log.groups["anonymiser.consent"].members == {}


async def test_markers_are_seen_before_the_commit_and_never_by_the_handler(
    *, make_worker, log, handler, scribe, running, until
):
    key = scribe.key_in(0)
    await log.append([scribe.record(b"one", key), scribe.marker(), scribe.record(b"two", key)])
    seen = []

    def saw(record):
        seen.append((record.offset, log.groups[GROUP].cursors.get(record.place, 0)))

    async with running(make_worker(saw_marker=saw).run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert handler.handled == [b"one", b"two"]
    assert seen == [(1, 0)]


async def test_a_batch_of_markers_alone_moves_the_cursor_without_the_handler(
    *, make_worker, log, handler, scribe, running, until
):
    await log.append([scribe.marker(partition=number) for number in range(4)])
    seen = []
    async with running(make_worker(saw_marker=seen.append).run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert handler.calls == []
    assert sorted(record.partition for record in seen) == [0, 1, 2, 3]


async def test_a_marker_beside_a_poisoned_record_is_passed_too(
    *, make_worker, log, handler, scribe, running, until, lines
):
    await log.append([scribe.record(b"bad", scribe.key_in(0)), scribe.marker()])
    handler.fail(b"bad", ContractBroken("broken"))
    seen = []
    async with running(make_worker(saw_marker=seen.append).run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert [record.offset for record in seen] == [1]


async def test_a_fenced_worker_drops_its_batch_and_goes_on(*, make_worker, log, scribe, running, until, lines):
    await log.append([scribe.record(b"one")])
    first = []

    class Overtaken(Handling):
        async def handle(self, records):
            if not first:  # another worker comes and goes: the claim is a new one
                other = await log.subscribe(GROUP, [scribe.words])
                first.append(len(log.groups[GROUP].members))
                for member in list(log.groups[GROUP].members)[:1]:
                    log.groups[GROUP].members.pop(member)
                    log.groups[GROUP].share_again()
                    log.groups[GROUP].members[member] = frozenset(await log.heads([scribe.words]))
                await other.close()
            return await super().handle(records)

    handler = Overtaken(lambda record: scribe.record(record.value, "c", scribe.output))
    async with running(make_worker(handler=handler).run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert handler.calls == [[b"one"], [b"one"]]
    assert await scribe.values(log, scribe.output) == [b"one"]
    assert lines.named("another worker took over")
    assert await scribe.values(log, f"{scribe.words}.dlq.{GROUP}") == []


async def test_being_fenced_by_the_handler_itself_parks_nothing(
    *, make_worker, log, handler, scribe, running, until, lines
):
    await log.append([scribe.record(b"one")])
    handler.fail(b"one", Fenced("gone"), times=1)
    async with running(make_worker().run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert handler.handled == [b"one"]


async def test_a_commit_that_the_log_refuses_is_done_again_from_the_cursor(
    *, make_worker, log, scribe, running, until, lines
):
    handler = Handling(lambda record: scribe.record(record.value, "c", scribe.output))
    await log.append([scribe.record(b"one")])
    log.failing = 2
    async with running(make_worker(handler=handler).run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    assert await scribe.values(log, scribe.output) == [b"one"]
    assert len(handler.calls) == 3


async def test_a_worker_waits_for_a_log_that_is_away_when_it_joins(
    *, make_worker, log, handler, scribe, running, until, lines, monkeypatch
):
    away, join = [1, 2], log.subscribe

    async def subscribe(group, topics):
        if away:
            away.pop()
            raise LogUnavailable("away")
        return await join(group, topics)

    monkeypatch.setattr(log, "subscribe", subscribe)
    await log.append([scribe.record(b"one")])
    async with running(make_worker().run):
        await until(lambda: handler.handled == [b"one"])
    assert len(lines.named("waiting for the log")) == 2


async def test_a_topic_that_is_not_declared_is_said_at_once(make_worker):
    with pytest.raises(UnknownTopic):
        await make_worker(topics=["sv.nothing.v1"]).run(asyncio.Event())


def sample(metrics, name, **labels):
    """Return one figure of the metrics, 0 where it was never set."""
    for family in (metrics.records, metrics.lag, metrics.oldest_seconds, metrics.step_seconds):
        for metric in family.collect():
            for found in metric.samples:
                if found.name == name and labels.items() <= found.labels.items():
                    return found.value
    return 0


async def test_what_was_done_and_parked_is_counted_by_topic(
    *, make_worker, log, handler, scribe, running, until, metrics, lines
):
    await log.append([scribe.record(value) for value in (b"one", b"bad", b"two")])
    handler.fail(b"bad", ContractBroken("broken"))
    async with running(make_worker().run):
        await until(lambda: scribe.all_read(log, GROUP, scribe.words))
    counted = {"topic": scribe.words, "group": GROUP}
    assert sample(metrics, "sv_anonymiser_records_total", outcome="done", **counted) == 2
    assert sample(metrics, "sv_anonymiser_records_total", outcome="parked", **counted) == 1


async def test_the_lag_is_what_lies_behind_the_head_and_falls_to_nothing(
    *, make_worker, log, handler, scribe, running, until, metrics, monkeypatch
):
    monkeypatch.setattr("services.runner.worker._METRICS_EVERY", 0.0)
    await log.append([scribe.record(b"%d" % n, f"k{n}") for n in range(8)])
    worker = make_worker()
    await worker._measure()
    labels = {"topic": scribe.words, "group": GROUP}
    assert sample(metrics, "sv_anonymiser_lag_records", **labels) == 8
    await worker._measure()
    assert sample(metrics, "sv_anonymiser_oldest_waiting_seconds", **labels) > 0
    async with running(worker.run):
        await until(lambda: len(handler.handled) == 8)
        await until(lambda: sample(metrics, "sv_anonymiser_lag_records", **labels) == 0)
    assert sample(metrics, "sv_anonymiser_oldest_waiting_seconds", **labels) == 0
    assert sample(metrics, "sv_anonymiser_step_seconds_count", group=GROUP) >= 1
