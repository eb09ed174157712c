"""An attacker who holds every release of a year and takes their figures from each other, all cells at once.

He knows what stands in them, how tables hang together, that whoever is in a cell of a quarter is in that cell of the
year unless she withdrew, that nobody is in the year who was in no quarter of it, and how many withdrew in all.
"""

import random

import numpy as np
import pytest

from services.reporter.composing import Material, _section
from services.reporter.dimensions import Tree, flat, of_tree
from services.reporter.joint import Year, given_away
from services.reporter.ledger import printed_as
from services.reporter.parts import Part
from services.reporter.plain import plain_form
from services.reporter.release import PEOPLE, describe
from services.reporter.suppression import Cell, Control, protect
from services.reporter.tables import Design, Person, TableSpec, tabulate

CONTROL = Control()
NODES = of_tree("node", Tree("all", {"all": ("p1", "p2", "p3"), "p1": ("p1.a", "p1.b")}))
ROLE = flat("role", "additive", ("s", "p", "c"), root="all")
AREA = flat("area", "overlapping", ("r0", "r1", "r2"), root="all")
OTHER = of_tree("other", Tree("all", {"all": ("g1", "g2")}))


def design_of(*tables):
    """A design of tables, each given by its dimensions."""
    specs = tuple(
        TableSpec(f"t{number}", "T", tuple((each.name, each.values) for each in dimensions))
        for number, dimensions in enumerate(tables)
    )
    return Design({each.name: each for dimensions in tables for each in dimensions}, specs)


class People:
    """Invented people of a year: what each said in each quarter, and who withdrew after the second."""

    def __init__(self, seed, design):
        self.design = design
        dice = random.Random(seed)
        size, again = dice.choice((15, 25, 40, 70, 120)), dice.choice((0.0, 0.3, 0.7))
        self.quarters = []
        for quarter in range(dice.choice((2, 3, 4))):
            some = [
                number if dice.random() < again else 1000 * (quarter + 1) + number
                for number in range(int(size * dice.uniform(0.6, 1.4)))
            ]
            self.quarters.append({number: self._said(seed, number, dice) for number in some})
        early = sorted({*self.quarters[0], *self.quarters[1]})
        self.gone = set(dice.sample(early, dice.choice((0, 1, 1, 2, 11))))
        for quarter in self.quarters[2:]:
            for number in self.gone:
                quarter.pop(number, None)
        self.year = united(self.quarters, without=self.gone)

    def _said(self, seed, number, dice):
        own = random.Random(seed * 100_000 + number)
        said = {
            "role": frozenset(own.choices(ROLE.values[1:], (6, 2, 1))),
            "area": frozenset(own.choices(AREA.values[1:], (5, 3, 1), k=own.choice((1, 1, 1, 1, 2)))),
            "node": frozenset(dice.choices(("p1.a", "p1.b", "p2", "p3"), (8, 4, 2, 1), k=dice.randint(0, 2))),
            "other": frozenset(dice.choices(("g1", "g2"), (3, 1), k=dice.randint(0, 1))),
        }
        return {name: said[name] for name in self.design.dimensions}

    def counted(self, said):
        return tabulate(self.design, [Person(str(number), values) for number, values in said.items()])

    def both(self, quarter, year):
        return self.counted({number: values for number, values in quarter.items() if number in year})


def united(quarters, *, without=frozenset()):
    year = {}
    for quarter in quarters:
        for number, values in quarter.items():
            if number not in without:
                before = year.get(number, dict.fromkeys(values, frozenset()))
                year[number] = {name: before[name] | said for name, said in values.items()}
    return year


def published(people):
    """Publish four quarters; return them as a year needs them."""
    parts = []
    for number, said in enumerate(people.quarters, 1):
        counts = people.counted(said)
        cells = protect(people.design, counts, control=CONTROL).cells
        kept = printed_as(people.design, cells, counts, period=f"2025-Q{number}", control=CONTROL)
        parts.append(Part(kept, people.both(said, people.year)))
    return tuple(parts)


def year_of(people, parts):
    material = Material(
        period="2025", frameworks=("f",), threshold=10, counts={PEOPLE: people.counted(people.year)}, parts=parts,
        people={PEOPLE: tuple(sorted(f"m{number}" for number in people.year))},
    )  # fmt: skip
    return _section(material, PEOPLE, people.design, CONTROL)[1]


def form_of(printed):
    return plain_form(
        str(printed.period),
        dimensions=[describe(each) for each in printed.design.dimensions.values()],
        cells={key: cell.value for key, cell in printed.cells().items()},
        periods=(),
        control=CONTROL,
    )


def attack(benchmark_module, quarters, years, *, withdrew=0, all_there=True):
    """Return what an attacker finds in all releases together: which release, which cell, between what ends.

    ``quarters`` come first in numbering, then ``years``; all are of one design. Unless they are ``all_there``, somebody
    may be in a year who is in none of ``quarters``.
    """
    every = [benchmark_module.Attacker(form_of(each)) for each in (*quarters, *years)]
    size = len(every[0].places)

    class Joined(benchmark_module.Attacker):
        def __init__(self):
            self.threshold, self.names, self.dimensions = every[0].threshold, every[0].names, every[0].dimensions
            self.places = [(release, *place) for release, each in enumerate(every) for place in each.places]
            self.number = {place: number for number, place in enumerate(self.places)}
            self.lower = np.concatenate([each.lower for each in every])
            self.upper = np.concatenate([each.upper for each in every])
            self.hidden = [size * release + cell for release, each in enumerate(every) for cell in each.hidden]
            self.highs = self._programme([*self._all_rows()], whole=False)

        def _all_rows(self):
            for release, each in enumerate(every):
                for terms, lower, upper in each._rows():
                    yield {size * release + cell: sign for cell, sign in terms.items()}, lower, upper
            changing = [place for place, name in enumerate(self.names) if name in ("node", "other")]
            roots = [self.dimensions[name]["root"] for name in self.names]
            for cell, place in enumerate(every[0].places):
                for year in range(len(quarters), len(every)):
                    whole = size * year + cell
                    for quarter in range(len(quarters)):
                        yield {whole: 1.0, size * quarter + cell: -1.0}, -float(withdrew), np.inf
                    # Who said two things in two quarters stands for both in the year alone.
                    if all_there and sum(place[each] != roots[each] for each in changing) <= 1:
                        parts = {size * quarter + cell: 1.0 for quarter in range(len(quarters))}
                        yield {whole: -1.0, **parts}, 0.0, np.inf

    return Joined().findings()


DESIGNS = {
    "by role": design_of((NODES, ROLE)),
    "by role and by area": design_of((NODES, ROLE), (NODES, AREA)),
    "two frameworks": design_of((NODES, ROLE), (OTHER, ROLE)),
}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
@pytest.mark.parametrize("seed", range(8))
def test_a_year_beside_its_quarters_gives_nobody_away(benchmark_module, seed, design):
    people = People(seed, design)
    parts = published(people)
    year = year_of(people, parts)
    quarters = [part.printed for part in parts]
    assert attack(benchmark_module, quarters, [year], withdrew=len(people.gone)) == []


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
@pytest.mark.parametrize("seed", [22, 35, 53])
def test_what_year_and_quarters_would_give_away_only_together_is_hidden_and_little_else(
    benchmark_module, monkeypatch, seed, design
):
    people = People(seed, design)
    parts = published(people)
    quarters = [part.printed for part in parts]
    with monkeypatch.context() as each_by_itself:
        each_by_itself.setattr("services.reporter.composing.given_away", lambda *_: frozenset())
        apart = year_of(people, parts)
    together = year_of(people, parts)
    assert attack(benchmark_module, quarters, [apart], withdrew=len(people.gone)) != []
    assert attack(benchmark_module, quarters, [together], withdrew=len(people.gone)) == []
    assert together.shown() < apart.shown()
    assert len(apart.shown() - together.shown()) <= 2


@pytest.mark.parametrize("seed", range(8))
def test_a_year_beside_an_older_release_of_it_gives_nobody_away(benchmark_module, seed):
    people = People(seed, DESIGNS["by role and by area"])
    before, now = people.counted(people.quarters[0]), people.counted(united(people.quarters))
    cells = protect(people.design, before, control=CONTROL).cells
    old = printed_as(people.design, cells, before, period="2025", control=CONTROL)
    beside = frozenset()
    while True:
        cells = protect(people.design, now, control=CONTROL, beside=beside).cells
        more = given_away(Year(people.design, cells, now, CONTROL), (), [Part(old, before)])
        if not more:
            break
        assert not more & beside
        beside |= more
    new = printed_as(people.design, cells, now, period="2025", control=CONTROL)
    assert attack(benchmark_module, [old], [new], all_there=False) == []


def test_a_year_that_shows_nothing_gives_nothing_away():
    people = People(3, DESIGNS["by role"])
    counts = people.counted(people.year)
    hidden = dict.fromkeys(counts, Cell(None))
    assert given_away(Year(people.design, hidden, counts, CONTROL), published(people), ()) == frozenset()


def test_a_year_by_itself_has_nothing_hidden_for_the_sake_of_quarters():
    people = People(22, DESIGNS["by role"])
    beside, alone = year_of(people, published(people)), year_of(people, ())
    assert beside.shown() < alone.shown()
