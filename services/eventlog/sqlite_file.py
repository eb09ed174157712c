"""The file of the SQLite engine: its format, how it is opened, and what its errors mean to a person.

Format 1. A record lies in a plain rowid table (a table without rowids takes three times the space for values of
this size) with one unique index over partition and offset. ``secure_delete`` overwrites what is deleted, in the
database file; the write-ahead log holds older copies until a truncating checkpoint. Nothing spills to temporary files.
"""

import os
import sqlite3
import time
from pathlib import Path

from services.errors import DataFolderError, LogError, LogUnavailable, SurvivorVoiceError

#: "SVLG": marks the file as ours.
APPLICATION_ID = 0x53564C47
FORMAT = 1

#: Bytes of a page: with twice SQLite's usual size a record of 1 KiB wastes half as much space.
_PAGE_SIZE = 8192

_SCHEMA = (
    """CREATE TABLE place (
        id INTEGER PRIMARY KEY,
        topic TEXT NOT NULL,
        partition INTEGER NOT NULL,
        head INTEGER NOT NULL DEFAULT 0,  -- the next offset; never goes back
        start INTEGER NOT NULL DEFAULT 0, -- everything before it was trimmed
        UNIQUE (topic, partition)
    ) STRICT""",
    """CREATE TABLE record (
        row INTEGER PRIMARY KEY,
        place INTEGER NOT NULL,
        position INTEGER NOT NULL,
        key TEXT NOT NULL,
        attributes BLOB NOT NULL,
        value BLOB
    ) STRICT""",
    "CREATE UNIQUE INDEX record_position ON record (place, position)",
    """CREATE TABLE cursor (
        group_name TEXT NOT NULL,
        place INTEGER NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (group_name, place)
    ) STRICT, WITHOUT ROWID""",
    # AUTOINCREMENT: the number of a worker that left is never given to another, so a claim cannot be mistaken.
    """CREATE TABLE member (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        group_name TEXT NOT NULL,
        topics TEXT NOT NULL,    -- JSON: partitions by topic
        beat REAL NOT NULL,
        lease REAL NOT NULL
    ) STRICT""",
    """CREATE TABLE claim (
        group_name TEXT NOT NULL,
        place INTEGER NOT NULL,
        member INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        PRIMARY KEY (group_name, place)
    ) STRICT, WITHOUT ROWID""",
    "CREATE TABLE sharing (group_name TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE probe (id INTEGER PRIMARY KEY, written INTEGER NOT NULL) STRICT",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {FORMAT}",
)

_FULL = "The disk that holds the event log is full. Free some space; the log then goes on by itself."
_LOCKED = "Another program has locked the event log. It is tried again; stop that program if this goes on."
_UNREADABLE = "The event log's file could not be read or written. Check the disk and who may write to the folder."
_NOT_OURS = "is not an event log of Survivor Voice. Choose another file, or move this one away."
_DAMAGED = "The event log's file is damaged. Restore it from a copy, or move it away to start anew."

_MEANINGS: dict[int, tuple[type[LogError | DataFolderError], str]] = {
    sqlite3.SQLITE_FULL: (LogUnavailable, _FULL),
    sqlite3.SQLITE_BUSY: (LogUnavailable, _LOCKED),
    sqlite3.SQLITE_LOCKED: (LogUnavailable, _LOCKED),
    sqlite3.SQLITE_IOERR: (LogUnavailable, _UNREADABLE),
    sqlite3.SQLITE_CANTOPEN: (LogUnavailable, _UNREADABLE),
    sqlite3.SQLITE_READONLY: (LogUnavailable, _UNREADABLE),
    sqlite3.SQLITE_PERM: (LogUnavailable, _UNREADABLE),
    sqlite3.SQLITE_PROTOCOL: (LogUnavailable, _LOCKED),
    sqlite3.SQLITE_NOTADB: (DataFolderError, _DAMAGED),
    sqlite3.SQLITE_CORRUPT: (DataFolderError, _DAMAGED),
}


def meaning_of(error: BaseException) -> BaseException:
    """Return what a caller should see for an error of the file; anything that is not one comes back as it is."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, SurvivorVoiceError) or code is None or code & 0xFF not in _MEANINGS:
        return error
    kind, message = _MEANINGS[code & 0xFF]
    return kind(message)


def prepare_file(path: Path, *, patience: float) -> None:
    """Make the file with its tables, readable by its owner alone, or check that one which exists is ours.

    Args:
        path: where the log lies; its folder is made if there is none.
        patience: how long to wait, in seconds, for another process that is doing the same.

    Raises:
        DataFolderError: the file is not an event log, is damaged, or was written by a newer version.
        LogUnavailable: it cannot be read or written now.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError:
        raise LogUnavailable(_UNREADABLE) from None
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    try:
        if _check(connection, path):
            connection.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
        path.chmod(0o600)  # the write-ahead log beside it takes the same mode
        _turn_to_wal(connection, patience)
        connection.execute("BEGIN IMMEDIATE")
        if _check(connection, path):
            for statement in _SCHEMA:
                connection.execute(statement)
        connection.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_NOTADB:
            raise DataFolderError(f"{path.name} {_NOT_OURS}") from None
        raise meaning_of(error) from None
    finally:
        connection.close()


def _check(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether the file is empty; raise DataFolderError when it is another's or of a newer version."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if mark == version == tables == 0:
        return True
    if mark != APPLICATION_ID:
        raise DataFolderError(f"{path.name} {_NOT_OURS}")
    if version != FORMAT:
        raise DataFolderError(
            f"{path.name} was written by another version of Survivor Voice (format {version}; this one knows "
            f"{FORMAT}). Use the version that wrote it, or a newer one."
        )
    return False


def _turn_to_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Set write-ahead logging; SQLite does not wait for others here, so this does."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(0.01)
        else:
            return


def connect(path: Path, *, patience: float) -> sqlite3.Connection:
    """Return a connection with the settings that durability and erasure rest on.

    It may be handed to one thread; statements run outside transactions unless BEGIN says otherwise.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON").fetchone()
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection
