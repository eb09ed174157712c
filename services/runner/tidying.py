"""Tidying kept topics on a slow clock: compacting what is compacted, and letting go what has been kept long enough."""

import asyncio

from services.clock import Clock
from services.errors import LogUnavailable
from services.eventlog.interface import EventLog
from services.eventlog.topics import DECLARED
from services.eventlog.trimming import tidy
from services.runner.supervision import every
from services.telemetry.logs import logger

TIDY_SECONDS = 600.0


class Tidier:
    """Tidies the kept topics whose first writer is one service, so that each has one that looks after it."""

    def __init__(self, service: str, log: EventLog, clock: Clock) -> None:
        self._topics = [
            topic for topic in DECLARED.values() if topic.retention != "transit" and topic.writers[0] == service
        ]
        self._log = log
        self._clock = clock
        self._line = logger(service)

    async def run(self, stop: asyncio.Event) -> None:
        """Tidy now and on a clock until ``stop``."""
        while True:
            try:
                await tidy(self._log, self._clock.today(), self._topics)
            except LogUnavailable as trouble:
                self._line.warning("tidying waits", error=trouble)
            if not await every(TIDY_SECONDS, stop):
                return
