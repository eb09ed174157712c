"""Word documents: our template, or plain notes, read paragraph by paragraph.

The text is taken by our own walk through the document, because libraries leave out what stands in tracked changes,
content controls and text boxes without a word. Here each of these is either read or refused with its place.
"""

from collections import Counter
from typing import Any, BinaryIO

from services.intake.files import values
from services.intake.files.archives import Archive
from services.intake.files.columns import column_ids, plain
from services.intake.files.findings import THE_FILE, Findings
from services.intake.files.header import Header, contradicts, given
from services.intake.files.markup import Attributes, Walker, damaged, is_true, walk
from services.intake.files.office import check_types, refuse_parts
from services.intake.files.paragraphs import Notes, Paragraph, write_up
from services.intake.files.sheets import LARGEST_CELL
from services.intake.files.tables import READERS

_DOCUMENT = "word/document.xml"
_STYLES = "word/styles.xml"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MOVE = "Move what it says into a paragraph, and delete it."
_OTHER_PARTS = (
    ("word/comments", "comments", "Move what they say into paragraphs, or delete them."),
    ("word/embeddings", "embedded objects", "Delete them."),
    ("word/activeX", "controls", "Delete them."),
    ("word/diagrams", "a diagram", _MOVE),
    ("word/charts", "a chart", _MOVE),
    ("word/afchunk", "a document within the document", _MOVE),
)
_CHANGES = "Accept or reject all changes."
_REFUSED = {
    "ins": ("tracked changes", _CHANGES),
    "del": ("tracked changes", _CHANGES),
    "moveFrom": ("tracked changes", _CHANGES),
    "moveTo": ("tracked changes", _CHANGES),
    "commentReference": ("a comment", _MOVE),
    "txbxContent": ("a text box", _MOVE),
    "footnoteReference": ("a footnote or endnote", _MOVE),
    "endnoteReference": ("a footnote or endnote", _MOVE),
    "altChunk": ("a document within the document", _MOVE),
    "subDoc": ("a document within the document", _MOVE),
    "object": ("an embedded object", "Delete it."),
    "showingPlcHdr": ("a form field that was not filled in", "Fill it in, or delete it."),
}
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}
_TABLE_FIELDS = ("kind", "month", "areas", "role", "uses", "number_present", "group")
_HEADINGS = ("heading", "title", "subtitle")


def read_document(source: BinaryIO, header: Header) -> Notes:
    """Return the session of a Word document.

    Raises:
        InputRefused: not a document, damaged, or everything in it that can be neither read nor left out.
    """
    archive, findings = Archive(source), Findings()
    check_types(archive, _TYPE)
    refuse_parts(archive, _OTHER_PARTS, findings)
    styles = _Styles()
    if _STYLES in archive.names:
        walk(archive.pieces(_STYLES), styles)
    body = _Body(styles.headings, findings)
    walk(archive.pieces(_DOCUMENT), body)
    facts = given(header)
    if body.table is not None:
        _take_table(body.table, facts, header, findings)
    around = _Around()
    for name in sorted(archive.names):
        if name.startswith(("word/header", "word/footer")) and name.endswith(".xml"):
            walk(archive.pieces(name), around)
    told = [f"{count} {what} left out." for what, count in sorted(body.left_out.items())]
    if around.filled:
        told.append("Page headers and footers were left out.")
    return write_up(body.paragraphs, facts, tuple(told), findings)


def _take_table(rows: list[list[str]], facts: dict[str, Any], header: Header, findings: Findings) -> None:
    """Fill facts in from the first table: a field a row, its name in the first cell and the answer in the second."""
    seen: set[str] = set()
    for number, cells in enumerate(rows, start=1):
        place = f"{THE_FILE}, first table, row {number}"
        field = column_ids().get(plain(cells[0])) if cells else None
        if field not in _TABLE_FIELDS:
            if number > 1 and any(cell.strip() for cell in cells):
                findings.add(place, "a field that is not known", f"Known fields: {', '.join(_TABLE_FIELDS)}.")
            continue
        if field in seen:
            findings.add(place, f"the field {field} stands twice", "Keep one of the two.")
        seen.add(field)
        answer = cells[1] if len(cells) > 1 else ""
        if values.is_blank(answer):
            continue
        value = READERS[field](answer, place, findings)
        contradicts(field, value, header, place, findings)
        if value is not None:
            facts[field] = value


class _Styles(Walker):
    """The paragraph styles that are headings, by id."""

    def __init__(self) -> None:
        self.headings: set[str] = set()
        self._style = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "style":
            self._style = attributes.get("styleId", "")
        elif name == "name" and attributes.get("val", "").lower().startswith(_HEADINGS):
            self.headings.add(self._style)


class _Around(Walker):
    """Whether page headers and footers say anything."""

    def __init__(self) -> None:
        self.filled = False

    def text(self, text: str) -> None:
        self.filled = self.filled or bool(text.strip())


class _Body(Walker):
    """The body: paragraphs outside tables, and the first table if it is our template's."""

    def __init__(self, headings: set[str], findings: Findings) -> None:
        self._headings = headings
        self._findings = findings
        self.paragraphs: list[Paragraph] = []
        self.table: list[list[str]] | None = None
        self.left_out: Counter[str] = Counter()
        self._count = 0
        self._text: list[str] = []
        self._size = 0
        self._heading = False
        self._in_run = self._in_text = self._vanished = False
        self._fallback = 0
        self._tables = 0
        self._rows: list[list[str]] = []
        self._told: set[str] = set()

    @property
    def _place(self) -> str:
        return f"{THE_FILE}, table" if self._tables else f"{THE_FILE}, paragraph {self._count + 1}"

    def start(self, name: str, attributes: Attributes) -> None:
        if name in _REFUSED:
            self._refuse(*_REFUSED[name])
        elif name == "Fallback":
            self._fallback += 1
        elif name == "t":
            self._in_text = True
        elif name in _BREAKS:
            if self._in_run:
                self._add(_BREAKS[name])
        elif name == "r":
            self._in_run, self._vanished = True, False
        elif name == "p":
            self._begin_paragraph()
        else:
            self._take_other(name, attributes)

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "r":
            self._in_run = False
        elif name == "p":
            self._end_paragraph()
        elif name == "Fallback":
            self._fallback -= 1
        elif name == "tbl":
            self._end_table()

    def text(self, text: str) -> None:
        if self._in_text:
            if self._vanished and text.strip():
                self._refuse("hidden text", "Show it and look at it, or delete it.")
            self._add(text)

    def _take_other(self, name: str, attributes: Attributes) -> None:
        if name == "tbl":
            self._begin_table()
        elif name == "tr" and self._tables:
            self._rows.append([])
        elif name == "tc" and self._rows:
            self._rows[-1].append("")
        elif name == "pStyle":
            self._heading = attributes.get("val", "") in self._headings
        elif name == "vanish" and self._in_run:
            self._vanished = "val" not in attributes or is_true(attributes["val"])
        elif name in ("drawing", "pict") and not self._fallback:
            self.left_out["picture(s)"] += 1
        elif name == "sym":
            self.left_out["symbol(s) of a picture font"] += 1

    def _add(self, text: str) -> None:
        if self._fallback:
            return
        self._size += len(text)
        if self._size > LARGEST_CELL:
            self._findings.refuse(self._place, "too long for a paragraph", "Split the text by person or point.")
        self._text.append(text)

    def _begin_paragraph(self) -> None:
        if self._text and not self._tables:
            # A paragraph inside a paragraph is a text box, which was refused already.
            self._end_paragraph()
        self._heading = False

    def _end_paragraph(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        self._size = 0
        if self._tables:
            if self._rows and self._rows[-1]:
                before = self._rows[-1][-1]
                self._rows[-1][-1] = f"{before}\n{text}" if before else text
            elif text.strip():
                raise damaged()
            return
        if not text.strip():
            return
        if self._heading:
            self.left_out["heading(s)"] += 1
        else:
            self.paragraphs.append(Paragraph(self._place, text))
        self._count += 1

    def _begin_table(self) -> None:
        self._tables += 1
        if self._tables > 1:
            self._refuse(
                "a table within a table", "Write one paragraph for each point, or use the spreadsheet template."
            )
        else:
            self._rows = []

    def _end_table(self) -> None:
        self._tables -= 1
        if self._tables or not any(cell.strip() for row in self._rows for cell in row):
            return
        known = sum(bool(row) and column_ids().get(plain(row[0])) in _TABLE_FIELDS for row in self._rows)
        if self.table is None and not self.paragraphs and known > 1:
            self.table = self._rows
        else:
            self._refuse(
                "a table that is not our template's",
                "Write one paragraph for each point, or use the spreadsheet template.",
            )

    def _refuse(self, what: str, mend: str) -> None:
        """Note something that is refused, once for each place."""
        key = f"{self._place} {what}"
        if key not in self._told and len(self._told) < 1_000:  # noqa: PLR2004 - enough for any list that is shown
            self._told.add(key)
            self._findings.add(self._place, what, mend)
