"""A trim of the SQLite engine, a piece at a time.

Its pieces ride in the transactions that append: the pages that they free are filled again before they are written,
so overwriting what was deleted costs no page of its own. While nothing is appended the pieces are larger.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.eventlog.interface import TopicPartition
from services.eventlog.sqlite_turn import Turn


@dataclass(slots=True)
class _Left:
    """What is left to delete of one partition: from the first offset that may still be there up to the end."""

    number: int
    first: int
    end: int


class Sweep:
    """Deletes the records before given offsets; called in one transaction after another until it returns True.

    Where a transaction is undone it must be thrown away, and a new one made.

    Args:
        ends: for each partition the first offset that stays; one beyond a head means the head.
    """

    def __init__(self, ends: Mapping[TopicPartition, int]) -> None:
        self._ends = ends
        self._left: list[_Left] | None = None

    def __call__(self, turn: Turn, limit: int) -> bool:
        """Delete about ``limit`` records; return whether that was all of them.

        Partitions go forward together, because records that were written together lie together.
        """
        if self._left is None:
            self._left = [left for place, end in self._ends.items() if (left := _begin(turn, place, end))]
        share = max(1, limit // max(1, len(self._left)))
        self._left = [left for left in self._left if not _go_on(turn, left, share)]
        return not self._left


def _begin(turn: Turn, place: TopicPartition, asked: int) -> _Left | None:
    """Move a partition's start, from when on nobody reads what lies before it; return what is to be deleted."""
    number, end = turn.move_start(place, asked)
    first = turn.first_offset(number)
    return None if first is None or first >= end else _Left(number, first, end)


def _go_on(turn: Turn, left: _Left, share: int) -> bool:
    now = min(left.end, left.first + share)
    if turn.delete_before(left.number, now):
        left.first = now
    else:  # compaction left a gap here
        left.first = turn.first_offset(left.number) or left.end
    return left.first >= left.end
