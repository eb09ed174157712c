"""Whole transactions in one turn of a thread: a commit costs one hop out of the event loop and one back.

An asynchronous driver hops for every statement, and each hop waits for the interpreter beside a busy loop. What many
callers share (the group-committing writer, the relay) takes its turn here instead, with the same SQLAlchemy Core.
"""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

_Found = TypeVar("_Found")

#: Called when the transaction has been committed.
Calls = list[Callable[[], None]]


class SqliteThread:
    """One thread with one connection to a SQLite file.

    Args:
        path: of the file.
        busy_seconds: how long a statement waits for another program's lock.
        prepare: is called with each new driver connection.
        committed: where a connection keeps what is called after its commit.
    """

    def __init__(
        self, path: Path, *, busy_seconds: float, prepare: Callable[[Any, object], None], committed: str
    ) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._engine = sa.create_engine(
            f"sqlite:///{path}",
            connect_args={"timeout": busy_seconds, "isolation_level": None, "check_same_thread": False},
            poolclass=StaticPool,
        )
        sa.event.listen(self._engine, "connect", prepare)
        self._committed = committed

    async def write(self, work: Callable[[sa.Connection], _Found]) -> _Found:
        """Return what ``work`` does in a writing transaction, committed when this returns; rolled back on any error.

        A caller that is cancelled still waits until the transaction has ended.
        """
        found, calls = await self._turn(lambda: self._transact(work, "BEGIN IMMEDIATE", "COMMIT"))
        for call in calls:
            call()
        return found

    async def read(self, work: Callable[[sa.Connection], _Found]) -> _Found:
        """Return what ``work`` reads in one moment's view of everything."""
        found, _ = await self._turn(lambda: self._transact(work, "BEGIN", "ROLLBACK"))
        return found

    async def close(self) -> None:
        """Close the connection and end the thread."""
        await self._turn(self._engine.dispose)
        self._thread.shutdown(wait=False)

    def _transact(self, work: Callable[[sa.Connection], _Found], begin: str, end: str) -> tuple[_Found, Calls]:
        with self._engine.connect() as connection:
            calls: Calls = []
            connection.info[self._committed] = calls
            connection.exec_driver_sql(begin)
            try:
                found = work(connection)
                connection.exec_driver_sql(end)
            except BaseException:
                with contextlib.suppress(sa.exc.SQLAlchemyError):
                    connection.exec_driver_sql("ROLLBACK")
                raise
        return found, calls

    async def _turn(self, work: Callable[[], _Found]) -> _Found:
        turn = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(turn)
        except asyncio.CancelledError:
            await asyncio.wait({turn})
            raise
