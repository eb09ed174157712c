"""What is done to the SQLite engine's file inside one write transaction.

All requests that are waiting share one transaction (and one sync of the disk). A request raises its own errors before
its first write, so that one request's failure never undoes another's.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

import msgspec

from services.errors import Fenced
from services.eventlog.interface import TopicPartition
from services.eventlog.sharing import share_out
from services.eventlog.sqlite_known import Known, KnownPlace

_FENCED = "Another worker of {group} owns these partitions now."
_topics_by_member = msgspec.json.Decoder(dict[str, int])
#: Records that one statement writes: Python's lock is handed over once for all of them, not once for each.
_WRITTEN_TOGETHER = 100

#: A record as it is stored, before it has an offset: partition, key, attributes, value.
Row = tuple[TopicPartition, str, bytes, bytes | None]


class Step(NamedTuple):
    """How far a commit moves a group's cursor in one partition, and the ownership under which it was polled."""

    end: int
    generation: int


class Turn:
    """One write transaction; made for each, thrown away after it.

    Attributes:
        news: whether there is something in it that pollers wait for.
        shared: whether partitions changed hands in it.
    """

    def __init__(self, connection: sqlite3.Connection, known: Known) -> None:
        self.news = False
        self.shared = False
        self._connection = connection
        self._known = known
        self._changed: list[KnownPlace] = []
        self._rows: list[tuple[int, int, str, bytes, bytes | None]] = []

    def append(self, rows: Sequence[Row]) -> None:
        """Give the records their offsets; they are written by :meth:`flush`."""
        self.news = self.news or bool(rows)
        for place, key, attributes, value in rows:
            known = self._known.places.get(place) or self._place(place)
            self._rows.append((known.number, known.head, key, attributes, value))
            known.head += 1
            if not known.changed:
                known.changed = True
                self._changed.append(known)

    def flush(self) -> None:
        """Write what was appended."""
        if not self._rows:
            return
        for first in range(0, len(self._rows), _WRITTEN_TOGETHER):
            rows = self._rows[first : first + _WRITTEN_TOGETHER]
            self._connection.execute(_insertion(len(rows)), tuple(chain.from_iterable(rows)))
        self._rows.clear()
        self._connection.executemany(
            "UPDATE place SET head = ? WHERE id = ?", [(known.head, known.number) for known in self._changed]
        )
        for known in self._changed:
            known.changed = False
        self._changed.clear()

    def commit_group(
        self, group: str, member: int, steps: Mapping[TopicPartition, Step], outputs: Sequence[Row]
    ) -> None:
        """Append the outputs and move the group's cursors; cursors never go back.

        Raises:
            Fenced: another member owns one of the partitions, or owned it meanwhile; nothing was written.
        """
        moves = []
        for place, step in steps.items():
            number = self._place(place).number
            if self._claim(group, number) != (member, step.generation):
                raise Fenced(_FENCED.format(group=group))
            moves.append((group, number, step.end))
        self.append(outputs)
        self._connection.executemany(
            """INSERT INTO cursor (group_name, place, position) VALUES (?, ?, ?)
            ON CONFLICT (group_name, place) DO UPDATE SET position = max(position, excluded.position)""",
            moves,
        )

    def move_start(self, place: TopicPartition, asked: int) -> tuple[int, int]:
        """Move the start of a partition forward, never beyond its head: from then on nobody reads what is before it.

        Returns:
            The partition's number, and the offset before which records may have to be deleted.
        """
        self.flush()
        known = self._place(place)
        end = min(asked, known.head)
        self._connection.execute("UPDATE place SET start = ? WHERE id = ? AND start < ?", (end, known.number, end))
        return known.number, end

    def rows_before(self, number: int, end: int, limit: int) -> list[int]:
        """Return the rows of the first ``limit`` records of a partition that lie before an offset, in their order."""
        # One text for all: Python's lock is handed over for each row that a statement gives.
        (rows,) = self._connection.execute(
            """SELECT group_concat(row) FROM
            (SELECT row FROM record WHERE place = ? AND position < ? ORDER BY position LIMIT ?)""",
            (number, end, limit),
        ).fetchone()
        return [int(row) for row in rows.split(",")] if rows else []

    def delete_rows(self, runs: Iterable[tuple[int, int]]) -> None:
        """Delete records by their rows, each run from its first to its last."""
        self._connection.executemany("DELETE FROM record WHERE row BETWEEN ? AND ?", runs)

    def compact(self, place: TopicPartition) -> None:
        """Delete every record of a partition that has a newer one of the same key."""
        self.flush()
        self._connection.execute(
            """DELETE FROM record WHERE place = :place AND row NOT IN
            (SELECT row FROM (SELECT row, max(position) FROM record WHERE place = :place GROUP BY key))""",
            {"place": self._place(place).number},
        )

    def probe(self) -> None:
        """Write something that nobody reads."""
        self._connection.execute(
            "INSERT INTO probe (id, written) VALUES (1, 1) ON CONFLICT DO UPDATE SET written = 1 - written"
        )

    def join(self, group: str, topics: Mapping[str, int], *, now: float, lease: float) -> int:
        """Add a member to a group, share out anew, and return the member's number.

        Args:
            group: the group.
            topics: the number of partitions of each topic that the member reads.
            now: seconds of the clock that all processes of this machine share.
            lease: for how many seconds after each heartbeat the member counts as alive.
        """
        stored = msgspec.json.encode(topics).decode()
        inserted = self._connection.execute(
            "INSERT INTO member (group_name, topics, beat, lease) VALUES (?, ?, ?, ?)", (group, stored, now, lease)
        )
        assert inserted.lastrowid is not None
        self._drop_silent(group, now)
        self._share_again(group)
        return inserted.lastrowid

    def leave(self, group: str, member: int) -> None:
        """Take a member out of its group and share out anew."""
        self._connection.execute("DELETE FROM member WHERE id = ?", (member,))
        self._share_again(group)

    def beat(self, members: Mapping[int, str], *, now: float) -> None:
        """Note that members (with their groups) are alive, and drop those of their groups that are not."""
        self._connection.executemany("UPDATE member SET beat = ? WHERE id = ?", [(now, member) for member in members])
        for group in sorted(set(members.values())):
            if self._drop_silent(group, now):
                self._share_again(group)

    def _drop_silent(self, group: str, now: float) -> bool:
        """Remove members whose lease has passed; a heartbeat in the future is from before a restart."""
        return (
            self._connection.execute(
                "DELETE FROM member WHERE group_name = ? AND NOT (beat <= ? AND ? < beat + lease)", (group, now, now)
            ).rowcount
            > 0
        )

    def _share_again(self, group: str) -> None:
        """Write the share-out of a group's members; a partition that changes hands gets a new generation."""
        members = {
            member: frozenset(
                TopicPartition(topic, number)
                for topic, partitions in _topics_by_member.decode(topics).items()
                for number in range(partitions)
            )
            for member, topics in self._connection.execute(
                "SELECT id, topics FROM member WHERE group_name = ?", (group,)
            ).fetchall()
        }
        claims = dict(
            self._connection.execute("SELECT place, member FROM claim WHERE group_name = ?", (group,)).fetchall()
        )
        owners = {self._place(place).number: member for place, member in share_out(members).items()}
        changes = [(place, member) for place, member in owners.items() if claims.get(place) != member]
        gone = [(group, place) for place in claims if place not in owners]
        if not changes and not gone:
            return
        self.news = self.shared = True
        self._known.claims.clear()
        (generation,) = self._connection.execute(
            """INSERT INTO sharing (group_name, generation) VALUES (?, 1)
            ON CONFLICT DO UPDATE SET generation = generation + 1 RETURNING generation""",
            (group,),
        ).fetchone()
        self._connection.executemany("DELETE FROM claim WHERE group_name = ? AND place = ?", gone)
        self._connection.executemany(
            "INSERT OR REPLACE INTO claim (group_name, place, member, generation) VALUES (?, ?, ?, ?)",
            [(group, place, member, generation) for place, member in changes],
        )

    def _claim(self, group: str, number: int) -> tuple[int, int] | None:
        """Return the member that owns a partition, and since which generation."""
        claims = self._known.claims
        if (group, number) not in claims:
            claims[group, number] = self._connection.execute(
                "SELECT member, generation FROM claim WHERE group_name = ? AND place = ?", (group, number)
            ).fetchone()
        return claims[group, number]

    def _place(self, place: TopicPartition) -> KnownPlace:
        known = self._known.places.get(place)
        if known is None:
            row = self._connection.execute(
                "SELECT id, head FROM place WHERE topic = ? AND partition = ?", place
            ).fetchone()
            if row is None:
                inserted = self._connection.execute("INSERT INTO place (topic, partition) VALUES (?, ?)", place)
                row = (inserted.lastrowid, 0)
            known = self._known.places[place] = KnownPlace(*row)
        return known


@cache
def _insertion(count: int) -> str:
    """Return the statement that writes so many records."""
    rows = ", ".join(["(?, ?, ?, ?, ?)"] * count)
    return f"INSERT INTO record (place, position, key, attributes, value) VALUES {rows}"  # noqa: S608 - marks only
