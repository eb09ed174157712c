"""What an attacker knows before reading a single figure: how the cells of a release hang together.

Every sentence about whole numbers of people that follows from the structure is a row of a linear programme:

* additive: a parent is the sum of its children (at least their sum where a child is not listed);
* overlapping: a parent is at least each child, and at most their sum where the children cover it;
* those who said T and those who did not say T make up their group, so the same holds of the people who did not say T;
* and, against an attacker who knows the place well, how many people at most are in two children of a covering
  dimension. Nothing published says so, and he may guess it: most people speak of one area.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

import msgspec

from services.reporter.dimensions import Dimension
from services.reporter.tables import CellKey, Design, TableSpec, cells_of, key_of

Terms = tuple[tuple[int, int], ...]


class Row(msgspec.Struct, frozen=True):
    """``lower <= sum(coefficient * cell) <= upper``; ``None`` for no upper end. Terms are cell number, coefficient."""

    lower: int
    upper: int | None
    terms: Terms


def structure(design: Design, number: Mapping[CellKey, int], truth: Mapping[CellKey, int]) -> tuple[Row, ...]:
    """Return the rows of a design over the cells numbered in ``number``; ``truth`` gives the overlaps alone.

    The same row from two tables appears once; the order depends on the design alone.
    """
    rows: dict[Row, None] = {}
    for table in design.tables:
        for row in _of_table(design, table, number, truth):
            rows.setdefault(row)
    return tuple(rows)


def _of_table(
    design: Design, table: TableSpec, number: Mapping[CellKey, int], truth: Mapping[CellKey, int]
) -> Iterator[Row]:
    count = {number[key]: truth[key] for key in cells_of(design, table)}
    for place, (name, listed) in enumerate(table.axes):
        dimension = design.dimensions[name]
        others = [axis for position, axis in enumerate(table.axes) if position != place]
        for parent, children, complete in dimension.links(listed):
            for fixed in _fixed(others):
                whole = number[key_of(design, {**fixed, name: parent})]
                parts = [number[key_of(design, {**fixed, name: child})] for child in children]
                yield from _line(dimension, whole, parts, complete=complete, count=count)
        for other, other_listed in table.axes[place + 1 :]:
            yield from _absent(design, table, (name, other), (listed, other_listed), number)


def _fixed(axes: list[tuple[str, tuple[str, ...]]]) -> Iterator[dict[str, str]]:
    names = [name for name, _ in axes]
    for values in product(*(listed for _, listed in axes)):
        yield dict(zip(names, values, strict=True))


def _line(
    dimension: Dimension, whole: int, parts: list[int], *, complete: bool, count: Mapping[int, int]
) -> Iterator[Row]:
    summed = ((whole, -1), *((part, 1) for part in parts))
    if dimension.kind == "additive":
        if complete and dimension.covering:
            yield Row(0, 0, _sort(summed))
        else:
            yield Row(0, None, _sort((cell, -sign) for cell, sign in summed))
        return
    for part in parts:
        yield Row(0, None, _sort(((whole, 1), (part, -1))))
    if complete and dimension.covering:
        overlap = sum(count[part] for part in parts) - count[whole]
        yield Row(0, overlap, _sort(summed))


def _absent(
    design: Design,
    table: TableSpec,
    names: tuple[str, str],
    listed: tuple[tuple[str, ...], tuple[str, ...]],
    number: Mapping[CellKey, int],
) -> Iterator[Row]:
    """Yield what holds of those who are *not* in a child of one dimension, along the other."""
    first, second = (design.dimensions[name] for name in names)
    others = [axis for axis in table.axes if axis[0] not in names]
    for fixed in _fixed(others):

        def cell(one: str, two: str, fixed: dict[str, str] = fixed) -> int:
            return number[key_of(design, {**fixed, names[0]: one, names[1]: two})]

        for across in first.links(listed[0]):
            for along in second.links(listed[1]):
                grid = [[cell(one, two) for two in (along[0], *along[1])] for one in (across[0], *across[1])]
                yield from _in_neither(grid, (first, across[2]), (second, along[2]))
                if first.kind == "overlapping":
                    yield from _absent_sums(grid, second, complete=along[2])
                if second.kind == "overlapping":
                    turned = [list(line) for line in zip(*grid, strict=True)]
                    yield from _absent_sums(turned, first, complete=across[2])


def _in_neither(grid: list[list[int]], first: tuple[Dimension, bool], second: tuple[Dimension, bool]) -> Iterator[Row]:
    """Yield that nobody is counted less than no times among those in neither of two children."""
    if _implied(first[0], complete=first[1]) or _implied(second[0], complete=second[1]):
        return
    for line in grid[1:]:
        for place in range(1, len(line)):
            yield Row(0, None, _sort(((grid[0][0], 1), (line[0], -1), (grid[0][place], -1), (line[place], 1))))


def _implied(dimension: Dimension, *, complete: bool) -> bool:
    """Return whether sums over all parts say of the absent whatever they say of the present."""
    return dimension.kind == "additive" and complete and dimension.covering


def _absent_sums(grid: list[list[int]], dimension: Dimension, *, complete: bool) -> Iterator[Row]:
    """Yield, for each child in the lines, those absent from it in the group against the sum over the parts.

    The first line of ``grid`` is the group, the others its children; the first place is the whole, the others its parts
    along ``dimension``.
    """
    if _implied(dimension, complete=complete):
        return
    group = grid[0]
    for line in grid[1:]:
        terms = [(group[0], -1), (line[0], 1)]
        for place in range(1, len(group)):
            terms += [(group[place], 1), (line[place], -1)]
        if dimension.kind == "additive":
            yield Row(0, None, _sort((cell, -sign) for cell, sign in terms))
        elif complete and dimension.covering:
            yield Row(0, None, _sort(terms))


def _sort(terms: Iterable[tuple[int, int]]) -> Terms:
    return tuple(sorted(terms))
