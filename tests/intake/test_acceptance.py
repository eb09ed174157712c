"""Accepting: who counts as one person, what is told to the sender, and that a refusal stores nothing."""

import asyncio

import pytest

from services.errors import Conflict, InputRefused, NotFound, SurvivorVoiceError
from services.events import SessionHeld
from services.intake import store
from services.intake.receipts import word_list

FORUM = "survivor_forum"


async def contributors(bench):
    """Return who said each contribution, by contribution id."""
    return {row.contribution: row.contributor for row in await bench.rows(bench.intake, store.contributions)}


async def people_in(bench, *accepted):
    """Return, for each session, who said each of its contributions, in the order sent."""
    known = await contributors(bench)
    return [[known[contribution] for contribution in each.contributions] for each in accepted]


async def everything_stored(bench):
    tables = (store.sessions, store.contributions, store.seats, store.idempotency, store.outbox)
    return {table.name: len(await bench.rows(bench.intake, table)) for table in tables}


@pytest.fixture
async def group(door):
    return await door.make_group("Thursday group", seated=True)


@pytest.fixture
async def unseated(door):
    return await door.make_group("Market day group", seated=False)


async def test_a_seat_is_one_person_over_sessions_and_another_in_another_group(bench, door, said, session_of, group):
    other = await door.make_group("Monday group", seated=True)
    first = await door.submit(session_of(said(seat=1), said(seat=2), said(seat=1), kind=FORUM, group=group))
    second = await door.submit(session_of(said(seat=2), kind=FORUM, group=group, month="2024-12"))
    third = await door.submit(session_of(said(seat=1), kind=FORUM, group=other))
    (one, two, one_again), (two_again,), (stranger,) = await people_in(bench, first, second, third)
    assert (one_again, two_again) == (one, two)
    assert len({one, two, stranger}) == 3


async def test_seats_are_kept_as_keyed_hashes_alone(bench, door, said, session_of, group):
    await door.submit(session_of(said(seat=417), kind=FORUM, group=group))
    (row,) = await bench.rows(bench.intake, store.seats)
    assert len(row.seat_hash) == 64
    assert "417" not in row.contributor
    assert group not in row.seat_hash


async def test_a_person_is_one_within_a_session_and_another_in_the_next(bench, door, said, session_of):
    room = session_of(said(person=1), said(person=2), said(person=1), kind="focus_group")
    (one, two, one_again), (later, *_) = await people_in(bench, await door.submit(room), await door.submit(room))
    assert one_again == one
    assert len({one, two, later}) == 3


async def test_notes_that_are_nobodys_are_one_contributor_a_session(bench, door, said, session_of):
    room = session_of(said(), said(), said(person=1), said(), kind="focus_group")
    (a, b, person, c), (other, *_) = await people_in(bench, await door.submit(room), await door.submit(room))
    assert a == b == c
    assert len({a, person, other}) == 3


async def test_where_each_contribution_is_a_person_every_one_is_somebody_else(bench, door, said, session_of):
    (people,) = await people_in(bench, await door.submit(session_of(said(), said(), said())))
    assert len(set(people)) == 3


async def test_a_receipt_is_one_person_wherever_she_speaks(bench, door, said, session_of, group):
    receipt = await door.issue_receipt()
    first = await door.submit(session_of(said(receipt=receipt), said()))
    second = await door.submit(session_of(said(receipt=receipt.upper()), kind=FORUM, group=group))
    (her, other), (again,) = await people_in(bench, first, second)
    assert again == her
    assert other != her


async def test_a_seats_receipt_and_the_seat_are_the_same_person(bench, door, said, session_of, group):
    receipt = await door.issue_receipt(group=group, seat=4)
    accepted = await door.submit(session_of(said(seat=4), said(receipt=receipt), kind=FORUM, group=group))
    ((by_seat, by_receipt),) = await people_in(bench, accepted)
    assert by_seat == by_receipt


async def test_an_unknown_receipt_is_refused_without_the_words_and_stores_nothing(bench, door, said, session_of):
    words = " ".join(word_list()[10:15])
    with pytest.raises(InputRefused) as refused:
        await door.submit(session_of(said(), said(receipt=words)))
    assert refused.value.findings[0].rule == "not known here"
    assert words not in str(refused.value)
    assert set((await everything_stored(bench)).values()) == {0}


async def test_a_withdrawn_receipt_takes_nothing_in(bench, door, said, session_of):
    receipt = await door.issue_receipt()
    await door.withdraw(await door.person(receipt=receipt))
    with pytest.raises(InputRefused) as refused:
        await door.submit(session_of(said(receipt=receipt)))
    assert refused.value.findings[0].rule == "withdrawn"


async def test_a_group_that_is_not_there_and_one_without_seats_are_refused(bench, door, said, session_of, unseated):
    with pytest.raises(NotFound):
        await door.submit(session_of(said(), kind=FORUM, group="no-such-group"))
    with pytest.raises(InputRefused, match="no seats"):
        await door.submit(session_of(said(seat=1), kind=FORUM, group=unseated))
    assert (await everything_stored(bench))["contributions"] == 0


async def test_the_same_key_with_the_same_body_gives_the_first_answer_and_stores_once(bench, door, said, session_of):
    room = session_of(said(), said())
    first = await door.submit(room, idempotency_key="k1", body=b"one")
    again = await door.submit(room, idempotency_key="k1", body=b"one")
    assert (again.session, again.contributions) == (first.session, first.contributions)
    assert (first.repeated, again.repeated) == (False, True)
    stored = await everything_stored(bench)
    assert (stored["sessions"], stored["contributions"], stored["idempotency"]) == (1, 2, 1)


async def test_the_same_key_with_another_body_is_a_conflict(door, said, session_of):
    await door.submit(session_of(said()), idempotency_key="k1", body=b"one")
    with pytest.raises(Conflict):
        await door.submit(session_of(said()), idempotency_key="k1", body=b"two")


async def test_without_a_key_the_same_session_is_two(door, said, session_of):
    room = session_of(said())
    assert (await door.submit(room)).session != (await door.submit(room)).session


async def test_the_key_is_kept_as_a_hash_alone(bench, door, said, session_of):
    await door.submit(session_of(said()), idempotency_key="planted key", body=b"planted body")
    (row,) = await bench.rows(bench.intake, store.idempotency)
    assert "planted" not in str(tuple(row))


async def test_the_same_key_twice_in_one_breath_stores_once(bench, door, said, session_of):
    room = session_of(said())
    answers = await asyncio.gather(*[door.submit(room, idempotency_key="k1", body=b"one") for _ in range(5)])
    assert len({each.session for each in answers}) == 1
    assert sum(not each.repeated for each in answers) == 1
    assert (await everything_stored(bench))["sessions"] == 1


async def test_one_bad_submission_does_not_stop_the_others_of_its_group(bench, door, said, session_of, group):
    good = session_of(said(seat=1), kind=FORUM, group=group)
    bad = session_of(said(), kind=FORUM, group="no-such-group")
    answers = await asyncio.gather(
        *[door.submit(each) for each in (good, bad, good, bad, good)], return_exceptions=True
    )
    assert [isinstance(each, NotFound) for each in answers] == [False, True, False, True, False]
    people = await people_in(bench, *[each for each in answers if not isinstance(each, SurvivorVoiceError)])
    assert len({person for session in people for person in session}) == 1
    assert (await everything_stored(bench))["sessions"] == 3


async def test_a_refused_submission_leaves_no_seat_behind(bench, door, said, session_of, group, gate):  # noqa: PLR0917 - fixtures
    unknown = " ".join(word_list()[:5])
    first = asyncio.create_task(door.submit(session_of(said())))
    await gate.until_held()
    bad = asyncio.create_task(
        door.submit(session_of(said(seat=9), said(receipt=unknown), kind=FORUM, group=group)),
    )
    await gate.until_waiting(1)
    good = asyncio.create_task(door.submit(session_of(said(seat=1), kind=FORUM, group=group)))
    await gate.until_waiting(2)
    gate.opened.set()
    await asyncio.gather(first, good)
    with pytest.raises(InputRefused):
        await bad
    assert len(await bench.rows(bench.intake, store.seats)) == 1


async def test_what_is_sent_says_once_that_the_session_was_held(bench, door, said, session_of, group):
    room = session_of(
        said(seat=1), kind=FORUM, group=group, number_present=8, tallies={"felt_heard": {"yes": 8}}, areas=("camden",)
    )
    accepted = await door.submit(room)
    await bench.intake.outbox.flush()
    (held,) = await bench.sent(SessionHeld)
    assert (held.session, held.group, held.kind, held.month) == (accepted.session, group, FORUM, "2025-01")
    assert (held.number_present, held.areas, held.day) == (8, ("camden",), "2025-01-15")
    assert held.tallies is not None


async def test_nothing_said_is_kept_at_intake(bench, door, said, session_of):
    await door.submit(session_of(said("the heron by the lock")))
    assert not any(b"heron" in path.read_bytes() for path in bench.data.rglob("*") if path.is_file())


async def test_how_a_session_was_held_is_kept_with_it(bench, door, said, session_of):
    told = {"limits_explained": True, "support_person": False, "debrief": True}
    await door.submit(session_of(said(), **told))
    (row,) = await bench.rows(bench.intake, store.sessions)
    assert {name: getattr(row, name) for name in told} == told
