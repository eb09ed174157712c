"""Withdrawing from the command line: words come from standard input, never from the arguments, and never come back."""

import asyncio
import json

import journey_world
import pytest
from journey_world import at_rest, said, session_of

from services.commands import withdraw
from services.intake.receipts import word_list
from services.runner.confirming import HOPS

WRONG = " ".join(word_list()[7:12])


@pytest.fixture
def room(data):
    """A session in a folder in which nothing runs: one with a receipt, one with a seat, one that is nobody's."""

    async def fill():
        async with journey_world.running(data) as installation:
            door = installation.intake.door
            group = await door.make_group("Thursday group", seated=True)
            receipt = await door.issue_receipt()
            accepted = await door.submit(
                session_of(
                    said("We waited.", receipt=receipt),
                    said("Nobody rang.", seat=3),
                    said("It was cold."),
                    kind="survivor_forum",
                    group=group,
                    number_present=8,
                ),
            )
            await at_rest(installation)
            return receipt, group, accepted.session

    return asyncio.run(fill())


def withdrawn(data):
    async def count():
        async with journey_world.running(data) as installation:
            await at_rest(installation)
            return (await installation.intake.door.reconcile()).withdrawn

    return asyncio.run(count())


def test_five_words_from_standard_input_erase_her_everywhere(command, data, room):
    receipt, *_ = room
    ran = command("withdraw", "--data", data, "--json", stdin=f"{receipt}\n")
    assert ran.code == 0
    answer = json.loads(ran.out)
    assert answer["complete"] is True
    assert answer["erased"] == {hop: journey_world.START.isoformat() for hop in HOPS}
    assert not any(word in ran.out.split() for word in receipt.split())
    assert withdrawn(data) == 1


def test_group_and_seat_from_standard_input_erase_that_seat(command, data, room):
    _, group, _ = room
    ran = command("withdraw", "--data", data, "--seat", stdin=f"{group}\n3\n")
    assert ran.code == 0
    assert [line.split()[0] for line in ran.out.splitlines()] == list(HOPS)
    assert all("erased on 2025-01-15" in line for line in ran.out.splitlines())
    assert withdrawn(data) == 1


def test_a_session_takes_the_notes_that_are_nobodys(command, data, room):
    *_, session = room
    assert command("withdraw", "--data", data, "--session", stdin=f"{session}\n").code == 0
    assert withdrawn(data) == 1
    again = command("withdraw", "--data", data, "--session", stdin=f"{session}\n")
    assert again.code == 1
    assert "holds no notes" in again.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        ((), f"{WRONG}\n"),
        ((), "velvet umbrellas\n"),
        ((), ""),
        (("--seat",), "no-such-group\n3\n"),
        (("--session",), "no-such-session\n"),
    ],
)
def test_what_is_not_known_is_refused_without_being_repeated(command, data, room, arguments, stdin):
    ran = command("withdraw", "--data", data, *arguments, stdin=stdin)
    assert ran.code == 1
    last = ran.err.strip().splitlines()[-1]
    assert last.startswith("survivor-voice: ")
    for word in (WRONG, "velvet", "umbrellas", "no-such"):
        assert word not in ran.err + ran.out
    assert withdrawn(data) == 0


def test_a_seat_that_is_no_number_is_a_wrong_call(command, data, room):
    ran = command("withdraw", "--data", data, "--seat", stdin=f"{room[1]}\nthree\n")
    assert ran.code == 2
    assert "whole number" in ran.complaint


def test_words_are_never_taken_as_arguments(command, data, room):
    assert command("withdraw", "--data", data, *room[0].split()).code == 2
    assert withdrawn(data) == 0


def test_seat_and_session_are_one_or_the_other(command, data):
    assert command("withdraw", "--data", data, "--seat", "--session").code == 2


def test_a_running_installation_is_spoken_to(command, running):
    door = running.installation.intake.door
    receipt = running.ask(door.issue_receipt())
    running.ask(door.submit(session_of(said("We waited.", receipt=receipt))))
    ran = command("withdraw", "--data", running.data, "--json", stdin=f"{receipt}\n")
    assert ran.code == 0
    assert json.loads(ran.out)["complete"] is True


def test_what_is_not_confirmed_in_time_exits_3_and_says_that_it_goes_on(command, running, monkeypatch):
    receipt = running.ask(running.installation.intake.door.issue_receipt())
    monkeypatch.setattr(withdraw, "_PATIENCE", 0.0)
    ran = command("withdraw", "--data", running.data, stdin=f"{receipt}\n")
    assert ran.code == 3
    assert "permanent" in ran.out
    assert "not yet" in ran.out
