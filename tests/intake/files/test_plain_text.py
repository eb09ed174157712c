"""Plain text: paragraphs with blank lines between them."""

import pytest

INTERVIEW = {"kind": "interview", "month": "2025-03", "role": "survivor", "uses": ("count",)}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_blank_lines_separate_paragraphs_and_single_ones_do_not(read, texts, line_end):
    body = "A light\nat the bus stop.\n\n \t\n\nA bench.\n".replace("\n", line_end)
    found = read("txt", body)
    assert texts(found) == [["A light\nat the bus stop.", "A bench."]]
    assert found.places == (("the file, paragraph 1", "the file, paragraph 2"),)


def test_windows_1252_is_read_and_said(read, texts):
    found = read("txt", "A café – “late”.".encode("cp1252"))
    assert texts(found) == [["A café – “late”."]]
    assert "Windows-1252" in found.notes[0]


@pytest.mark.parametrize("body", ["", "\n\n \n", "Example: like this."])
def test_nothing_said_is_refused(refused, body):
    assert refused("txt", body)[0].rule in ("nothing was said", "empty")


def test_all_missing_facts_are_said_at_once(refused):
    findings = refused("txt", "A light.", debrief=True)
    assert [finding.rule for finding in findings] == [
        f"it says no {fact}" for fact in ("kind", "month", "role", "uses")
    ]


@pytest.mark.parametrize("mark", ["Seat 0: x", "Person 1000: x", "Participant 9999: x"])
def test_a_number_that_nobody_has_is_refused(refused, mark):
    assert refused("txt", f"A light.\n\n{mark}")[0].place == "the file, paragraph 2"


def test_a_mark_without_words_is_refused(refused):
    assert refused("txt", "Seat 4: ")[0].rule == "empty"


def test_nul_and_control_characters_are_refused_by_paragraph(refused):
    findings = refused("txt", "A light.\n\nA bench\x00 here.\n\nA tree\x1b.")
    assert [finding.place for finding in findings] == ["the file, paragraph 2", "the file, paragraph 3"]


def test_right_to_left_text_and_emoji_are_kept(read, texts):
    assert texts(read("txt", "\u200f\u05e9\u05dc\u05d5\u05dd 🌱")) == [["\u200f\u05e9\u05dc\u05d5\u05dd 🌱"]]


def test_the_words_of_one_person_are_one_contribution(read, texts):
    found = read("txt", "A light.\n\nA bench.", **INTERVIEW)
    assert texts(found) == [["A light.\n\nA bench."]]
    assert found.places == (("the file, paragraph 1",),)


def test_several_persons_of_single_talks_are_told_apart_by_their_marks(read, texts):
    found = read("txt", "Person 1: A light.\n\nPerson 2: A bench.\n\nPerson 1: A tree.", **INTERVIEW)
    assert texts(found) == [["A light.\n\nA tree.", "A bench."]]


def test_a_paragraph_of_nobody_among_marked_ones_is_refused_where_each_counts_as_a_person(refused):
    findings = refused("txt", "Person 1: A light.\n\nA bench.", **INTERVIEW)
    assert [finding.place for finding in findings] == ["the file, paragraph 2"]


def test_a_paragraph_of_20001_characters_is_refused_without_its_words(refused):
    (finding,) = refused("txt", "light " * 3_334)
    assert (finding.place, finding.rule) == ("the file, paragraph 1", "too long")
