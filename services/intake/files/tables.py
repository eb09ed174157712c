"""Tables of rows, whatever their format: which columns there are, and what each row says.

A table is read row by row. Its first filled row holds the headings; columns may stand in any order. Rows with the same
label are one session; without a column of labels the whole table is one session.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

from msgspec import Struct

from services.errors import InputRefused
from services.intake.files import values
from services.intake.files.columns import column_ids, column_titles, is_example, letter_of, plain
from services.intake.files.findings import THE_FILE, Findings
from services.intake.files.header import SESSION_FACTS, Header, contradicts, is_wider
from services.intake.files.values import Cell

MOST_COLUMNS = 30
MOST_PRESENT = 10_000
HIGHEST_MARK = 999
_MOST_KNOWN = 5_000
_ALWAYS = ("text",)
_ANSWER_MISSING = "Fill it in on every row, or say it as an option for the whole file; it is never guessed."
_UNLESS_OPTION = ("kind", "month", "role", "uses")


class Table(Protocol):
    """Rows that can be read more than once."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the person should be told about how the file was read."""

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield each row with its number, counted from 1 as spreadsheet programs do.

        Raises:
            InputRefused: the table breaks off or is damaged from here on.
        """


class Row(Struct, gc=False):
    """One row that says something; a field is None where the row leaves it out, ``session`` is the label."""

    number: int
    text: str
    session: str = ""
    kind: str | None = None
    month: str | None = None
    number_present: int | None = None
    group: str | None = None
    areas: tuple[str, ...] | None = None
    role: str | None = None
    uses: tuple[str, ...] | None = None
    seat: int | None = None
    person: int | None = None
    receipt: str | None = None
    statement: str | None = None
    recommendation_area: str | None = None
    sectors: tuple[str, ...] | None = None
    #: The first row that said the same in every cell but the words, where there was one.
    alike: "Row | None" = None

    @property
    def place(self) -> str:
        """The row as a person would say it."""
        return place_of(self.number)


def _like(row: Row, number: int, text: str) -> Row:
    return Row(
        number,
        text,
        row.session,
        row.kind,
        row.month,
        row.number_present,
        row.group,
        row.areas,
        row.role,
        row.uses,
        alike=row,
    )


def place_of(row: int, column: int | None = None) -> str:
    """Return a place in a table; the column is counted from 0."""
    return f"{THE_FILE}, row {row}" + ("" if column is None else f", column {letter_of(column)}")


class RowReader:
    """Reads the rows of one table.

    Args:
        table: the table.
        header: the options.
        findings: takes what is wrong; a row with a finding is not yielded.

    Attributes:
        examples: how many worked examples were left out.
    """

    def __init__(self, table: Table, header: Header, findings: Findings) -> None:
        self._table = table
        self._header = header
        self._findings = findings
        self.examples = 0
        # Answers repeat from row to row: each is read once, and what stands beside the words as a whole too.
        self._known: dict[tuple[str, str], Any] = {}
        self._alike: dict[tuple[Cell, ...], Row] = {}

    def rows(self) -> Iterator[Row]:
        """Yield the rows that say something, without the worked examples of our templates.

        Raises:
            InputRefused: the table is empty, its headings are wrong, or it breaks off; with everything found before.
        """
        self.examples = 0
        fields: list[str | None] | None = None
        for number, cells in self._numbered():
            if all(map(values.is_blank, cells)):
                continue
            if fields is None:
                fields = self._fields(number, cells)
                continue
            row = self._row(number, fields, cells)
            if row is not None:
                yield row
        if fields is None:
            self._findings.refuse(THE_FILE, "empty", "Write one row of headings and one row for each contribution.")

    def _numbered(self) -> Iterator[tuple[int, list[Cell]]]:
        try:
            yield from self._table.rows()
        except InputRefused as broken_off:
            self._findings.take(broken_off)
            self._findings.refuse_if_any()

    def _fields(self, number: int, cells: list[Cell]) -> list[str | None]:
        while cells and values.is_blank(cells[-1]):
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            self._findings.refuse(place_of(number), "too many columns", f"Known columns: {column_titles()}.")
        fields: list[str | None] = []
        for column, cell in enumerate(cells):
            place = place_of(number, column)
            field = None if values.is_blank(cell) else column_ids().get(plain(str(cell)))
            if field is None and not values.is_blank(cell):
                self._findings.add(
                    place, "an unknown column", f"Take it out or rename it. Known columns: {column_titles()}."
                )
            elif field is not None and field in fields:
                self._findings.add(place, f"the column {field} stands twice", "Keep one of them.")
            fields.append(field)
        missing = [field for field in _ALWAYS if field not in fields]
        missing += [f for f in _UNLESS_OPTION if f not in fields and getattr(self._header, f) is None]
        for field in missing:
            instead = "" if field in _ALWAYS else ", or say it as an option for the whole file"
            self._findings.add(
                place_of(number),
                f"the column {field} is missing",
                f"Add it{instead}. Right now the file has {len(cells)} columns"
                f" ({', '.join(each for each in fields if each) or 'none that is known'}).",
            )
        self._findings.refuse_if_any()
        return fields

    def _row(self, number: int, fields: list[str | None], cells: list[Cell]) -> Row | None:
        spoken = fields.index("text")
        text_cell = cells[spoken] if spoken < len(cells) else None
        if isinstance(text_cell, str) and is_example(text_cell):
            self.examples += 1
            return None
        beside = (len(cells), *cells[:spoken], *cells[spoken + 1 :])
        alike = self._alike.get(beside)
        if alike is not None:
            said = values.printed_words(text_cell) or values.read_words(
                text_cell, place_of(number, spoken), self._findings
            )
            return None if said is None else _like(alike, number, said)
        before = len(self._findings)
        if len(cells) != len(fields):
            self._check_width(number, len(fields), cells)
        text = values.read_words(text_cell, place_of(number, spoken), self._findings)
        row = Row(number=number, text=text or "")
        for column, (field, cell) in enumerate(zip(fields, cells, strict=False)):
            if field != "text" and not values.is_blank(cell):
                self._fill(row, field, cell, place_of(number, column))
        self._check_row(row, fields, cells)
        if len(self._findings) > before:
            return None
        is_anybodys = (row.seat, row.person, row.receipt, row.statement) == (None, None, None, None)
        # Texts alone: a number would be found again where yes stands.
        is_text = all(isinstance(cell, str) for cell in beside[1:])
        if len(self._alike) < _MOST_KNOWN and is_anybodys and is_text:
            self._alike[beside] = row
        return row

    def _check_width(self, number: int, width: int, cells: list[Cell]) -> None:
        if len(cells) < width or not all(values.is_blank(cell) for cell in cells[width:]):
            self._findings.add(
                place_of(number),
                f"{len(cells)} cells, where the headings are {width}",
                "Put a text that holds the separator or a line break in double quotes.",
            )

    def _fill(self, row: Row, field: str | None, cell: Cell, place: str) -> None:
        if field is None:
            self._findings.add(place, "a cell below no heading", "Give the column a heading, or empty its cells.")
            return
        if isinstance(cell, str) and (field, cell) in self._known:
            setattr(row, field, self._known[field, cell])
            return
        before = len(self._findings)
        value = READERS[field](cell, place, self._findings)
        if value is None:
            return
        if field in SESSION_FACTS:
            contradicts(field, value, self._header, place, self._findings)
        elif field == "uses" and is_wider(value, self._header):
            self._findings.add(place, "more uses than the option uses allows", "Write no more uses than the option.")
        if isinstance(cell, str) and len(self._findings) == before and len(self._known) < _MOST_KNOWN:
            self._known[field, cell] = value
        setattr(row, field, value)

    def _check_row(self, row: Row, fields: list[str | None], cells: list[Cell]) -> None:
        if row.statement is not None:
            # The group's own: nobody in particular said it, and neither role nor uses of one person are asked.
            if (row.seat, row.person, row.receipt) != (None, None, None):
                self._findings.add(row.place, "a person’s mark on what the group agreed", "Leave the mark out.")
            return
        if row.recommendation_area is not None or row.sectors is not None:
            self._findings.add(
                row.place,
                "an area of recommendations or sectors, where no statement stands",
                "Write finding or recommendation in the column statement, or leave them out.",
            )
        for field, room in (("role", self._header.role), ("uses", self._header.uses)):
            column = fields.index(field) if field in fields else None
            if column is not None and room is None and (column >= len(cells) or values.is_blank(cells[column])):
                self._findings.add(place_of(row.number, column), f"no {field}", _ANSWER_MISSING)
        if sum(mark is not None for mark in (row.seat, row.person, row.receipt)) > 1:
            self._findings.add(row.place, "more than one of seat, person and receipt", "Give one of them, or none.")


def _number(least: int, most: int) -> Callable[[Cell, str, Findings], int | None]:
    return partial(values.read_number, least=least, most=most)


READERS: dict[str, Callable[[Cell, str, Findings], Any]] = {
    "session": values.read_label,
    "kind": values.read_kind,
    "month": values.read_month,
    "number_present": _number(0, MOST_PRESENT),
    "group": values.read_group,
    "areas": values.read_areas,
    "role": values.read_role,
    "uses": values.read_uses,
    "seat": _number(1, HIGHEST_MARK),
    "person": _number(1, HIGHEST_MARK),
    "receipt": values.read_receipt,
    "statement": values.read_statement,
    "recommendation_area": values.read_recommendation_area,
    "sectors": values.read_sectors,
}
