"""The attack on a year beside its quarters, all cells of all of them at once.

``parts`` holds year and quarters apart cell by cell. An attacker may combine many cells: everybody whom the year
counts in a cell stood in that cell of some quarter, everybody in a quarter's cell is in the year's unless she left, and
the same holds of those who are *not* in a cell of a group. These sentences join the tables of a year, those of its
quarters and those of its earlier releases into one programme. We give the attacker more than he has: how many left each
cell, and how many stand in the year's cell alone because they said one thing in one quarter and another in the next.

What was published stands, so cells of the year alone can be hidden. With all of them hidden nothing joins the quarters,
and each keeps the proof that it was published with.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

import msgspec

from services.reporter.audit import Appearance, Attack
from services.reporter.certificate import certify, verify
from services.reporter.knowledge import Row, structure
from services.reporter.ledger import Printed
from services.reporter.parts import Part, control_of
from services.reporter.suppression import Cell, Control, Earlier, mend, primary_cells, show_again
from services.reporter.tables import CellKey, Design, TableSpec, all_cells, key_of


class Year(msgspec.Struct, frozen=True):
    """A year's tables as they are to be published.

    Attributes:
        design: its design.
        cells: every cell, as it would stand.
        counts: the true figures, of the cells of ``earlier`` too.
        control: threshold and rounding.
        earlier: tables of the very same people that were published before.
    """

    design: Design
    cells: dict[CellKey, Cell]
    counts: Mapping[CellKey, int]
    control: Control
    earlier: tuple[Earlier, ...] = ()


def given_away(year: Year, parts: Sequence[Part], older: Sequence[Part]) -> frozenset[CellKey]:
    """Return the cells of a year that must be hidden besides, so that all tables together give nobody away.

    Args:
        year: as it would be published.
        parts: its published quarters.
        older: earlier releases of the same year over other people.

    Raises:
        Held: no proof was found.
    """
    if not (parts or older) or all(cell.value is None for cell in year.cells.values()):
        return frozenset()
    programme = _Joined(year, parts, older)
    attack = programme.attack
    programme.seek()
    added = mend(attack, programme.fixed)
    show_again(attack, added, year.control)
    bounds = {place: attack.bounds(place) for place in range(len(attack.truth))}
    verify(certify(attack), attack.truth, attack.rows, bounds, frozenset(attack.hidden()))
    return frozenset(key for key, place in programme.number.items() if place in added and place not in attack.shown)


class _Joined:
    """The one programme: the year's cells come first, then those of each quarter and of each older release."""

    def __init__(self, year: Year, parts: Sequence[Part], older: Sequence[Part]) -> None:
        self._year = year
        designs = (*(each.design for each in year.earlier), year.design)
        self.number = {
            key: place for place, key in enumerate(dict.fromkeys(key for each in designs for key in all_cells(each)))
        }
        self.truth = [year.counts[key] for key in self.number]
        printed = {key: cell for each in year.earlier for key, cell in each.cells.items()}
        self._shown = {
            self.number[key]: year.control.appearance(cell.value)
            for key, cell in {**year.cells, **printed}.items()
            if cell.value is not None
        }
        self._strict = {self.number[key] for each in designs for key in primary_cells(each, year.counts, year.control)}
        self.fixed = {self.number[key] for key in printed}
        quarters = [self._block(part.printed) for part in parts]
        releases = [self._block(part.printed) for part in older]
        rows = dict.fromkeys(row for each in designs for row in self._own_rows(each, parts))
        self._blocks = (*quarters, *releases)
        for part, place in zip((*parts, *older), self._blocks, strict=True):
            rows |= dict.fromkeys(structure(part.printed.design, place, part.printed.truth()))
            rows |= dict.fromkeys(self._at_least(part, place))
        if quarters:
            rows |= dict.fromkeys(row for each in designs for row in self._at_most(each, quarters))
        self.attack = Attack(self.truth, tuple(rows), self._shown, {}, threshold=year.control.threshold)
        self.attack.strict = self._strict

    def seek(self) -> None:
        """Find most of the witnesses where they are cheap: in the year and one block, all other blocks as they are."""
        attack = self.attack
        for block in self._blocks:
            free = {*self.number.values(), *block.values()}
            still = {place: Appearance(count, count) for place, count in enumerate(self.truth) if place not in free}
            nearer = Attack(self.truth, attack.rows, {**attack.shown, **still}, {}, threshold=attack.threshold)
            nearer.seek(place for place in free if place not in attack.shown and not attack.safe(place))
            for witness in nearer.witnesses[1:]:
                attack.record(witness)

    def _block(self, printed: Printed) -> dict[CellKey, int]:
        """Add the cells of a published table; return their numbers."""
        control, truth = control_of(printed), printed.truth()
        number = {key: len(self.truth) + place for place, key in enumerate(truth)}
        self.truth += truth.values()
        for key, cell in printed.cells().items():
            if cell.value is not None:
                self._shown[number[key]] = control.appearance(cell.value)
        self._strict |= {number[key] for key in primary_cells(printed.design, truth, control)}
        self.fixed |= set(number.values())
        return number

    def _own_rows(self, design: Design, parts: Sequence[Part]) -> Iterator[Row]:
        """Yield the structure of a year's tables; of overlaps nobody is to know less than they are in its quarters."""
        truths = [part.printed.truth() for part in parts]
        summed = {key: sum(truth.get(key, 0) for truth in truths) for key in self.number}
        most = {row.terms: row.upper for row in structure(design, self.number, summed)}
        for row in structure(design, self.number, self._year.counts):
            other = most[row.terms]
            upper = None if row.upper is None or other is None else max(row.upper, other)
            yield Row(row.lower, upper, row.terms)

    def _at_least(self, part: Part, number: Mapping[CellKey, int]) -> Iterator[Row]:
        """Yield that everybody in a published cell is in the year's, but for those who left it."""
        truth = part.printed.truth()
        for key, place in number.items():
            if key in self.number:
                left = truth[key] - part.both.get(key, 0)
                yield Row(-left, None, _sort([(self.number[key], 1), (place, -1)]))

    def _at_most(self, design: Design, quarters: Sequence[Mapping[CellKey, int]]) -> Iterator[Row]:
        """Yield that whoever is in a region of the year's tables was in that region of some quarter."""
        for table in design.tables:
            for region in _regions(design, table):
                if all(key in number for key, _ in region for number in quarters):
                    terms = [(self.number[key], -sign) for key, sign in region]
                    terms += [(number[key], sign) for number in quarters for key, sign in region]
                    total = sum(sign * self.truth[place] for place, sign in terms)
                    yield Row(min(0, total), None, _sort(terms))


def _regions(design: Design, table: TableSpec) -> Iterator[list[tuple[CellKey, int]]]:
    """Yield each cell, those of a group who are not in it, and those of a group who are in neither of two cells.

    A region is a sum of cells, each given with its sign; of each axis either a value or what a parent has beside it.
    """
    sides = []
    for name, listed in table.axes:
        parents = design.dimensions[name].parents
        within = [[(value, 1)] for value in listed]
        beside = [[(parents[value], 1), (value, -1)] for value in listed if parents.get(value) in listed]
        sides.append([*within, *beside])
    names = [name for name, _ in table.axes]
    for choice in product(*sides):
        region: dict[CellKey, int] = {}
        for combined in product(*choice):
            key = key_of(design, dict(zip(names, (value for value, _ in combined), strict=True)))
            sign = 1
            for _, own in combined:
                sign *= own
            region[key] = region.get(key, 0) + sign
        yield list(region.items())


def _sort(terms: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(terms))
