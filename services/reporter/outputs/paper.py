"""The committee paper: a Word document of the page, with real headings, real tables and a list of contents.

Charts are left out: each stands beside the table of the same numbers, and the table is what this paper prints.
"""

import datetime
import io
from collections.abc import Sequence
from typing import Any, Final

from services.reporter.outputs.archive import settle
from services.reporter.outputs.edition import Edition, Passage, passages_of, published_line
from services.web.charts import show_value
from services.web.contexts import ApprovedSentence, Table

_LANGUAGE: Final = "en-GB"
_FONT: Final = "Arial"
_INK: Final = "0B0C0C"
_SHADE: Final = "F5F3F8"
_RULE: Final = "8F7FA6"
_WIDTH: Final = 16.6
"""Between the margins, in centimetres."""
_LEAST_WORDS: Final = 3.2
_TABLE_PARTS: Final = (
    "tblStyle", "tblW", "jc", "tblInd", "tblBorders", "tblLayout", "tblLook", "tblCaption", "tblDescription",
)  # fmt: skip


def docx_bytes(edition: Edition) -> bytes:
    """Return the document; the same edition gives the same bytes."""
    from docx import Document

    document = Document()
    _dress(document)
    _describe(document, edition)
    report = edition.page
    document.add_heading(report.heading, level=0)
    document.add_paragraph(published_line(report))
    passages = passages_of(report)
    document.add_heading("Contents", level=1)
    for number, passage in enumerate(passages):
        _contents_line(document, passage.heading, number, last=number == len(passages) - 1)
    for number, passage in enumerate(passages):
        _write(document, passage, number)
    _number_pages(document, report.heading)
    content = io.BytesIO()
    document.save(content)
    return settle(content.getvalue())


def _write(document: Any, passage: Passage, number: int) -> None:
    _bookmark(document.add_heading(passage.heading, level=1), number)
    for text in passage.paragraphs:
        document.add_paragraph(text).paragraph_format.keep_with_next = passage.table is not None
    for text in passage.points:
        document.add_paragraph(text, style="List Bullet")
    if passage.explained:
        document.add_paragraph(passage.explained).paragraph_format.keep_with_next = True
    if passage.table is not None:
        _write_table(document, passage.table)
    for sentence in passage.sentences:
        _write_sentence(document, sentence)


def _write_sentence(document: Any, sentence: ApprovedSentence) -> None:
    words = document.add_paragraph(sentence.text, style="Quote")
    words.paragraph_format.keep_with_next = True
    document.add_paragraph(sentence.source, style="Source")


def _write_table(document: Any, table: Table) -> None:
    """Write a table with its caption above; its first row is marked as the header and repeats on each page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    caption = document.add_paragraph(table.caption, style="Caption")
    caption.paragraph_format.keep_with_next = True
    columns = len(table.columns)
    written = document.add_table(rows=1 + len(table.rows), cols=columns, style="Table Grid")
    _mark_table(written, table)
    texts = [*table.columns, *(text for row in table.rows for text in (row.heading, *map(_told, row.cells)))]
    figures = {at for at in range(1, columns) if not any(isinstance(row.cells[at - 1], str) for row in table.rows)}
    heading, plain = (document.styles[name].style_id for name in ("Table Heading", "Table Text"))
    widths = _widths(table.columns)
    # One look at all cells, and styles by id: python-docx looks both up anew each time it is asked.
    for number, (cell, text) in enumerate(zip(written._cells, texts, strict=True)):  # noqa: SLF001 - the only list of all
        row, column = divmod(number, columns)
        paragraph = cell.paragraphs[0]
        paragraph._p.style = plain if row else heading  # noqa: SLF001 - as above
        paragraph.add_run(text)
        if column in figures:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        cell.width = widths[column]
    for column, width in zip(written.columns, widths, strict=True):
        column.width = width
    written.autofit = False
    _mark_header(written.rows[0])
    _mark_rows(written)
    document.add_paragraph(style="After Table")
    if table.left_out:
        document.add_paragraph(f"No figure can be shown for: {'; '.join(table.left_out)}.")


def _told(cell: int | str | None) -> str:
    return cell if isinstance(cell, str) else show_value(cell)


def _dress(document: Any) -> None:
    """Set the styles: one typeface, dark ink, plain rules, British English."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Cm, Pt, RGBColor

    styles = document.styles
    for section in document.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.2)
    sizes = {"Normal": 11, "Title": 22, "Heading 1": 15, "Caption": 11, "Quote": 11}
    for name, size in sizes.items():
        style = styles[name]
        style.font.name, style.font.size = _FONT, Pt(size)
        style.font.color.rgb = RGBColor.from_string(_INK)
        style.font.italic = False
        _set_every_typeface(style)
    styles["Normal"].paragraph_format.space_after = Pt(8)
    styles["Heading 1"].paragraph_format.space_before = Pt(20)
    styles["Heading 1"].paragraph_format.space_after = Pt(6)
    styles["Caption"].font.bold = True
    styles["Quote"].paragraph_format.left_indent = Cm(0.8)
    styles["Quote"].paragraph_format.space_after = Pt(2)
    for name, size, after in (
        ("Table Text", 10, 2),
        ("Table Heading", 9, 2),
        ("After Table", 6, 4),
        ("Source", 10, 10),
        ("Contents Line", 11, 3),
    ):
        added = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        added.base_style = styles["Normal"]
        added.font.size = Pt(size)
        added.paragraph_format.space_after = Pt(after)
    styles["Table Heading"].font.bold = True
    styles["Table Text"].paragraph_format.space_before = Pt(2)
    styles["Source"].paragraph_format.left_indent = Cm(0.8)
    styles["Title"].font.bold = True
    _plain_title(styles["Title"])


def _describe(document: Any, edition: Edition) -> None:
    """Set title, language and dates; no person is named and no clock is read."""
    from docx.oxml.ns import qn

    day = datetime.datetime.fromisoformat(edition.published_on)
    about = document.core_properties
    about.title, about.author, about.last_modified_by = edition.page.heading, edition.page.area, edition.page.area
    about.subject = published_line(edition.page)
    about.comments, about.keywords, about.language, about.revision = "", "", _LANGUAGE, edition.page.version
    about.created = about.modified = day
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    language = defaults.find(qn("w:lang"))
    if language is None:
        language = _element("w:lang")
        defaults.append(language)
    language.set(qn("w:val"), _LANGUAGE)


def _element(tag: str, /, **attributes: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _set_every_typeface(style: Any) -> None:
    from docx.oxml.ns import qn

    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for kind in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{kind}"), _FONT)


def _plain_title(style: Any) -> None:
    from docx.oxml.ns import qn

    properties = style.element.get_or_add_pPr()
    border = properties.find(qn("w:pBdr"))
    if border is not None:
        properties.remove(border)


def _bookmark(heading: Any, number: int) -> None:
    """Mark a heading so that the list of contents can lead to it."""
    heading._p.insert(1, _element("w:bookmarkStart", id=str(number), name=f"part_{number}"))  # noqa: SLF001 - python-docx has no bookmarks of its own
    heading._p.append(_element("w:bookmarkEnd", id=str(number)))  # noqa: SLF001 - as above


def _contents_line(document: Any, text: str, number: int, *, last: bool) -> None:
    """Write one line of the contents: a link, inside a field that word processors can renew."""
    paragraph = document.add_paragraph(style="Contents Line")
    if number == 0:
        for kind in ("begin", None, "separate"):
            _field_part(paragraph, kind, r' TOC \o "1-1" \h \z \n ')
    link = _element("w:hyperlink", anchor=f"part_{number}", history="1")
    run = paragraph.add_run(text)
    paragraph._p.append(link)  # noqa: SLF001 - python-docx reads links but does not write them
    link.append(run._r)  # noqa: SLF001 - as above
    if last:
        _field_part(paragraph, "end", "")


def _field_part(paragraph: Any, kind: str | None, instruction: str) -> None:
    run = paragraph.add_run()
    if kind is not None:
        run._r.append(_element("w:fldChar", fldCharType=kind))  # noqa: SLF001 - fields are written by hand
        return
    code = _element("w:instrText")
    code.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    code.text = instruction
    run._r.append(code)  # noqa: SLF001 - as above


def _number_pages(document: Any, heading: str) -> None:
    footer = document.sections[0].footer.paragraphs[0]
    footer.add_run(f"{heading}, page ")
    for kind, code in (("begin", ""), (None, " PAGE "), ("separate", ""), ("text", ""), ("end", "")):
        if kind == "text":
            footer.add_run("1")
        else:
            _field_part(footer, kind, code)


def _mark_table(written: Any, table: Table) -> None:
    """Give the table its title and words for those who do not see it, and say which row and column are headings."""
    from docx.oxml.ns import qn

    properties = written._tbl.tblPr  # noqa: SLF001 - python-docx has no titles of tables
    look = properties.find(qn("w:tblLook"))
    if look is not None:
        properties.remove(look)
    properties.append(
        _element("w:tblLook", val="00A0", firstRow="1", lastRow="0", firstColumn="1", lastColumn="0", noHBand="1")
    )
    properties.append(_element("w:tblCaption", val=table.caption))
    properties.append(_element("w:tblDescription", val=f"Columns: {', '.join(table.columns)}. {len(table.rows)} rows."))


def _mark_header(row: Any) -> None:
    row._tr.get_or_add_trPr().append(_element("w:tblHeader"))  # noqa: SLF001 - python-docx has no header rows
    for cell in row.cells:
        cell._tc.get_or_add_tcPr().append(_element("w:shd", val="clear", color="auto", fill=_SHADE))  # noqa: SLF001 - nor shading


def _mark_rows(written: Any) -> None:
    for row in written.rows:
        row._tr.get_or_add_trPr().insert(0, _element("w:cantSplit"))  # noqa: SLF001 - rows that stay whole
    borders = _element("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = "single" if side in {"top", "bottom", "insideH"} else "nil"
        borders.append(_element(f"w:{side}", val=line, sz="4", space="0", color=_RULE))
    properties = written._tbl.tblPr  # noqa: SLF001 - rules of a table
    properties.append(borders)
    # The form fixes the order of these; word processors mend another one, or refuse the file.
    properties[:] = sorted(properties, key=lambda part: _TABLE_PARTS.index(part.tag.rpartition("}")[2]))


def _widths(names: Sequence[str]) -> list[Any]:
    """Return each column's width: room for the longest word of a figure's heading, and the rest for a row's words."""
    from docx.shared import Cm

    figures = [max(1.7, 0.42 + 0.2 * max(map(len, name.split()), default=0)) for name in names[1:]]
    shrunk = min(1.0, (_WIDTH - _LEAST_WORDS) / sum(figures)) if figures else 1.0
    return [Cm(_WIDTH - shrunk * sum(figures)), *(Cm(shrunk * width) for width in figures)]
