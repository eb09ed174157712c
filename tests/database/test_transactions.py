"""Transactions on every engine: writers exclude each other, an error leaves nothing, a view is of one moment."""

import asyncio
import contextlib
import itertools

import pytest
import sqlalchemy as sa

from services.database import engine
from services.errors import ContractBroken, StoreContended, StoreUnavailable

PLANTED = "a planted sentence that no error shows"


async def add_one(bench):
    """Read, wait, then write: loses updates wherever two of these may overlap."""
    async with bench.database.begin() as transaction:
        value = (await transaction.execute(sa.select(bench.counters.c.value))).scalar_one()
        await asyncio.sleep(0)
        await transaction.execute(sa.update(bench.counters).values(value=value + 1))


async def test_fifteen_that_read_and_then_write_count_to_fifteen(bench):
    await asyncio.gather(*(add_one(bench) for _ in range(15)))
    assert await bench.count() == 15


async def test_fifteen_over_three_processes_connections_count_to_fifteen(bench, open_bench):
    others = [await open_bench(bench.stores, bench.url) for _ in range(2)]
    await asyncio.gather(*(add_one(each) for each in [bench, *others] * 5))
    assert await bench.count() == 15


async def test_two_that_each_look_for_the_other_first_do_not_both_write(bench, open_bench):
    """Write skew: each would be right alone, both together are wrong."""
    other = await open_bench(bench.stores, bench.url)

    async def take_the_last_place(taker):
        async with taker.database.begin() as transaction:
            taken = (await transaction.execute(sa.select(sa.func.count()).select_from(taker.notes))).scalar_one()
            await asyncio.sleep(0.01)
            if not taken:
                await transaction.execute(taker.notes.insert().values(text="taken"))

    await asyncio.gather(take_the_last_place(bench), take_the_last_place(other))
    assert await bench.texts() == ["taken"]


async def test_numbers_are_committed_in_the_order_in_which_they_are_given(bench, open_bench):
    """The outbox rests on it: nothing may appear behind a position that was relayed already."""
    other = await open_bench(bench.stores, bench.url)
    seen = []

    async def write(writer, pause):
        for _ in range(10):
            async with writer.database.begin() as transaction:
                await transaction.execute(writer.notes.insert().values(text="x"))
                await asyncio.sleep(pause)

    async def watch():
        for _ in range(40):
            async with bench.database.read() as view:
                seen.append(
                    list((await view.execute(sa.select(bench.notes.c.id).order_by(bench.notes.c.id))).scalars())
                )
            await asyncio.sleep(0.002)

    await asyncio.gather(write(bench, 0.004), write(other, 0), watch())
    for earlier, later in itertools.pairwise(seen):
        assert later[: len(earlier)] == earlier


async def test_what_is_committed_is_there_when_it_is_opened_again(bench, open_bench):
    await bench.note("kept")
    await bench.database.close()
    again = await open_bench(bench.stores, bench.url)
    assert await again.texts() == ["kept"]


async def test_an_error_leaves_nothing_of_its_transaction(bench):
    async def write_then_fail():
        async with bench.database.begin() as transaction:
            await transaction.execute(bench.notes.insert().values(text=PLANTED))
            await transaction.execute(sa.update(bench.counters).values(value=7))
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        await write_then_fail()
    assert await bench.texts() == []
    assert await bench.count() == 0


async def test_what_waits_for_the_commit_is_called_after_it_and_in_order(bench):
    called = []
    async with bench.database.begin() as transaction:
        engine.after_commit(transaction, lambda: called.append("first"))
        engine.after_commit(transaction, lambda: called.append("second"))
        await transaction.execute(bench.notes.insert().values(text="kept"))
        assert called == []
    assert called == ["first", "second"]
    await bench.note("another")
    assert called == ["first", "second"]


async def test_what_waits_for_the_commit_is_never_called_after_an_error(bench):
    called = []

    async def wait_then_fail():
        async with bench.database.begin() as transaction:
            engine.after_commit(transaction, lambda: called.append("never"))
            await transaction.execute(bench.notes.insert().values(text=None))

    with pytest.raises(ContractBroken):
        await wait_then_fail()
    await bench.note("after")
    assert called == []


async def test_a_task_that_is_cancelled_leaves_nothing_and_the_next_one_writes(bench):
    inside = asyncio.Event()

    async def write_and_wait():
        async with bench.database.begin() as transaction:
            await transaction.execute(bench.notes.insert().values(text=PLANTED))
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await bench.note("after")
    assert await bench.texts() == ["after"]


async def test_a_task_that_is_cancelled_while_it_waits_its_turn_leaves_the_turn_to_others(bench, open_bench):
    other = await open_bench(bench.stores, bench.url)
    async with bench.database.begin() as transaction:
        task = asyncio.create_task(other.note("never"))
        await asyncio.sleep(0.05)
        task.cancel()
        await transaction.execute(bench.notes.insert().values(text="first"))
    with pytest.raises(asyncio.CancelledError):
        await task
    await other.note("second")
    assert await bench.texts() == ["first", "second"]


async def test_a_reader_sees_one_moment_while_others_write(bench):
    async with bench.database.read() as view:
        before = (await view.execute(sa.select(bench.counters.c.value))).scalar_one()
        await add_one(bench)
        after = (await view.execute(sa.select(bench.counters.c.value))).scalar_one()
    assert (before, after) == (0, 0)
    assert await bench.count() == 1


async def test_a_reader_does_not_hold_up_a_writer_nor_the_other_way_round(bench):
    async with bench.database.begin() as transaction:
        await transaction.execute(bench.notes.insert().values(text="not yet"))
        assert await bench.texts() == []
    assert await bench.texts() == ["not yet"]


async def test_what_a_reading_transaction_writes_is_not_kept(bench):
    with contextlib.suppress(StoreUnavailable):  # PostgreSQL refuses it at once
        async with bench.database.read() as view:
            await view.execute(bench.notes.insert().values(text="never"))
    assert await bench.texts() == []


@pytest.mark.parametrize("row", [{"text": None}, {"text": PLANTED, "counter": "no such"}, {"text": PLANTED, "id": 1}])
async def test_a_row_that_the_database_refuses_shows_none_of_its_values(bench, row):
    await bench.note("first", id=1)
    with pytest.raises(ContractBroken) as refused:
        await bench.note(**row)
    assert "planted" not in str(refused.value)
    assert "no such" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert await bench.texts() == ["first"]


async def test_a_statement_that_is_wrong_shows_none_of_its_values(bench):
    async def ask():
        async with bench.database.read() as view:
            await view.execute(sa.text("SELECT :text FROM nowhere"), {"text": PLANTED})

    with pytest.raises(ContractBroken) as refused:
        await ask()
    assert "planted" not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_a_database_that_is_closed_says_so_and_closes_twice(bench):
    await bench.database.close()
    await bench.database.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await bench.note()
    with pytest.raises(StoreUnavailable, match="closed"):
        await bench.texts()


async def test_a_ping_says_that_writing_works_and_changes_nothing(bench):
    await bench.note("kept")
    await bench.database.ping()
    assert await bench.texts() == ["kept"]


async def test_work_that_loses_is_done_again_from_its_reads_on(bench):
    """Serialisation failures and deadlocks come as StoreContended; work is one function, so it can be run again."""
    tries = []

    async def add(transaction):
        value = (await transaction.execute(sa.select(bench.counters.c.value))).scalar_one()
        await transaction.execute(sa.update(bench.counters).values(value=value + 1))
        tries.append(value)
        if len(tries) < 3:
            raise StoreContended("another was quicker")
        return value + 1

    assert await bench.database.write(add) == 1
    assert tries == [0, 0, 0]
    assert await bench.count() == 1


async def test_work_that_always_loses_ends_after_a_few_tries_and_leaves_nothing(bench):
    tries = []

    async def lose(transaction):
        tries.append(1)
        await transaction.execute(bench.notes.insert().values(text="never"))
        raise StoreContended("another was quicker")

    with pytest.raises(StoreContended):
        await bench.database.write(lose)
    assert 2 <= len(tries) <= 5
    assert await bench.texts() == []


async def test_work_that_fails_otherwise_is_not_done_again(bench):
    tries = []

    async def fail(transaction):
        tries.append(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await bench.database.write(fail)
    assert len(tries) == 1
