"""From one row a contribution to distinct contributors.

A figure stands for people, never for contributions. A contributor is a seat, a receipt or, in interviews and surveys,
a contribution of its own. A group with neither seats nor receipts cannot tell whether the same woman came twice, so
it counts, in every cell of a period, the people of its largest session of that period alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from services.errors import ContractBroken
from services.reporter.tables import Person, node_dimension

ORGANISATION = "organisation"
NOT_SAID = "not_said"


class CountedRow(msgspec.Struct, frozen=True):
    """One contribution that may be counted.

    Attributes:
        contribution: opaque id.
        contributor: opaque id; within a group a seat.
        group: the group of the session, or none (interviews, surveys, consultations).
        session: the session's id.
        kind: the session's kind.
        role: one role, self-chosen.
        areas: whose services are spoken of; empty means not said.
        period: the quarter in which it counts, as ``2025-Q1``.
        seated: the contributor has a seat or a receipt.
        number_present: people present at the session.
        nodes: framework and node, not yet closed upward.
        sectors: services spoken of.
        forms: forms of violence spoken of.
        month: the session's month, as ``2025-03``; it breaks ties between sessions.
        characteristics: answers that she opted in to use with what she said, by characteristic.
    """

    contribution: str
    contributor: str
    group: str | None
    session: str
    kind: str
    role: str
    areas: tuple[str, ...]
    period: str
    seated: bool
    number_present: int
    nodes: tuple[tuple[str, str], ...]
    sectors: tuple[str, ...]
    forms: tuple[str, ...]
    month: str = ""
    characteristics: tuple[tuple[str, str], ...] = ()


class Counted(msgspec.Struct, frozen=True):
    """The distinct contributors of one period.

    Attributes:
        people: persons, in the order of their ids.
        organisations: organisations, in the order of their ids.
        sessions: group and the one session that counts for it, for groups without seats or receipts.
        contributions: ids of the contributions that were counted, sorted.
    """

    people: tuple[Person, ...]
    organisations: tuple[Person, ...]
    sessions: dict[str, str]
    contributions: tuple[str, ...]


class GroupSession(msgspec.Struct, frozen=True):
    """What is said in one session of a group, all seated or not; fields as of ``CountedRow``."""

    group: str
    session: str
    month: str
    number_present: int
    seated: bool


def largest_sessions(rows: Iterable[GroupSession], chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return, for each group of one period that has neither seats nor receipts, the session that counts.

    The largest by number present; of equals the earliest month, then the lesser id. ``chosen`` holds what an earlier
    release chose, which stands. A group where only some rows are seated is treated as one without seats, since an
    unseated woman may be a seated one on another evening.
    """
    sessions: dict[str, set[tuple[int, str, str]]] = defaultdict(set)
    unseated = set()
    for row in rows:
        sessions[row.group].add((-row.number_present, row.month, row.session))
        if not row.seated:
            unseated.add(row.group)
    settled = dict(chosen or {})
    for group in sorted(unseated):
        settled.setdefault(group, min(sessions[group])[2])
    return settled


def count_contributors(
    rows: Iterable[CountedRow],
    *,
    roles: tuple[str, ...],
    chosen: Mapping[str, str] | None = None,
    characteristics: Mapping[str, tuple[str, ...]] | None = None,
) -> Counted:
    """Return the distinct contributors of one period.

    ``roles`` are all roles in their fixed order; one who gave several counts under the first of them, and so with the
    answers of ``characteristics``. Areas, nodes and sectors of a contributor's rows are united; ``not_said`` stays only
    where no area was ever said.

    Raises:
        ContractBroken: rows of more than one period, or a role that is not known.
    """
    listed = sorted(rows, key=lambda row: row.contribution)
    if len({row.period for row in listed}) > 1:
        raise ContractBroken("Rows of more than one period were to be counted together.")
    if not {row.role for row in listed} <= set(roles):
        raise ContractBroken("A row has a role that is not known.")
    sessions = largest_sessions(
        (
            GroupSession(row.group, row.session, row.month, row.number_present, row.seated)
            for row in listed
            if row.group is not None
        ),
        chosen,
    )
    kept = [row for row in listed if row.group is None or sessions.get(row.group, row.session) == row.session]
    persons: dict[str, list[CountedRow]] = defaultdict(list)
    bodies: dict[str, list[CountedRow]] = defaultdict(list)
    for row in kept:
        (bodies if row.role == ORGANISATION else persons)[row.contributor].append(row)
    order = {"role": roles, **(characteristics or {})}

    def united(own: dict[str, list[CountedRow]]) -> tuple[Person, ...]:
        return tuple(Person(contributor, _values(own[contributor], order)) for contributor in sorted(own))

    return Counted(
        people=united(persons),
        organisations=united(bodies),
        sessions=sessions,
        contributions=tuple(row.contribution for row in kept),
    )


def first_of(given: Iterable[str], order: tuple[str, ...]) -> frozenset[str]:
    """Return the one value that counts of several, the first in a fixed order; none where none is there."""
    stated = frozenset(given)
    return frozenset([value for value in order if value in stated][:1])


def areas_of(given: Iterable[str]) -> frozenset[str]:
    """Return the areas that count: ``not_said`` only where none was ever said."""
    return (frozenset(given) - {NOT_SAID}) or frozenset({NOT_SAID})


def _values(rows: list[CountedRow], order: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    values = {
        "role": first_of((row.role for row in rows), order["role"]),
        "area": areas_of(area for row in rows for area in row.areas),
        "sector": frozenset(sector for row in rows for sector in row.sectors),
        "form": frozenset(form for row in rows for form in row.forms),
    }
    for name, listed in order.items():
        if name != "role":
            values[name] = first_of(
                (answer for row in rows for held, answer in row.characteristics if held == name), listed
            )
    for framework in sorted({framework for row in rows for framework, _ in row.nodes}):
        values[node_dimension(framework)] = frozenset(
            node for row in rows for held, node in row.nodes if held == framework
        )
    return values
