"""Files of every format, made by hand so that a test can put anything into them."""

import io
import zipfile
from xml.sax.saxutils import escape

import docx

XLSX_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
DOCX_TYPES = XLSX_TYPES.replace("/xl/workbook.xml", "/word/document.xml").replace(
    "spreadsheetml.sheet.main", "wordprocessingml.document.main"
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def pack(parts: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, body in parts.items():
            packed.writestr(name, body)
    return out.getvalue()


def unpack(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as old:
        return {name: old.read(name) for name in old.namelist()}


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def sheet_rows(rows: list[list[str]]) -> str:
    return "".join(
        f'<row r="{number}">'
        + "".join(cell(f"{chr(65 + column)}{number}", text) for column, text in enumerate(row) if text)
        + "</row>"
        for number, row in enumerate(rows, start=1)
    )


def worksheet(rows: str, *, before: str = "", after: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}" xmlns:r="{LINK}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def workbook(sheets: dict[str, str], *, states: dict[str, str] | None = None, **more: str | bytes) -> bytes:
    """Return an XLSX file: sheets by name; ``more`` holds other parts, `__` for a slash and `_dot_` for a dot."""
    listed, links, parts = "", "", {}
    for number, (name, body) in enumerate(sheets.items(), start=1):
        state = f' state="{states[name]}"' if states and name in states else ""
        listed += f'<sheet name="{name}" sheetId="{number}"{state} r:id="r{number}"/>'
        links += f'<Relationship Id="r{number}" Type="{LINK}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        parts[f"xl/worksheets/sheet{number}.xml"] = body
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return pack(
        {
            "[Content_Types].xml": XLSX_TYPES,
            "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" Type="{LINK}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINK}"><sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">{links}</Relationships>',
            **parts,
            **{name.replace("__", "/").replace("_dot_", "."): body for name, body in more.items()},
        }
    )


def opendocument(tables: str, *, styles: str = "", scripts: str = "", **more: str | bytes) -> bytes:
    names = "".join(f' xmlns:{short}="{ODF}{short}:1.0"' for short in ("office", "table", "text", "style"))
    names += f' xmlns:draw="{ODF}drawing:1.0" xmlns:script="{ODF}script:1.0"'
    manifest = f'<m:manifest xmlns:m="{ODF}manifest:1.0"><m:file-entry m:full-path="/"/></m:manifest>'
    return pack(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names}>{scripts}'
            f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
            f"{tables}</office:spreadsheet></office:body></office:document-content>",
            "META-INF/manifest.xml": manifest,
            **{name.replace("__", "/").replace("_dot_", "."): body for name, body in more.items()},
        }
    )


def table(rows: list[list[str]], name: str = "Sheet1", *, attributes: str = "", before: str = "") -> str:
    lines = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            + "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
            + "</table:table-cell>"
            if text
            else "<table:table-cell/>"
            for text in row
        )
        + "</table:table-row>"
        for row in rows
    )
    return f'<table:table table:name="{name}"{attributes}>{before}{lines}</table:table>'


def word(body: str, **more: str | bytes) -> bytes:
    """Return a DOCX file with nothing but the given body."""
    return pack(
        {
            "[Content_Types].xml": DOCX_TYPES,
            "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>',
            **{name.replace("__", "/").replace("_dot_", "."): part for name, part in more.items()},
        }
    )


def paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def document(paragraphs: list[str], fields: dict[str, str] | None = None) -> bytes:
    """Return a DOCX file as a word processor's library writes it, with a table of fields in front if there are any."""
    made = docx.Document()
    if fields:
        grid = made.add_table(rows=0, cols=2)
        for name, answer in fields.items():
            cells = grid.add_row().cells
            cells[0].text, cells[1].text = name, answer
    for text in paragraphs:
        made.add_paragraph(text)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
