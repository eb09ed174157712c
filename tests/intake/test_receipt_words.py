"""The words of receipts: plain, all different, and hard to mistake for each other."""

import re
from collections import Counter

import pytest

from services.intake.receipts import WORDS, new_receipt, normalise, word_list
from services.vocabulary.datafiles import schema_path


@pytest.fixture(scope="module")
def lines():
    return schema_path("vocabularies", "receipt_words.txt").read_text(encoding="ascii").splitlines()


@pytest.fixture(scope="module")
def words(lines):
    return [line for line in lines if not line.startswith("#")]


def test_there_are_2048_words(words):
    assert len(words) == WORDS == 2048


def test_no_word_stands_there_twice(words):
    assert [word for word, times in Counter(words).items() if times > 1] == []


def test_each_word_is_three_to_eight_lower_case_letters(words):
    assert [word for word in words if not re.fullmatch(r"[a-z]{3,8}", word)] == []


def test_the_words_are_in_order(words):
    assert words == sorted(words)


def test_the_header_says_whose_the_list_is(lines):
    header = " ".join(line for line in lines if line.startswith("#"))
    assert "written for this project" in header
    assert "Licence: MIT" in header


def test_the_header_stands_before_the_first_word(lines, words):
    assert all(line.startswith("#") for line in lines[: len(lines) - len(words)])


def test_no_two_words_differ_by_one_letter_at_the_same_place(words):
    gaps = Counter(word[:place] + "?" + word[place + 1 :] for word in words for place in range(len(word)))
    assert [gap for gap, times in gaps.items() if times > 1] == []


def test_no_two_words_differ_by_one_letter_left_out(words):
    known = set(words)
    shorter = [(word, word[:place] + word[place + 1 :]) for word in words for place in range(len(word))]
    assert [(word, other) for word, other in shorter if other in known] == []


def test_no_plural_stands_beside_its_singular(words):
    known = set(words)
    singulars = {
        word: {word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"} for word in words
    }
    assert [word for word, found in singulars.items() if word.endswith("s") and found & (known - {word})] == []


def test_the_service_reads_exactly_these_words(words):
    assert word_list() == tuple(words)


def test_every_word_can_be_picked_and_read_back(words):
    for first in range(0, WORDS, 5):
        numbers = iter(min(first + step, WORDS - 1) for step in range(5))
        receipt = new_receipt(lambda _below, numbers=numbers: next(numbers))
        assert normalise(receipt.upper().replace(" ", "-")) == receipt
