"""Excel workbooks: plain rows are read, and whatever a reader would drop or invent is refused with its place."""

import io

import pytest
import xlsxwriter

ROWS = [["text", "person"], ["A light at the bus stop.", "1"], ["A bench.", "2"]]


@pytest.fixture
def book(files):
    """Return a workbook of one sheet with the usual rows."""

    def made(rows=None, *, before="", after="", **more):
        body = files.sheet_rows(ROWS) if rows is None else rows
        return files.workbook({"Notes": files.worksheet(body, before=before, after=after)}, **more)

    return made


def test_a_plain_sheet_is_read_with_its_rows(read, texts, book):
    found = read("xlsx", book())
    assert texts(found) == [["A light at the bus stop.", "A bench."]]
    assert found.places == (("the file, row 2", "the file, row 3"),)


def test_a_workbook_of_a_library_is_read_with_dates_and_numbers(read):
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = made.add_worksheet("Amina")
    sheet.write_row(2, 1, ["text", "month", "seat", "number present", "group"])
    sheet.write_row(4, 1, ["A light."])
    sheet.write_datetime(4, 2, __import__("datetime").datetime(2025, 3, 14), made.add_format({"num_format": "mmm-yy"}))
    sheet.write_row(4, 3, [4, 8.0, "g-1"])
    made.close()
    found = read("xlsx", out.getvalue(), kind="workshop", role="survivor", uses=("count",))
    session = found.submissions[0]
    assert (session.month, session.number_present, session.contributions[0].seat) == ("2025-03", 8, 4)
    assert found.places == (("the file, row 5",),)
    assert "Amina" not in repr(found)


def test_a_column_is_named_by_its_letter_even_when_the_first_is_empty(refused, files, book):
    rows = f'<row r="1">{files.cell("B1", "text")}{files.cell("C1", "shoe size")}</row>'
    assert refused("xlsx", book(rows))[0].place == "the file, row 1, column C"


@pytest.mark.parametrize(
    "value", ['<c r="B2" t="b"><v>1</v></c>', '<c r="B2" t="d"><v>2025-03-01</v></c>', '<c r="B2"><v>1.5</v></c>']
)
def test_a_value_of_another_kind_than_the_column_is_refused(refused, files, book, value):
    rows = files.sheet_rows(ROWS[:1]) + f'<row r="2">{files.cell("A2", "A light.")}{value}</row>'
    (finding,) = refused("xlsx", book(rows))
    assert finding.place == "the file, row 2, column B"


def test_a_date_where_words_should_stand_is_refused(refused, files, book):
    rows = files.sheet_rows([["text"]]) + '<row r="2"><c r="A2" t="d"><v>2025-03-01</v></c></row>'
    assert "a date or time where words" in refused("xlsx", book(rows))[0].rule


def test_rich_and_shared_texts_are_read_without_their_phonetic_help(read, texts, files):
    shared = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="2" uniqueCount="2">'
        '<si><t>text</t></si><si><r><t>A light</t></r><r><t xml:space="preserve"> here.</t></r>'
        '<rPh sb="0" eb="1"><t>help</t></rPh></si></sst>'
    )
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
    found = read("xlsx", files.workbook({"A": files.worksheet(rows)}, xl__sharedStrings_dot_xml=shared))
    assert texts(found) == [["A light here."]]


def test_line_ends_that_excel_writes_in_its_own_way_are_line_ends(read, texts, files, book):
    rows = files.sheet_rows([["text"], ["one_x000D_\ntwo"]])
    assert texts(read("xlsx", book(rows))) == [["one\ntwo"]]


def test_a_hidden_row_is_refused_when_something_stands_in_it(refused, read, files, book):
    rows = files.sheet_rows(ROWS).replace('<row r="3">', '<row r="3" hidden="1">')
    assert [(each.place, each.rule) for each in refused("xlsx", book(rows))] == [
        ("the file, row 3", "a hidden row with something in it")
    ]
    empty = files.sheet_rows(ROWS) + '<row r="4" hidden="1"><c r="A4" s="0"/></row>'
    assert len(read("xlsx", book(empty)).submissions[0].contributions) == 2


@pytest.mark.parametrize("way", ['ht="0"', 'hidden="true"'])
def test_a_row_can_be_hidden_in_other_ways(refused, files, book, way):
    rows = files.sheet_rows(ROWS).replace('<row r="2">', f'<row r="2" {way}>')
    assert refused("xlsx", book(rows))[0].place == "the file, row 2"


def test_rows_hidden_by_default_are_refused(refused, book):
    assert "hidden row" in refused("xlsx", book(before='<sheetFormatPr zeroHeight="1"/>'))[0].rule


@pytest.mark.parametrize("way", ['hidden="1"', 'width="0"'])
def test_a_hidden_column_is_refused_when_something_stands_in_it(refused, read, book, way):
    findings = refused("xlsx", book(before=f'<cols><col min="2" max="2" {way}/></cols>'))
    assert findings[0].place == "the file, row 1, column B"
    assert findings[0].rule == "a hidden column with something in it"
    assert read("xlsx", book(before=f'<cols><col min="3" max="16384" {way}/></cols>')).submissions


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_refused_by_its_number_and_not_its_name(refused, files, state):
    sheets = {"Notes": files.worksheet(files.sheet_rows(ROWS)), "Amina": files.worksheet("")}
    (finding,) = refused("xlsx", files.workbook(sheets, states={"Amina": state}))
    assert (finding.place, finding.rule) == ("the file, sheet 2", "a hidden sheet")


def test_two_filled_sheets_are_refused_and_an_empty_one_is_not(refused, read, files):
    filled, empty = files.worksheet(files.sheet_rows(ROWS)), files.worksheet("")
    (finding,) = refused("xlsx", files.workbook({"A": filled, "B": empty, "C": filled}))
    assert finding.rule == "more than one filled sheet (1, 3)"
    assert read("xlsx", files.workbook({"A": empty, "B": filled})).submissions


def test_a_sheet_of_allowed_values_is_left_alone_and_that_is_said(read, files):
    sheets = {
        "A": files.worksheet(files.sheet_rows(ROWS)),
        "Allowed values": files.worksheet(files.sheet_rows([["x"]])),
    }
    assert read("xlsx", files.workbook(sheets)).notes == ("The sheet of allowed values was not read.",)


def test_merged_cells_are_refused_with_their_range(refused, book):
    (finding,) = refused("xlsx", book(after='<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'))
    assert (finding.place, finding.rule) == ("the file, cells A2:A3", "merged cells")


def test_a_formula_is_refused_even_with_a_result(refused, files, book):
    rows = files.sheet_rows(ROWS[:1]) + '<row r="2"><c r="A2" t="str"><f>B2&amp;""</f><v>A light.</v></c></row>'
    (finding,) = refused("xlsx", book(rows))
    assert (finding.place, finding.rule) == ("the file, row 2, column A", "a formula")


def test_an_error_in_a_cell_is_refused(refused, files, book):
    rows = files.sheet_rows(ROWS) + '<row r="4"><c r="A4" t="e"><v>#REF!</v></c></row>'
    assert refused("xlsx", book(rows))[0].rule == "an error in place of a value"


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ("xl__comments1_dot_xml", "comments"),
        ("xl__threadedComments__threadedComment1_dot_xml", "comments"),
        ("xl__externalLinks__externalLink1_dot_xml", "links to other files"),
        ("xl__connections_dot_xml", "links to other data"),
        ("xl__embeddings__thing_dot_bin", "embedded objects"),
        ("xl__drawings__drawing1_dot_xml", "a picture, chart or text box"),
        ("xl__pivotTables__pivotTable1_dot_xml", "a pivot table"),
        ("xl__activeX__activeX1_dot_xml", "controls"),
    ],
)
def test_parts_that_rows_of_values_cannot_hold_are_refused(refused, book, part, rule):
    assert [finding.rule for finding in refused("xlsx", book(**{part: "<x/>"}))] == [rule]


def test_macros_are_refused_by_their_part_and_by_their_type(refused, files, book):
    assert refused("xlsx", book(xl__vbaProject_dot_bin=b"x"))[0].rule == "macros"
    parts = files.unpack(book())
    types = files.XLSX_TYPES.replace(
        "</Types>", '<Override PartName="/x" ContentType="x.macroEnabled.main+xml"/></Types>'
    )
    assert refused("xlsx", files.pack({**parts, "[Content_Types].xml": types}))[0].rule == "macros"


def test_a_document_under_the_name_of_a_workbook_is_refused(refused, files):
    assert refused("xlsx", files.word(files.paragraph("A light.")))[0].rule == "not the format that its name says"


def test_everything_wrong_is_said_at_once(refused, files, book):
    rows = files.sheet_rows(ROWS).replace('<row r="2">', '<row r="2" hidden="1">')
    rows += '<row r="4"><c r="A4"><f>1</f><v>1</v></c></row>'
    merged = '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'
    findings = refused("xlsx", book(rows, after=merged, xl__comments1_dot_xml="<x/>"))
    assert [finding.rule for finding in findings] == [
        "comments",
        "a hidden row with something in it",
        "a formula",
        "merged cells",
    ]


@pytest.mark.parametrize("reference", ["XFD1048576", "AF2", "A200000"])
def test_a_cell_far_outside_is_refused_before_a_reader_makes_room_for_it(refused, files, book, reference):
    row = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    rows = files.sheet_rows([["text"]]) + f'<row r="{row}">{files.cell(reference, "x")}</row>'
    assert refused("xlsx", book(rows))[0].rule == "a cell far outside the table"


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="ZZZZ1" t="str"><v>x</v></c></row>',
        '<row r="1"><c r="A2" t="str"><v>x</v></c></row>',
        '<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>',
        '<row r="2"/><row r="1"/>',
        '<row r="-1"/>',
        '<row r="1"><c r="A1" t="s"><v>7</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>x</v></c></row>',
        '<c r="A1"><v>1</v></c>',
        '<row r="99999999999"/>',
    ],
)
def test_cells_that_no_program_writes_so_are_refused_as_damaged(refused, book, rows):
    assert "damaged" in refused("xlsx", book(rows))[0].rule


def test_a_list_of_texts_that_claims_billions_is_refused_before_room_is_made(refused, files):
    shared = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="4000000000"/>'
    for name in ("xl__sharedStrings_dot_xml", "xl__SharedStrings_dot_xml"):
        book = files.workbook({"A": files.worksheet(files.sheet_rows(ROWS))}, **{name: shared})
        assert "damaged" in refused("xlsx", book)[0].rule


def test_a_cell_of_five_megabytes_is_refused_by_its_place(refused, files, book):
    rows = files.sheet_rows([["text"], ["light " * 900_000]])
    (finding,) = refused("xlsx", book(rows))
    assert (finding.place, finding.rule) == ("the file, row 2, column A", "too long for a cell")


def test_one_long_text_that_many_cells_point_at_is_refused(refused, files):
    shared = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<si><t>text</t></si><si><t>{'light ' * 160_000}</t></si></sst>"
    )
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    rows += "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>1</v></c></row>' for row in range(2, 202))
    book = files.workbook({"A": files.worksheet(rows)}, xl__sharedStrings_dot_xml=shared)
    assert refused("xlsx", book)[0].rule == "too much text for one sheet"


def test_a_declaration_of_entities_is_refused(refused, files):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + files.worksheet(files.sheet_rows(ROWS))
    assert "DTD" in refused("xlsx", files.workbook({"A": bomb}))[0].rule


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"])
def test_a_part_that_is_missing_or_cut_off_is_refused(refused, files, book, part):
    parts = files.unpack(book())
    assert refused("xlsx", files.pack({**parts, part: parts[part][:-20]}))[0].rule.startswith("damaged")
    del parts[part]
    assert refused("xlsx", files.pack(parts))[0].rule.startswith("damaged")


def test_an_empty_workbook_is_refused(refused, book):
    assert refused("xlsx", book(""))[0].rule == "empty"


def test_a_sheet_that_is_a_chart_is_refused(refused, files):
    parts = files.unpack(files.workbook({"A": files.worksheet(files.sheet_rows(ROWS))}))
    links = parts["xl/_rels/workbook.xml.rels"].replace(b'/worksheet"', b'/chartsheet"')
    findings = refused("xlsx", files.pack({**parts, "xl/_rels/workbook.xml.rels": links}))
    assert findings[0].rule == "not a sheet of cells"


def test_a_cell_that_the_library_reads_otherwise_than_we_saw_it_is_refused(refused, files, book):
    # Written as a character code, the space is words to us and blank to the library.
    rows = files.sheet_rows([["text"], ["A light."], ["_x0020_"]])
    assert refused("xlsx", book(rows))[0].rule == "cells that cannot be read for certain"
