"""Templates: written by us, filled in by people, read back by our own readers."""

import io
import re
import zipfile

import docx
import pytest
import xlsxwriter

from services.errors import InputRefused, UsageError
from services.intake.files.columns import file_words
from services.intake.files.kinds import format_of
from services.intake.files.reading import Header, read_file
from services.intake.files.templates import write_template
from services.vocabulary.areas import areas
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors
from services.vocabulary.session_kinds import session_kinds
from services.vocabulary.uses import uses

LEFT_OUT = "1 worked example(s) of the template were left out."


def template(kind_of_file):
    out = io.BytesIO()
    write_template(kind_of_file, out)
    return out.getvalue()


@pytest.mark.parametrize("kind_of_file", ["csv", "xlsx", "docx"])
def test_a_template_is_of_its_format_and_the_same_bytes_each_time(kind_of_file):
    assert format_of(f"template.{kind_of_file}", template(kind_of_file)) == kind_of_file
    assert template(kind_of_file) == template(kind_of_file)


@pytest.mark.parametrize("kind_of_file", ["csv", "xlsx", "docx"])
def test_a_template_as_it_is_says_nothing_and_is_refused_for_that_alone(kind_of_file):
    header = Header(kind="workshop", month="2025-03", role="survivor", uses=("count",))
    with pytest.raises(InputRefused) as caught:
        read_file(io.BytesIO(template(kind_of_file)), format=kind_of_file, header=header)
    assert [finding.rule for finding in caught.value.findings] == ["nothing was said"]


def test_a_filled_csv_template_is_read_with_the_example_still_in_it():
    row = ",workshop,2025-03,camden,survivor,count,,3,,8,,,,,A light at the bus stop.\r\n"
    found = read_file(io.BytesIO(template("csv") + row.encode()), format="csv", header=Header())
    session = found.submissions[0]
    assert (session.kind, session.number_present, session.contributions[0].person) == ("workshop", 8, 3)
    assert found.notes == (LEFT_OUT,)


def test_the_example_itself_keeps_every_rule_but_that_it_is_one():
    lines = template("csv").decode("utf-8-sig").replace(file_words().example_mark, "").encode()
    session = read_file(io.BytesIO(lines), format="csv", header=Header()).submissions[0]
    assert session.kind in session_kinds().id_set
    assert session.contributions[0].seat == 4


def test_a_filled_excel_template_is_read_with_the_example_and_the_list_still_in_it(files):
    parts = files.unpack(template("xlsx"))
    answers = ["", "workshop", "2025-03", "camden", "survivor", "count", "", "3", "", "8", "", "", "", "", "A light."]
    row = "".join(
        files.cell(f"{letter}3", text) for letter, text in zip("ABCDEFGHIJKLMNO", answers, strict=True) if text
    )
    sheet = re.sub(rb'<row r="3".*?(</row>|/>)', b"", parts["xl/worksheets/sheet1.xml"])
    sheet = sheet.replace(b"</sheetData>", f'<row r="3">{row}</row></sheetData>'.encode())
    found = read_file(
        io.BytesIO(files.pack({**parts, "xl/worksheets/sheet1.xml": sheet})), format="xlsx", header=Header()
    )
    assert found.submissions[0].contributions[0].text == "A light."
    assert found.notes == ("The sheet of allowed values was not read.", LEFT_OUT)


def test_the_excel_template_keeps_months_as_they_are_typed(files):
    styles = files.unpack(template("xlsx"))["xl/styles.xml"]
    assert b'numFmtId="49"' in styles


def test_a_filled_word_template_is_read_with_its_examples_still_in_it():
    document = docx.Document(io.BytesIO(template("docx")))
    answers = {"kind": "Survivor forum", "month": "2025-03", "role": "survivor", "uses": "count", "number_present": "8"}
    for row in document.tables[0].rows[1:]:
        row.cells[1].text = answers.get(row.cells[0].text, "")
    document.add_paragraph("Seat 4: A light.")
    out = io.BytesIO()
    document.save(out)
    found = read_file(out, format="docx", header=Header(group="g-1"))
    session = found.submissions[0]
    assert (session.kind, session.number_present, session.contributions[0].seat) == ("survivor_forum", 8, 4)
    assert found.notes == ("2 heading(s) left out.", "5 worked example(s) of the template were left out.")


@pytest.mark.parametrize("kind_of_file", ["xlsx", "docx"])
def test_every_allowed_value_stands_in_a_template(files, kind_of_file):
    text = b"".join(files.unpack(template(kind_of_file)).values()).decode(errors="ignore")
    lists = (areas(), roles(), session_kinds(), uses())
    if kind_of_file == "xlsx":
        lists = (*lists, recommendation_areas(), sectors())
    for entry_id in (entry_id for each in lists for entry_id in each.ids):
        assert entry_id in text


@pytest.mark.parametrize("kind_of_file", ["xlsx", "docx"])
def test_a_template_names_no_author_and_no_time(kind_of_file):
    with zipfile.ZipFile(io.BytesIO(template(kind_of_file))) as packed:
        assert {part.date_time[0] for part in packed.infolist()} == {2000}
        properties = packed.read("docProps/core.xml").decode()
    assert "python-docx" not in properties
    assert "2000-01-01" in properties


def test_there_is_no_template_of_another_format():
    with pytest.raises(UsageError):
        write_template("pdf", io.BytesIO())


def test_the_library_that_writes_them_would_make_formulas_and_is_told_not_to(read, texts):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    book.add_worksheet().write_column(0, 0, ["text", "=1+1 is what she wrote"])
    book.close()
    assert texts(read("xlsx", out.getvalue())) == [["=1+1 is what she wrote"]]
