"""The relay: moves what waits in the outbox to the log, and goes on when either is away for a while."""

import asyncio

from services.errors import LogUnavailable, StoreUnavailable
from services.runner.outbox import Outbox
from services.runner.supervision import every
from services.telemetry.logs import logger

_IDLE_SECONDS = 0.2
_PAUSE = 0.5


class Relay:
    """A supervised task around one outbox."""

    def __init__(self, service: str, outbox: Outbox) -> None:
        self._outbox = outbox
        self._line = logger(service)

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until ``stop``; what was left by a crash goes first."""
        while not stop.is_set():
            try:
                await self._outbox.flush()
            except (LogUnavailable, StoreUnavailable) as trouble:
                self._line.warning("the relay waits", error=trouble, seconds=_PAUSE)
                await every(_PAUSE, stop)
                continue
            await self._outbox.woken(_IDLE_SECONDS)
