"""Releases from the command line: two names, a quarter that is over, and exit 3 when one is held back."""

import asyncio
import datetime
import json

import journey_world
import pytest
from journey_world import at_rest, said, session_of

from services.clock import DemoClock
from services.errors import Held
from services.reporter import publishing

Q1 = ("--period", "2025-Q1")
TWO = ("--prepared-by", "Officer", "--approved-by", "Board member")


@pytest.fixture
def closed(data):
    """A folder in which nothing runs, with a quarter of contributions that is over."""

    async def fill():
        async with journey_world.running(data) as installation:
            await installation.intake.door.submit(session_of(*[said("The police did not listen.") for _ in range(24)]))
            await at_rest(installation)
            DemoClock(installation.folder.clock_file).move_to(datetime.date(2025, 4, 7))

    asyncio.run(fill())
    return data


def test_an_empty_list_says_how_to_make_the_first(command, data):
    ran = command("report", "list", "--data", data)
    assert ran.code == 0
    assert "survivor-voice report publish" in ran.out


def test_publishing_needs_two_different_names(command, closed):
    same = ("--prepared-by", "Officer", "--approved-by", "officer ")
    ran = command("report", "publish", "--data", closed, *Q1, *same)
    assert ran.code == 1
    assert ran.err.strip().splitlines()[-1].startswith("survivor-voice: approved_by: ")
    assert "no release yet" in command("report", "list", "--data", closed).out


def test_prepare_approve_and_list_tell_where_a_release_stands(command, closed):
    ran = command("report", "prepare", "--data", closed, *Q1, "--prepared-by", "Officer", "--json")
    assert ran.code == 0
    (line,) = json.loads(ran.out)["releases"]
    assert line["state"] == "prepared"
    ran = command("report", "approve", "--data", closed, "--release", line["report"], "--approved-by", "Board member")
    assert ran.code == 0
    assert f"{line['report']}  2025-Q1  mayor_2022_25  published" in ran.out
    listed = command("report", "list", "--data", closed, "--json")
    assert [each["state"] for each in json.loads(listed.out)["releases"]] == ["published"]
    again = command("report", "publish", "--data", closed, *Q1, *TWO)
    assert again.code == 1
    assert "published already" in again.err


def test_a_quarter_that_is_not_over_and_one_that_is_none_are_refused(command, closed):
    for period in ("2025-Q2", "velvet"):
        ran = command("report", "publish", "--data", closed, "--period", period, *TWO)
        assert ran.code == 1
        assert "survivor-voice: period: " in ran.err
        assert "velvet" not in ran.err


def test_a_release_that_is_not_there_cannot_be_approved(command, closed):
    ran = command("report", "approve", "--data", closed, "--release", "0" * 32, "--approved-by", "Board member")
    assert ran.code == 1
    assert "No such release" in ran.err


def test_what_somebody_has_just_asked_for_and_nobody_has_heard_holds_it_with_exit_3(command, closed, monkeypatch):
    async def narrow():
        async with journey_world.running(closed, only=("intake",)) as installation:
            door = installation.intake.door
            await door.change_uses(await door.person(receipt=await door.issue_receipt()), ["count"])
            await installation.intake.outbox.flush()

    asyncio.run(narrow())
    monkeypatch.setattr(publishing, "PATIENCE", 0.5)
    ran = command("report", "publish", "--data", closed, *Q1, *TWO)
    assert ran.code == 3
    assert "on its way" in ran.err


@pytest.fixture
def held_at_the_reporter(monkeypatch):
    async def held(_self):
        raise Held("Something is still on its way: see that every service runs, then try again.")

    monkeypatch.setattr(publishing.Waiting, "until_nothing_is_on_its_way", held)
    monkeypatch.setattr(publishing.Publishing, "_require_over", lambda *_: None)


@pytest.mark.usefixtures("held_at_the_reporter")
def test_held_by_a_running_reporter_is_exit_3_too(command, running):
    assert command("report", "publish", "--data", running.data, *Q1, *TWO).code == 3


def test_a_running_reporter_is_spoken_to(command, running):
    assert command("report", "list", "--data", running.data).code == 0
    refused = command("report", "publish", "--data", running.data, "--period", "velvet", *TWO)
    assert refused.code == 1
    assert "period" in refused.complaint
    assert "velvet" not in refused.complaint
