"""One row a contribution: its uses, its period stored once, its codes frozen when that is released."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_bench import consent, held_session

from services.clock import quarter_of
from services.errors import ContractBroken, NotFound, SealBroken
from services.events import ContributionCounted
from services.reporter import store
from services.reporter.periods import period_of
from services.reporter.rowkeeping import contributors_of


async def rows(bench):
    return await bench.rows(bench.reporter, store.rows)


async def row(bench):
    (found,) = await rows(bench)
    return found


async def told(bench):
    await bench.reporter.outbox.flush()
    found = await bench.sent(ContributionCounted)
    return [(each.contribution, each.revision, each.state) for each in found]


async def close(bench, *periods):
    async with bench.reporter.database.begin() as transaction:
        for period in periods:
            await transaction.execute(
                store.periods.insert().values(period=period, closed_on="2025-04-01", largest_sessions="{}")
            )


async def test_a_released_contribution_is_one_row_of_its_facts_and_codes(bench, reporter):
    record = await bench.themed(
        nodes=("a.1", "b"), sectors=("police", "housing"), role="practitioner", areas=("camden", "hackney"), group="g1"
    )
    await reporter.handler.handle([record])
    found = await row(bench)
    assert (found.role, found.areas, found.group_id, found.month) == ("practitioner", "camden hackney", "g1", "2025-01")
    assert found.nodes == "mayor_2022_25:a.1 mayor_2022_25:b"
    assert found.sectors == "police housing"
    assert (found.state, found.period, found.revision) == ("counted", "2025-Q1", 1)
    assert await told(bench) == [("contribution-1", 1, "counted")]


@pytest.mark.parametrize(
    ("uses", "state"),
    [
        (("count", "paraphrase", "quote"), "counted"),
        (("count",), "counted"),
        (("paraphrase", "quote"), "uncounted"),
        ((), "uncounted"),
    ],
)
async def test_it_is_counted_when_its_uses_say_so(bench, reporter, uses, state):
    await reporter.handler.handle([await bench.themed(uses=uses)])
    assert (await row(bench)).state == state
    assert await told(bench) == [("contribution-1", 1, state)]


async def test_uses_are_what_she_allowed_then_and_what_remains_now(bench, reporter):
    await bench.hear(reporter, consent("contributor-1", "paraphrase"))
    await reporter.handler.handle([await bench.themed(uses=("count",))])
    assert (await row(bench)).state == "uncounted"


@pytest.mark.parametrize("state", ["held", "rejected"])
async def test_what_is_not_released_is_kept_and_not_counted_and_nothing_is_said(bench, reporter, state):
    await reporter.handler.handle([await bench.themed(state=state)])
    assert (await row(bench)).state == state
    assert await told(bench) == []


@pytest.mark.parametrize("revision", [1, 2, 3])
async def test_an_older_or_equal_revision_changes_nothing(bench, reporter, revision):
    await reporter.handler.handle([await bench.themed(revision=3, nodes=("a",))])
    before = tuple(await row(bench))
    await reporter.handler.handle([await bench.themed(revision=revision, nodes=("b",), state="rejected")])
    assert tuple(await row(bench)) == before
    assert len(await told(bench)) == 1


async def test_a_newer_revision_replaces_the_codes_and_says_nothing_where_it_counts_as_before(bench, reporter):
    await reporter.handler.handle([await bench.themed(revision=1, nodes=("a",))])
    await reporter.handler.handle([await bench.themed(revision=2, nodes=("b",))])
    found = await row(bench)
    assert (found.nodes, found.revision, found.input_revision) == ("mayor_2022_25:b", 2, 2)
    assert await told(bench) == [("contribution-1", 1, "counted")]


async def test_the_newest_of_one_batch_holds_whatever_their_order(bench, reporter):
    batch = [await bench.themed(revision=revision, nodes=(node,)) for revision, node in ((3, "c"), (1, "a"), (2, "b"))]
    await reporter.handler.handle(batch)
    assert (await row(bench)).nodes == "mayor_2022_25:c"


async def test_held_again_and_released_again_is_counted_again(bench, reporter):
    for revision, state in enumerate(("released", "held", "released"), start=1):
        await reporter.handler.handle([await bench.themed(revision=revision, state=state, nodes=("a",))])
    assert (await row(bench)).state == "counted"
    assert [state for _, _, state in await told(bench)] == ["counted", "counted"]


async def test_who_has_refused_gets_no_row(bench, reporter):
    await bench.hear(reporter, consent("contributor-1"))
    await reporter.handler.handle([await bench.themed()])
    assert await rows(bench) == []
    assert await told(bench) == []


async def test_a_refusal_takes_her_rows_and_nobody_elses(bench, reporter):
    other = await bench.themed(contribution="contribution-2", contributor="contributor-2")
    await reporter.handler.handle([await bench.themed(), other])
    await bench.hear(reporter, consent("contributor-1"))
    assert [each.contribution for each in await rows(bench)] == ["contribution-2"]


async def test_a_late_one_counts_in_the_first_quarter_that_is_still_open(bench, reporter):
    await close(bench, "2024-Q4", "2025-Q1")
    await reporter.handler.handle([await bench.themed(month="2024-11")])
    found = await row(bench)
    assert (found.month, found.period) == ("2024-11", "2025-Q2")


async def test_its_period_is_stored_once_and_never_moves(bench, reporter):
    await reporter.handler.handle([await bench.themed(revision=1)])
    await close(bench, "2025-Q1")
    await reporter.handler.handle([await bench.themed(revision=2)])
    assert (await row(bench)).period == "2025-Q1"


async def test_codes_freeze_when_their_period_is_released(bench, reporter):
    await reporter.handler.handle([await bench.themed(revision=1, nodes=("a",), sectors=("police",))])
    await close(bench, "2025-Q1")
    await reporter.handler.handle([await bench.themed(revision=2, nodes=("b",), sectors=("housing",))])
    await reporter.handler.handle([await bench.themed(revision=3, state="rejected")])
    found = await row(bench)
    assert (found.nodes, found.sectors, found.state) == ("mayor_2022_25:a", "police", "counted")
    assert found.input_revision == 3


async def test_what_was_not_counted_when_its_period_was_released_is_not_frozen_into_it(bench, reporter):
    await reporter.handler.handle([await bench.themed(revision=1, state="held")])
    await close(bench, "2025-Q1")
    await reporter.handler.handle([await bench.themed(revision=2, nodes=("b",))])
    found = await row(bench)
    # It must not be lost either: nothing counts a released quarter again.
    assert found.nodes == "mayor_2022_25:b"


async def test_what_a_reviewer_releases_late_counts_in_the_first_open_quarter(bench, reporter):
    await reporter.handler.handle([await bench.themed(revision=1, state="held")])
    await close(bench, "2025-Q1")
    await reporter.handler.handle([await bench.themed(revision=2, nodes=("b",))])
    assert (await row(bench)).period == "2025-Q2"


async def test_what_is_said_of_a_frozen_row_is_what_stands_in_it(bench, reporter):
    await reporter.handler.handle([await bench.themed(revision=1)])
    await close(bench, "2025-Q1")
    await bench.hear(reporter, consent("contributor-1", "paraphrase"))
    await reporter.handler.handle([await bench.themed(revision=2)])
    assert (await told(bench))[-1][2] == (await row(bench)).state


async def test_sessions_are_kept_as_they_were_held_and_tallies_unopened(bench, reporter):
    tallies = (await bench.keys.sealer("reporter", "facts", bench.clock.today(), "b1")).part("session-1", b"{}")
    await reporter.handler.handle([held_session(present=9, group="g1", tallies=tallies)])
    (found,) = await bench.rows(reporter, store.sessions)
    assert (found.session, found.number_present, found.group_id, found.areas) == ("session-1", 9, "g1", "lambeth")
    assert b"wrap" in found.tallies


async def test_an_older_word_of_a_session_changes_nothing_and_a_newer_one_does(bench, reporter):
    await reporter.handler.handle([held_session(revision=2, present=9)])
    await reporter.handler.handle([held_session(revision=1, present=3), held_session(revision=2, present=4)])
    assert [each.number_present for each in await bench.rows(reporter, store.sessions)] == [9]
    await reporter.handler.handle([held_session(revision=3, present=5)])
    assert [each.number_present for each in await bench.rows(reporter, store.sessions)] == [5]


async def test_sessions_and_contributions_may_come_in_one_batch(bench, reporter):
    await reporter.handler.handle([held_session(), await bench.themed(), held_session("session-2")])
    assert len(await rows(bench)) == 1
    assert len(await bench.rows(reporter, store.sessions)) == 2


async def test_facts_of_another_contribution_do_not_open_and_nothing_of_the_batch_is_stored(bench, reporter):
    wrong = await bench.themed(facts=await bench.sealed_facts("contribution-9"))
    with pytest.raises(SealBroken):
        await reporter.handler.handle([held_session(), wrong])
    assert await bench.rows(reporter, store.sessions) == []


async def test_facts_that_are_not_of_their_contract_are_refused_without_being_shown(bench, reporter):
    sealer = await bench.keys.sealer("reporter", "facts", bench.clock.today(), "b1")
    wrong = await bench.themed(facts=sealer.part("contribution-1", b'{"role": "velvet umbrellas"}'))
    with pytest.raises(ContractBroken) as refused:
        await reporter.handler.handle([wrong])
    assert "velvet" not in str(refused.value)


async def test_rejecting_a_parked_one_says_that_it_is_not_counted(bench, reporter):
    await reporter.handler.reject(await bench.themed(), "contribution-1")
    assert await told(bench) == [("contribution-1", 1, "uncounted")]
    assert await rows(bench) == []


async def test_rejecting_one_that_has_a_row_takes_it_away_at_the_next_revision(bench, reporter):
    await reporter.handler.handle([await bench.themed(revision=1)])
    await reporter.handler.reject(await bench.themed(revision=2), None)
    assert [state for _, _, state in await told(bench)] == ["counted", "uncounted"]
    assert await rows(bench) == []


async def test_rejecting_another_contribution_is_not_found_and_a_session_is_nothing(bench, reporter):
    with pytest.raises(NotFound):
        await reporter.handler.reject(await bench.themed(), "contribution-2")
    assert await reporter.handler.reject(held_session(), None) == ()
    assert await told(bench) == []


async def test_whom_a_record_is_from_is_read_without_opening_it(bench):
    record = await bench.themed()
    assert contributors_of(record) == {"contributor-1"}
    with pytest.raises(ContractBroken):
        contributors_of(msgspec.structs.replace(record, value=b"{}"))


async def test_a_later_kind_of_field_in_an_event_is_let_be(bench, reporter):
    record = await bench.themed(nodes=("a",))
    event = msgspec.json.decode(record.value)
    event["a_later_field"] = 1
    await reporter.handler.handle([msgspec.structs.replace(record, value=msgspec.json.encode(event))])
    assert (await row(bench)).nodes == "mayor_2022_25:a"


MONTHS = st.tuples(st.integers(2020, 2030), st.integers(1, 12)).map(lambda pair: f"{pair[0]}-{pair[1]:02d}")
QUARTERS = st.tuples(st.integers(2020, 2030), st.integers(1, 4)).map(lambda pair: f"{pair[0]}-Q{pair[1]}")


@given(MONTHS, st.sets(QUARTERS, max_size=12))
def test_a_period_is_never_closed_never_before_the_month_and_the_first_there_is(month, closed):
    found = period_of(month, frozenset(closed))
    assert found not in closed
    assert found >= quarter_of(month)
    year, quarter = quarter_of(month).split("-Q")
    step = (int(year), int(quarter))
    while f"{step[0]}-Q{step[1]}" != found:
        assert f"{step[0]}-Q{step[1]}" in closed
        step = (step[0] + 1, 1) if step[1] == 4 else (step[0], step[1] + 1)
