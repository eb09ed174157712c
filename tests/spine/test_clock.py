"""The clock: the real day, or a demonstration's own in a file, which only goes forward."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clock import DemoClock, RealClock, month_of, quarter_end, quarter_of
from services.errors import ContractBroken, DataFolderError

DAY = datetime.date(2025, 3, 10)
days = st.dates(datetime.date(1000, 1, 1), datetime.date(9998, 12, 31))


@pytest.fixture
def clock(tmp_path):
    clock = DemoClock(tmp_path / "demo-clock")
    clock.move_to(DAY)
    return clock


def test_the_real_clock_tells_the_day_in_utc():
    before = datetime.datetime.now(datetime.UTC).date()
    told = RealClock().today()
    assert before <= told <= datetime.datetime.now(datetime.UTC).date()


def test_the_real_clock_tells_the_minute_in_utc():
    before = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%MZ")
    told = RealClock().minute()
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z", told)
    assert before <= told <= datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%MZ")


def test_a_demonstration_has_a_day_of_its_own(clock):
    assert clock.today() == DAY


def test_a_demonstration_keeps_no_minutes(clock):
    assert clock.minute() == "2025-03-10T12:00Z"


def test_every_reader_of_the_file_sees_the_day_move(clock, tmp_path):
    other = DemoClock(tmp_path / "demo-clock")
    clock.move_to(DAY + datetime.timedelta(days=40))
    assert other.today() == datetime.date(2025, 4, 19)


def test_the_demonstrations_clock_never_goes_back(clock):
    with pytest.raises(DataFolderError, match="forward"):
        clock.move_to(DAY - datetime.timedelta(days=1))
    assert clock.today() == DAY


def test_the_same_day_again_is_no_step_back(clock):
    clock.move_to(DAY)
    assert clock.today() == DAY


def test_moving_leaves_no_draft(clock, tmp_path):
    clock.move_to(DAY + datetime.timedelta(days=1))
    assert [path.name for path in tmp_path.iterdir()] == ["demo-clock"]


@pytest.mark.parametrize("content", ["", "10 March", "2025-13-01\n", "2025-03-10 2025-03-11", "ä"])
def test_a_damaged_clock_file_says_what_to_do(tmp_path, content):
    path = tmp_path / "demo-clock"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataFolderError, match="new folder") as damaged:
        DemoClock(path).today()
    assert content.strip() == "" or content.strip() not in str(damaged.value)


def test_a_clock_file_that_is_gone_says_what_to_do(tmp_path):
    with pytest.raises(DataFolderError, match="new folder"):
        DemoClock(tmp_path / "nothing").today()


@given(day=days)
def test_the_month_of_a_day_is_the_start_of_its_date(day):
    assert month_of(day) == day.isoformat()[:7]


@pytest.mark.parametrize(
    ("quarter", "months"),
    [("Q1", ("01", "02", "03")), ("Q2", ("04", "05", "06")), ("Q3", ("07", "08", "09")), ("Q4", ("10", "11", "12"))],
)
def test_a_quarter_has_three_months(quarter, months):
    assert {quarter_of(f"2025-{month}") for month in months} == {f"2025-{quarter}"}


@pytest.mark.parametrize(
    ("quarter", "last"),
    [("2025-Q1", "2025-03-31"), ("2025-Q2", "2025-06-30"), ("2025-Q3", "2025-09-30"), ("2025-Q4", "2025-12-31")],
)
def test_a_quarter_ends_with_its_last_month(quarter, last):
    assert quarter_end(quarter).isoformat() == last


@given(day=days)
def test_a_day_lies_in_its_quarter_and_the_day_after_the_end_does_not(day):
    quarter = quarter_of(month_of(day))
    end = quarter_end(quarter)
    assert day <= end
    assert quarter_of(month_of(end)) == quarter
    assert quarter_of(month_of(end + datetime.timedelta(days=1))) > quarter


@pytest.mark.parametrize(
    ("month", "quarter"),
    [("2025-01", "2025-Q1"), ("2025-03-31", "2025-Q1"), ("2025-04", "2025-Q2"), ("2024-12-01", "2024-Q4")],
)
def test_a_month_or_day_lies_in_its_quarter(month, quarter):
    assert quarter_of(month) == quarter


@pytest.mark.parametrize("text", ["2025-13", "2025", "", "January", "2025-1", "2025-01-1"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ContractBroken):
        quarter_of(text)
