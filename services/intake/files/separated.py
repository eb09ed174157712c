"""Tables as separated text: CSV with commas, semicolons or tabs, in the encodings that programs really write."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO, cast

from services.errors import InputRefused
from services.intake.files.columns import column_ids, plain
from services.intake.files.decoding import detect_encoding
from services.intake.files.findings import refusal
from services.intake.files.tables import place_of
from services.intake.files.values import Cell

SEPARATORS = (",", ";", "\t")
#: A line of more characters is not a row that somebody wrote.
LONGEST_LINE = 1_000_000
_MEND = "Put texts that hold quotes, line breaks or separators in double quotes, and double the quotes within."


class _TooLong(csv.Error):
    """A row that nobody wrote by hand."""


class SeparatedTable:
    """A CSV file; it is read from its beginning each time.

    Args:
        source: the file; it has to be seekable.

    Attributes:
        notes: what the person should be told about how the file was read.

    Raises:
        InputRefused: it is empty or not text.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        encoding = detect_encoding(source)
        self._encoding = encoding.name
        self.notes: tuple[str, ...] = encoding.notes
        self._separator = max(SEPARATORS, key=self._known_headings)

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield each row with its number, counted from 1, blank rows counted too.

        Raises:
            InputRefused: a quote is not closed, or a line has no end.
        """
        yield from self._rows(self._separator)

    def _rows(self, separator: str) -> Iterator[tuple[int, list[Cell]]]:
        number = 0
        with self._text() as text:
            reader = cast("Iterator[list[Cell]]", csv.reader(_lines(text), delimiter=separator, strict=True))
            try:
                for number, cells in enumerate(reader, start=1):
                    yield number, cells
            except _TooLong:
                raise refusal(
                    place_of(number + 1),
                    f"a row of more than {LONGEST_LINE:,} characters",
                    "Split the text by person or point, and look whether a quote is missing.",
                ) from None
            except csv.Error:
                raise refusal(
                    place_of(number + 1), "quotes that do not fit together, or a text without end", _MEND
                ) from None

    def _known_headings(self, separator: str) -> int:
        """Return how many headings are known when the first filled row is cut at a separator; -1 where it breaks."""
        try:
            for _, cells in self._rows(separator):
                if any(str(cell).strip() for cell in cells):
                    return sum(plain(str(cell)) in column_ids() for cell in cells)
        except InputRefused:
            return -1
        return 0

    @contextmanager
    def _text(self) -> Iterator[TextIO]:
        self._source.seek(0)
        text = io.TextIOWrapper(self._source, encoding=self._encoding, newline="")
        try:
            yield text
        finally:
            # Whoever stopped half-way may have closed the file before this is reached.
            with suppress(ValueError):
                text.detach()


def _lines(text: TextIO) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise _TooLong
        yield line
