"""Whole transactions in one turn: durable together, gone together, and in line with the asynchronous ones."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.database.engine import Database, after_commit
from services.errors import ContractBroken, StoreUnavailable

METADATA = sa.MetaData()
NUMBERS = sa.Table("numbers", METADATA, sa.Column("number", sa.Integer, primary_key=True), sa.Column("word", sa.Text))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:{tmp_path / 'store.sqlite'}", METADATA)
    await database.open()
    yield database
    await database.close()


def insert(number: int) -> sa.Insert:
    return NUMBERS.insert().values(number=number, word="word")


def counted(view: sa.Connection) -> int:
    return view.execute(sa.select(sa.func.count()).select_from(NUMBERS)).scalar_one()


async def test_what_it_returns_and_wrote_is_there_when_it_returns(database: Database) -> None:
    assert await database.transact(lambda transaction: transaction.execute(insert(1)).rowcount) == 1
    assert await database.look(counted) == 1
    async with database.read() as view:
        assert await view.run_sync(counted) == 1


async def test_it_runs_away_from_the_event_loop(database: Database) -> None:
    names = [await database.transact(lambda _: threading.current_thread().name) for _ in range(2)]
    assert names[0] == names[1] != threading.current_thread().name


async def test_an_error_takes_everything_back_and_the_next_one_works(database: Database) -> None:
    def fails(transaction: sa.Connection) -> None:
        transaction.execute(insert(1))
        raise StoreUnavailable("not now")

    with pytest.raises(StoreUnavailable):
        await database.transact(fails)
    assert await database.look(counted) == 0
    await database.transact(lambda transaction: transaction.execute(insert(1)).rowcount)
    assert await database.look(counted) == 1


async def test_a_refused_row_names_its_class_alone(database: Database) -> None:
    await database.transact(lambda transaction: transaction.execute(insert(1)).rowcount)
    with pytest.raises(ContractBroken) as refused:
        await database.transact(lambda transaction: transaction.execute(insert(1)).rowcount)
    assert "IntegrityError" in str(refused.value)


async def test_calls_wait_for_the_commit_and_run_in_the_event_loop(database: Database) -> None:
    called: list[str] = []

    def work(transaction: sa.Connection) -> None:
        transaction.execute(insert(1))
        after_commit(transaction, lambda: called.append(threading.current_thread().name))
        assert not called

    await database.transact(work)
    assert called == [threading.current_thread().name]


async def test_calls_are_forgotten_when_it_fails(database: Database) -> None:
    called: list[int] = []

    def fails(transaction: sa.Connection) -> None:
        after_commit(transaction, lambda: called.append(1))
        raise StoreUnavailable("not now")

    with pytest.raises(StoreUnavailable):
        await database.transact(fails)
    await database.transact(lambda transaction: transaction.execute(insert(1)).rowcount)
    assert not called


async def test_both_kinds_of_writers_lose_no_update(database: Database) -> None:
    await database.transact(lambda transaction: transaction.execute(insert(0)).rowcount)

    def count_up(transaction: sa.Connection) -> None:
        found = transaction.execute(sa.select(NUMBERS.c.number)).scalar_one()
        transaction.execute(NUMBERS.update().values(number=found + 1))

    async def asynchronously() -> None:
        async with database.begin() as transaction:
            await transaction.run_sync(count_up)

    await asyncio.gather(*(database.transact(count_up) for _ in range(10)), *(asynchronously() for _ in range(10)))
    async with database.read() as view:
        assert (await view.execute(sa.select(NUMBERS.c.number))).scalar_one() == 20


async def test_who_is_cancelled_waits_for_the_end_of_the_transaction(database: Database) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slow(transaction: sa.Connection) -> None:
        began.set()
        may_end.wait(10)
        transaction.execute(insert(1))

    writing = asyncio.create_task(database.transact(slow))
    await asyncio.to_thread(began.wait, 10)
    writing.cancel()
    await asyncio.sleep(0)
    assert not writing.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await database.look(counted) == 1


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = Database(f"sqlite:{tmp_path / 'store.sqlite'}", METADATA)
    with pytest.raises(StoreUnavailable, match="closed"):
        await database.transact(counted)
    with pytest.raises(StoreUnavailable, match="closed"):
        await database.look(counted)
