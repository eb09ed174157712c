"""How soon a client that lost the broker may knock again: later each time, and not all clients at once."""

import asyncio
import os
import socket
import time
from zlib import crc32

_FIRST = 0.1
_LONGEST = 5.0


class Gate:
    """Holds up those who would connect again too soon.

    The pauses double up to five seconds, each between a half and the whole of that; which part is worked out from the
    client's name and the number of the try, so that clients that lost a broker together come back one by one.

    Args:
        name: of the client, different for each process.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._failures = 0
        self._opens = 0.0

    async def wait(self) -> None:
        """Return when the next try may be made."""
        pause = self._opens - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)

    def failed(self) -> None:
        """Note that a try failed."""
        self._opens = time.monotonic() + self.pause_after(self._failures)
        self._failures += 1

    def worked(self) -> None:
        """Note that one worked."""
        self._failures = 0
        self._opens = 0.0

    def pause_after(self, failures: int) -> float:
        """Return the seconds between a try and the next after so many failures before it."""
        whole: float = min(_LONGEST, _FIRST * 2.0 ** min(failures, 10))
        return whole * (0.5 + 0.5 * (crc32(f"{self._name}/{failures}".encode()) % 1000) / 1000)


def client_name() -> str:
    """Return a name of this process among all that use the broker."""
    return f"survivor-voice-{socket.gethostname()}-{os.getpid()}"
