"""Reconciling: everything that was accepted stands somewhere, once; older news changes nothing."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from service_bench import as_record, bench_in, journey_sessions

from services.contracts import topic_of
from services.events import ContributionCounted, ContributionSettled, SettledState

COUNTED, SETTLED = topic_of(ContributionCounted), topic_of(ContributionSettled)


def settled(contribution, state, revision=1):
    return as_record(
        ContributionSettled(
            contribution=contribution, contributor="c1", revision=revision, state=state, month="2025-01"
        ),
        revision,
    )


def counted(contribution, state, revision=1):
    return as_record(
        ContributionCounted(contribution=contribution, revision=revision, state=state, month="2025-01"), revision
    )


@pytest.fixture
async def one(door, said, session_of):
    return (await door.submit(session_of(said()))).contributions[0]


async def where(bench):
    """Return the one place in which something stands, and check the sum."""
    found = await bench.intake.door.reconcile()
    places = {name: getattr(found, name) for name in found.__slots__ if name != "accepted"}
    assert found.accepted == sum(places.values())
    return {name: number for name, number in places.items() if number}


async def test_nothing_accepted_stands_nowhere(bench):
    assert await where(bench) == {}


async def test_what_was_just_accepted_is_on_its_way(bench, one):
    assert await where(bench) == {"on_their_way": 1}


async def test_released_and_not_counted_yet_is_still_on_its_way(bench, one):
    await bench.intake.handler.handle([settled(one, "released")])
    assert await where(bench) == {"on_their_way": 1}


@pytest.mark.parametrize("state", ["held", "rejected", "withdrawn"])
async def test_what_the_themer_says_is_where_it_stands(bench, one, state):
    await bench.intake.handler.handle([settled(one, state)])
    assert await where(bench) == {state: 1}


@pytest.mark.parametrize("state", ["counted", "uncounted"])
async def test_what_was_released_stands_where_the_reporter_says(bench, one, state):
    await bench.intake.handler.handle([settled(one, "released"), counted(one, state)])
    assert await where(bench) == {state: 1}


async def test_withdrawn_outranks_counted_whichever_came_first(bench, one):
    await bench.intake.handler.handle([counted(one, "counted", 9)])
    await bench.intake.handler.handle([settled(one, "withdrawn", 2)])
    assert await where(bench) == {"withdrawn": 1}
    await bench.intake.handler.handle([counted(one, "counted", 10)])
    assert await where(bench) == {"withdrawn": 1}


async def test_an_older_or_equal_revision_changes_nothing(bench, one):
    await bench.intake.handler.handle([settled(one, "held", 3)])
    for revision in (1, 2, 3):
        await bench.intake.handler.handle([settled(one, "released", revision)])
    assert await where(bench) == {"held": 1}
    await bench.intake.handler.handle([settled(one, "rejected", 4)])
    assert await where(bench) == {"rejected": 1}


async def test_the_newest_of_one_batch_holds_whatever_their_order(bench, one):
    await bench.intake.handler.handle([settled(one, "rejected", 3), settled(one, "held", 1), settled(one, "held", 2)])
    assert await where(bench) == {"rejected": 1}


async def test_news_of_something_that_never_came_through_this_door_changes_nothing(bench, one):
    await bench.intake.handler.handle([settled("not-ours", "held"), counted("not-ours", "counted")])
    assert await where(bench) == {"on_their_way": 1}


NEWS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.one_of(
            st.sampled_from(get_args(SettledState)).map(lambda state: (settled, state)),
            st.sampled_from(["counted", "uncounted"]).map(lambda state: (counted, state)),
        ),
        st.integers(1, 4),
    ),
    max_size=25,
)


@settings(max_examples=12, deadline=None)
@given(NEWS)
async def test_the_sum_holds_after_any_news_in_any_order_and_again_the_same(tmp_path_factory, news):
    async with bench_in(tmp_path_factory.mktemp("sums")) as bench:
        accepted = await bench.intake.door.submit(journey_sessions(3))
        records = [make(accepted.contributions[who], state, revision) for who, (make, state), revision in news]
        for record in records:
            await bench.intake.handler.handle([record])
        first = await where(bench)
        assert sum(first.values()) == 3
        if records:
            await bench.intake.handler.handle(records)
        assert await where(bench) == first
