"""The one thread of a process that writes to the SQLite engine's file.

Whatever is waiting is done in one transaction and answered after its commit, so a disk that syncs slowly serves many
writers at the price of one.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from services.errors import LogError, LogUnavailable
from services.eventlog.sqlite_file import connect, meaning_of
from services.eventlog.sqlite_known import Known
from services.eventlog.sqlite_turn import Turn

Result = TypeVar("Result")

CLOSED: Final = "The event log is closed."
#: What one transaction takes at most: requests, and records in them.
_REQUESTS: Final = 1024
_RECORDS: Final = 20_000
#: KiB of pages that are kept at hand: a trim finds what was written lately without reading it again.
_CACHE: Final = 16_384
#: What is done by and by: seconds that it waits for a transaction to ride in, and the sizes of its pieces there, for
#: each record of the others and at least, and alone (so that appends never wait long for it).
_LULL: Final = 0.005
_RIDING_EACH: Final = 1
_RIDING: Final = 64
_ALONE: Final = 2000


@dataclass(slots=True)
class _Request:
    """Something to do, and where its answer goes.

    Attributes:
        action: what is done, given a turn, or the connection itself for what cannot run inside a transaction.
        alone: whether it runs outside a transaction.
        lasting: whether it is done a piece at a time.
        weight: how many records it appends, or is done with.
    """

    action: Callable[..., Any]
    alone: bool
    lasting: bool
    weight: int
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    value: Any = None
    error: BaseException | None = None


class Writer:
    """A thread with the writing connection.

    Args:
        path: the log's file, prepared.
        patience: how long it waits for another process's lock, in seconds.
        beat_every: seconds between two heartbeats.
        beat: writes the heartbeats of this process's members.
        beating: whether there are members now.
        committed: called from the thread after each transaction that pollers wait for.
    """

    def __init__(
        self,
        path: Path,
        *,
        patience: float,
        beat_every: float,
        beat: Callable[[Turn], None],
        beating: Callable[[], bool],
        committed: Callable[[], None],
    ) -> None:
        self._path = path
        self._patience = patience
        self._beat_every = beat_every
        self._beat = beat
        self._beating = beating
        self._committed = committed
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._lasting: list[_Request] = []
        self._known = Known()
        self._lock = threading.Lock()
        self._closed = False
        self.connection: sqlite3.Connection | None = self._connect()
        self._thread = threading.Thread(target=self._run, name="event log writer", daemon=True)
        self._thread.start()

    async def run(self, action: Callable[[Turn], Result], *, weight: int = 0) -> Result:
        """Do something in the next transaction and return its result once it is durable.

        Raises:
            LogUnavailable: nothing of it was done.
            LogError: what the action raised.
        """
        return await self._ask(action, alone=False, weight=weight)

    async def run_by_and_by(self, action: Callable[[Turn, int], bool]) -> None:
        """Do something a piece at a time, in other requests' transactions where there are any.

        Args:
            action: does a piece of about the size that it is given; returns whether that was the last.

        Raises:
            LogUnavailable: a piece was not done.
        """
        await self._ask(action, alone=False, weight=0, lasting=True)

    async def run_alone(self, action: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do something outside transactions, after all that was asked before."""
        return await self._ask(action, alone=True, weight=0)

    def _ask(
        self, action: Callable[..., Result], *, alone: bool, weight: int, lasting: bool = False
    ) -> asyncio.Future[Result]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        with self._lock:
            if self._closed:
                raise LogUnavailable(CLOSED)
            self._requests.put(_Request(action, alone, lasting, weight, future, loop))
        return future

    async def close(self) -> None:
        """Finish what was accepted, then end the thread."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._requests.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        next_beat = time.monotonic() + self._beat_every
        open_ = True
        while open_ or self._lasting:
            requests: list[_Request] = []
            wait = max(0.0, next_beat - time.monotonic())
            if open_:
                with contextlib.suppress(queue.Empty):
                    open_ = self._take(requests, min(wait, _LULL) if self._lasting else wait)
            due = False
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + self._beat_every
                due = self._beating()
            inside = [request for request in requests if not request.alone and not request.lasting]
            if inside or due or self._lasting:
                self._transact(inside, beat=due)
            self._lasting += [request for request in requests if request.lasting]
            for request in requests:
                if request.alone:
                    self._do_alone(request)
        if self.connection is not None:
            self.connection.close()

    def _take(self, requests: list[_Request], wait: float) -> bool:
        """Fill in what is waiting, at least one request unless the time is up; return False at the end."""
        weight = 0
        request = self._requests.get(timeout=wait)
        while request is not None:
            requests.append(request)
            weight += request.weight
            if request.alone or len(requests) >= _REQUESTS or weight >= _RECORDS:
                return True
            try:
                request = self._requests.get_nowait()
            except queue.Empty:
                return True
        return False

    def _transact(self, requests: list[_Request], *, beat: bool) -> None:
        try:
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            self._known.refresh(connection)
            turn = Turn(connection, self._known)
            weight = sum(request.weight for request in requests)
            piece = max(_RIDING, weight * _RIDING_EACH) if requests else _ALONE
            for request in self._lasting:
                request.value = request.action(turn, piece)
            for request in requests:
                self._do(request, turn)
            if beat:
                self._beat(turn)
            turn.flush()
            connection.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._recover(error)
            for request in (*self._lasting, *requests):
                request.error = meaning_of(error)
        else:
            if turn.news:
                self._committed()
        ended = [request for request in self._lasting if request.value or request.error is not None]
        if ended:
            self._lasting = [request for request in self._lasting if request not in ended]
        _answer([*requests, *ended])

    @staticmethod
    def _do(request: _Request, turn: Turn) -> None:
        """Do one request; its own refusal is its own, any other error is everybody's."""
        try:
            request.value = request.action(turn)
        except LogError as error:
            request.error = error

    def _do_alone(self, request: _Request) -> None:
        try:
            request.value = request.action(self._connected())
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            self._recover(error)
            request.error = meaning_of(error)
        _answer([request])

    def _connected(self) -> sqlite3.Connection:
        if self.connection is None:
            self.connection = self._connect()
        return self.connection

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self._path, patience=self._patience)
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        return connection

    def _recover(self, error: BaseException) -> None:
        """Undo what was begun; after an error of the disk, start with a fresh connection."""
        self._known.forget()
        connection = self.connection
        if connection is None:
            return
        with contextlib.suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if connection.in_transaction or code in {
            sqlite3.SQLITE_IOERR,
            sqlite3.SQLITE_CANTOPEN,
            sqlite3.SQLITE_READONLY,
        }:
            self.connection = None
            with contextlib.suppress(sqlite3.Error):
                connection.close()


def _answer(requests: list[_Request]) -> None:
    """Hand the answers to the event loops that wait for them, one call for each loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Request]] = {}
    for request in requests:
        by_loop.setdefault(request.loop, []).append(request)
    for loop, answered in by_loop.items():
        with contextlib.suppress(RuntimeError):  # that loop was closed meanwhile: nobody waits any more
            loop.call_soon_threadsafe(_settle, answered)


def _settle(requests: list[_Request]) -> None:
    for request in requests:
        if request.future.done():
            continue
        if request.error is None:
            request.future.set_result(request.value)
        else:
            request.future.set_exception(request.error)
