"""The release ledger: what was published before decides what may be published now.

A quarter that was published is never counted again: whoever held two counts of it would only have to subtract. A
contribution belongs to the quarter of its session, or to the first one still open when it is first counted, and stays
there. A cumulative or annual figure is counted anew only if enough people joined, and nobody or enough people left,
since every earlier release of it; else the old figure stands with its old date. A mistake is mended by withdrawing the
whole table, never by changing a cell.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from services.errors import Conflict, ContractBroken, Held, NotFound
from services.reporter.tables import CellKey

_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(-\d{2})?")


class Entry(msgspec.Struct, frozen=True):
    """One release in the ledger.

    Attributes:
        citation: hash of the release's body.
        period: the quarter it counts, which is closed from then on.
        tables: ids of its tables.
        withdrawn: ids of those of its tables that were withdrawn since.
    """

    citation: str
    period: str
    tables: tuple[str, ...]
    withdrawn: tuple[str, ...] = ()


class Ledger(msgspec.Struct, frozen=True):
    """All releases, in order of publication."""

    entries: tuple[Entry, ...] = ()

    @property
    def closed(self) -> frozenset[str]:
        """The quarters that are never counted again."""
        return frozenset(entry.period for entry in self.entries)


class Standing(msgspec.Struct, frozen=True):
    """What the reporter keeps of an earlier cumulative release; it is never published.

    Attributes:
        people: keyed hashes of everybody who was counted; erased ones are missing.
        counts: the true figure of each cell.
        shown: the cells that were shown.
    """

    people: frozenset[str]
    counts: dict[CellKey, int]
    shown: frozenset[CellKey]


def quarter_of(month: str) -> str:
    """Return the quarter of a month or day written as ``2025-03`` or ``2025-03-14``.

    Raises:
        ContractBroken: it is not written so.
    """
    match = _MONTH.fullmatch(month)
    if match is None:
        raise ContractBroken("A month is not written as year and month.")
    return f"{match[1]}-Q{(int(match[2]) + 2) // 3}"


def next_quarter(quarter: str) -> str:
    """Return the quarter after this one.

    Raises:
        ContractBroken: it is not written as ``2025-Q1``.
    """
    match = _QUARTER.fullmatch(quarter)
    if match is None:
        raise ContractBroken("A quarter is not written as year and quarter.")
    year, number = int(match[1]), int(match[2])
    return f"{year + number // 4}-Q{number % 4 + 1}"


def period_of(month: str, closed: Iterable[str]) -> str:
    """Return the period in which a contribution counts: its session's quarter, or the first later one still open."""
    taken = frozenset(closed)
    quarter = quarter_of(month)
    while quarter in taken:
        quarter = next_quarter(quarter)
    return quarter


def assign_periods(months: Mapping[str, str], assigned: Mapping[str, str], closed: Iterable[str]) -> dict[str, str]:
    """Return the period of each contribution: what was assigned before stands, the others get theirs now.

    ``months`` gives the month of each contribution's session.
    """
    taken = frozenset(closed)
    return {
        contribution: assigned.get(contribution) or period_of(month, taken) for contribution, month in months.items()
    }


def publish(ledger: Ledger, entry: Entry) -> Ledger:
    """Return the ledger with one more release.

    Raises:
        Held: the period was published before and is never counted again.
        Conflict: the very same body is there already.
    """
    if any(entry.citation == earlier.citation for earlier in ledger.entries):
        raise Conflict("This release is in the ledger already.")
    if entry.period in ledger.closed:
        raise Held(f"The period {entry.period} was published before and is never counted again.")
    return Ledger((*ledger.entries, entry))


def withdraw_table(ledger: Ledger, citation: str, table: str) -> Ledger:
    """Return the ledger with one table withdrawn whole; its period stays closed.

    Raises:
        NotFound: no such release or table.
    """
    entries = list(ledger.entries)
    for place, entry in enumerate(entries):
        if entry.citation == citation and table in entry.tables:
            withdrawn = tuple(sorted({*entry.withdrawn, table}))
            entries[place] = msgspec.structs.replace(entry, withdrawn=withdrawn)
            return Ledger(tuple(entries))
    raise NotFound("The ledger has no such table.")


def may_renew(joined: int, left: int, *, threshold: int = 10) -> bool:
    """Return whether a cumulative figure may be counted anew.

    At least ``threshold`` people must have joined and nobody, or at least as many, have left: the difference of the two
    figures then stands for enough people, and a single withdrawal stays hidden.
    """
    return joined >= threshold and (left == 0 or left >= threshold)


def renewable(
    earlier: Iterable[tuple[Standing, Mapping[CellKey, int]]],
    counts: Mapping[CellKey, int],
    shown: frozenset[CellKey],
    *,
    threshold: int = 10,
) -> bool:
    """Return whether a cumulative table may be published anew, against every earlier release of it.

    The whole table or nothing: a table of cells with different dates could be subtracted from itself. How many left a
    cell follows from its old figure, those who joined and its new figure, so nobody who left need be remembered.

    Args:
        earlier: each earlier release with, for each cell, the people of now who were not counted in it.
        counts: the true figures of now.
        shown: the cells that would be shown now.
        threshold: least number of people that may be shown.
    """
    for standing, joined in earlier:
        for cell in sorted(shown | standing.shown):
            if cell not in standing.counts or cell not in counts:
                return False
            left = standing.counts[cell] + joined[cell] - counts[cell]
            if not may_renew(joined[cell], left, threshold=threshold):
                return False
            # Hidden before and shown now: whoever knows this rule knows that at most counts - threshold stood there.
            if cell not in standing.shown and counts[cell] < 3 * threshold:
                return False
    return True
