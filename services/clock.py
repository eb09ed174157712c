"""The clock: what day it is, for everything but sign-in.

An installation uses the real day. A demonstration's clock is a file in its data folder, marked as a demo, read by
every service, in the past and only forward.
"""

import datetime
import re
from pathlib import Path
from typing import Protocol

from services.errors import ContractBroken, DataFolderError

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_QUARTER = re.compile(r"[0-9]{4}-Q[1-4]\Z")
_MONTH_OR_DAY = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])(-[0-9]{2})?\Z")


class Clock(Protocol):
    """What day it is, and what minute (for safeguarding alone)."""

    def today(self) -> datetime.date:
        """Return the day."""

    def minute(self) -> str:
        """Return the time in UTC, to the minute, as ``YYYY-MM-DDTHH:MMZ``."""


class RealClock:
    """The machine's clock, in UTC."""

    def today(self) -> datetime.date:
        """Return the day."""
        return datetime.datetime.now(datetime.UTC).date()

    def minute(self) -> str:
        """Return the minute."""
        return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%MZ")


class DemoClock:
    """A day in a file, which several processes read and the demonstration moves forward."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def today(self) -> datetime.date:
        """Return the day in the file.

        Raises:
            DataFolderError: the file is gone or damaged.
        """
        try:
            return datetime.date.fromisoformat(self._path.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            raise DataFolderError("The demonstration's clock file is damaged: start it in a new folder.") from None

    def minute(self) -> str:
        """Return noon of the day: a demonstration keeps no minutes."""
        return f"{self.today().isoformat()}T12:00Z"

    def move_to(self, day: datetime.date) -> None:
        """Move forward to a day.

        Raises:
            DataFolderError: the day is before the clock's.
        """
        if self._path.exists() and day < self.today():
            raise DataFolderError("The demonstration's clock goes forward only.")
        draft = self._path.with_suffix(".next")
        draft.write_text(f"{day.isoformat()}\n", encoding="ascii")
        draft.replace(self._path)


def month_of(day: datetime.date) -> str:
    """Return the month of a day, as ``YYYY-MM``."""
    return f"{day.year:04d}-{day.month:02d}"


def quarter_of(month: str) -> str:
    """Return the quarter of a month or day (``2025-03`` and ``2025-03-14`` give ``2025-Q1``).

    Raises:
        ContractBroken: it is not written so.
    """
    match = _MONTH_OR_DAY.match(month)
    if match is None:
        raise ContractBroken("A month is not written as year and month.")
    return f"{match[1]}-Q{(int(match[2]) + 2) // 3}"


def quarter_end(quarter: str) -> datetime.date:
    """Return the last day of a quarter (``2025-Q1`` gives 31 March 2025).

    Raises:
        ValueError: it is not written like that.
    """
    if not _QUARTER.match(quarter):
        raise ValueError("not a quarter")
    year, number = quarter.split("-Q")
    month = int(number) * 3
    first_after = datetime.date(int(year) + month // 12, month % 12 + 1, 1)
    return first_after - datetime.timedelta(days=1)


def day_in_words(day: str) -> str:
    """Return a day as people write it (``2025-04-07`` gives 7 April 2025)."""
    date = datetime.date.fromisoformat(day)
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"
