"""Working days of England: bank holidays as listed, and what is counted in them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import DataFileError
from services.reporter.recommendations.working_days import (
    answer_by,
    bank_holidays,
    deadlines,
    is_working_day,
    public_from,
    working_days_after,
)

DAY = datetime.date
YEARS = range(2024, 2031)
within = st.dates(DAY(2024, 1, 1), DAY(2030, 10, 31))


def easter(year):
    """Return Easter Sunday after the anonymous Gregorian computation, to compare with what is listed."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return DAY(year, month, day + 1)


@pytest.mark.parametrize("year", YEARS)
def test_a_year_has_its_eight_bank_holidays_all_on_weekdays(year):
    listed = bank_holidays()[year]
    assert len(listed) == 8
    assert all(day.weekday() < 5 for day in listed)


@pytest.mark.parametrize("year", YEARS)
def test_easter_stands_where_the_computation_puts_it(year):
    assert {easter(year) - datetime.timedelta(days=2), easter(year) + datetime.timedelta(days=1)} <= bank_holidays()[
        year
    ]


@pytest.mark.parametrize("year", YEARS)
def test_may_and_august_have_their_mondays(year):
    listed = sorted(day for day in bank_holidays()[year] if day.month in (5, 8))
    assert [(day.month, day.weekday()) for day in listed] == [(5, 0), (5, 0), (8, 0)]
    assert listed[0].day <= 7
    assert (listed[1] + datetime.timedelta(days=7)).month == 6
    assert (listed[2] + datetime.timedelta(days=7)).month == 9


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (DAY(2025, 12, 24), True),
        (DAY(2025, 12, 25), False),
        (DAY(2026, 12, 28), False),  # Boxing Day is a Saturday
        (DAY(2027, 12, 27), False),  # Christmas Day is a Saturday
        (DAY(2027, 12, 28), False),
        (DAY(2028, 1, 3), False),  # New Year's Day is a Saturday
        (DAY(2025, 4, 19), False),
        (DAY(2025, 4, 22), True),
    ],
)
def test_days_that_are_known(day, works):
    assert is_working_day(day) is works


@given(within, st.integers(min_value=0, max_value=40))
def test_so_many_working_days_lie_between(day, number):
    end = working_days_after(day, number)
    between = [day + datetime.timedelta(days=each) for each in range(1, (end - day).days + 1)]
    assert sum(is_working_day(each) for each in between) == number
    assert number == 0 or is_working_day(end)


@given(within)
def test_sight_and_answer_are_counted_from_the_day_itself(day):
    assert public_from(day) == working_days_after(day, deadlines().sight)
    assert answer_by(day) == working_days_after(day, deadlines().answer)


def test_ten_working_days_over_easter():
    assert public_from(DAY(2025, 4, 11)) == DAY(2025, 4, 29)


def test_a_year_that_is_not_listed_is_named_and_never_guessed():
    with pytest.raises(DataFileError, match="2031"):
        working_days_after(DAY(2030, 12, 31), 1)
