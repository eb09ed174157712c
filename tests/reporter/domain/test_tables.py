import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ContractBroken, SettingsError
from services.reporter.dimensions import Dimension, Tree, flat, of_tree
from services.reporter.tables import (
    EVERYONE,
    Design,
    Person,
    TableSpec,
    all_cells,
    cells_of,
    check_design,
    key_of,
    organisations_design,
    people_design,
    tabulate,
)


def test_values_stand_before_their_children_in_framework_order(tree):
    assert of_tree("node", tree).values == ("all", "p1", "p1.a", "p1.b", "p2", "p2.a", "p2.a.x")


@pytest.mark.parametrize(
    "children",
    [
        {"all": ("a",), "a": ("all",)},
        {"all": ("a", "a")},
        {"all": ("a", "b"), "a": ("c",), "b": ("c",)},
        {"all": ("a",), "elsewhere": ("b",)},
    ],
)
def test_what_is_not_one_tree_is_refused(children):
    with pytest.raises(SettingsError, match="one tree"):
        _ = Dimension("node", "overlapping", "all", children).values


def test_who_said_an_action_said_its_priority(grid, crowd, tree):
    counts = tabulate(grid(tree, ages=0), crowd((1, {"node": "p2.a.x"}), (1, {})))
    assert {cell: count for cell, count in counts.items() if count} == {
        EVERYONE: 2, (("node", "p2"),): 1, (("node", "p2.a"),): 1, (("node", "p2.a.x"),): 1,
    }  # fmt: skip


def test_an_unknown_node_is_refused_without_repeating_it(grid, crowd, tree):
    with pytest.raises(ContractBroken) as refused:
        tabulate(grid(tree, ages=0), crowd((1, {"node": "secret-word"})))
    assert "secret-word" not in str(refused.value)


def test_links_say_whether_all_children_are_listed(tree):
    nodes = of_tree("node", tree)
    assert list(nodes.links(("all", "p1", "p1.a"))) == [("all", ("p1",), False), ("p1", ("p1.a",), False)]
    assert next(iter(nodes.links(nodes.values))) == ("all", ("p1", "p2"), True)


def test_a_cell_leaves_its_roots_out(grid, tree):
    design = grid(tree)
    assert key_of(design, {"node": "all", "age": "all"}) == EVERYONE
    assert key_of(design, {"node": "p1", "age": "a0"}) == (("age", "a0"), ("node", "p1"))


def test_people_are_counted_in_every_cell_they_belong_to(grid, crowd, tree):
    people = crowd((3, {"node": "p1.a", "age": "a0"}), (2, {"node": "p1.a p1.b", "age": "a1"}), (1, {"age": "a1"}))
    counts = tabulate(grid(tree), people)
    assert counts[EVERYONE] == 6
    assert counts[(("node", "p1"),)] == 5
    assert counts[(("node", "p1.b"),)] == 2
    assert counts[(("age", "a1"),)] == 3
    assert counts[(("age", "a1"), ("node", "p1.a"))] == 2
    assert counts[(("age", "a2"),)] == 0


def test_a_person_of_two_areas_counts_once_in_the_whole(grid, crowd):
    counts = tabulate(grid(ages=0, areas=2), crowd((4, {"area": "r0 r1"}), (1, {"area": "r1"})))
    assert (counts[EVERYONE], counts[(("area", "r0"),)], counts[(("area", "r1"),)]) == (5, 4, 5)


@pytest.mark.parametrize("values", [{}, {"age": "a0 a1"}])
def test_an_additive_dimension_needs_exactly_one_value_of_each_person(grid, crowd, values):
    with pytest.raises(SettingsError, match="additive"):
        tabulate(grid(), crowd((1, values)))


def test_a_covering_dimension_needs_a_value_of_each_person(grid, crowd):
    with pytest.raises(SettingsError, match="covers everybody"):
        tabulate(grid(ages=0, areas=2), crowd((1, {})))


def test_the_peoples_tables_break_areas_down_by_top_nodes_alone_and_never_by_role(tree):
    design = people_design({"f": tree}, roles=("survivor",), areas=("camden", "not_said"), sectors=("police",))
    check_design(design)
    axes = {table.id: dict(table.axes) for table in design.tables}
    assert list(axes) == ["people", "nodes:f", "areas:f", "services:f", "sectors", "sector_totals"]
    assert axes["areas:f"]["node:f"] == ("all", "p1", "p2")
    assert not any({"area", "role"} <= set(each) or {"area", "sector"} <= set(each) for each in axes.values())


def test_characteristics_stand_with_top_nodes_alone_and_pairs_without_anything_else(tree):
    design = people_design(
        {"f": tree},
        roles=("survivor",),
        areas=("camden",),
        sectors=("police",),
        characteristics={"sex": ("woman",), "age_band": ("18_24",)},
        pairs=[("sex", "age_band")],
    )
    check_design(design)
    axes = {table.id: tuple(name for name, _ in table.axes) for table in design.tables}
    assert axes["sex:f"] == ("node:f", "sex")
    assert axes["sex:age_band"] == ("sex", "age_band")
    with_sex = {names for names in axes.values() if "sex" in names}
    assert with_sex == {("node:f", "sex"), ("sex", "age_band")}
    tops = dict(next(table for table in design.tables if table.id == "sex:f").axes)["node:f"]
    assert tops == ("all", "p1", "p2")


def test_two_frameworks_share_the_totals_by_role(tree):
    design = people_design({"f": tree, "g": tree}, roles=("survivor",), areas=("camden",), sectors=("police",))
    cells = all_cells(design)
    assert len(cells) == len(set(cells))
    assert (("role", "survivor"),) in cells


def test_organisations_have_tables_without_roles_and_areas(tree):
    design = organisations_design({"f": tree}, sectors=("police",))
    check_design(design)
    assert {name for table in design.tables for name, _ in table.axes} == {"node:f", "sector"}


def test_a_table_may_not_span_periods_or_name_what_the_design_lacks():
    area = flat("area", "overlapping", ("r0",), root="all")
    time = Dimension("period", "overlapping", "all", {"all": ("2025-Q1",)}, time=True)
    for axes, message in (((("period", time.values),), "spans periods"), ((("area", ("r9",)),), "lacks")):
        with pytest.raises(SettingsError, match=message):
            check_design(Design({"area": area, "period": time}, (TableSpec("t", "T", axes),)))
    twice = TableSpec("t", "T", (("area", area.values),))
    with pytest.raises(SettingsError, match="Two tables"):
        check_design(Design({"area": area}, (twice, twice)))


TREE = Tree("all", {"all": ("p1", "p2"), "p1": ("p1.a", "p1.b")})
DESIGN = Design(
    {
        "node": of_tree("node", TREE),
        "age": flat("age", "additive", ("a0", "a1"), root="all"),
        "area": flat("area", "overlapping", ("r0", "r1", "r2"), root="all"),
    },
    (
        TableSpec("one", "One", (("node", of_tree("node", TREE).values), ("age", ("all", "a0", "a1")))),
        TableSpec("two", "Two", (("node", ("all", "p1", "p2")), ("area", ("all", "r0", "r1", "r2")))),
    ),
)
people_strategy = st.lists(
    st.builds(
        lambda nodes, age, areas: {"node": nodes, "age": frozenset({age}), "area": areas},
        st.frozensets(st.sampled_from(("p1", "p1.a", "p1.b", "p2"))),
        st.sampled_from(("a0", "a1")),
        st.frozensets(st.sampled_from(("r0", "r1", "r2")), min_size=1),
    ),
    max_size=30,
).map(lambda values: [Person(f"w{number}", each) for number, each in enumerate(values)])


@given(people=people_strategy)
def test_sums_and_unions_are_consistent_in_every_table(people):
    counts = tabulate(DESIGN, people)
    for table in DESIGN.tables:
        for place, (name, listed) in enumerate(table.axes):
            dimension = DESIGN.dimensions[name]
            (other, others) = table.axes[1 - place]
            for fixed in others:
                for parent, children, _ in dimension.links(listed):
                    whole = counts[key_of(DESIGN, {other: fixed, name: parent})]
                    parts = [counts[key_of(DESIGN, {other: fixed, name: child})] for child in children]
                    if dimension.kind == "additive":
                        assert whole == sum(parts)
                    else:
                        assert whole >= max(parts)
                        assert not dimension.covering or whole <= sum(parts)


@given(people=people_strategy, seed=st.integers(0, 3))
def test_counts_do_not_depend_on_the_order_of_people(people, seed):
    counts = tabulate(DESIGN, random.Random(seed).sample(people, len(people)))
    assert list(counts.items()) == list(tabulate(DESIGN, people).items())


@given(people=people_strategy)
def test_every_cell_is_counted_and_none_beside(people):
    assert tuple(tabulate(DESIGN, people)) == all_cells(DESIGN)
    assert {key for table in DESIGN.tables for key in cells_of(DESIGN, table)} == set(all_cells(DESIGN))
