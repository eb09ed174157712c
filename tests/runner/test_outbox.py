"""The outbox and its relay: nothing is lost, nothing overtakes, whatever fails in between."""

import asyncio
import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.errors import LogUnavailable, StoreUnavailable
from services.eventlog.memory import MemoryLog
from services.runner.outbox import Outbox, outbox_table
from services.runner.relay import Relay
from services.runner.stateful import StatefulHandler


@pytest.fixture
async def store(open_database):
    return await open_database(outbox_table)


@pytest.fixture
def database(store):
    return store[0]


@pytest.fixture
def outbox(store, log):
    database, table = store
    return Outbox(table, database, log)


async def put(database, outbox, records):
    async with database.begin() as transaction:
        await outbox.put(transaction, records)


async def test_a_flush_appends_in_order_and_leaves_nothing(database, outbox, log, scribe):
    records = [scribe.record(b"%d" % n) for n in range(20)]
    await put(database, outbox, records[:12])
    await put(database, outbox, records[12:])
    assert await outbox.waiting() == 20
    await outbox.flush()
    assert log.appended == records
    assert await outbox.waiting() == 0


async def test_a_record_comes_out_as_it_went_in(database, outbox, log, scribe):
    whole = scribe.record(
        b"\x00\xff",
        "key",
        partition=3,
        time=None,
        dataschema="events/x.json",
        traceparent="00-1-2-01",
        extensions={"epoch": "e"},
    )
    tombstone = scribe.record(None, topic=scribe.consent)
    await put(database, outbox, [whole, tombstone])
    await outbox.flush()
    assert log.appended == [whole, tombstone]


async def test_more_than_is_relayed_at_once_is_relayed_too(database, outbox, log, scribe):
    records = [scribe.record(b"%d" % n) for n in range(1203)]
    await put(database, outbox, records)
    await outbox.flush()
    assert log.appended == records


async def test_of_large_events_a_few_are_relayed_at_once_however_they_came(database, outbox, log, scribe, monkeypatch):
    at_once = []
    append = log.append

    async def weigh(records):
        at_once.append(sum(len(record.value) for record in records))
        await append(records)

    monkeypatch.setattr(log, "append", weigh)
    records = [scribe.record(bytes(size)) for size in [3_000_000, 10, *[200_000] * 40, *[10] * 30]]
    async with database.begin() as transaction:
        await outbox.put(transaction, records)
        if not database.shared:
            await outbox.flush()  # sees nothing yet, and must not take that for an outbox without large events
    await outbox.flush()
    assert log.appended == records
    assert max(at_once) < 5_000_000
    assert len(at_once) < 10


async def test_nothing_put_is_nothing_sent(database, outbox, log):
    await put(database, outbox, [])
    await outbox.flush()
    assert log.appended == []


async def test_what_a_transaction_undid_is_never_sent(database, outbox, log, scribe):
    async def fail_behind_it():
        async with database.begin() as transaction:
            await outbox.put(transaction, [scribe.record(b"undone")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_behind_it()
    await outbox.flush()
    assert log.appended == []


async def test_when_the_log_is_away_nothing_is_lost_and_order_stays(database, outbox, log, scribe):
    records = [scribe.record(b"%d" % n) for n in range(3)]
    await put(database, outbox, records[:2])
    log.failing = 1
    with pytest.raises(LogUnavailable):
        await outbox.flush()
    await put(database, outbox, records[2:])
    await outbox.flush()
    assert log.appended == records


async def flush_and_clear(outbox):
    await outbox.flush()
    await outbox.clear()


async def test_two_instances_relay_one_outbox_in_turn_and_each_event_once(store, log, scribe):
    database, table = store
    if not database.shared:
        pytest.skip("an SQLite file has one instance")
    two = [Outbox(table, database, log) for _ in range(2)]
    records = [scribe.record(b"%d" % n) for n in range(60)]
    for first in range(0, 60, 6):
        await put(database, two[0], records[first : first + 6])
        await asyncio.gather(*(outbox.flush() for outbox in two))
    assert log.appended == records
    assert await two[1].waiting() == 0


async def test_a_crash_between_append_and_delete_sends_again_and_loses_nothing(store, outbox, log, scribe, monkeypatch):
    database, table = store
    records = [scribe.record(b"%d" % n) for n in range(3)]
    await put(database, outbox, records)

    relaying = database.relaying

    @contextlib.asynccontextmanager
    async def crash_in_turn():
        async with relaying() as transaction:
            yield transaction
            raise StoreUnavailable("killed here")

    async def crash(work):
        raise StoreUnavailable("killed here")

    # An outbox that instances share is cleared as it is relayed, one that is this process's own a little later.
    with monkeypatch.context() as patched:
        patched.setattr(database, "relaying", crash_in_turn)
        patched.setattr(database, "transact", crash)
        with pytest.raises(StoreUnavailable):
            await flush_and_clear(outbox)
    await Outbox(table, database, log).flush()
    assert log.appended == records * 2
    assert len({record.attributes.id for record in log.appended}) == 3


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.sampled_from(["put", "flush", "failing flush"]), max_size=25))
async def test_however_puts_flushes_and_failures_mix_the_log_gets_all_in_order(store, scribe, plan):
    database, table = store
    log = MemoryLog()
    outbox = Outbox(table, database, log)
    append, expected = log.append, []

    async def refuse(records):
        raise LogUnavailable("away")

    for step in plan:
        if step == "put":
            record = scribe.record(b"%d" % len(expected))
            expected.append(record.value)
            await put(database, outbox, [record])
        elif step == "flush":
            await outbox.flush()
        else:
            log.append = refuse
            waiting = await outbox.waiting()
            if waiting:
                with pytest.raises(LogUnavailable):
                    await outbox.flush()
            assert await outbox.waiting() == waiting
            log.append = append
    await outbox.flush()
    assert await scribe.values(log, scribe.words) == expected
    await outbox.clear()
    await log.close()


async def test_two_flushes_at_once_send_each_record_once(database, outbox, log, scribe):
    records = [scribe.record(b"%d" % n) for n in range(30)]
    await put(database, outbox, records)
    await asyncio.gather(*(outbox.flush() for _ in range(5)))
    assert log.appended == records


async def test_a_position_is_passed_when_all_up_to_it_was_sent(database, outbox, scribe):
    async with database.begin() as transaction:
        assert await outbox.newest(transaction) == 0
        await outbox.put(transaction, [scribe.record(b"a"), scribe.record(b"b")])
        position = await outbox.newest(transaction)
    assert await outbox.passed(0)
    assert not await outbox.passed(position)
    assert not await outbox.passed(position - 1)
    await outbox.flush()
    assert await outbox.passed(position)


async def test_a_position_stays_passed_when_more_is_put_behind_it(database, outbox, scribe):
    await put(database, outbox, [scribe.record(b"a")])
    async with database.read() as view:
        position = await outbox.newest(view)
    await outbox.flush()
    await put(database, outbox, [scribe.record(b"b")])
    assert await outbox.passed(position)
    assert not await outbox.passed(position + 1)


async def test_the_relay_first_sends_what_a_crash_left(*, database, outbox, log, scribe, running, until):
    await put(database, outbox, [scribe.record(b"left")])
    async with running(Relay("themer", outbox).run):
        await until(lambda: len(log.appended) == 1)


async def test_the_relay_sends_what_is_put_while_it_runs(*, database, outbox, log, scribe, running, until):
    async with running(Relay("themer", outbox).run):
        for number in range(3):
            await put(database, outbox, [scribe.record(b"%d" % number)])
            await until(lambda number=number: len(log.appended) == number + 1)


async def test_the_relay_outlives_a_log_that_is_away(*, database, outbox, log, scribe, running, until, lines):
    log.failing = 1
    await put(database, outbox, [scribe.record(b"one")])
    async with running(Relay("themer", outbox).run):
        await until(lambda: len(log.appended) == 1)
    (line,) = lines.named("the relay waits")
    assert line["error"] == "LogUnavailable"


async def test_a_stateful_handler_sends_each_topics_answers_in_the_order_of_its_routes(database, outbox, log, scribe):
    def answering(prefix):
        async def apply(transaction, records):
            return [scribe.record(prefix + record.value, "c", scribe.output) for record in records]

        return apply

    handler = StatefulHandler(
        database, outbox, {scribe.consent: answering(b"consent "), scribe.words: answering(b"words ")}
    )
    mixed = [scribe.record(b"1"), scribe.record(b"2", "c", scribe.consent), scribe.record(b"3")]
    assert await handler.handle(mixed) == ()
    assert [record.value for record in log.appended] == [b"consent 2", b"words 1", b"words 3"]


async def test_a_stateful_handler_applies_all_or_nothing(database, outbox, log, scribe):
    async def fine(transaction, records):
        return [scribe.record(b"answer")]

    async def failing(transaction, records):
        raise StoreUnavailable("full")

    handler = StatefulHandler(database, outbox, {scribe.consent: fine, scribe.words: failing})
    with pytest.raises(StoreUnavailable):
        await handler.handle([scribe.record(b"1", "c", scribe.consent), scribe.record(b"2")])
    assert await outbox.waiting() == 0
    assert log.appended == []
