"""The design of a release's tables, fixed before anything is counted, and the counting of their cells.

A cell is named by the values of its dimensions without the roots, so that the same figure in two tables of a
release is one figure to us as it is to an attacker.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import TypeAlias

import msgspec

from services.errors import SettingsError
from services.reporter.dimensions import Dimension, Tree, flat, of_tree

CellKey: TypeAlias = tuple[tuple[str, str], ...]

EVERYONE: CellKey = ()


class Person(msgspec.Struct, frozen=True):
    """One distinct contributor: for each dimension the values she stated, not yet closed upward."""

    contributor: str
    values: dict[str, frozenset[str]]


class TableSpec(msgspec.Struct, frozen=True):
    """One table: its dimensions by name, each with the values that it lists, the root among them.

    Attributes:
        id: stable id within the release.
        title: what the table says, in plain words.
        axes: dimension name and listed values, in the order of rows then columns.
    """

    id: str
    title: str
    axes: tuple[tuple[str, tuple[str, ...]], ...]


class Design(msgspec.Struct, frozen=True):
    """The dimensions and tables of one release for one population."""

    dimensions: dict[str, Dimension]
    tables: tuple[TableSpec, ...]


def key_of(design: Design, values: Mapping[str, str]) -> CellKey:
    """Return the key of the cell with these values: sorted by dimension, roots left out."""
    return tuple(sorted((name, value) for name, value in values.items() if value != design.dimensions[name].root))


def cells_of(design: Design, table: TableSpec) -> Iterator[CellKey]:
    """Yield the keys of a table's cells in the order in which it is printed."""
    names = [name for name, _ in table.axes]
    for values in product(*(listed for _, listed in table.axes)):
        yield key_of(design, dict(zip(names, values, strict=True)))


def all_cells(design: Design) -> tuple[CellKey, ...]:
    """Return the keys of every cell of the design, once each, in the order of tables and rows."""
    return tuple(dict.fromkeys(key for table in design.tables for key in cells_of(design, table)))


def tabulate(design: Design, people: Iterable[Person]) -> dict[CellKey, int]:
    """Count distinct people in every cell of the design, zeros included.

    People must be distinct already (see ``counting``).

    Raises:
        ContractBroken: a person states a value that its dimension does not hold.
        SettingsError: a person breaks what the design says of a dimension (additive: exactly one value; covering: at
            least one), which would let the proof assume something untrue.
    """
    patterns = Counter(_pattern(design, person) for person in people)
    counts = dict.fromkeys(all_cells(design), 0)
    names = tuple(design.dimensions)
    closed = {pattern: _close(design, names, pattern) for pattern in patterns}
    for table in design.tables:
        places = [(name, names.index(name), frozenset(listed)) for name, listed in table.axes]
        roots = {name: design.dimensions[name].root for name, _, _ in places}
        own: Counter[CellKey] = Counter()
        for pattern, times in patterns.items():
            axes = [
                [(name, value) for value in closed[pattern][place] if value in listed] for name, place, listed in places
            ]
            for pairs in product(*axes):
                own[tuple(sorted(pair for pair in pairs if pair[1] != roots[pair[0]]))] += times
        counts.update(own)
    return counts


def _pattern(design: Design, person: Person) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(sorted(person.values.get(name, ()))) for name in design.dimensions)


def _close(design: Design, names: tuple[str, ...], pattern: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    closed = []
    for name, stated in zip(names, pattern, strict=True):
        dimension = design.dimensions[name]
        if dimension.kind == "additive" and len(stated) != 1:
            raise SettingsError(f"The dimension {name} is additive, so each person needs exactly one value.")
        if dimension.covering and not stated:
            raise SettingsError(f"The dimension {name} covers everybody, so each person needs a value.")
        closed.append(tuple(sorted(dimension.close_upward(stated))))
    return tuple(closed)


def node_dimension(framework: str) -> str:
    """Return the name of the dimension of a framework's nodes."""
    return f"node:{framework}"


def people_design(
    frameworks: Mapping[str, Tree], *, roles: tuple[str, ...], areas: tuple[str, ...], sectors: tuple[str, ...]
) -> Design:
    """Return the tables that count people for one period.

    Breakdowns are few on purpose: nodes by role over the whole area, only top nodes by area, sectors by role, and
    never area with role. ``roles`` are those of persons, without organisations; ``areas`` include ``not_said``.
    """
    dimensions = {
        "role": flat("role", "additive", roles, root="all_roles"),
        "area": flat("area", "overlapping", areas, root="all_areas"),
        "sector": flat("sector", "overlapping", sectors, root="all_sectors", covering=False),
    }
    by_role = ("role", dimensions["role"].values)
    tables = [TableSpec("people", "People heard, by role", (by_role,))]
    for name in sorted(frameworks):
        nodes = of_tree(node_dimension(name), frameworks[name])
        dimensions[nodes.name] = nodes
        tops = (nodes.root, *nodes.children.get(nodes.root, ()))
        by_area = ("area", dimensions["area"].values)
        tables += [
            TableSpec(f"nodes:{name}", "What people raised, by role", ((nodes.name, nodes.values), by_role)),
            TableSpec(f"areas:{name}", "Priorities, by area spoken of", ((nodes.name, tops), by_area)),
        ]
    by_sector = ("sector", dimensions["sector"].values)
    tables += [
        TableSpec("sectors", "Services spoken of, by role", (by_sector, by_role)),
        TableSpec("sector_totals", "Services spoken of", (by_sector,)),
    ]
    return Design(dimensions, tuple(tables))


def organisations_design(frameworks: Mapping[str, Tree], *, sectors: tuple[str, ...]) -> Design:
    """Return the tables that count organisations, which are never counted as persons."""
    dimensions = {"sector": flat("sector", "overlapping", sectors, root="all_sectors", covering=False)}
    tables = []
    for name in sorted(frameworks):
        nodes = of_tree(node_dimension(name), frameworks[name])
        dimensions[nodes.name] = nodes
        tables.append(TableSpec(f"organisations:{name}", "What organisations raised", ((nodes.name, nodes.values),)))
    by_sector = ("sector", dimensions["sector"].values)
    tables.append(TableSpec("organisations:sectors", "Services that organisations spoke of", (by_sector,)))
    return Design(dimensions, tuple(tables))


def check_design(design: Design) -> None:
    """Check that tables name known dimensions and values, and that no table adds periods.

    Raises:
        SettingsError: what is wrong, by table id.
    """
    seen: set[str] = set()
    for table in design.tables:
        if table.id in seen:
            raise SettingsError(f"Two tables are called {table.id}.")
        seen.add(table.id)
        for name, listed in table.axes:
            dimension = design.dimensions.get(name)
            if dimension is None or not set(listed) <= set(dimension.values):
                raise SettingsError(f"The table {table.id} names a dimension or value that the design lacks.")
            if dimension.time:
                raise SettingsError(f"The table {table.id} spans periods; each period is a release of its own.")
