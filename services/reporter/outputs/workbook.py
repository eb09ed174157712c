"""The spreadsheet of a release: cover, contents, notes, and one table a sheet.

After the Analysis Function's guidance for accessible spreadsheets: one header row with unique names, marked as a table;
no merged cells, no formulas, no blank rows within a table, text wrapped; each table begins in the same place.
"""

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.reporter.outputs.edition import EXPLAINED, Edition, passages_of, published_line
from services.reporter.outputs.grids import Grid, grid_of
from services.web.contexts import Report

FIRST_TABLE_ROW: Final = 4
"""The row of a sheet's header, counted from 0; above it stand its title and what one must know to read it."""

_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FONT: Final = "Arial"
_WORDS_WIDTH: Final = 46
_TEXT_WIDTH: Final = 90
_FIGURE_WIDTH: Final = 16
_COUNTED: Final = {
    "people": "Figures count distinct people.",
    "organisations": "Figures count organisations, never people.",
    "answers": "Figures count answers given by a show of hands.",
}
_WORDS: Final = ("Part of the report", "Words", "Who said it")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet with one table: its rows are words for so many columns, then figures."""

    name: str
    title: str
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    headings: int
    rows: tuple[tuple[str | int, ...], ...]


def xlsx_bytes(edition: Edition) -> bytes:
    """Return the workbook; the same edition gives the same bytes.

    Text that begins like a formula stays text, by its cell's kind.
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    book = Workbook(content, _OPTIONS)
    day = datetime.datetime.fromisoformat(edition.published_on)
    report = edition.page
    book.set_properties({"title": report.heading, "author": report.area, "company": report.area, "created": day})
    writer = _Writer(book)
    sheets = _sheets(edition)
    writer.cover(report)
    listed = (("Notes", "What must be known to read the figures"), *((each.name, each.title) for each in sheets))
    writer.contents(listed)
    for sheet in (_notes(edition), *sheets):
        writer.sheet(sheet)
    book.close()
    return content.getvalue()


def _sheets(edition: Edition) -> tuple[_Sheet, ...]:
    """Return the sheets of figures and words: every table of the body in full, then what the page has beside them."""
    report, body = edition.page, edition.body
    own = {table.id for table in body.tables}
    tables: list[tuple[str, tuple[str, ...], tuple[str, ...], int, tuple[tuple[str | int, ...], ...]]] = []
    for table in body.tables:
        grid = grid_of(body, table)
        tables.append((grid.title, _told_of(grid), grid.columns, grid.headings, grid.rows))
    for section in report.sections:
        shown = section.table
        if shown is None or (shown.sources and set(shown.sources) <= own):
            continue
        rows = tuple((row.heading, *("[c]" if cell is None else cell for cell in row.cells)) for row in shown.rows)
        notes = (EXPLAINED,) if shown.has_hidden else ()
        tables.append((shown.caption, notes, shown.columns, 1, rows))
    words = tuple(
        (section.finding, sentence.text, sentence.source)
        for section in report.sections
        for sentence in section.sentences
    )
    if words:
        tables.append(("Approved words of groups", (), _WORDS, len(_WORDS), words))
    return tuple(_Sheet(f"Table {number}", *table) for number, table in enumerate(tables, start=1))


def _told_of(grid: Grid) -> tuple[str, ...]:
    counted = _COUNTED.get(grid.counts, "")
    hidden = any(isinstance(figure, str) for row in grid.rows for figure in row[grid.headings :])
    return tuple(text for text in (counted, EXPLAINED if hidden else "") if text)


def _notes(edition: Edition) -> _Sheet:
    """Return everything that the page says in words, and the symbols."""
    rows = [
        (passage.heading, text)
        for passage in passages_of(edition.page)
        for text in (*passage.paragraphs, *passage.points)
    ]
    rows += [
        (section.table.caption, f"No figure can be shown for: {'; '.join(section.table.left_out)}.")
        for section in edition.page.sections
        if section.table is not None and section.table.left_out
    ]
    rows += [(symbol, text) for symbol, text in sorted(edition.body.symbols.items())]
    return _Sheet("Notes", "Notes", (), ("Subject", "Note"), 2, tuple(rows))


class _Writer:
    """Writes sheets into one workbook in one manner."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._title = book.add_format({"bold": True, "font_size": 16, "font_name": _FONT})
        self._plain = book.add_format({"font_name": _FONT, "text_wrap": True, "valign": "top"})
        self._line = book.add_format({"font_name": _FONT, "valign": "top"})
        self._head = book.add_format(
            {"bold": True, "font_name": _FONT, "text_wrap": True, "valign": "top", "bottom": 2, "bg_color": "#F5F3F8"}
        )
        self._figure = book.add_format({"font_name": _FONT, "num_format": "#,##0", "valign": "top"})
        self._symbol = book.add_format({"font_name": _FONT, "align": "right", "valign": "top"})
        self._link = book.add_format({"font_name": _FONT, "font_color": "#3D2B8E", "underline": 1, "valign": "top"})
        self._tables = 0

    def cover(self, report: Report) -> None:
        """Write what the workbook is."""
        page = self._page("Cover")
        page.set_column(0, 0, _TEXT_WIDTH)
        page.write_string(0, 0, report.heading, self._title)
        cited = (f"To cite exactly this version: {report.citation}",) if report.citation else ()
        told = (published_line(report), *report.summary, *cited)
        for row, text in enumerate(told, start=1):
            page.write_string(row, 0, text, self._plain)

    def contents(self, listed: Sequence[tuple[str, str]]) -> None:
        """Write the list of sheets, each a link."""
        rows = tuple(listed)
        page = self._table_page(_Sheet("Contents", "Contents", (), ("Sheet", "What it holds"), 2, rows))
        for row, (name, _) in enumerate(rows, start=FIRST_TABLE_ROW + 1):
            page.write_url(row, 0, f"internal:'{name}'!A1", self._link, name)

    def sheet(self, sheet: _Sheet) -> None:
        """Write one sheet."""
        self._table_page(sheet)

    def _table_page(self, sheet: _Sheet) -> Any:
        page = self._page(sheet.name)
        figures = len(sheet.columns) - sheet.headings
        last_words = sheet.headings - 1
        page.set_column(0, last_words, _WORDS_WIDTH)
        if not figures:
            page.set_column(last_words if sheet.columns != _WORDS else 1, last_words, _TEXT_WIDTH)
        if figures:
            page.set_column(sheet.headings, len(sheet.columns) - 1, _FIGURE_WIDTH)
        page.write_string(0, 0, sheet.title, self._title)
        for row, text in enumerate(sheet.notes[: FIRST_TABLE_ROW - 1], start=1):
            page.write_string(row, 0, text, self._line)
        self._mark_table(page, sheet)
        for at, row_values in enumerate(sheet.rows, start=FIRST_TABLE_ROW + 1):
            for column, value in enumerate(row_values):
                if isinstance(value, int):
                    page.write_number(at, column, value, self._figure)
                elif column >= sheet.headings:
                    page.write_string(at, column, value, self._symbol)
                else:
                    page.write_string(at, column, value, self._plain)
        return page

    def _mark_table(self, page: Any, sheet: _Sheet) -> None:
        """Mark the table up as one, with a name of its own, so that its header row is read as such."""
        self._tables += 1
        headers = [{"header": name, "header_format": self._head} for name in sheet.columns]
        page.add_table(
            FIRST_TABLE_ROW,
            0,
            FIRST_TABLE_ROW + max(1, len(sheet.rows)),
            len(sheet.columns) - 1,
            {
                "name": f"table_{self._tables}",
                "autofilter": False,
                "style": None,
                "columns": headers,
                "title": sheet.title,
                "description": f"{sheet.title}. One header row.",
            },
        )

    def _page(self, name: str) -> Any:
        page = self._book.add_worksheet(name)
        page.hide_gridlines(2)
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        return page
