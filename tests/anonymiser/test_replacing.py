"""Overlaps settled, marks obeyed, the text written."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.anonymiser.detection import Found
from services.anonymiser.replacing import Piece, Replacement, compose, obey_marks, replacement_of, settle

_LABELS = st.sampled_from(["PERSON", "EMAIL", "PLACE", "REFERENCE", "DATE", "AGE"])
_FOUND = st.builds(
    lambda start, size, label, score: Found(start, start + size, label, "", "rule", score),
    st.integers(0, 30),
    st.integers(1, 10),
    _LABELS,
    st.floats(0, 1),
)


@given(st.lists(_FOUND, max_size=12))
def test_what_is_settled_never_overlaps_and_loses_nothing(found):
    settled = settle(found, "x" * 60)
    assert all(left.end <= right.start for left, right in pairwise(settled))
    before = {at for each in found for at in range(each.start, each.end)}
    assert before == {at for each in settled for at in range(each.start, each.end)}


def test_a_structured_identifier_wins_over_a_name_inside_it():
    settled = settle(
        [Found(0, 5, "PERSON", "1", "name", 1.0), Found(0, 17, "EMAIL", "", "email", 0.9)], "amina@example.org"
    )
    assert [each.label for each in settled] == ["EMAIL"]


def test_a_replacement_has_one_shape():
    assert replacement_of(Found(0, 1, "PHONE", "", "rule", 1.0)) == "[PHONE]"
    assert replacement_of(Found(0, 1, "AGE", "30-39", "rule", 1.0)) == "[AGE 30-39]"
    assert replacement_of(Found(0, 1, "PERSON", "2", "rule", 1.0)) == "[PERSON-2]"


def test_keeping_half_a_name_leaves_the_other_half_replaced():
    name = Replacement(0, 12, "PERSON", "[PERSON-1]", "name", 1.0)
    kept = obey_marks([name], removed=[], kept=[(0, 5)], text="Amina Hassan")
    assert [(each.start, each.end) for each in kept] == [(6, 12)]


def test_a_mark_beyond_the_text_is_cut():
    assert obey_marks([], removed=[(2, 99)], kept=[], text="abcd")[0][:2] == (2, 4)


def test_composing_says_where_replacements_and_kept_stretches_stand():
    text, pieces = compose(
        "I told Amina it", [Replacement(7, 12, "PERSON", "[PERSON-1]", "name", 1.0)], kept=[(13, 15)]
    )
    assert text == "I told [PERSON-1] it"
    assert pieces == [Piece(7, 17), Piece(18, 20)]
