"""What is read from the SQLite engine's file, and the one thread that reads it.

Every read is short, so that a truncating checkpoint never waits long for a reader.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from services.errors import LogUnavailable
from services.eventlog.interface import Record, TopicPartition
from services.eventlog.packing import unpack
from services.eventlog.sqlite_file import connect, meaning_of
from services.eventlog.sqlite_writer import CLOSED

Result = TypeVar("Result")


class Claim(NamedTuple):
    """A partition that a member owns, as the file has it."""

    place: TopicPartition
    number: int
    generation: int
    head: int
    start: int
    cursor: int


class Reader:
    """A thread with a reading connection.

    Args:
        path: the log's file, prepared.
        patience: how long it waits for a lock, in seconds.
    """

    def __init__(self, path: Path, *, patience: float) -> None:
        self._connection = connect(path, patience=patience)
        self._connection.execute("PRAGMA query_only = ON")
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="event log reader")
        self._closed = False

    async def run(self, action: Callable[[sqlite3.Connection], Result]) -> Result:
        """Read something.

        Raises:
            LogUnavailable: it could not be read now.
            DataFolderError: the file is damaged.
        """
        return await self.finish(self.begin(action))

    def begin(self, action: Callable[[sqlite3.Connection], Result]) -> Future[Result]:
        """Have something read while the caller goes on; :meth:`finish` gives the result, and nobody has to ask for it.

        Raises:
            LogUnavailable: the log is closed.
        """
        if self._closed:
            raise LogUnavailable(CLOSED)
        return self._executor.submit(action, self._connection)

    @staticmethod
    async def finish(reading: Future[Result]) -> Result:
        """Return what was read; raises as :meth:`run` does."""
        try:
            return reading.result() if reading.done() else await asyncio.wrap_future(reading)
        except sqlite3.Error as error:
            raise meaning_of(error) from None

    async def close(self) -> None:
        """End the thread."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._executor.shutdown)
            self._connection.close()


@contextlib.contextmanager
def one_moment(connection: sqlite3.Connection) -> Iterator[None]:
    """Have several reads see the same state of the file, which also is looked up once for all of them."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def read_bounds(connection: sqlite3.Connection) -> dict[TopicPartition, tuple[int, int]]:
    """Return start and head of every partition that was ever used."""
    rows = connection.execute("SELECT topic, partition, start, head FROM place").fetchall()
    return {TopicPartition(topic, partition): (start, head) for topic, partition, start, head in rows}


def read_cursors(connection: sqlite3.Connection, group: str) -> dict[TopicPartition, int]:
    """Return every cursor of a group."""
    rows = connection.execute(
        """SELECT topic, partition, cursor.position FROM cursor JOIN place ON place.id = cursor.place
        WHERE group_name = ?""",
        (group,),
    ).fetchall()
    return {TopicPartition(topic, partition): position for topic, partition, position in rows}


def read_claims(connection: sqlite3.Connection, member: int) -> list[Claim] | None:
    """Return what a member owns, sorted by partition; None when it is no member any more."""
    if connection.execute("SELECT 1 FROM member WHERE id = ?", (member,)).fetchone() is None:
        return None
    rows = connection.execute(
        """SELECT topic, partition, place.id, generation, head, start, coalesce(cursor.position, 0)
        FROM member
        JOIN claim ON claim.group_name = member.group_name AND claim.member = member.id
        JOIN place ON place.id = claim.place
        LEFT JOIN cursor ON cursor.group_name = claim.group_name AND cursor.place = claim.place
        WHERE member.id = ? ORDER BY topic, partition""",
        (member,),
    ).fetchall()
    return [Claim(TopicPartition(topic, number), *rest) for topic, number, *rest in rows]


def read_records(connection: sqlite3.Connection, place: TopicPartition, offset: int, limit: int) -> list[Record]:
    """Return up to ``limit`` records of a partition from an offset on; never one that was trimmed."""
    topic, partition = place
    found = connection.execute(
        "SELECT id, start FROM place WHERE topic = ? AND partition = ?", (topic, partition)
    ).fetchone()
    if found is None:
        return []
    number, start = found
    return read_numbered(connection, place, number, max(offset, start), limit)


def read_numbered(
    connection: sqlite3.Connection, place: TopicPartition, number: int, offset: int, limit: int
) -> list[Record]:
    """Return up to ``limit`` records of a partition whose number is known, from an offset not before its start."""
    topic, partition = place
    rows = connection.execute(
        """SELECT position, key, attributes, value FROM record
        WHERE place = ? AND position >= ? ORDER BY position LIMIT ?""",
        (number, offset, limit),
    ).fetchall()
    return [
        Record(topic, partition, position, key, unpack(attributes, topic, key), value)
        for position, key, attributes, value in rows
    ]
