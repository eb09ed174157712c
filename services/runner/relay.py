"""The relay: moves what waits in the outbox to the log, and goes on when either is away for a while."""

import asyncio
import contextlib
import time

from services.errors import LogUnavailable, StoreUnavailable
from services.runner.outbox import Outbox
from services.runner.supervision import every
from services.telemetry.logs import logger

_IDLE_SECONDS = 0.2
_PAUSE = 0.5
_GATHER_SECONDS = 0.02
_CLEAR_SECONDS = 0.25


class Relay:
    """A supervised task around one outbox."""

    def __init__(self, service: str, outbox: Outbox) -> None:
        self._outbox = outbox
        self._line = logger(service)

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop``; what was left by a crash goes first."""
        cleared = time.monotonic()
        waits = False
        while not stop.is_set():
            try:
                await self._outbox.flush()
                if time.monotonic() - cleared >= _CLEAR_SECONDS:
                    await self._outbox.clear()
                    cleared = time.monotonic()
            except (LogUnavailable, StoreUnavailable) as trouble:
                # Said once: a log or a database may be away for hours.
                if not waits:
                    self._line.warning("the relay waits", error=trouble, seconds=_PAUSE)
                waits = True
                await every(_PAUSE, stop)
                continue
            waits = False
            await self._outbox.woken(_IDLE_SECONDS)
            # A moment for others to put theirs beside it: one append and one delete for all of them.
            await every(_GATHER_SECONDS, stop)
        with contextlib.suppress(LogUnavailable, StoreUnavailable):
            await self._outbox.clear()
