"""A broker's disk that is full when a test says so: a small file system of its own, or a limit on what it may write.

The file system is the real thing and needs the right to mount; the limit (of the size of the broker's files) needs
none. Either way the broker's writes fail and it ends itself, as it does on a full disk.
"""

import contextlib
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka_broker import Broker, own_broker

_MEGABYTES = 128
_BLOCK = bytes(65536)


class SmallDisk:
    """A file system of a few megabytes, filled by somebody else's file.

    Attributes:
        broker: whose folder lies on it.
    """

    def __init__(self, folder: Path, broker: Broker) -> None:
        self._ballast = folder / "ballast"
        self.broker = broker

    def fill(self) -> None:
        """Leave no byte free."""
        size = len(_BLOCK)
        file = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            while size:
                try:
                    os.write(file, _BLOCK[:size])
                except OSError:
                    size //= 2
        finally:
            os.close(file)

    def make_room(self) -> None:
        """Delete what filled it."""
        self._ballast.unlink(missing_ok=True)


class Limit:
    """A limit on the files that the broker writes; one that is started again has none.

    Attributes:
        broker: whose.
    """

    def __init__(self, broker: Broker) -> None:
        self.broker = broker

    def fill(self, most: int = 1) -> None:
        """Let no file grow beyond so many bytes."""
        resource.prlimit(self.broker.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    def make_room(self) -> None:
        """Nothing: the next process may write."""


@contextlib.contextmanager
def limited() -> Iterator[Limit]:
    """Give a broker whose files can be kept from growing."""
    with own_broker() as broker:
        yield Limit(broker)


@contextlib.contextmanager
def mounted() -> Iterator[SmallDisk]:
    """Give a broker on a small file system; skip, loudly, where none may be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="sv-small-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m,mode=700", "survivor-voice", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except OSError:
        done = subprocess.CompletedProcess(mount, 1, "", "no mount here")
    if done.returncode:
        folder.rmdir()
        why = f"no file system may be mounted ({done.stderr.strip()}); the limit on files is tried all the same"
        print(f"NO SMALL DISK: {why}", file=sys.stderr)
        pytest.skip(why)
    try:
        with own_broker(folder=folder / "broker") as broker:
            yield SmallDisk(folder, broker)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)
        with contextlib.suppress(OSError):
            folder.rmdir()


WAYS = {"small file system": mounted, "limit on files": limited}
