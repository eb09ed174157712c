"""Excel workbooks and OpenDocument spreadsheets as tables: looked through by ourselves, then read by a library.

The library (calamine) gives hidden rows and the last results of formulas as if they were values, and keeps a dense
block for the whole sheet. So it is only ever given what `workbooks` and `opendocument` found plain and small, and what
it gives back is counted against what they saw.
"""

import datetime
from collections.abc import Iterator
from typing import BinaryIO

import python_calamine

from services.intake.files.archives import Archive
from services.intake.files.findings import THE_FILE, Findings, refusal
from services.intake.files.opendocument import look_through_opendocument
from services.intake.files.values import Cell, is_blank
from services.intake.files.workbooks import look_through_workbook

_AGAIN = "Save it again, or send it as CSV."


class SpreadsheetTable:
    """The one filled sheet of a workbook.

    Args:
        source: the file; it has to be seekable and to stay open.
        format: ``xlsx`` or ``ods``.

    Attributes:
        notes: what the person should be told about how the file was read.

    Raises:
        InputRefused: everything in the file that is not plain rows of values.
    """

    def __init__(self, source: BinaryIO, format: str) -> None:  # noqa: A002 - the word for it
        archive, findings = Archive(source), Findings()
        look_through = look_through_workbook if format == "xlsx" else look_through_opendocument
        filled, has_list = look_through(archive, findings)
        if len(filled) > 1:
            others = ", ".join(str(sheet.index + 1) for sheet in filled[:5])
            findings.add(THE_FILE, f"more than one filled sheet ({others})", "Send each sheet as a file of its own.")
        elif not filled:
            findings.add(THE_FILE, "empty", "Write one row of headings and one row for each contribution.")
        findings.refuse_if_any()
        self.notes: tuple[str, ...] = ("The sheet of allowed values was not read.",) if has_list else ()
        self._sheet = _open_sheet(source, filled[0].index)
        if self._count() != filled[0].filled:
            raise refusal(THE_FILE, "cells that cannot be read for certain", _AGAIN)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield each row with its number, counted from 1, and its cells from column A on."""
        first_column = self._sheet.start[1] if self._sheet.start else 0
        for number, cells in enumerate(self._sheet.iter_rows(), start=1):
            yield number, [None] * first_column + [_value(cell) for cell in cells]

    def _count(self) -> int:
        return sum(not is_blank(cell) for cells in self._sheet.iter_rows() for cell in cells)


def _open_sheet(source: BinaryIO, index: int) -> python_calamine.CalamineSheet:
    source.seek(0)
    try:
        return python_calamine.CalamineWorkbook.from_filelike(source).get_sheet_by_index(index)
    except Exception:  # noqa: BLE001 - whatever the library finds wrong may hold a word of the file
        raise refusal(THE_FILE, "damaged", _AGAIN) from None
    except BaseException as fault:
        # A fault inside the library arrives as a PanicException, which is no Exception.
        if type(fault).__module__ != "pyo3_runtime":
            raise
        raise refusal(THE_FILE, "damaged", _AGAIN) from None


def _value(cell: Cell) -> Cell:
    """Return a cell; a moment at midnight is a day, as it was meant."""
    if isinstance(cell, datetime.datetime):
        return cell.date()
    return cell
