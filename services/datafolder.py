"""The data folder: what marks it as ours, its version, the bearer token, and one lock for each service."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import Self

import msgspec

from services.clock import Clock, DemoClock, RealClock
from services.errors import DataFolderError

FORMAT = 1
_MARKER = "survivor-voice.json"
_DRAFT = ".survivor-voice-draft-"
_TOKEN_BYTES = 32


class _Marker(msgspec.Struct):
    format: int
    demo: bool = False


class DataFolder:
    """One data folder, checked to be ours.

    Attributes:
        path: the folder.
        demo: whether it holds a demonstration.
    """

    def __init__(self, path: Path, *, demo: bool) -> None:
        self.path = path
        self.demo = demo

    @classmethod
    def open(cls, path: Path, *, demo: bool = False) -> "DataFolder":
        """Open a folder, making it when it is missing or empty.

        Raises:
            DataFolderError: it holds other things, is of a newer version, is a demonstration's (or is not), or cannot
                be written.
        """
        marker = path / _MARKER
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not marker.exists():
                if any(entry.name != "keys" and not entry.name.startswith(_DRAFT) for entry in path.iterdir()):
                    raise DataFolderError(f"The folder {path} holds other things: name an empty one with --data.")
                path.chmod(0o700)
                draft = path / f"{_DRAFT}{os.getpid()}"
                draft.write_bytes(msgspec.json.encode(_Marker(FORMAT, demo)))
                draft.replace(marker)
            found = msgspec.json.decode(marker.read_bytes(), type=_Marker)
        except msgspec.DecodeError:
            raise DataFolderError(f"The file {_MARKER} in {path} is damaged: restore it from a backup.") from None
        except OSError as trouble:
            raise DataFolderError(f"The folder {path} cannot be used: {os.strerror(trouble.errno or 0)}.") from None
        if found.format > FORMAT:
            raise DataFolderError(f"The folder {path} was written by a newer version: install that version to use it.")
        if demo and not found.demo:
            raise DataFolderError(f"The folder {path} holds real data: name another one for a demonstration.")
        return cls(path, demo=found.demo)

    @property
    def clock(self) -> Clock:
        """The folder's clock: a demonstration's own, or the real one."""
        return DemoClock(self.clock_file) if self.demo else RealClock()

    @property
    def clock_file(self) -> Path:
        """Where a demonstration keeps its day."""
        return self.path / "demo-clock"

    @property
    def token_file(self) -> Path:
        """Where the bearer token lies."""
        return self.path / "token"

    @property
    def accounts_file(self) -> Path:
        """Where the accounts lie."""
        return self.path / "accounts" / "accounts.sqlite3"

    def token(self) -> str:
        """Return the bearer token of the interfaces, making it the first time; readable by its owner only."""
        if not self.token_file.exists():
            draft = self.token_file.with_name(f".token.{os.getpid()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(_TOKEN_BYTES) + "\n")
            try:
                os.link(draft, self.token_file)
            except FileExistsError:
                pass  # another process was quicker: its token holds
            finally:
                draft.unlink()
        return self.token_file.read_text(encoding="ascii").strip()

    def lock(self, service: str) -> "FolderLock":
        """Take a service's lock for as long as the process lives.

        Raises:
            DataFolderError: another instance of the service uses this folder.
        """
        return FolderLock(self.path, service)

    def holder(self, service: str) -> str | None:
        """Return the address where a running instance of a service listens, or None when none holds its lock."""
        path = self.path / f"{service}.lock"
        if not path.exists():
            return None
        descriptor = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return path.read_text(encoding="ascii").strip()
        finally:
            os.close(descriptor)
        return None


class FolderLock:
    """One service's lock on a data folder; it holds the address where the service listens."""

    def __init__(self, folder: Path, service: str) -> None:
        self._path = folder / f"{service}.lock"
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise DataFolderError(
                f"Another {service} uses the folder {folder}: stop it first, or name another folder with --data.",
            ) from None
        os.ftruncate(self._descriptor, 0)

    def listening_at(self, address: str) -> None:
        """Note where the service listens, for commands that want to speak to it."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, address.encode("ascii"), 0)

    def release(self) -> None:
        """Give the lock back; doing it again changes nothing."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
