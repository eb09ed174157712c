"""Consent as a service hears it: an older word changes nothing, and a refusal is for ever."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts import encode
from services.errors import ContractBroken
from services.events import ConsentChanged
from services.runner.consent import ConsentHeard, consents_table
from services.runner.erasure import Erasure, ErasureParts, heard_table, refusals_table
from services.runner.outbox import Outbox, outbox_table

ALL = ("count", "paraphrase", "quote")


class Hearing:
    """A service that hears consent, with a real database."""

    def __init__(self, store, log, clock, scribe):
        self.database, refusals, heard, outbox, self.consents = store
        self.scribe = scribe
        self.deleted = []
        self.erasure = Erasure(
            ErasureParts(
                service="reporter",
                refusals=refusals,
                heard=heard,
                database=self.database,
                outbox=Outbox(outbox, self.database, log),
                log=log,
                clock=clock,
                group="reporter",
                topics=(),
                delete=self.delete,
                contributors_of=lambda record: frozenset(),
            )
        )
        self.heard = ConsentHeard(self.erasure, self.consents)

    async def delete(self, transaction, contributors):
        self.deleted += contributors
        return [self.scribe.record(b"gone", each, self.scribe.output) for each in contributors]

    def change(self, contributor, revision, uses):
        payload = ConsentChanged(contributor=contributor, revision=revision, uses=uses, day="2025-03-10")
        return self.scribe.record(encode(payload), contributor, self.scribe.consent)

    async def hear(self, *changes):
        async with self.database.begin() as transaction:
            return await self.heard.apply_consent(transaction, [self.change(*each) for each in changes])

    async def uses(self):
        async with self.database.read() as view:
            rows = await view.execute(sa.select(self.consents))
            return {row.contributor: (row.revision, row.uses) for row in rows}

    async def refused(self, contributor):
        async with self.database.read() as view:
            return bool(await self.erasure.refused(view, [contributor]))


@pytest.fixture
async def hearing(open_database, log, clock, scribe):
    store = await open_database(refusals_table, heard_table, outbox_table, consents_table)
    return Hearing(store, log, clock, scribe)


async def test_the_uses_that_remain_are_kept(hearing):
    assert await hearing.hear(("c-1", 1, ("count", "paraphrase")), ("c-2", 1, ("count",))) == ()
    assert await hearing.uses() == {"c-1": (1, "count paraphrase"), "c-2": (1, "count")}


async def test_a_greater_revision_takes_the_place_of_the_one_before(hearing):
    await hearing.hear(("c-1", 1, ALL))
    await hearing.hear(("c-1", 3, ("count",)))
    assert await hearing.uses() == {"c-1": (3, "count")}


@pytest.mark.parametrize("revision", [1, 2, 3])
async def test_an_older_or_equal_revision_changes_nothing(hearing, revision):
    await hearing.hear(("c-1", 3, ("count",)))
    await hearing.hear(("c-1", revision, ALL))
    assert await hearing.uses() == {"c-1": (3, "count")}


async def test_a_refusal_begins_an_erasure_and_returns_what_it_made(hearing):
    outputs = await hearing.hear(("c-1", 2, ()))
    assert hearing.deleted == ["c-1"]
    assert [output.value for output in outputs] == [b"gone"]
    assert await hearing.refused("c-1")


async def test_a_refusal_stays_whatever_comes_after_it(hearing):
    await hearing.hear(("c-1", 2, ()))
    for revision in (1, 3, 99):
        await hearing.hear(("c-1", revision, ALL))
    assert await hearing.refused("c-1")
    assert await hearing.uses() == {}


async def test_in_one_batch_a_refusal_counts_wherever_it_stands(hearing):
    await hearing.hear(("c-1", 1, ALL), ("c-1", 2, ()), ("c-2", 1, ()), ("c-2", 2, ALL), ("c-3", 1, ALL))
    assert await hearing.uses() == {"c-3": (1, "count paraphrase quote")}
    assert hearing.deleted == ["c-1", "c-2"]


async def test_hearing_a_refusal_again_deletes_and_sends_nothing(hearing):
    await hearing.hear(("c-1", 2, ()))
    assert await hearing.hear(("c-1", 2, ()), ("c-1", 5, ())) == ()
    assert hearing.deleted == ["c-1"]


async def test_a_record_that_breaks_the_contract_undoes_all_of_its_batch(hearing, scribe):
    records = [hearing.change("c-1", 1, ALL), scribe.record(b"{}", "c-2", scribe.consent)]

    async def hear():
        async with hearing.database.begin() as transaction:
            await hearing.heard.apply_consent(transaction, records)

    with pytest.raises(ContractBroken):
        await hear()
    assert await hearing.uses() == {}


async def test_a_tombstone_is_passed_over(hearing, scribe):
    await hearing.hear(("c-1", 1, ALL))
    async with hearing.database.begin() as transaction:
        assert await hearing.heard.apply_consent(transaction, [scribe.record(None, "c-1", scribe.consent)]) == ()
    assert await hearing.uses() == {"c-1": (1, "count paraphrase quote")}


_changes = st.tuples(
    st.sampled_from(["c-1", "c-2"]),
    st.integers(1, 6),
    st.sampled_from([(), ("count",), ("count", "quote"), ALL]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(_changes, max_size=5), max_size=5), again=st.booleans())
async def test_who_refused_has_refused_and_the_first_of_the_greatest_revision_holds(
    *, open_database, log, clock, scribe, batches, again
):
    store = await open_database(
        refusals_table,
        heard_table,
        outbox_table,
        consents_table,
    )
    async with store[0].begin() as transaction:
        for table in store[1:]:
            await transaction.execute(table.delete())
    hearing = Hearing(store, log, clock, scribe)
    expected, refused = {}, set()
    for batch in batches:
        refused |= {who for who, _, uses in batch if not uses}
        for who, revision, uses in batch:
            if uses and revision > expected.get(who, (0, ""))[0]:
                expected[who] = (revision, " ".join(uses))
        for _ in range(1 + again):
            await hearing.hear(*batch)
    assert {who for who in ("c-1", "c-2") if await hearing.refused(who)} == refused
    kept = await hearing.uses()
    assert {who: uses for who, uses in kept.items() if who not in refused} == {
        who: uses for who, uses in expected.items() if who not in refused
    }
