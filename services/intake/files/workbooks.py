"""Looking through an Excel workbook before it is read: everything that a reader would drop or take as said.

Hidden rows, columns and sheets, merged cells, formulas, comments, drawings and links to other files are refused with
their place. What is left is plain sheets of values, of bounded size, in which every cell counts.
"""

import re

from services.intake.files.archives import Archive
from services.intake.files.columns import file_words, plain
from services.intake.files.findings import THE_FILE, Findings
from services.intake.files.markup import Attributes, Walker, damaged, is_true, walk, whole
from services.intake.files.office import check_types, linked_parts, refuse_parts
from services.intake.files.sheets import LARGEST_CELL, LARGEST_SHEET, FilledSheet, SheetNotes

_BOOK = "xl/workbook.xml"
_BOOK_LINKS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedStrings.xml"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})\Z", re.ASCII)
_RANGE = re.compile(r"[A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7}\Z", re.ASCII)
_DELETE = "Delete them."
_MOST_STRINGS = 2_000_000
#: Parts that hold something which rows of values cannot: (beginning of the name, what it is, what to do).
_OTHER_PARTS = (
    ("xl/comments", "comments", "Move what they say into the column text, or delete them."),
    ("xl/threadedComments", "comments", "Move what they say into the column text, or delete them."),
    ("xl/externalLinks", "links to other files", "Break the links: copy, and paste as values."),
    ("xl/connections", "links to other data", "Remove the connections and keep the values."),
    ("xl/queryTables", "links to other data", "Remove the connections and keep the values."),
    ("xl/embeddings", "embedded objects", _DELETE),
    ("xl/activeX", "controls", _DELETE),
    ("xl/ctrlProps", "controls", _DELETE),
    ("xl/drawings/drawing", "a picture, chart or text box", "Move what it says into the column text, and delete it."),
    ("xl/pivotTables", "a pivot table", "Send the rows that it was made from."),
    ("xl/macrosheets", "macros", "Save it without macros and send it again."),
)


def look_through_workbook(archive: Archive, findings: Findings) -> tuple[list[FilledSheet], bool]:
    """Return the filled sheets, and whether a sheet of allowed values stands beside them; note what is refused.

    Raises:
        InputRefused: not a workbook, with macros, or damaged or oversized so that reading on is not safe.
    """
    check_types(archive, _TYPE)
    _check_names(archive)
    refuse_parts(archive, _OTHER_PARTS, findings)
    book, strings = _Book(), _Strings()
    walk(archive.pieces(_BOOK), book)
    links = linked_parts(archive, _BOOK_LINKS, "xl")
    if _STRINGS in archive.names:
        walk(archive.pieces(_STRINGS), strings)
    filled, has_list = [], False
    for index, (name, link, state) in enumerate(book.sheets):
        kind, target = links.get(link, ("", ""))
        if state not in ("", "visible"):
            findings.add(f"{THE_FILE}, sheet {index + 1}", "a hidden sheet", "Show it and look at it, or delete it.")
        if not kind.endswith("/worksheet"):
            findings.add(f"{THE_FILE}, sheet {index + 1}", "not a sheet of cells", "Delete it.")
            continue
        notes = SheetNotes(index, findings)
        sheet = _Sheet(notes, strings)
        walk(archive.pieces(target), sheet)
        if plain(name) == plain(file_words().list_sheet):
            has_list = True
        elif notes.filled:
            filled.append(FilledSheet(index, notes.filled))
    return filled, has_list


def _check_names(archive: Archive) -> None:
    """Refuse known parts under names in other letter case: the library reads them, and our look would miss them."""
    known = {name.lower(): name for name in (_BOOK, _BOOK_LINKS, _STRINGS)}
    if any(known.get(name.lower(), name) != name for name in archive.names):
        raise damaged()


class _Book(Walker):
    """The list of sheets: name, link, state."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, str]] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sheet":
            self.sheets.append((attributes.get("name", ""), attributes.get("id", ""), attributes.get("state", "")))


class _Strings(Walker):
    """The texts that cells point at: how long each is, and whether it is blank."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.blanks: list[bool] = []
        self._total = 0
        self._in_text = False
        self._phonetic = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "sst":
            # The library makes room for as many texts as the part says it has, and ends the process where it cannot.
            if whole(attributes.get("uniqueCount"), 0) > _MOST_STRINGS:
                raise damaged()
        elif name == "si":
            self.sizes.append(0)
            self.blanks.append(True)
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._in_text = not self._phonetic

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._phonetic = False

    def text(self, text: str) -> None:
        if not self._in_text:
            return
        if not self.sizes:
            raise damaged()
        self.sizes[-1] += len(text)
        self._total += len(text)
        if self._total > LARGEST_SHEET:
            raise damaged()
        if text.strip():
            self.blanks[-1] = False


class _Sheet(Walker):
    """One sheet: its cells in order, and everything that is refused."""

    def __init__(self, notes: SheetNotes, strings: _Strings) -> None:
        self._notes = notes
        self._strings = strings
        self._row = -1
        self._column = -1
        self._hidden_row = False
        self._all_hidden = False
        self._type = "n"
        self._has_content = False
        self._formula = False
        self._reading = False
        self._phonetic = False
        self._size = 0
        self._value: list[str] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name in ("v", "t"):
            self._has_content = True
            self._reading = not self._phonetic
        elif name == "rPh":
            self._phonetic = True
        elif name == "f":
            self._formula = True
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            self._begin_row(attributes)
        else:
            self._take_frame(name, attributes)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._reading = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "c":
            self._end_cell()

    def text(self, text: str) -> None:
        if self._reading:
            self._size += len(text)
            if self._size <= LARGEST_CELL:
                self._value.append(text)

    def _take_frame(self, name: str, attributes: Attributes) -> None:
        """Take what stands around the rows."""
        if name == "col":
            if is_true(attributes.get("hidden")) or attributes.get("width") == "0":
                self._notes.hide_columns(whole(attributes.get("min"), 1) - 1, whole(attributes.get("max"), 1) - 1)
        elif name == "sheetFormatPr":
            self._all_hidden = is_true(attributes.get("zeroHeight"))
        elif name == "mergeCell":
            where = attributes.get("ref", "")
            self._notes.refuse_merged(f"cells {where}" if _RANGE.match(where) else "some cells")
        elif name in ("oleObject", "control", "legacyDrawing"):
            self._notes.refuse_in_sheet(
                "comments, objects or controls", "Move what they say into cells, or delete them."
            )

    def _begin_row(self, attributes: Attributes) -> None:
        row = whole(attributes.get("r"), self._row + 2) - 1
        if row <= self._row:
            raise damaged()
        self._row, self._column = row, -1
        self._hidden_row = is_true(attributes.get("hidden")) or self._all_hidden or attributes.get("ht") in ("0", "0.0")

    def _begin_cell(self, attributes: Attributes) -> None:
        column = self._column + 1
        if (reference := attributes.get("r")) is not None:
            found = _REFERENCE.match(reference)
            if found is None or int(found[2]) != self._row + 1:
                raise damaged()
            column = _number_of(found[1])
        if column <= self._column or self._row < 0:
            raise damaged()
        self._column = column
        self._type = attributes.get("t", "n")
        self._has_content, self._formula, self._size = False, False, 0
        self._value.clear()

    def _end_cell(self) -> None:
        row, column, notes = self._row, self._column, self._notes
        if self._formula:
            notes.refuse_cell(row, column, "a formula", "Copy the cells and paste them as values.")
        if not self._has_content:
            return
        value = "".join(self._value).strip()
        size, blank = self._size, not value
        if self._type == "s" and value:
            number = whole(value, 0)
            if number >= len(self._strings.sizes):
                raise damaged()
            size, blank = self._strings.sizes[number], self._strings.blanks[number]
        elif self._type == "e":
            notes.refuse_cell(row, column, "an error in place of a value", "Write the value again.")
        notes.take(row, column, size=size, blank=blank, hidden_row=self._hidden_row)


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
