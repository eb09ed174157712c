"""Wakes those who wait for something new in the log."""

import asyncio
import contextlib
import threading
from collections.abc import Callable


class Bell:
    """Counts what happened; who waits says which count it has seen, so that no ring is lost in between.

    Any thread may ring; any event loop may wait.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._waiting: dict[asyncio.Future[None], asyncio.AbstractEventLoop] = {}
        self._closed = False

    @property
    def count(self) -> int:
        """How often it has rung."""
        return self._count

    def ring(self) -> None:
        """Wake everyone who waits."""
        with self._changed:
            self._count += 1
            waiting, self._waiting = self._waiting, {}
        for future, loop in waiting.items():
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits there
                loop.call_soon_threadsafe(_wake, future)

    async def wait_beyond(self, count: int, timeout: float) -> None:  # noqa: ASYNC109 - passing the time is no error
        """Return when it has rung more often than ``count`` times, or after ``timeout`` seconds."""
        loop = asyncio.get_running_loop()
        with self._changed:
            if self._count > count or self._closed:
                return
            future: asyncio.Future[None] = loop.create_future()
            self._waiting[future] = loop
            self._changed.notify_all()
        try:
            await asyncio.wait_for(future, timeout)
        except TimeoutError:
            return
        finally:
            with self._changed:
                self._waiting.pop(future, None)

    def watch(self, look: Callable[[], bool], every: float) -> None:
        """Ring whenever ``look`` says that something changed; looks only while somebody waits.

        Runs in a thread of its own until :meth:`close`.

        Args:
            look: says whether something changed since it was last asked.
            every: seconds between two looks.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
            if look():
                self.ring()
            with self._changed:
                if self._changed.wait_for(lambda: self._closed, every):
                    return

    def close(self) -> None:
        """Wake everyone for the last time."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.ring()


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
