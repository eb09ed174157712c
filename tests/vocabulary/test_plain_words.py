"""The last look at words that people write: ordinary words pass, what may point to a person does not."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.vocabulary.plain_words import name_like, plain_words

TEXTS = Path(__file__).resolve().parents[2] / "services" / "demo" / "texts" / "group_statements.jsonl"


def rules(text, **more):
    return {rule for _, _, rule in name_like(text, **more)}


@pytest.mark.parametrize(
    "text",
    [
        "Waiting without any word is taken for being forgotten.",
        "The council's housing officers should ring back within a week.",
        "Housing in Camden keeps women waiting; the Metropolitan Police do not call back.",
        "Courts should offer separate entrances, and IDVAs should be there.",
        "In 2024, 3 of 8 of us were turned away on the 3rd day.",
        "Nobody said: “We are sorry.”",
        "They’ll say it’s somebody else’s job.",
        "Re-housing takes too long, and self-referral is not possible.",
    ],
)
def test_ordinary_sentences_about_services_pass(text):
    assert name_like(text) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Zebedee never rings back.", "possible-name"),
        ("the office and zebedee never ring back", "possible-name"),
        ("Grace helped us.", "possible-name"),
        ("We were helped by Grace.", "possible-name"),
        ("Staff at the Quillmere clinic are kind.", "possible-name"),
        ("O'Quillmere never rings.", "possible-name"),
        ("Smith-Quillmere never rings.", "possible-name"),
        ("[PERSON-1] never rings back.", "bracket"),
        ("Ring 07700 900123 and wait.", "long-number"),
        ("The number is 900-12-34.", "long-number"),
        ("Write to help@example.org and wait.", "address"),
        ("See www.example and wait.", "address"),
        ("It was at flat 12b.", "number-with-letters"),
        ("The case was AB12345 and is closed.", "number-with-letters"),
        ("Жанна never rings.", "possible-name"),
    ],
)
def test_what_may_point_to_a_person_is_found_by_rule(text, rule):
    assert rule in rules(text)


def test_a_word_that_was_looked_at_before_passes_in_the_same_sense_alone():
    assert name_like("The blorvix desk is closed.", known={"blorvix"}) == []
    assert name_like("Blorvix is kind.", known={"blorvix"}) != []
    assert name_like("We were helped by Grace.", known={"grace"}) != []


def test_few_sentences_that_groups_write_are_stopped_without_a_name():
    lines = [json.loads(line)["text"] for line in TEXTS.read_text(encoding="utf-8").splitlines()]
    assert len(lines) >= 40
    stopped = [text for text in lines if name_like(text)]
    assert len(stopped) <= len(lines) // 20


@given(st.text(max_size=200))
def test_stretches_lie_in_the_text_and_come_in_order(text):
    found = name_like(text)
    assert found == sorted(found)
    assert all(0 <= start < end <= len(text) for start, end, _ in found)


@given(st.sampled_from(sorted(plain_words().names - plain_words().ordinary)))
def test_no_listed_name_passes_in_the_middle_of_a_sentence(name):
    keys = [name]
    if plain_words().kept_at(keys, 0) == 0:
        assert rules(f"We were helped by {name.capitalize()} twice.") == {"possible-name"}
