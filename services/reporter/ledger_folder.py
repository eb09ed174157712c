"""The ledger of the file command: a folder with a key and every release made with it.

People and contributions stand in it as keyed hashes, so that joiners and leavers can be told apart without a list of
names; true figures stand in it too. It is as private as the rows themselves.
"""

import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import msgspec

from services.errors import DataFolderError
from services.reporter.ledger import Printed

_KEY = "key"
_RELEASES = "releases.json"
_OWNER_ONLY = 0o600


class LedgerFolder:
    """A ledger on disk, read when opened and written whole; without a folder it remembers nothing.

    Raises:
        DataFolderError: the folder cannot be used, or its releases cannot be read.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.printed: tuple[Printed, ...] = ()
        self._key = b""
        if folder is None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not (folder / _KEY).exists():
                _write(folder / _KEY, secrets.token_hex(32).encode())
            self._key = (folder / _KEY).read_bytes()
            if (folder / _RELEASES).exists():
                self.printed = msgspec.json.decode((folder / _RELEASES).read_bytes(), type=tuple[Printed, ...])
        except (OSError, msgspec.MsgspecError):
            raise DataFolderError("The ledger folder cannot be read: check its path, or restore it whole.") from None

    @property
    def closed(self) -> frozenset[str]:
        """The quarters that were published."""
        return frozenset(each.period for each in self.printed if each.period is not None)

    def hashes(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return keyed hashes of ids, sorted; the same id has the same hash within one ledger."""
        return tuple(sorted(self.hash(each) for each in ids))

    def hash(self, identity: str) -> str:
        """Return the keyed hash of one id."""
        return hmac.new(self._key, identity.encode(), "sha256").hexdigest()

    def add(self, releases: Iterable[Printed]) -> None:
        """Add releases and write the ledger, all or nothing.

        Raises:
            DataFolderError: it cannot be written.
        """
        self.printed = (*self.printed, *releases)
        if self._folder is None:
            return
        try:
            _write(self._folder / _RELEASES, msgspec.json.encode(self.printed))
        except OSError:
            raise DataFolderError("The ledger folder cannot be written: nothing was published.") from None


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, in one step."""
    unfinished = path.with_name(f"{path.name}.part")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(path)
