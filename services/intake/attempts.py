"""Slowing down guesses at receipts: several wrong ones in a while make everybody wait a little; no address is kept."""

import time
from collections import deque
from collections.abc import Callable

from aiohttp import web

WINDOW_SECONDS = 300.0
PAUSE_SECONDS = 60.0


class Attempts:
    """Counts the wrong receipts of the last minutes in this process: no visitor is told apart from another.

    A right receipt clears nothing, so that wrong ones cannot be hidden between right ones. 55 bits and a slow hash make
    guessing hopeless; the pause keeps a guesser from taking the machine's time.
    """

    def __init__(self, limit: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._wrong: deque[float] = deque()
        self._until = float("-inf")

    def is_paused(self) -> bool:
        """Whether tries have to wait now."""
        return self._now() < self._until

    def failed(self) -> None:
        """Note a wrong receipt; too many in the window start a pause."""
        now = self._now()
        self._wrong.append(now)
        while self._wrong[0] < now - WINDOW_SECONDS:
            self._wrong.popleft()
        if len(self._wrong) >= self._limit:
            self._wrong.clear()
            self._until = now + PAUSE_SECONDS


ATTEMPTS: web.AppKey[Attempts] = web.AppKey("intake_attempts", Attempts)
