import random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.errors import Held, SettingsError
from services.reporter.dimensions import Tree, flat, of_tree
from services.reporter.plain import plain_form
from services.reporter.release import describe
from services.reporter.suppression import Cell, Control, Earlier, Plan, Protected, primary_cells, protect
from services.reporter.tables import EVERYONE, Design, Person, TableSpec, tabulate


def cell(**values):
    return tuple(sorted(values.items()))


def control_of(design, people, **options) -> Protected:
    return protect(design, tabulate(design, people), **options)


def form(design, cells, control=None):
    return plain_form(
        "test",
        dimensions=[describe(dimension) for dimension in design.dimensions.values()],
        cells={key: each.value for key, each in cells.items()},
        periods=(),
        control=control or Control(),
    )


@pytest.mark.parametrize("threshold", [0, 1, 5, 9])
def test_a_threshold_below_ten_is_refused(threshold, grid, crowd):
    with pytest.raises(SettingsError, match="below 10"):
        control_of(grid(), crowd((30, {"age": "a0"})), control=Control(threshold=threshold))


@pytest.mark.parametrize("base", [0, 2, 4, 11, -5])
def test_a_base_that_leaves_values_halfway_or_exceeds_the_threshold_is_refused(base):
    with pytest.raises(SettingsError, match="rounding base"):
        Control(base=base).check()


def test_a_group_limit_below_the_threshold_is_refused():
    with pytest.raises(SettingsError, match="group limit"):
        Control(threshold=60).check()


@pytest.mark.parametrize(("threshold", "limit"), [(10, 50), (11, 55), (60, 300)])
def test_a_raised_threshold_raises_the_group_limit_with_it(threshold, limit):
    control = Control.of_release(threshold)
    control.check()
    assert control.group_limit == limit


@pytest.mark.parametrize(("value", "shown"), [(10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (1002, 1000)])
def test_figures_are_rounded_to_the_nearest_five(value, shown):
    assert Control().rounded(value) == shown


@given(value=st.integers(10, 10_000), base=st.sampled_from((1, 3, 5, 7, 9)))
def test_a_shown_figure_says_a_range_that_holds_the_true_value(value, base):
    control = Control(base=base)
    seen = control.appearance(control.rounded(value))
    assert seen.lower <= value <= seen.upper
    assert seen.lower >= 10
    assert seen.upper - seen.lower < base


def test_nought_to_nine_is_hidden_and_ten_is_shown(grid, crowd):
    people = crowd((60, {"age": "a0"}), (60, {"age": "a1"}), (60, {"age": "a2"}))
    assert primary_cells(grid(), tabulate(grid(), people), Control()) == ()
    design = grid(ages=4)
    people = crowd((60, {"age": "a0"}), (9, {"age": "a1"}), (10, {"age": "a2"}))
    assert primary_cells(design, tabulate(design, people), Control()) == (cell(age="a1"), cell(age="a3"))


def test_what_everyone_in_a_small_group_said_is_hidden(grid, crowd, tree):
    design = grid(tree, ages=0)
    small = crowd((30, {"node": "p1.a"}), (25, {"node": "p2"}))
    assert cell(node="p1.a") in primary_cells(design, tabulate(design, small), Control())
    large = crowd((50, {"node": "p1.a"}), (25, {"node": "p2"}))
    assert cell(node="p1.a") not in primary_cells(design, tabulate(design, large), Control())


def test_every_hidden_cell_bears_the_same_symbol_whether_nought_small_or_complementary(grid, crowd):
    design = grid(ages=5)
    people = crowd((11, {"age": "a0"}), (12, {"age": "a1"}), (14, {"age": "a2"}), (3, {"age": "a3"}))
    protected = control_of(design, people)
    hidden = [each for each in protected.cells.values() if each.value is None]
    assert len(hidden) >= 3
    assert {each.symbol for each in hidden} == {"[c]"}


def test_a_single_small_part_is_not_left_to_subtraction(grid, crowd, attacker):
    design = grid(ages=2)
    people = crowd((95, {"age": "a0"}), (5, {"age": "a1"}))
    exact = Control(base=1)
    naive = {EVERYONE: Cell(100), cell(age="a0"): Cell(95), cell(age="a1"): Cell(None, "[c]")}
    assert attacker(form(design, naive, exact)).findings() == [(("a1",), 5.0, 5.0)]
    protected = control_of(design, people, control=exact)
    assert attacker(form(design, protected.cells, exact)).findings() == []
    assert sum(each.value is not None for each in protected.cells.values()) == 1


def test_what_need_not_be_hidden_is_shown(grid, crowd):
    design = grid(ages=3)
    people = crowd((400, {"age": "a0"}), (300, {"age": "a1"}), (200, {"age": "a2"}))
    cells = control_of(design, people).cells
    assert [each.value for each in cells.values()] == [900, 400, 300, 200]


def test_a_forum_of_eight_publishes_no_count_at_all(grid, crowd, tree):
    people = crowd((8, {"node": "p1.a p2", "age": "a0"}))
    assert {each.value for each in control_of(grid(tree), people).cells.values()} == {None}


def test_nobody_at_all_looks_like_a_forum_of_eight(grid, crowd, tree):
    nobody = control_of(grid(tree), []).cells
    eight = control_of(grid(tree), crowd((8, {"node": "p1", "age": "a1"}))).cells
    assert nobody == eight


def test_a_theme_with_one_child_does_not_give_the_child_away(grid, crowd, tree, attacker):
    design = grid(tree, ages=0)
    people = crowd((14, {"node": "p2.a.x"}), (40, {"node": "p1.b"}), (4, {"node": "p2"}))
    protected = control_of(design, people)
    assert protected.cells[cell(node="p2.a.x")].value is None
    assert attacker(form(design, protected.cells), whole=True).findings() == []


def test_a_shown_figure_is_never_below_the_threshold_nor_far_from_the_truth(grid, crowd, tree):
    design = grid(tree)
    people = crowd((10, {"node": "p1", "age": "a0"}), (23, {"node": "p2", "age": "a1"}), (41, {"age": "a2"}))
    counts = tabulate(design, people)
    for key, each in protect(design, counts).cells.items():
        assert each.value is None or (counts[key] >= 10 and each.value % 5 == 0 and abs(each.value - counts[key]) <= 2)


def test_cells_without_a_session_bear_the_plans_symbol_and_never_the_counts(grid, crowd):
    design = grid(ages=0, areas=4)
    people = crowd((40, {"area": "r0"}), (30, {"area": "r1"}))
    plan = Plan(not_held=frozenset({cell(area="r2")}), impossible=frozenset({cell(area="r3")}))
    cells = control_of(design, people, plan=plan).cells
    assert cells[cell(area="r2")] == Cell(None, "[x]")
    assert cells[cell(area="r3")] == Cell(None, "[z]")
    spoken_of_all_the_same = crowd((40, {"area": "r0"}), (30, {"area": "r1"}), (3, {"area": "r2"}))
    assert control_of(design, spoken_of_all_the_same, plan=plan).cells[cell(area="r2")] == Cell(None, "[x]")


def test_a_known_empty_cell_does_not_expose_its_neighbour(grid, crowd, attacker):
    design = grid(ages=3)
    people = crowd((60, {"age": "a0"}), (4, {"age": "a1"}))
    plan = Plan(not_held=frozenset({cell(age="a2")}))
    exact = Control(base=1)
    cells = control_of(design, people, plan=plan, control=exact).cells
    told = form(design, cells, exact)
    for each in told["cells"]:
        if each["dims"] == {"age": "a2"}:
            each["value"] = None
    attack = attacker(told)
    attack.highs.changeColBounds(attack.number[("a2",)], 0.0, 0.0)
    assert attack.findings(spared=[attack.number[("a2",)]]) == []


def test_an_earlier_table_of_the_same_people_stands_and_is_part_of_the_attack(crowd):
    age = flat("age", "additive", ("a0", "a1"), root="all")
    role = flat("role", "additive", ("s", "p"), root="all")
    by_age = Design({"age": age}, (TableSpec("age", "By age", (("age", age.values),)),))
    by_both = Design(
        {"age": age, "role": role}, (TableSpec("both", "B", (("age", age.values), ("role", role.values))),)
    )
    people = crowd((60, {"age": "a0", "role": "s"}), (40, {"age": "a1", "role": "s"}), (13, {"age": "a1", "role": "p"}))
    first = control_of(by_age, people)
    second = control_of(by_both, people, earlier=[Earlier(by_age, first.cells)])
    assert {key: second.cells[key] for key in first.cells} == first.cells


def test_a_figure_hidden_in_one_release_is_not_shown_in_the_next_of_the_same_people(grid, crowd):
    design = grid(ages=2)
    people = crowd((60, {"age": "a0"}), (40, {"age": "a1"}))
    hidden = {EVERYONE: Cell(100), cell(age="a0"): Cell(None, "[c]"), cell(age="a1"): Cell(None, "[c]")}
    assert control_of(design, people, earlier=[Earlier(design, hidden)]).cells == hidden


def test_an_earlier_figure_that_contradicts_the_count_holds_the_release(grid, crowd):
    design = grid(ages=2)
    shown = {EVERYONE: Cell(100), cell(age="a0"): Cell(80), cell(age="a1"): Cell(20)}
    with pytest.raises(Held, match="no longer what is counted"):
        control_of(design, crowd((60, {"age": "a0"}), (40, {"age": "a1"})), earlier=[Earlier(design, shown)])


def test_an_earlier_release_that_already_gives_a_figure_away_holds_the_next(grid, crowd):
    design = grid(ages=2)
    unsafe = {EVERYONE: Cell(100), cell(age="a0"): Cell(95), cell(age="a1"): Cell(None, "[c]")}
    people = crowd((96, {"age": "a0"}), (4, {"age": "a1"}))
    with pytest.raises(Held, match="nothing that may still be hidden"):
        control_of(design, people, earlier=[Earlier(design, unsafe)])


def test_a_value_listed_because_somebody_holds_it_is_attacked_with_that_knowledge(grid, crowd, attacker):
    design = grid(ages=3)
    people = crowd((60, {"age": "a0"}), (9, {"age": "a1"}), (9, {"age": "a2"}))
    present = frozenset({cell(age="a1"), cell(age="a2")})
    attack = attacker(form(design, control_of(design, people, present=present).cells))
    for value in ("a1", "a2"):
        attack.highs.changeColBounds(attack.number[(value,)], 1.0, 1e6)
    assert attack.findings() == []


SMALL_TREE = Tree("all", {"all": ("p", "q"), "p": ("p.a", "p.b")})


def design_of(kind):
    age = flat("age", "additive", ("a0", "a1", "a2"), root="all")
    area = flat("area", "overlapping", ("r0", "r1", "r2"), root="all")
    node = of_tree("node", SMALL_TREE)
    chosen = {"sums": (age,), "unions": (area,), "sums by nodes": (node, age), "unions by nodes": (node, area)}[kind]
    axes = tuple((each.name, each.values) for each in chosen)
    return Design({each.name: each for each in chosen}, (TableSpec("t", "T", axes),))


def population(draw, design):
    people = []
    for _ in range(draw(st.integers(0, 6))):
        values = {}
        for name, dimension in design.dimensions.items():
            options = dimension.values[1:]
            least, most = (1, 1) if dimension.kind == "additive" else (int(dimension.covering), 2)
            values[name] = draw(st.frozensets(st.sampled_from(options), min_size=least, max_size=most))
        for _ in range(draw(st.integers(1, 30))):
            people.append(Person(f"w{len(people):04}", values))
    return people


@st.composite
def consultations(draw):
    design = design_of(draw(st.sampled_from(("sums", "unions", "sums by nodes", "unions by nodes"))))
    return design, population(draw, design), Control(base=draw(st.sampled_from((1, 5))))


SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(consultation=consultations())
def test_no_hidden_figure_can_be_worked_out_even_in_whole_numbers(attacker, consultation):
    design, people, control = consultation
    counts = tabulate(design, people)
    protected = protect(design, counts, control=control)
    attack = attacker(form(design, protected.cells, control), whole=True)
    assert attack.findings() == []
    for key, count in counts.items():
        place = tuple(dict(key).get(name, design.dimensions[name].root) for name in attack.names)
        least, greatest = attack.bounds(attack.number[place])
        assert least - 1e-6 <= count <= greatest + 1e-6


@SLOW
@given(consultation=consultations(), seed=st.integers(0, 3))
def test_the_same_people_in_any_order_give_the_same_bytes(consultation, seed):
    design, people, control = consultation
    shuffled = random.Random(seed).sample(people, len(people))
    one, other = (protect(design, tabulate(design, each), control=control) for each in (people, shuffled))
    assert msgspec.json.encode(list(one.cells.items())) == msgspec.json.encode(list(other.cells.items()))
    assert one.certificate == other.certificate


@SLOW
@given(consultation=consultations())
def test_whatever_is_shown_stands_for_at_least_ten_and_no_small_cell_is_shown(consultation):
    design, people, control = consultation
    counts = tabulate(design, people)
    for key, each in protect(design, counts, control=control).cells.items():
        assert (each.value is None) == (each.symbol != "")
        assert each.value is None or counts[key] >= 10
