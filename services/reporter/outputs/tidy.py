"""The tidy files of a release: CSV, one row a cell, and JSON, the body itself."""

import csv
import io

from services.reporter.release import ReleaseBody, body_bytes

ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters that a spreadsheet would take for a formula, those of full width among them."""


def json_bytes(body: ReleaseBody) -> bytes:
    """Return the body as canonical JSON, the bytes that the citation is the hash of."""
    return body_bytes(body)


def csv_bytes(body: ReleaseBody) -> bytes:
    """Return one row a cell, with one header row, in UTF-8.

    Columns: release, period, table, counts, one for each dimension in the order of their names, value. A dimension
    that a table does not use is empty; a root is written out. ``value`` is a whole number, which is never guarded and
    so never changed, or the symbol.
    """
    names = [dimension.name for dimension in body.dimensions]
    roots = {dimension.name: dimension.root for dimension in body.dimensions}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["release", "period", "table", "counts", *(guard(name) for name in names), "value"])
    for table in body.tables:
        for cell in table.cells:
            places = [cell.dims.get(name, roots[name]) if name in table.dimensions else "" for name in names]
            value = guard(cell.symbol) if cell.value is None else str(cell.value)
            told = (body.name, body.period, table.id, table.counts, *places)
            writer.writerow([*(guard(field) for field in told), value])
    return text.getvalue().encode()


def guard(field: str) -> str:
    """Return a field that no spreadsheet takes for a formula: an apostrophe is put before it where it might."""
    return f"'{field}" if field.startswith(ACTIVE) else field
