"""From counts to the body of one release: controlled, proved, and set beside the releases before."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from services.errors import Conflict, ContractBroken, Held, Plain
from services.reporter.answers import answer_sections
from services.reporter.citing import beside_figures
from services.reporter.comparing import compared
from services.reporter.counting import CountedRow, count_contributors
from services.reporter.designs import broken_down_by, catalogues_of, designs_of
from services.reporter.joint import Year, given_away
from services.reporter.ledger import Printed, may_publish_anew, printed_as, same_people
from services.reporter.loop_figures import LoopFigures
from services.reporter.parts import Part, forbidden, known_ends
from services.reporter.periods import is_year
from services.reporter.release import (
    ORGANISATIONS,
    PEOPLE,
    ReleaseBody,
    ReleaseCell,
    ReleaseTable,
    Section,
    StatementRef,
    Versions,
    WithdrawnTable,
    build_body,
)
from services.reporter.suppression import Control, protect
from services.reporter.tables import EVERYONE, CellKey, Design, Person, tabulate
from services.vocabulary.roles import roles

CONTROL_VERSION: Final = "2"
_POPULATIONS: Final = (PEOPLE, ORGANISATIONS)


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """All that a release rests on: the same material gives the same body.

    Attributes:
        period: a quarter or a year.
        frameworks: the one or two that are published.
        threshold: least number of distinct people a figure may stand for.
        counts: by population, the true figure of every cell of its design.
        version: counts up where a year is published anew.
        chosen: the session that counts for each group without seats or receipts.
        versions: of the pseudonymiser and the bank.
        sessions: how many sessions of each kind were held.
        answers: how many gave each answer to each question.
        statements: those that it may cite.
        loop: what had become of recommendations.
        parts: what was published of the quarters of a year, by population.
        before: earlier releases of this very period, by population, each with the counts of those who joined since.
        people: by population the keyed hashes of those counted, for a year.
        earlier: citation and body of every release that stands.
    """

    period: str
    frameworks: tuple[str, ...]
    threshold: int
    counts: dict[str, dict[CellKey, int]]
    version: int = 1
    chosen: dict[str, str] = {}
    versions: dict[str, str] = {}
    sessions: dict[str, int] = {}
    answers: dict[str, dict[str, int]] = {}
    statements: tuple[StatementRef, ...] = ()
    loop: LoopFigures = LoopFigures()
    parts: tuple[Part, ...] = ()
    before: tuple[tuple[Printed, dict[CellKey, int]], ...] = ()
    people: dict[str, tuple[str, ...]] = {}
    earlier: tuple[tuple[str, ReleaseBody], ...] = ()


class Composed(msgspec.Struct, frozen=True):
    """A body, and what the ledger keeps of it, by population."""

    body: ReleaseBody
    printed: tuple[Printed, ...]


def compose(material: Material) -> Composed:
    """Control and prove what was counted.

    Raises:
        InputRefused: frameworks that cannot be published.
        SettingsError: a threshold below the least.
        Conflict: an earlier release of the period says the same.
        Held: no proof was found, or too few people joined or left since an earlier release of the period.
    """
    control = Control.of_release(material.threshold)
    designs = dict(zip(_POPULATIONS, designs_of(material.frameworks, material.period), strict=True))
    sections, printed = [], []
    for population, design in designs.items():
        section, kept = _section(material, population, design, control)
        sections.append(section)
        printed.append(kept)
    _require_something_new(material, printed)
    if not is_year(material.period):
        # A year's answers would only add up its quarters', so that a hidden one could be worked out.
        sections += answer_sections(material.answers, control)
    body = build_body(
        name="Themes",
        round_id="standing",
        period=material.period,
        frameworks=tuple(catalogue.id for catalogue in catalogues_of(material.frameworks)),
        control=control,
        versions=Versions(
            pseudonymiser=material.versions.get("pseudonymiser", ""),
            bank=material.versions.get("bank", ""),
            catalogue=" ".join(f"{each.id}:{each.version}" for each in catalogues_of(material.frameworks)),
            control=CONTROL_VERSION,
        ),
        sections=sections,
        sessions=material.sessions,
        loop=material.loop,
    )
    cited = (beside_figures(ref, body) for ref in sorted(material.statements, key=lambda ref: ref.id))
    body = msgspec.structs.replace(
        body,
        version=material.version,
        statements=tuple(ref for ref in cited if ref is not None),
    )
    return Composed(compared(body, material.earlier), tuple(printed))


def compose_body(
    rows: Iterable[CountedRow],
    *,
    period: str,
    frameworks: Sequence[str],
    threshold: int,
    versions: Mapping[str, str],
    sessions: Mapping[str, int],
) -> tuple[ReleaseBody, dict[str, str]]:
    """Count rows in memory, and compose; for few rows and for trials (the service counts them as they pass).

    Raises:
        InputRefused, SettingsError, Held: as :func:`compose`.
    """
    catalogues = catalogues_of(frameworks)
    known = {catalogue.id: set(catalogue.ordered) for catalogue in catalogues}
    counted = count_contributors(
        _published_nodes(rows, known),
        roles=roles().ids,
        characteristics=broken_down_by(),
    )
    people, bodies = designs_of(frameworks, period)
    material = Material(
        period=period,
        frameworks=tuple(known),
        threshold=threshold,
        counts={
            PEOPLE: tabulate(people, _of(people, counted.people)),
            ORGANISATIONS: tabulate(bodies, _of(bodies, counted.organisations)),
        },
        chosen=dict(counted.sessions),
        versions=dict(versions),
        sessions=dict(sessions),
    )
    return compose(material).body, dict(counted.sessions)


def without_table(body: ReleaseBody, table_id: str) -> ReleaseBody:
    """Return the next version of a body: one table withdrawn whole, and what was said from its figures alone.

    Raises:
        Conflict: it has no such table, or it was withdrawn before.
    """
    table = table_of(body, table_id)
    if table is None:
        raise Conflict(Plain("That release has no such table, or it was withdrawn before."))
    shown = {
        (other.counts, tuple(sorted(cell.dims.items())))
        for other in body.tables
        if other.id != table_id
        for cell in other.cells
    }

    def stands(counts: str, dims: Mapping[str, str]) -> bool:
        return (counts, tuple(sorted(dims.items()))) in shown

    smaller = msgspec.structs.replace(
        body,
        version=body.version + 1,
        tables=tuple(other for other in body.tables if other.id != table_id),
        withdrawn=(*body.withdrawn, WithdrawnTable(table.id, table.title)),
        changes=tuple(each for each in body.changes if stands(each.counts, each.dims)),
        trend=tuple(each for each in body.trend if stands(each.counts, each.dims)),
    )
    cited = (beside_figures(ref, smaller) for ref in body.statements)
    return msgspec.structs.replace(smaller, statements=tuple(ref for ref in cited if ref is not None))


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


def _section(material: Material, population: str, design: Design, control: Control) -> tuple[Section, Printed]:
    """Prove one population's tables, together with what was published of the same people before."""
    counts = material.counts[population]
    people = material.people.get(population, ())
    before = [(printed, joined) for printed, joined in material.before if printed.population == population]
    same = [printed for printed, _ in before if _is_of(printed, people, counts)]
    joint, known = same_people(people, counts, same)
    parts = [part for part in material.parts if part.printed.population == population]
    changed = [(each, joined) for each, joined in before if not _is_of(each, people, counts)]
    older = [Part(each, {key: count - joined[key] for key, count in counts.items()}) for each, joined in changed]
    withheld, ends = forbidden(counts, parts, control), known_ends(counts, parts)
    beside: frozenset[CellKey] = frozenset()
    while True:
        protected = protect(design, joint, control=control, earlier=known, withheld=withheld, known=ends, beside=beside)
        more = given_away(Year(design, protected.cells, joint, control, tuple(known)), parts, older)
        if not more:
            break
        beside |= more
    printed = printed_as(
        design,
        protected.cells,
        counts,
        period=material.period,
        control=control,
        population=population,
        people=people,
    )
    joiners = {id(each): joined for each, joined in changed}
    if not may_publish_anew(printed, [each for each, _ in changed], lambda each: joiners[id(each)]):
        raise Held(Plain("Too few people joined or left since that year was published: its figures stand."))
    return Section(population, design, protected), printed


def _is_of(printed: Printed, people: tuple[str, ...], counts: Mapping[CellKey, int]) -> bool:
    """Say whether an earlier table is over the same people; whoever was erased since is missing among its hashes."""
    return printed.people == people and printed.truth().get(EVERYONE) == counts[EVERYONE]


def _require_something_new(material: Material, printed: Sequence[Printed]) -> None:
    """Pass when a period that was published before is published in other tables or over other people.

    Raises:
        Conflict: it is the same again.
    """
    known = [(each.population, each.people, each.figures, each.design) for each, _ in material.before]
    if known and all((each.population, each.people, each.figures, each.design) in known for each in printed):
        raise Conflict(Plain("That period was published already: a published period is never counted again."))


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
