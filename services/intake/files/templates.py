"""Empty files to write sessions up in: CSV, Excel and Word, with a worked example and the allowed values.

What is written here is read back by our own readers, which leave the worked example out and say so. The same
installation writes the same bytes each time.
"""

import csv
import datetime
import io
import zipfile
from typing import Any, BinaryIO, Literal

import docx
import xlsxwriter
from docx.document import Document
from docx.table import Table

from services.errors import UsageError
from services.intake.files.columns import Column, file_words
from services.vocabulary.areas import areas
from services.vocabulary.lists import Entry, Vocabulary
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors
from services.vocabulary.session_kinds import session_kinds
from services.vocabulary.uses import uses

TemplateFormat = Literal["csv", "xlsx", "docx"]
_MADE = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
_ZIP_DAY = (2000, 1, 1, 0, 0, 0)
_ROWS_WITH_A_CHOICE = 2_000
_WIDTHS = {"text": 80, "areas": 24, "uses": 24, "kind": 20, "receipt": 24}


def write_template(format: TemplateFormat, target: BinaryIO) -> None:  # noqa: A002 - the word for it
    """Write a template.

    Args:
        format: ``csv``, ``xlsx`` or ``docx``.
        target: takes the bytes; it is not closed.

    Raises:
        UsageError: there is no template of that format.
    """
    writers = {"csv": _write_csv, "xlsx": _write_xlsx, "docx": _write_docx}
    if format not in writers:
        raise UsageError(f"There is no such template: choose from {', '.join(writers)}.")
    writers[format](target)


def _write_csv(target: BinaryIO) -> None:
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow([column.title for column in file_words().columns])
    rows.writerow([column.example for column in file_words().columns])
    # With the mark in front, spreadsheet programs open the file as UTF-8.
    target.write(text.getvalue().encode("utf-8-sig"))


def _write_xlsx(target: BinaryIO) -> None:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(
        made,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    book.set_properties({"title": "Template for sessions", "created": _MADE.replace(tzinfo=None)})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    # Text cells: a spreadsheet program would turn 2025-03 into a date of its own making.
    plain_text = book.add_format({"num_format": 49, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet("Sessions")
    lists = _lists()
    for number, column in enumerate(file_words().columns):
        sheet.set_column(number, number, _WIDTHS.get(column.id, 14), plain_text)
        sheet.write_string(0, number, column.title, bold)
        if column.example:
            sheet.write_string(1, number, column.example, plain_text)
        if column.id in ("kind", "role", "recommendation_area"):
            allowed = lists[column.id]
            letter = xlsxwriter.utility.xl_col_to_name(2 * list(lists).index(column.id))
            source = f"='{file_words().list_sheet}'!${letter}$2:${letter}${len(allowed.entries) + 1}"
            sheet.data_validation(1, number, _ROWS_WITH_A_CHOICE, number, {"validate": "list", "source": source})
    sheet.freeze_panes(1, 0)
    explained = book.add_worksheet(file_words().list_sheet)
    for number, (name, allowed) in enumerate(lists.items()):
        explained.set_column(2 * number, 2 * number + 1, 26)
        explained.write_string(0, 2 * number, name, bold)
        explained.write_string(0, 2 * number + 1, f"{name}: in words", bold)
        for row, entry in enumerate(allowed.entries, start=1):
            explained.write_string(row, 2 * number, entry.id)
            explained.write_string(row, 2 * number + 1, entry.title)
    last = 2 * len(lists)
    explained.set_column(last, last, 18)
    explained.set_column(last + 1, last + 1, 90)
    explained.write_string(0, last, "column", bold)
    explained.write_string(0, last + 1, "what may stand there", bold)
    for row, column in enumerate(file_words().columns, start=1):
        explained.write_string(row, last, column.title)
        explained.write_string(row, last + 1, column.explained)
    book.close()
    _copy_without_times(made, target)


def _write_docx(target: BinaryIO) -> None:
    document = docx.Document()
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.core_properties.title = "Template for a session"
    document.core_properties.created = document.core_properties.modified = _MADE
    document.add_heading("A session", level=1)
    fields = [column for column in file_words().columns if column.session or column.id in ("areas", "role", "uses")]
    table = document.add_table(rows=1, cols=3, style="Table Grid")
    _fill(table, 0, ("Field", "Answer", "What may stand there"))
    for row, column in enumerate(fields, start=1):
        table.add_row()
        _fill(table, row, (column.title, "", _explained(column)))
    document.add_heading(file_words().words_heading, level=1)
    _write_examples(document)
    made = io.BytesIO()
    document.save(made)
    _copy_without_times(made, target)


def _write_examples(document: Document) -> None:
    said = next(column.example for column in file_words().columns if column.id == "text")
    document.add_paragraph(said)
    mark, rest = file_words().example_mark, said.removeprefix(file_words().example_mark).strip()
    document.add_paragraph(f"{mark} Seat 4: {rest}")
    document.add_paragraph(f"{mark} Person 1: {rest}")
    document.add_paragraph(f"{mark} Finding: what the group found, in one sentence about services.")
    document.add_paragraph(f"{mark} Recommendation (services; housing): what should change, in up to three sentences.")


def _fill(table: Table, row: int, texts: tuple[str, str, str]) -> None:
    for cell, text in zip(table.rows[row].cells, texts, strict=True):
        cell.text = text


def _explained(column: Column) -> str:
    allowed = _lists().get(column.id)
    return column.explained if allowed is None else f"{column.explained} {', '.join(allowed.ids)}"


def _lists() -> dict[str, Vocabulary[Entry]]:
    """Return the lists of allowed values by the column that they are for."""
    lists: dict[str, Vocabulary[Any]] = {
        "kind": session_kinds(),
        "areas": areas(),
        "role": roles(),
        "uses": uses(),
        "recommendation_area": recommendation_areas(),
        "sectors": sectors(),
    }
    return lists


def _copy_without_times(made: io.BytesIO, target: BinaryIO) -> None:
    """Pack a file again with one and the same time on all parts."""
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            steady = zipfile.ZipInfo(part.filename, _ZIP_DAY)
            steady.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(steady, old.read(part))
