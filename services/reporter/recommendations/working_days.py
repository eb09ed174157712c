"""Working days of England, and the two deadlines that are counted in them."""

import datetime
from functools import cache
from typing import Final

from msgspec import Struct

from services.errors import DataFileError
from services.vocabulary.datafiles import load_as

FOLDER: Final = "recommendations"
_SATURDAY: Final = 5


class Holiday(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bank holiday: its day and its name."""

    day: datetime.date
    name: str


class BankHolidays(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bank holidays of the years that are listed."""

    title: str
    source: str
    licence: str
    version: int
    years: dict[int, tuple[Holiday, ...]]


class Deadlines(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long things take, in working days.

    Attributes:
        sight: a responding service sees a recommendation so long before the public does.
        answer: it answers within so many days.
    """

    title: str
    source: str
    licence: str
    version: int
    sight: int
    answer: int


@cache
def deadlines() -> Deadlines:
    """Return the deadlines.

    Raises:
        DataFileError: the file is missing or broken.
    """
    return load_as(Deadlines, FOLDER, "deadlines.yaml")


@cache
def bank_holidays() -> dict[int, frozenset[datetime.date]]:
    """Return the bank holidays by year.

    Raises:
        DataFileError: the file is missing or broken, or a day stands under another year.
    """
    found = load_as(BankHolidays, FOLDER, "bank_holidays.yaml")
    if any(holiday.day.year != year for year, holidays in found.years.items() for holiday in holidays):
        raise DataFileError("The data file recommendations/bank_holidays.yaml has a day under another year.")
    return {year: frozenset(holiday.day for holiday in holidays) for year, holidays in found.years.items()}


def is_working_day(day: datetime.date) -> bool:
    """Say whether a day is neither at a weekend nor a bank holiday.

    Raises:
        DataFileError: its year is not listed.
    """
    listed = bank_holidays().get(day.year)
    if listed is None:
        raise DataFileError(
            f"The bank holidays of {day.year} are not listed: add them to recommendations/bank_holidays.yaml.",
        )
    return day.weekday() < _SATURDAY and day not in listed


def working_days_after(day: datetime.date, number: int) -> datetime.date:
    """Return the ``number``-th working day after a day; the day itself is not counted.

    Raises:
        DataFileError: a year on the way is not listed.
    """
    found = day
    for _ in range(number):
        found += datetime.timedelta(days=1)
        while not is_working_day(found):
            found += datetime.timedelta(days=1)
    return found


def public_from(seen: datetime.date) -> datetime.date:
    """Return the day on which a recommendation that a service sees today becomes public."""
    return working_days_after(seen, deadlines().sight)


def answer_by(asked: datetime.date) -> datetime.date:
    """Return the last day for an answer that is asked for from a day on."""
    return working_days_after(asked, deadlines().answer)
