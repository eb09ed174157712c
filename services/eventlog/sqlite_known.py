"""What the writer of the SQLite engine remembers from one transaction to the next.

Asking the file again for what did not change costs as much as writing a batch. SQLite says whether another connection
has committed since (``data_version``): then, and after anything was undone, all is forgotten and read again.
"""

import sqlite3

from services.eventlog.interface import TopicPartition


class KnownPlace:
    """A partition: its number in the file, the next offset, and whether that is yet to be written."""

    __slots__ = ("changed", "head", "number")

    def __init__(self, number: int, head: int) -> None:
        self.number = number
        self.head = head
        self.changed = False


class Known:
    """Partitions and claims as the writing connection last saw or wrote them; only its thread touches this."""

    def __init__(self) -> None:
        self.places: dict[TopicPartition, KnownPlace] = {}
        #: By group and number of a partition: its member and generation.
        self.claims: dict[tuple[str, int], tuple[int, int] | None] = {}
        self._version: int | None = None

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Forget everything if another connection has written; called inside a write transaction."""
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self.forget()
            self._version = version

    def forget(self) -> None:
        """Read everything again: what was remembered may have been undone."""
        self.places.clear()
        self.claims.clear()
        self._version = None
