"""The sessions as files: what a facilitator would send, and the same sessions when it is read back."""

import csv
import datetime
import io
import re
import zipfile

import docx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.demo.consultation import PlannedSession, plan, planned_sessions
from services.demo.material import main, read_back, write_material, write_up
from services.errors import DataFileError, InputRefused
from services.intake.files.columns import file_words
from services.intake.files.reading import format_of
from services.intake.submissions import Submission, SubmittedContribution, check

TODAY = datetime.date(2026, 1, 1)
SESSIONS = planned_sessions()
FORMATS = {
    "survivor_forum": "docx",
    "workshop": "docx",
    "focus_group": "xlsx",
    "interview": "vtt",
    "survey": "csv",
    "public_interview": "csv",
}
FACTS = ("limits_explained", "support_person", "debrief", "under_18_consent")
WORDS = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "Sm"], exclude_characters="\u2028\u2029"), min_size=1, max_size=8),
    min_size=1,
    max_size=30,
).map(" ".join)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return the folder with every file of the plan, and what was said beside each."""
    folder = tmp_path_factory.mktemp("material")
    return folder, write_material(SESSIONS, folder)


def checked(submission, group):
    """Return a submission with every rule checked and the room's answers filled in, as the door does it."""
    return check(msgspec.structs.replace(submission, group=group), today=TODAY)


def session_of(kind, format_name, *said, **more):
    """Return one planned session."""
    given_fields = {
        "kind": kind,
        "month": "2025-03",
        "areas": ("lambeth",),
        "number_present": len(said),
        "uses": ("count", "quote"),
        "contributions": said,
        "limits_explained": True,
    }
    submission = Submission(**{**given_fields, **more})
    return PlannedSession(group=None, seated=False, convened_for=None, format=format_name, submission=submission)


def one_of(text, **more):
    return SubmittedContribution(text=text, **{"role": "survivor", "areas": ("lambeth",), "person": 1, **more})


def back(session, folder):
    """Write one session and read it back."""
    (file,) = write_material([session], folder)
    (submission,) = read_back(folder / file.name, file, group=None)
    return submission


@pytest.mark.parametrize("number", range(len(SESSIONS)), ids=lambda number: f"{number + 1:02}")
def test_a_file_gives_back_its_session(written, number):
    folder, files = written
    planned, file = SESSIONS[number].submission, files[number]
    group = None if SESSIONS[number].group is None else "g-1"
    read = read_back(folder / file.name, file, group=group)
    assert len(read) == 1
    before, after = checked(planned, group), checked(read[0], group)
    assert [said.text for said in after.contributions] == [said.text for said in before.contributions]
    for field in ("role", "areas", "uses", "seat", "person"):
        told = [getattr(said, field) for said in after.contributions]
        assert told == [getattr(said, field) for said in before.contributions], field
    assert after == before
    assert {fact: getattr(read[0], fact) for fact in FACTS} == {fact: getattr(planned, fact) for fact in FACTS}


def test_each_kind_of_session_has_the_file_that_is_usual_for_it(written):
    _, files = written
    for session, file in zip(SESSIONS, files, strict=True):
        wanted = FORMATS.get(session.submission.kind, "json")
        assert file.name.endswith(f".{wanted}")
        assert format_of(file.name, file.content[:4096]) == wanted


def test_file_names_are_in_the_order_of_the_plan_and_name_nobody(written):
    folder, files = written
    assert sorted(path.name for path in folder.iterdir()) == [file.name for file in files]
    assert files[0].name == "01-survivor-forum-2025-01.docx"


def test_writing_twice_gives_the_same_bytes(written):
    _, files = written
    again = [write_up(session, number).content for number, session in enumerate(SESSIONS, start=1)]
    assert again == [file.content for file in files]


def test_packed_files_hold_no_time_of_writing(written):
    _, files = written
    for file in files:
        if file.name.endswith((".docx", ".xlsx")):
            with zipfile.ZipFile(io.BytesIO(file.content)) as packed:
                assert {part.date_time for part in packed.infolist()} == {(2000, 1, 1, 0, 0, 0)}
                properties = packed.read("docProps/core.xml").decode()
            assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+", properties)) == {"2000-01-01T00:00:00"}


def test_a_document_is_our_template_filled_in(written):
    _, files = written
    document = docx.Document(io.BytesIO(files[0].content))
    answers = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows}
    assert answers["kind"] == "survivor_forum"
    assert answers["month"] == "2025-01"
    assert answers["number_present"] == "8"
    assert answers["Field"] == "Answer"
    paragraphs = [paragraph.text for paragraph in document.paragraphs]
    assert file_words().words_heading in paragraphs
    assert sum(text.startswith("Seat ") for text in paragraphs) == 8
    assert not any(text.startswith(file_words().example_mark) for text in paragraphs)


def test_one_document_has_nothing_of_another(written):
    _, files = written
    forum = [docx.Document(io.BytesIO(file.content)) for file in files if "survivor-forum" in file.name]
    said = [{one.text for one in document.paragraphs if one.text.startswith("Seat ")} for document in forum[:2]]
    assert said[0].isdisjoint(said[1])


def test_a_transcript_has_the_facilitators_turns_and_they_are_left_out(written):
    folder, files = written
    transcripts = [file for file in files if file.name.endswith(".vtt")]
    assert len(transcripts) == 19
    names = plan()["transcript"]
    for file in transcripts:
        assert file.content.decode().count(f"<v {names['facilitator']}>") == 2
        (submission,) = read_back(folder / file.name, file, group=None)
        (said,) = submission.contributions
        assert names["opens"] not in said.text
        assert names["closes"] not in said.text


def test_without_the_facilitators_name_a_transcript_of_one_person_is_refused(written):
    folder, files = written
    file = next(file for file in files if file.name.endswith(".vtt"))
    nobody = type(file)(file.name, file.content, file.header)
    with pytest.raises(InputRefused, match="more than one person speaks"):
        read_back(folder / file.name, nobody, group=None)


def test_a_table_has_the_headings_of_our_template(written):
    _, files = written
    file = next(file for file in files if file.name.endswith(".csv"))
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert rows[0] == [column.title for column in file_words().columns]
    assert len(rows) == 19


def test_a_workbook_has_one_sheet_of_plain_cells(written):
    _, files = written
    file = next(file for file in files if file.name.endswith(".xlsx"))
    with zipfile.ZipFile(io.BytesIO(file.content)) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == 1
        assert b"<f>" not in book.read(sheets[0])


@pytest.mark.parametrize("format_name", ["docx", "xlsx", "csv", "json"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=WORDS)
def test_any_words_survive_the_trip(tmp_path, format_name, said):
    session = session_of("workshop", format_name, one_of(f"well, {said}"), one_of(f"and {said}", person=2))
    read = back(session, tmp_path)
    assert [one.text for one in read.contributions] == [f"well, {said}", f"and {said}"]
    assert [one.person for one in read.contributions] == [1, 2]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=WORDS)
def test_any_words_survive_a_transcript(tmp_path, said):
    read = back(session_of("interview", "vtt", one_of(said)), tmp_path)
    assert [one.text for one in read.contributions] == [said]


@pytest.mark.parametrize("awkward", ["a < b & c > d", "=1+1", "he said; she, too", 'the "quiet" room', "two\nlines"])
@pytest.mark.parametrize("format_name", ["docx", "xlsx", "csv", "json"])
def test_words_that_mean_something_to_a_format_stay_words(tmp_path, format_name, awkward):
    assert back(session_of("workshop", format_name, one_of(awkward)), tmp_path).contributions[0].text == awkward


@pytest.mark.parametrize("format_name", ["xlsx", "csv", "json"])
def test_one_persons_own_role_and_areas_survive(tmp_path, format_name):
    differing = one_of("Three.", role="practitioner", areas=("camden", "islington"), person=2)
    session = session_of("workshop", format_name, one_of("One."), differing)
    assert checked(back(session, tmp_path), None) == checked(session.submission, None)


def test_a_group_is_chosen_beside_the_file(tmp_path):
    (file,) = write_material([session_of("workshop", "docx", one_of("One.", seat=7, person=None))], tmp_path)
    (submission,) = read_back(tmp_path / file.name, file, group="g-7")
    assert submission.group == "g-7"
    assert submission.contributions[0].seat == 7


def test_a_format_that_nobody_writes_is_refused():
    with pytest.raises(DataFileError, match="docx, xlsx, vtt, csv, json"):
        write_up(session_of("workshop", "pdf", one_of("One.")), 1)


def test_the_command_writes_every_file_and_says_how_many(tmp_path, capsys):
    assert main([str(tmp_path / "files")]) == 0
    assert len(list((tmp_path / "files").iterdir())) == len(SESSIONS)
    assert capsys.readouterr().out.startswith(f"{len(SESSIONS)} files")


def test_times_of_a_transcript_go_forward_without_a_gap(written):
    _, files = written
    for file in files:
        if file.name.endswith(".vtt"):
            times = re.findall(r"(\d\d:\d\d\.\d{3}) --> (\d\d:\d\d\.\d{3})", file.content.decode())
            assert len(times) > 2
            assert all(begins < ends for begins, ends in times)
            assert [begins for begins, _ in times[1:]] == [ends for _, ends in times[:-1]]


def test_only_what_a_file_cannot_say_is_said_beside_it(written):
    _, files = written
    for session, file in zip(SESSIONS, files, strict=True):
        said = session.submission
        if session.format == "json":
            assert file.header == type(file.header)()
        else:
            assert (file.header.kind, file.header.month, file.header.uses) == (said.kind, said.month, said.uses)
        assert (file.header.role is not None) == (session.format == "vtt")
        assert (file.facilitator != ()) == (session.format == "vtt")
        assert file.header.group is None


def test_json_files_are_laid_out_for_people(written):
    _, files = written
    file = next(file for file in files if file.name.endswith(".json"))
    assert file.content.startswith(b'{\n  "kind"')


def test_a_file_that_was_spoilt_on_the_way_is_refused(tmp_path):
    (file,) = write_material([session_of("workshop", "docx", one_of("One."))], tmp_path)
    (tmp_path / file.name).write_bytes(file.content[:-40])
    with pytest.raises(InputRefused, match="damaged or cut off"):
        read_back(tmp_path / file.name, file, group=None)
