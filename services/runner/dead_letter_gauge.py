"""Open dead letters as metrics: how many, and how old the oldest is."""

import asyncio
import contextlib
from collections import Counter
from typing import Final

from services.clock import Clock
from services.errors import LogUnavailable
from services.runner.dead_letters import DeadLetters
from services.runner.supervision import every
from services.telemetry.metrics import WorkerMetrics

_MEASURE_EVERY: Final = 15.0


class DeadLetterGauge:
    """Measures a group's dead letters on a clock; a supervised task.

    Args:
        dead_letters: of the group.
        metrics: of its service.
        clock: what day it is.
    """

    def __init__(self, dead_letters: DeadLetters, metrics: WorkerMetrics, clock: Clock) -> None:
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._clock = clock

    async def measure(self) -> None:
        """Look once.

        Raises:
            LogUnavailable: the log cannot be read now.
        """
        letters = await self._dead_letters.listed()
        group, open_now = self._dead_letters.group, Counter(letter.topic for letter in letters)
        for topic in self._dead_letters.topics:
            self._metrics.dead_letters.labels(topic, group).set(open_now[topic])
        today = self._clock.today()
        self._metrics.dead_letter_age.labels(group).set(max((letter.age_days(today) for letter in letters), default=0))

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until ``stop``; while the log is away the last figures stand."""
        while True:
            with contextlib.suppress(LogUnavailable):
                await self.measure()
            if not await every(_MEASURE_EVERY, stop):
                return
