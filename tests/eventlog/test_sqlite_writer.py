"""The writing thread: what waits together shares one transaction, and idle logs leave the file alone."""

import asyncio
import sqlite3
import threading

import pytest

from services.eventlog.sqlite_file import connect


def count_statements(connection, start):
    """Count the statements of a connection that begin with a word."""
    seen = []
    connection.set_trace_callback(lambda statement: seen.append(statement) if statement.startswith(start) else None)
    return seen


async def test_many_waiting_writers_share_few_transactions(opened, made):
    log = opened()
    commits = count_statements(log._writer.connection, "COMMIT")
    await asyncio.gather(*(log.append([made.record(f"key-{n}")]) for n in range(200)))
    assert sum((await log.heads([made.transit])).values()) == 200
    assert 1 <= len(commits) <= 20


async def test_a_single_writer_gets_a_transaction_for_each_append(opened, made):
    log = opened(lease=600)
    commits = count_statements(log._writer.connection, "COMMIT")
    for number in range(10):
        await log.append([made.record(f"key-{number}")])
    assert len(commits) == 10


async def test_an_output_and_its_cursor_are_in_one_transaction(opened, made):
    log = opened(lease=600)
    await log.append(made.records(5))
    subscription = await log.subscribe("anonymiser", [made.transit])
    batch = await subscription.poll(max_records=5, timeout=1)
    statements = count_statements(log._writer.connection, "")
    await subscription.commit(batch, made.records(5, made.output))
    words = [statement.split()[0:3] for statement in statements]
    assert words[0][0] == "BEGIN"
    assert words[-1][0] == "COMMIT"
    assert sum(word[0] in {"BEGIN", "COMMIT"} for word in words) == 2
    assert {"record", "cursor"} <= {word[2] for word in words if word[0] == "INSERT"}


@pytest.mark.parametrize(("pragma", "expected"), [("synchronous", 2), ("secure_delete", 1), ("temp_store", 2)])
async def test_every_connection_has_the_settings_that_durability_rests_on(opened, pragma, expected):
    log = opened()
    for connection in (log._writer.connection, log.reader._connection):
        assert connection.execute(f"PRAGMA {pragma}").fetchone() == (expected,)
    assert log._writer.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_the_reading_connection_cannot_write(opened):
    log = opened()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        log.reader._connection.execute("DELETE FROM record")


async def test_a_waiting_poll_asks_the_file_for_nothing_but_its_version(opened, made):
    log = opened(lease=600, watch_every=0.02)
    subscription = await log.subscribe("anonymiser", [made.transit])
    await subscription.poll(max_records=1, timeout=0)
    reads = count_statements(log.reader._connection, "")
    looks = count_statements(log._watching, "PRAGMA data_version")
    await subscription.poll(max_records=1, timeout=0.5)
    assert len(reads) <= 12
    assert 2 <= len(looks) <= 30


async def test_nobody_waiting_means_nobody_looking(opened):
    log = opened(watch_every=0.01)
    await asyncio.sleep(0.05)
    looks = count_statements(log._watching, "PRAGMA data_version")
    await asyncio.sleep(0.2)
    assert looks == []


async def test_a_log_without_workers_writes_nothing_by_itself(opened):
    log = opened(lease=0.05)
    writes = count_statements(log._writer.connection, "")
    await asyncio.sleep(0.3)
    assert writes == []


async def test_closing_ends_every_thread(opened, made):
    before = set(threading.enumerate())
    log = opened()
    await log.append([made.record()])
    await log.heads([made.transit])
    assert len([thread for thread in threading.enumerate() if thread not in before]) == 3
    await log.close()
    assert [thread for thread in threading.enumerate() if thread not in before and "event log" in thread.name] == []


async def test_a_heartbeat_is_written_beside_the_appends_of_a_busy_log(opened, made, tmp_path):
    log = opened(lease=0.3)
    subscription = await log.subscribe("anonymiser", [made.transit])
    look = connect(tmp_path / "log.sqlite3", patience=1)
    (first,) = look.execute("SELECT beat FROM member").fetchone()
    for number in range(60):
        await log.append([made.record(f"key-{number}")])
        await asyncio.sleep(0.01)
    (last,) = look.execute("SELECT beat FROM member").fetchone()
    look.close()
    assert last - first >= 0.3
    assert len(subscription.assignment) == 4


def test_one_log_serves_event_loops_one_after_the_other(made, tmp_path):
    from services.eventlog.sqlite import SqliteLog

    log = SqliteLog(tmp_path / "log.sqlite3")

    async def add():
        await log.append([made.record()])
        subscription = await log.subscribe("anonymiser", [made.transit])
        batch = await subscription.poll(max_records=10, timeout=1)
        await subscription.close()
        return len(batch.records)

    assert asyncio.run(add()) == 1
    assert asyncio.run(add()) == 2
    asyncio.run(log.close())
