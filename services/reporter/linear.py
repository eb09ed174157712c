"""Linear programmes over the cells of a release, solved by HiGHS.

The solver only proposes: what counts as a proof is a table of whole numbers that ``certificate`` checks in plain
integers, so neither rounding nor a fault of the solver can make an unsafe release look safe.
"""

import importlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from services.errors import Held
from services.reporter.knowledge import Row

NEAR = 1e-6
"""How far from a whole number a solver's value may lie and still be read as one."""

DIVES = 60
"""Steps in the search for whole numbers; a count, not a time, so that every run takes the same steps."""


class Solved(msgspec.Struct, frozen=True):
    """An optimum.

    Attributes:
        objective: its value in fractions, which no table of whole numbers exceeds.
        values: a table of whole numbers, as good as was found, or none.
        pull: the reduced cost of each cell: how much the optimum would gain if the cell were less tightly bound.
    """

    objective: float
    values: list[int] | None
    pull: list[float]


@cache
def _library() -> Any:
    # Loaded on first use: only a release needs the solver, and the command's --help should not wait for it.
    try:
        return importlib.import_module("highspy"), importlib.import_module("numpy")
    except ImportError as absent:
        raise Held("The solver highspy is not installed, so no release can be proved safe.") from absent


class Programme:
    """One programme: bounds and rows stay, objectives change, and each solve starts where the last one ended."""

    def __init__(self, lower: Sequence[int], upper: Sequence[int], rows: Sequence[Row]) -> None:
        highspy, numpy = _library()
        self._numpy = numpy
        self._size = len(lower)
        self._ends = list(zip(lower, upper, strict=True))
        self._highspy = highspy
        programme = highspy.HighsLp()
        programme.num_col_ = self._size
        programme.num_row_ = len(rows)
        programme.col_cost_ = numpy.zeros(self._size)
        programme.col_lower_ = numpy.array(lower, dtype=float)
        programme.col_upper_ = numpy.array(upper, dtype=float)
        programme.row_lower_ = numpy.array([row.lower for row in rows], dtype=float)
        programme.row_upper_ = numpy.array(
            [highspy.kHighsInf if row.upper is None else row.upper for row in rows], dtype=float
        )
        starts = [0]
        for row in rows:
            starts.append(starts[-1] + len(row.terms))
        matrix = programme.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = numpy.array(starts, dtype=numpy.int32)
        matrix.index_ = numpy.array([cell for row in rows for cell, _ in row.terms], dtype=numpy.int32)
        matrix.value_ = numpy.array([sign for row in rows for _, sign in row.terms], dtype=float)
        self._solver = _quiet(highspy)
        self._solver.setOptionValue("solver", "simplex")
        self._solver.passModel(programme)
        self._costed: list[int] = []

    def bound(self, cell: int, lower: int, upper: int) -> None:
        """Change the bounds of one cell."""
        self._ends[cell] = (lower, upper)
        self._free(cell)

    def maximise(self, objective: Mapping[int, int]) -> Solved:
        """Return the optimum of the weighted sum of cells.

        Raises:
            Held: the solver found no optimum: no proof, no release.
        """
        for cell in self._costed:
            if cell not in objective:
                self._solver.changeColCost(cell, 0.0)
        for cell, weight in objective.items():
            self._solver.changeColCost(cell, -float(weight))
        self._costed = list(objective)
        if not self._solve():
            raise Held("The attacker's programme has no optimum: the tables contradict one another.")
        solution = self._solver.getSolution()
        best, pull = -float(self._solver.getObjectiveValue()), list(solution.col_dual)
        return Solved(best, self._in_whole_numbers(list(solution.col_value)), pull)

    def _solve(self) -> bool:
        self._solver.run()
        return bool(self._solver.getModelStatus() == self._highspy.HighsModelStatus.kOptimal)

    def _in_whole_numbers(self, values: list[float]) -> list[int] | None:
        """Return whole numbers near an optimum, or none: settle fractions some at a time, nearest first."""
        settled: set[int] = set()
        for _ in range(DIVES):
            split = sorted((abs(value - round(value)), cell) for cell, value in enumerate(values))
            split = [(gap, cell) for gap, cell in split if gap > NEAR]
            if not split:
                break
            batch = [cell for _, cell in split[: max(1, len(split) // 3)]]
            settled.update(batch)
            for cell in batch:
                self._settle(cell, round(values[cell]))
            if not self._solve() and not self._step_back(batch, values):
                values = []
                break
            values = list(self._solver.getSolution().col_value)
        for cell in settled:
            self.bound(cell, *self._ends[cell])
        if not values or any(abs(value - round(value)) > NEAR for value in values):
            return None
        return [round(value) for value in values]

    def _step_back(self, batch: list[int], values: list[float]) -> bool:
        """Settle one fraction alone where several together cannot be, rounding it the other way if need be."""
        first = batch[0]
        for cell in batch[1:]:
            self._free(cell)
        if self._solve():
            return True
        near = round(values[first])
        self._settle(first, near + 1 if values[first] > near else near - 1)
        return self._solve()

    def _settle(self, cell: int, value: int) -> None:
        self._solver.changeColBounds(cell, float(value), float(value))

    def _free(self, cell: int) -> None:
        lower, upper = self._ends[cell]
        self._solver.changeColBounds(cell, float(lower), float(upper))


def _quiet(highspy: Any) -> Any:
    """Return a solver that prints nothing and takes the same steps on every run."""
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("random_seed", 0),
        ("parallel", "off"),
        # Saves little here, and with it HiGHS 1.15.1 gives wrong optima for some small whole-number programmes.
        ("presolve", "off"),
    ):
        solver.setOptionValue(option, value)
    return solver
