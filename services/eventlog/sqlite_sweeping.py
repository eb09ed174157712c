"""A trim of the SQLite engine, a piece at a time.

Its pieces ride in the transactions that append: the pages that they free are filled again before they are written,
so overwriting what was deleted costs few pages of its own. Records go in the order in which they were written, whatever
their partition, so that a piece empties whole pages and leaves none to be overwritten in part, time and again.
"""

from collections.abc import Iterable, Iterator, Mapping

from services.eventlog.interface import TopicPartition
from services.eventlog.sqlite_turn import Turn


class Sweep:
    """Deletes the records before given offsets; called in one transaction after another until it returns True.

    Where a transaction is undone it must be thrown away, and a new one made.

    Args:
        ends: for each partition the first offset that stays; one beyond a head means the head.
    """

    def __init__(self, ends: Mapping[TopicPartition, int]) -> None:
        self._ends = ends
        #: Partitions from which something may have to go: number, and the first offset that stays.
        self._left: list[tuple[int, int]] | None = None

    def __call__(self, turn: Turn, limit: int) -> bool:
        """Delete up to about ``limit`` records, the oldest; return whether that was all of them."""
        if self._left is None:
            self._left = [turn.move_start(place, end) for place, end in self._ends.items()]
        share = max(1, limit // max(1, len(self._left)))
        found = [(left, turn.rows_before(*left, share)) for left in self._left]
        # The newest row up to which all rows of these partitions are known.
        bound = min((rows[-1] for _, rows in found if len(rows) == share), default=None)
        turn.delete_rows(_runs(sorted(row for _, rows in found for row in rows if bound is None or row <= bound)))
        # Beyond the bound lies what was found and not deleted, and where a whole share was found there may be more.
        self._left = [
            left for left, rows in found if len(rows) == share or (rows and bound is not None and rows[-1] > bound)
        ]
        return not self._left


def _runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Return numbers in rising order as runs of neighbours, each with its first and its last."""
    first = last = None
    for row in rows:
        if last is not None and first is not None and row != last + 1:
            yield first, last
            first = row
        elif first is None:
            first = row
        last = row
    if first is not None and last is not None:
        yield first, last
