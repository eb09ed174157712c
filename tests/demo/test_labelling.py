"""The command of the labels, and the page that shows what it prints."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.demo import labelling
from services.demo.labelling import counts, main
from services.demo.labels import half_of, labelled_texts
from services.errors import Finding

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "demo-data.md").read_text(encoding="utf-8")


def lines_of(folder, name):
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def test_build_makes_the_folder_and_writes_both_files(tmp_path, capsys):
    folder = tmp_path / "a" / "b"
    assert main(["build", str(folder)]) == 0
    assert len(lines_of(folder, "identifiers.jsonl")) == len(lines_of(folder, "themes.jsonl")) == len(labelled_texts())
    assert f"{len(labelled_texts())} lines" in capsys.readouterr().out


def test_build_of_one_half_holds_no_text_of_the_other(tmp_path):
    assert main(["build", str(tmp_path), "--half", "reporting"]) == 0
    assert {half_of(line["id"]) for line in lines_of(tmp_path, "themes.jsonl")} == {"reporting"}


def test_offsets_in_the_file_point_at_the_words_in_the_file(tmp_path):
    main(["build", str(tmp_path)])
    marked = {text.id: text.marked for text in labelled_texts()}
    for line in lines_of(tmp_path, "identifiers.jsonl"):
        for span in line["spans"]:
            person = "" if span["person"] is None else f"#{span['person']}"
            surface = line["text"][span["start"] : span["end"]]
            assert f"{{{{{span['label']}{person}|{surface}}}}}" in marked[line["id"]]


def test_check_ends_well_and_says_how_many_were_read(capsys):
    assert main(["check"]) == 0
    assert capsys.readouterr().out == f"{len(labelled_texts())} texts read, 0 findings.\n"


def test_check_names_each_finding_and_exits_1(capsys, monkeypatch):
    monkeypatch.setattr(labelling, "proof", lambda: [Finding("x-0001", "empty", "Write the words.")])
    assert main(["check"]) == 1
    printed = capsys.readouterr().out
    assert "x-0001: empty. Write the words." in printed
    assert "1 findings." in printed


def test_agreement_as_json_is_one_line_a_field(capsys):
    assert main(["agreement", "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(found) == 12
    assert {line["texts"] for line in found} == {100}


def test_counts_add_up():
    found = counts()
    assert sum(found["halves"].values()) == sum(found["kinds"].values()) == found["texts"]
    assert sum(found["stances"].values()) == found["texts"]
    assert found["longer"] <= found["texts"]


@pytest.mark.parametrize("command", ["counts", "agreement"])
def test_the_page_shows_what_the_command_prints(command, capsys):
    main([command])
    assert [line for line in capsys.readouterr().out.splitlines() if line not in PAGE] == []


@pytest.mark.parametrize("wrong", [[], ["sing"], ["build"], ["build", "x", "--half", "third"]])
def test_a_wrong_call_exits_2(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2


def test_the_module_is_the_command():
    ran = subprocess.run(
        [sys.executable, "-m", "services.demo.labels", "check"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "0 findings" in ran.stdout
