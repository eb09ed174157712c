"""The data folder: ours or refused, one lock a service, and one bearer token for all processes."""

import json
import os

import pytest

from services.clock import DemoClock, RealClock
from services.datafolder import FORMAT, DataFolder
from services.errors import DataFolderError

HOLD = """
    import sys
    from pathlib import Path
    from services.datafolder import DataFolder
    lock = DataFolder.open(Path(sys.argv[1])).lock(sys.argv[2])
    lock.listening_at("http://127.0.0.1:8461")
    print("held", flush=True)
    sys.stdin.readline()
"""
TOKEN = """
    import sys
    from pathlib import Path
    from services.datafolder import DataFolder
    sys.stdin.readline()
    print(DataFolder.open(Path(sys.argv[1])).token())
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "voices"


@pytest.fixture
def folder(path):
    return DataFolder.open(path)


def marker(path):
    return path / "survivor-voice.json"


def mode(path):
    return path.stat().st_mode & 0o777


def test_a_folder_that_is_missing_is_made_for_its_owner_alone(path):
    folder = DataFolder.open(path / "deep")
    assert folder.path == path / "deep"
    assert mode(folder.path) == 0o700
    assert not folder.demo


def test_an_empty_folder_is_taken_and_closed_to_others(path):
    path.mkdir()
    path.chmod(0o755)
    DataFolder.open(path)
    assert mode(path) == 0o700


def test_a_folder_of_ours_opens_again(folder, path):
    (path / "log.sqlite3").write_bytes(b"")
    assert DataFolder.open(path).path == path


def test_a_folder_that_holds_only_keys_is_taken(path):
    (path / "keys").mkdir(parents=True)
    assert DataFolder.open(path).path == path


@pytest.mark.parametrize("name", ["letter.docx", ".hidden", "key"])
def test_a_folder_that_holds_other_things_is_refused_and_left_as_it_was(path, name):
    path.mkdir()
    (path / name).write_text("mine")
    with pytest.raises(DataFolderError, match="other things"):
        DataFolder.open(path)
    assert [entry.name for entry in path.iterdir()] == [name]


def test_a_file_in_place_of_the_folder_is_refused(path):
    path.write_text("a file")
    with pytest.raises(DataFolderError, match="cannot be used"):
        DataFolder.open(path)


@pytest.mark.parametrize("newer", [FORMAT + 1, FORMAT + 100])
def test_a_folder_of_a_newer_version_is_refused(folder, path, newer):
    marker(path).write_text(json.dumps({"format": newer, "demo": False}))
    with pytest.raises(DataFolderError, match="newer version"):
        DataFolder.open(path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "one"}', '{"demo": true}'])
def test_a_damaged_marker_is_refused(folder, path, content):
    marker(path).write_text(content)
    with pytest.raises(DataFolderError, match="restore"):
        DataFolder.open(path)


def test_a_demonstration_is_refused_in_a_real_folder(folder, path):
    with pytest.raises(DataFolderError, match="real data"):
        DataFolder.open(path, demo=True)
    assert not DataFolder.open(path).demo


def test_a_demonstrations_folder_stays_one(path):
    assert DataFolder.open(path, demo=True).demo
    assert DataFolder.open(path, demo=True).demo
    assert DataFolder.open(path).demo


def test_a_demonstration_has_its_own_clock_and_a_real_folder_the_real_one(path):
    demo = DataFolder.open(path / "demo", demo=True)
    assert isinstance(demo.clock, DemoClock)
    assert demo.clock_file.parent == demo.path
    assert isinstance(DataFolder.open(path / "real").clock, RealClock)


def test_opening_leaves_no_draft(folder, path):
    assert [entry.name for entry in path.iterdir()] == ["survivor-voice.json"]


def test_the_token_is_its_owners_alone_whatever_the_umask(folder):
    before = os.umask(0)
    try:
        folder.token()
    finally:
        os.umask(before)
    assert mode(folder.token_file) == 0o600


def test_the_token_is_made_once_and_is_long(folder, path):
    token = folder.token()
    assert len(token) >= 43
    assert folder.token() == DataFolder.open(path).token() == token
    assert sorted(entry.name for entry in path.iterdir()) == ["survivor-voice.json", "token"]


def test_each_folder_has_a_token_of_its_own(path):
    assert DataFolder.open(path / "a").token() != DataFolder.open(path / "b").token()


def test_processes_that_want_the_token_at_once_get_the_same(folder, path, run_apart):
    running = [run_apart(TOKEN, path) for _ in range(4)]
    for process in running:
        process.stdin.write("now\n")
        process.stdin.flush()
    seen = {process.communicate()[0].strip() for process in running}
    assert seen == {folder.token()}
    assert mode(folder.token_file) == 0o600
    assert sorted(entry.name for entry in path.iterdir()) == ["survivor-voice.json", "token"]


def test_a_process_that_was_quicker_with_the_token_wins(folder, monkeypatch):
    link = os.link

    def later(draft, target):
        target.write_text("the quicker one\n")
        link(draft, target)

    monkeypatch.setattr(os, "link", later)
    assert folder.token() == "the quicker one"


def test_a_lock_is_one_processs_alone(folder, path, run_apart):
    other = run_apart(HOLD, path, "intake")
    assert other.stdout.readline() == "held\n"
    with pytest.raises(DataFolderError, match="Another intake"):
        folder.lock("intake")
    folder.lock("themer").release()
    other.communicate("done\n")
    folder.lock("intake").release()


def test_a_process_that_dies_gives_its_lock_back(folder, path, run_apart):
    other = run_apart(HOLD, path, "intake")
    assert other.stdout.readline() == "held\n"
    other.kill()
    other.wait()
    assert folder.holder("intake") is None
    with folder.lock("intake"):
        pass


def test_the_holder_of_a_lock_says_where_it_listens(folder, path, run_apart):
    assert folder.holder("intake") is None
    other = run_apart(HOLD, path, "intake")
    assert other.stdout.readline() == "held\n"
    assert folder.holder("intake") == "http://127.0.0.1:8461"
    other.communicate("done\n")
    assert folder.holder("intake") is None


def test_asking_for_the_holder_does_not_take_the_lock(folder):
    with folder.lock("intake") as lock:
        lock.listening_at("http://127.0.0.1:1")
        assert folder.holder("intake") == folder.holder("intake") == "http://127.0.0.1:1"
    assert folder.holder("intake") is None
    with folder.lock("intake"):
        assert folder.holder("intake") == ""


def test_a_shorter_address_replaces_a_longer_one_whole(folder):
    with folder.lock("intake") as lock:
        lock.listening_at("http://127.0.0.1:65535")
        lock.listening_at("http://[::1]:1")
        assert folder.holder("intake") == "http://[::1]:1"


def test_an_old_address_is_gone_when_the_lock_is_taken_again(folder, path):
    (path / "intake.lock").write_text("http://127.0.0.1:1")
    with folder.lock("intake"):
        assert folder.holder("intake") == ""


def test_giving_a_lock_back_twice_is_well(folder):
    lock = folder.lock("intake")
    lock.release()
    lock.release()
    folder.lock("intake").release()


def test_a_lock_is_given_back_after_an_error(folder):
    with pytest.raises(ValueError, match="inside"), folder.lock("intake"):
        raise ValueError("inside")
    folder.lock("intake").release()


def test_a_lock_file_is_its_owners_alone(folder, path):
    with folder.lock("intake"):
        assert mode(path / "intake.lock") == 0o600
