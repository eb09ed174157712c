"""Key files: their owner alone reads them, they are whole or not there, and what is destroyed is overwritten."""

import os
import subprocess
import sys
import textwrap

import pytest

from services.errors import SealingError
from services.sealing import keyfiles
from services.sealing.datakeys import KeyEncryptionKeys
from services.sealing.epochs import EpochKeys
from services.sealing.identities import Identity, Pins

KEY_BYTES = b"thirty-two bytes of key material"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


def mode(path):
    return path.stat().st_mode & 0o777


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_a_file_is_its_owners_alone_and_so_is_its_folder(folder, umask):
    keyfiles.write_private(folder / "one.key", KEY_BYTES)
    assert mode(folder) == 0o700
    assert mode(folder / "one.key") == 0o600
    assert keyfiles.read_private(folder / "one.key") == KEY_BYTES


def test_everything_that_keys_write_is_their_owners_alone(folder, day):
    EpochKeys(folder, "anonymiser", "words").ensure(day)
    EpochKeys(folder, "anonymiser", "words").destroy("anonymiser-words-2025-03", day)
    KeyEncryptionKeys(folder, "themer").next_generation()
    Pins(folder / "pins.toml").pin("themer", Identity(folder, "themer").public)
    files = sorted(path.name for path in folder.iterdir())
    assert files == [
        ".lock",
        "anonymiser-words-2025-03.destroyed",
        "pins.toml",
        "themer-identity.key",
        "themer-kek-1.key",
    ]
    assert {mode(path) for path in folder.iterdir()} == {0o600}
    assert mode(folder) == 0o700


@pytest.mark.parametrize("others", [0o604, 0o640, 0o644, 0o660, 0o601])
def test_a_file_that_others_can_read_is_refused(folder, others):
    path = folder / "one.key"
    keyfiles.write_private(path, KEY_BYTES)
    path.chmod(others)
    with pytest.raises(SealingError, match="chmod 600") as refused:
        keyfiles.read_private(path)
    assert KEY_BYTES.decode() not in str(refused.value)


@pytest.mark.parametrize("others", [0o701, 0o710, 0o750, 0o755])
def test_a_folder_that_others_can_enter_is_refused(folder, others, day):
    folder.mkdir()
    folder.chmod(others)
    with pytest.raises(SealingError, match="chmod 700"):
        keyfiles.write_private(folder / "one.key", KEY_BYTES)
    with pytest.raises(SealingError, match="chmod 700"), keyfiles.locked(folder):
        pass
    with pytest.raises(SealingError, match="chmod 700"):
        EpochKeys(folder, "anonymiser", "words").ensure(day)
    assert list(folder.iterdir()) == []


def test_a_key_that_others_can_read_is_not_used(folder, day):
    keys = EpochKeys(folder, "anonymiser", "words")
    keys.ensure(day)
    (folder / "anonymiser-words-2025-03.key").chmod(0o644)
    with pytest.raises(SealingError, match="chmod 600"):
        EpochKeys(folder, "anonymiser", "words").private_key("anonymiser-words-2025-03")


def test_writing_again_replaces_the_whole_file_and_leaves_no_draft(folder):
    path = folder / "one.key"
    keyfiles.write_private(path, KEY_BYTES)
    keyfiles.write_private(path, b"short")
    assert path.read_bytes() == b"short"
    assert [entry.name for entry in folder.iterdir()] == ["one.key"]


def test_a_file_that_could_not_be_written_whole_does_not_replace_the_old_one(folder, monkeypatch):
    path = folder / "one.key"
    keyfiles.write_private(path, KEY_BYTES)

    def fail(_):
        raise OSError(28, "no space")

    monkeypatch.setattr(keyfiles.os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        keyfiles.write_private(path, b"half")
    assert path.read_bytes() == KEY_BYTES


def test_destroying_overwrites_before_it_removes(folder, tmp_path):
    path = folder / "one.key"
    keyfiles.write_private(path, KEY_BYTES)
    beside = tmp_path / "the same file by another name"
    os.link(path, beside)
    keyfiles.destroy(path)
    assert not path.exists()
    assert beside.read_bytes() == bytes(len(KEY_BYTES))


def test_destroying_what_is_gone_is_well(folder):
    folder.mkdir()
    keyfiles.destroy(folder / "never.key")
    assert list(folder.iterdir()) == []


def test_reading_what_is_not_there_says_so(folder):
    with pytest.raises(FileNotFoundError):
        keyfiles.read_private(folder / "never.key")


def test_the_lock_is_free_again_after_an_error(folder):
    with pytest.raises(ValueError, match="inside"), keyfiles.locked(folder):
        raise ValueError("inside")
    with keyfiles.locked(folder):
        assert (folder / ".lock").exists()


def test_two_processes_never_hold_the_lock_together(folder, tmp_path):
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from services.sealing import keyfiles
        count = Path(sys.argv[2])
        for _ in range(40):
            with keyfiles.locked(Path(sys.argv[1])):
                number = int(count.read_text())
                count.write_text(str(number + 1))
    """)
    count = tmp_path / "count"
    count.write_text("0")
    running = [subprocess.Popen([sys.executable, "-c", script, folder, count]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert count.read_text() == "120"
