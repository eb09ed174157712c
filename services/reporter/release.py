"""A release: the body that is cited, and the envelope that says who let it go.

The body holds no person, no clock and no random id: the same counts give the same bytes, and their hash is the
citation. Every output (page, committee paper, spreadsheet, event) is written from this one body.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

import msgspec

from services.errors import Finding, Held, InputRefused
from services.reporter.dimensions import Dimension
from services.reporter.loop_figures import LoopFigures
from services.reporter.suppression import HIDDEN, IMPOSSIBLE, NOT_HELD, Control, Protected
from services.reporter.tables import CellKey, Design, cells_of

FORMAT = "survivor-voice release 2"

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
    "A year is counted by itself: it is not the sum of its quarters, in which one person may stand several times.",
    "Answers given by a show of hands count one session of each group, so that nobody is counted twice.",
)

PRESENT_BANDS = (100, 50, 25, 10)
"""Numbers (of sessions, of people present) that may be given as "at least"; below the last no number is given."""

LONGEST_NAME = 80

Counts: TypeAlias = str
"""What a table counts: ``people``, ``organisations``, or ``answers:<question>``."""
PEOPLE = "people"
ORGANISATIONS = "organisations"
ANSWERS = "answers"

StatementKind = Literal["paraphrase", "quotation", "finding", "recommendation"]


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


class MeasureRef(msgspec.Struct, frozen=True):
    """What a finding says of one success measure: better, worse or mixed."""

    framework: str
    measure: str
    said: str


class StatementRef(msgspec.Struct, frozen=True):
    """A sentence by id and hash, never its words, so that it can be retracted without changing the body.

    Attributes:
        id: of the statement.
        sha256: of its words.
        nodes: as ``framework:node``; of a paraphrase or quotation only those beside whose published figure it stands.
        kind: what it is.
        area: which of the five areas, for a recommendation.
        sectors: who it speaks of, or who should act.
        measures: what it says of success measures.
        present_at_least: how many were present at the sessions that agreed it (attendances, in bands), or none.
    """

    id: str
    sha256: str
    nodes: tuple[str, ...] = ()
    kind: StatementKind = "finding"
    area: str | None = None
    sectors: tuple[str, ...] = ()
    measures: tuple[MeasureRef, ...] = ()
    present_at_least: int | None = None


class Change(msgspec.Struct, frozen=True):
    """A published figure beside the one of the release before; none: it was, or is, not shown."""

    counts: Counts
    dims: dict[str, str]
    before: int | None
    now: int | None


class Trend(msgspec.Struct, frozen=True):
    """One figure over published periods, the oldest first and this one last; ``values`` go with ``periods``."""

    counts: Counts
    dims: dict[str, str]
    periods: tuple[str, ...]
    values: tuple[int | None, ...]


class NotHeard(msgspec.Struct, frozen=True):
    """Values of one dimension for which no figure is shown: nobody, or too few."""

    dimension: str
    values: tuple[str, ...]


class WithdrawnTable(msgspec.Struct, frozen=True):
    """A table that was published by mistake and is withdrawn whole."""

    id: str
    title: str


class ReleaseBody(msgspec.Struct, frozen=True):
    """All that a release says; see the module for what it never holds.

    Attributes:
        version: counts up where a table was withdrawn.
        previous: citation of the release before, of the same kind, that ``changes`` compare with; or none.
        loop: what had become of recommendations when it was prepared; counts of recommendations, not of people.
    """

    format: str
    name: str
    round: str
    period: str
    version: int
    frameworks: tuple[str, ...]
    threshold: int
    rounding_base: int
    versions: Versions
    dimensions: tuple[ReleaseDimension, ...]
    tables: tuple[ReleaseTable, ...]
    withdrawn: tuple[WithdrawnTable, ...]
    sessions: tuple[SessionsHeld, ...]
    statements: tuple[StatementRef, ...]
    previous: str | None
    changes: tuple[Change, ...]
    trend: tuple[Trend, ...]
    not_heard: tuple[NotHeard, ...]
    loop: LoopFigures
    symbols: dict[str, str]
    method: tuple[str, ...]


class Signatory(msgspec.Struct, frozen=True):
    """A person who prepares or approves: the name, and the account where it comes from a sign-in."""

    name: str
    account: str | None = None


class Envelope(msgspec.Struct, frozen=True):
    """Who let a body go, and on which day; apart from the body, so that the citation depends on figures alone."""

    citation: str
    prepared_by: str
    approved_by: str
    approved_on: str
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
    loop: LoopFigures | None = None,
) -> ReleaseBody:
    """Return the body; the same figures give the same body whatever the order of the arguments.

    ``sessions`` gives, by kind, how many of the planned sessions were held; the body says only that a kind was held,
    or a band from ten up. What compares it with earlier releases is added by ``comparing``.

    Raises:
        SettingsError: parameters that are not allowed.
        Held: two sections disagree about a dimension or a table id, or a figure is below the threshold.
    """
    control.check()
    dimensions: dict[str, ReleaseDimension] = {}
    tables: dict[str, ReleaseTable] = {}
    for section in sorted(sections, key=_place_of):
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
        version=1,
        frameworks=tuple(sorted(frameworks)),
        threshold=control.threshold,
        rounding_base=control.base,
        versions=versions,
        dimensions=tuple(dimensions[each] for each in sorted(dimensions)),
        tables=tuple(tables.values()),
        withdrawn=(),
        sessions=tuple(SessionsHeld(kind, band(number)) for kind, number in sorted((sessions or {}).items()) if number),
        statements=tuple(sorted(statements, key=lambda statement: statement.id)),
        previous=None,
        changes=(),
        trend=(),
        not_heard=(),
        loop=loop or LoopFigures(),
        symbols=dict(SYMBOLS),
        method=METHOD,
    )


def body_bytes(body: ReleaseBody) -> bytes:
    """Return the canonical JSON of a body: sorted keys, UTF-8, no spaces."""
    return msgspec.json.encode(body, order="sorted")


def citation(body: ReleaseBody) -> str:
    """Return the hash that cites a body: SHA-256 of its canonical JSON, in hex."""
    return hashlib.sha256(body_bytes(body)).hexdigest()


def approve(cited: str, *, prepared_by: Signatory, approved_by: Signatory, approved_on: str) -> Envelope:
    """Return the envelope of an approved body, cited by its hash.

    The names are verified when both come from a sign-in.

    Raises:
        InputRefused: one person prepared and approved, or a name is missing or too long.
    """
    for field, person in (("prepared_by", prepared_by), ("approved_by", approved_by)):
        require_name(field, person)
    same_account = prepared_by.account is not None and prepared_by.account == approved_by.account
    if same_account or _plain(prepared_by.name) == _plain(approved_by.name):
        raise InputRefused(
            [Finding("approved_by", "the one who prepared it", "Two different people make a release.")],
        )
    verified = prepared_by.account is not None and approved_by.account is not None
    return Envelope(cited, prepared_by.name.strip(), approved_by.name.strip(), approved_on, verified)


def require_name(field: str, person: Signatory) -> None:
    """Pass when somebody is named.

    Raises:
        InputRefused: nobody is, or the name is too long.
    """
    if not 1 <= len(person.name.strip()) <= LONGEST_NAME:
        raise InputRefused(
            [Finding(field, "missing or too long", f"Give the person’s name, up to {LONGEST_NAME} characters.")],
        )


def band(number: int) -> int | None:
    """Return the greatest band that a number reaches, or None below all."""
    return next((least for least in PRESENT_BANDS if number >= least), None)


def describe(dimension: Dimension) -> ReleaseDimension:
    """Return a dimension as a release prints it."""
    children = {parent: dimension.children[parent] for parent in dimension.values if parent in dimension.children}
    return ReleaseDimension(dimension.name, dimension.kind, dimension.root, children, dimension.covering)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _place_of(section: Section) -> tuple[int, str]:
    known = (PEOPLE, ORGANISATIONS)
    return (known.index(section.counts) if section.counts in known else len(known), section.counts)


def _cell(section: Section, key: CellKey, control: Control) -> ReleaseCell:
    cell = section.protected.cells[key]
    if cell.value is not None and cell.value + control.base // 2 < control.threshold:
        raise Held("A figure below the threshold was about to be published.")
    return ReleaseCell(dict(key), cell.value, cell.symbol)
