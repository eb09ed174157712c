"""The attacker: what can anyone work out about a hidden cell from everything that a release says?

For each hidden cell we look for two tables of whole numbers that agree with all that is published and all that the
structure says (``knowledge``), one with the cell high, one with it low. If they are at least ``threshold - 1`` apart
and the higher reaches the threshold, nobody can tell whether the cell is small. The true table is always one such
witness; the solver finds others, and one witness often serves hundreds of cells. A cell for which none are found is a
breach, even if a cleverer search might have found some: no proof, no publication.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import msgspec

from services.reporter.knowledge import Row
from services.reporter.linear import NEAR, Programme, Solved

SHARED_ROUNDS = 200
"""How often a witness for many cells at once is sought before each cell is looked at alone."""
PATIENCE = 3
"""How many breaches are looked at that may be mended already, before mending them."""

FOREMOST = 10_000
"""Weight of the one cell that a witness is for, against 1 of those that it may serve beside."""

UNKNOWN = 2**31
"""An upper end that nobody knows."""


class Appearance(msgspec.Struct, frozen=True):
    """What a shown cell says: its true value lies between ``lower`` and ``upper``."""

    lower: int
    upper: int


class Breach(msgspec.Struct, frozen=True):
    """A hidden cell that is not proved safe.

    Attributes:
        cell: its number.
        lower: least value that the solver finds possible.
        upper: greatest value that the solver finds possible.
        pulls: shown cell and how hard it holds the interval together.
    """

    cell: int
    lower: float
    upper: float
    pulls: dict[int, float]


Choice = Callable[[Breach], int | None]
"""Names the shown cell to hide so as to mend a breach, or none."""


class Attack:
    """The attack on one population's tables; hide and show cells, and ask for proofs again.

    Args:
        truth: the true value of each cell, by number.
        rows: the structure that the attacker knows.
        shown: how each shown cell appears; every other cell is hidden.
        known: bounds of hidden cells that the attacker has from elsewhere (a session plan, an earlier release).
        threshold: least number of people that may be shown; an interval must be ``threshold - 1`` wide.
    """

    def __init__(
        self,
        truth: Sequence[int],
        rows: Sequence[Row],
        shown: dict[int, Appearance],
        known: dict[int, Appearance],
        *,
        threshold: int,
    ) -> None:
        self.truth = list(truth)
        self.rows = rows
        self.threshold = threshold
        self.shown = dict(shown)
        self.known = dict(known)
        # No end above is known for a hidden cell; a witness needs some, so high that it never decides.
        self.ceiling = 2 * max(self.truth, default=0) + 2 * threshold * (len(self.truth) + 1)
        self.witnesses: list[dict[int, int]] = [{}]
        self.strict: set[int] = set()
        self.exempt: set[int] = set()
        self._valid = {0}
        self._high: dict[int, int] = {}
        self._low: dict[int, int] = {}
        self._above: set[int] = set()
        self._rows_of: dict[int, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            for cell, _ in row.terms:
                self._rows_of[cell].append(place)
        for cell in self.hidden():
            self._adopt(cell)

    def hidden(self) -> list[int]:
        """Return the numbers of all hidden cells, in order."""
        return [cell for cell in range(len(self.truth)) if cell not in self.shown]

    def bounds(self, cell: int) -> tuple[int, int]:
        """Return what the attacker reads off one cell alone."""
        seen = self.shown.get(cell) or self.known.get(cell)
        return (seen.lower, min(seen.upper, self.ceiling)) if seen is not None else (0, self.ceiling)

    def hide(self, cell: int) -> None:
        """Hide a shown cell; what was proved before stays proved."""
        del self.shown[cell]
        self._adopt(cell)

    def show(self, cell: int, appearance: Appearance) -> list[int]:
        """Show a hidden cell; return the hidden cells that lose their proof."""
        self.shown[cell] = appearance
        self._above.clear()
        fits = range(appearance.lower, appearance.upper + 1)
        self._valid = {place for place in self._valid if self.value(place, cell) in fits}
        for ends in (self._high, self._low):
            ends.pop(cell, None)
        lost = []
        for other in self.hidden():
            if self._high[other] not in self._valid or self._low[other] not in self._valid:
                self._adopt(other)
                if not self.safe(other):
                    lost.append(other)
        return lost

    def saved(self) -> tuple[dict[int, Appearance], set[int], dict[int, int], dict[int, int], set[int]]:
        """Return the state, to come back to when showing a cell again turns out unsafe."""
        return dict(self.shown), set(self._valid), dict(self._high), dict(self._low), set(self._above)

    def restore(self, state: tuple[dict[int, Appearance], set[int], dict[int, int], dict[int, int], set[int]]) -> None:
        """Go back to a saved state; witnesses found since are not used."""
        self.shown, self._valid, self._high, self._low, self._above = state

    def value(self, witness: int, cell: int) -> int:
        """Return a cell's value in a witness; a witness lists only where it differs from the true table."""
        return self.witnesses[witness].get(cell, self.truth[cell])

    def ends(self, cell: int) -> tuple[int, int]:
        """Return the highest and the lowest value of a hidden cell in any witness found."""
        return self.value(self._high[cell], cell), self.value(self._low[cell], cell)

    def safe(self, cell: int) -> bool:
        """Return whether a hidden cell is proved: wide enough, or a not-small cell known not to be small."""
        high, low = self.ends(cell)
        wide = high >= self.threshold and high - low >= self.threshold - 1
        return wide or cell in self._above or cell in self.exempt

    def proofs(self) -> dict[int, tuple[int, int]]:
        """Return the high and the low witness of each hidden cell that has them."""
        apart = self._above | self.exempt
        return {cell: (self._high[cell], self._low[cell]) for cell in self.hidden() if cell not in apart}

    def above(self) -> list[int]:
        """Return the hidden cells that are known to reach the threshold."""
        return sorted(self._above - set(self.shown))

    def neighbours(self, cell: int) -> set[int]:
        """Return the cells that share a row with this one."""
        return {other for place in self._rows_of[cell] for other, _ in self.rows[place].terms}

    def prove(self, cells: Iterable[int], choose: Choice | None = None, *, first: Iterable[int] = ()) -> list[Breach]:
        """Prove the cells named; return the breaches found: without ``choose`` the first one alone.

        With ``choose`` each breach is mended as it is found: the cell that it names will be hidden, and cells beside it
        are left for the next call, since that may already have mended them. Cells in ``first`` are looked at one by
        one before all others: those most likely to fail.

        Raises:
            Held: the solver finds the published figures contradictory.
        """
        todo = [cell for cell in sorted(set(cells)) if cell not in self.shown and not self.safe(cell)]
        if not todo:
            return []
        found: list[Breach] = []
        for members, rows in self._components(todo):
            inside = set(members)
            part = _Part(self, members, rows)
            suspects = [cell for cell in first if cell in inside and not self.safe(cell)]
            found += part.suspect(suspects) if choose is None else []
            found += part.prove([cell for cell in todo if cell in inside], choose) if not found or choose else []
            if found and choose is None:
                break
        return found

    def seek(self, cells: Iterable[int]) -> None:
        """Seek witnesses that serve many of the cells named at once, and prove no breach.

        Raises:
            Held: the solver finds the published figures contradictory.
        """
        todo = [cell for cell in sorted(set(cells)) if cell not in self.shown and not self.safe(cell)]
        for members, rows in self._components(todo):
            inside = set(members)
            _Part(self, members, rows).seek([cell for cell in todo if cell in inside])

    def record(self, witness: dict[int, int]) -> None:
        """Keep a witness that was checked, for every hidden cell that it serves."""
        place = len(self.witnesses)
        self.witnesses.append(witness)
        self._valid.add(place)
        for cell, value in witness.items():
            if cell in self._high:
                if value > self.value(self._high[cell], cell):
                    self._high[cell] = place
                if value < self.value(self._low[cell], cell):
                    self._low[cell] = place

    def stands_above(self, cell: int) -> None:
        """Note that a cell is known to reach the threshold: not small, and no secret."""
        self._above.add(cell)

    def _adopt(self, cell: int) -> None:
        valid = sorted(self._valid)
        self._high[cell] = max(valid, key=lambda place: (self.value(place, cell), -place))
        self._low[cell] = min(valid, key=lambda place: (self.value(place, cell), place))

    def _components(self, todo: list[int]) -> list[tuple[list[int], list[Row]]]:
        """Return the parts of the programme that touch the cells named, without rows that can never bind."""
        active: dict[int, bool] = {}
        seen: set[int] = set()
        parts = []
        for start in todo:
            if start in seen:
                continue
            seen.add(start)
            members, rows, waiting = [start], [], [start]
            while waiting:
                for place in self._rows_of[waiting.pop()]:
                    if place in active:
                        continue
                    active[place] = self._can_bind(self.rows[place])
                    if active[place]:
                        rows.append(place)
                        fresh = [cell for cell, _ in self.rows[place].terms if cell not in seen]
                        seen.update(fresh)
                        members += fresh
                        waiting += fresh
            parts.append((sorted(members), [self.rows[place] for place in sorted(rows)]))
        return parts

    def _can_bind(self, row: Row) -> bool:
        least = greatest = 0
        for cell, sign in row.terms:
            lower, upper = self.bounds(cell)
            least += sign * (lower if sign > 0 else upper)
            greatest += sign * (upper if sign > 0 else lower)
        return least < row.lower or (row.upper is not None and greatest > row.upper)


class _Part:
    """One connected part of the programme, its cells numbered from nought."""

    def __init__(self, attack: Attack, members: list[int], rows: list[Row]) -> None:
        self.attack = attack
        self.members = members
        self.place = {cell: place for place, cell in enumerate(members)}
        self.ends = [attack.bounds(cell) for cell in members]
        self.rows = [
            Row(row.lower, row.upper, tuple((self.place[cell], sign) for cell, sign in row.terms)) for row in rows
        ]
        self.programme = Programme([low for low, _ in self.ends], [high for _, high in self.ends], self.rows)

    def suspect(self, cells: list[int]) -> list[Breach]:
        """Return the first breach among cells looked at one by one."""
        for cell in cells:
            breach = None if self.attack.safe(cell) else self.alone(cell)
            if breach is not None:
                return [breach]
        return []

    def prove(self, cells: list[int], choose: Choice | None) -> list[Breach]:
        """Prove cells, many at once while that helps, then one by one; return the breaches."""
        todo = self.seek(cells)
        breaches: list[Breach] = []
        touched: set[int] = set()
        waiting = 0
        for cell in todo:
            if self.attack.safe(cell) or cell in touched:
                continue
            breach = self._foremost(cell, todo)
            if breach is None:
                continue
            breaches.append(breach)
            if choose is None:
                break
            chosen = choose(breach)
            if chosen is not None:
                touched |= self.attack.neighbours(chosen)
            else:
                # What will be hidden for another breach may mend this one and many like it: look again after that.
                waiting += 1
                if waiting == PATIENCE:
                    break
        return breaches

    def seek(self, cells: list[int]) -> list[int]:
        """Look for witnesses that serve many cells at once; return the cells still without a proof."""
        todo = self._together([cell for cell in cells if not self.attack.safe(cell)], up=True)
        return self._together(todo, up=False)

    def _foremost(self, cell: int, todo: list[int]) -> Breach | None:
        """Prove one cell before all others, and as many of the others as then can be; return the breach if any."""
        pending = [other for other in todo if not self.attack.safe(other)]
        for up in (True, False):
            self._attempt(pending, {**dict.fromkeys(pending, 1), cell: FOREMOST}, up=up)
            if self.attack.safe(cell):
                return None
        return self.alone(cell)

    def _together(self, todo: list[int], *, up: bool) -> list[int]:
        """Look for witnesses that serve many cells at once; return the cells still without a proof."""
        for attempt in range(SHARED_ROUNDS):
            left = self._attempt(todo, {cell: _weight(cell, attempt) for cell in todo}, up=up)
            if len(left) == len(todo):
                break
            todo = left
        return todo

    def _attempt(self, todo: list[int], weights: dict[int, int], *, up: bool) -> list[int]:
        """Seek one witness with the weighted cells high, or low; return the cells of ``todo`` still without a proof."""
        if not weights:
            return todo
        width = self.attack.threshold - 1
        for cell in weights:
            # No cell needs more than this, so none takes what another could have.
            lower, upper = self.attack.bounds(cell)
            highest, lowest = self.attack.ends(cell)
            if up:
                upper = min(upper, max(self.attack.threshold, lowest + width))
            else:
                lower = max(lower, min(lowest, highest - width))
            self.programme.bound(self.place[cell], lower, upper)
        sign = 1 if up else -1
        solved = self.programme.maximise({self.place[cell]: sign * weight for cell, weight in weights.items()})
        for cell in weights:
            self.programme.bound(self.place[cell], *self.attack.bounds(cell))
        self._keep(solved)
        return [cell for cell in todo if not self.attack.safe(cell)]

    def alone(self, cell: int) -> Breach | None:
        """Prove one cell by the ends of its interval, or return the breach."""
        place = self.place[cell]
        upmost = self.programme.maximise({place: 1})
        self._keep(upmost)
        if self.attack.safe(cell):
            return None
        lowest = self.programme.maximise({place: -1})
        self._keep(lowest)
        if self.attack.safe(cell):
            return None
        least = -lowest.objective
        if least > self.attack.threshold - 1 + NEAR and cell not in self.attack.strict:
            self.attack.stands_above(cell)
            return None
        pulls: dict[int, float] = defaultdict(float)
        for solved in (upmost, lowest):
            for other, pull in zip(self.members, solved.pull, strict=True):
                if abs(pull) > NEAR and other in self.attack.shown:
                    pulls[other] += abs(pull)
        return Breach(cell, least, upmost.objective, dict(pulls))

    def _keep(self, solved: Solved) -> None:
        """Keep what the solver proposes as a witness if it truly fits."""
        whole = solved.values
        if whole is None:
            return
        for value, (lower, upper) in zip(whole, self.ends, strict=True):
            if not lower <= value <= upper:
                return
        for row in self.rows:
            total = 0
            for place, sign in row.terms:
                total += sign * whole[place]
            if total < row.lower or (row.upper is not None and total > row.upper):
                return
        truth = self.attack.truth
        self.attack.record(
            {cell: value for cell, value in zip(self.members, whole, strict=True) if value != truth[cell]}
        )


def _weight(cell: int, attempt: int) -> int:
    """Return a weight from 1 to 8 that changes with the attempt, so that some cells get all they need, not all some."""
    return 1 + (((cell * 2654435761 + attempt * 40503) >> 7) % 8)
