"""Looking through an OpenDocument spreadsheet before it is read, as `workbooks` does with Excel's."""

from services.intake.files.archives import Archive
from services.intake.files.columns import file_words, plain
from services.intake.files.findings import THE_FILE, Findings, refusal
from services.intake.files.markup import Attributes, Walker, damaged, walk, whole
from services.intake.files.office import refuse_parts
from services.intake.files.sheets import FilledSheet, SheetNotes

_CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"
_MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_OTHER_PARTS = (
    ("Basic/", "macros", "Save it without macros and send it again."),
    ("Scripts/", "macros", "Save it without macros and send it again."),
    ("Object ", "embedded objects", "Delete them."),
)
_REFUSED = {
    "annotation": ("a comment", "Move what it says into the column text, or delete it."),
    "frame": ("a picture, chart or text box", "Move what it says into the column text, and delete it."),
    "custom-shape": ("a picture, chart or text box", "Move what it says into the column text, and delete it."),
    "text-box": ("a picture, chart or text box", "Move what it says into the column text, and delete it."),
    "control": ("a control", "Delete it."),
    "tracked-changes": ("tracked changes", "Accept or reject all changes."),
    "cell-range-source": ("links to other files", "Break the links and keep the values."),
    "dde-link": ("links to other files", "Break the links and keep the values."),
    "data-pilot-table": ("a pivot table", "Send the rows that it was made from."),
    "tab": ("a tab within a text", "Write a space in its place."),
    "line-break": ("a line break within a paragraph", "Begin a new paragraph in the cell, or write a space."),
    "script": ("macros", "Save it without macros and send it again."),
    "event-listener": ("macros", "Save it without macros and send it again."),
}


def look_through_opendocument(archive: Archive, findings: Findings) -> tuple[list[FilledSheet], bool]:
    """Return the filled sheets, and whether a sheet of allowed values stands beside them; note what is refused.

    Raises:
        InputRefused: not a spreadsheet, protected, or damaged or oversized so that reading on is not safe.
    """
    if "mimetype" not in archive.names or b"".join(archive.pieces("mimetype")).strip() != _MIMETYPE:
        raise refusal(THE_FILE, "not the format that its name says", "Save it again in that format.")
    refuse_parts(archive, _OTHER_PARTS, findings)
    if _MANIFEST in archive.names:
        walk(archive.pieces(_MANIFEST), _Manifest())
    book = _Book(findings)
    walk(archive.pieces(_CONTENT), book)
    list_name = plain(file_words().list_sheet)
    return (
        [
            FilledSheet(index, notes.filled)
            for index, (name, notes) in enumerate(book.sheets)
            if notes.filled and name != list_name
        ],
        any(name == list_name for name, _ in book.sheets),
    )


class _Manifest(Walker):
    def start(self, name: str, attributes: Attributes) -> None:  # noqa: ARG002 - a walker's form
        if name == "encryption-data":
            raise refusal(THE_FILE, "protected by a password", "Take the password off and send it again.")


class _Book(Walker):
    """All sheets of the file, in order."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self.sheets: list[tuple[str, SheetNotes]] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._row, self._rows = 0, 1
        self._column, self._columns = 0, 0
        self._hidden_row = False
        self._groups: list[bool] = []
        self._in_cell = False
        self._times = 1
        self._size = 0
        self._blank = True
        self._paragraphs = 0
        self._valued = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name in _REFUSED:
            self._refuse(*_REFUSED[name])
        elif name == "table-cell":
            self._begin_cell(attributes, covered=False)
        elif name == "covered-table-cell":
            self._begin_cell(attributes, covered=True)
        elif name == "p":
            self._paragraphs += 1
        elif name == "table-row":
            self._begin_row(attributes)
        else:
            self._take_frame(name, attributes)

    def end(self, name: str) -> None:
        if name in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif name == "p":
            self._paragraphs -= 1
        elif name == "table-row":
            self._row += self._rows
        elif name == "table-row-group":
            self._groups.pop()

    def text(self, text: str) -> None:
        if self._in_cell and self._paragraphs:
            self._size += len(text)
            if text.strip():
                self._blank = False

    def _take_frame(self, name: str, attributes: Attributes) -> None:
        """Take what stands around the rows."""
        if name == "table-column":
            self._begin_column(attributes)
        elif name == "table-row-group":
            self._groups.append(attributes.get("display") == "false")
        elif name == "table":
            self._begin_table(attributes)
        elif name == "style":
            self._style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            self._hidden_styles.add(self._style)

    def _begin_table(self, attributes: Attributes) -> None:
        if self._in_cell:
            raise damaged()
        self._row, self._column, self._columns = 0, 0, 0
        notes = SheetNotes(len(self.sheets), self._findings)
        self.sheets.append((plain(attributes.get("name", "")), notes))
        if attributes.get("style-name") in self._hidden_styles or attributes.get("display") == "false":
            notes.refuse_in_sheet("a hidden sheet", "Show it and look at it, or delete it.")

    def _begin_column(self, attributes: Attributes) -> None:
        many = whole(attributes.get("number-columns-repeated"), 1)
        if attributes.get("visibility") in ("collapse", "filter"):
            self._notes().hide_columns(self._columns, self._columns + many - 1)
        self._columns += many

    def _begin_row(self, attributes: Attributes) -> None:
        self._column = 0
        self._rows = whole(attributes.get("number-rows-repeated"), 1)
        self._hidden_row = attributes.get("visibility") in ("collapse", "filter") or any(self._groups)

    def _begin_cell(self, attributes: Attributes, *, covered: bool) -> None:
        if self._in_cell:
            raise damaged()
        notes = self._notes()
        self._in_cell, self._size, self._blank = True, 0, True
        self._times = whole(attributes.get("number-columns-repeated"), 1)
        self._valued = attributes.get("value-type", "string") != "string" or "string-value" in attributes
        if "string-value" in attributes:
            self._size = len(attributes["string-value"])
        if "formula" in attributes:
            notes.refuse_cell(self._row, self._column, "a formula", "Copy the cells and paste them as values.")
        spans = (attributes.get("number-columns-spanned", "1"), attributes.get("number-rows-spanned", "1"))
        if covered or spans != ("1", "1"):
            notes.refuse_cell(self._row, self._column, "merged cells", "Undo the merging and fill every cell in.")

    def _end_cell(self) -> None:
        if self._size or self._valued or not self._blank:
            last_row = self._row + self._rows - 1
            last_column = self._column + self._times - 1
            # Standing often, a cell reaches out of the bounds before any copy of it is looked at.
            self._notes().check_bounds(last_row, last_column, self._size)
            for column in range(self._column, last_column + 1):
                self._notes().take(
                    self._row,
                    column,
                    size=self._size,
                    blank=self._blank and not self._valued,
                    hidden_row=self._hidden_row,
                    times=self._rows,
                )
        self._column += self._times
        self._in_cell = False

    def _notes(self) -> SheetNotes:
        if not self.sheets:
            raise damaged()
        return self.sheets[-1][1]

    def _refuse(self, what: str, mend: str) -> None:
        if self._in_cell:
            self._notes().refuse_cell(self._row, self._column, what, mend)
        elif self.sheets:
            self._notes().refuse_in_sheet(what, mend)
        else:
            self._findings.add(THE_FILE, what, mend)
