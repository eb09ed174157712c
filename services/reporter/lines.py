"""One release in a list, and the people who signed it."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One release in the list.

    Attributes:
        report: its id.
        period: the quarter, or the year.
        framework: the frameworks that it publishes, separated by spaces.
        state: prepared or published.
        citation: the SHA-256 of its body.
        published_on: the day, or None.
        published: how many cells show a figure.
        withheld: how many do not, by symbol without brackets.
        version: counts up where a table was withdrawn.
        prepared_on: the day as of which the answers to recommendations are given.
        names_verified: both names came from a sign-in.
        corrects: the published release of which this prepared one withdraws a table, or None.
    """

    report: str
    period: str
    framework: str
    state: str
    citation: str
    published_on: str | None
    published: int
    withheld: dict[str, int]
    version: int = 1
    prepared_on: str = ""
    names_verified: bool = False
    corrects: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)
