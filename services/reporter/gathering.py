"""What a release counts, read from the rows of its period one person at a time.

Rows come in the order of contributors, so that a person is united while they pass and nothing grows with the number of
people. The rules are those of ``counting``; a test holds both against each other.
"""

import contextlib
import gc
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporter import store
from services.reporter.counting import ORGANISATION, GroupSession, areas_of, first_of, largest_sessions
from services.reporter.designs import broken_down_by
from services.reporter.periods import is_year, quarters_in
from services.reporter.release import ORGANISATIONS, PEOPLE
from services.reporter.tables import CellKey, Design, Tabulation, node_dimension
from services.vocabulary.roles import roles

#: Rows that are read at once.
_AT_ONCE: Final = 20_000
#: Differing texts whose meaning is remembered.
_MOST_KNOWN: Final = 100_000

Values = dict[str, frozenset[str]]
Mark = Callable[[str], str]
_COLUMNS: Final = (
    "contributor",
    "role",
    "areas",
    "nodes",
    "sectors",
    "characteristics",
    "group_id",
    "session",
    "period",
)


class Gathered(msgspec.Struct, frozen=True):
    """The distinct contributors of a period, counted.

    Attributes:
        counts: for each population, every cell of its design.
        sessions: the session that counts for each group without seats or receipts.
        versions: of the bank and the pseudonymiser, of everything that is counted.
        rows: how many contributions are counted.
        people: for each population the keyed hashes of those counted, sorted; empty where none were asked for.
        joined: for each earlier set of hashes, the counts of those who are not in it.
        both: for each quarter of a year, the counts of those in a cell of the quarter who are in it for the year too.
    """

    counts: dict[str, dict[CellKey, int]]
    sessions: dict[str, str]
    versions: dict[str, str]
    rows: int
    people: dict[str, tuple[str, ...]]
    joined: tuple[dict[str, dict[CellKey, int]], ...]
    both: dict[str, dict[str, dict[CellKey, int]]]


async def gather(
    view: AsyncConnection,
    period: str,
    designs: Mapping[str, Design],
    *,
    mark: Mark | None = None,
    since: Sequence[frozenset[str]] = (),
) -> Gathered:
    """Count the contributors of a period in the cells of the designs of people and of organisations.

    Args:
        view: one moment's view of the store.
        period: a quarter or a year.
        designs: by population.
        mark: gives the keyed hash of a contributor, where the ledger is to know who was counted.
        since: sets of such hashes; those who are in none of one set are counted once more, apart, for it.
    """
    sessions = await _counting_sessions(view, period)
    reading = _Reading(designs)
    rare = frozenset(broken_down_by())
    counted = _tabulations(designs, rare)
    apart = [_tabulations(designs, rare) for _ in since]
    both = {quarter: _tabulations(designs, rare) for quarter in (quarters_in(period) if is_year(period) else ())}
    people: dict[str, list[str]] = {population: [] for population in designs}
    number = 0
    with _no_collecting():
        async for contributor, rows in _by_contributor(view, period, sessions):
            number += len(rows)
            hashed = "" if mark is None else mark(contributor)
            for population, own in _populations(rows):
                values = reading.values(own)
                counted[population].add(values)
                if mark is not None:
                    people[population].append(hashed)
                for quarter in sorted({row[8] for row in own}) if both else ():
                    part = reading.values([row for row in own if row[8] == quarter])
                    both[quarter][population].add_both(part, values)
                for known, more in zip(since, apart, strict=True):
                    if hashed not in known:
                        more[population].add(values)
    return Gathered(
        counts=_counts(counted),
        sessions=sessions,
        versions=await _versions(view, period),
        rows=number,
        people={population: tuple(sorted(marks)) for population, marks in people.items()},
        joined=tuple(_counts(more) for more in apart),
        both={quarter: _counts(each) for quarter, each in both.items()},
    )


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """Have the cycle collector rest: counting makes no cycles, and looking for some takes a quarter of its time."""
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            gc.enable()


def in_period(period: str) -> sa.ColumnElement[bool]:
    """Return the condition for rows that a period counts: whoever no longer allows counting is left out.

    Rows of a closed quarter stay as they were counted; for a later release of the same people they must not count.
    """
    table, consents = store.rows.c, store.consents.c
    narrowed = sa.select(consents.contributor).where(sa.not_(consents.uses.like("%count%")))
    return sa.and_(table.period.in_(quarters_in(period)), table.state == "counted", table.contributor.not_in(narrowed))


async def _counting_sessions(view: AsyncConnection, period: str) -> dict[str, str]:
    """Return the session that counts for each group without seats; a year chooses among what its quarters chose."""
    table, held = store.rows.c, store.sessions.c
    query = (
        sa.select(
            table.group_id,
            table.session,
            table.period,
            sa.func.min(table.month),
            sa.func.min(sa.cast(table.identified, sa.Integer)),
            sa.func.coalesce(sa.func.max(held.number_present), 0),
        )
        .outerjoin(store.sessions, held.session == table.session)
        .where(in_period(period), table.group_id.is_not(None))
        .group_by(table.group_id, table.session, table.period)
    )
    chosen = await _chosen_before(view, period)
    return largest_sessions(
        GroupSession(group, session, month, present, bool(seated))
        for group, session, quarter, month, seated, present in (await view.execute(query)).all()
        if chosen.get(quarter, {}).get(group, session) == session
    )


async def _chosen_before(view: AsyncConnection, period: str) -> dict[str, dict[str, str]]:
    table = store.periods.c
    query = sa.select(table.period, table.largest_sessions).where(table.period.in_(quarters_in(period)))
    return {quarter: json.loads(chosen) for quarter, chosen in (await view.execute(query)).all()}


async def _by_contributor(
    view: AsyncConnection, period: str, sessions: Mapping[str, str]
) -> AsyncIterator[tuple[str, list[Any]]]:
    """Yield each contributor with the rows that count, in the order of their ids."""
    query = (
        sa.select(*(store.rows.c[name] for name in _COLUMNS))
        .where(in_period(period))
        .order_by(store.rows.c.contributor)
    )
    waiting: list[Any] = []
    current = ""
    async with view.stream(query) as result:
        async for part in result.partitions(_AT_ONCE):
            for row in part:
                if row[6] is not None and sessions.get(row[6], row[7]) != row[7]:
                    continue
                if row[0] != current:
                    if waiting:
                        yield current, waiting
                    current, waiting = row[0], []
                waiting.append(row)
    if waiting:
        yield current, waiting


def _populations(rows: list[Any]) -> Iterable[tuple[str, list[Any]]]:
    """Part the rows of one contributor: what she said for an organisation does not count for a person."""
    bodies = [row for row in rows if row[1] == ORGANISATION]
    persons = rows if not bodies else [row for row in rows if row[1] != ORGANISATION]
    if persons:
        yield PEOPLE, persons
    if bodies:
        yield ORGANISATIONS, bodies


class _Reading:
    """Reads the texts of rows into values; the same text is read once, as far as there is room to remember it."""

    def __init__(self, designs: Mapping[str, Design]) -> None:
        self._roles = roles().ids
        self._characteristics = broken_down_by()
        self._nodes = {
            f"{name.removeprefix(node_dimension(''))}:{value}": (name, value)
            for design in designs.values()
            for name, dimension in design.dimensions.items()
            if name.startswith(node_dimension(""))
            for value in dimension.values
        }
        self._frameworks = tuple(dict.fromkeys(name for name, _ in self._nodes.values()))
        self._known: dict[tuple[str, str], frozenset[str]] = {}
        self._nothing_said = {name: self._read(name, "") for name in self._characteristics}

    def values(self, rows: list[Any]) -> Values:
        """Return the values of one contributor."""
        if len(rows) == 1:
            _, role, areas, nodes, sectors, answers, _, _, _ = rows[0]
        else:
            role = " ".join(sorted({row[1] for row in rows}))
            areas, nodes, sectors, answers = (
                " ".join(sorted({token for row in rows for token in row[place].split()})) for place in range(2, 6)
            )
        values = {
            "role": self._remembered("role", role),
            "area": self._remembered("area", areas),
            "sector": self._remembered("sector", sectors),
        }
        if answers:
            for name in self._characteristics:
                values[name] = self._remembered(name, answers)
        else:
            values.update(self._nothing_said)
        said: dict[str, list[str]] = {name: [] for name in self._frameworks}
        for token in nodes.split():
            found = self._nodes.get(token)
            if found is not None:
                said[found[0]].append(found[1])
        for name, listed in said.items():
            values[name] = frozenset(listed)
        return values

    def _remembered(self, name: str, text: str) -> frozenset[str]:
        found = self._known.get((name, text))
        if found is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            found = self._known[name, text] = self._read(name, text)
        return found

    def _read(self, name: str, text: str) -> frozenset[str]:
        tokens = text.split()
        if name == "role":
            return first_of(tokens, self._roles)
        if name == "area":
            return areas_of(tokens)
        if name in self._characteristics:
            answers = (token.removeprefix(f"{name}:") for token in tokens if token.startswith(f"{name}:"))
            return first_of(answers, self._characteristics[name])
        return frozenset(tokens)


async def _versions(view: AsyncConnection, period: str) -> dict[str, str]:
    found: dict[str, set[str]] = defaultdict(set)
    table = store.rows.c
    query = sa.select(table.bank, table.pseudonymiser).where(in_period(period)).distinct()
    for bank, pseudonymiser in (await view.execute(query)).all():
        found["bank"].add(bank)
        found["pseudonymiser"].add(pseudonymiser)
    return {name: " ".join(sorted(found[name])) for name in ("bank", "pseudonymiser")}


def _tabulations(designs: Mapping[str, Design], rare: frozenset[str]) -> dict[str, Tabulation]:
    return {population: Tabulation(design, rare) for population, design in designs.items()}


def _counts(tabulations: Mapping[str, Tabulation]) -> dict[str, dict[CellKey, int]]:
    return {population: tabulation.counts() for population, tabulation in tabulations.items()}


def kinds_held(sessions: Iterable[Any]) -> dict[str, int]:
    """Return how many sessions of each kind were held."""
    return dict(sorted(Counter(session.kind for session in sessions).items()))
