"""Reading a release as a person does: a finding in a sentence, a chart, and the table of the same numbers.

Everything here is made from the published body alone: no raw figure, and no order that a raw figure decides.
"""

from services.clock import day_in_words
from services.reporter.composing import ROOT, table_of, tally
from services.reporter.outputs import csv_bytes, json_bytes
from services.reporter.publishing import ReleaseLine
from services.reporter.release import ReleaseBody, ReleaseTable
from services.reporter.tables import node_dimension
from services.vocabulary.areas import areas
from services.vocabulary.frameworks import Framework, framework
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors
from services.vocabulary.session_kinds import session_kinds
from services.web.charts import Bar, Chart, draw_bars
from services.web.contexts import Download, Report, Section, Table, TableRow

_QUARTERS = ("January to March", "April to June", "July to September", "October to December")
_MOST_NAMED = 3


def quarter_in_words(period: str) -> str:
    """Return a quarter as people say it (``2025-Q1`` gives January to March 2025)."""
    year, number = period.split("-Q")
    return f"{_QUARTERS[int(number) - 1]} {year}"


def report_page(line: ReleaseLine, body: ReleaseBody, *, area: str) -> Report:
    """Return the page of one release."""
    published, withheld = tally(body)
    hidden = sum(withheld.values())
    sections: list[Section] = [_people(body)]
    for name in body.frameworks:
        catalogue = framework(name)
        sections += [_themes(body, catalogue), _by_area(body, catalogue)]
    sections += [_services(body), _organisations(body)]
    return Report(
        heading=f"What was said, {quarter_in_words(body.period)}",
        area=area,
        released=day_in_words(line.published_on) if line.published_on else "",
        version=1,
        summary=_summary(body),
        sections=tuple(section for section in sections if section.table is not None),
        withheld=(
            f"{published} figures are published and {hidden} are withheld, shown as [c].",
            f"A figure is published only when it stands for at least {body.threshold} different people.",
            "Others are hidden so that nobody can work these out: [c] may be nought, a small or a larger number.",
            f"Figures are rounded to the nearest {body.rounding_base}, each by itself.",
        ),
        not_heard=_not_heard(body),
        made=(
            *body.method,
            f"Words were pseudonymised by version {body.versions.pseudonymiser or 'none'}.",
            f"They were tagged with the concept bank {body.versions.bank or 'none'}.",
            "One person prepared it and another approved it: names not verified, because there is no sign-in yet.",
        ),
        downloads=(
            Download("All figures as a table", f"/reports/{line.report}/figures.csv", "CSV", _size(csv_bytes(body))),
            Download(
                "All figures for programs", f"/reports/{line.report}/figures.json", "JSON", _size(json_bytes(body))
            ),
        ),
        citation=line.citation,
    )


def _summary(body: ReleaseBody) -> tuple[str, ...]:
    heard = _value(table_of(body, "people"), role=ROOT)
    sentences = []
    if heard is None:
        sentences.append(f"Fewer than {body.threshold} people, or a number that cannot safely be shown, were heard.")
    else:
        sentences.append(f"About {heard:,} different people were heard.")
    for name in body.frameworks:
        catalogue = framework(name)
        top = _most_raised(body, catalogue)
        if top:
            sentences.append(f"Raised by most people: {'; '.join(top)}.")
    kinds = [session_kinds().get(held.kind).plural.lower() for held in body.sessions]
    if kinds:
        sentences.append(f"Sessions held: {_and(kinds)}.")
    return tuple(sentences)


def _people(body: ReleaseBody) -> Section:
    table = table_of(body, "people")
    if table is None:
        return Section("people", "Who was heard")
    names = _listed(body, "role")
    rows = [("Everyone", _value(table, role=ROOT))] + [
        (roles().title_of(role), _value(table, role=role)) for role in names
    ]
    return Section(
        "people",
        "Who was heard",
        ("Each person counts once in a quarter, however often she spoke.",),
        _chart("people-chart", "People heard, by role", rows),
        Table("People heard, by role", ("Role", "People"), tuple(TableRow(label, (value,)) for label, value in rows)),
    )


def _themes(body: ReleaseBody, catalogue: Framework) -> Section:
    table = table_of(body, f"nodes:{catalogue.id}")
    if table is None:
        return Section("themes", "What people raised")
    shown_roles = _listed(body, "role")
    order = list(catalogue.ordered)
    titles = {node.id: node.title for node in catalogue.nodes}
    top = _most_raised(body, catalogue)
    finding = f"Raised most: {top[0]}" if top else "What people raised"
    rows = tuple(
        TableRow(
            _heading(catalogue, node, titles),
            tuple(_value(table, node=node, role=role) for role in (ROOT, *shown_roles)),
        )
        for node in order
    )
    below = [node for node in order if catalogue.node(node).parent is not None] or order
    bars = [(_heading(catalogue, node, titles), _value(table, node=node, role=ROOT)) for node in below]
    name = f"themes-{catalogue.id.replace('_', '-')}"
    return Section(
        name,
        finding,
        (f"By the priorities of “{catalogue.title}”, in its own order. One person may speak of several.",),
        _chart(f"{name}-chart", "People who raised each subject", bars),
        Table(
            "People who raised each subject, by role",
            ("Subject", "Everyone", *(roles().title_of(role) for role in shown_roles)),
            rows,
        ),
    )


def _by_area(body: ReleaseBody, catalogue: Framework) -> Section:
    table = table_of(body, f"areas:{catalogue.id}")
    if table is None:
        return Section("areas", "Where")
    nodes = [node.id for node in catalogue.nodes if node.parent is None]
    shown = [
        place
        for place in _listed(body, "area")
        if any(_value(table, node=node, area=place) is not None for node in (ROOT, *nodes))
    ]
    name = f"areas-{catalogue.id.replace('_', '-')}"
    if not shown:
        return Section(
            name,
            "No area can be shown apart",
            ("In every area too few people spoke of any priority for a figure to be safe.",),
        )
    titles = {node.id: node.title for node in catalogue.nodes}
    return Section(
        name,
        f"Figures can be shown for {_and([areas().title_of(place) for place in shown])}",
        (
            "The area is the one whose services were spoken of, never where anyone lives.",
            "Every other area is [c] throughout.",
        ),
        None,
        Table(
            "People, by area spoken of and priority",
            ("Area", "Any subject", *(_heading(catalogue, node, titles) for node in nodes)),
            tuple(
                TableRow(
                    areas().title_of(place),
                    tuple(_value(table, node=node, area=place) for node in (ROOT, *nodes)),
                )
                for place in shown
            ),
        ),
    )


def _services(body: ReleaseBody) -> Section:
    table = table_of(body, "sector_totals")
    if table is None:
        return Section("services", "Which services were spoken of")
    listed = _listed(body, "sector")
    rows = [(sectors().title_of(sector), _value(table, sector=sector)) for sector in listed]
    return Section(
        "services",
        "Which services were spoken of",
        ("Praise, concern and suggestions alike.",),
        _chart("services-chart", "People who spoke of each service", rows),
        Table(
            "People who spoke of each service",
            ("Service", "People"),
            tuple(TableRow(label, (value,)) for label, value in rows),
        ),
    )


def _organisations(body: ReleaseBody) -> Section:
    rows: list[TableRow] = []
    for name in body.frameworks:
        table = table_of(body, f"organisations:{name}")
        catalogue = framework(name)
        if table is None:
            continue
        titles = {node.id: node.title for node in catalogue.nodes}
        rows += [TableRow(_heading(catalogue, node, titles), (_value(table, node=node),)) for node in catalogue.ordered]
    if not any(cell is not None for row in rows for cell in row.cells):
        return Section("organisations", "What organisations raised")
    return Section(
        "organisations",
        "What organisations raised",
        ("Organisations are counted as organisations, never as people.",),
        None,
        Table("Organisations that raised each subject", ("Subject", "Organisations"), tuple(rows)),
    )


def _not_heard(body: ReleaseBody) -> tuple[str, ...]:
    table = table_of(body, "people")
    if table is None:
        return ()
    hidden = [roles().title_of(role).lower() for role in _listed(body, "role") if _value(table, role=role) is None]
    if not hidden:
        return ()
    return (f"Too few to show, or nobody: {_and(hidden)}.",)


def _most_raised(body: ReleaseBody, catalogue: Framework) -> list[str]:
    """Return the titles of the subjects with the highest published figures; ties in the framework's order."""
    table = table_of(body, f"nodes:{catalogue.id}")
    if table is None:
        return []
    leaves = [node for node in catalogue.ordered if not catalogue.children(node)]
    shown = [(value, node) for node in leaves if (value := _value(table, node=node, role=ROOT)) is not None]
    ranked = sorted(shown, key=lambda pair: -pair[0])[:_MOST_NAMED]
    return [catalogue.node(node).title for _, node in ranked]


def _heading(catalogue: Framework, node: str, titles: dict[str, str]) -> str:
    ref = catalogue.node(node).printed_ref
    return f"{ref} {titles[node]}" if ref else titles[node]


def _value(table: ReleaseTable | None, **dims: str) -> int | None:
    """Return a published figure; a root may be named or left out, and ``node`` is the table's own framework."""
    if table is None:
        return None
    names = {"node": next((name for name in table.dimensions if name.startswith(node_dimension(""))), "node")}
    wanted = {names.get(name, name): value for name, value in dims.items() if not _is_root(value)}
    return next((cell.value for cell in table.cells if cell.dims == wanted), None)


def _chart(name: str, title: str, rows: list[tuple[str, int | None]]) -> Chart | None:
    """Return a chart of the figures that are shown; equal bars would say nothing, and [c] stands in the table."""
    shown = [Bar(label, value) for label, value in rows if value is not None]
    return draw_bars(name, title, shown) if len({bar.value for bar in shown}) > 1 else None


def _is_root(value: str) -> bool:
    return value == ROOT or value.startswith("all_")


def _listed(body: ReleaseBody, dimension: str) -> list[str]:
    """Return the values of a flat dimension in their order, without the root."""
    found = next((each for each in body.dimensions if each.name == dimension), None)
    return [] if found is None else list(found.children.get(found.root, ()))


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _size(content: bytes) -> str:
    return f"{max(1, round(len(content) / 1024))} KB"
