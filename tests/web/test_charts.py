"""Charts are laid out the same each time, fit their width and never hint at a hidden number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.charts import Bar, describe, draw_bars, show_value

# The widest a sign of our sans-serif at 16 pixels is on average in running text, measured generously.
SIGN = 8.2
LABELS = st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs"]), min_size=1, max_size=90)
VALUES = st.one_of(st.none(), st.integers(0, 999_999))
BARS = st.lists(st.builds(Bar, LABELS, VALUES), min_size=1, max_size=12)


@given(BARS)
def test_the_same_bars_give_the_same_drawing(bars):
    assert draw_bars("chart", "Title", bars) == draw_bars("chart", "Title", list(bars))


@given(BARS)
def test_every_bar_and_number_stays_inside_its_drawing(bars):
    chart = draw_bars("chart", "Title", bars)
    for drawing in (chart.wide, chart.narrow):
        assert len(drawing.bars) == len(bars)
        for bar in drawing.bars:
            assert bar.x >= 0
            assert bar.value.x + len(bar.value.text) * 7 <= drawing.width
            assert bar.y + bar.height <= drawing.height
            assert all(0 < line.y <= drawing.height for line in bar.label)


@given(BARS)
def test_rows_never_overlap(bars):
    chart = draw_bars("chart", "Title", bars)
    for drawing in (chart.wide, chart.narrow):
        for above, below in zip(drawing.bars, drawing.bars[1:], strict=False):
            lowest = max(above.y + above.height, *(line.y for line in above.label))
            assert lowest < min(below.y, *(line.y for line in below.label))


@given(st.lists(st.integers(1, 999_999), min_size=2, max_size=8))
def test_longer_bars_stand_for_larger_numbers(values):
    drawn = draw_bars("chart", "Title", [Bar("x", value) for value in values]).wide.bars
    lengths = dict(zip(values, (bar.width for bar in drawn), strict=True))
    ordered = [lengths[value] for value in sorted(lengths)]
    assert ordered == sorted(ordered)
    assert min(ordered) >= 1


def test_lengths_are_in_proportion():
    drawn = draw_bars("chart", "Title", [Bar("a", 100), Bar("b", 50), Bar("c", 25)]).wide.bars
    assert [bar.width for bar in drawn] == [304, 152, 76]


def test_a_hidden_number_draws_no_bar_and_reads_as_c():
    hidden, none = draw_bars("chart", "Title", [Bar("a", None), Bar("b", 0), Bar("c", 12)]).wide.bars[:2]
    assert (hidden.width, hidden.value.text) == (0, "[c]")
    assert (none.width, none.value.text) == (0, "0")


def test_a_hidden_number_does_not_move_the_others():
    alone = draw_bars("chart", "Title", [Bar("a", 12), Bar("b", 0)])
    beside = draw_bars("chart", "Title", [Bar("a", 12), Bar("b", None)])
    assert alone.wide.bars[0] == beside.wide.bars[0]
    assert alone.wide.height == beside.wide.height


def test_only_hidden_numbers_still_make_a_chart():
    chart = draw_bars("chart", "Title", [Bar("a", None)])
    assert chart.has_hidden
    assert chart.description == (
        "A bar chart with 1 bar. 1 of the numbers is withheld and shown as [c]. "
        "The table that follows holds the same numbers."
    )


def test_the_description_says_what_the_eye_would_see():
    told = describe([Bar("Housing", 1046), Bar("Police", 12), Bar("Health", None), Bar("Court", None)])
    assert told == (
        "A bar chart with 4 bars. The longest is Housing, 1,046. 2 of the numbers are withheld and shown as [c]. "
        "The table that follows holds the same numbers."
    )


def test_of_two_longest_the_first_is_named():
    assert "The longest is A, 5." in describe([Bar("A", 5), Bar("B", 5)])


def test_long_labels_are_wrapped_to_their_column():
    label = "Specialist services and support for children and young people"
    chart = draw_bars("chart", "Title", [Bar(label, 1)])
    assert " ".join(line.text for line in chart.wide.bars[0].label) == label
    assert all(len(line.text) * SIGN <= chart.wide.axis_x for line in chart.wide.bars[0].label)
    assert all(len(line.text) * SIGN <= chart.narrow.width for line in chart.narrow.bars[0].label)


@pytest.mark.parametrize("name", ["", "1st", "with space", 'quote"', "ümlaut", "-x"])
def test_a_name_that_is_no_id_is_refused(name):
    with pytest.raises(ValueError, match="id"):
        draw_bars(name or " ", "Title", [Bar("a", 1)])


def test_no_bars_and_negative_counts_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        draw_bars("chart", "Title", [])
    with pytest.raises(ValueError, match="negative"):
        draw_bars("chart", "Title", [Bar("a", -1)])


@pytest.mark.parametrize(("value", "shown"), [(None, "[c]"), (0, "0"), (10, "10"), (1234567, "1,234,567")])
def test_numbers_are_written_as_pages_write_them(value, shown):
    assert show_value(value) == shown
