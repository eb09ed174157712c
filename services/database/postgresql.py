"""A service's database on PostgreSQL: a schema of its own, one writer at a time, and a server that may go away.

Writing transactions take an advisory lock of the schema first, so that those of one service exclude each other over all
its instances, as ``BEGIN IMMEDIATE`` does on SQLite: no lost update, no write skew, and the outbox's positions are
committed in their order. Reading transactions see one moment and cannot write.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.database.addresses import Address, read_address, refusal, require_suitable
from services.database.dialect import DRIVER
from services.database.engine import COMMITTED, Database
from services.database.histories import History
from services.database.postgresql_errors import translated
from services.database.revisions import bring_to_head
from services.database.row_locks import refuse_row_locks
from services.errors import DataFolderError, SettingsError, StoreUnavailable
from services.telemetry.logs import logger

_Found = TypeVar("_Found")
_CONNECTIONS: Final = 4
_POOL_SECONDS: Final = 30
#: How long a statement may take, seen from here: a server that hangs must not stop the service for ever.
_STATEMENT_SECONDS: Final = 60
_SESSION: Final = {
    "lock_timeout": "10s",
    "statement_timeout": "55s",
    "idle_in_transaction_session_timeout": "120s",
    "timezone": "UTC",
    "jit": "off",
}
_LOCK: Final = sa.text("SELECT pg_advisory_xact_lock(:key)")
_DEMONSTRATION: Final = "Survivor Voice: a demonstration"
_REAL: Final = "Survivor Voice"


class PostgresqlDatabase(Database):
    """One service's database on PostgreSQL, in the schema ``sv_<history>``.

    Args:
        url: ``postgresql://<user>@<host>/<name>``.
        metadata: the service's tables.
        history: their migrations; None: they are made once and never change.
        password_file: where the password lies, or empty.
        demo: whether it is a demonstration's.

    Raises:
        SettingsError: an address that cannot be used.
    """

    shared = True

    def __init__(
        self,
        url: str,
        metadata: sa.MetaData,
        *,
        history: History | None = None,
        password_file: str = "",
        demo: bool = False,
    ) -> None:
        self._address: Address = read_address(url, password_file)
        self._metadata = metadata
        self._history = history
        self._demo = demo
        self._writing = asyncio.Lock()
        self._engine: AsyncEngine | None = None
        self._thread = None
        self._reading: AsyncEngine | None = None
        self._patience: float | None = None
        self._away = False
        name = "store" if history is None else history.name
        self.schema: Final = f"sv_{name}"
        self._line = logger(name)

    async def open(self) -> None:
        """Connect, make schema and tables the first time, and bring them to the newest revision.

        Raises:
            SettingsError: the server refuses the user, or is too old, or keeps text in another encoding.
            DataFolderError: written by a newer version, or a demonstration's where this is none.
            StoreUnavailable: it cannot be reached now.
        """
        await self._make_schema()
        # Migrating may take longer than a statement of the service may.
        self._patience = None
        self._engine = self._new_engine()
        async with self.begin() as transaction:
            await transaction.exec_driver_sql("SET LOCAL statement_timeout = 0")
            made = await transaction.run_sync(bring_to_head, self._metadata, self._history, name=self.schema)
            await self._keep_apart(transaction, made=made)
        await self._engine.dispose()
        self._patience = _STATEMENT_SECONDS
        self._engine = self._new_engine()
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextlib.asynccontextmanager
    async def begin(self, *, is_large: bool = False) -> AsyncIterator[AsyncConnection]:  # noqa: ARG002 - the server knows
        """Open a writing transaction: committed at the end, rolled back on any error.

        A server that dies during the commit may or may not have made it: StoreUnavailable then, and who tries again
        finds it or not by its ids.

        Raises:
            StoreContended: another transaction was quicker, or held its lock for too long; nothing was written.
            StoreUnavailable: the server is away, full or slow; nothing was written that was not committed.
        """
        async with self._writing, self._transaction(self._key("write"), self._open_engine) as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def relaying(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction in which the instances of a service relay their outbox, one at a time.

        Its commit is not waited for on the server's disk: what it deletes has been appended, and once more is well.
        """
        async with self._transaction(self._key("relay"), self._open_engine) as connection:
            await connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a reading transaction: one moment's view of everything; a write in it is refused."""
        async with self._transaction(None, self._reading or self._open_engine) as connection:
            yield connection

    async def transact(self, work: Callable[[sa.Connection], _Found]) -> _Found:
        """Return what ``work`` does in a writing transaction; one that loses is tried again, a few times."""
        return await self.write(lambda transaction: transaction.run_sync(work))

    async def look(self, work: Callable[[sa.Connection], _Found]) -> _Found:
        """Return what ``work`` reads in one moment's view of everything."""
        async with self.read() as view:
            return await view.run_sync(work)

    async def close(self) -> None:
        """Close every connection; doing it again changes nothing."""
        self._reading = None
        await super().close()

    async def erase_physically(self) -> None:
        """Let the server clear what was deleted out of its tables (``VACUUM``).

        No promise rests on it: pages may keep bytes in their gaps, and the write-ahead log, replicas and backups keep
        copies until they are recycled. What was said is there under the contributor's data key alone, and an erasure
        has destroyed that key and every key-encryption key that could unwrap an older copy of it before this is called.

        Raises:
            StoreUnavailable: the server is away, or another program holds a table.
        """
        tables = ", ".join(f'"{self.schema}"."{table.name}"' for table in self._metadata.sorted_tables)
        with translated():
            plain = self._open_engine.execution_options(isolation_level="AUTOCOMMIT")
            async with plain.connect() as connection:
                await connection.exec_driver_sql(f"VACUUM {tables}")

    @contextlib.asynccontextmanager
    async def _transaction(self, key: int | None, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        with self._said():
            connection = await _connected(engine, key)
            try:
                connection.info[COMMITTED] = []
                try:
                    yield connection
                except BaseException as trouble:
                    await asyncio.shield(_give_up(connection, trouble))
                    raise
                if key is None:
                    await connection.rollback()
                else:
                    await connection.commit()
                calls = connection.info.pop(COMMITTED, [])
            finally:
                await asyncio.shield(_close(connection))
        for call in calls:
            call()

    @contextlib.contextmanager
    def _said(self) -> Any:
        """Translate errors, and say once that the server went away, and once that it is back."""
        try:
            with translated():
                yield
        except StoreUnavailable as trouble:
            if not self._away:
                self._away = True
                self._line.error("the database is away", error=trouble)
            raise
        if self._away:
            self._away = False
            self._line.info("the database is back")

    def _new_engine(self) -> AsyncEngine:
        engine = create_async_engine(
            f"{DRIVER}://",
            async_creator=self._connect,
            isolation_level="READ COMMITTED",
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=_POOL_SECONDS,
            hide_parameters=True,
        )
        refuse_row_locks(engine.dialect)
        return engine

    async def _connect(self) -> Any:
        session = {**_SESSION, "search_path": self.schema, "application_name": self.schema}
        return await self._address.connect(session, patience=self._patience)

    async def _make_schema(self) -> None:
        connection = await self._address.connect(_SESSION, patience=_STATEMENT_SECONDS)
        try:
            await require_suitable(connection)
            # Asked first: without the right to make schemas the server refuses even IF NOT EXISTS.
            known = "SELECT 1 FROM pg_namespace WHERE nspname = $1"
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", self._key("write"))
                if await connection.fetchval(known, self.schema) is None:
                    await self._create_schema(connection)
        finally:
            with contextlib.suppress(Exception):
                await connection.close()

    async def _create_schema(self, connection: Any) -> None:
        from asyncpg import PostgresError

        try:
            await connection.execute(f'CREATE SCHEMA "{self.schema}"')
        except PostgresError as refused:
            if refused.sqlstate != "42501":
                raise refusal(refused.sqlstate or "") from None
            raise SettingsError(
                f"That user may not make a schema: let an administrator run CREATE SCHEMA {self.schema} AUTHORIZATION "
                "<user>.",
            ) from None

    async def _keep_apart(self, transaction: AsyncConnection, *, made: bool) -> None:
        """Mark new tables as real or as a demonstration's, and refuse those of the other kind."""
        wanted = _DEMONSTRATION if self._demo else _REAL
        if made:
            await transaction.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{wanted}'")
            return
        asked = await transaction.exec_driver_sql("SELECT obj_description('alembic_version'::regclass, 'pg_class')")
        if asked.scalar() != wanted:
            kind = "real data: name another one for a demonstration" if self._demo else "a demonstration: name another"
            raise DataFolderError(f"The database {self.schema} holds {kind}.")

    def _key(self, purpose: str) -> int:
        digest = hashlib.sha256(f"survivor-voice|{self.schema}|{purpose}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


async def _connected(engine: AsyncEngine, key: int | None) -> AsyncConnection:
    """Return a connection, in a transaction with its lock where there is a key.

    A connection that had died in the pool is replaced once: nothing was asked of it yet.
    """
    connection = await engine.connect()
    if key is None:
        return connection
    try:
        await connection.execute(_LOCK, {"key": key})
    except BaseException as trouble:
        await asyncio.shield(_give_up(connection, trouble))
        await asyncio.shield(_close(connection))
        if not (isinstance(trouble, DBAPIError) and trouble.connection_invalidated):
            raise
    else:
        return connection
    connection = await engine.connect()
    try:
        await connection.execute(_LOCK, {"key": key})
    except BaseException as trouble:
        await asyncio.shield(_give_up(connection, trouble))
        await asyncio.shield(_close(connection))
        raise
    return connection


async def _give_up(connection: AsyncConnection, trouble: BaseException) -> None:
    """Roll back; a connection that broke, or whose server hangs, is thrown away: it would never answer."""
    with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
        if isinstance(trouble, TimeoutError | ConnectionError):
            await connection.invalidate()
        else:
            await connection.rollback()


async def _close(connection: AsyncConnection) -> None:
    with contextlib.suppress(SQLAlchemyError, OSError, TimeoutError):
        await connection.close()
