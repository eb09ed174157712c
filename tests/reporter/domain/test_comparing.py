"""What a release says of earlier ones: from published figures alone, and nothing that rounding may have made."""

import msgspec
import pytest

from services.reporter.comparing import LONGEST_TREND, compared, figures_of
from services.reporter.loop_figures import LoopFigures
from services.reporter.release import (
    Change,
    ReleaseBody,
    ReleaseCell,
    ReleaseDimension,
    ReleaseTable,
    Versions,
)

ROLE = ReleaseDimension("role", "additive", "all_roles", {"all_roles": ("survivor", "community")}, covering=True)
NODES = ReleaseDimension("node:f", "overlapping", "all", {"all": ("1", "2"), "1": ("1.1",)}, covering=False)


def cell(value, **dims):
    named = {"node:f" if name == "node" else name: each for name, each in dims.items()}
    return ReleaseCell(named, value, "" if value is not None else "[c]")


def body_of(period, everyone, survivors, first, below, *, second=None):
    people = (cell(everyone), cell(survivors, role="survivor"), cell(None, role="community"))
    nodes = (cell(everyone), cell(first, node="1"), cell(below, node="1.1"), cell(second, node="2"))
    return ReleaseBody(
        format="f", name="Themes", round="standing", period=period, version=1, frameworks=("f",), threshold=10,
        rounding_base=5, versions=Versions("p", "b", "k", "1"), dimensions=(NODES, ROLE),
        tables=(
            ReleaseTable("people", "People", "people", ("role",), people),
            ReleaseTable("nodes:f", "Nodes", "people", ("node:f",), nodes),
        ),
        withdrawn=(), sessions=(), statements=(), previous=None, changes=(), trend=(), not_heard=(),
        loop=LoopFigures(), symbols={}, method=(),
    )  # fmt: skip


BEFORE = body_of("2025-Q1", 40, 25, 20, 15, second=15)
NOW = body_of("2025-Q2", 55, 30, None, 15, second=15)


@pytest.fixture
def found():
    return compared(NOW, [("cite-1", BEFORE)])


def test_it_names_the_release_that_it_is_compared_with(found):
    assert found.previous == "cite-1"
    assert compared(NOW, []).previous is None


def test_a_step_that_rounding_may_have_made_is_no_change(found):
    changed = {tuple(sorted(each.dims.items())): (each.before, each.now) for each in found.changes}
    assert changed == {(): (40, 55), (("node:f", "1"),): (20, None)}


def test_what_could_not_be_shown_before_and_can_now_is_a_change():
    (change,) = compared(body_of("2025-Q2", 40, 25, 20, 15, second=15), [("c", replaced(BEFORE, "2", None))]).changes
    assert change == Change("people", {"node:f": "2"}, None, 15)


def replaced(body, node, value):
    tables = [
        msgspec.structs.replace(
            table,
            cells=tuple(cell(value, node=node) if each.dims == {"node:f": node} else each for each in table.cells),
        )
        for table in body.tables
    ]
    return msgspec.structs.replace(body, tables=tuple(tables))


def test_a_figure_of_a_withdrawn_table_is_compared_with_nothing():
    without = msgspec.structs.replace(BEFORE, tables=BEFORE.tables[:1])
    assert [each.dims for each in compared(NOW, [("c", without)]).changes] == [{}]


def test_a_trend_has_the_tops_and_roles_over_the_periods_in_their_order(found):
    lines = {tuple(sorted(each.dims.items())): each.values for each in found.trend}
    assert found.trend[0].periods == ("2025-Q1", "2025-Q2")
    assert lines == {
        (): (40, 55),
        (("role", "survivor"),): (25, 30),
        (("node:f", "1"),): (20, None),
        (("node:f", "2"),): (15, 15),
    }


def test_later_and_other_kinds_of_periods_are_not_looked_at():
    later = msgspec.structs.replace(BEFORE, period="2025-Q3")
    year = msgspec.structs.replace(BEFORE, period="2024")
    alone = compared(NOW, [("later", later), ("year", year)])
    assert (alone.previous, alone.changes, alone.trend) == (None, (), ())


def test_a_trend_goes_back_so_far_and_no_further():
    before = [(f"c{n}", msgspec.structs.replace(BEFORE, period=f"20{n}-Q1")) for n in range(10, 25)]
    found = compared(NOW, before)
    assert len(found.trend[0].periods) == LONGEST_TREND
    assert found.trend[0].periods[-2:] == ("2024-Q1", "2025-Q2")


def test_the_order_of_the_earlier_ones_does_not_matter():
    other = msgspec.structs.replace(BEFORE, period="2024-Q4")
    assert compared(NOW, [("a", BEFORE), ("b", other)]) == compared(NOW, [("b", other), ("a", BEFORE)])


def test_who_is_not_seen_is_named_by_dimension_and_never_by_subject(found):
    assert [(each.dimension, each.values) for each in found.not_heard] == [("role", ("community",))]


def test_every_figure_is_found_by_its_values():
    figures = figures_of(BEFORE)
    assert figures[()] == 40
    assert figures[("node:f", "1.1"),] == 15
    assert figures_of(BEFORE, "organisations") == {}
