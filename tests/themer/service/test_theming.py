"""The themer's step: codes out or a hold; a doubt is never let through, and nothing said lies open on the disk."""

import asyncio

import msgspec
import pytest
from service_bench import as_record, consent

from services.contracts import encode
from services.errors import ContractBroken, NotFound, SealBroken, UnknownKey
from services.events import ContributionPseudonymised, ContributionSettled, ContributionThemed, PseudonymisedWords
from services.themer import store
from services.themer.tagging import bank_version
from services.themer.theming import contributors_of

HOUSING = "The council would not rehouse us and we waited a year for a safe place to live."
POLICE = "The police officer did not believe me when I reported it."


async def told(bench):
    """Return where each contribution stands by what was sent: (contribution, revision, state, reason)."""
    await bench.themer.outbox.flush()
    found = await bench.sent(ContributionSettled)
    return [(each.contribution, each.revision, each.state, each.reason) for each in found]


async def codes(bench):
    await bench.themer.outbox.flush()
    return await bench.sent(ContributionThemed)


async def stored(bench):
    return await bench.rows(bench.themer, store.contributions)


async def test_words_without_a_doubt_are_released_with_their_codes(bench, themer):
    await themer.handler.handle([await bench.pseudonymised(POLICE)])
    (event,) = await codes(bench)
    assert (event.state, event.revision, event.bank) == ("released", 1, bank_version())
    assert "police" in event.sectors
    assert event.themes
    assert await told(bench) == [("contribution-1", 1, "released", None)]


async def test_the_facts_go_on_as_they_came_and_open_with_the_reporters_key_alone(bench, themer):
    facts = await bench.sealed_facts("contribution-1", role="practitioner")
    await themer.handler.handle([await bench.pseudonymised(HOUSING, facts=facts)])
    (event,) = await codes(bench)
    assert event.facts == facts
    assert b"practitioner" in bench.facts_opener().open_part(event.facts, "contribution-1")
    with pytest.raises(UnknownKey):
        bench.pseudonymised_opener().open_part(event.facts, "contribution-1")


async def test_no_event_holds_a_word_of_hers(bench, themer):
    await themer.handler.handle([await bench.pseudonymised(f"{HOUSING} Velvet umbrellas.")])
    await themer.outbox.flush()
    for kind in (ContributionThemed, ContributionSettled):
        for record in await bench.records(kind):
            assert b"umbrella" not in record.value


async def test_one_doubt_holds_it_and_nothing_of_it_goes_on(bench, themer):
    doubts = [(0, 3, "unknown_name"), (4, 7, "unknown_name"), (8, 9, "date")]
    await themer.handler.handle([await bench.pseudonymised(HOUSING, doubts=doubts)])
    assert await codes(bench) == []
    assert await told(bench) == [("contribution-1", 1, "held", None)]
    (row,) = await stored(bench)
    assert (row.state, row.reasons) == ("held", "date unknown_name")


async def test_words_lie_encrypted_on_the_disk_and_open_with_her_key(bench, themer):
    await themer.handler.handle([await bench.pseudonymised(f"{HOUSING} Velvet umbrellas.")])
    (row,) = await stored(bench)
    assert b"umbrella" not in row.words
    assert not any(b"umbrella" in path.read_bytes() for path in bench.data.rglob("*") if path.is_file())
    async with themer.database.read() as view:
        key = await themer.holds._data_keys.for_reading(view, "contributor-1")
    plain = key.open("contribution-1", "words", row.words)
    assert msgspec.json.decode(plain, type=PseudonymisedWords).text.endswith("Velvet umbrellas.")
    with pytest.raises(SealBroken):
        key.open("contribution-2", "words", row.words)


async def test_without_words_it_is_settled_as_rejected_and_nobody_gets_a_key(bench, themer):
    await themer.handler.handle([await bench.pseudonymised(None)])
    assert await told(bench) == [("contribution-1", 1, "rejected", "dead_letter_rejected")]
    assert await codes(bench) == []
    assert await bench.rows(themer, store.data_keys) == []
    (row,) = await stored(bench)
    assert (row.state, row.words) == ("rejected", None)


@pytest.mark.parametrize("revision", [1, 2])
async def test_an_older_or_equal_revision_changes_nothing(bench, themer, revision):
    await themer.handler.handle([await bench.pseudonymised(HOUSING, revision=2)])
    before = [tuple(row) for row in await stored(bench)]
    said = await told(bench)
    await themer.handler.handle([await bench.pseudonymised(POLICE, revision=revision, doubts=[(0, 3, "name")])])
    assert [tuple(row) for row in await stored(bench)] == before
    assert await told(bench) == said


async def test_a_newer_revision_replaces_words_and_codes_at_the_next_revision_of_the_answer(bench, themer):
    await themer.handler.handle([await bench.pseudonymised(HOUSING, revision=1)])
    await themer.handler.handle([await bench.pseudonymised(POLICE, revision=5)])
    first, second = await codes(bench)
    assert (first.revision, second.revision) == (1, 2)
    assert "police" in second.sectors
    assert len(await stored(bench)) == 1


async def test_held_after_release_goes_on_without_codes_so_that_nobody_counts_it(bench, themer):
    await themer.handler.handle([await bench.pseudonymised(HOUSING, revision=1)])
    await themer.handler.handle([await bench.pseudonymised(HOUSING, revision=2, doubts=[(0, 3, "name")])])
    last = (await codes(bench))[-1]
    assert (last.state, last.revision, last.themes, last.sectors) == ("held", 2, (), ())


async def test_only_the_newest_of_one_batch_is_taken_whatever_their_order(bench, themer):
    batch = [
        await bench.pseudonymised(POLICE, revision=3),
        await bench.pseudonymised(HOUSING, revision=1),
        await bench.pseudonymised(HOUSING, revision=2),
    ]
    await themer.handler.handle(batch)
    (event,) = await codes(bench)
    assert "police" in event.sectors


async def test_who_has_refused_is_dropped_and_settled_as_withdrawn(bench, themer):
    await bench.hear(themer, consent("contributor-1"))
    await themer.handler.handle(
        [
            await bench.pseudonymised(HOUSING),
            await bench.pseudonymised(POLICE, contribution="contribution-2", contributor="contributor-2"),
        ],
    )
    assert sorted(await told(bench)) == [
        ("contribution-1", 1, "withdrawn", None),
        ("contribution-2", 1, "released", None),
    ]
    assert [row.contribution for row in await stored(bench)] == ["contribution-2"]
    assert [row.contributor for row in await bench.rows(themer, store.data_keys)] == ["contributor-2"]


async def test_a_refusal_takes_away_what_is_there_and_says_so_at_the_next_revision(bench, themer):
    await themer.handler.handle([await bench.pseudonymised(HOUSING)])
    await bench.hear(themer, consent("contributor-1"))
    assert await stored(bench) == []
    assert (await told(bench))[-1] == ("contribution-1", 2, "withdrawn", None)
    assert [row.contributor for row in await bench.rows(themer, store.destroyed_keys)] == ["contributor-1"]


async def test_one_contributors_words_share_one_key_and_anothers_do_not(bench, themer):
    await themer.handler.handle(
        [
            await bench.pseudonymised(HOUSING),
            await bench.pseudonymised(POLICE, contribution="contribution-2"),
            await bench.pseudonymised(POLICE, contribution="contribution-3", contributor="contributor-2"),
        ],
    )
    assert len(await stored(bench)) == 3
    assert {row.contributor for row in await bench.rows(themer, store.data_keys)} == {"contributor-1", "contributor-2"}


async def test_the_same_words_are_tagged_the_same_each_time(bench, themer):
    await themer.handler.handle([await bench.pseudonymised(HOUSING)])
    await themer.handler.handle([await bench.pseudonymised(HOUSING, contribution="contribution-2")])
    one, other = await codes(bench)
    assert (one.themes, one.sectors, one.stance) == (other.themes, other.sectors, other.stance)


async def test_words_that_are_not_of_their_contract_are_refused_without_being_shown(bench, themer):
    record = await bench.pseudonymised("x")
    sealer = await bench.keys.sealer("themer", "pseudonymised", bench.clock.today(), "b2")
    event = msgspec.json.decode(record.value, type=ContributionPseudonymised)
    spoiled = msgspec.structs.replace(
        event, words=sealer.part(event.contribution, b'{"text": "umbrella", "doubts": 5}')
    )
    with pytest.raises(ContractBroken) as refused:
        await themer.handler.handle([as_record(spoiled, 1)])
    assert "umbrella" not in str(refused.value)
    assert await stored(bench) == []


async def test_words_sealed_under_another_contribution_do_not_open(bench, themer):
    event = msgspec.json.decode((await bench.pseudonymised(HOUSING)).value, type=ContributionPseudonymised)
    swapped = msgspec.structs.replace(event, contribution="contribution-9")
    with pytest.raises(SealBroken):
        await themer.handler.handle([as_record(swapped, 1)])


async def test_one_unreadable_record_stores_nothing_of_its_batch(bench, themer):
    good = await bench.pseudonymised(HOUSING)
    with pytest.raises(ContractBroken):
        await themer.handler.handle([good, msgspec.structs.replace(good, value=b"{}")])
    assert await stored(bench) == []
    assert await told(bench) == []


async def test_rejecting_a_parked_one_settles_it_without_words(bench, themer):
    record = await bench.pseudonymised(HOUSING)
    await themer.handler.reject(record, "contribution-1")
    assert await told(bench) == [("contribution-1", 1, "rejected", "dead_letter_rejected")]
    (row,) = await stored(bench)
    assert row.words is None


async def test_rejecting_another_contribution_than_the_records_is_not_found(bench, themer):
    with pytest.raises(NotFound):
        await themer.handler.reject(await bench.pseudonymised(HOUSING), "contribution-2")
    assert await told(bench) == []


async def test_two_batches_at_once_keep_both(bench, themer):
    await asyncio.gather(
        themer.handler.handle([await bench.pseudonymised(HOUSING)]),
        themer.handler.handle([await bench.pseudonymised(POLICE, contribution="contribution-2")]),
    )
    assert len(await stored(bench)) == 2


async def test_whom_a_record_is_from_is_read_without_opening_it(bench):
    assert contributors_of(await bench.pseudonymised(HOUSING)) == {"contributor-1"}
    record = await bench.pseudonymised(HOUSING)
    with pytest.raises(ContractBroken):
        contributors_of(msgspec.structs.replace(record, value=encode(PseudonymisedWords(text="x"))))
