"""What an outline rules out could not have matched: with and without it every answer is the same."""

import re
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.anonymiser import dates, identifiers, normalisation, spoken
from services.anonymiser.dates import find_dates
from services.anonymiser.identifiers import find_identifiers
from services.anonymiser.lexicon import lexicon
from services.anonymiser.normalisation import normalise
from services.anonymiser.pseudonymisation import Passage, pseudonymise
from services.anonymiser.silhouette import Silhouette
from services.anonymiser.spoken import find_spoken
from services.anonymiser.tokens import Tokens

_ASCII = st.characters(max_codepoint=126)
_PATTERNS = [
    pattern
    for module in (identifiers, dates, normalisation)
    for name, pattern in sorted(vars(module).items())
    if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str) and name != "_WORD"
]
_FITTING = st.sampled_from(_PATTERNS).flatmap(lambda pattern: st.from_regex(pattern, fullmatch=True, alphabet=_ASCII))
_FIGURES = st.text(alphabet="aAbE01257 -/.:@_#'[]()\n", max_size=24)
_SAID = (
    "in on PC reg GIR 0AA live at gmail dot com ends last sort code account nhs number is the crime ref CAD 12/05 é"
    " 07700 900461 AB 12 CDE QQ-12-34-56-C snap www.a a.b x_y 2019. 1.2.3.4 p.c. J A S O N"
)
_WORDS = st.sampled_from(_SAID.split(" "))
_SPOKEN = "amina at @ (at) live gmail outlook.com dot com . double seven the bus stop AT Live"
_LETTERS = "a b c . - é xy"
_TEXTS = st.lists(st.one_of(_FITTING, _FIGURES, _WORDS), max_size=6).map(" ".join)


def _everything_may_match():
    return patch.multiple(Silhouette, may_hold=lambda *_: True, may_match=lambda *_: True)


@given(_TEXTS)
def test_identifiers_are_the_same_when_no_outline_rules_anything_out(text):
    with _everything_may_match():
        expected = list(find_identifiers(text, lexicon()))
    assert list(find_identifiers(text, lexicon())) == expected


@given(_TEXTS)
def test_dates_are_the_same_when_no_outline_rules_anything_out(text):
    tokens = Tokens(text, lexicon())
    with _everything_may_match():
        expected = list(find_dates(tokens, lexicon()))
    assert list(find_dates(tokens, lexicon())) == expected


@given(st.one_of(_TEXTS, st.lists(st.sampled_from(_LETTERS.split(" ")), max_size=12).map(" ".join)))
def test_the_reading_is_the_same_when_no_outline_rules_anything_out(text):
    with _everything_may_match():
        expected = normalise(text)
    read = normalise(text)
    assert (read.text, read.offsets) == (expected.text, expected.offsets)


@given(st.lists(st.sampled_from(_SPOKEN.split(" ")), max_size=12).map(" ".join))
def test_spoken_addresses_are_the_same_without_the_look_for_their_middle(text):
    tokens = Tokens(text, lexicon())
    with patch.object(spoken, "_EMAIL_CORE", re.compile("")):
        expected = list(find_spoken(tokens, lexicon()))
    assert list(find_spoken(tokens, lexicon())) == expected


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("she lives near GIR 0AA now", "POSTCODE"),
        ("my number is QQ 12 34 56 C", "NINO"),
        ("his car is AB 12 CDE", "VEHICLE_REG"),
        ("his car is ABC 123D", "VEHICLE_REG"),
        ("he logged in from 192.0.2.14", "IP"),
        ("it was PC 4471 who came", "REFERENCE"),
        ("find me as sunny.42", "HANDLE"),
    ],
)
def test_a_shape_that_is_easily_ruled_out_is_found(text, label):
    assert label in {found.label for found in find_identifiers(text, lexicon())}


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_an_outline_keeps_every_place_and_every_sign(text):
    outline = Silhouette(text).outline.decode("ascii")
    assert len(outline) == len(text)
    for written, drawn in zip(text, outline, strict=True):
        assert drawn == ("a" if written.isalpha() else "0" if written.isdigit() else written)


@given(st.text())
def test_digits_are_counted_in_any_script(text):
    assert Silhouette(text).digits == len(re.findall(r"\d", text))


@given(st.text(min_size=1))
def test_beyond_ascii_nothing_is_ruled_out(text):
    seen = Silhouette(f"{text}é")
    assert seen.may_hold(b"a0")
    assert seen.may_match(re.compile(rb"0a"))


def test_in_ascii_what_is_not_there_is_ruled_out():
    seen = Silhouette("Line 9 was late")
    assert seen.may_hold(b"0a", b"a 0")
    assert not seen.may_hold(b"a0", b"0a")
    assert not seen.may_match(re.compile(rb"00"))


@pytest.mark.parametrize("number", ["AB-12-34-56-C", "AB 12 34 56 C", "ab123456c", "A B 12 34 56 C"])
def test_an_insurance_number_goes_however_it_is_written(number):
    (clean,) = pseudonymise([Passage("1", f"My NI number is {number}, she wrote it down.")])
    assert not any(part in clean.text for part in ("12-34", "12 34", "123456"))
