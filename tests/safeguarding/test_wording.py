"""How a text becomes words with offsets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.safeguarding.wording import (
    BREAK,
    PLACEHOLDER,
    merged,
    plain_words,
    read,
    spans_between,
    spoken_words,
    stem,
    stemmed,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("believed", "believing"),
        ("calls", "called"),
        ("stopped", "stop"),
        ("women", "woman"),
        ("waited", "waiting"),
        ("told", "tell"),
        ("worries", "worried"),
        ("mums", "mother"),
        ("noting", "note"),
        ("rated", "rate"),
        ("using", "used"),
        ("meetings", "meeting"),
        ("hearings", "hearing"),
        ("controlled", "control"),
        ("sharing", "share"),
        ("abuses", "abusing"),
    ],
)
def test_forms_of_a_word_share_a_stem(one, other):
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("news", "new"), ("bus", "bu"), ("this", "thi"), ("housing", "house"), ("boss", "bos")]
)
def test_words_that_only_look_like_forms_stay_apart(one, other):
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("note", "not"),
        ("notes", "not"),
        ("using", "us"),
        ("outed", "out"),
        ("outing", "out"),
        ("rate", "rat"),
        ("raped", "rap"),
        ("carers", "car"),
        ("caring", "cars"),
        ("here", "her"),
        ("mates", "mat"),
        ("seeds", "see"),
        ("meeting", "meet"),
        ("hearings", "hear"),
        ("planning", "plan"),
        ("scared", "scar"),
    ],
)
def test_an_ending_makes_no_word_a_commoner_one(one, other):
    assert stem(one) != stem(other)


@given(st.text(max_size=200))
def test_stems_may_be_taken_after_reading(text):
    assert stemmed(read(text, spoken_words)) == read(text)


@pytest.mark.parametrize("written", ["didn't", "didnt", "Didn't", "didn’t"])
def test_a_contraction_is_the_words_it_stands_for_however_it_is_written(written):
    assert plain_words(written) == (*plain_words("did"), "not")


def test_tense_survives_in_spoken_words_and_not_in_stems():
    assert spoken_words("had") != spoken_words("has")
    assert plain_words("had") == plain_words("has")


def test_a_short_is_after_a_pronoun_is_a_word_and_after_a_noun_a_possessive():
    assert spoken_words("he's") == ("he", "is")
    assert spoken_words("neighbour's") == ("neighbour",)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("they're", ("they", "are")),
        ("I've", ("i", "have")),
        ("she'll", ("she", "will")),
        ("I'd", ("i", "would")),
        ("O'Clock", ("oclock",)),
        ("gonna", ("going", "to")),
    ],
)
def test_short_forms_are_spelt_out(written, words):
    assert spoken_words(written) == words


def test_both_words_of_a_contraction_have_the_offsets_of_what_was_written():
    reading = read("She didn't come")
    assert [(reading.starts[at], reading.ends[at]) for at in (1, 2)] == [(4, 10), (4, 10)]


def test_sentences_are_kept_apart_by_a_break_that_counts_as_several_words():
    reading = read("He came. She left.")
    assert reading.words.count(BREAK) == 2
    assert reading.sentences[0] != reading.sentences[-1]
    assert reading.places[3] - reading.places[1] > 2


def test_a_row_of_stops_is_one_break():
    assert read("No!!! ... really?!").words.count(BREAK) == 2


def test_a_clause_ends_at_a_comma_and_opens_at_but():
    reading = read("it was late, and dark but warm")
    clauses = dict(zip(reading.words, reading.clauses, strict=True))
    assert clauses["late"] < clauses["and"] < clauses["but"] == clauses["warm"]


def test_a_placeholder_is_one_word_with_its_offsets():
    reading = read("I told [PERSON-1] twice")
    assert PLACEHOLDER in reading.words
    assert reading.placeholders == [(7, 17)]


def test_a_bracket_that_is_no_placeholder_is_read_as_words():
    assert PLACEHOLDER not in read("it was [sic] so").words


def test_spans_stop_before_a_placeholder_and_go_on_behind_it():
    text = "the officer [PERSON-1] laughed at me"
    reading = read(text)
    spans = spans_between(reading, 0, len(reading.words) - 1)
    assert [text[start:end] for start, end in spans] == ["the officer", "laughed at me"]


def test_spans_of_the_two_halves_of_a_contraction_are_one():
    text = "they didn't"
    reading = read(text)
    assert spans_between(reading, 1, 2) == [(5, 11)]


def test_spans_that_overlap_or_touch_become_one():
    assert merged([(5, 9), (0, 3), (8, 12), (3, 4)]) == [(0, 4), (5, 12)]


def test_an_empty_text_has_no_words():
    assert read("").words == []


@given(st.text(max_size=300))
def test_every_word_lies_within_the_text_in_order(text):
    reading = read(text)
    assert len(reading.words) == len(reading.starts) == len(reading.ends) == len(reading.places)
    assert len(reading.words) == len(reading.clauses) == len(reading.sentences)
    assert all(0 <= start < end <= len(text) for start, end in zip(reading.starts, reading.ends, strict=True))
    assert reading.starts == sorted(reading.starts)
    assert reading.places == sorted(reading.places)


@given(st.text(alphabet="abc [PERSON-1].'’ \n", max_size=120))
def test_no_span_ever_touches_a_placeholder(text):
    reading = read(text)
    if reading.words:
        for start, end in spans_between(reading, 0, len(reading.words) - 1):
            assert all(end <= first or start >= last for first, last in reading.placeholders)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)).map(lambda pair: (pair[0], pair[0] + pair[1]))))
def test_merging_keeps_every_character_and_adds_none(spans):
    covered = {at for start, end in spans for at in range(start, end)}
    assert {at for start, end in merged(spans) for at in range(start, end)} == covered
