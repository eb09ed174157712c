"""A release read by a responding service: how many spoke of its kind of service, what groups found and ask of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.errors import NotFound
from services.reporter.figures import Figures
from services.reporter.release import ReleaseBody
from services.reporter.sayings import Sayings, on_sector, sayings_of
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors
from services.web.contexts import Table, TableRow

_BY_ROLE: Final = "sectors"
_TOTALS: Final = "sector_totals"
_ORGANISATIONS: Final = "organisations:sectors"


@dataclass(frozen=True, slots=True)
class SectorLine:
    """One kind of service in the list: address, name, the figure as text, and what groups said."""

    path: str
    title: str
    figure: str
    note: str


@dataclass(frozen=True, slots=True)
class SectorsPage:
    """Every kind of service."""

    lines: tuple[SectorLine, ...]
    has_hidden: bool
    back: str


@dataclass(frozen=True, slots=True)
class SectorPage:
    """One kind of service.

    Attributes:
        title, description: from the list of sectors.
        figure: how many spoke of it, in a sentence.
        tables: the same by role, and organisations.
        sayings: recommendations, findings, and the rest that name it.
        back: address of the list.
    """

    title: str
    description: str
    figure: str
    tables: tuple[Table, ...]
    sayings: Sayings
    back: str


def list_sectors(report: str, body: ReleaseBody, words: Mapping[str, str]) -> SectorsPage:
    """Return the page of every kind of service that the release lists."""
    figures = Figures(body)
    lines = []
    for sector in figures.values("sector"):
        number = figures.value(_TOTALS, {"sector": sector})
        said = sayings_of(on_sector(body, sector), words).counted
        lines.append(
            SectorLine(
                path=f"/reports/{report}/services/{sector}",
                title=sectors().title_of(sector),
                figure="[c]" if number is None else f"about {number:,}",
                note=f"{said} of groups." if said else "",
            )
        )
    return SectorsPage(tuple(lines), any(line.figure == "[c]" for line in lines), f"/reports/{report}")


def read_sector(report: str, body: ReleaseBody, words: Mapping[str, str], sector: str) -> SectorPage:
    """Return the page of one kind of service.

    Raises:
        NotFound: the release lists no such service.
    """
    figures = Figures(body)
    if sector not in figures.values("sector"):
        raise NotFound("This report lists no such service.")
    entry = sectors().get(sector)
    number = figures.value(_TOTALS, {"sector": sector})
    rows = (
        TableRow("Everyone", (number,)),
        *(
            TableRow(roles().title_of(role), (figures.value(_BY_ROLE, {"sector": sector, "role": role}),))
            for role in figures.values("role")
        ),
    )
    tables = [Table("People who spoke of it, by role", ("Role", "People"), rows, (_TOTALS, _BY_ROLE))]
    if figures.holds(_ORGANISATIONS):
        count = TableRow("All", (figures.value(_ORGANISATIONS, {"sector": sector}),))
        tables.append(
            Table("Organisations that spoke of it", ("Kind", "Organisations"), (count,), (_ORGANISATIONS,)),
        )
    told = (
        f"[c] people spoke of it: fewer than {body.threshold}, or a number that cannot safely be shown."
        if number is None
        else f"About {number:,} people spoke of it."
    )
    return SectorPage(
        title=entry.title,
        description=entry.description or "",
        figure=told,
        tables=tuple(tables),
        sayings=sayings_of(on_sector(body, sector), words),
        back=f"/reports/{report}/services",
    )
