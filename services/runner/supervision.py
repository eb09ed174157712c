"""Supervision: a service's tasks run until it stops; one that dies ends the process, loudly."""

import asyncio
from collections.abc import Awaitable, Callable

from services.telemetry.logs import logger

Task = Callable[[asyncio.Event], Awaitable[None]]

_STOP_SECONDS = 20


class Supervisor:
    """Runs named tasks, each given the event that asks it to stop.

    Attributes:
        died: set when a task ended with an error; the process must end.
        cause: the name of that task.
    """

    def __init__(self, service: str) -> None:
        self.died = asyncio.Event()
        self.cause: str | None = None
        self._line = logger(service)
        self._stop = asyncio.Event()
        self._planned: list[tuple[str, Task]] = []
        self._running: list[asyncio.Task[None]] = []

    def add(self, name: str, task: Task) -> None:
        """Plan a task; it starts with :meth:`start`."""
        self._planned.append((name, task))

    def start(self) -> None:
        """Start every planned task."""
        for name, task in self._planned:
            self._running.append(asyncio.create_task(self._watched(name, task), name=name))

    async def stop(self) -> None:
        """Ask every task to stop, wait, and cancel what does not end in time; doing it again changes nothing."""
        self._stop.set()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            self._running = []

    async def _watched(self, name: str, task: Task) -> None:
        try:
            await task(self._stop)
        except asyncio.CancelledError:
            raise
        except BaseException as trouble:
            self._line.error("a task died, so the process ends", worker=name, error=trouble)
            self.cause = name
            self.died.set()
            raise


async def every(seconds: float, stop: asyncio.Event) -> bool:
    """Wait on a clock; return False when it is time to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return True
    return False
