"""The design of a release's tables, fixed before anything is counted, and the counting of their cells.

A cell is named by the values of its dimensions without the roots, so that the same figure in two tables of a
release is one figure to us as it is to an attacker.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import Final, TypeAlias

import msgspec

from services.errors import SettingsError
from services.reporter.columns import Columns, Layout
from services.reporter.dimensions import Dimension, Tree, flat, of_tree

CellKey: TypeAlias = tuple[tuple[str, str], ...]

EVERYONE: CellKey = ()

#: People who are counted together.
_AT_ONCE: Final = 10_000


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


class Tabulation:
    """Counts distinct people, many at once; its memory does not grow with them.

    Args:
        design: whose cells are counted.
    """

    def __init__(self, design: Design) -> None:
        self._counts = dict.fromkeys(all_cells(design), 0)

    def add(self, people: Columns) -> None:
        """Count people who are distinct already (see ``counting``) and whose values are closed upward."""
        for cell in self._counts:
            self._counts[cell] += people.count(cell)

    def counts(self) -> dict[CellKey, int]:
        """Return the count of every cell of the design, zeros included; the same figure in two tables is one."""
        return self._counts


def tabulate(design: Design, people: Iterable[Person]) -> dict[CellKey, int]:
    """Count distinct people in every cell of the design, zeros included.

    Raises:
        ContractBroken: a person states a value that its dimension does not hold.
        SettingsError: a person breaks what the design says of a dimension (additive: exactly one value; covering: at
            least one), which would let the proof assume something untrue.
    """
    layout, found, waiting = Layout(design.dimensions), Tabulation(design), iter(people)
    while patterns := [layout.pattern(person.values) for person in islice(waiting, _AT_ONCE)]:
        columns = layout.columns(patterns)
        columns.close_upward()
        found.add(columns)
    return found.counts()


def node_dimension(framework: str) -> str:
    """Return the name of the dimension of a framework's nodes."""
    return f"node:{framework}"


def people_design(
    frameworks: Mapping[str, Tree],
    *,
    roles: tuple[str, ...],
    areas: tuple[str, ...],
    sectors: tuple[str, ...],
    characteristics: Mapping[str, tuple[str, ...]] | None = None,
    pairs: Iterable[tuple[str, str]] = (),
) -> Design:
    """Return the tables that count people for one period.

    Breakdowns are few on purpose: nodes by role over the whole area, only top nodes by area and by sector, sectors by
    role, a characteristic with top nodes alone over the whole area, and never area with role.

    Args:
        frameworks: the tree of each.
        roles: those of persons, without organisations.
        areas: with ``not_said``.
        sectors: services spoken of.
        characteristics: answers by characteristic.
        pairs: two characteristics each, without anything else; for annual releases alone.
    """
    dimensions = {
        "role": flat("role", "additive", roles, root="all_roles"),
        "area": flat("area", "overlapping", areas, root="all_areas"),
        "sector": flat("sector", "overlapping", sectors, root="all_sectors", covering=False),
    }
    for name, answers in (characteristics or {}).items():
        # Most people say nothing of it: they stand under no answer, so that hiding a few hides nobody's total.
        dimensions[name] = flat(name, "additive", answers, root=f"all_{name}", covering=False)
    by_role = ("role", dimensions["role"].values)
    by_area = ("area", dimensions["area"].values)
    by_sector = ("sector", dimensions["sector"].values)
    tables = [TableSpec("people", "People heard, by role", (by_role,))]
    for framework in sorted(frameworks):
        nodes = of_tree(node_dimension(framework), frameworks[framework])
        dimensions[nodes.name] = nodes
        tops = (nodes.name, (nodes.root, *nodes.children.get(nodes.root, ())))
        tables += [
            TableSpec(f"nodes:{framework}", "What people raised, by role", ((nodes.name, nodes.values), by_role)),
            TableSpec(f"areas:{framework}", "Priorities, by area spoken of", (tops, by_area)),
            TableSpec(f"services:{framework}", "Priorities, by service spoken of", (tops, by_sector)),
        ]
        tables += [
            TableSpec(f"{name}:{framework}", f"Priorities, by {spoken(name)}", (tops, (name, dimensions[name].values)))
            for name in characteristics or {}
        ]
    tables += [
        TableSpec("sectors", "Services spoken of, by role", (by_sector, by_role)),
        TableSpec("sector_totals", "Services spoken of", (by_sector,)),
    ]
    tables += [
        TableSpec(
            f"{one}:{other}",
            f"People heard, by {spoken(one)} and {spoken(other)}",
            ((one, dimensions[one].values), (other, dimensions[other].values)),
        )
        for one, other in pairs
    ]
    return Design(dimensions, tuple(tables))


def spoken(name: str) -> str:
    """Return the name of a dimension within a sentence."""
    return name.replace("_", " ")


def answers_design(question: str, answers: tuple[str, ...]) -> Design:
    """Return the one table of a closed question, or of an equality question asked by a show of hands."""
    dimension = flat(f"answer:{question}", "additive", answers, root="all_answers")
    return Design(
        {dimension.name: dimension},
        (TableSpec(f"answers:{question}", "Answers by a show of hands", ((dimension.name, dimension.values),)),),
    )


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
