"""What is read from the SQLite engine's file, and the one thread that reads it.

Every read is short, so that a truncating checkpoint never waits long for a reader.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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
        if self._closed:
            raise LogUnavailable(CLOSED)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, partial(action, self._connection))
        except sqlite3.Error as error:
            raise meaning_of(error) from None

    async def close(self) -> None:
        """End the thread."""
        if not self._closed:
            self._closed = True
            await asyncio.to_thread(self._executor.shutdown)
            self._connection.close()


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
        """SELECT topic, partition, generation, head, start, coalesce(cursor.position, 0)
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
    rows = connection.execute(
        """SELECT position, key, attributes, value FROM record
        JOIN place ON place.id = record.place AND position >= start
        WHERE topic = ? AND partition = ? AND position >= ? ORDER BY position LIMIT ?""",
        (topic, partition, offset, limit),
    ).fetchall()
    return [
        Record(topic, partition, position, key, unpack(attributes, topic, key), value)
        for position, key, attributes, value in rows
    ]
