"""What the SQLite engine says, and does not do, when its file fails it; and that it recovers by itself."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from services.errors import DataFolderError, LogUnavailable
from services.eventlog.sqlite import SqliteLog
from services.eventlog.sqlite_file import FORMAT, meaning_of, prepare_file

BIG = bytes(16_384)


def block(path):
    """Hold the write lock, as another process would."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def limit_pages(log, more):
    """Let the file grow by so many pages only: a disk that is nearly full."""
    (pages,) = log._writer.connection.execute("PRAGMA page_count").fetchone()
    log._writer.connection.execute(f"PRAGMA max_page_count = {pages + more}").fetchone()


async def test_a_full_disk_refuses_an_append_whole_and_says_so(opened, made):
    log = opened()
    await log.append(made.records(10))
    limit_pages(log, 3)
    with pytest.raises(LogUnavailable, match="full"):
        await log.append(made.records(20, value=BIG))
    assert sum((await log.heads([made.transit])).values()) == 10


async def test_reading_goes_on_while_the_disk_is_full(opened, made):
    log = opened()
    await log.append([made.record(value=b"%d" % number) for number in range(10)])
    limit_pages(log, 0)
    with pytest.raises(LogUnavailable):
        await log.append(made.records(20, value=BIG))
    (place,) = [place for place, head in (await log.heads([made.transit])).items() if head]
    assert len(await log.read(place, 0, 100)) == 10


async def test_the_log_goes_on_by_itself_when_there_is_room_again(opened, made):
    log = opened()
    await log.append(made.records(10))
    limit_pages(log, 0)
    with pytest.raises(LogUnavailable):
        await log.append(made.records(20, value=BIG))
    limit_pages(log, 10_000)
    await log.append(made.records(20, value=BIG))
    assert sum((await log.heads([made.transit])).values()) == 30


async def test_a_full_disk_moves_no_cursor_either(opened, made):
    log = opened()
    await log.append(made.records(10))
    subscription = await log.subscribe("anonymiser", [made.transit])
    batch = await subscription.poll(max_records=10, timeout=1)
    limit_pages(log, 1)
    with pytest.raises(LogUnavailable):
        await subscription.commit(batch, made.records(20, made.output, value=BIG))
    assert set((await log.cursors("anonymiser", [made.transit])).values()) == {0}
    assert set((await log.heads([made.output])).values()) == {0}
    limit_pages(log, 10_000)
    await subscription.commit(batch, made.records(20, made.output, value=BIG))
    assert sum((await log.cursors("anonymiser", [made.transit])).values()) == 10


async def test_a_file_locked_by_another_program_is_waited_for_and_then_reported(opened, made, tmp_path):
    log = opened(patience=0.1)
    blocker = block(tmp_path / "log.sqlite3")
    for attempt in (log.append([made.record()]), log.ping(), log.subscribe("anonymiser", [made.transit])):
        with pytest.raises(LogUnavailable, match="locked"):
            await attempt
    blocker.execute("ROLLBACK")
    blocker.close()
    await log.append([made.record()])
    assert sum((await log.heads([made.transit])).values()) == 1


async def test_an_append_that_waits_for_a_lock_succeeds_when_it_is_released(opened, made, tmp_path):
    log = opened(patience=20)
    blocker = block(tmp_path / "log.sqlite3")
    waiting = asyncio.create_task(log.append([made.record()]))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    blocker.execute("ROLLBACK")
    blocker.close()
    await waiting
    assert sum((await log.heads([made.transit])).values()) == 1


_WRITES_BEYOND_A_LIMIT = """
import asyncio, resource, sys
from services.errors import LogUnavailable
from services.eventlog.interface import Attributes, NewRecord
from services.eventlog.sqlite import SqliteLog

def record(value):
    return NewRecord("sv.session.submitted.v1", "key", Attributes(id="i", source="s", type="t", subject="key"), value)

async def main():
    log = SqliteLog(sys.argv[1])
    await log.append([record(b"before")])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        await log.append([record(bytes(1_000_000))])
    except LogUnavailable as error:
        print("refused:", error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    print("head:", max((await log.heads(["sv.session.submitted.v1"])).values()))
    await log.append([record(bytes(1_000_000))])
    print("head:", max((await log.heads(["sv.session.submitted.v1"])).values()))
    await log.close()

asyncio.run(main())
"""


def test_a_write_that_the_system_refuses_is_reported_and_the_next_one_works(tmp_path):
    if not hasattr(resource, "RLIMIT_FSIZE"):
        pytest.skip("this system has no limit on the size of files")
    done = subprocess.run(
        [sys.executable, "-c", _WRITES_BEYOND_A_LIMIT, str(tmp_path / "log.sqlite3")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    refused, before, after = done.stdout.splitlines()
    assert refused.startswith("refused: The event log's file could not be")
    assert (before, after) == ("head: 1", "head: 2")


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("These are somebody's notes, long enough to be looked at as a database header. " * 20)
    path.chmod(0o644)
    before = path.read_bytes()
    with pytest.raises(DataFolderError, match=r"notes.txt is not an event log"):
        SqliteLog(path)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o644


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path):
    path = tmp_path / "other.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (id INTEGER)")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(DataFolderError, match="is not an event log"):
        SqliteLog(path)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_format_is_refused(tmp_path):
    path = tmp_path / "newer.sqlite3"
    prepare_file(path, patience=1)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    connection.close()
    with pytest.raises(DataFolderError, match=f"format {FORMAT + 1}"):
        SqliteLog(path)


def test_a_folder_that_cannot_be_made_is_reported(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LogUnavailable, match="could not be read or written"):
        SqliteLog(tmp_path / "file" / "log.sqlite3")


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write anywhere")
def test_a_folder_without_leave_to_write_is_reported(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(LogUnavailable, match="could not be read or written"):
        SqliteLog(tmp_path / "closed" / "log.sqlite3")


def test_an_error_that_is_not_the_files_is_passed_on_as_it_is():
    error = ValueError("a mistake in the code")
    assert meaning_of(error) is error


def test_a_mistake_in_a_statement_is_not_taken_for_a_broken_disk(tmp_path):
    connection = sqlite3.connect(tmp_path / "any.sqlite3")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT nothing FROM nowhere")
    connection.close()
    assert meaning_of(caught.value) is caught.value


async def test_one_requests_mistake_fails_all_of_its_transaction_and_nothing_after_it(opened, made):
    log = opened()

    def broken(turn):
        turn.probe()
        raise RuntimeError("a mistake in the code")

    results = await asyncio.gather(
        log._writer.run(broken), log.append([made.record()]), log.append([made.record()]), return_exceptions=True
    )
    assert isinstance(results[0], RuntimeError)
    appended = results[1:].count(None)
    assert sum((await log.heads([made.transit])).values()) == appended
    await log.append([made.record()])
    assert sum((await log.heads([made.transit])).values()) == appended + 1


async def test_a_file_damaged_at_run_time_is_reported_as_damaged(opened, made, tmp_path):
    log = opened()
    await log.append(made.records(500, value=BIG))
    await log.trim({}, physically=True)
    with (tmp_path / "log.sqlite3").open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(8192 * 20))
    reopened = opened()
    with pytest.raises(DataFolderError, match="damaged"):
        await reopened.append(made.records(500, value=BIG))


async def test_a_caller_that_gives_up_leaves_the_writer_working(opened, made, tmp_path):
    log = opened(patience=20)
    blocker = block(tmp_path / "log.sqlite3")
    waiting = asyncio.create_task(log.append([made.record(value=b"given up")]))
    await asyncio.sleep(0.05)
    waiting.cancel()
    blocker.execute("ROLLBACK")
    blocker.close()
    await log.append([made.record(value=b"next")])
    (place,) = [place for place, head in (await log.heads([made.transit])).items() if head]
    assert (await log.read(place, 0, 10))[-1].value == b"next"
