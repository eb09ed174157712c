import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import Conflict, ContractBroken, Held, NotFound
from services.reporter.ledger import (
    Entry,
    Ledger,
    Standing,
    assign_periods,
    may_renew,
    next_quarter,
    period_of,
    publish,
    quarter_of,
    renewable,
    withdraw_table,
)

FIRST = Entry("c1", "2025-Q1", ("people", "nodes"))


@pytest.mark.parametrize(
    ("month", "quarter"),
    [("2025-01", "2025-Q1"), ("2025-03-31", "2025-Q1"), ("2025-04", "2025-Q2"), ("2024-12-01", "2024-Q4")],
)
def test_a_month_lies_in_its_quarter(month, quarter):
    assert quarter_of(month) == quarter


@pytest.mark.parametrize("text", ["2025-13", "2025", "", "January", "2025-1", "2025-01-1"])
def test_what_is_no_month_is_refused(text):
    with pytest.raises(ContractBroken):
        quarter_of(text)


def test_quarters_follow_one_another_over_the_year():
    assert [next_quarter(each) for each in ("2024-Q3", "2024-Q4")] == ["2024-Q4", "2025-Q1"]
    with pytest.raises(ContractBroken):
        next_quarter("2025-Q5")


def test_a_late_contribution_counts_in_the_first_period_still_open():
    assert period_of("2025-02", []) == "2025-Q1"
    assert period_of("2025-02", ["2025-Q1", "2025-Q2"]) == "2025-Q3"
    assert period_of("2025-05", ["2025-Q1"]) == "2025-Q2"


def test_a_period_once_assigned_stands():
    months = {"c1": "2025-01", "c2": "2025-01"}
    assert assign_periods(months, {"c1": "2025-Q1"}, ["2025-Q1"]) == {"c1": "2025-Q1", "c2": "2025-Q2"}


@given(closed=st.sets(st.sampled_from([f"2025-Q{n}" for n in range(1, 5)])))
def test_nobody_is_ever_counted_in_a_closed_period(closed):
    assert period_of("2025-01", closed) not in closed


def test_a_published_period_is_closed_and_never_counted_again():
    ledger = publish(Ledger(), FIRST)
    assert ledger.closed == {"2025-Q1"}
    with pytest.raises(Held, match="never counted again"):
        publish(ledger, Entry("c2", "2025-Q1", ("people",)))


def test_the_same_body_is_published_once():
    with pytest.raises(Conflict):
        publish(publish(Ledger(), FIRST), FIRST)


def test_a_correction_withdraws_the_whole_table_and_leaves_the_period_closed():
    ledger = withdraw_table(publish(Ledger(), FIRST), "c1", "nodes")
    assert ledger.entries[0].withdrawn == ("nodes",)
    assert ledger.closed == {"2025-Q1"}
    assert withdraw_table(ledger, "c1", "nodes") == ledger
    with pytest.raises(NotFound):
        withdraw_table(ledger, "c1", "areas")
    with pytest.raises(NotFound):
        withdraw_table(ledger, "c9", "nodes")


@pytest.mark.parametrize(
    ("joined", "left", "may"),
    [(10, 0, True), (10, 10, True), (9, 0, False), (0, 0, False), (50, 1, False), (50, 9, False), (0, 12, False)],
)
def test_a_cumulative_figure_is_renewed_only_if_enough_joined_and_nobody_or_enough_left(joined, left, may):
    assert may_renew(joined, left) is may


KEY = (("age", "a0"),)


def standing(count, *, shown=True):
    return Standing(frozenset(), {KEY: count}, frozenset({KEY} if shown else ()))


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
    assert not renewable([(Standing(frozenset(), {}, frozenset()), {KEY: 50})], {KEY: 50}, frozenset({KEY}))
