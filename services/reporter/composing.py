"""From counted rows to the body of one period: counted, controlled and proved; and small readings of a body."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from services.errors import ContractBroken
from services.reporter.counting import CountedRow, count_contributors
from services.reporter.dimensions import Tree
from services.reporter.release import ReleaseBody, ReleaseCell, ReleaseTable, Section, Versions, build_body
from services.reporter.suppression import Control, protect
from services.reporter.tables import Design, Person, organisations_design, people_design, tabulate
from services.vocabulary.areas import areas
from services.vocabulary.frameworks import Framework, framework
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors

CONTROL_VERSION: Final = "1"
ROOT: Final = "all"
_ORGANISATION: Final = "organisation"
_GROUP_LIMIT: Final = 50


def compose_body(
    rows: Iterable[CountedRow],
    *,
    period: str,
    frameworks: Sequence[str],
    threshold: int,
    versions: Mapping[str, str],
    sessions: Mapping[str, int],
) -> tuple[ReleaseBody, dict[str, str]]:
    """Count, control and prove one period.

    Args:
        rows: the counted rows of the period, in any order.
        period: the quarter.
        frameworks: the one or two that are published.
        threshold: least number of distinct people a figure may stand for.
        versions: of the pseudonymiser and the bank.
        sessions: how many sessions of each kind were held.

    Returns:
        The body, and the session that counts for each group without seats or receipts.

    Raises:
        NotFound: no such framework.
        SettingsError: a threshold below the least.
        Held: no proof was found.
    """
    control = Control(threshold=threshold, group_limit=max(_GROUP_LIMIT, threshold))
    catalogues = [framework(name) for name in sorted(frameworks)]
    trees = {catalogue.id: tree_of(catalogue) for catalogue in catalogues}
    known = {catalogue.id: set(catalogue.ordered) for catalogue in catalogues}
    counted = count_contributors(_published_nodes(rows, known), roles=roles().ids)
    person_roles = tuple(role for role in roles().ids if role != _ORGANISATION)
    people = people_design(trees, roles=person_roles, areas=areas().ids, sectors=sectors().ids)
    bodies = organisations_design(trees, sectors=sectors().ids)
    body = build_body(
        name="Themes",
        round_id="standing",
        period=period,
        frameworks=tuple(trees),
        control=control,
        versions=Versions(
            pseudonymiser=versions["pseudonymiser"],
            bank=versions["bank"],
            catalogue=" ".join(f"{catalogue.id}:{catalogue.version}" for catalogue in catalogues),
            control=CONTROL_VERSION,
        ),
        sections=(
            Section("people", people, protect(people, tabulate(people, _of(people, counted.people)), control=control)),
            Section(
                "organisations",
                bodies,
                protect(bodies, tabulate(bodies, _of(bodies, counted.organisations)), control=control),
            ),
        ),
        sessions=sessions,
    )
    return body, dict(counted.sessions)


def tree_of(catalogue: Framework) -> Tree:
    """Return the tree of a framework's counted nodes below one root."""
    children = {ROOT: tuple(node.id for node in catalogue.nodes if node.parent is None)}
    for node in catalogue.nodes:
        below = tuple(child.id for child in catalogue.children(node.id))
        if below:
            children[node.id] = below
    return Tree(ROOT, children)


def read_body(content: bytes) -> ReleaseBody:
    """Return a stored body.

    Raises:
        ContractBroken: it is not one.
    """
    try:
        return msgspec.json.decode(content, type=ReleaseBody)
    except msgspec.DecodeError:
        raise ContractBroken("A stored release does not keep its form.") from None


def table_of(body: ReleaseBody, table_id: str) -> ReleaseTable | None:
    """Return one table of a body, or None."""
    return next((table for table in body.tables if table.id == table_id), None)


def tally(body: ReleaseBody) -> tuple[int, dict[str, int]]:
    """Return how many cells show a figure, and how many do not by symbol without brackets.

    A figure that stands in two tables is one cell.
    """
    seen: dict[tuple[str, tuple[tuple[str, str], ...]], ReleaseCell] = {}
    for table in body.tables:
        for cell in table.cells:
            seen.setdefault((table.counts, tuple(sorted(cell.dims.items()))), cell)
    withheld: dict[str, int] = {}
    for cell in seen.values():
        if cell.value is None:
            name = cell.symbol.strip("[]")
            withheld[name] = withheld.get(name, 0) + 1
    return len(seen) - sum(withheld.values()), dict(sorted(withheld.items()))


def _published_nodes(rows: Iterable[CountedRow], known: Mapping[str, set[str]]) -> list[CountedRow]:
    return [
        msgspec.structs.replace(
            row,
            nodes=tuple((name, node) for name, node in row.nodes if node in known.get(name, ())),
        )
        for row in rows
    ]


def _of(design: Design, people: Sequence[Person]) -> list[Person]:
    """Return people with the dimensions of a design alone."""
    return [
        Person(each.contributor, {name: found for name, found in each.values.items() if name in design.dimensions})
        for each in people
    ]
