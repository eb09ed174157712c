"""Submitting files: each whole or not at all, the same one once, and nothing of a refused one is repeated."""

import io
import json
import sqlite3
import sys

import pytest
from journey_world import at_rest

from services.cli import build_parser
from services.commands.brought import brought_from
from services.commands.progress import LEAST, ProgressBar

PLANTED = "velvet umbrellas"


def stored(data):
    """Return how many contributions intake holds."""
    path = data / "intake" / "intake.sqlite3"
    if not path.exists():
        return 0
    with sqlite3.connect(path) as database:
        (number,) = database.execute("SELECT count(*) FROM contributions").fetchone()
    database.close()
    return number


def lines_of(ran):
    return [json.loads(line) for line in ran.out.splitlines()]


@pytest.fixture
def csv_file(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("text,role\nWe waited.,survivor\nNobody rang back.,practitioner\n", encoding="utf-8")
    return path


ROOM = ("--kind", "survey", "--month", "2025-01", "--uses", "count,paraphrase", "--areas", "lambeth, camden")


def test_a_json_file_is_accepted_with_the_sessions_id(command, data, session_file):
    ran = command("submit", "--data", data, "--json", session_file())
    assert ran.code == 0
    (line,) = lines_of(ran)
    assert (line["file"], line["sessions"], line["contributions"], line["stored"]) == (1, 1, 2, True)
    assert len(line["ids"]) == 1
    assert stored(data) == 2


def test_a_table_takes_from_the_command_line_what_it_does_not_say(command, data, csv_file):
    ran = command("submit", "--data", data, csv_file, *ROOM)
    assert ran.code == 0
    assert ran.out == "Contributions accepted: 2. Files read: 1, refused: 0.\n"
    assert stored(data) == 2


def test_check_says_what_would_happen_and_stores_nothing(command, data, csv_file, session_file):
    before = sorted(path.name for path in data.rglob("*"))
    ran = command("submit", "--data", data, "--check", "--json", csv_file, csv_file, *ROOM)
    assert ran.code == 0
    assert [(line["stored"], line["ids"]) for line in lines_of(ran)] == [(False, [])] * 2
    assert stored(data) == 0
    assert sorted(path.name for path in data.rglob("*")) == before


def test_the_same_file_twice_gives_the_same_ids_and_is_stored_once(command, data, session_file):
    path = session_file()
    ((first,), (second,)) = (lines_of(command("submit", "--data", data, "--json", path)) for _ in range(2))
    assert first["ids"] == second["ids"]
    assert (first["stored"], second["stored"]) == (True, False)
    assert stored(data) == 2


def test_the_second_time_it_says_on_which_day_the_first_was(command, data, session_file):
    path = session_file()
    assert "sent before" not in command("submit", "--data", data, path).out
    again = command("submit", "--data", data, path)
    assert again.code == 0
    assert "file 1: it was sent before, on 15 January 2025. Nothing is stored twice." in again.out
    assert "Contributions accepted: 0." in again.out
    assert command("submit", "--data", data, "--check", path).out.count("15 January 2025") == 1
    assert stored(data) == 2


def test_the_same_file_with_other_answers_is_refused_with_the_day(command, data, csv_file):
    assert command("submit", "--data", data, csv_file, *ROOM).code == 0
    other = command("submit", "--data", data, csv_file, *ROOM[:2], "--month", "2024-12", *ROOM[4:])
    assert other.code == 1
    assert other.err.startswith("file 1 (.csv): This file was sent before, on 15 January 2025, with other answers")
    assert stored(data) == 2


def test_the_same_file_under_another_name_is_the_same(command, data, session_file):
    first = lines_of(command("submit", "--data", data, "--json", session_file("one.json")))
    second = lines_of(command("submit", "--data", data, "--json", session_file("two.json")))
    assert first[0]["ids"] == second[0]["ids"]


def test_a_file_with_one_bad_row_is_refused_whole_by_row_and_rule(command, data, tmp_path):
    path = tmp_path / f"{PLANTED}.csv"
    path.write_text(f"text,role\nWe waited.,survivor\n{PLANTED},{PLANTED}\n", encoding="utf-8")
    ran = command("submit", "--data", data, path, *ROOM)
    assert ran.code == 1
    assert ran.err.startswith("file 1 (.csv): ")
    assert "not one of the roles" in ran.err
    assert PLANTED not in ran.err + ran.out
    assert stored(data) == 0


def test_a_refused_file_does_not_stop_the_others_but_is_seen_in_the_exit_code(command, data, session_file):
    bad = session_file("bad.json", month="soon")
    ran = command("submit", "--data", data, bad, session_file())
    assert ran.code == 1
    assert ran.err.startswith("file 1 (.json): ")
    assert "Contributions accepted: 2. Files read: 1, refused: 1." in ran.out
    assert stored(data) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"\x00\x01\x02", b'{"kind": "survey"}', b"[]", b"\xff" * 40])
def test_a_file_that_cannot_be_read_is_one_finding_and_no_traceback(command, data, tmp_path, content):
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    ran = command("submit", "--data", data, path)
    assert ran.code == 1
    assert ran.err.startswith("file 1 (.json): ")
    assert "Traceback" not in ran.err
    assert stored(data) == 0


def test_a_file_that_is_not_there_is_said_without_its_name(command, data, tmp_path):
    ran = command("submit", "--data", data, tmp_path / f"{PLANTED}.csv")
    assert ran.code == 1
    assert "cannot be read" in ran.err
    assert PLANTED not in ran.err


def test_a_group_that_is_not_there_is_one_line(command, data, session_file):
    ran = command("submit", "--data", data, session_file(group="no-such-group", kind="survivor_forum"))
    assert ran.code == 1
    assert ran.err == "file 1 (.json): There is no such group: make it first, or leave the group out.\n"


@pytest.mark.parametrize("name", ["csv", "xlsx", "docx"])
def test_a_template_is_written_and_its_example_is_never_submitted(command, data, tmp_path, name):
    path = tmp_path / f"form.{name}"
    ran = command("submit", "--template", name, "--output", path)
    assert ran.code == 0
    assert path.stat().st_size > 0
    refused = command("submit", "--data", data, path)
    assert refused.code == 1
    assert stored(data) == 0


def test_nothing_of_what_was_said_is_printed(command, data, session_file):
    ran = command("submit", "--data", data, "--json", session_file("s.json", f"They had {PLANTED}."))
    assert ran.code == 0
    assert "umbrella" not in ran.out + ran.err


def test_a_running_intake_is_spoken_to_and_the_same_file_gives_the_same_ids(command, running, session_file):
    path = session_file("s.json", "The refuge was full.", "We waited for court.")
    first, second = (command("submit", "--data", running.data, "--json", path) for _ in range(2))
    assert (first.code, second.code) == (0, 0)
    ((one,), (other,)) = (lines_of(each) for each in (first, second))
    assert one["ids"] == other["ids"]
    assert other["first_sent_on"] == "2025-01-15"
    running.ask(at_rest(running.installation))
    assert running.ask(running.installation.intake.door.reconcile()).accepted == 2
    checked = command("submit", "--data", running.data, "--check", path)
    assert "15 January 2025" in checked.out


def test_a_running_intakes_refusal_is_told_like_our_own(command, running, session_file, tmp_path):
    path = session_file("s.json", "The refuge was full.", group="no-such-group", kind="survivor_forum")
    ran = command("submit", "--data", running.data, path)
    assert ran.code == 1
    assert ran.err.startswith("file 1 (.json): There is no such group")
    assert "reference" in ran.err
    bad = tmp_path / "bad.csv"
    bad.write_text(f"text,role\nWe waited.,survivor\n{PLANTED},{PLANTED}\n", encoding="utf-8")
    ran = command("submit", "--data", running.data, bad, *ROOM)
    assert ran.code == 1
    assert "file 1 (.csv): the file, row 3, column B: not one of the roles" in ran.err
    assert PLANTED not in ran.err


def test_a_transcript_reaches_a_running_intake_without_the_facilitator(command, running, tmp_path):
    path = tmp_path / "call.vtt"
    path.write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ruth>Welcome all.</v>\n\n"
        "00:02.000 --> 00:03.000\n<v Other>The bus does not come.</v>\n",
        encoding="utf-8",
    )
    ran = command(
        "submit", "--data", running.data, "--json", path, *ROOM, "--role", "survivor", "--facilitator", "Ruth"
    )
    assert ran.code == 0, ran.err
    (line,) = lines_of(ran)
    assert line["contributions"] == 1


def test_a_file_sent_while_intake_runs_is_known_to_the_same_code_without_it(command, running, session_file):
    path = session_file("once.json", "Once here and once there.")
    (first,) = lines_of(command("submit", "--data", running.data, "--json", path))

    async def here():
        with path.open("rb") as source:
            given = build_parser().parse_args(["submit", str(path)])
            return await running.installation.intake.deliveries.take(brought_from(source, path, given))

    again = running.ask(here())
    assert (list(again.sessions), again.first_sent_on) == (first["ids"], "2025-01-15")


# --- checking alone ---


def test_checking_does_not_even_make_a_data_folder(command, tmp_path, csv_file):
    nowhere = tmp_path / "nowhere"
    ran = command("submit", "--data", nowhere, "--check", csv_file, *ROOM)
    assert ran.code == 0
    assert ran.out.endswith(
        "Contributions that would be accepted: 2. Files read: 1, refused: 0.\nNothing was stored.\n"
    )
    assert not nowhere.exists()


def test_checking_shows_labels_and_what_takes_their_place_but_words_on_a_terminal_alone(
    command, data, session_file, monkeypatch
):
    path = session_file("s.json", "My worker Zebedee Marchbanks rang me. Her number is 07700 900123.")
    piped = command("submit", "--data", data, "--check", path)
    assert "PERSON: [PERSON-1]" in piped.out
    assert "[PHONE]" in piped.out
    assert "Zebedee" not in piped.out + piped.err
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    shown = command("submit", "--data", data, "--check", path)
    assert "PERSON: [PERSON-1] in the place of “Zebedee Marchbanks”" in shown.out
    (line,) = lines_of(command("submit", "--data", data, "--check", "--json", path))
    assert line["removed"]["PERSON"] == 1
    assert "Zebedee" not in json.dumps(line)
    assert stored(data) == 0


# --- what tells of a danger ---

DANGER = "He is outside my house now and he has a knife."


def concerns_on(data):
    with sqlite3.connect(data / "intake" / "intake.sqlite3") as database:
        rows = database.execute("SELECT concern, category, urgency, done, contributions FROM concerns").fetchall()
    database.close()
    return rows


def test_a_danger_in_a_file_is_raised_and_says_whom_to_ring_without_its_words(command, data, session_file):
    ran = command("submit", "--data", data, session_file("s.json", "We waited.", DANGER, DANGER))
    assert ran.code == 0
    after = ran.out.partition("Contributions accepted: 3.")[2]
    assert "Immediate danger (now, or within hours), 2 contributions" in after
    assert "Ring 999 now." in after
    assert "knife" not in ran.out + ran.err
    ((concern, category, urgency, done, contributions),) = concerns_on(data)
    assert (category, urgency, done, contributions) == ("immediate_danger", "now", "", 2)
    assert f"survivor-voice concerns record {concern}" in after


def test_a_danger_is_raised_once_however_often_the_file_is_sent(command, data, session_file):
    path = session_file("s.json", DANGER)
    for _ in range(2):
        assert "Ring 999 now." in command("submit", "--data", data, path).out
    assert len(concerns_on(data)) == 1


def test_checking_says_whom_to_ring_and_raises_nothing(command, data, session_file):
    ran = command("submit", "--data", data, "--check", session_file("s.json", DANGER))
    assert "Ring 999 now." in ran.out
    assert "concerns record" not in ran.out
    assert not (data / "intake" / "intake.sqlite3").exists()


def test_what_was_done_is_recorded_and_the_list_says_what_waits(command, data, session_file):
    (line,) = lines_of(command("submit", "--data", data, "--json", session_file("s.json", DANGER)))
    concern = line["concerns"][0]["concern"]
    recorded = command("concerns", "record", concern, "--data", data, "--done", "rang_999", "--done", "told_lead")
    assert (recorded.code, recorded.out) == (0, "What was done is recorded.\n")
    assert concerns_on(data)[0][3] == "rang_999 told_lead"
    listed = command("concerns", "list", "--data", data)
    assert listed.out.startswith(f"waiting    {concern} Immediate danger")
    assert command("concerns", "list", "--data", data, "--json").out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["record"], 2),
        (["record", "a" * 32], 1),
        (["record", "a" * 32, "--done", "magic"], 1),
        (["record", "a" * 32, "--done", "told_lead"], 1),
        (["record", "a" * 32, "--done", "told_lead", "--contact", "x" * 81], 1),
        (["record", "a" * 32, "--done", "told_lead", "--not-lead", "nobody"], 1),
    ],
)
def test_a_record_that_cannot_be_made_says_why(command, data, session_file, arguments, code):
    command("submit", "--data", data, session_file())
    ran = command("concerns", *arguments, "--data", data)
    assert ran.code == code
    assert ran.complaint


def test_with_nothing_raised_the_list_is_empty(command, data, session_file):
    command("submit", "--data", data, session_file())
    assert command("concerns", "list", "--data", data).out == "Nothing is waiting.\n"


def test_a_running_intake_raises_and_records(command, running, session_file):
    (line,) = lines_of(command("submit", "--data", running.data, "--json", session_file("d.json", DANGER)))
    (concern,) = line["concerns"]
    assert (concern["category"], concern["ring"][:12]) == ("immediate_danger", "Ring 999 now")
    ran = command("concerns", "record", concern["concern"], "--data", running.data, "--done", "rang_999", "--json")
    assert json.loads(ran.out) == {"concern": concern["concern"], "recorded": True}
    assert "/safeguarding" in command("concerns", "list", "--data", running.data).complaint


def test_many_rows_show_a_bar_on_a_terminal_and_nothing_elsewhere():
    terminal = type("Terminal", (io.StringIO,), {"isatty": lambda _: True})()
    for stream, drawn in ((terminal, True), (io.StringIO(), False)):
        bar = ProgressBar("file 1", stream)
        bar.show(1_000, LEAST)
        bar.clear()
        assert ("[###" in stream.getvalue()) == drawn
    assert terminal.getvalue().endswith("\r")
    short = type("Terminal", (io.StringIO,), {"isatty": lambda _: True})()
    ProgressBar("file 1", short).show(1, LEAST - 1)
    assert short.getvalue() == ""
