"""Forms of words: kept for ordinary words only, and never in the way of an answer."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.anonymiser import normalisation, tokens
from services.anonymiser.forms import DIGITS, LOWER, SINGLE, TITLE, UPPER, Forms, forms_of
from services.anonymiser.lexicon import JOB, NAME, ORDINARY, Phrases, lexicon
from services.anonymiser.normalisation import normalise
from services.anonymiser.pseudonymisation import Passage, pseudonymise
from services.anonymiser.reading import Reading
from services.anonymiser.tokens import Tokens

_SAID = (
    "i I'm im the The it's It's amina Amina AMINA Amina's aminas amina'll hope Grace parks Parks Brightwell brightwell"
    " brightwell's didn't DON'T zorblatta Zorblatta's 14 2019 E e é Siân musicologist nurse told from ’ . , : ( - two"
)
_WORDS = st.sampled_from([*_SAID.split(" "), "\n", "Mrs", "my"])
_TEXTS = st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=30).map(" ".join))


def _columns(read):
    return {name: getattr(read, name) for name in Tokens.__slots__}


@given(_TEXTS)
def test_a_text_reads_the_same_with_and_without_kept_forms(text):
    Tokens(text, lexicon())
    kept = Tokens(text, lexicon())
    with patch.object(tokens, "forms_of", lambda words: Forms(words, most=0)):
        anew = Tokens(text, lexicon())
    assert _columns(kept) == _columns(anew)


@given(_TEXTS)
def test_only_ordinary_words_and_listed_words_that_are_no_names_are_kept(text):
    forms = Forms(lexicon())
    with patch.object(tokens, "forms_of", lambda _: forms):
        Tokens(text, lexicon())
    for form in forms.met.values():
        assert form.kind & ORDINARY or (form.kind and not form.kind & NAME)


@pytest.mark.parametrize("word", ["Amina", "amina", "Amina's", "zorblatta", "07700", "Brightwell", "qwxz"])
def test_a_name_a_number_and_an_unexplained_word_are_forgotten(word):
    forms = Forms(lexicon())
    forms.read(word, marked=True)
    assert forms.met == {}
    assert forms.look_up([word]) == [None]


def test_an_ordinary_word_is_kept_as_it_is_written():
    forms = Forms(lexicon())
    assert forms.look_up(["The", "the"]) == [None, None]
    form = forms.read("The", marked=False)
    assert forms.look_up(["The", "the"]) == [form, None]


def test_no_more_forms_are_kept_than_asked():
    forms = Forms(lexicon(), most=2)
    for word in ("the", "house", "was", "cold"):
        forms.read(word, marked=False)
    assert list(forms.met) == ["the", "house"]


def test_the_forms_of_one_lexicon_are_one():
    assert forms_of(lexicon()) is forms_of(lexicon())


@pytest.mark.parametrize(
    ("word", "shape"), [("house", LOWER), ("House", TITLE), ("HOUSE", UPPER), ("I", SINGLE), ("14", DIGITS)]
)
def test_a_shape_is_how_a_word_is_cased(word, shape):
    assert Tokens(word, lexicon()).shapes == bytes([shape])


@pytest.mark.parametrize(("word", "key"), [("Amina's", "amina"), ("amina'll", "amina"), ("O'Shea", "oshea")])
def test_an_ending_behind_an_apostrophe_is_cut_off(word, key):
    form = Forms(lexicon()).read(word, marked=True)
    assert form.key == key
    assert form.owning == word.endswith("'s")


def test_a_scientist_of_any_kind_is_looked_up_as_a_job():
    assert Tokens("a vexillologist wrote", lexicon()).of_kind(JOB) == [1]


@given(_TEXTS)
def test_gaps_and_words_make_the_text_again(text):
    read = Tokens(text, lexicon())
    for index in range(1, len(read)):
        ending = 2 * (index - 1 in read.possessive)
        assert read.gap(index) == text[read.ends[index - 1] + ending : read.starts[index]]


@given(st.lists(_TEXTS, max_size=3))
def test_an_output_that_is_the_input_is_doubted_as_if_it_were_read_again(texts):
    passages = [Passage(str(number), text) for number, text in enumerate(texts)]
    with patch.object(Reading, "is_untouched", lambda _: False):
        expected = pseudonymise(passages)
    assert pseudonymise(passages) == expected


@given(
    st.text(alphabet="aA '`\t\u2019\u201c\u00a0\u200be\u0301\u00e9\u00bd\ufb01\u0131\u0130\u017f\u0661-\n", max_size=30)
)
def test_a_text_whose_signs_only_change_places_reads_as_letter_by_letter(text):
    quick = normalise(text)
    with patch.object(normalisation, "_changes", lambda _: True):
        slow = normalise(text)
    assert (quick.text, quick.offsets) == (slow.text, slow.offsets)


_PARTS = ["new", "cross", "gate", "old", "end"]
_TERMS = st.lists(st.sampled_from(_PARTS), min_size=1, max_size=3)


@given(st.lists(_TERMS, max_size=8), st.lists(st.sampled_from([*_PARTS, "x"]), min_size=1, max_size=6))
@pytest.mark.parametrize("reverse", [False, True])
def test_a_phrase_matches_as_if_every_term_were_tried_longest_first(reverse, terms, said):
    phrases = Phrases(reverse=reverse)
    for number, words in enumerate(terms):
        phrases.add(" ".join(words), str(number))
    phrases.finish()
    tried = sorted(enumerate(map(tuple, terms)), key=lambda each: -len(each[1]))
    for at in range(len(said)):
        expected = None
        for number, words in tried:
            start = at - len(words) + 1 if reverse else at
            if expected is None and start >= 0 and tuple(said[start : start + len(words)]) == words:
                expected = (len(words), str(number))
        assert phrases.match(said, at) == expected


@given(st.text(alphabet="abdegilnprstuy", min_size=1, max_size=10))
def test_endings_are_tried_by_their_last_letter_without_loss(word):
    words = lexicon()
    every = type("Every", (dict,), {"get": lambda _, __, ___=(): words.endings})()
    with patch.object(words, "_endings_in", every):
        expected = words.is_inflected(word)
    assert words.is_inflected(word) == expected
