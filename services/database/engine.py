"""A service's database: transactions that exclude each other where they must, and errors of our own tree.

On SQLite every writing transaction begins with ``BEGIN IMMEDIATE`` (otherwise concurrent read-then-write loses
updates without an error) and deletes overwrite (``secure_delete``). Nothing here is beyond PostgreSQL.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.database.histories import History
from services.database.revisions import bring_to_head
from services.database.row_locks import refuse_row_locks
from services.database.sqlite_thread import SqliteThread
from services.errors import ContractBroken, DataFolderError, SettingsError, StoreContended, StoreUnavailable

_BUSY_SECONDS = 10
#: What a connection keeps of the file in memory, in KB. A large transaction has more while it lasts: random ids lie all
#: over their indexes, and with little room each page is written out and read again many times.
_ROOM = 2048
_LARGE_ROOM = 16_384
_TRUNCATE_TRIES = 100
_TRUNCATE_PAUSE = 0.05

#: Where a connection keeps what is called after its commit.
COMMITTED = "call after commit"
_TRIES = 4
_FIRST_PAUSE = 0.05
_Found = TypeVar("_Found")


class Database:
    """One service's database.

    Args:
        url: ``sqlite:<path>``.
        metadata: the service's tables.
        history: their migrations; None: they are made once and never change.
    """

    #: Whether several processes may use it at once: several instances of a service, each with its own relay.
    shared = False
    _thread: SqliteThread | None = None

    def __init__(self, url: str, metadata: sa.MetaData, *, history: History | None = None) -> None:
        scheme, _, place = url.partition(":")
        if scheme != "sqlite" or not place:
            raise SettingsError("SV_DATABASE must be sqlite:<path> or postgresql://<user>@<host>/<name>.")
        self._path = Path(place)
        self._metadata = metadata
        self._history = history
        self._writing = asyncio.Lock()
        self._engine: AsyncEngine | None = None

    async def open(self) -> None:
        """Connect, make the tables the first time, and bring them to the newest revision.

        Raises:
            DataFolderError: written by a newer version, another service's, or not a database.
            StoreUnavailable: cannot be reached or written now.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = create_async_engine(
            f"sqlite+aiosqlite:///{self._path}",
            connect_args={"timeout": _BUSY_SECONDS, "isolation_level": None},
            pool_size=2,
            max_overflow=1,
            pool_timeout=30,
        )
        sa.event.listen(engine.sync_engine, "connect", _prepare_connection)
        refuse_row_locks(engine.dialect)
        self._engine = engine
        async with self.begin() as transaction:
            await transaction.run_sync(bring_to_head, self._metadata, self._history, name=self._path.name)
        self._path.chmod(0o600)
        self._thread = SqliteThread(
            self._path,
            busy_seconds=_BUSY_SECONDS,
            prepare=_prepare_connection,
            committed=COMMITTED,
        )

    @contextlib.asynccontextmanager
    async def begin(self, *, is_large: bool = False) -> AsyncIterator[AsyncConnection]:
        """Open a writing transaction: committed at the end, rolled back on any error.

        Args:
            is_large: it writes thousands of rows.

        Raises:
            StoreUnavailable: locked for too long, full disk or an input/output error; nothing was written.
        """
        async with self._writing:
            with _translated():
                async with self._open_engine.connect() as connection, _room_in(connection, is_large=is_large):
                    await connection.exec_driver_sql("BEGIN IMMEDIATE")
                    connection.info[COMMITTED] = []
                    try:
                        yield connection
                    except BaseException:
                        await asyncio.shield(_roll_back(connection))
                        raise
                    await connection.exec_driver_sql("COMMIT")
                    for call in connection.info.pop(COMMITTED):
                        call()

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a reading transaction: one moment's view of everything."""
        with _translated():
            async with self._open_engine.connect() as connection:
                await connection.exec_driver_sql("BEGIN")
                try:
                    yield connection
                finally:
                    await asyncio.shield(_roll_back(connection))

    def relaying(self) -> contextlib.AbstractAsyncContextManager[AsyncConnection]:
        """Open a writing transaction in which the instances of a service relay their outbox, one at a time."""
        return self.begin()

    async def write(self, work: Callable[[AsyncConnection], Awaitable[_Found]]) -> _Found:
        """Return what ``work`` does in a writing transaction; one that loses is tried again, a few times.

        Args:
            work: all of the transaction, from its reads on; it may run more than once.

        Raises:
            StoreContended: it lost each time; nothing was written.
            StoreUnavailable: as for :meth:`begin`.
        """
        for attempt in range(1, _TRIES):
            try:
                async with self.begin() as transaction:
                    return await work(transaction)
            except StoreContended:
                await asyncio.sleep(_FIRST_PAUSE * 2**attempt)
        async with self.begin() as transaction:
            return await work(transaction)

    async def transact(self, work: Callable[[sa.Connection], _Found]) -> _Found:
        """Return what ``work`` does in a writing transaction of its own, in one turn away from the event loop.

        Args:
            work: all of the transaction; it may not wait for anything, and may run more than once.

        Raises:
            StoreUnavailable: as for :meth:`begin`.
        """
        async with self._writing:
            with _translated():
                return await self._open_thread.write(work)

    async def look(self, work: Callable[[sa.Connection], _Found]) -> _Found:
        """Return what ``work`` reads in one moment's view of everything, in one turn away from the event loop."""
        with _translated():
            return await self._open_thread.read(work)

    async def ping(self) -> None:
        """Raise StoreUnavailable when the database cannot be written now."""
        async with self.begin() as transaction:
            await transaction.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")

    async def erase_physically(self) -> None:
        """Leave no deleted byte in the database's files: the write-ahead log is emptied, checked, and tried again.

        Raises:
            StoreUnavailable: a reader held it for too long.
        """
        async with self._writing:
            for _ in range(_TRUNCATE_TRIES):
                with _translated():
                    async with self._open_engine.connect() as connection:
                        row = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()
                if row[0] == 0:
                    return
                await asyncio.sleep(_TRUNCATE_PAUSE)
        raise StoreUnavailable("The database's write-ahead log could not be emptied now: it will be tried again.")

    async def close(self) -> None:
        """Close every connection; doing it again changes nothing."""
        if self._thread is not None:
            thread, self._thread = self._thread, None
            await thread.close()
        if self._engine is not None:
            engine, self._engine = self._engine, None
            await engine.dispose()

    @property
    def _open_engine(self) -> AsyncEngine:
        if self._engine is None:
            raise StoreUnavailable("The database is closed.")
        return self._engine

    @property
    def _open_thread(self) -> SqliteThread:
        if self._thread is None:
            raise StoreUnavailable("The database is closed.")
        return self._thread


def after_commit(connection: AsyncConnection | sa.Connection, call: Callable[[], None]) -> None:
    """Have something called when the writing transaction of a connection has been committed, and not otherwise."""
    connection.info[COMMITTED].append(call)


@contextlib.asynccontextmanager
async def _room_in(connection: AsyncConnection, *, is_large: bool) -> AsyncIterator[None]:
    if is_large:
        await connection.exec_driver_sql(f"PRAGMA cache_size=-{_LARGE_ROOM}")
    try:
        yield
    finally:
        if is_large:
            await asyncio.shield(_leave(connection))


async def _leave(connection: AsyncConnection) -> None:
    with contextlib.suppress(SQLAlchemyError):
        await connection.exec_driver_sql(f"PRAGMA cache_size=-{_ROOM}")
        await connection.exec_driver_sql("PRAGMA shrink_memory")


async def _roll_back(connection: AsyncConnection) -> None:
    # A connection that broke in the middle (a cancelled statement) has nothing left to roll back.
    with contextlib.suppress(SQLAlchemyError):
        await connection.exec_driver_sql("ROLLBACK")


@contextlib.contextmanager
def _translated() -> Any:
    try:
        yield
    except DBAPIError as trouble:
        if isinstance(trouble.orig, sqlite3.OperationalError):
            text = str(trouble.orig)
            if "full" in text:
                raise StoreUnavailable("The disk is full: free some space; nothing was accepted.") from None
            if "locked" in text or "busy" in text:
                raise StoreContended("The database is locked by another program: try again.") from None
            if "I/O" in text or "unable to open" in text or "readonly" in text:
                raise StoreUnavailable("The database file cannot be read or written: check the disk.") from None
        if isinstance(trouble.orig, sqlite3.DatabaseError) and "not a database" in str(trouble.orig):
            raise DataFolderError("A database file is damaged: restore it from a backup.") from None
        # The driver's own text may quote values: only its class goes on.
        raise ContractBroken(f"The database refused a row ({type(trouble.orig).__name__}).") from None
    except (OverflowError, UnicodeEncodeError) as trouble:
        # Numbers of more than 64 bits and half characters: the driver itself cannot hand them over.
        raise ContractBroken(f"The database refused a value ({type(trouble).__name__}).") from None


def _prepare_connection(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "secure_delete=ON",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        f"cache_size=-{_ROOM}",
        # Checkpoints write and sync the whole file's changes: rarely, and an erasure empties the log at once anyway.
        "wal_autocheckpoint=8000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
