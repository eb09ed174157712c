"""A file is read in memory: a good one becomes contributions, a bad one comes back as her own rows."""

import io

import pytest
import xlsxwriter
from journey_world import holding

from services.errors import Finding
from services.intake.writeup.uploads import lines_of

GOOD = b"text,person\nThe bus does not run on Sundays.,1\nThe door was always open.,2\n"
BAD = b"text,person\nThe bus does not run on Sundays.,0\nThe door was always open.,2\n"
PLANTED = "The bus does not run on Sundays"


def workbook(rows):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return target.getvalue()


async def sent(world, ann, name, content):
    path = await world.up_to_notes(ann)
    await ann.read(f"{path}/upload")
    return path, await ann.send_file(f"{path}/upload", name, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.csv", GOOD),
        ("notes.xlsx", workbook([["text", "person"], [PLANTED, 1], ["The door was always open.", 2]])),
        ("notes.txt", b"Person 1: The bus does not run on Sundays.\n\nPerson 2: The door was always open."),
    ],
)
async def test_a_good_file_leads_to_the_preview(world, ann, name, content):
    path, page = await sent(world, ann, name, content)
    assert page.path == f"{path}/preview"
    assert PLANTED in page.words
    assert "The door was always open." in page.words


async def test_a_bad_file_comes_back_as_her_own_rows_with_what_to_mend(world, ann):
    path, page = await sent(world, ann, "notes.csv", BAD)
    assert page.status == 422
    assert "Row 2, column B" in page.words
    assert PLANTED in page.words
    assert "The door was always open." not in page.words
    assert "Nothing of the file was kept." in page.words
    assert (await ann.read(path)).path == f"{path}/notes"
    assert holding(world.data, PLANTED) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.csv", b"", "Choose a file that is not empty"),
        ("notes.pdf", b"%PDF-1.7 and so on", "a pdf, from which words cannot be read safely"),
        ("notes.docm", b"PK\x03\x04", "a file with macros"),
        ("notes.xyz", b"words", "a kind of file that is not known"),
        ("notes.csv", b"session,text\na,One.\nb,Two.\n", "The file holds several sessions"),
    ],
)
async def test_a_file_that_cannot_be_read_says_why(world, ann, name, content, said):
    path, page = await sent(world, ann, name, content)
    assert page.status == 422
    assert said.lower() in page.words.lower()
    assert (await ann.read(path)).path == f"{path}/notes"


async def test_a_file_without_the_sessions_token_is_refused(world, ann):
    path = await world.up_to_notes(ann)
    await ann.read(f"{path}/upload")
    ann.page.text = 'name="csrf" value="forged"'
    assert (await ann.send_file(f"{path}/upload", "notes.csv", GOOD)).status == 403
    assert (await ann.read(path)).path == f"{path}/notes"


def test_a_finding_without_a_row_stands_alone():
    lines = lines_of([Finding("the file", "empty", "Choose another.")], b"", "")
    assert [(line.place, line.stands, line.rule) for line in lines] == [("The file", "", "empty")]


def test_long_rows_are_cut_and_paragraphs_are_found():
    content = ("first\n\n" + "long " * 100).encode()
    lines = lines_of([Finding("the file, paragraph 2", "too long", "Split it.")], content, "txt")
    assert lines[0].stands.startswith("long long")
    assert len(lines[0].stands) == 201


def test_a_table_that_cannot_be_opened_again_shows_no_rows():
    lines = lines_of([Finding("the file, row 2", "damaged", "Save it again.")], b"PK\x03\x04 no workbook", "xlsx")
    assert lines[0].stands == ""


async def test_the_same_file_a_second_time_says_when_the_first_was_and_is_not_taken(world, ann):
    path, page = await sent(world, ann, "notes.csv", GOOD)
    await ann.fill(do="continue", page="1")
    assert "The notes are sent" in (await ann.fill()).words
    again, page = await sent(world, ann, "other name.csv", GOOD)
    assert page.status == 422
    assert "This file was sent before, on 15 January 2025" in page.words
    assert path != again
    assert (await world.installation.intake.door.reconcile()).accepted == 2


async def test_two_drafts_of_one_file_are_stored_once(world, ann):
    first, _ = await sent(world, ann, "notes.csv", GOOD)
    await ann.fill(do="continue", page="1")
    second, _ = await sent(world, ann, "notes.csv", GOOD)
    await ann.fill(do="continue", page="1")
    await ann.read(f"{first}/check")
    assert "The notes are sent" in (await ann.fill()).words
    await ann.read(f"{second}/check")
    page = await ann.fill()
    assert page.status == 409
    assert "This file was sent before, on 15 January 2025" in page.words
    assert (await world.installation.intake.door.reconcile()).accepted == 2


def test_an_option_is_called_an_answer_on_the_page():
    (line,) = lines_of([Finding("the file, row 2, column C", "not the same as the option kind", "x")], b"", "csv")
    assert line.rule == "not what you answered about the session"
    assert "option" not in line.mend
