"""The form of each file: accessible structure, nothing that runs, everything of the page, the same bytes each time."""

import hashlib
import io
import re
import subprocess
import sys
import zipfile
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

import docx
import msgspec
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from printed import parts_of, sheets_of, tables_of_paper, tags_of_pdf, words_of_pdf

from services.errors import NotInstalled
from services.reporter.outputs import document
from services.reporter.outputs.archive import settle
from services.reporter.outputs.document import pdf_bytes, print_html
from services.reporter.outputs.edition import Edition, passages_of
from services.reporter.outputs.formats import FORMATS
from services.reporter.outputs.grids import grid_of
from services.reporter.outputs.paper import docx_bytes
from services.reporter.outputs.tidy import csv_bytes
from services.reporter.outputs.workbook import FIRST_TABLE_ROW, xlsx_bytes
from services.reporter.release import ReleaseCell, ReleaseDimension, ReleaseTable
from services.web.charts import Chart
from services.web.contexts import ApprovedSentence, Report, Section, Table, TableRow

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HOSTILE = ("=1+1", "+44", "-1", "@sum(A1)", '<b>bold</b> & "quoted"', "=HYPERLINK('x')", "{=A1}", "https://a.example")


@pytest.fixture(scope="module")
def hostile(edition):
    """An edition whose every text might be taken for a formula, for markup or for a link."""
    table = Table("=caption", ("=Subject", "+People"), tuple(TableRow(text, (10, None)[:1]) for text in HOSTILE))
    sentences = tuple(ApprovedSentence(text, "@source") for text in HOSTILE)
    section = Section("hostile", "=finding", HOSTILE, None, table, sentences)
    page = Report("=heading", "+area", "1 July 2025", 2, HOSTILE, (section,), HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    return Edition(edition.body, page, "2025-07-01")


@pytest.fixture(scope="module")
def paper(edition):
    return docx.Document(io.BytesIO(docx_bytes(edition)))


@pytest.fixture(scope="module")
def workbook(edition):
    return xlsx_bytes(edition)


# --- everything of the page is in every file ---


def texts_of(value):
    """Yield every text that a reader of the page meets, however the page's model grows."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from texts_of(each)
    elif is_dataclass(value) and not isinstance(value, Chart):
        unseen = {"name", "back", "sources", "downloads", "ways"}
        for field in fields(value):
            if field.name not in unseen:
                yield from texts_of(getattr(value, field.name))


def marked(value, marks):
    """Return a copy of a page in which every text is a mark of its own, so that none stands in for another."""
    if isinstance(value, str):
        marks.append(f"mark{len(marks):04}x")
        return marks[-1]
    if isinstance(value, tuple):
        return tuple(marked(each, marks) for each in value)
    if is_dataclass(value) and not isinstance(value, Chart):
        kept = {"name", "back", "downloads", "ways", "sources"}
        return replace(
            value,
            **{each.name: marked(getattr(value, each.name), marks) for each in fields(value) if each.name not in kept},
        )
    return value


@pytest.fixture(scope="module")
def marks_and_edition(edition):
    page = replace(
        edition.page,
        changes=("changed",),
        not_heard=("unheard",),
        withheld=("withheld",),
        version=2,
        sections=tuple(
            replace(each, table=None if each.table is None else replace(each.table, sources=()))
            for each in edition.page.sections
        ),
    )
    marks = []
    return marks, Edition(edition.body, marked(page, marks), edition.published_on)


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pdf", "print"])
def test_every_text_of_the_page_reaches_every_file(kind, marks_and_edition, pango):
    marks, edition = marks_and_edition
    told = {
        "docx": lambda: " ".join(parts_of(docx_bytes(edition)).values()),
        "xlsx": lambda: " ".join(parts_of(xlsx_bytes(edition)).values()),
        "pdf": lambda: "".join(words_of_pdf(pdf_bytes(edition))),
        "print": lambda: print_html(edition),
    }[kind]()
    assert len(marks) > 60
    assert [mark for mark in marks if mark not in told] == []


def test_passages_keep_the_order_of_the_page_and_leave_out_what_is_empty(edition):
    page = replace(edition.page, changes=(), not_heard=(), citation="")
    names = [passage.name for passage in passages_of(page)]
    assert names[0] == "in-short"
    assert names[1:-2] == [section.name for section in page.sections]
    assert names[-2:] == ["withheld", "made"]


# --- the committee paper ---


def test_the_paper_has_a_title_headings_and_a_language(paper, edition):
    styles = [paragraph.style.name for paragraph in paper.paragraphs]
    assert styles[0] == "Title"
    headings = [each.text for each in paper.paragraphs if each.style.name == "Heading 1"]
    assert headings == ["Contents", *(passage.heading for passage in passages_of(edition.page))]
    assert paper.core_properties.title == edition.page.heading
    assert paper.core_properties.language == "en-GB"
    assert paper.core_properties.comments == ""
    assert paper.core_properties.created.date().isoformat() == edition.published_on
    assert 'w:lang w:val="en-GB"' in parts_of(docx_bytes(edition))["word/styles.xml"]


def test_each_line_of_its_contents_leads_to_its_heading(paper):
    links = list(paper.element.iter(f"{W}hyperlink"))
    marks = {each.get(f"{W}name"): each.getparent() for each in paper.element.iter(f"{W}bookmarkStart")}
    assert len(links) == len(marks)
    for link in links:
        heading = "".join(text.text for text in marks[link.get(f"{W}anchor")].iter(f"{W}t"))
        assert "".join(text.text for text in link.iter(f"{W}t")) == heading
    kinds = [each.get(f"{W}fldCharType") for each in paper.element.iter(f"{W}fldChar")]
    assert kinds == ["begin", "separate", "end"]


def test_each_of_its_tables_says_which_row_and_column_are_headings(paper):
    assert paper.tables
    for table in paper.tables:
        first, *others = table.rows
        assert first._tr.find(f"{W}trPr/{W}tblHeader") is not None
        assert all(row._tr.find(f"{W}trPr/{W}tblHeader") is None for row in others)
        properties = table._tbl.tblPr
        assert properties.find(f"{W}tblCaption").get(f"{W}val")
        assert "rows" in properties.find(f"{W}tblDescription").get(f"{W}val")
        look = properties.find(f"{W}tblLook")
        assert (look.get(f"{W}firstRow"), look.get(f"{W}firstColumn")) == ("1", "1")


def test_the_parts_of_a_tables_properties_stand_in_the_order_that_the_form_asks_for(paper):
    order = [
        *("tblStyle", "tblpPr", "tblW", "jc", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook"),
        *("tblCaption", "tblDescription"),
    ]
    for table in paper.tables:
        names = [child.tag.removeprefix(W) for child in table._tbl.tblPr]
        assert names == sorted(names, key=order.index)


def test_the_paper_holds_no_picture_without_words_and_no_macro(edition):
    names = parts_of(docx_bytes(edition))
    assert not [name for name in names if "media/" in name or "vba" in name.lower() or "embeddings" in name]


# --- the spreadsheet ---


def test_the_spreadsheet_has_a_cover_contents_notes_and_one_table_a_sheet(workbook, edition):
    sheets = sheets_of(workbook)
    names = list(sheets)
    assert names[:3] == ["Cover", "Contents", "Notes"]
    assert names[3:] == [f"Table {number}" for number in range(1, len(names) - 2)]
    assert sheets["Cover"][0] == edition.page.heading
    listed = [row[0] for row in sheets["Contents"][1][1:]]
    assert listed == names[2:]
    parts = parts_of(workbook)
    tables = [name for name in parts if name.startswith("xl/tables/")]
    assert len(tables) == len(names) - 1
    for number in range(2, len(names) + 1):
        sheet = parts[f"xl/worksheets/sheet{number}.xml"]
        assert sheet.count("<tablePart ") == 1
    assert "<tablePart " not in parts["xl/worksheets/sheet1.xml"]


def test_its_tables_have_a_marked_header_row_names_of_their_own_and_words_for_the_blind(workbook):
    roots = [ElementTree.fromstring(text) for name, text in parts_of(workbook).items() if name.startswith("xl/tables/")]
    assert len({root.get("displayName") for root in roots}) == len(roots)
    for root in roots:
        assert root.get("headerRowCount", "1") == "1"
        first = re.match(r"A(\d+):", root.get("ref"))
        assert int(first[1]) == FIRST_TABLE_ROW + 1
        columns = [each.get("name") for each in root.iter() if each.tag.endswith("tableColumn")]
        assert len({name.casefold() for name in columns}) == len(columns)
        assert not [each for each in root.iter() if each.tag.endswith("autoFilter")]


def test_the_spreadsheet_has_its_title_no_merged_cell_and_no_formula(workbook, edition):
    parts = parts_of(workbook)
    assert f"<dc:title>{edition.page.heading}</dc:title>" in parts["docProps/core.xml"]
    for name, text in parts.items():
        if name.startswith("xl/worksheets/"):
            assert "<f>" not in text
            assert "<f " not in text
            assert "mergeCell" not in text


def test_a_table_that_the_body_does_not_hold_gets_a_sheet_of_its_own(edition):
    extra = Table("Recommendations by state", ("State", "Number"), (TableRow("Accepted", ("3 of 5",)),))
    page = replace(edition.page, sections=(*edition.page.sections, Section("loop", "What came of it", table=extra)))
    sheets = sheets_of(xlsx_bytes(replace(edition, report=page)))
    assert ("Recommendations by state", [["State", "Number"], ["Accepted", "3 of 5"]]) in sheets.values()


def test_a_table_over_three_dimensions_is_printed_one_row_a_cell(body):
    cells = (ReleaseCell({"role": "survivor", "sector": "police"}, 15, ""), ReleaseCell({}, None, "[c]"))
    table = ReleaseTable("three", "Three", "people", ("role", "area", "sector"), cells)
    grid = grid_of(body, table)
    assert grid.columns == ("Role", "Area spoken of", "Service", "People")
    assert grid.rows == (("Survivor", "Any area", "Police", 15), ("Everyone", "Any area", "Any service", "[c]"))


def test_values_that_no_list_knows_are_said_plainly_and_told_apart(body):
    ages = ReleaseDimension("age_band", "additive", "all", {"all": ("under_18", "18_24", "65_plus", "Under_18")}, True)
    other = msgspec.structs.replace(body, dimensions=(ages, body.dimensions[0], *body.dimensions[1:]))
    cells = tuple(
        ReleaseCell({"age_band": age, "role": role}, None, "[c]")
        for role in ("survivor", "practitioner", "community", "family_friend", "x")
        for age in ("under_18", "18_24", "65_plus", "Under_18")
    )
    grid = grid_of(other, ReleaseTable("ages", "By age", "people", ("role", "age_band"), cells))
    assert grid.columns == ("Role", "Under 18", "18 to 24", "65 and over", "Under 18 (2)")
    assert grid.rows[-1][0] == "X"


# --- nothing runs ---


@pytest.mark.parametrize("name", ["report.docx", "figures.xlsx"])
def test_hostile_text_stays_text_in_office_files(name, hostile):
    content = FORMATS[name].write(hostile)
    for part, text in parts_of(content).items():
        if part.endswith((".xml", ".rels")):
            ElementTree.fromstring(text)
            assert "<f>" not in text
            assert "http://a.example" not in text
    if name == "report.docx":
        ((caption, rows),) = tables_of_paper(content)
        assert (caption, [row[0] for row in rows[1:]]) == ("=caption", list(HOSTILE))
        assert 'TargetMode="External"' not in "".join(parts_of(content).values())
    else:
        sheets = sheets_of(content)
        assert sheets["Cover"][0] == "=heading"
        rows = next(rows for title, rows in sheets.values() if title == "=caption")
        assert rows == [["=Subject", "+People"], *([text, 10] for text in HOSTILE)]


def test_hostile_text_stays_text_on_paper_and_in_the_pdf(hostile, pango):
    assert "<b>bold" not in print_html(hostile)
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; &#34;quoted&#34;" in print_html(hostile)
    content = pdf_bytes(hostile)
    assert "=HYPERLINK('x')" in words_of_pdf(content)
    catalogue = pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert not {"/AA", "/OpenAction", "/AcroForm"} & set(catalogue)
    assert b"/JavaScript" not in content


def test_numbers_in_the_csv_file_are_never_guarded(body):
    odd = msgspec.structs.replace(body.tables[0], cells=(ReleaseCell({}, 15, ""), ReleaseCell({}, None, "[c]")))
    lines = csv_bytes(msgspec.structs.replace(body, tables=(odd,))).decode().splitlines()
    assert [line.rsplit(",", 1)[1] for line in lines] == ["value", "15", "[c]"]


# --- the PDF ---


def test_the_pdf_is_tagged_and_says_what_it_is(edition, pango):
    reader, catalogue, found = tags_of_pdf(pdf_bytes(edition))
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "en-GB"
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == edition.page.heading
    assert b'pdfuaid:part="1"' in reader.xmp_metadata.stream.get_data()
    kinds = [each["/S"] for each in found]
    assert kinds[0] == "/Document"
    headings = [kind for kind in kinds if re.fullmatch(r"/H\d", kind)]
    assert headings == ["/H1", "/H2", *["/H2"] * len(passages_of(edition.page))]
    assert len(reader.outline) >= 1


def test_every_chart_in_the_pdf_has_its_words(edition, pango):
    _, _, found = tags_of_pdf(pdf_bytes(edition))
    told = [each["/Alt"] for each in found if each["/S"] == "/Figure"]
    charts = [section.chart for section in edition.page.sections if section.chart is not None]
    assert told == [f"{chart.title}. {chart.description}" for chart in charts]
    assert len(told) >= 2


def test_every_cell_of_its_tables_names_the_headings_it_belongs_to(edition, pango):
    _, _, found = tags_of_pdf(pdf_bytes(edition))
    heads = {each["/ID"] for each in found if each["/S"] == "/TH"}
    cells = [each for each in found if each["/S"] == "/TD"]
    assert cells
    for cell in cells:
        named = cell["/A"]["/Headers"]
        assert len(named) == 2
        assert set(named) <= heads


def test_every_page_of_the_pdf_keeps_the_order_of_its_tags_and_embeds_its_letters(edition, pango):
    reader, _, _ = tags_of_pdf(pdf_bytes(edition))
    for page in reader.pages:
        assert page["/Tabs"] == "/S"
        for font in page["/Resources"]["/Font"].values():
            (inner,) = font.get_object()["/DescendantFonts"]
            assert {"/FontFile2", "/FontFile3"} & set(inner.get_object()["/FontDescriptor"])


def test_the_page_for_paper_asks_for_nothing_from_elsewhere(edition):
    page = print_html(edition)
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"<(link|img|script|iframe)", page)
    with pytest.raises(ValueError, match="nothing from elsewhere"):
        document._fetch_nothing("https://a.example")


@pytest.mark.parametrize("missing", [OSError("cannot load library"), ImportError("no module")])
def test_without_its_library_the_pdf_says_what_to_install(edition, monkeypatch, missing):
    def refuse(_name):
        raise missing

    monkeypatch.setattr(document.importlib, "import_module", refuse)
    with pytest.raises(NotInstalled, match=r"libpango-1\.0-0"):
        pdf_bytes(edition)


# --- the same bytes each time ---


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "report.pdf"])
def test_the_same_edition_gives_the_same_bytes(name, edition):
    assert FORMATS[name].write(edition) == FORMATS[name].write(edition)


def test_the_same_edition_gives_the_same_bytes_in_another_process(edition, pango):
    code = (
        "import sys,hashlib,released;"
        "from services.reporter.outputs.formats import FORMATS;"
        "edition=released.edition_of(released.compose());"
        "print([hashlib.sha256(kind.write(edition)).hexdigest() for kind in FORMATS.values()])"
    )
    support, root = str(Path(__file__).parents[2] / "support"), str(Path(__file__).parents[3])
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": f"{support}:{root}", "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert told.strip() == str([hashlib.sha256(kind.write(edition)).hexdigest() for kind in FORMATS.values()])


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.xml", fullmatch=True), st.binary(max_size=40), min_size=1)
)
def test_a_settled_archive_holds_the_same_parts_whatever_their_order_and_hour(parts):
    def archive(names, year):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as written:
            for name in names:
                written.writestr(zipfile.ZipInfo(name, (year, 1, 2, 3, 4, 6)), parts[name])
        return content.getvalue()

    settled = settle(archive(sorted(parts), 2001))
    assert settled == settle(archive(sorted(parts, reverse=True), 2020))
    with zipfile.ZipFile(io.BytesIO(settled)) as read:
        assert {name: read.read(name) for name in read.namelist()} == parts


# --- names ---


def test_file_names_say_nothing_of_the_subject():
    assert list(FORMATS) == ["report.docx", "report.pdf", "figures.xlsx", "figures.csv", "figures.json"]
