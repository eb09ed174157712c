"""One reading of a text, with the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.anonymiser.normalisation import normalise


@given(st.text(max_size=200))
def test_every_place_of_the_reading_has_a_place_in_the_text(text):
    reading = normalise(text)
    for start in range(len(reading.text)):
        first, last = reading.original(start, start + 1)
        assert 0 <= first < last <= len(text)


@given(st.text(max_size=200))
def test_the_way_back_never_runs_backwards(text):
    reading = normalise(text)
    places = [reading.original(start, start + 1)[0] for start in range(len(reading.text))]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain text", "plain text"),
        ("Amina’s “house”", 'Amina\'s "house"'),
        ("Ami\u00adna", "Amina"),
        ("Ami\u200bna", "Amina"),
        ("Sia\u0302n", "Siân"),
        ("Ami-\nna rang", "Amina rang"),
        ("A m i n a", "Amina"),
        ("D-I-M-P", "DIMP"),
        ("the U.S.A. office", "the U.S.A. office"),
        ("d.s. marsh", "ds. marsh"),
    ],
)
def test_a_text_is_read_plainly(text, expected):
    assert normalise(text).text == expected


def test_a_span_of_the_reading_covers_what_was_left_out_inside_it():
    text = "x Ami\u00adna y"
    reading = normalise(text)
    at = reading.text.index("Amina")
    start, end = reading.original(at, at + 5)
    assert text[start:end] == "Ami\u00adna"
