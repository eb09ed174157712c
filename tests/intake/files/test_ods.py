"""OpenDocument spreadsheets: as Excel workbooks."""

import pytest

ROWS = [["text", "person"], ["A light at the bus stop.", "1"], ["A bench.\nAnd a tree.", "2"]]
TEXT = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'


@pytest.fixture
def book(files):
    """Return a spreadsheet with the usual rows, or with rows of its own markup behind them."""
    return lambda extra="", **more: files.opendocument(
        files.table(ROWS, **more).replace("</table:table>", f"{extra}</table:table>")
    )


def test_a_plain_sheet_is_read_and_paragraphs_in_a_cell_are_lines(read, texts, book):
    found = read("ods", book())
    assert texts(found) == [["A light at the bus stop.", "A bench.\nAnd a tree."]]
    assert found.places == (("the file, row 2", "the file, row 3"),)


def test_dates_and_numbers_are_read(read, files):
    cells = (
        TEXT.format("A light.")
        + '<table:table-cell office:value-type="date" office:date-value="2025-03-14"/>'
        + '<table:table-cell office:value-type="float" office:value="4"><text:p>4</text:p></table:table-cell>'
    )
    rows = files.table([["text", "month", "seat"]]).replace(
        "</table:table>", f"<table:table-row>{cells}</table:table-row></table:table>"
    )
    session = read("ods", files.opendocument(rows), kind="workshop", role="survivor", uses=()).submissions[0]
    assert (session.month, session.contributions[0].seat) == ("2025-03", 4)


def test_spaces_and_spans_within_a_text_are_read(read, texts, book):
    said = TEXT.format('A <text:s text:c="2"/><text:span>lamp</text:span>')
    row = f"<table:table-row>{said}</table:table-row>"
    assert texts(read("ods", book(row)))[0][-1] == "A   lamp"


@pytest.mark.parametrize("mark", ["<text:tab/>", "<text:line-break/>"])
def test_marks_that_the_library_would_swallow_are_refused(refused, book, mark):
    (finding,) = refused("ods", book(f"<table:table-row>{TEXT.format(f'One{mark}two')}</table:table-row>"))
    assert finding.place == "the file, row 4, column A"


def test_the_rows_without_end_that_office_programs_write_do_no_harm(read, book):
    endless = (
        '<table:table-row table:number-rows-repeated="1048570">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert len(read("ods", book(endless)).submissions[0].contributions) == 2


def test_a_filled_row_that_repeats_counts_as_often(read, texts, book):
    row = f'<table:table-row table:number-rows-repeated="3">{TEXT.format("A crèche.")}</table:table-row>'
    assert texts(read("ods", book(row)))[0][2:] == ["A crèche."] * 3


@pytest.mark.parametrize(
    "row",
    [
        f'<table:table-row table:number-rows-repeated="900000">{TEXT.format("x")}</table:table-row>',
        '<table:table-row><table:table-cell table:number-columns-repeated="999"/>'
        + TEXT.format("x")
        + "</table:table-row>",
        "<table:table-row>"
        + TEXT.format("x").replace("table-cell ", 'table-cell table:number-columns-repeated="99" ')
        + "</table:table-row>",
    ],
)
def test_cells_far_outside_are_refused(refused, book, row):
    assert refused("ods", book(row))[0].rule == "a cell far outside the table"


@pytest.mark.parametrize("visibility", ["collapse", "filter"])
def test_a_hidden_row_is_refused_when_something_stands_in_it(refused, read, book, visibility):
    hidden = f'<table:table-row table:visibility="{visibility}">'
    (finding,) = refused("ods", book(f"{hidden}{TEXT.format('x')}</table:table-row>"))
    assert (finding.place, finding.rule) == ("the file, row 4", "a hidden row with something in it")
    assert read("ods", book(f"{hidden}<table:table-cell/></table:table-row>")).submissions


def test_a_hidden_group_of_rows_is_refused(refused, book):
    row = f"<table:table-row>{TEXT.format('x')}</table:table-row>"
    group = f'<table:table-row-group table:display="false">{row}</table:table-row-group>'
    assert refused("ods", book(group))[0].rule == "a hidden row with something in it"


def test_a_hidden_column_is_refused_when_something_stands_in_it(refused, files):
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    findings = refused("ods", files.opendocument(files.table(ROWS, before=columns)))
    assert findings[0].place == "the file, row 1, column B"


def test_a_hidden_sheet_is_refused_by_its_number(refused, files):
    hidden = '<style:table-properties table:display="false"/>'
    styles = f'<style:style style:name="ta2" style:family="table">{hidden}</style:style>'
    tables = files.table(ROWS) + files.table([[]], "Amina", attributes=' table:style-name="ta2"')
    (finding,) = refused("ods", files.opendocument(tables, styles=styles))
    assert (finding.place, finding.rule) == ("the file, sheet 2", "a hidden sheet")


def test_two_filled_sheets_are_refused_and_the_list_of_values_is_left_alone(refused, read, files):
    two = files.table(ROWS) + files.table(ROWS, "More")
    assert refused("ods", files.opendocument(two))[0].rule == "more than one filled sheet (1, 2)"
    with_list = files.table(ROWS) + files.table(ROWS, "Allowed values")
    assert read("ods", files.opendocument(with_list)).notes == ("The sheet of allowed values was not read.",)


@pytest.mark.parametrize(
    ("markup", "rule"),
    [
        (TEXT.format("x").replace("table-cell ", 'table-cell table:formula="of:=1" '), "a formula"),
        (TEXT.format("x").replace("table-cell ", 'table-cell table:number-columns-spanned="2" '), "merged cells"),
        ("<table:covered-table-cell/>", "merged cells"),
        (
            TEXT.format("x").replace("<text:p>", "<office:annotation><text:p>y</text:p></office:annotation><text:p>"),
            "a comment",
        ),
        (TEXT.format("x").replace("<text:p>", "<draw:frame/><text:p>"), "a picture, chart or text box"),
        (TEXT.format("x").replace("<text:p>", "<draw:custom-shape/><text:p>"), "a picture, chart or text box"),
        (TEXT.format("x").replace("<text:p>", "<table:cell-range-source/><text:p>"), "links to other files"),
    ],
)
def test_what_rows_of_values_cannot_hold_is_refused_with_its_cell(refused, book, markup, rule):
    (finding,) = refused("ods", book(f"<table:table-row>{markup}</table:table-row>"))
    assert (finding.place, finding.rule) == ("the file, row 4, column A", rule)


def test_macros_are_refused(refused, files):
    scripts = '<office:scripts><office:script script:language="x"/></office:scripts>'
    assert refused("ods", files.opendocument(files.table(ROWS), scripts=scripts))[0].rule == "macros"
    assert refused("ods", files.opendocument(files.table(ROWS), Basic__Standard__a_dot_xml="<x/>"))[0].rule == "macros"


def test_a_password_is_refused(refused, files):
    manifest = '<m:manifest xmlns:m="urn:x"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>'
    parts = files.unpack(files.opendocument(files.table(ROWS)))
    findings = refused("ods", files.pack({**parts, "META-INF/manifest.xml": manifest}))
    assert findings[0].rule == "protected by a password"


def test_a_text_document_under_the_name_of_a_spreadsheet_is_refused(refused, files):
    parts = files.unpack(files.opendocument(files.table(ROWS)))
    parts["mimetype"] = b"application/vnd.oasis.opendocument.text"
    assert refused("ods", files.pack(parts))[0].rule == "not the format that its name says"


def test_a_declaration_of_entities_is_refused(refused, files):
    parts = files.unpack(files.opendocument(files.table(ROWS)))
    parts["content.xml"] = b'<!DOCTYPE x [<!ENTITY a "b">]>' + parts["content.xml"].split(b"?>", 1)[1]
    assert "DTD" in refused("ods", files.pack(parts))[0].rule


def test_a_cell_of_five_megabytes_is_refused(refused, files):
    (finding,) = refused("ods", files.opendocument(files.table([["text"], ["light " * 900_000]])))
    assert finding.rule == "too long for a cell"


def test_cells_without_a_sheet_are_damaged(refused, files):
    assert (
        "damaged"
        in refused("ods", files.opendocument(f"<table:table-row>{TEXT.format('x')}</table:table-row>"))[0].rule
    )
