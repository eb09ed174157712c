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

NODES = 20
"""Nodes that a search for whole numbers may open; a count, not a time, so that every run takes the same steps."""

GAP = 0.05
"""How far below the best a table of whole numbers may stay."""

FEASIBLE = 2
"""What the solver calls a solution that keeps all rows."""


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
        self._solver.changeColBounds(cell, float(lower), float(upper))

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
        self._solver.run()
        if self._solver.getModelStatus() != self._highspy.HighsModelStatus.kOptimal:
            raise Held("The attacker's programme has no optimum: the tables contradict one another.")
        solution = self._solver.getSolution()
        values = list(solution.col_value)
        objective, pull = -float(self._solver.getObjectiveValue()), list(solution.col_dual)
        whole = [round(value) for value in values]
        if any(abs(value - near) > NEAR for value, near in zip(values, whole, strict=True)):
            return Solved(objective, self._in_whole_numbers(), pull)
        return Solved(objective, whole, pull)

    def _in_whole_numbers(self) -> list[int] | None:
        """Return a good table of whole numbers for the same objective, or none within the nodes allowed."""
        programme = self._solver.getLp()
        programme.integrality_ = [self._highspy.HighsVarType.kInteger] * self._size
        solver = _quiet(self._highspy)
        solver.setOptionValue("mip_max_nodes", NODES)
        solver.setOptionValue("mip_rel_gap", GAP)
        solver.passModel(programme)
        solver.run()
        if solver.getInfo().primal_solution_status != FEASIBLE:
            return None
        return [round(value) for value in solver.getSolution().col_value]


def _quiet(highspy: Any) -> Any:
    """Return a solver that prints nothing and takes the same steps on every run."""
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("parallel", "off")):
        solver.setOptionValue(option, value)
    return solver
