"""Reading files of a release back, each with a reader of its own: tables as rows of texts, never by our own code."""

import html
import io
import re
import zipfile
from html.parser import HTMLParser

import docx
import pypdf
import python_calamine


class _Tables(HTMLParser):
    """Collects the tables of a page: caption, then rows of cells."""

    def __init__(self):
        super().__init__()
        self.tables, self._cell = [], None

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.tables.append(("", []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in {"td", "th", "caption"}:
            self._cell = ""

    def handle_data(self, data):
        if self._cell is not None:
            self._cell += data

    def handle_endtag(self, tag):
        if tag == "caption":
            self.tables[-1] = (self._cell.strip(), self.tables[-1][1])
        elif tag in {"td", "th"}:
            self.tables[-1][1][-1].append(self._cell.strip())
        if tag in {"td", "th", "caption"}:
            self._cell = None


def tables_of_page(page):
    """Return [(caption, rows)] of a page, header row included."""
    reader = _Tables()
    reader.feed(page)
    return reader.tables


def tables_of_paper(content):
    """Return [(caption, rows)] of a Word document."""
    document = docx.Document(io.BytesIO(content))
    found, before = [], ""
    for block in document.iter_inner_content():
        if isinstance(block, docx.table.Table):
            found.append((before, [[cell.text for cell in row.cells] for row in block.rows]))
        elif block.text:
            before = block.text
    return found


def sheets_of(content):
    """Return {sheet: (title, rows of its table)} of a workbook; figures are numbers, all else text."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = {}
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        sheets[name] = (rows[0][0], [_trimmed(row) for row in rows[4:]])
    return sheets


def _trimmed(row):
    return [int(cell) if isinstance(cell, float) else cell for cell in row if cell != ""]


def parts_of(content):
    """Return the parts of an Office file as text by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


def words_of_pdf(content):
    """Return the text of a PDF, word by word, in the order in which it is drawn."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    return " ".join(page.extract_text() for page in reader.pages).split()


def tags_of_pdf(content):
    """Return the catalogue of a PDF and every element of its structure, in order."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    catalogue = reader.trailer["/Root"]
    found = []

    def walk(node):
        node = node.get_object()
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(node)
            if "/K" in node:
                walk(node["/K"])

    walk(catalogue["/StructTreeRoot"])
    return reader, catalogue, found


def text_of_page(page):
    """Return what a page says, without its tags, white space made plain."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))
