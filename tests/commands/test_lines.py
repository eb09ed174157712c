"""``pseudonymise`` and ``tag``: JSONL in and out, in the same order; nothing is stored and no service is needed."""

import json
from pathlib import Path

import pytest

LINES = [
    {"id": "1", "text": "My caseworker Priya Raman rang me at 07700 900123."},
    {"id": "2", "text": "The police officer did not believe me when I reported it."},
    {"id": "3", "text": "It was cold."},
]


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def decoded(text):
    return [json.loads(line) for line in text.splitlines()]


def test_names_are_gone_and_each_line_answers_its_own(command):
    ran = command("pseudonymise", stdin=jsonl(LINES))
    assert ran.code == 0
    found = decoded(ran.out)
    assert [row["id"] for row in found] == ["1", "2", "3"]
    assert "Priya" not in ran.out
    assert "900123" not in ran.out
    assert found[2]["text"] == "It was cold."


def test_what_was_replaced_is_said_by_place_in_the_input(command):
    (found,) = decoded(command("pseudonymise", stdin=jsonl(LINES[:1])).out)
    names = [LINES[0]["text"][span["start"] : span["end"]] for span in found["spans"] if span["label"] == "PERSON"]
    assert names == ["Priya Raman"]


def test_tags_name_frameworks_and_nodes_with_evidence(command):
    found = decoded(command("tag", stdin=jsonl(LINES)).out)
    assert found[1]["sectors"] == ["police"]
    assert found[1]["themes"]
    for theme in found[1]["themes"]:
        assert 0 < theme["score"] <= 1
        assert all(0 <= each["start"] < each["end"] <= len(LINES[1]["text"]) for each in theme["evidence"])
    assert found[2]["themes"] == []


@pytest.mark.parametrize("name", ["pseudonymise", "tag"])
def test_files_in_and_out_and_the_same_input_gives_the_same_output(command, tmp_path, name):
    source, one, two = (tmp_path / each for each in ("in.jsonl", "one.jsonl", "two.jsonl"))
    source.write_text(jsonl(LINES), encoding="utf-8")
    assert command(name, source, "--output", one).code == 0
    assert command(name, source, "--output", two).code == 0
    assert one.read_bytes() == two.read_bytes() != b""


@pytest.mark.parametrize("name", ["pseudonymise", "tag"])
def test_the_input_may_be_named_by_an_option(command, tmp_path, name):
    source = tmp_path / "in.jsonl"
    source.write_text(jsonl(LINES), encoding="utf-8")
    ran = command(name, "--input", source)
    assert (ran.code, len(decoded(ran.out))) == (0, 3)


@pytest.mark.parametrize("name", ["pseudonymise", "tag"])
def test_nothing_is_stored_anywhere(command, name):
    command(name, stdin=jsonl(LINES))
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("name", ["pseudonymise", "tag"])
@pytest.mark.parametrize(
    "line", ["velvet umbrellas", '{"id": "4"}', '{"text": "velvet"}', '{"id": 4, "text": ["velvet"]}', '["velvet"]']
)
def test_a_line_that_is_not_of_the_form_is_named_by_number_and_never_shown(command, name, line):
    ran = command(name, stdin=jsonl(LINES) + line + "\n")
    assert ran.code == 1
    assert "4" in ran.complaint
    assert "velvet" not in ran.err
    assert "umbrella" not in ran.out


@pytest.mark.parametrize("name", ["pseudonymise", "tag"])
def test_a_file_that_is_not_there_is_a_wrong_call_without_its_name(command, tmp_path, name):
    for arguments in ((tmp_path / "velvet.jsonl",), ("--output", tmp_path / "velvet" / "out.jsonl")):
        ran = command(name, *arguments)
        assert ran.code == 2
        assert "velvet" not in ran.complaint


@pytest.mark.parametrize("name", ["pseudonymise", "tag"])
def test_nothing_in_is_nothing_out(command, name):
    ran = command(name, stdin="")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
