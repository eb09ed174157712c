"""Withdrawal from the first day: by receipt, by group and seat, a session's notes; and when it overtakes the words."""

import sqlite3

import pytest

from services.errors import Conflict, InputRefused, NotFound
from services.eventlog.topics import DECLARED
from services.runner.confirming import HOPS

pytestmark = pytest.mark.usefixtures("quiet_logs")


def rows_naming(data, contributor: str) -> set[tuple[str, str]]:
    """Return the (database, table) pairs in which any column holds the contributor's id."""
    found = set()
    for path in data.rglob("*.sqlite3"):
        with sqlite3.connect(path) as database:
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in database.execute(f'SELECT * FROM "{table}"').fetchall():
                    for value in row:
                        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                        if contributor in text:
                            found.add((path.stem, table))
    return found


async def topics_naming(installation, contributor: str) -> set[str]:
    """Return the topics in which any record, in its key or value, holds the contributor's id."""
    found = set()
    for topic in DECLARED:
        for place, start in (await installation.log.starts([topic])).items():
            for record in await installation.log.read(place, start, 10_000):
                if contributor in record.key or contributor.encode() in (record.value or b""):
                    found.add(topic.removeprefix("sv.").removesuffix(".v1"))
    return found


async def contributor_of(installation, receipt: str) -> str:
    door = installation.intake.door
    return await door.find(await door.person(receipt=receipt))


async def test_a_receipt_withdraws_everything_of_hers_and_nobody_elses(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        door = installation.intake.door
        receipt = await door.issue_receipt()
        await door.submit(
            journey.session_of(
                journey.said(journey.PLANTED, receipt=receipt),
                journey.said("The housing officer listened and that helped a great deal."),
            ),
        )
        await journey.at_rest(installation)
        her = await contributor_of(installation, receipt)
        token = await door.withdraw(await door.person(receipt=receipt))
        confirmed = await journey.erased(installation, token)
        await journey.at_rest(installation)
        totals = await door.reconcile()

        assert list(confirmed) == list(HOPS)
        assert set(confirmed.values()) == {journey.START.isoformat()}
        assert (totals.accepted, totals.withdrawn) == (2, 1)
        with pytest.raises(NotFound):
            await contributor_of(installation, receipt)
        assert await topics_naming(installation, her) == {
            "consent.changed",
            "erasure.confirmed",
            "contribution.settled",
        }
    # ``contributions`` at intake is the settled row; ``record`` is the log, whose topics were looked at above.
    assert rows_naming(tmp_path, her) == {
        ("intake", "refusals"),
        ("intake", "confirmations"),
        ("intake", "contributions"),
        ("themer", "refusals"),
        ("themer", "destroyed_keys"),
        ("reporter", "refusals"),
        ("themer", "confirmations_heard"),
        ("reporter", "confirmations_heard"),
        ("log", "record"),
    }
    assert journey.holding(tmp_path, journey.PLANTED, "Quillmere", "Marchbanks", receipt) == []


async def test_group_and_seat_withdraw_her_from_every_session_of_the_group(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        door = installation.intake.door
        group = await door.make_group("Thursday group", seated=True)
        for month in ("2024-12", "2025-01"):
            await door.submit(
                journey.session_of(
                    journey.said("They kept me waiting for the advocate.", seat=1),
                    journey.said("The refuge was kind to my children.", seat=2),
                    kind="survivor_forum",
                    month=month,
                    group=group,
                    number_present=8,
                ),
            )
        await journey.at_rest(installation)
        token = await door.withdraw(await door.person(group=group, seat=1))
        await journey.erased(installation, token)
        await journey.at_rest(installation)
        totals = await door.reconcile()
        assert (totals.accepted, totals.withdrawn) == (4, 2)


async def test_a_sessions_unattributed_notes_go_whole_but_seats_stay(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        door = installation.intake.door
        group = await door.make_group("Monday group", seated=True)
        accepted = await door.submit(
            journey.session_of(
                journey.said("Nobody told us what would happen next."),
                journey.said("We want one person to speak to."),
                journey.said("My own words from my seat.", seat=3),
                kind="focus_group",
                group=group,
                number_present=9,
            ),
        )
        await journey.at_rest(installation)
        token = await door.withdraw_session(accepted.session)
        await journey.erased(installation, token)
        await journey.at_rest(installation)
        totals = await door.reconcile()
        assert (totals.accepted, totals.withdrawn) == (3, 2)
        with pytest.raises(NotFound):
            await door.withdraw_session(accepted.session)


async def test_a_withdrawal_overtakes_words_that_are_still_in_transit(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        # Keys are announced once, then everything behind intake stops.
        assert installation.services
    async with journey.running(tmp_path, only=("intake",)) as intake_alone:
        door = intake_alone.intake.door
        receipt = await door.issue_receipt()
        await door.submit(journey.session_of(journey.said(journey.PLANTED, receipt=receipt)))
        token = await door.withdraw(await door.person(receipt=receipt))
        assert await door.confirmations(token) in ({}, {"intake": journey.START.isoformat()})
    async with journey.running(tmp_path) as installation:
        confirmed = await journey.erased(installation, token)
        await journey.at_rest(installation)
        totals = await installation.intake.door.reconcile()
        assert list(confirmed) == list(HOPS)
        assert (totals.accepted, totals.withdrawn, totals.counted) == (1, 1, 0)
    assert journey.holding(tmp_path, journey.PLANTED, "Quillmere", "Marchbanks") == []


async def test_withdrawing_again_changes_nothing_and_a_withdrawn_receipt_takes_nothing_in(tmp_path, journey):
    async with journey.running(tmp_path, only=("reporter", "themer", "anonymiser", "intake")) as installation:
        door = installation.intake.door
        receipt = await door.issue_receipt()
        person = await door.person(receipt=receipt)
        contributor = await door.find(person)
        first = await door.withdraw(person)
        assert await door.withdraw_contributor(contributor) == first
        with pytest.raises((InputRefused, NotFound)):
            await door.submit(journey.session_of(journey.said("once more", receipt=receipt)))
        with pytest.raises((Conflict, NotFound)):
            await door.change_uses(person, ["count"])
        await journey.erased(installation, first)


async def test_the_key_encryption_key_is_replaced_so_that_old_copies_open_no_more(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        door = installation.intake.door
        receipt = await door.issue_receipt()
        await door.submit(
            journey.session_of(
                journey.said("Hers, soon gone.", receipt=receipt),
                journey.said("Another woman's, which stays readable."),
            ),
        )
        await journey.at_rest(installation)
        before = {path.name for path in (tmp_path / "keys" / "themer").glob("themer-kek-*.key")}
        token = await door.withdraw(await door.person(receipt=receipt))
        await journey.erased(installation, token)
        after = {path.name for path in (tmp_path / "keys" / "themer").glob("themer-kek-*.key")}
        assert before.isdisjoint(after)
        assert len(after) == 1


async def test_narrowed_uses_hold_for_what_comes_later_and_only_a_receipt_widens_them(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        door = installation.intake.door
        group = await door.make_group("Wednesday group", seated=True)
        receipt = await door.issue_receipt(group=group, seat=4)
        by_seat = await door.person(group=group, seat=4)
        await door.change_uses(by_seat, ["paraphrase"])
        await journey.until(lambda: _consents(tmp_path), what="the consent at the reporter")
        await door.submit(
            journey.session_of(
                journey.said("Do not count me, but you may put it in other words.", seat=4),
                kind="survivor_forum",
                group=group,
                number_present=5,
            ),
        )
        await journey.at_rest(installation)
        assert (await door.reconcile()).uncounted == 1
        with pytest.raises(InputRefused):
            await door.change_uses(by_seat, ["count", "paraphrase"])
        await door.change_uses(await door.person(receipt=receipt), ["count", "paraphrase"])
        assert await door.uses_of(await contributor_of(installation, receipt)) == ("count", "paraphrase")


def _consents(data) -> bool:
    with sqlite3.connect(data / "reporter" / "reporter.sqlite3") as database:
        return bool(database.execute("SELECT count(*) FROM consents").fetchone()[0])
