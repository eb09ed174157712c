"""Every output of a release, read back by a reader that is not ours, and compared with the body cell by cell."""

import csv
import io
import json

import msgspec
import pytest
import released
from printed import sheets_of, tables_of_page, tables_of_paper, words_of_pdf

from services.contracts import decode, encode
from services.events import ReportPublished
from services.reporter.outputs import csv_bytes, json_bytes
from services.reporter.outputs.document import pdf_bytes, print_html
from services.reporter.outputs.paper import docx_bytes
from services.reporter.outputs.workbook import xlsx_bytes
from services.reporter.release import citation
from services.vocabulary.areas import areas
from services.vocabulary.frameworks import framework
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors

ROOTS = {"role": "Everyone", "area": "Any area", "sector": "Any service"}
LISTS = {"role": roles, "area": areas, "sector": sectors}


@pytest.fixture(scope="module")
def figures(body):
    """Every cell by its table and the titles of its values, as a reader of a printed table knows them."""
    found = {}
    for table in body.tables:
        for cell in table.cells:
            titles = frozenset(title(name, cell.dims.get(name)) for name in table.dimensions)
            found[table.id, titles] = cell.symbol if cell.value is None else f"{cell.value:,}"
    return found


def title(dimension, value):
    if dimension == "answer:felt_heard":
        return "Everyone" if value is None else {"no_answer": "No answer"}.get(value, value.capitalize())
    if dimension.startswith("node:"):
        if value is None:
            return "Any subject"
        node = framework(dimension.removeprefix("node:")).node(value)
        return f"{node.printed_ref} {node.title}" if node.printed_ref else node.title
    return ROOTS[dimension] if value is None else LISTS[dimension]().title_of(value)


def shown(cell):
    if cell is None:
        return "[c]"
    return cell if isinstance(cell, str) else f"{cell:,}"


def as_printed(report):
    """Return [(caption, rows)] of the page's model, header row included."""
    return [
        (table.caption, [list(table.columns), *([row.heading, *map(shown, row.cells)] for row in table.rows)])
        for table in (section.table for section in report.sections)
        if table is not None
    ]


def test_the_release_has_figures_and_hidden_cells_to_compare(figures, report):
    assert "[c]" in figures.values()
    assert any(figure != "[c]" for figure in figures.values())
    assert len(as_printed(report)) >= 6


def test_every_cell_of_the_pages_tables_is_the_bodys(report, figures):
    compared = 0
    for section in report.sections:
        table = section.table
        if table is None or not table.sources:
            continue
        for row in table.rows:
            for column, cell in zip(table.columns[1:], row.cells, strict=True):
                wanted = {row.heading, *({column} - {"People", "Organisations", "Answers"})}
                found = [
                    figures[source, frozenset(titles)]
                    for source in table.sources
                    for titles in (wanted, wanted | {"Any subject"})
                    if (source, frozenset(titles)) in figures
                ]
                assert found, (table.caption, wanted)
                assert {shown(cell)} == set(found), (table.caption, wanted)
                compared += 1
    assert compared > 150


def test_the_trend_shows_the_bodys_published_figures_and_nothing_in_their_place(report, body):
    (table,) = [section.table for section in report.sections if section.name == "trend"]
    assert [row.cells for row in table.rows] == [each.values for each in body.trend]
    assert len(table.columns) == 1 + len(body.trend[0].periods)


def test_the_only_tables_that_show_none_of_the_bodys_are_known(report):
    others = {section.name for section in report.sections if section.table is not None and not section.table.sources}
    assert others <= {"trend", "loop"}


def test_headings_and_captions_are_told_apart(report):
    headings = [section.finding for section in report.sections]
    captions = [section.table.caption for section in report.sections if section.table is not None]
    assert len(set(headings)) == len(headings)
    assert len(set(captions)) == len(captions)


def test_the_page_and_the_page_for_paper_print_these_tables(report, edition):
    assert tables_of_page(print_html(edition)) == as_printed(report)


async def test_the_page_in_the_browser_prints_these_tables(report, line, client):
    answer = await client.get(f"/reports/{line.report}")
    assert answer.status == 200
    assert as_printed(report)[:3] == tables_of_page(await answer.text())[:3]
    assert tables_of_page(await answer.text()) == as_printed(report)


def test_the_committee_paper_prints_these_tables(report, edition):
    assert tables_of_paper(docx_bytes(edition)) == as_printed(report)


def test_the_pdf_prints_every_row_of_these_tables_in_order(report, edition, pango):
    words = words_of_pdf(pdf_bytes(edition))
    place = words.index("cite")
    for caption, rows in as_printed(report):
        place = find(words, caption.split(), place)
        for row in rows[1:]:
            place = find(words, " ".join(row).split(), place)


def find(words, wanted, start):
    for place in range(start, len(words) - len(wanted) + 1):
        if words[place : place + len(wanted)] == wanted:
            return place + len(wanted)
    raise AssertionError(f"not printed, or not in its place: {' '.join(wanted)}")


def test_every_cell_of_the_body_stands_in_the_spreadsheet_and_nothing_else(body, edition, figures):
    sheets = list(sheets_of(xlsx_bytes(edition)).values())
    for number, table in enumerate(body.tables):
        heading, rows = sheets[3 + number]
        assert heading.startswith(table.title) or table.id == "answers:felt_heard"
        names, *lines = rows
        compared = set()
        for line in lines:
            for column, value in zip(names[1:], line[1:], strict=True):
                titles = frozenset({line[0]} | ({column} - {"People", "Organisations", "Answers"}))
                assert shown(value) == figures[table.id, titles]
                compared.add(titles)
        assert compared == {titles for source, titles in figures if source == table.id}


def test_a_figure_in_the_spreadsheet_is_a_number_and_a_hidden_one_is_text(body, edition):
    sheets = list(sheets_of(xlsx_bytes(edition)).values())
    kinds = {type(cell) for _, rows in sheets[3 : 3 + len(body.tables)] for row in rows[1:] for cell in row[1:]}
    assert kinds == {int, str}


def test_every_cell_stands_in_the_csv_file_in_its_place(body):
    rows = list(csv.DictReader(io.StringIO(csv_bytes(body).decode("utf-8"), newline="")))
    roots = {dimension.name: dimension.root for dimension in body.dimensions}
    expected = [
        (
            table.id,
            {name: cell.dims.get(name, root) if name in table.dimensions else "" for name, root in roots.items()},
            cell.symbol if cell.value is None else str(cell.value),
        )
        for table in body.tables
        for cell in table.cells
    ]
    assert [(row["table"], {name: row[name] for name in roots}, row["value"]) for row in rows] == expected


def test_the_json_file_is_the_body_that_is_cited(body, line):
    assert json.loads(json_bytes(body)) == json.loads(msgspec.json.encode(body))
    assert line.citation == citation(body)


def test_the_event_carries_the_same_cells(body, line):
    event = ReportPublished(
        report=line.report,
        revision=1,
        body_hash=line.citation,
        body=msgspec.to_builtins(body),
        prepared_by="Officer",
        approved_by="Board member",
        names_verified=False,
        day=released.DAY,
    )
    received = decode(ReportPublished, encode(event))
    assert msgspec.convert(received.body, type(body)) == body


def test_no_output_says_of_which_kind_a_hidden_cell_is(body, edition):
    symbols = {cell.symbol for table in body.tables for cell in table.cells if cell.value is None}
    assert symbols == {"[c]"}
    cells = [cell for _, rows in tables_of_paper(docx_bytes(edition)) for row in rows[1:] for cell in row[1:]]
    assert {cell for cell in cells if not cell.replace(",", "").isdigit()} == {"[c]"}
