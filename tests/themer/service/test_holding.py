"""Holds: a reviewer sees pseudonymised words with their doubts, takes out what must go, and lets on or keeps out."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from service_bench import consent

from services.errors import Conflict, DestroyedDataKey, InputRefused, NotFound
from services.events import ContributionSettled, ContributionThemed
from services.themer import store
from services.themer.holding import REMOVED, _without

TEXT = "Zebedee at the council would not rehouse us."


@pytest.fixture
def holds(themer):
    return themer.holds


@pytest.fixture
async def held(bench, themer):
    await themer.handler.handle([await bench.pseudonymised(TEXT, doubts=[(0, 7, "unknown_name")])])
    return "contribution-1"


async def sent(bench):
    await bench.themer.outbox.flush()
    themed = [(each.state, each.revision) for each in await bench.sent(ContributionThemed)]
    settled = [(each.state, each.revision, each.reason) for each in await bench.sent(ContributionSettled)]
    return themed, settled


async def row_of(bench):
    (row,) = await bench.rows(bench.themer, store.contributions)
    return row


async def test_the_list_shows_rules_and_month_and_no_text(holds, held):
    (line,) = await holds.listed()
    assert (line.contribution, line.month, line.reasons) == (held, "2025-01", ("unknown_name",))
    assert "Zebedee" not in repr(line)


async def test_the_list_is_in_the_order_of_months_then_ids(bench, themer, holds, held):
    for name in ("contribution-3", "contribution-2"):
        await themer.handler.handle([await bench.pseudonymised(TEXT, contribution=name, doubts=[(0, 7, "name")])])
    assert [line.contribution for line in await holds.listed()] == [held, "contribution-2", "contribution-3"]


async def test_her_reviewer_sees_the_words_with_the_doubts(holds, held):
    shown = await holds.text_of(held)
    assert shown.text == TEXT
    assert [(doubt.start, doubt.end, doubt.reason) for doubt in shown.doubts] == [(0, 7, "unknown_name")]


@pytest.mark.parametrize("contribution", ["contribution-9", "", "' OR 1=1 --"])
async def test_what_is_not_held_is_not_found(bench, holds, held, contribution):
    for ask in (holds.text_of(contribution), holds.release(contribution, by="reviewer")):
        with pytest.raises(NotFound):
            await ask
    with pytest.raises(NotFound):
        await holds.reject(contribution, by="reviewer")


async def test_what_was_released_is_shown_to_no_reviewer_any_more(holds, held):
    await holds.release(held, by="reviewer")
    with pytest.raises(NotFound):
        await holds.text_of(held)
    with pytest.raises(NotFound):
        await holds.release(held, by="reviewer")
    assert await holds.listed() == []


async def test_a_release_goes_on_with_codes_at_the_next_revision(bench, holds, held):
    await holds.release(held, by="reviewer")
    assert await sent(bench) == ([("released", 2)], [("held", 1, None), ("released", 2, None)])
    assert (await row_of(bench)).reasons == ""


async def test_what_the_reviewer_takes_out_is_gone_from_the_disk_and_from_the_codes(bench, themer, holds):
    text = "Velvet umbrellas. The police officer did not believe me when I reported it."
    await themer.handler.handle([await bench.pseudonymised(text, doubts=[(0, 6, "name")])])
    await holds.release("contribution-1", by="reviewer", remove=[(18, len(text))])
    (event,) = await bench.sent(ContributionThemed)
    assert "police" not in event.sectors
    row = await row_of(bench)
    async with themer.database.read() as view:
        key = await holds._data_keys.for_reading(view, "contributor-1")
    assert b"police" not in key.open("contribution-1", "words", row.words)
    assert REMOVED.encode() in key.open("contribution-1", "words", row.words)


@pytest.mark.parametrize("stretch", [(-1, 3), (3, 3), (5, 2), (0, len(TEXT) + 1)])
async def test_a_stretch_outside_the_text_is_refused_and_it_stays_held(bench, holds, held, stretch):
    with pytest.raises(InputRefused):
        await holds.release(held, by="reviewer", remove=[stretch])
    assert (await row_of(bench)).state == "held"
    assert await sent(bench) == ([], [("held", 1, None)])


async def test_a_rejection_deletes_the_words_and_says_so(bench, holds, held):
    await holds.reject(held, by="reviewer")
    row = await row_of(bench)
    assert (row.state, row.words) == ("rejected", None)
    assert await sent(bench) == ([("rejected", 2)], [("held", 1, None), ("rejected", 2, "reviewer")])
    with pytest.raises(Conflict):
        await holds.reject(held, by="reviewer")
    with pytest.raises(NotFound):
        await holds.text_of(held)


async def test_what_was_released_can_still_be_kept_out(bench, holds, held):
    await holds.release(held, by="reviewer")
    await holds.reject(held, by="reviewer")
    themed, _ = await sent(bench)
    assert themed == [("released", 2), ("rejected", 3)]
    assert (await bench.sent(ContributionThemed))[-1].themes == ()


async def test_each_decision_is_kept_with_who_and_when_and_no_word(bench, holds, held):
    await holds.release(held, by="Reviewer A")
    await holds.reject(held, by="Reviewer B")
    rows = await bench.rows(bench.themer, store.decisions)
    assert [(row.state, row.by, row.day) for row in rows] == [
        ("released", "Reviewer A", "2025-01-15"),
        ("rejected", "Reviewer B", "2025-01-15"),
    ]


async def test_a_withdrawal_takes_hold_and_decisions_with_it(bench, themer, holds, held):
    await holds.release(held, by="reviewer")
    await bench.hear(themer, consent("contributor-1"))
    assert await bench.rows(themer, store.decisions) == []
    with pytest.raises(NotFound):
        await holds.release(held, by="reviewer")


async def test_words_whose_key_was_destroyed_read_as_erased_even_to_a_reviewer(themer, holds, held):
    async with themer.database.begin() as transaction:
        await holds._data_keys.destroy(transaction, ["contributor-1"], "2025-01-15")
    with pytest.raises(DestroyedDataKey):
        await holds.text_of(held)


def test_several_stretches_are_taken_out_in_any_order():
    text = "one two three four"
    assert _without(text, [(8, 13), (0, 3)]) == f"{REMOVED} two {REMOVED} four"
    assert _without(text, [(0, 3), (8, 13)]) == f"{REMOVED} two {REMOVED} four"


@example([(0, 20), (2, 5)])
@given(st.lists(st.tuples(st.integers(0, 25), st.integers(1, 26)).filter(lambda each: each[0] < each[1]), max_size=4))
def test_no_letter_of_a_marked_stretch_stays_however_stretches_overlap(stretches):
    text = "abcdefghijklmnopqrstuvwxyz"
    left = _without(text, stretches)
    marked = {letter for start, end in stretches for letter in text[start:end]}
    assert marked & set(left) == set()
    assert set(text) - marked <= set(left)
