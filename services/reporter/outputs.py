"""A release as files, all from one body: tidy CSV and JSON. Every cell says the same in each."""

import csv
import io
from typing import Final

from services.reporter.release import ReleaseBody

HEADER: Final = ("period", "table", "population", "framework", "node", "role", "area", "sector", "value", "symbol")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def to_json(body: ReleaseBody) -> bytes:
    """Return the canonical JSON, whose SHA-256 is the citation."""
    return body.canonical()


def to_csv(body: ReleaseBody) -> bytes:
    """Return tidy CSV in UTF-8: one header row, one line a cell, an empty value beside a symbol where it is hidden."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for table in body.tables:
        name = table.id.rpartition(":")[2] if ":" in table.id else ""
        for cell in table.cells:
            row = (
                body.period,
                table.id,
                table.population,
                name if name in body.frameworks else "",
                cell.dims.get("node", ""),
                cell.dims.get("role", ""),
                cell.dims.get("area", ""),
                cell.dims.get("sector", ""),
                "" if cell.value is None else str(cell.value),
                cell.symbol,
            )
            writer.writerow([guarded(value) for value in row])
    return text.getvalue().encode("utf-8")


def guarded(value: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value
