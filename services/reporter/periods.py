"""Periods that releases count: a quarter, written ``2025-Q1``, or a year, written ``2025``."""

import datetime
import re
from collections.abc import Iterable
from typing import Final

from services.clock import quarter_end, quarter_of
from services.errors import ContractBroken

QUARTERS_OF_A_YEAR: Final = 4
_NAMES: Final = ("January to March", "April to June", "July to September", "October to December")
_PERIOD: Final = re.compile(r"([0-9]{4})(?:-Q([1-4]))?\Z")


def is_period(text: str) -> bool:
    """Say whether a text is written as a quarter or a year, not before the year 1000."""
    return _PERIOD.match(text) is not None and text >= "1000"


def is_year(period: str) -> bool:
    """Say whether a period is a year."""
    return "-" not in period


def quarters_in(period: str) -> tuple[str, ...]:
    """Return the quarters of a period, in order: four of a year, a quarter itself."""
    if not is_year(period):
        return (period,)
    return tuple(f"{period}-Q{number}" for number in range(1, QUARTERS_OF_A_YEAR + 1))


def period_end(period: str) -> datetime.date:
    """Return the last day of a period.

    Raises:
        ValueError: it is not a period.
    """
    return quarter_end(quarters_in(period)[-1])


def period_in_words(period: str) -> str:
    """Return a period as people say it: January to March 2025, or the year 2025."""
    year, _, number = period.partition("-Q")
    return f"{_NAMES[int(number) - 1]} {year}" if number else f"the year {year}"


def next_quarter(quarter: str) -> str:
    """Return the quarter after this one.

    Raises:
        ContractBroken: it is not written as ``2025-Q1``.
    """
    match = _PERIOD.match(quarter)
    if match is None or match[2] is None:
        raise ContractBroken("A quarter is not written as year and quarter.")
    year, number = int(match[1]), int(match[2])
    return f"{year + number // QUARTERS_OF_A_YEAR:04d}-Q{number % QUARTERS_OF_A_YEAR + 1}"


def period_of(month: str, closed: Iterable[str]) -> str:
    """Return the quarter in which a contribution counts: its session's, or the first later one still open.

    Raises:
        ContractBroken: the month or day is not written so.
    """
    taken = frozenset(closed)
    quarter = quarter_of(month)
    while quarter in taken:
        quarter = next_quarter(quarter)
    return quarter
