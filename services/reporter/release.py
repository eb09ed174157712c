"""The body of a release: what is published, with no person and no moment in it; its hash is its citation.

A body is a pure function of the counted rows: the same rows in any order give the same bytes. Who prepared and
approved it, and when, stands in the envelope beside it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from services.errors import ContractBroken
from services.reporter.counting import CountedRow, count_contributors
from services.reporter.dimensions import Tree
from services.reporter.suppression import HIDDEN, IMPOSSIBLE, NOT_HELD, Cell, Control, protect
from services.reporter.tables import (
    CellKey,
    Design,
    Person,
    cells_of,
    node_dimension,
    organisations_design,
    people_design,
    tabulate,
)
from services.vocabulary.areas import areas
from services.vocabulary.frameworks import Framework, framework
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors

FORMAT: Final = 1
CONTROL_VERSION: Final = "1"
ROOT: Final = "all"
ORGANISATION: Final = "organisation"
SYMBOLS: Final = {
    HIDDEN: "Confidential: hidden to protect people. Nought, small, or hidden so that others cannot be worked out.",
    NOT_HELD: "Not available: no session was planned.",
    IMPOSSIBLE: "Not applicable: cannot exist by definition.",
}
_BANDS: Final = ((10, "10 or more"), (5, "5 to 9"), (1, "1 to 4"))
_encoder = msgspec.json.Encoder(order="sorted")


class SessionsHeld(msgspec.Struct, frozen=True):
    """Sessions of one kind that were held in the period; a fact of the plan, not of the people."""

    kind: str
    number: int


class BodyCell(msgspec.Struct, frozen=True):
    """One cell: its values by dimension, and a rounded figure or a symbol."""

    dims: dict[str, str]
    value: int | None
    symbol: str = ""


class BodyTable(msgspec.Struct, frozen=True):
    """One table.

    Attributes:
        id: stable id.
        title: what it says.
        population: people or organisations.
        axes: dimension and its values, rows before columns, in the order of print.
        cells: every cell, in that order.
    """

    id: str
    title: str
    population: str
    axes: tuple[tuple[str, tuple[str, ...]], ...]
    cells: tuple[BodyCell, ...]


class ReleaseBody(msgspec.Struct, frozen=True, kw_only=True):
    """One release as it is published.

    Attributes:
        format: of this struct.
        name: what the release is called.
        period: the quarter.
        frameworks: those that it publishes.
        threshold: least number of distinct people a figure stands for.
        base: figures are rounded to the nearest multiple of it.
        versions: of the pseudonymiser, the concept bank, the catalogues and the control.
        sessions: kinds of sessions held, in bands.
        symbols: what each symbol means.
        tables: all tables.
        notes: how it was made.
    """

    format: int
    name: str
    period: str
    frameworks: tuple[str, ...]
    threshold: int
    base: int
    versions: dict[str, str]
    sessions: dict[str, str]
    symbols: dict[str, str]
    tables: tuple[BodyTable, ...]
    notes: tuple[str, ...]

    def canonical(self) -> bytes:
        """Return the canonical bytes: sorted keys, no spaces."""
        return _encoder.encode(self)

    @property
    def citation(self) -> str:
        """The SHA-256 of the canonical bytes: the release's name for ever."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Return the body as plain JSON."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    def tally(self) -> tuple[int, dict[str, int]]:
        """Return how many distinct cells show a figure, and how many do not by symbol without brackets.

        A figure that stands in two tables is one cell.
        """
        seen: dict[tuple[str, tuple[tuple[str, str], ...]], BodyCell] = {}
        for table in self.tables:
            for cell in table.cells:
                key = tuple(sorted((name, value) for name, value in cell.dims.items() if value != ROOT))
                seen.setdefault((table.population, key), cell)
        hidden: dict[str, int] = {}
        for cell in seen.values():
            if cell.value is None:
                name = cell.symbol.strip("[]")
                hidden[name] = hidden.get(name, 0) + 1
        return len(seen) - sum(hidden.values()), dict(sorted(hidden.items()))

    def table(self, table_id: str) -> BodyTable | None:
        """Return one table, or None."""
        return next((table for table in self.tables if table.id == table_id), None)


def read_body(content: bytes) -> ReleaseBody:
    """Return a stored body.

    Raises:
        ContractBroken: it is not one.
    """
    try:
        return msgspec.json.decode(content, type=ReleaseBody)
    except msgspec.DecodeError:
        raise ContractBroken("A stored release does not keep its form.") from None


def tree_of(catalogue: Framework) -> Tree:
    """Return the tree of a framework's counted nodes below one root."""
    tops = tuple(node.id for node in catalogue.nodes if node.parent is None)
    children = {ROOT: tops}
    for node in catalogue.nodes:
        below = tuple(child.id for child in catalogue.children(node.id))
        if below:
            children[node.id] = below
    return Tree(ROOT, children)


def build_body(
    rows: Iterable[CountedRow],
    *,
    period: str,
    frameworks: Sequence[str],
    threshold: int,
    versions: Mapping[str, str],
    sessions: Sequence[SessionsHeld],
) -> tuple[ReleaseBody, dict[str, str]]:
    """Count, control and prove one period; return its body and the session that counts for each group without seats.

    Raises:
        NotFound: no such framework.
        Held: no proof was found.
        SettingsError: a threshold below the least.
    """
    control = Control(threshold=threshold)
    control.check()
    catalogues = [framework(name) for name in sorted(frameworks)]
    trees = {catalogue.id: tree_of(catalogue) for catalogue in catalogues}
    known = {catalogue.id: {node.id for node in catalogue.nodes} for catalogue in catalogues}
    counted = count_contributors(_published_nodes(rows, known), roles=roles().ids)
    person_roles = tuple(role for role in roles().ids if role != ORGANISATION)
    people = people_design(trees, roles=person_roles, areas=areas().ids, sectors=sectors().ids)
    bodies = organisations_design(trees, sectors=sectors().ids)
    tables = _tables("people", people, counted.people, control) + _tables(
        "organisations", bodies, counted.organisations, control
    )
    body = ReleaseBody(
        format=FORMAT,
        name=f"Themes of {period}",
        period=period,
        frameworks=tuple(trees),
        threshold=threshold,
        base=control.base,
        versions={
            **versions,
            "control": CONTROL_VERSION,
            **{catalogue.id: str(catalogue.version) for catalogue in catalogues},
        },
        sessions={held.kind: _band(held.number) for held in sorted(sessions, key=lambda held: held.kind)},
        symbols=dict(SYMBOLS),
        tables=tables,
        notes=(
            f"Figures count different people, never contributions; each stands for at least {threshold} people.",
            f"Figures are rounded to the nearest {control.base}, each by itself, so parts need not add up to totals.",
            "A person may speak of several subjects, areas and services, so these do not add up to everybody.",
            "A published quarter is never counted again; withdrawals are left out of every later report.",
        ),
    )
    return body, dict(counted.sessions)


def _published_nodes(rows: Iterable[CountedRow], known: Mapping[str, set[str]]) -> list[CountedRow]:
    return [
        msgspec.structs.replace(
            row,
            nodes=tuple((name, node) for name, node in row.nodes if name in known and node in known[name]),
        )
        for row in rows
    ]


def _tables(population: str, design: Design, people: Sequence[Person], control: Control) -> tuple[BodyTable, ...]:
    names = set(design.dimensions)
    kept = [
        Person(each.contributor, {name: found for name, found in each.values.items() if name in names})
        for each in people
    ]
    protected = protect(design, tabulate(design, kept), control=control)
    return tuple(_table(population, design, number, protected.cells) for number in range(len(design.tables)))


def _table(population: str, design: Design, number: int, cells: Mapping[CellKey, Cell]) -> BodyTable:
    spec = design.tables[number]
    roots = {name: design.dimensions[name].root for name, _ in spec.axes}
    shown = []
    for key in cells_of(design, spec):
        said = dict(key)
        dims = {_plain(name): _value(said.get(name, roots[name]), roots[name]) for name, _ in spec.axes}
        cell = cells[key]
        shown.append(BodyCell(dims, cell.value, cell.symbol))
    axes = tuple((_plain(name), tuple(_value(value, roots[name]) for value in listed)) for name, listed in spec.axes)
    return BodyTable(spec.id, spec.title, population, axes, tuple(shown))


def _plain(name: str) -> str:
    return "node" if name.startswith(node_dimension("")) else name


def _value(value: str, root: str) -> str:
    return ROOT if value == root else value


def _band(number: int) -> str:
    return next(text for least, text in _BANDS if number >= least)
