"""From a setting to a log."""

import pytest

from services.errors import DataFolderError, SettingsError
from services.eventlog.memory import MemoryLog
from services.eventlog.opening import open_log
from services.eventlog.sqlite import SqliteLog


async def test_a_path_opens_a_file(tmp_path, made):
    log = open_log(f"sqlite:{tmp_path / 'log.sqlite3'}")
    await log.append([made.record()])
    await log.close()
    assert isinstance(log, SqliteLog)
    assert (tmp_path / "log.sqlite3").exists()


async def test_a_path_without_a_folder_is_taken_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = open_log("sqlite:log.sqlite3")
    monkeypatch.chdir("/")
    await log.ping()
    await log.close()
    assert (tmp_path / "log.sqlite3").exists()


async def test_a_path_with_odd_letters_is_taken_as_it_is(tmp_path):
    log = open_log(f"sqlite:{tmp_path / 'a folder?mode=ro#é' / '100%.sqlite3'}")
    await log.ping()
    await log.close()
    assert (tmp_path / "a folder?mode=ro#é" / "100%.sqlite3").exists()


async def test_memory_opens_a_log_that_nobody_shares(made):
    one, two = open_log("memory:"), open_log("memory:")
    await one.append([made.record()])
    assert isinstance(one, MemoryLog)
    assert sum((await two.heads([made.transit])).values()) == 0
    await one.close()
    await two.close()


@pytest.mark.parametrize(
    "url", ["", "sqlite", "sqlite:", "memory", "memory:x", "nats://host", "/some/path", "SQLITE:x"]
)
def test_anything_else_is_refused_with_what_is_known(url):
    with pytest.raises(SettingsError, match="sqlite:<path"):
        open_log(url)


def test_a_file_that_is_not_ours_is_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("A letter, and nothing else, but long enough to be read as a header." * 40)
    with pytest.raises(DataFolderError):
        open_log(f"sqlite:{tmp_path / 'letter.txt'}")
