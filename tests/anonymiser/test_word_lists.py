"""The data files: headed, folded, and read once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.anonymiser.cues import cue_text, cue_words
from services.anonymiser.lexicon import FILES, GIVEN, ORDINARY, SURNAME, Phrases, fold, lexicon
from services.anonymiser.spelling import is_slip_of_ordinary, sound_key, within_one_edit
from services.errors import DataFileError
from services.vocabulary.datafiles import load_yaml


@pytest.mark.parametrize("name", FILES)
def test_every_list_says_what_it_is_where_it_is_from_and_its_licence(name):
    data = load_yaml("vocabularies", "anonymiser", name)
    assert data["about"]
    assert data["source"] == "written for this project"
    assert data["licence"] == "MIT"
    assert data["schema"]


@pytest.mark.parametrize("name", FILES)
def test_every_list_is_in_small_letters(name):
    data = load_yaml("vocabularies", "anonymiser", name)
    for group in ("groups", "words"):
        for words in data.get(group, {}).values():
            assert words == words.lower()


def test_the_lists_hold_thousands_of_names_and_words():
    kinds = lexicon().kinds.values()
    assert sum(1 for kind in kinds if kind & GIVEN) > 8000
    assert sum(1 for kind in kinds if kind & SURNAME) > 5000
    assert sum(1 for kind in kinds if kind & ORDINARY) > 8000


@pytest.mark.parametrize(
    "word", ["running", "carried", "unhelpful", "stopping", "kindness", "safeguarded", "houses", "wouldnt"]
)
def test_an_ordinary_word_is_known_in_its_forms(word):
    assert lexicon().kind(word) & ORDINARY


@pytest.mark.parametrize("word", ["zorblatta", "brightwellia", "qwxz"])
def test_a_word_that_nothing_explains_has_no_kind(word):
    assert lexicon().kind(word) == 0


def test_two_ordinary_words_run_together_explain_a_small_letter_only():
    assert lexicon().kind("brightwell") & ORDINARY
    assert not lexicon().kind("brightwell", capital=True) & ORDINARY


def test_a_missing_cue_is_an_error_with_its_name():
    with pytest.raises(DataFileError, match="no_such_cue"):
        cue_text("no_such_cue")


def test_cue_words_are_a_set():
    assert "husband" in cue_words("relations")


def test_the_longest_phrase_matches_first():
    phrases = Phrases()
    for term in ("new cross", "new cross gate"):
        phrases.add(term, term)
    phrases.finish()
    assert phrases.match(["new", "cross", "gate"], 0) == (3, "new cross gate")
    assert phrases.match(["new", "gate"], 0) is None


@pytest.mark.parametrize(
    ("word", "folded"), [("Siân", "sian"), ("Łukasz", "lukasz"), ("Çiğdem", "cigdem"), ("AMINA", "amina")]
)
def test_folding_takes_accents_and_case_away(word, folded):
    assert fold(word) == folded


@given(st.text(alphabet="abcde", min_size=1, max_size=8), st.integers(0, 7), st.sampled_from("abcde"))
def test_one_edit_is_seen_both_ways(word, at, letter):
    edited = word[:at] + letter + word[at:]
    assert within_one_edit(word, edited)
    assert within_one_edit(edited, word)


def test_two_edits_are_too_many():
    assert not within_one_edit("amina", "ameena")


@pytest.mark.parametrize(("one", "other"), [("mohammed", "muhamad"), ("sara", "sarah"), ("aisha", "aysha")])
def test_spellings_of_one_name_sound_alike(one, other):
    assert sound_key(one)[0] == sound_key(other)[0]


def test_a_slip_of_an_ordinary_word_is_seen_and_a_name_is_not():
    assert is_slip_of_ordinary("becuase", lexicon())
    assert not is_slip_of_ordinary("zorblatta", lexicon())
