"""The cue language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import DataFileError
from services.safeguarding.phrases import Cue, PhraseBook
from services.safeguarding.wording import read, spans_between, spoken_words, stem

LISTS = {"police": ["officer", "police", "@slang"], "slang": ["fed", "copper"], "kindly": ["kind", "gentle"]}


def found(cue, text, lists=LISTS, closed=()):
    reading = read(text)
    hits = PhraseBook([Cue("it", cue, 1.0)], lists).find(reading, closed)
    return [
        [text[start:end] for first, last in hit.parts for start, end in spans_between(reading, first, last)]
        for hit in hits
    ]


def test_a_phrase_is_found_in_any_form_of_its_words():
    assert found("nobody believed me", "Nobody was believing me; nobody believes me.") == [["nobody believes me"]]


def test_a_phrase_needs_its_words_in_a_row():
    assert found("nobody believed me", "nobody ever believed me") == []


def test_hyphens_make_no_difference():
    assert found("joined-up", "a joined up answer") == [["joined up"]]


def test_parts_are_found_in_either_order():
    assert found("phone & took", "He took my phone") == [["phone", "took"]]
    assert found("took & phone", "He took my phone") == [["took", "phone"]]


def test_a_choice_is_one_of_several():
    assert found("took | kept & phone", "she kept the phone") == [["kept", "phone"]]


def test_a_list_may_name_another_list():
    assert found("@police & laughed", "the coppers laughed") == [["coppers", "laughed"]]


def test_parts_too_far_apart_are_not_joined():
    filler = "word " * 20
    assert found("took & phone", f"took {filler} phone") == []


def test_the_distance_can_be_set():
    text = "took one two three four five phone"
    assert found("took & phone /4", text) == []
    assert found("took & phone /6", text) == [["took", "phone"]]


def test_a_full_stop_counts_as_words():
    assert found("took & phone /3", "took. My phone") == []
    assert found("took & phone /3", "took my phone") == [["took", "phone"]]


def test_what_must_not_be_near_keeps_a_cue_away():
    assert found("@police & came ~ @kindly", "the police came") == [["police", "came"]]
    assert found("@police & came ~ @kindly", "the kind police came") == []


def test_a_single_part_may_have_something_that_must_not_be_near():
    assert found("waiting list ~ housing", "on a waiting list") == [["waiting list"]]
    assert found("waiting list ~ housing", "the housing waiting list") == []


def test_one_word_does_not_serve_for_two_parts():
    assert found("hand | hands & hands | held", "hands") == []


def test_a_cue_is_reported_for_each_place_of_its_first_part():
    assert found("officer", "officer and officer") == [["officer"], ["officer"]]


def test_closed_words_are_not_used():
    assert found("police", "never about the police", closed={3}) == []


def test_spoken_words_keep_tense():
    book = PhraseBook([Cue("it", "has a knife", 1.0)], {}, spoken_words)
    assert book.find(read("he has a knife", spoken_words))
    assert not book.find(read("he had a knife", spoken_words))


def test_hits_come_in_the_order_of_the_bank():
    book = PhraseBook([Cue("second", "two", 1.0), Cue("first", "one", 1.0)], {})
    assert [hit.cue.owner for hit in book.find(read("one two"))] == ["second", "first"]


@pytest.mark.parametrize("cue", ["", "a & ...", "@police ~ -", "a | ?"])
def test_an_empty_part_is_refused(cue):
    with pytest.raises(DataFileError, match="empty part"):
        PhraseBook([Cue("it", cue, 1.0)], LISTS)


def test_a_list_that_is_missing_is_refused():
    with pytest.raises(DataFileError, match="@nowhere"):
        PhraseBook([Cue("it", "@nowhere", 1.0)], LISTS)


def test_a_list_that_names_itself_is_refused():
    with pytest.raises(DataFileError, match="names itself"):
        PhraseBook([Cue("it", "@round", 1.0)], {"round": ["@round"]})


def test_a_distance_that_is_no_number_is_refused():
    with pytest.raises(DataFileError, match="distance"):
        PhraseBook([Cue("it", "a & b /near", 1.0)], LISTS)


def test_a_book_without_cues_finds_nothing():
    assert PhraseBook([], {}).find(read("anything")) == []


def test_a_text_without_words_has_no_hits():
    assert found("police", "") == []


@given(st.lists(st.sampled_from(["police", "came", "kind", "late", "and", "."]), max_size=30))
def test_every_hit_is_within_reach_and_holds_the_words_it_says(words):
    reading = read(" ".join(words))
    for hit in PhraseBook([Cue("it", "police & came /5 ", 1.0)], {}).find(reading):
        (one, _), (other, _) = hit.parts
        assert abs(reading.places[one] - reading.places[other]) <= 5
        assert (reading.words[one], reading.words[other]) == (stem("police"), stem("came"))


def test_an_ampersand_within_a_word_is_part_of_what_is_said():
    assert found("a&e | ward", "they sent me to A&E again") == [["A&E"]]


def test_a_phrase_that_is_taken_whole_lends_no_piece_of_itself():
    lists = LISTS | {"whole": ["housing officer", "train station"]}
    assert found("@police", "the housing officer rang", lists) == []
    assert found("@police", "the housing officer and an officer", lists) == [["officer"]]
    assert found("housing officer", "the housing officer rang", lists) == [["housing officer"]]
    assert found("the housing officer", "the housing officer rang", lists) == [["the housing officer"]]
