import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ContractBroken
from services.reporter.counting import CountedRow, GroupSession, count_contributors, largest_sessions

ROLES = ("survivor", "practitioner", "family_friend", "community", "organisation")


def ids(people):
    return [person.contributor for person in people]


def test_a_woman_who_comes_six_times_is_counted_once(row):
    rows = [row(contribution=f"c{n}", session=f"s{n}", group="g", contributor="seat-4") for n in range(6)]
    assert ids(count_contributors(rows, roles=ROLES).people) == ["seat-4"]


def test_what_she_raised_on_different_evenings_is_united(row):
    rows = [
        row(contribution="c1", nodes=(("f", "p1"),), sectors=("police",), areas=("camden",), forms=("stalking",)),
        row(contribution="c2", nodes=(("f", "p2"), ("g", "x")), sectors=("housing",), areas=("barnet",)),
    ]
    (person,) = count_contributors(rows, roles=ROLES).people
    assert person.values == {
        "role": {"survivor"},
        "area": {"camden", "barnet"},
        "sector": {"police", "housing"},
        "form": {"stalking"},
        "node:f": {"p1", "p2"},
        "node:g": {"x"},
    }


def test_an_area_never_said_is_a_value_of_its_own_and_gives_way_to_any_that_was_said(row):
    silent = row(contribution="c1", contributor="w1", areas=())
    said_later = row(contribution="c2", contributor="w2", areas=("not_said",))
    said = row(contribution="c3", contributor="w2", areas=("camden",))
    people = count_contributors([silent, said_later, said], roles=ROLES).people
    assert [person.values["area"] for person in people] == [{"not_said"}, {"camden"}]


def test_organisations_are_never_counted_as_persons(row):
    rows = [
        row(contribution="c1", contributor="w1"),
        row(contribution="c2", contributor="o1", role="organisation"),
        row(contribution="c3", contributor="w1", role="organisation"),
    ]
    counted = count_contributors(rows, roles=ROLES)
    assert ids(counted.people) == ["w1"]
    assert ids(counted.organisations) == ["o1", "w1"]


def test_one_who_gave_two_roles_counts_under_the_first_in_the_fixed_order(row):
    rows = [row(contribution="c1", role="community"), row(contribution="c2", role="practitioner")]
    (person,) = count_contributors(rows, roles=ROLES).people
    assert person.values["role"] == {"practitioner"}


def evening(row, session, present, people, *, month="2025-01", seated=False, group="g"):
    return [
        row(
            contribution=f"{session}-{n}",
            contributor=f"{session}-p{n}",
            group=group,
            session=session,
            number_present=present,
            month=month,
            seated=seated,
        )
        for n in range(people)
    ]


def test_a_group_without_seats_counts_its_largest_session_alone(row):
    rows = evening(row, "small", 5, 5) + evening(row, "large", 9, 7)
    counted = count_contributors(rows, roles=ROLES)
    assert counted.sessions == {"g": "large"}
    assert ids(counted.people) == [f"large-p{n}" for n in range(7)]
    assert counted.contributions == tuple(f"large-{n}" for n in range(7))


def held(rows):
    return [GroupSession(row.group, row.session, row.month, row.number_present, row.seated) for row in rows]


def test_of_equally_large_sessions_the_earliest_counts_and_then_the_lesser_id(row):
    later, earlier = evening(row, "a", 8, 3, month="2025-03"), evening(row, "z", 8, 3, month="2025-01")
    assert largest_sessions(held(later + earlier)) == {"g": "z"}
    twin = evening(row, "y", 8, 3, month="2025-01")
    assert largest_sessions(held(later + earlier + twin)) == {"g": "y"}


def test_what_an_earlier_release_chose_stands(row):
    rows = evening(row, "small", 5, 5) + evening(row, "large", 9, 7)
    counted = count_contributors(rows, roles=ROLES, chosen={"g": "small"})
    assert len(counted.people) == 5
    assert counted.sessions == {"g": "small"}


def test_groups_with_seats_count_distinct_people_over_all_sessions(row):
    rows = evening(row, "one", 5, 5, seated=True) + evening(row, "two", 9, 7, seated=True)
    counted = count_contributors(rows, roles=ROLES)
    assert len(counted.people) == 12
    assert counted.sessions == {}


def test_a_group_where_only_some_have_seats_counts_as_one_without(row):
    rows = evening(row, "one", 5, 5, seated=True) + evening(row, "two", 9, 2)
    assert ids(count_contributors(rows, roles=ROLES).people) == ["two-p0", "two-p1"]


def test_each_group_has_its_own_largest_session(row):
    rows = evening(row, "one", 5, 5, group="g") + evening(row, "two", 9, 2, group="h")
    assert count_contributors(rows, roles=ROLES).sessions == {"g": "one", "h": "two"}
    assert len(count_contributors(rows, roles=ROLES).people) == 7


def test_rows_of_two_periods_are_never_counted_together(row):
    with pytest.raises(ContractBroken, match="more than one period"):
        count_contributors([row(), row(contribution="c2", period="2025-Q2")], roles=ROLES)


def test_an_unknown_role_is_refused_without_repeating_it(row):
    with pytest.raises(ContractBroken) as refused:
        count_contributors([row(role="secret-word")], roles=ROLES)
    assert "secret-word" not in str(refused.value)


rows_strategy = st.lists(
    st.builds(
        CountedRow,
        contribution=st.uuids().map(str),
        contributor=st.sampled_from("abcdef"),
        group=st.sampled_from((None, "g", "h")),
        session=st.sampled_from(("s1", "s2", "s3")),
        kind=st.just("workshop"),
        role=st.sampled_from(ROLES),
        areas=st.lists(st.sampled_from(("camden", "barnet")), max_size=2).map(tuple),
        period=st.just("2025-Q1"),
        seated=st.booleans(),
        number_present=st.integers(1, 20),
        nodes=st.just(()),
        sectors=st.just(()),
        forms=st.just(()),
        month=st.sampled_from(("2025-01", "2025-02")),
    ),
    max_size=25,
)


@given(rows=rows_strategy, seed=st.integers(0, 5))
def test_the_order_of_the_rows_never_matters(rows, seed):
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert count_contributors(rows, roles=ROLES) == count_contributors(shuffled, roles=ROLES)


@given(rows=rows_strategy)
def test_nobody_is_counted_twice_and_nobody_is_made_up(rows):
    counted = count_contributors(rows, roles=ROLES)
    assert len(set(ids(counted.people))) == len(counted.people)
    assert set(ids(counted.people)) <= {row.contributor for row in rows if row.role != "organisation"}


def test_of_several_answers_the_first_in_the_list_counts_and_silence_is_none(row):
    listed = {"sex": ("woman", "man")}
    rows = [
        row(contribution="c1", characteristics=(("sex", "man"),)),
        row(contribution="c2", characteristics=(("sex", "woman"), ("age_band", "18_24"))),
        row(contribution="c3", contributor="w2"),
    ]
    one, other = count_contributors(rows, roles=ROLES, characteristics=listed).people
    assert one.values["sex"] == {"woman"}
    assert other.values["sex"] == frozenset()
    assert "age_band" not in one.values
