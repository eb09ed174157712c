import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import Conflict, ContractBroken, Held
from services.reporter.dimensions import flat
from services.reporter.ledger import (
    Standing,
    may_publish_anew,
    may_renew,
    printed_as,
    renewable,
    require_open,
    same_people,
)
from services.reporter.periods import next_quarter, period_of
from services.reporter.suppression import Cell, Control
from services.reporter.tables import EVERYONE, Design, TableSpec


def test_quarters_follow_one_another_over_the_year():
    assert [next_quarter(each) for each in ("2024-Q3", "2024-Q4")] == ["2024-Q4", "2025-Q1"]
    with pytest.raises(ContractBroken):
        next_quarter("2025-Q5")


def test_a_late_contribution_counts_in_the_first_period_still_open():
    assert period_of("2025-02", []) == "2025-Q1"
    assert period_of("2025-02", ["2025-Q1", "2025-Q2"]) == "2025-Q3"
    assert period_of("2025-05", ["2025-Q1"]) == "2025-Q2"


@given(closed=st.sets(st.sampled_from([f"2025-Q{n}" for n in range(1, 5)])))
def test_nobody_is_ever_counted_in_a_closed_period(closed):
    assert period_of("2025-01", closed) not in closed


def test_a_published_period_is_closed_and_never_counted_again():
    require_open("2025-Q2", ["2025-Q1"])
    with pytest.raises(Conflict, match="never counted again"):
        require_open("2025-Q1", ["2025-Q1"])


@pytest.mark.parametrize(
    ("joined", "left", "may"),
    [(10, 0, True), (10, 10, True), (9, 0, False), (0, 0, False), (50, 1, False), (50, 9, False), (0, 12, False)],
)
def test_a_cumulative_figure_is_renewed_only_if_enough_joined_and_nobody_or_enough_left(joined, left, may):
    assert may_renew(joined, left) is may


KEY = (("age", "a0"),)


def standing(count, *, shown=True):
    return Standing({KEY: count}, frozenset({KEY} if shown else ()))


def renew(old, joined, now, *, shown_now=True, shown_before=True):
    shown = frozenset({KEY} if shown_now else ())
    return renewable([(standing(old, shown=shown_before), {KEY: joined})], {KEY: now}, shown)


def test_the_withdrawal_of_the_tenth_person_does_not_show_in_the_next_figure():
    assert not renew(10, 0, 9, shown_now=False)
    assert not renew(20, 10, 29)
    assert renew(20, 10, 30)
    assert renew(40, 15, 45)


def test_a_figure_hidden_before_is_shown_only_when_that_says_nothing_of_the_old_one():
    assert not renew(7, 12, 19, shown_before=False)
    assert renew(7, 40, 47, shown_before=False)
    assert renew(7, 2, 9, shown_before=False, shown_now=False)


def test_every_earlier_release_must_allow_it():
    allows, forbids = (standing(20), {KEY: 30}), (standing(45), {KEY: 5})
    assert renewable([allows], {KEY: 50}, frozenset({KEY}))
    assert not renewable([allows, forbids], {KEY: 50}, frozenset({KEY}))


def test_a_cell_that_an_earlier_release_lacks_cannot_be_compared_and_forbids_it():
    assert not renewable([(Standing({}, frozenset()), {KEY: 50})], {KEY: 50}, frozenset({KEY}))


AGE = flat("age", "additive", ("a0",), root="all")
DESIGN = Design({"age": AGE}, (TableSpec("t", "T", (("age", AGE.values),)),))


def printed(count, people, *, shown=True):
    cells = {key: Cell(count if shown else None) for key in (EVERYONE, KEY)}
    counts = {EVERYONE: count, KEY: count}
    return printed_as(DESIGN, cells, counts, period="2025", control=Control(base=1), people=people)


def test_what_is_printed_gives_back_its_cells_and_true_figures():
    kept = printed(7, ["p2", "p1"], shown=False)
    assert kept.people == ("p1", "p2")
    assert kept.truth() == {EVERYONE: 7, KEY: 7}
    assert kept.shown() == frozenset()
    assert {cell.symbol for cell in kept.cells().values()} == {"[c]"}


def test_tables_over_the_same_people_share_their_figures():
    joint, known = same_people(["p1"], {EVERYONE: 12}, [printed(12, ["p1"])])
    assert joint == {EVERYONE: 12, KEY: 12}
    assert [each.design for each in known] == [DESIGN]


@pytest.mark.parametrize(("people", "count"), [(["p1", "p2"], 12), (["p1"], 13)])
def test_tables_over_other_people_or_other_codes_are_not_the_same(people, count):
    with pytest.raises(Held, match="other people or other codes"):
        same_people(people, {EVERYONE: count}, [printed(12, ["p1"])])


@pytest.mark.parametrize(("now", "joined", "may"), [(30, 10, True), (29, 10, False), (31, 11, True), (25, 5, False)])
def test_a_year_is_published_anew_only_when_enough_joined_and_nobody_or_enough_left(now, joined, may):
    more = {EVERYONE: joined, KEY: joined}
    assert may_publish_anew(printed(now, ["new"]), [printed(20, ["old"])], lambda _: more) is may


def test_an_erased_woman_is_one_who_left_although_nobody_remembers_her():
    before = printed(20, ["p1"])
    erased = before.__class__(**{**{name: getattr(before, name) for name in before.__struct_fields__}, "people": ()})
    assert not may_publish_anew(printed(29, ["new"]), [erased], lambda _: {EVERYONE: 10, KEY: 10})


def test_another_breakdown_of_changed_people_may_share_no_figure_but_the_total():
    other = flat("sex", "additive", ("s0",), root="all")
    design = Design({"sex": other}, (TableSpec("t", "T", (("sex", other.values),)),))
    cells = {key: Cell(None) for key in (EVERYONE, (("sex", "s0"),))}
    now = printed_as(design, cells, dict.fromkeys(cells, 40), period="2025", control=Control(), people=["new"])
    more = dict.fromkeys(cells, 20)
    assert may_publish_anew(now, [printed(20, ["old"])], lambda _: more, same_table=lambda _: False)
    shared = printed(40, ["new"])
    both = {EVERYONE: 20, KEY: 20}
    assert not may_publish_anew(shared, [printed(20, ["old"])], lambda _: both, same_table=lambda _: False)
