"""What one sheet may hold, whichever program wrote it: bounds, sizes, and what is refused with its place."""

from dataclasses import dataclass

from services.intake.files.columns import letter_of
from services.intake.files.findings import THE_FILE, Findings
from services.intake.files.tables import MOST_COLUMNS
from services.intake.submissions import MOST_CONTRIBUTIONS

#: With room for headings, examples and blank rows.
MOST_ROWS = MOST_CONTRIBUTIONS + 1_000
LARGEST_CELL = 1_000_000
LARGEST_SHEET = 100_000_000
_SPLIT = "Split the file by session."
_LEFT = f"Keep everything within the first {MOST_COLUMNS} columns and {MOST_ROWS} rows."


@dataclass(frozen=True, slots=True)
class FilledSheet:
    """A sheet that holds something: its number from 0, and how many of its cells are filled."""

    index: int
    filled: int


class SheetNotes:
    """Keeps count of one sheet's cells and notes what is refused.

    Args:
        index: the sheet's number from 0.
        findings: takes what is refused.

    Attributes:
        filled: how many cells hold something that an eye can see.
    """

    def __init__(self, index: int, findings: Findings) -> None:
        self._sheet = THE_FILE if index == 0 else f"{THE_FILE}, sheet {index + 1}"
        self._findings = findings
        self._hidden: list[tuple[int, int]] = []
        self._total = 0
        self._told_row = -1
        self.filled = 0

    def place(self, row: int, column: int) -> str:
        """Return a cell's place; row and column are counted from 0."""
        return f"{self._sheet}, row {row + 1}, column {letter_of(column)}"

    def hide_columns(self, first: int, last: int) -> None:
        """Remember hidden columns, counted from 0."""
        self._hidden.append((first, last))

    def refuse_merged(self, where: str) -> None:
        """Note merged cells."""
        self._findings.add(f"{self._sheet}, {where}", "merged cells", "Undo the merging and fill every cell in.")

    def refuse_in_sheet(self, what: str, mend: str) -> None:
        """Note something of the sheet as a whole."""
        self._findings.add(self._sheet, what, mend)

    def refuse_cell(self, row: int, column: int, what: str, mend: str) -> None:
        """Note something of one cell."""
        self._findings.add(self.place(row, column), what, mend)

    def take(self, row: int, column: int, *, size: int, blank: bool, hidden_row: bool, times: int = 1) -> None:
        """Count a cell that has a content, which may be blank.

        Args:
            row: from 0.
            column: from 0.
            size: characters in it.
            blank: it holds nothing but space.
            hidden_row: its row is hidden.
            times: it stands so often, one below the other.

        Raises:
            InputRefused: it lies outside the bounds, or is too large; reading on would not be safe.
        """
        self.check_bounds(row, column, size)
        self._total += size * times
        if self._total > LARGEST_SHEET:
            self._findings.refuse(self._sheet, "too much text for one sheet", _SPLIT)
        if blank:
            return
        self.filled += times
        if hidden_row and self._told_row != row:
            self._told_row = row
            self._findings.add(
                f"{self._sheet}, row {row + 1}",
                "a hidden row with something in it",
                "Show it (and take filters off), or delete it.",
            )
        if any(first <= column <= last for first, last in self._hidden):
            self._findings.add(
                self.place(row, column), "a hidden column with something in it", "Show the column, or delete it."
            )

    def check_bounds(self, row: int, column: int, size: int) -> None:
        """Refuse a cell that a reader should not be given at all.

        Raises:
            InputRefused: it lies outside the bounds, or is too large.
        """
        if row >= MOST_ROWS or column >= MOST_COLUMNS:
            self._findings.refuse(self.place(row, column), "a cell far outside the table", _LEFT)
        if size > LARGEST_CELL:
            self._findings.refuse(self.place(row, column), "too long for a cell", "Split the text by person or point.")
