"""Submitting files: each whole or not at all, the same one once, and nothing of a refused one is repeated."""

import json
import sqlite3

import pytest
from journey_world import at_rest

from services.commands import submit

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
    first, second = (lines_of(command("submit", "--data", data, "--json", path)) for _ in range(2))
    assert first == second
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
    assert "no such group" in ran.complaint


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
    assert lines_of(first) == lines_of(second)
    running.ask(at_rest(running.installation))
    assert running.ask(running.installation.intake.door.reconcile()).accepted == 2


def test_a_running_intakes_refusal_is_told_like_our_own(command, running, session_file):
    path = session_file("s.json", "The refuge was full.", group="no-such-group", kind="survivor_forum")
    ran = command("submit", "--data", running.data, path)
    assert ran.code == 1
    assert "reference" in ran.complaint


def test_a_file_sent_before_intake_ran_and_again_while_it_runs_is_the_same(command, running, session_file, monkeypatch):

    path = session_file("once.json", "Once here and once there.")
    first = command("submit", "--data", running.data, "--json", path)
    assert first.code == 0
    door = running.installation.intake.door

    async def as_without_a_server(_settings, ready):
        (each,) = ready
        accepted = await door.submit(
            each.read.submissions[0],
            idempotency_key=f"{each.digest}/0",
            body=submit.msgspec.json.encode(each.read.submissions[0]),
        )
        return {each.number: [accepted.session]}

    async def in_its_thread(settings, ready):
        return running.ask(as_without_a_server(settings, ready))

    monkeypatch.setattr(submit, "_submit", in_its_thread)
    assert lines_of(command("submit", "--data", running.data, "--json", path)) == lines_of(first)
