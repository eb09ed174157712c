"""A release: the body that is cited, and the envelope that says who let it go.

The body holds no person, no clock and no random id: the same counts give the same bytes, and their hash is the
citation. Every output (page, committee paper, spreadsheet, event) is written from this one body.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from services.errors import Conflict, Held, SettingsError
from services.reporter.dimensions import Dimension
from services.reporter.suppression import HIDDEN, IMPOSSIBLE, NOT_HELD, Control, Protected
from services.reporter.tables import CellKey, Design, cells_of

FORMAT = "survivor-voice release 1"

SYMBOLS = {
    HIDDEN: "Confidential: too few people, or needed to keep another figure hidden. It may stand for nobody.",
    NOT_HELD: "Not available: the plan of sessions held none of these.",
    IMPOSSIBLE: "Not applicable: this cannot occur.",
}

METHOD = (
    "Every figure counts distinct people, never contributions.",
    "Every figure is rounded on its own, so rows need not add up to their totals.",
    "A person may have raised several matters and spoken of several areas, so parts overlap.",
    "A period is counted once. Someone who withdrew later is still in it, and is left out of every later release.",
)

SESSION_BANDS = (100, 50, 25, 10)
"""Numbers of sessions that may be given as "at least"; below the last only that sessions were held."""

Counts = Literal["people", "organisations"]
TIME = "period"


class Versions(msgspec.Struct, frozen=True):
    """What a figure depends on beside the contributions."""

    pseudonymiser: str
    bank: str
    catalogue: str
    control: str


class ReleaseCell(msgspec.Struct, frozen=True):
    """One cell: its values by dimension (roots left out), a rounded figure or none, and the symbol printed instead."""

    dims: dict[str, str]
    value: int | None
    symbol: str


class ReleaseTable(msgspec.Struct, frozen=True):
    """One table with its cells in the order in which it is printed."""

    id: str
    title: str
    counts: Counts
    dimensions: tuple[str, ...]
    cells: tuple[ReleaseCell, ...]


class ReleaseDimension(msgspec.Struct, frozen=True):
    """How the values of a dimension hang together; anyone may know it, and a check by a third party needs it."""

    name: str
    kind: str
    root: str
    children: dict[str, tuple[str, ...]]
    covering: bool


class SessionsHeld(msgspec.Struct, frozen=True):
    """A kind of session that was held: at least so many, or no number at all."""

    kind: str
    at_least: int | None


class StatementRef(msgspec.Struct, frozen=True):
    """A sentence by id and hash, never its words, so that it can be retracted without changing the body."""

    id: str
    sha256: str
    nodes: tuple[str, ...]


class ReleaseBody(msgspec.Struct, frozen=True):
    """All that a release says; see the module for what it never holds."""

    format: str
    name: str
    round: str
    period: str
    frameworks: tuple[str, ...]
    threshold: int
    rounding_base: int
    versions: Versions
    dimensions: tuple[ReleaseDimension, ...]
    tables: tuple[ReleaseTable, ...]
    sessions: tuple[SessionsHeld, ...]
    statements: tuple[StatementRef, ...]
    symbols: dict[str, str]
    method: tuple[str, ...]


class Envelope(msgspec.Struct, frozen=True):
    """Who let a body go, and when; apart from the body, so that the citation depends on figures alone."""

    citation: str
    prepared_by: str
    approved_by: str
    approved_at: str
    names_verified: bool


class Section(msgspec.Struct, frozen=True):
    """The tables of one population, proved safe."""

    counts: Counts
    design: Design
    protected: Protected


def build_body(
    *,
    name: str,
    round_id: str,
    period: str,
    frameworks: Iterable[str],
    control: Control,
    versions: Versions,
    sections: Iterable[Section],
    sessions: Mapping[str, int] | None = None,
    statements: Iterable[StatementRef] = (),
) -> ReleaseBody:
    """Return the body; the same figures give the same body whatever the order of the arguments.

    ``sessions`` gives, by kind, how many of the planned sessions were held; the body says only that a kind was held,
    or a band from ten up.

    Raises:
        SettingsError: parameters that are not allowed.
        Held: two sections disagree about a dimension or a table id, or a figure is below the threshold.
    """
    control.check()
    ordered = sorted(sections, key=lambda section: ("people", "organisations").index(section.counts))
    dimensions: dict[str, ReleaseDimension] = {}
    tables: dict[str, ReleaseTable] = {}
    for section in ordered:
        for dimension in section.design.dimensions.values():
            described = describe(dimension)
            if dimensions.setdefault(dimension.name, described) != described:
                raise Held(f"Two parts of the release disagree about the dimension {dimension.name}.")
        for table in section.design.tables:
            if table.id in tables:
                raise Held(f"Two tables of the release are called {table.id}.")
            cells = tuple(_cell(section, key, control) for key in cells_of(section.design, table))
            axes = tuple(axis for axis, _ in table.axes)
            tables[table.id] = ReleaseTable(table.id, table.title, section.counts, axes, cells)
    return ReleaseBody(
        format=FORMAT,
        name=name,
        round=round_id,
        period=period,
        frameworks=tuple(sorted(frameworks)),
        threshold=control.threshold,
        rounding_base=control.base,
        versions=versions,
        dimensions=tuple(dimensions[each] for each in sorted(dimensions)),
        tables=tuple(tables.values()),
        sessions=tuple(
            SessionsHeld(kind, _band(number)) for kind, number in sorted((sessions or {}).items()) if number
        ),
        statements=tuple(sorted(statements, key=lambda statement: statement.id)),
        symbols=dict(SYMBOLS),
        method=METHOD,
    )


def body_bytes(body: ReleaseBody) -> bytes:
    """Return the canonical JSON of a body: sorted keys, UTF-8, no spaces."""
    return msgspec.json.encode(body, order="sorted")


def citation(body: ReleaseBody) -> str:
    """Return the hash that cites a body: SHA-256 of its canonical JSON, in hex."""
    return hashlib.sha256(body_bytes(body)).hexdigest()


def approve(
    body: ReleaseBody, *, prepared_by: str, approved_by: str, approved_at: str, names_verified: bool
) -> Envelope:
    """Return the envelope of an approved body.

    ``names_verified`` says whether the two names come from a sign-in.

    Raises:
        Conflict: one person prepared and approved.
        SettingsError: a name is missing.
    """
    if not prepared_by.strip() or not approved_by.strip():
        raise SettingsError("A release needs the names of who prepared and who approved it.")
    if prepared_by.strip().casefold() == approved_by.strip().casefold():
        raise Conflict("A release is prepared and approved by two different people.")
    return Envelope(citation(body), prepared_by.strip(), approved_by.strip(), approved_at, names_verified)


def plain_release(body: ReleaseBody) -> list[dict[str, Any]]:
    """Return a body in the plain form that an auditor reads: one object for each population that is counted.

    The period is a dimension of time whose root is never counted. Cells of several tables with the same values are one.
    """
    return [
        plain_form(
            f"{body.name} {body.period} {counts}",
            dimensions=body.dimensions,
            cells={
                tuple(sorted({**cell.dims, TIME: body.period}.items())): cell.value
                for table in body.tables
                if table.counts == counts
                for cell in table.cells
            },
            periods=(body.period,),
            control=Control(body.threshold, body.rounding_base, max(50, body.threshold)),
        )
        for counts in dict.fromkeys(table.counts for table in body.tables)
    ]


def plain_form(
    name: str,
    *,
    dimensions: Iterable[ReleaseDimension],
    cells: Mapping[CellKey, int | None],
    periods: tuple[str, ...],
    control: Control,
    time: str = TIME,
) -> dict[str, Any]:
    """Return one object of the plain release form; ``time`` names the dimension of periods, where there are any."""
    named = {name for key in cells for name, _ in key}
    described: dict[str, dict[str, Any]] = {
        each.name: {
            "kind": each.kind,
            "root": each.root,
            "children": {parent: list(children) for parent, children in each.children.items()},
            "covering": each.covering,
        }
        for each in dimensions
        if each.name in named
    }
    if periods:
        described[time] = {
            "kind": "overlapping",
            "root": "ALL",
            "children": {"ALL": list(periods)},
            "covering": False,
            "time": True,
        }
    status = "rounded" if control.base > 1 else "published"
    return {
        "release": name,
        "threshold": control.threshold,
        "rounding_base": control.base,
        "rounding": "nearest",
        "threshold_before_rounding": True,
        "zeros_shown": False,
        "omitted": "unknown",
        "required_width": control.threshold - 1,
        "group_limit": control.group_limit,
        "dimensions": described,
        "cells": [
            {"dims": dict(key), "value": value, "status": "suppressed" if value is None else status}
            for key, value in cells.items()
        ],
    }


def describe(dimension: Dimension) -> ReleaseDimension:
    """Return a dimension as a release prints it."""
    children = {parent: dimension.children[parent] for parent in dimension.values if parent in dimension.children}
    return ReleaseDimension(dimension.name, dimension.kind, dimension.root, children, dimension.covering)


def _cell(section: Section, key: CellKey, control: Control) -> ReleaseCell:
    cell = section.protected.cells[key]
    if cell.value is not None and cell.value + control.base // 2 < control.threshold:
        raise Held("A figure below the threshold was about to be published.")
    return ReleaseCell(dict(key), cell.value, cell.symbol)


def _band(number: int) -> int | None:
    return next((least for least in SESSION_BANDS if number >= least), None)
