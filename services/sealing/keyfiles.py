"""Key material on disk: readable by its owner only, written whole or not at all, overwritten when destroyed."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from services.errors import SealingError

OWNER_ONLY = 0o600
OWNER_FOLDER = 0o700


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter.

    Raises:
        SealingError: it exists and others can enter it.
    """
    if not folder.parent.exists():
        make_private_folder(folder.parent)
    folder.mkdir(mode=OWNER_FOLDER, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise SealingError(f"Others can enter the key folder {folder.name}: run chmod 700 on it and start again.")


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read; after a crash it is there whole or not at all."""
    make_private_folder(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    try:
        try:
            os.write(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(path)
    except OSError:
        destroy(draft)
        raise
    _sync_folder(path.parent)


def read_private(path: Path) -> bytes:
    """Return a private file's content.

    Raises:
        SealingError: others can read it.
        FileNotFoundError: it is not there.
    """
    if path.stat().st_mode & 0o077:
        raise SealingError(f"Others can read the key file {path.name}: run chmod 600 on it and start again.")
    return path.read_bytes()


def destroy(path: Path) -> None:
    """Overwrite and remove a file; a file that is gone already is well.

    On flash storage and in snapshots the old bytes may survive: the threat model says so.
    """
    with contextlib.suppress(FileNotFoundError):
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.write(b"\0" * size)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        _sync_folder(path.parent)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: several instances of a service share one key folder and change it one at a time."""
    make_private_folder(folder)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, OWNER_ONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
