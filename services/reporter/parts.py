"""What published quarters forbid the year that holds them.

A year and a quarter of it are two counts of much the same people, so the rule of the ledger holds between them, cell by
cell: at least ten people more than in the quarter, and none of the quarter's missing or at least ten; a figure that the
quarter hid is shown for the year from thirty up. And the year must not give a hidden quarter back as what is left when
the others are taken away. Besides, an attacker knows that a year holds at least each quarter and at most all of them.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from services.reporter.audit import UNKNOWN, Appearance
from services.reporter.ledger import Printed, may_renew
from services.reporter.suppression import Control
from services.reporter.tables import CellKey


class Part(msgspec.Struct, frozen=True):
    """One published quarter of a year.

    Attributes:
        printed: as it was published.
        both: how many people are counted both in the quarter's cell and in the year's.
    """

    printed: Printed
    both: dict[CellKey, int]


def forbidden(counts: Mapping[CellKey, int], parts: Sequence[Part], control: Control) -> frozenset[CellKey]:
    """Return the cells of a year that its published quarters forbid to show.

    Args:
        counts: the true figures of the year.
        parts: its quarters, of one population.
        control: threshold and rounding of the year.
    """
    read = [_Read(part) for part in parts]
    return frozenset(key for key, count in counts.items() if not _may_show(key, count, read, control))


def known_ends(counts: Mapping[CellKey, int], parts: Sequence[Part]) -> dict[CellKey, Appearance]:
    """Return what the quarters say of the cells of a year: no less than each, and no more than all of them.

    Where that is untrue, since people left or the year counts another session, nobody can rely on it: then nothing is
    known.
    """
    read = [_Read(part) for part in parts]
    found = {}
    for key, count in counts.items():
        seen = [each.seen[key] for each in read if each.seen.get(key) is not None]
        ends = [appearance for appearance in seen if appearance is not None]
        if ends:
            lower = max(end.lower for end in ends)
            upper = sum(end.upper for end in ends) if len(ends) == len(read) else UNKNOWN
            found[key] = Appearance(lower if lower <= count else 0, upper if upper >= count else UNKNOWN)
    return found


def control_of(printed: Printed) -> Control:
    """Return the parameters with which tables were published."""
    return Control.of_release(printed.threshold, printed.base)


class _Read:
    """A part as its readers see it: None for a hidden cell; cells that it lacks are missing."""

    def __init__(self, part: Part) -> None:
        printed = part.printed
        control = control_of(printed)
        self.both = part.both
        self.truth = printed.truth()
        self.seen = {
            key: None if cell.value is None else control.appearance(cell.value) for key, cell in printed.cells().items()
        }


def _may_show(key: CellKey, count: int, parts: Iterable[_Read], control: Control) -> bool:
    hidden: list[int] = []
    most = 0
    for part in parts:
        if key not in part.seen:
            continue
        both, true = part.both.get(key, 0), part.truth[key]
        if not may_renew(count - both, true - both, threshold=control.threshold):
            return False
        seen = part.seen[key]
        if seen is None:
            hidden.append(true)
        else:
            most += seen.upper
    if not hidden:
        return True
    # The least that an attacker could take the other hidden quarters to hold at most: what they hold, and ten at least.
    others = sum(max(control.threshold, true) for true in hidden)
    least = control.appearance(control.rounded(count)).lower - most
    gives_back = any(true < control.threshold and least - (others - control.threshold) > 0 for true in hidden)
    return count >= 3 * control.threshold and not gives_back
