"""Counting by columns gives what looking at each person by herself gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ContractBroken, SettingsError
from services.reporter.columns import Layout, column
from services.reporter.dimensions import Dimension, Tree, flat, of_tree
from services.reporter.tables import Design, Person, TableSpec, all_cells, tabulate

NODES = of_tree("node", Tree("all", {"all": ("p1", "p2"), "p1": ("p1.a", "p1.b"), "p1.b": ("p1.b.x",)}))
ROLE = flat("role", "additive", ("s", "p", "c"), root="all")
AREA = flat("area", "overlapping", ("r0", "r1", "not_said"), root="all")
SEX = flat("sex", "additive", ("woman", "man"), root="all", covering=False)
DIMENSIONS = {each.name: each for each in (NODES, ROLE, AREA, SEX)}
DESIGN = Design(
    DIMENSIONS,
    (
        TableSpec("nodes", "N", (("node", NODES.values), ("role", ROLE.values))),
        TableSpec("areas", "A", (("node", ("all", "p1", "p2")), ("area", AREA.values))),
        TableSpec("three", "T", (("sex", SEX.values), ("area", AREA.values), ("role", ROLE.values))),
    ),
)


def any_of(dimension: Dimension, **sizes: int) -> st.SearchStrategy:
    return st.frozensets(st.sampled_from(dimension.values[1:]), **sizes)


SAYING = st.fixed_dictionaries(
    {
        "node": any_of(NODES),
        "role": any_of(ROLE, min_size=1, max_size=1),
        "area": any_of(AREA, min_size=1),
        "sex": any_of(SEX, max_size=1),
    }
)


def closed(dimension, stated):
    found = {dimension.root}
    for value in stated:
        above = value
        while above != dimension.root:
            found.add(above)
            above = dimension.parents[above]
    return found


def belongs(values, cell):
    return all(value in closed(DIMENSIONS[name], values.get(name, ())) for name, value in cell)


def columns_of(*sayings):
    layout = Layout(DIMENSIONS)
    return layout.columns([layout.pattern(each) for each in sayings])


@given(sayings=st.lists(SAYING, max_size=40))
def test_a_cell_counts_those_who_said_all_of_its_values_or_anything_below_them(sayings):
    counts = tabulate(DESIGN, [Person(f"w{number}", each) for number, each in enumerate(sayings)])
    assert counts == {cell: sum(belongs(each, cell) for each in sayings) for cell in all_cells(DESIGN)}


@given(pairs=st.lists(st.tuples(SAYING, SAYING), max_size=20))
def test_what_two_accounts_of_one_person_share_is_every_cell_that_both_are_in(pairs):
    one, other = (columns_of(*each) for each in (zip(*pairs, strict=True) if pairs else ((), ())))
    one.close_upward()
    other.close_upward()
    both = one.shared_with(other)
    for cell in all_cells(DESIGN):
        assert both.count(cell) == sum(belongs(first, cell) and belongs(second, cell) for first, second in pairs)


@given(marked=st.lists(st.tuples(SAYING, st.booleans()), max_size=20))
def test_those_who_are_not_marked_are_in_no_cell(marked):
    columns = columns_of(*(each for each, _ in marked))
    columns.close_upward()
    some = columns.among(column(chosen for _, chosen in marked))
    for cell in all_cells(DESIGN):
        assert some.count(cell) == sum(chosen and belongs(each, cell) for each, chosen in marked)


@given(sayings=st.lists(st.fixed_dictionaries({"role": any_of(ROLE)}), max_size=20))
def test_of_several_answers_the_first_in_order_is_kept(sayings):
    columns = columns_of(*sayings)
    columns.keep_first("role")
    kept = [next((role for role in ("s", "p", "c") if role in each["role"]), None) for each in sayings]
    for role in ("s", "p", "c"):
        assert columns.count([("role", role)]) == kept.count(role)


@given(sayings=st.lists(st.fixed_dictionaries({"area": any_of(AREA)}), max_size=20))
def test_not_said_is_kept_where_nothing_else_was_said(sayings):
    columns = columns_of(*sayings)
    columns.keep_unless_other("area", "not_said")
    silent = sum(not each["area"] & {"r0", "r1"} for each in sayings)
    assert columns.count([("area", "not_said")]) == silent
    columns.keep_first("role")
    assert columns.count([("area", "r0")]) == sum("r0" in each["area"] for each in sayings)


def test_a_value_that_a_dimension_lacks_is_refused_without_repeating_it():
    with pytest.raises(ContractBroken) as refused:
        Layout(DIMENSIONS).pattern({"node": ["secret-word"]})
    assert "secret-word" not in str(refused.value)


def test_what_is_said_of_other_dimensions_is_left_out():
    layout = Layout({"role": ROLE})
    assert layout.pattern({"role": ["s"], "area": ["r0"]}) == layout.bit("role", "s")


@pytest.mark.parametrize(
    ("saying", "told"),
    [
        ({"role": ["s", "p"], "area": ["r0"]}, "role is additive"),
        ({"area": ["r0"]}, "role is additive"),
        ({"role": ["s"]}, "area covers everybody"),
        ({"role": ["s"], "area": ["r0"], "sex": ["woman", "man"]}, "sex is additive"),
    ],
)
def test_one_person_among_many_who_breaks_a_rule_of_a_dimension_stops_the_counting(saying, told):
    columns = columns_of(*[{"role": ["s"], "area": ["r0"]}] * 30, saying)
    with pytest.raises(SettingsError, match=told):
        columns.close_upward()
