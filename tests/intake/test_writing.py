"""The one writer: what arrives together shares a transaction; nothing stays of what cannot be stored."""

import asyncio
import contextlib

import pytest

from services.errors import StoreUnavailable
from services.intake import store, writing
from services.intake.acceptance import Acceptance, Accepted
from services.intake.writing import GroupWriter


@pytest.fixture
def transactions(monkeypatch, bench):
    """Count the writing transactions of intake's database."""
    counted = []
    kind = type(bench.intake.database)
    real = kind.transact

    async def transact(self, work):
        counted.append(self)
        return await real(self, work)

    monkeypatch.setattr(kind, "transact", transact)
    return counted


async def stored(bench):
    return len(await bench.rows(bench.intake, store.sessions))


async def test_what_arrives_while_one_is_stored_shares_the_next_transaction(  # noqa: PLR0917 - fixtures
    bench, door, said, session_of, gate, transactions
):
    first = asyncio.create_task(door.submit(session_of(said())))
    await gate.until_held()
    others = [asyncio.create_task(door.submit(session_of(said()))) for _ in range(40)]
    await gate.until_waiting(40)
    gate.opened.set()
    answers = await asyncio.gather(first, *others)
    assert len({each.session for each in answers}) == 41
    assert gate.groups == [1, 40]
    assert len(transactions) == 2
    assert await stored(bench) == 41


async def test_a_group_holds_no_more_than_its_measure(door, said, session_of, gate, monkeypatch):
    monkeypatch.setattr(writing, "MOST_AT_ONCE", 5)
    first = asyncio.create_task(door.submit(session_of(said())))
    await gate.until_held()
    others = [asyncio.create_task(door.submit(session_of(said(), said()))) for _ in range(4)]
    await gate.until_waiting(4)
    gate.opened.set()
    await asyncio.gather(first, *others)
    assert gate.groups == [1, 2, 2]


async def test_a_session_larger_than_the_measure_goes_alone_and_whole(bench, door, said, session_of, monkeypatch):
    monkeypatch.setattr(writing, "MOST_AT_ONCE", 5)
    accepted = await door.submit(session_of(*[said() for _ in range(9)]))
    assert len(accepted.contributions) == 9
    assert await stored(bench) == 1


async def test_too_many_that_wait_are_asked_to_come_again(  # noqa: PLR0917 - fixtures
    bench, door, said, session_of, gate, monkeypatch
):
    monkeypatch.setattr(writing, "LONGEST_QUEUE", 2)
    first = asyncio.create_task(door.submit(session_of(said())))
    await gate.until_held()
    waiting = [asyncio.create_task(door.submit(session_of(said()))) for _ in range(2)]
    await gate.until_waiting(2)
    with pytest.raises(StoreUnavailable, match="try again"):
        await door.submit(session_of(said()))
    gate.opened.set()
    await asyncio.gather(first, *waiting)
    assert await stored(bench) == 3


async def test_a_full_disk_is_said_stores_nothing_and_afterwards_all_is_well(bench, door, said, session_of, stores):
    if not stores.is_sqlite:
        pytest.skip("only SQLite can be told how many pages its disk has")
    database = bench.intake.database
    await door.submit(session_of(said()))
    pages = await _limit_pages(database, None)
    with pytest.raises(StoreUnavailable, match="full"):
        await door.submit(session_of(*[said() for _ in range(400)]))
    assert await stored(bench) == 1
    assert await bench.rows(bench.intake, store.outbox) != []
    before = len(await bench.rows(bench.intake, store.contributions))
    assert before == 1
    assert await _limit_pages(database, 1_000_000) >= pages
    accepted = await door.submit(session_of(*[said() for _ in range(400)]))
    assert len(accepted.contributions) == 400
    assert await stored(bench) == 2


async def _limit_pages(database, most):
    """Let every connection of the database grow no further, or again; return how many pages there are."""

    def limit(view):
        pages = view.exec_driver_sql("PRAGMA page_count").scalar_one()
        view.exec_driver_sql(f"PRAGMA max_page_count = {pages if most is None else most}")

    await database.look(limit)
    async with contextlib.AsyncExitStack() as stack:
        views = [await stack.enter_async_context(database.read()) for _ in range(3)]
        pages = 0
        for view in views:
            pages = (await view.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await view.exec_driver_sql(f"PRAGMA max_page_count = {pages if most is None else most}")
    return pages


async def test_what_is_broken_in_one_group_stops_the_writer_but_answers_first(bench, said, session_of, monkeypatch):
    def broken(self, transaction, arrivals, **_):
        raise ZeroDivisionError

    monkeypatch.setattr(Acceptance, "apply", broken)
    writer = _writer(bench)
    running = asyncio.create_task(writer.run(asyncio.Event()))
    monkeypatch.setattr(bench.intake.door, "_writer", writer)
    with pytest.raises(StoreUnavailable):
        await bench.intake.door.submit(session_of(said()))
    with pytest.raises(ZeroDivisionError):
        await running
    with pytest.raises(StoreUnavailable):
        await bench.intake.door.submit(session_of(said()))


async def test_what_waits_when_the_writer_is_stopped_is_stored_and_nothing_after_that(
    bench, said, session_of, monkeypatch
):
    writer = _writer(bench)
    monkeypatch.setattr(bench.intake.door, "_writer", writer)
    submitting = [asyncio.create_task(bench.intake.door.submit(session_of(said()))) for _ in range(3)]
    while len(writer._queue) < 3:
        await asyncio.sleep(0.001)
    stop = asyncio.Event()
    stop.set()
    await writer.run(stop)
    assert all(isinstance(each, Accepted) for each in await asyncio.gather(*submitting))
    with pytest.raises(StoreUnavailable):
        await bench.intake.door.submit(session_of(said()))


async def test_a_sender_who_left_stops_nobody(bench, door, said, session_of, gate):
    first = asyncio.create_task(door.submit(session_of(said())))
    await gate.until_held()
    leaving = asyncio.create_task(door.submit(session_of(said())))
    staying = asyncio.create_task(door.submit(session_of(said())))
    await gate.until_waiting(2)
    leaving.cancel()
    gate.opened.set()
    await asyncio.gather(first, staying)
    assert await stored(bench) == 3  # she had sent it: it is stored, only nobody hears of it


def _writer(bench):
    old = bench.intake.door._writer
    return GroupWriter(acceptance=old._acceptance, database=old._database, outbox=old._outbox, clock=old._clock)
