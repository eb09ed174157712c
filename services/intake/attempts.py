"""Slowing down guesses at receipts: after several wrong ones in a row everybody waits a little; no address is kept."""

import time
from collections.abc import Callable

from aiohttp import web

PAUSE_SECONDS = 60.0


class Attempts:
    """Counts wrong receipts of the whole installation: 55 bits need no more than that, and no visitor is told apart."""

    def __init__(self, limit: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._wrong = 0
        self._until = 0.0

    def is_paused(self) -> bool:
        """Whether tries have to wait now."""
        return self._now() < self._until

    def failed(self) -> None:
        """Note a wrong receipt; every so many start a pause."""
        self._wrong += 1
        if self._wrong >= self._limit:
            self._wrong = 0
            self._until = self._now() + PAUSE_SECONDS

    def succeeded(self) -> None:
        """Note a right one."""
        self._wrong = 0


ATTEMPTS: web.AppKey[Attempts] = web.AppKey("intake_attempts", Attempts)
