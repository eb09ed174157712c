"""The design of a release's tables, fixed before anything is counted, and the counting of their cells.

A cell is named by the values of its dimensions without the roots, so that the same figure in two tables of a
release is one figure to us as it is to an attacker.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Final, TypeAlias

import msgspec

from services.errors import SettingsError
from services.reporter.dimensions import Dimension, Tree, flat, of_tree

CellKey: TypeAlias = tuple[tuple[str, str], ...]

EVERYONE: CellKey = ()

_Cell: TypeAlias = tuple[str, ...]
_Pattern: TypeAlias = tuple[frozenset[str], ...]
_NOTHING: Final = frozenset[str]()
#: Differing patterns that one table may wait with before they are added up.
_MOST_PATTERNS: Final = 20_000
#: People who are handed on together.
_AT_ONCE: Final = 20_000


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
    """Counts distinct people one by one; its memory grows with what differs within a table, never with the people.

    People must be distinct already (see ``counting``).

    Args:
        design: whose cells are counted.
        rare: dimensions that few people say anything of; their tables are counted together.
    """

    def __init__(self, design: Design, rare: frozenset[str] = frozenset()) -> None:
        self._design = design
        apart = [(table,) for table in design.tables if not {name for name, _ in table.axes} & rare]
        joint = tuple(table for table in design.tables if {name for name, _ in table.axes} & rare)
        self._groups = [_Group(design, tables) for tables in (*apart, *((joint,) if joint else ()))]
        covered = {name for group in self._groups for name in group.names}
        #: Dimensions that stand in no table are counted nowhere, but what people say of them is still checked.
        self._loose = tuple(name for name in design.dimensions if name not in covered)
        self._names = tuple(design.dimensions)
        self._waiting: list[_Pattern] = []

    def add(self, values: Mapping[str, frozenset[str]]) -> None:
        """Count a person.

        Raises:
            ContractBroken, SettingsError: now or later, as :func:`tabulate`.
        """
        self._waiting.append(tuple([values.get(name, _NOTHING) for name in self._names]))
        if len(self._waiting) >= _AT_ONCE:
            self._take()

    def add_both(self, one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> None:
        """Count a person where both of two sayings of hers would be counted: in the values that they share."""
        for group in self._groups:
            group.add_both(one, other)

    def counts(self) -> dict[CellKey, int]:
        """Return the count of every cell of the design, zeros included; the same figure in two tables is one."""
        self._take()
        found = dict.fromkeys(all_cells(self._design), 0)
        for group in self._groups:
            for own in group.counts():
                found.update(own)
        return found

    def _take(self) -> None:
        """Hand on those who wait, many at once: what they say is read once for all who say the same."""
        columns = dict(zip(self._names, zip(*self._waiting, strict=True), strict=False))
        for name in self._loose:
            for stated in set(columns.get(name, ())):
                _check(self._design.dimensions[name], stated)
                self._design.dimensions[name].close_upward(stated)
        for group in self._groups:
            group.add([columns.get(name, ()) for name in group.names], len(self._waiting))
        self._waiting.clear()


class _Group:
    """Tables that are counted together: each person is one pattern of the values that these tables list."""

    def __init__(self, design: Design, tables: tuple[TableSpec, ...]) -> None:
        self.names = tuple(dict.fromkeys(name for table in tables for name, _ in table.axes))
        self._design = design
        self._listed = {
            name: frozenset(
                value for table in tables for axis, listed in table.axes if axis == name for value in listed
            )
            for name in self.names
        }
        self._tables = [
            ([(self.names.index(name), frozenset(listed)) for name, listed in table.axes], table, Counter[_Cell]())
            for table in tables
        ]
        self._patterns = Counter[_Pattern]()
        self._known: dict[str, dict[frozenset[str], frozenset[str]]] = {name: {} for name in self.names}

    def add(self, columns: list[tuple[frozenset[str], ...]], number: int) -> None:
        seen = [self._read(name, column) for name, column in zip(self.names, columns, strict=True)]
        if seen:
            self._patterns.update(zip(*seen, strict=True))
        else:
            self._patterns[()] += number
        if len(self._patterns) > _MOST_PATTERNS:
            self._fold()

    def add_both(self, one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> None:
        both = []
        for name in self.names:
            first, second = self._read(name, (one.get(name, _NOTHING), other.get(name, _NOTHING)))
            both.append(first & second)
        self._patterns[tuple(both)] += 1

    def counts(self) -> Iterator[dict[CellKey, int]]:
        self._fold()
        for _, table, cells in self._tables:
            names = [name for name, _ in table.axes]
            yield {key_of(self._design, dict(zip(names, cell, strict=True))): count for cell, count in cells.items()}

    def _fold(self) -> None:
        """Add up the cells of what waits."""
        alone = len(self._tables) == 1
        for pattern, times in self._patterns.items():
            for axes, _, cells in self._tables:
                # A table of its own has nothing but what it lists in its patterns.
                counted = product(*(pattern if alone else [pattern[place] & listed for place, listed in axes]))
                if times == 1:
                    cells.update(counted)
                else:
                    for cell in counted:
                        cells[cell] += times
        self._patterns.clear()

    def _read(self, name: str, column: tuple[frozenset[str], ...]) -> Iterator[frozenset[str]]:
        """Return what is listed of each saying with all above it; the same saying is read once."""
        known = self._known[name]
        if len(known) > _MOST_PATTERNS:
            known.clear()
        dimension, listed = self._design.dimensions[name], self._listed[name]
        for stated in set(column) - known.keys():
            _check(dimension, stated)
            known[stated] = dimension.close_upward(stated) & listed
        return map(known.__getitem__, column)


def _check(dimension: Dimension, stated: frozenset[str]) -> None:
    if dimension.kind == "additive" and (len(stated) > 1 or (dimension.covering and not stated)):
        raise SettingsError(f"The dimension {dimension.name} is additive, so each person needs exactly one value.")
    if dimension.covering and not stated:
        raise SettingsError(f"The dimension {dimension.name} covers everybody, so each person needs a value.")


def tabulate(design: Design, people: Iterable[Person]) -> dict[CellKey, int]:
    """Count distinct people in every cell of the design, zeros included.

    Raises:
        ContractBroken: a person states a value that its dimension does not hold.
        SettingsError: a person breaks what the design says of a dimension (additive: exactly one value; covering: at
            least one), which would let the proof assume something untrue.
    """
    found = Tabulation(design)
    for person in people:
        found.add(person.values)
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
