"""The files of a release, one entry each: neutral names, what they are called on the page, and who writes them.

A new kind of file is a new entry; the page, the routes and the shelf follow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.reporter.outputs.document import NEEDS, pdf_bytes
from services.reporter.outputs.edition import Edition
from services.reporter.outputs.paper import docx_bytes
from services.reporter.outputs.tidy import csv_bytes, json_bytes
from services.reporter.outputs.workbook import xlsx_bytes


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file.

    Attributes:
        file: its name, which says nothing of the subject.
        label: as the page names the kind.
        title: the link's text.
        media_type: for the header.
        write: makes it; the same edition gives the same bytes.
        needs: what to install where it cannot be made, or "" where nothing is needed.
        is_text: whether its characters are stated as UTF-8.
    """

    file: str
    label: str
    title: str
    media_type: str
    write: Callable[[Edition], bytes]
    needs: str = ""
    is_text: bool = False


_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_FORMATS: Final = (
    Format("report.docx", "DOCX", "Committee paper", f"{_OFFICE}.wordprocessingml.document", docx_bytes),
    Format("report.pdf", "PDF", "To print or send", "application/pdf", pdf_bytes, needs=NEEDS),
    Format("figures.xlsx", "XLSX", "All figures as a spreadsheet", f"{_OFFICE}.spreadsheetml.sheet", xlsx_bytes),
    Format(
        "figures.csv",
        "CSV",
        "All figures as a table",
        "text/csv",
        lambda edition: csv_bytes(edition.body),
        is_text=True,
    ),
    Format(
        "figures.json",
        "JSON",
        "All figures for programs",
        "application/json",
        lambda edition: json_bytes(edition.body),
        is_text=True,
    ),
)
FORMATS: Final = {each.file: each for each in _FORMATS}
"""Every file by its name, in the order in which the page lists them."""
