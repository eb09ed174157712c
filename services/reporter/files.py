"""The file command: themed rows in, one release in the plain form out, under the same disclosure control and ledger.

Exit codes are those of the errors: 0 published, 3 held (``Held``), 1 bad input or setting.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.errors import Finding, Held, InputRefused
from services.reporter.ledger import Printed, may_publish_anew, printed_as, same_people
from services.reporter.ledger_folder import LedgerFolder
from services.reporter.periods import period_of
from services.reporter.plain import plain_form
from services.reporter.release import ReleaseDimension, describe
from services.reporter.suppression import LEAST_THRESHOLD, Control, protect
from services.reporter.tables import CellKey, Design, tabulate
from services.reporter.themed import (
    AREA,
    QUARTER,
    SINGLE,
    THEME,
    ThemedRow,
    design_of,
    people_of,
    read_rows,
    read_tree,
    read_withdrawn,
)

FIELDS = (AREA, QUARTER, *SINGLE)


@dataclass(frozen=True, slots=True)
class ReleaseArguments:
    """What the file command is told.

    Attributes:
        input: themed rows, one JSON object a line.
        output: where the release goes.
        framework: the tree of themes; without it there is no theme dimension.
        by: fields to break people down by.
        threshold: least number of distinct people shown; never below 10.
        base: rounding base.
        ledger: folder of earlier releases.
        withdrawals: people who withdrew since.
        close: count quarters up to this one and close them.
    """

    input: Path
    output: Path
    framework: Path | None = None
    by: tuple[str, ...] = ()
    threshold: int = LEAST_THRESHOLD
    base: int = 5
    ledger: Path | None = None
    withdrawals: Path | None = None
    close: str | None = None


def run_release(arguments: ReleaseArguments) -> int:
    """Make one release and write it; the ledger is written before the release, so that no figure goes unrecorded.

    Returns:
        0: it was published.

    Raises:
        InputRefused: the input or an argument is wrong.
        SettingsError: threshold or base is not allowed.
        Held: no proof, or an earlier release forbids it; nothing was written.
        DataFolderError: the ledger cannot be used.
    """
    control = Control.of_release(arguments.threshold, arguments.base)
    control.check()
    _check(arguments)
    tree = read_tree(arguments.framework) if arguments.framework is not None else None
    rows = read_rows(arguments.input, tree, arguments.by)
    if arguments.withdrawals is not None:
        gone = read_withdrawn(arguments.withdrawals)
        rows = [row for row in rows if row.participant not in gone]
    design, present = design_of(rows, tree, arguments.by)
    folder = LedgerFolder(arguments.ledger)
    desk = _Desk(folder, control, design, present)
    if QUARTER in arguments.by or arguments.close is not None:
        old, new = desk.quarters(rows, arguments.close)
    else:
        old, new = desk.cumulative(rows)
    folder.add(new)
    try:
        arguments.output.write_text(_text(arguments, control, [*old, *new]), encoding="utf-8")
    except OSError:
        raise InputRefused([Finding("--output", "cannot be written", "Choose another place.")]) from None
    return 0


class _Desk:
    """What one call decides with: earlier releases, parameters, and the design of now."""

    def __init__(self, folder: LedgerFolder, control: Control, design: Design, present: frozenset[CellKey]) -> None:
        self.folder = folder
        self.control = control
        self.design = design
        self.present = present

    def quarters(self, rows: Sequence[ThemedRow], close: str | None) -> tuple[list[Printed], list[Printed]]:
        """Return the quarters that stand and those counted now."""
        assigned = {
            mark: each.period for each in self.folder.printed if each.period is not None for mark in each.contributions
        }
        of_quarter: dict[str, list[ThemedRow]] = {} if close is None else {close: []}
        for row in rows:
            period = assigned.get(self.folder.hash(row.contribution)) or period_of(row.held_on, self.folder.closed)
            of_quarter.setdefault(period, []).append(row)
        standing, fresh = [], []
        wanted = set(of_quarter) | self.folder.closed
        for period in sorted(period for period in wanted if close is None or period <= close):
            earlier = [each for each in self.folder.printed if each.period == period]
            same = next((each for each in earlier if self._same_table(each)), None)
            if same is not None:
                standing.append(same)
            else:
                fresh.append(self._count(of_quarter.get(period, []), period, earlier))
        return standing, fresh

    def cumulative(self, rows: Sequence[ThemedRow]) -> tuple[list[Printed], list[Printed]]:
        """Return the release that stands, or the one counted now."""
        earlier = [each for each in self.folder.printed if each.period is None]
        marks = self.folder.hashes({row.participant for row in rows})
        same_people = [each for each in earlier if each.people == marks]
        changed = [each for each in earlier if each.people != marks]
        standing = [each for each in earlier if self._same_table(each)]
        if standing and standing[-1] in same_people:
            return [standing[-1]], []
        counted = self._count(rows, None, same_people)
        if not self._may_renew(rows, counted, changed):
            if standing:
                return [standing[-1]], []
            raise Held("Too few people joined or left since an earlier release of other tables of these people.")
        return [], [counted]

    def _same_table(self, printed: Printed) -> bool:
        """Return whether a table is broken down as this one; values found in the rows may differ."""
        same_control = (printed.threshold, printed.base) == (self.control.threshold, self.control.base)
        same_fields = list(printed.design.dimensions) == list(self.design.dimensions)
        same_tree = printed.design.dimensions.get(THEME) == self.design.dimensions.get(THEME)
        return same_control and same_fields and same_tree

    def _count(self, rows: Sequence[ThemedRow], period: str | None, earlier: Sequence[Printed]) -> Printed:
        """Count and prove one table; earlier tables over the same people are part of the proof."""
        people = self.folder.hashes({row.participant for row in rows})
        counts = tabulate(self.design, people_of(rows, self.design))
        joint, known = same_people(people, counts, earlier)
        protected = protect(self.design, joint, control=self.control, earlier=known, present=self.present)
        return printed_as(
            self.design,
            protected.cells,
            counts,
            period=period,
            control=self.control,
            people=people,
            contributions=self.folder.hashes({row.contribution for row in rows}),
        )

    def _may_renew(self, rows: Sequence[ThemedRow], now: Printed, changed: Iterable[Printed]) -> bool:
        """Return whether a cumulative table may be published although the people changed since earlier releases."""

        def joined(printed: Printed) -> dict[CellKey, int]:
            before = frozenset(printed.people)
            joiners = [row for row in rows if self.folder.hash(row.participant) not in before]
            return tabulate(self.design, people_of(joiners, self.design))

        return may_publish_anew(now, changed, joined, same_table=self._same_table)


def _check(arguments: ReleaseArguments) -> None:
    findings = []
    if not set(arguments.by) <= set(FIELDS) or len(set(arguments.by)) != len(arguments.by):
        findings.append(Finding("--by", "not a field, or twice", f"Choose once each from {', '.join(FIELDS)}."))
    if arguments.close is not None and not _is_quarter(arguments.close):
        findings.append(Finding("--close", "not a quarter", "Write it as 2025-Q1."))
    if findings:
        raise InputRefused(findings)


def _is_quarter(text: str) -> bool:
    year, _, number = text.partition("-Q")
    return year.isdecimal() and len(year) == len("2025") and number in {"1", "2", "3", "4"}


def _text(arguments: ReleaseArguments, control: Control, printed: Sequence[Printed]) -> str:
    periods = tuple(each.period for each in printed if each.period is not None)
    name = " by ".join(("people", *(("theme",) if arguments.framework is not None else ()), *arguments.by))
    dimensions = {
        dimension.name: describe(dimension) for each in printed for dimension in each.design.dimensions.values()
    }
    cells: dict[CellKey, int | None] = {}
    for each in printed:
        place = () if each.period is None else ((QUARTER, each.period),)
        for key, cell in each.cells().items():
            cells[tuple(sorted((*key, *place)))] = cell.value
    form = plain_form(
        f"{name} {periods[-1]}" if periods else name,
        dimensions=dimensions.values(),
        cells=cells,
        periods=periods,
        control=control,
        time=QUARTER,
    )
    return json.dumps(form, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def _joined(one: ReleaseDimension | None, other: ReleaseDimension) -> ReleaseDimension:
    """Return a dimension with the values of both; a value found in one quarter need not be found in another."""
    if one is None or one == other:
        return other
    children = {
        parent: tuple(dict.fromkeys((*one.children.get(parent, ()), *other.children.get(parent, ()))))
        for parent in {**one.children, **other.children}
    }
    return ReleaseDimension(other.name, other.kind, other.root, children, other.covering)
