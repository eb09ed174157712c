"""What a release counts, read from the rows of its period a share of the contributors at a time.

Nothing but the keyed hashes that a year asks for grows with the number of people.
"""

import asyncio
import contextlib
import gc
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporter import store
from services.reporter.census import SAID, Census, Mark
from services.reporter.counting import ORGANISATION, GroupSession, largest_sessions
from services.reporter.periods import is_year, quarters_in
from services.reporter.release import ORGANISATIONS, PEOPLE
from services.reporter.tables import CellKey, Design

#: Rows that are read at once, and rows whose contributors are held at once.
_AT_ONCE: Final = 5_000
_SHARE: Final = 250_000


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
        since: sets of such hashes; those who are not in one are counted once more, apart, for it. It needs ``mark``.
    """
    sessions = await _counting_sessions(view, period)
    quarters = quarters_in(period) if is_year(period) else ()
    censuses = {
        population: Census(design, quarters=quarters, mark=mark, since=since) for population, design in designs.items()
    }
    number = 0
    with _no_collecting():
        for share in await _shares(view, period):
            async for rows in _counting_rows(view, sa.and_(in_period(period), share), sessions, quarters):
                number += len(rows)
                for population, own in _populations(rows):
                    censuses[population].hear(own)
            for census in censuses.values():
                for _ in census.count():
                    await asyncio.sleep(0)
    return Gathered(
        counts={population: census.counts for population, census in censuses.items()},
        sessions=sessions,
        versions=await _versions(view, period),
        rows=number,
        people={population: census.people for population, census in censuses.items()},
        joined=tuple(
            {population: census.joined[place] for population, census in censuses.items()} for place in range(len(since))
        ),
        both={
            quarter: {population: census.both[quarter] for population, census in censuses.items()}
            for quarter in quarters
        },
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


async def _shares(view: AsyncConnection, period: str) -> list[sa.ColumnElement[bool]]:
    """Part the contributors by their ids, so that about as many rows as can be held at once belong to each share.

    A contributor is in one share with all her rows. Sorting all rows instead takes longer and far more memory.
    """
    contributor = store.rows.c.contributor
    every = sa.select(sa.func.count()).select_from(store.rows)
    wanted = -(-(await view.execute(every.where(in_period(period)))).scalar_one() // _SHARE)
    ends: list[str] = []
    if wanted > 1:
        total = (await view.execute(every)).scalar_one()
        for place in range(1, wanted):
            query = sa.select(contributor).order_by(contributor).offset(total * place // wanted).limit(1)
            ends.append((await view.execute(query)).scalar_one())
    least = [sa.true(), *(contributor >= end for end in ends)]
    below = [*(contributor < end for end in ends), sa.true()]
    return [sa.and_(first, last) for first, last in zip(least, below, strict=True)]


async def _counting_rows(
    view: AsyncConnection,
    wanted: sa.ColumnElement[bool],
    sessions: Mapping[str, str],
    quarters: Sequence[str],
) -> AsyncIterator[Sequence[Any]]:
    """Yield the rows that count, as a census takes them, some at a time."""
    names = [*SAID, *(("session", "group_id") if sessions else ()), *(("period",) if quarters else ())]
    session, group = len(SAID), len(SAID) + 1
    async with view.stream(sa.select(*(store.rows.c[name] for name in names)).where(wanted)) as result:
        async for part in result.partitions(_AT_ONCE):
            yield (
                part
                if not sessions
                else [
                    row for row in part if row[group] is None or sessions.get(row[group], row[session]) == row[session]
                ]
            )


def _populations(rows: Sequence[Any]) -> Iterable[tuple[str, Sequence[Any]]]:
    """Part rows: what somebody said for an organisation does not count for a person."""
    role = SAID.index("role")
    yield PEOPLE, [row for row in rows if row[role] != ORGANISATION]
    yield ORGANISATIONS, [row for row in rows if row[role] == ORGANISATION]


async def _versions(view: AsyncConnection, period: str) -> dict[str, str]:
    found: dict[str, set[str]] = defaultdict(set)
    table = store.rows.c
    query = sa.select(table.bank, table.pseudonymiser).where(in_period(period)).distinct()
    for bank, pseudonymiser in (await view.execute(query)).all():
        found["bank"].add(bank)
        found["pseudonymiser"].add(pseudonymiser)
    return {name: " ".join(sorted(found[name])) for name in ("bank", "pseudonymiser")}


def kinds_held(sessions: Iterable[Any]) -> dict[str, int]:
    """Return how many sessions of each kind were held."""
    return dict(sorted(Counter(session.kind for session in sessions).items()))
