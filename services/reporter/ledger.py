"""The release ledger: what was published before decides what may be published now.

A quarter that was published is never counted again: whoever held two counts of it would only have to subtract. A
contribution belongs to the quarter of its session, or to the first one still open when it is first counted, and stays
there (``periods.period_of``). A cumulative or annual figure is counted anew only if enough people joined, and nobody
or enough people left, since every earlier release of it; else the old figure stands with its old date. A mistake is
mended by withdrawing the whole table, never by changing a cell.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from services.errors import Conflict, Held, Plain
from services.reporter.suppression import HIDDEN, Cell, Control, Earlier
from services.reporter.tables import EVERYONE, CellKey, Design, all_cells

LEAST_THRESHOLD = 10


class Printed(msgspec.Struct, frozen=True):
    """The tables of one population as they were published, with what a later release must know of them.

    Attributes:
        period: the period it counts, or none for a cumulative one.
        design: its design.
        threshold: least number of people shown.
        base: rounding base.
        figures: the published figure of each cell in the order of the design, or none.
        counts: the true figure of each cell in that order.
        people: keyed hashes of those counted, sorted; those who were erased since are missing.
        contributions: keyed hashes of the contributions counted, sorted (of the file command alone).
        population: whom it counts.
    """

    period: str | None
    design: Design
    threshold: int
    base: int
    figures: tuple[int | None, ...]
    counts: tuple[int, ...]
    people: tuple[str, ...] = ()
    contributions: tuple[str, ...] = ()
    population: str = "people"

    def cells(self) -> dict[CellKey, Cell]:
        """Return the cells as published."""
        return {
            key: Cell(figure, "" if figure is not None else HIDDEN)
            for key, figure in zip(all_cells(self.design), self.figures, strict=True)
        }

    def shown(self) -> frozenset[CellKey]:
        """Return the cells that show a figure."""
        return frozenset(key for key, cell in self.cells().items() if cell.value is not None)

    def truth(self) -> dict[CellKey, int]:
        """Return the true figures."""
        return dict(zip(all_cells(self.design), self.counts, strict=True))


class Standing(msgspec.Struct, frozen=True):
    """What a rule needs of an earlier cumulative table.

    Attributes:
        counts: the true figure of each cell.
        shown: the cells that were shown.
    """

    counts: dict[CellKey, int]
    shown: frozenset[CellKey]


def printed_as(
    design: Design,
    cells: Mapping[CellKey, Cell],
    counts: Mapping[CellKey, int],
    *,
    period: str | None,
    control: Control,
    population: str = "people",
    people: Iterable[str] = (),
    contributions: Iterable[str] = (),
) -> Printed:
    """Return what the ledger keeps of tables that are about to be published."""
    keys = all_cells(design)
    return Printed(
        period,
        design,
        control.threshold,
        control.base,
        tuple(cells[key].value for key in keys),
        tuple(counts[key] for key in keys),
        tuple(sorted(people)),
        tuple(sorted(contributions)),
        population,
    )


def require_open(period: str, closed: Iterable[str]) -> None:
    """Pass when a period may still be counted.

    Raises:
        Conflict: it was published.
    """
    if period in frozenset(closed):
        raise Conflict(Plain("That period was published already: a published period is never counted again."))


def may_renew(joined: int, left: int, *, threshold: int = LEAST_THRESHOLD) -> bool:
    """Return whether a cumulative figure may be counted anew.

    At least ``threshold`` people must have joined and nobody, or at least as many, have left: the difference of the two
    figures then stands for enough people, and a single withdrawal stays hidden.
    """
    return joined >= threshold and (left == 0 or left >= threshold)


def renewable(
    earlier: Iterable[tuple[Standing, Mapping[CellKey, int]]],
    counts: Mapping[CellKey, int],
    shown: frozenset[CellKey],
    *,
    threshold: int = LEAST_THRESHOLD,
) -> bool:
    """Return whether a cumulative table may be published anew, against every earlier release of it.

    The whole table or nothing: a table of cells with different dates could be subtracted from itself. How many left a
    cell follows from its old figure, those who joined and its new figure, so nobody who left need be remembered.

    Args:
        earlier: each earlier release with, for each cell, the people of now who were not counted in it.
        counts: the true figures of now.
        shown: the cells that would be shown now.
        threshold: least number of people that may be shown.
    """
    for standing, joined in earlier:
        for cell in sorted(shown | standing.shown):
            if cell not in standing.counts or cell not in counts:
                return False
            left = standing.counts[cell] + joined[cell] - counts[cell]
            if not may_renew(joined[cell], left, threshold=threshold):
                return False
            # Hidden before and shown now: whoever knows this rule knows that at most counts - threshold stood there.
            if cell not in standing.shown and counts[cell] < 3 * threshold:
                return False
    return True


def same_people(
    people: Iterable[str], counts: Mapping[CellKey, int], earlier: Iterable[Printed]
) -> tuple[dict[CellKey, int], list[Earlier]]:
    """Return the true figures of all tables over the same people, and the earlier ones as the proof takes them.

    Raises:
        Held: an earlier table is over other people, or its people were tagged otherwise then.
    """
    marks = tuple(sorted(people))
    joint = dict(counts)
    known = []
    for printed in earlier:
        truth = printed.truth()
        if printed.people != marks or any(joint.get(key, count) != count for key, count in truth.items()):
            raise Held("Another table of this period was published over other people or other codes.")
        joint.update(truth)
        known.append(Earlier(printed.design, printed.cells()))
    return joint, known


def may_publish_anew(
    now: Printed,
    changed: Iterable[Printed],
    joined: Callable[[Printed], Mapping[CellKey, int]],
    *,
    same_table: Callable[[Printed], bool] = lambda _: True,
) -> bool:
    """Return whether a cumulative table may be published although its people changed since earlier releases.

    Args:
        now: the table as it would be published.
        changed: the earlier tables over other people.
        joined: for an earlier table, the people of now who are not in it, in the cells of now.
        same_table: whether an earlier table is broken down as this one.
    """
    counts, shown = now.truth(), now.shown()
    for printed in changed:
        more = joined(printed)
        if same_table(printed):
            standing = Standing(printed.truth(), printed.shown())
            if not renewable([(standing, more)], counts, shown, threshold=now.threshold):
                return False
        else:
            left = printed.truth()[EVERYONE] + more[EVERYONE] - counts[EVERYONE]
            shared = set(printed.truth()) & set(counts) - {EVERYONE}
            if shared or not may_renew(more[EVERYONE], left, threshold=now.threshold):
                return False
    return True
