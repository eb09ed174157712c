"""How much disclosure control keeps, how long it takes, and what an attacker of its own finds in what was published.

    python benchmarks/disclosure.py [--seeds 1] [--three-way] [--wide]

Consultations are synthetic: themes after Zipf in a tree of 85 nodes and a root, 33 boroughs of unequal size, every
twentieth person speaking of two. "Home" is one borough each, so it adds up; "borough" is those
spoken of, which overlap. "Naive" hides small cells and does nothing else. "Kept" is the share of
inner cells with anybody in them that are still shown. The attacker reads the plain release form alone and shares no
code with the product: one linear programme over all cells, or whole-number programmes for small tables.
"""

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import highspy
import numpy as np

from services.reporter.counting import CountedRow, count_contributors
from services.reporter.dimensions import Tree, flat, of_tree
from services.reporter.plain import plain_form
from services.reporter.release import describe
from services.reporter.suppression import Cell, Control, Protected, primary_cells, protect
from services.reporter.tables import CellKey, Design, Person, TableSpec, people_design, tabulate

ROOT = "ALL"
NEAR = 1e-6
UNBOUNDED = 1e6


class Attacker:
    """Bounds on every hidden cell of one object in the plain release form.

    Args:
        form: the object.
        whole: reckon in whole numbers, exactly; for small tables.
    """

    def __init__(self, form: dict[str, Any], *, whole: bool = False) -> None:
        self.threshold = int(form["threshold"])
        self.names = sorted(form["dimensions"])
        self.dimensions = form["dimensions"]
        self.seen: dict[tuple[str, ...], dict[str, Any]] = {}
        for cell in form["cells"]:
            place = tuple(cell["dims"].get(name, self.dimensions[name]["root"]) for name in self.names)
            if place in self.seen and self.seen[place]["value"] != cell["value"]:
                raise ValueError("One cell is published with two figures.")
            self.seen[place] = cell
        axes = [self._values(self.dimensions[name]) for name in self.names]
        self.places = list(product(*axes))
        self.number = {place: number for number, place in enumerate(self.places)}
        half = int(form["rounding_base"]) // 2
        self.lower, self.upper = np.zeros(len(self.places)), np.full(len(self.places), UNBOUNDED)
        for place, cell in self.seen.items():
            if cell["value"] is not None:
                self.lower[self.number[place]] = max(self.threshold, cell["value"] - half)
                self.upper[self.number[place]] = cell["value"] + half
        self.hidden = [self.number[place] for place, cell in self.seen.items() if cell["value"] is None]
        self.highs = self._programme(list(self._rows()), whole=whole)

    @staticmethod
    def _values(dimension: dict[str, Any]) -> list[str]:
        values = [dimension["root"]]
        for value in values:
            values += dimension["children"].get(value, [])
        return values

    def _rows(self) -> Iterator[tuple[dict[int, float], float, float]]:
        for axis, name in enumerate(self.names):
            dimension = self.dimensions[name]
            for parent, children in dimension["children"].items():
                for place in self.places:
                    if place[axis] == parent:
                        parts = [(*place[:axis], child, *place[axis + 1 :]) for child in children]
                        yield from self._line(dimension, place, parts)
                        yield from self._in_neither(axis, place, parts)

    def _line(
        self, dimension: dict[str, Any], place: tuple[str, ...], parts: list[tuple[str, ...]]
    ) -> Iterator[tuple[dict[int, float], float, float]]:
        whole = self.number[place]
        summed = {whole: -1.0, **{self.number[part]: 1.0 for part in parts}}
        covering = dimension.get("covering", True)
        if dimension["kind"] == "additive":
            yield summed, 0.0 if covering else -highspy.kHighsInf, 0.0
            return
        for part in parts:
            yield {whole: 1.0, self.number[part]: -1.0}, 0.0, highspy.kHighsInf
        if covering:
            yield summed, 0.0, highspy.kHighsInf

    def _in_neither(
        self, axis: int, place: tuple[str, ...], parts: list[tuple[str, ...]]
    ) -> Iterator[tuple[dict[int, float], float, float]]:
        for other in range(axis + 1, len(self.names)):
            for child in self.dimensions[self.names[other]]["children"].get(place[other], []):

                def turned(cell: tuple[str, ...], other: int = other, child: str = child) -> int:
                    return self.number[(*cell[:other], child, *cell[other + 1 :])]

                for part in parts:
                    terms: dict[int, float] = defaultdict(float)
                    for cell, sign in (
                        (self.number[place], 1.0),
                        (self.number[part], -1.0),
                        (turned(place), -1.0),
                        (turned(part), 1.0),
                    ):
                        terms[cell] += sign
                    yield terms, 0.0, highspy.kHighsInf

    def _programme(self, rows: list[tuple[dict[int, float], float, float]], *, whole: bool) -> Any:
        size = len(self.places)
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = size, len(rows)
        programme.col_cost_ = np.zeros(size)
        programme.col_lower_, programme.col_upper_ = self.lower, self.upper
        programme.row_lower_ = np.array([lower for _, lower, _ in rows])
        programme.row_upper_ = np.array([upper for _, _, upper in rows])
        starts = np.cumsum([0, *(len(terms) for terms, _, _ in rows)])
        programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        programme.a_matrix_.start_ = starts.astype(np.int32)
        programme.a_matrix_.index_ = np.array([cell for terms, _, _ in rows for cell in terms], dtype=np.int32)
        programme.a_matrix_.value_ = np.array([sign for terms, _, _ in rows for sign in terms.values()])
        if whole:
            programme.integrality_ = [highspy.HighsVarType.kInteger] * size
        solver = highspy.Highs()
        # Presolve is off: with it HiGHS 1.15.1 gives wrong ends for some small whole-number programmes of ours.
        for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
            solver.setOptionValue(option, value)
        solver.passModel(programme)
        return solver

    def _end(self, cell: int, sign: float) -> np.ndarray[Any, Any]:
        self.highs.changeColCost(cell, sign)
        self.highs.run()
        if self.highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise ValueError("What is published contradicts itself.")
        self.highs.changeColCost(cell, 0.0)
        return np.array(self.highs.getSolution().col_value)

    def bounds(self, cell: int) -> tuple[float, float]:
        """Return the least and the greatest value of a cell that agree with all that is published."""
        return float(self._end(cell, 1.0)[cell]), float(self._end(cell, -1.0)[cell])

    def findings(self, *, spared: Iterable[int] = ()) -> list[tuple[tuple[str, ...], float, float]]:
        """Return hidden cells that are proved small, or that may be small in too narrow an interval.

        A solution found for one cell often clears others too, which saves most of the programmes.
        """
        least, greatest = np.full(len(self.places), np.inf), np.full(len(self.places), -np.inf)
        found = []
        for cell in self.hidden:
            if cell in spared or self._clear(least[cell], greatest[cell]):
                continue
            for sign in (1.0, -1.0):
                solution = self._end(cell, sign)
                least, greatest = np.minimum(least, solution), np.maximum(greatest, solution)
            if not self._clear(least[cell], greatest[cell]) and least[cell] < self.threshold - NEAR:
                found.append((self.places[cell], float(least[cell]), float(greatest[cell])))
        return found

    def _clear(self, least: float, greatest: float) -> bool:
        return bool(greatest >= self.threshold - NEAR and greatest - least >= self.threshold - 1 - NEAR)


def theme_tree(size: int = 85) -> Tree:
    """Return a tree of ``size`` nodes below its root: five priorities, three below each, actions below those."""
    tops = [f"p{number}" for number in range(5)]
    middle = {top: tuple(f"{top}.{number}" for number in range(3)) for top in tops}
    below: dict[str, list[str]] = {node: [] for nodes in middle.values() for node in nodes}
    for number in range(size - len(tops) - len(below)):
        node = list(below)[number % len(below)]
        below[node].append(f"{node}.{number}")
    return Tree(ROOT, {ROOT: tuple(tops), **middle, **{node: tuple(nodes) for node, nodes in below.items()}})


def consultation(size: int, seed: int) -> list[Person]:
    """Return ``size`` people."""
    dice = random.Random(seed)
    tree = theme_tree()
    leaves = [node for node in of_tree("theme", tree).values if node not in tree.children]
    dice.shuffle(leaves)
    zipf = [1 / (rank + 1) for rank in range(len(leaves))]
    shares = [dice.uniform(0.3, 3.0) for _ in range(33)]
    people = []
    for number in range(size):
        boroughs = set(dice.choices(BOROUGHS, shares, k=2 if dice.random() < 0.05 else 1))
        values = {
            "home": frozenset(dice.choices(BOROUGHS, shares)),
            "theme": frozenset(dice.choices(leaves, zipf, k=dice.choice((1, 1, 2, 2, 3)))),
            "borough": frozenset(boroughs),
            "age": frozenset(dice.choices(AGES, (1, 2, 3, 4, 4, 3, 2, 1, 0.5))),
            "ethnicity": frozenset(dice.choices(ETHNICITIES, [1 / (rank + 1) ** 1.5 for rank in range(8)])),
        }
        people.append(Person(f"{number:06}", values))
    return people


BOROUGHS = tuple(f"b{number:02}" for number in range(33))
AGES = tuple(f"a{number}" for number in range(9))
ETHNICITIES = tuple(f"e{number}" for number in range(8))


def table_design(names: Sequence[str]) -> Design:
    """Return one table of the dimensions named, every breakdown by every other."""
    every = {
        "theme": of_tree("theme", theme_tree()),
        "borough": flat("borough", "overlapping", BOROUGHS, root=ROOT),
        "home": flat("home", "additive", BOROUGHS, root=ROOT),
        "age": flat("age", "additive", AGES, root=ROOT),
        "ethnicity": flat("ethnicity", "additive", ETHNICITIES, root=ROOT),
    }
    dimensions = {name: every[name] for name in names}
    axes = tuple((name, dimension.values) for name, dimension in dimensions.items())
    return Design(dimensions, (TableSpec(" x ".join(names), "Synthetic people", axes),))


def form_of(design: Design, cells: dict[CellKey, Cell], base: int = 5) -> dict[str, Any]:
    """Return cells in the plain release form."""
    return plain_form(
        "benchmark",
        dimensions=[describe(dimension) for dimension in design.dimensions.values()],
        cells={key: cell.value for key, cell in cells.items()},
        periods=(),
        control=Control(base=base),
    )


def naive(design: Design, counts: dict[CellKey, int]) -> dict[CellKey, Cell]:
    """Return what hiding small cells alone would publish, figures as they are."""
    hidden = set(primary_cells(design, counts, Control()))
    return {key: Cell(None if key in hidden else count) for key, count in counts.items()}


def measure(names: Sequence[str], size: int, seed: int, *, attack: bool = True) -> None:
    """Print one line: cells, kept shares, findings and seconds."""
    design = table_design(names)
    counts = tabulate(design, consultation(size, seed))
    started = time.perf_counter()
    protected: Protected = protect(design, counts)
    seconds = time.perf_counter() - started
    inner = [key for key, count in counts.items() if count and len(key) == len(names)]

    def kept(cells: dict[CellKey, Cell]) -> float:
        return 100 * sum(cells[key].value is not None for key in inner) / len(inner)

    before = naive(design, counts)
    found = len(Attacker(form_of(design, protected.cells)).findings()) if attack else "-"
    broken = len(Attacker(form_of(design, before, 1)).findings()) if attack else "-"
    print(
        f"{' x '.join(names):28} n={size:<7} seed={seed} cells={len(counts):<6} naive: kept {kept(before):5.1f} % "
        f"findings {broken:>5} | ours: kept {kept(protected.cells):5.1f} % findings {found:>3} in {seconds:6.2f} s",
        flush=True,
    )


def small_rounds(seed: int) -> None:
    """Print how many cells of the service's own tables are shown at the real sizes of forums and consultations."""
    roles = ("survivor", "practitioner", "family_friend", "community", "organisation")
    tree = theme_tree(25)
    leaves = [node for node in of_tree("theme", tree).values if node not in tree.children]
    zipf = [1 / (rank + 1) for rank in range(len(leaves))]
    design = people_design({"f": tree}, roles=roles[:4], areas=(*BOROUGHS, "not_said"), sectors=("police", "housing"))
    for size in (8, 12, 34, 133, 533):
        dice = random.Random(seed)
        rows = [
            CountedRow(
                contribution=f"c{number}",
                contributor=f"p{number}",
                group=None,
                session="s",
                kind="interview",
                role=dice.choices(roles[:4], (8, 2, 1, 1))[0],
                areas=tuple(dice.choices(BOROUGHS[:6])),
                period="2025-Q1",
                seated=True,
                number_present=size,
                nodes=tuple(("f", node) for node in dice.choices(leaves, zipf, k=2)),
                sectors=tuple(dice.choices(("police", "housing"))),
                forms=(),
            )
            for number in range(size)
        ]
        counts = tabulate(design, count_contributors(rows, roles=roles).people)
        cells = protect(design, counts).cells
        used = [key for key, count in counts.items() if count]
        shown = sum(cells[key].value is not None for key in used)
        first = len(used) - len(set(used) & set(primary_cells(design, counts, Control())))
        print(f"service tables, n={size:<4} used {len(used):<3} not small {first:<3} shown {shown}", flush=True)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--three-way", action="store_true", help="home x age x ethnicity too")
    parser.add_argument("--wide", action="store_true", help="theme x home x age too: over 25,000 cells")
    parser.add_argument("--small", action="store_true", help="the service's own tables alone")
    given = parser.parse_args()
    for seed in range(1, given.seeds + 1):
        if given.small:
            small_rounds(seed)
            continue
        for names in (("home", "age"), ("theme", "home"), ("theme", "borough")):
            for size in (1_000, 10_000, 100_000):
                measure(names, size, seed)
        if given.three_way:
            for size in (10_000, 100_000):
                measure(("home", "age", "ethnicity"), size, seed, attack=False)
        if given.wide:
            measure(("theme", "home", "age"), 100_000, seed, attack=False)
        small_rounds(seed)


if __name__ == "__main__":
    main()
