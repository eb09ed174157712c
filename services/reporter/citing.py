"""Which sentences a release cites, and whether a cited one may still be shown.

A group's finding is public when the numbers present at the sessions that agreed it add up to ten at least over two
sessions; a recommendation needs no number. A paraphrase or quotation stands only beside a published figure: that is
looked at when a release is made and again whenever it is shown.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from services.errors import NotFound
from services.reporter.periods import is_year, quarters_in
from services.reporter.release import PEOPLE, MeasureRef, ReleaseBody, StatementRef, band
from services.reporter.tables import node_dimension
from services.vocabulary.frameworks import framework

LEAST_PRESENT: Final = 10
LEAST_SESSIONS: Final = 2
GROUPS_OWN: Final = frozenset({"finding", "recommendation"})


class Approved(msgspec.Struct, frozen=True):
    """An approved statement as it stands now.

    Attributes:
        id, sha256, kind, nodes, area, sectors, measures: as in a release.
        sessions: where it was agreed, for a group's own.
    """

    id: str
    sha256: str
    kind: str
    nodes: tuple[str, ...]
    sessions: tuple[str, ...]
    area: str | None = None
    sectors: tuple[str, ...] = ()
    measures: tuple[MeasureRef, ...] = ()


class Agreed(msgspec.Struct, frozen=True):
    """A session that agreed statements: the period that it belongs to and how many were present."""

    period: str
    number_present: int


def cite(
    statements: Iterable[Approved],
    sessions: Mapping[str, Agreed],
    *,
    period: str,
    cited: frozenset[str],
) -> tuple[StatementRef, ...]:
    """Return the statements that a release may cite, by id; paraphrases and quotations still to be looked at.

    Args:
        statements: all that are approved now.
        sessions: all that were held.
        period: what the release counts.
        cited: ids that releases cited before: for a quarter those of earlier quarters, which are not repeated; for a
            year those of its own quarters, which are.
    """
    found = []
    for statement in statements:
        present = _present(statement, sessions, period)
        if _belongs(statement, sessions, period, cited) and (
            statement.kind != "finding" or (len(present) >= LEAST_SESSIONS and sum(present) >= LEAST_PRESENT)
        ):
            found.append(
                StatementRef(
                    statement.id,
                    statement.sha256,
                    tuple(sorted(set(statement.nodes))),
                    statement.kind,  # type: ignore[arg-type]  # one of the four: the event's own contract
                    statement.area,
                    tuple(sorted(set(statement.sectors))),
                    tuple(sorted(set(statement.measures), key=lambda each: (each.framework, each.measure, each.said))),
                    band(sum(present)) if statement.kind in GROUPS_OWN else None,
                )
            )
    return tuple(sorted(found, key=lambda ref: ref.id))


def beside_figures(ref: StatementRef, body: ReleaseBody) -> StatementRef | None:
    """Return a reference as it may stand in a body: a paraphrase with the nodes whose figures are shown, or None."""
    if ref.kind in GROUPS_OWN:
        return ref
    shown = tuple(node for node in ref.nodes if is_shown(node, body))
    return msgspec.structs.replace(ref, nodes=shown) if shown else None


def is_shown(node: str, body: ReleaseBody) -> bool:
    """Say whether a body shows how many people raised a node, or the counted node that it stands under."""
    name, _, wanted = node.partition(":")
    dimension = node_dimension(name)
    counted = _counted_node(name, wanted)
    return any(
        cell.value is not None and cell.dims == {dimension: counted}
        for table in body.tables
        if table.counts == PEOPLE and dimension in table.dimensions
        for cell in table.cells
    )


def _counted_node(name: str, wanted: str) -> str:
    try:
        catalogue = framework(name)
        if wanted in catalogue.ordered:
            return wanted
        nodes = [node for node in catalogue.close_upward([wanted]) if node in catalogue.ordered]
    except NotFound:
        return wanted
    return nodes[-1] if nodes else wanted


def _belongs(statement: Approved, sessions: Mapping[str, Agreed], period: str, cited: frozenset[str]) -> bool:
    if is_year(period):
        return statement.id in cited
    if statement.id in cited:
        return False
    known = [sessions[each].period for each in statement.sessions if each in sessions]
    return not known or min(known) <= period


def _present(statement: Approved, sessions: Mapping[str, Agreed], period: str) -> list[int]:
    last = quarters_in(period)[-1]
    return [
        sessions[each].number_present
        for each in sorted(set(statement.sessions))
        if each in sessions and sessions[each].period <= last
    ]
