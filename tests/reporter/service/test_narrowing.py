"""Consent at the reporter: who no longer allows counting leaves every count that is not published yet."""

import msgspec
import pytest
from service_bench import as_record, confirmed, consent

from services.events import ContributionCounted
from services.reporter import store


async def states(bench):
    found = await bench.rows(bench.reporter, store.rows)
    return {row.contribution: row.state for row in found}


async def told(bench):
    await bench.reporter.outbox.flush()
    found = await bench.sent(ContributionCounted)
    return [(each.contribution, each.revision, each.state) for each in found]


@pytest.fixture
async def three(bench, reporter):
    """Two contributions of one person and one of another; of the first one she never allowed counting."""
    await reporter.handler.handle(
        [
            await bench.themed(contribution="a1", contributor="a"),
            await bench.themed(contribution="a2", contributor="a", uses=("paraphrase",)),
            await bench.themed(contribution="b1", contributor="b"),
        ],
    )


@pytest.mark.usefixtures("three")
async def test_narrowing_uncounts_hers_and_nobody_elses(bench, reporter):
    await bench.hear(reporter, consent("a", "paraphrase", "quote"))
    assert await states(bench) == {"a1": "uncounted", "a2": "uncounted", "b1": "counted"}
    assert (await told(bench))[3:] == [("a1", 2, "uncounted")]


@pytest.mark.usefixtures("three")
async def test_widening_again_counts_what_she_had_allowed_to_be_counted_then(bench, reporter):
    await bench.hear(reporter, consent("a", "paraphrase", revision=1))
    await bench.hear(reporter, consent("a", "count", "paraphrase", revision=2))
    assert await states(bench) == {"a1": "counted", "a2": "uncounted", "b1": "counted"}
    assert (await told(bench))[3:] == [("a1", 2, "uncounted"), ("a1", 3, "counted")]


@pytest.mark.usefixtures("three")
async def test_an_older_consent_changes_nothing(bench, reporter):
    await bench.hear(reporter, consent("a", "count", revision=3))
    await bench.hear(reporter, consent("a", "paraphrase", revision=2))
    assert (await states(bench))["a1"] == "counted"
    assert len(await told(bench)) == 3


@pytest.mark.usefixtures("three")
async def test_narrowing_something_else_than_counting_says_nothing(bench, reporter):
    await bench.hear(reporter, consent("a", "count"))
    assert len(await told(bench)) == 3


@pytest.mark.usefixtures("three")
async def test_published_figures_stand(bench, reporter):
    async with reporter.database.begin() as transaction:
        await transaction.execute(
            store.periods.insert().values(period="2025-Q1", closed_on="2025-04-01", largest_sessions="{}")
        )
    await bench.hear(reporter, consent("a", "paraphrase"))
    assert (await states(bench))["a1"] == "counted"
    assert len(await told(bench)) == 3


async def test_held_and_rejected_ones_are_let_be(bench, reporter):
    await reporter.handler.handle([await bench.themed(state="held")])
    await bench.hear(reporter, consent("contributor-1", "paraphrase"))
    assert await states(bench) == {"contribution-1": "held"}
    assert await told(bench) == []


@pytest.mark.usefixtures("three")
async def test_a_refusal_in_the_same_batch_outlasts_uses_whichever_comes_first(bench, reporter):
    await bench.hear(reporter, consent("a", revision=2), consent("a", "count", revision=3))
    assert await states(bench) == {"b1": "counted"}
    assert await bench.rows(reporter, store.consents) == []


async def test_consent_that_comes_before_her_words_waits_for_them(bench, reporter):
    await bench.hear(reporter, consent("contributor-1", "paraphrase"))
    (kept,) = await bench.rows(reporter, store.consents)
    assert (kept.contributor, kept.uses, kept.revision) == ("contributor-1", "paraphrase", 1)


async def test_a_confirmation_of_another_hop_than_the_one_before_changes_nothing(bench, reporter):
    await bench.hear(reporter, consent("contributor-1"))
    await bench.hear(reporter, confirmed("contributor-1", "intake"), confirmed("contributor-1", "anonymiser"))
    (refusal,) = await bench.rows(reporter, store.refusals)
    assert not refusal.hop_before
    await bench.hear(reporter, confirmed("contributor-1", "themer"))
    (refusal,) = await bench.rows(reporter, store.refusals)
    assert refusal.hop_before


async def test_a_tombstone_among_the_consents_is_passed_over(bench, reporter):
    worker = next(each for each in reporter.workers if each.group == "reporter.consent")
    record = as_record(consent("contributor-1", "count"), 1)
    await worker._handler.handle([msgspec.structs.replace(record, value=None)])
    assert await bench.rows(reporter, store.consents) == []
