"""Consent at the door: receipts tied to people, uses narrowed by anybody and widened by her alone, and withdrawal."""

import pytest
from service_bench import confirmed

from services.errors import Conflict, InputRefused, NotFound
from services.events import ConsentChanged
from services.intake import store
from services.runner.confirming import HOPS

FORUM = "survivor_forum"


async def consents(bench):
    await bench.intake.outbox.flush()
    return [(each.contributor, each.revision, each.uses) for each in await bench.sent(ConsentChanged)]


@pytest.fixture
async def receipt(door):
    return await door.issue_receipt()


@pytest.fixture
async def person(door, receipt):
    return await door.person(receipt=receipt)


@pytest.fixture
async def contributor(door, person):
    return await door.find(person)


@pytest.fixture
async def group(door):
    return await door.make_group("Thursday group", seated=True)


async def test_a_receipt_is_kept_as_a_hash_alone(bench, receipt, person):
    (row,) = await bench.rows(bench.intake, store.receipts)
    assert row.receipt_hash == person.receipt_hash
    assert not any(word in str(tuple(row)) for word in receipt.split())


async def test_issuing_again_for_a_seat_replaces_the_words_and_keeps_the_person(door, group):
    old = await door.issue_receipt(group=group, seat=4)
    her = await door.find(await door.person(receipt=old))
    new = await door.issue_receipt(group=group, seat=4)
    assert await door.find(await door.person(receipt=new)) == her
    assert await door.find(await door.person(group=group, seat=4)) == her
    with pytest.raises(NotFound):
        await door.find(await door.person(receipt=old))


async def test_receipts_without_a_seat_are_somebody_new_each_time(door):
    people = {await door.find(await door.person(receipt=await door.issue_receipt())) for _ in range(3)}
    assert len(people) == 3


async def test_five_words_that_meet_twice_are_refused_and_change_nothing(bench, person, contributor):
    with pytest.raises(Conflict):
        await bench.intake.door._consent.issue(person.receipt_hash)
    assert await bench.intake.door.find(person) == contributor


@pytest.mark.parametrize(("with_group", "seat"), [(True, None), (False, 3)])
async def test_a_seat_and_a_group_go_together(door, group, with_group, seat):
    with pytest.raises(InputRefused):
        await door.issue_receipt(group=group if with_group else None, seat=seat)


async def test_a_group_without_seats_issues_no_receipt_for_one(door):
    unseated = await door.make_group("Market day group", seated=False)
    for unknown in (unseated, "no-such-group"):
        with pytest.raises(NotFound):
            await door.issue_receipt(group=unknown, seat=1)


async def test_nobody_is_found_by_words_or_seats_that_are_not_known(door, group):
    with pytest.raises(NotFound) as unknown:
        await door.find(await door.person(group=group, seat=9))
    assert "9" not in str(unknown.value)
    with pytest.raises(InputRefused):
        await door.person()
    with pytest.raises(InputRefused):
        await door.person(group=group)


async def test_until_she_narrows_them_all_uses_hold(door, contributor):
    assert await door.uses_of(contributor) == ("count", "paraphrase", "quote")


async def test_each_change_is_sent_at_the_next_revision_in_one_order(bench, door, person, contributor):
    await door.change_uses(person, ["quote", "count"])
    await door.change_uses(person, ["count"])
    assert await door.uses_of(contributor) == ("count",)
    assert await consents(bench) == [(contributor, 1, ("count", "quote")), (contributor, 2, ("count",))]


async def test_an_unknown_use_is_refused_and_changes_nothing(bench, door, person):
    with pytest.raises(InputRefused) as refused:
        await door.change_uses(person, ["count", "planted"])
    assert "planted" not in str(refused.value)
    assert await consents(bench) == []


async def test_a_seat_narrows_but_only_her_five_words_widen(door, group):
    receipt = await door.issue_receipt(group=group, seat=4)
    by_seat = await door.person(group=group, seat=4)
    await door.change_uses(by_seat, ["count"])
    with pytest.raises(InputRefused, match="five words"):
        await door.change_uses(by_seat, ["count", "quote"])
    await door.change_uses(await door.person(receipt=receipt), ["count", "quote"])
    assert await door.uses_of(await door.find(by_seat)) == ("count", "quote")


async def test_taking_every_use_away_is_no_change_of_uses_but_a_withdrawal(bench, door, person, contributor):
    with pytest.raises(InputRefused):
        await door.change_uses(person, [])
    assert await consents(bench) == []
    assert not await door.has_withdrawn(contributor)


async def test_a_withdrawal_is_written_before_anything_else_and_is_for_ever(bench, door, person, contributor):
    await door.withdraw(person)
    assert await door.has_withdrawn(contributor)
    assert await consents(bench) == [(contributor, 1, ())]
    with pytest.raises(Conflict):
        await door.change_uses(person, ["count"])
    assert len(await bench.rows(bench.intake, store.refusals)) == 1


async def test_withdrawing_twice_sends_one_refusal_and_gives_one_token(bench, door, person, contributor):
    assert await door.withdraw(person) == await door.withdraw_contributor(contributor)
    assert len(await consents(bench)) == 1


async def test_a_withdrawal_follows_the_uses_that_she_set_before(bench, door, person, contributor):
    await door.change_uses(person, ["count"])
    await door.withdraw(person)
    assert [revision for _, revision, _ in await consents(bench)] == [1, 2]


async def test_withdrawing_forgets_session_seat_and_stored_answer(bench, door, said, session_of, group):
    mine = said(seat=1)
    accepted = await door.submit(
        session_of(mine, said(seat=2), kind=FORUM, group=group), idempotency_key="k", body=b"b"
    )
    await door.withdraw(await door.person(group=group, seat=1))
    sessions = [row.session for row in await bench.rows(bench.intake, store.contributions)]
    assert sorted(sessions) == ["", accepted.session]
    assert len(await bench.rows(bench.intake, store.seats)) == 1
    (answer,) = await bench.rows(bench.intake, store.idempotency)
    assert accepted.contributions[0] not in answer.answer
    assert accepted.contributions[1] in answer.answer


async def test_a_seat_that_withdrew_and_is_filled_again_is_somebody_new(bench, door, said, session_of, group):
    room = session_of(said(seat=1), kind=FORUM, group=group)
    await door.submit(room)
    before = await door.find(await door.person(group=group, seat=1))
    await door.withdraw(await door.person(group=group, seat=1))
    with pytest.raises(NotFound):
        await door.person(group=group, seat=1) and await door.find(await door.person(group=group, seat=1))
    await door.submit(room)
    assert await door.find(await door.person(group=group, seat=1)) != before


async def test_a_sessions_notes_go_whole_but_not_those_of_seats_and_receipts(bench, door, said, session_of, group):
    receipt = await door.issue_receipt()
    accepted = await door.submit(
        session_of(said(), said(person=3), said(seat=1), said(receipt=receipt), kind=FORUM, group=group),
    )
    await door.withdraw_session(accepted.session)
    rows = await bench.rows(bench.intake, store.contributions)
    gone = {row.contribution for row in rows if row.session == ""}
    assert gone == set(accepted.contributions[:2])
    with pytest.raises(NotFound):
        await door.withdraw_session(accepted.session)


async def test_a_session_that_is_not_there_cannot_be_withdrawn(door):
    with pytest.raises(NotFound):
        await door.withdraw_session("no-such-session")


async def test_confirmations_are_told_in_the_order_of_the_hops_and_the_last_forgets_the_receipt(
    bench, door, person, contributor
):
    token = await door.withdraw(person)
    assert await door.confirmations(token) == {}
    for hop in reversed(HOPS[1:-1]):
        await bench.hear(bench.intake, confirmed(contributor, hop))
    assert list(await door.confirmations(token)) == list(HOPS[1:-1])
    assert await door.find(person) == contributor
    await bench.hear(bench.intake, confirmed(contributor, HOPS[-1]), confirmed(contributor, HOPS[-1]))
    assert list(await door.confirmations(token)) == list(HOPS[1:])
    with pytest.raises(NotFound):
        await door.find(person)


async def test_a_withdrawal_of_several_is_confirmed_when_all_of_them_are(bench, door, said, session_of):
    accepted = await door.submit(session_of(said(), said()))
    token = await door.withdraw_session(accepted.session)
    people = sorted(row.contributor for row in await bench.rows(bench.intake, store.contributions))
    assert len(people) == 2
    await bench.hear(bench.intake, confirmed(people[0], "themer"))
    assert await door.confirmations(token) == {}
    await bench.hear(bench.intake, confirmed(people[1], "themer"))
    assert list(await door.confirmations(token)) == ["themer"]


@pytest.mark.parametrize("token", ["", "nonsense", "A" * 80, "é"])
async def test_a_token_that_is_not_ours_is_not_known(door, token):
    with pytest.raises(NotFound):
        await door.confirmations(token)


async def test_a_forms_handle_is_no_withdrawal_token_and_the_other_way_round(door, contributor):
    handle = door.handle(contributor, until=2_000)
    with pytest.raises(NotFound):
        await door.confirmations(handle)
    assert door.opened(door.withdrawal_of(contributor), now=0) is None


async def test_a_handle_opens_until_its_time_and_not_after_it(door, contributor):
    handle = door.handle(contributor, until=2_000)
    assert contributor not in handle
    assert door.opened(handle, now=2_000) == contributor
    assert door.opened(handle, now=2_001) is None
    assert door.opened(handle[:-4] + "AAAA", now=0) is None
