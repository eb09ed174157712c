"""What an operator asks: keys without keys, dead letters without content, and what is wrong with the installation."""

import asyncio
import json

import journey_world
import pytest

from services.commands import doctor
from services.contracts import topic_of
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord
from services.eventlog.topics import dead_letters_of
from services.events import ContributionPseudonymised, ContributionSettled

SETTLED = topic_of(ContributionSettled)


def test_before_anything_ran_there_are_no_keys_and_it_says_who_makes_them(command, data):
    ran = command("keys", "--data", data)
    assert ran.code == 0
    assert "There are no keys yet" in ran.out


def test_init_makes_the_epochs_that_are_due_and_list_shows_ids_and_dates(command, data):
    assert command("keys", "init", "--data", data).code == 0
    ran = command("keys", "--data", data, "--json")
    assert ran.code == 0
    found = json.loads(ran.out)
    assert [row["key"] for row in found["epochs"]] == [
        "anonymiser-words-2025-01",
        "themer-pseudonymised-2025-01",
        "reporter-facts-2025",
    ]
    assert {row["destroyed"] for row in found["epochs"]} == {None}
    assert found["epochs"][0]["opens"] == "2025-01-01"
    assert set(found["identities"]) == {"anonymiser", "themer", "reporter"}


def test_no_key_material_is_shown_in_any_form(command, data):
    command("keys", "init", "--data", data)
    shown = command("keys", "--data", data).out + command("keys", "--data", data, "--json").out
    secrets = [path for path in (data / "keys").rglob("*.key") if "identity" not in path.name]
    assert secrets
    for path in (data / "keys").rglob("*.key"):
        content = path.read_bytes()
        for form in (content.hex(), content.decode("latin-1")):
            for start in range(0, max(1, len(form) - 24), 12):
                assert form[start : start + 24] not in shown or not form[start : start + 24].isalnum()


def test_making_keys_again_changes_nothing(command, data):
    command("keys", "init", "--data", data)
    before = {path: path.read_bytes() for path in (data / "keys").rglob("*.key")}
    assert command("keys", "init", "--data", data).code == 0
    assert {path: path.read_bytes() for path in (data / "keys").rglob("*.key")} == before


def test_a_sound_installation_is_found_sound(command, data):
    command("keys", "init", "--data", data)
    ran = command("doctor", "--data", data)
    assert ran.code == 0
    assert all(line.startswith("ok ") for line in ran.out.splitlines())
    assert "intake is not running" in ran.out


def test_the_doctor_says_where_a_running_service_listens(command, running):
    ran = command("doctor", "--data", running.data)
    assert ran.code == 0
    assert f"reporter runs at {running.address}" in ran.out


def test_a_key_folder_that_others_can_enter_is_found(command, data):
    command("keys", "init", "--data", data)
    (data / "keys" / "themer").chmod(0o755)
    ran = command("doctor", "--data", data)
    assert ran.code == 1
    assert "!!  key folders: Others can enter the key folder of themer" in ran.out
    found = json.loads(command("doctor", "--data", data, "--json").out)
    assert "chmod 700" in found["key folders"]
    assert found["event log"] is None


def test_styles_that_were_not_built_are_found(command, data, monkeypatch):
    class Plain:
        built = False

    monkeypatch.setattr(doctor, "find_assets", Plain)
    ran = command("doctor", "--data", data)
    assert ran.code == 1
    assert "styles of the pages: The styles are not built" in ran.out


def test_a_full_disk_is_found(command, data, monkeypatch):
    monkeypatch.setattr(doctor, "_LEAST_FREE", 1 << 60)
    ran = command("doctor", "--data", data)
    assert ran.code == 1
    assert "!!  free disk space" in ran.out


def test_without_dead_letters_the_list_says_so(command, data, running):
    assert command("dead-letters", "list", "--data", data).out == "No dead letter is open.\n"
    assert json.loads(command("dead-letters", "list", "--data", data, "--json").out) == {"dead_letters": []}
    assert command("dead-letters", "list", "--data", running.data).out == "No dead letter is open.\n"


@pytest.fixture
def parked(data):
    """Park something at intake that cannot be read."""

    async def park():
        async with journey_world.running(data, only=("intake",)) as installation:
            event = ContributionSettled(
                contribution="contribution-1", contributor="c1", revision=1, state="held", month="2025-01"
            )
            sound = new_record(event, stage="themer", source_service="themer", revision=1, time="2025-01")
            letter = NewRecord(dead_letters_of(SETTLED, "intake"), sound.key, sound.attributes, b"velvet umbrellas", 0)
            await installation.log.append([letter])

    asyncio.run(park())


@pytest.mark.usefixtures("parked")
def test_a_dead_letter_is_listed_by_place_and_id_and_never_by_content(command, data):
    ran = command("dead-letters", "list", "--data", data)
    assert ran.code == 0
    assert SETTLED in ran.out
    assert "contribution-1" in ran.out
    assert "velvet" not in ran.out
    (row,) = json.loads(command("dead-letters", "list", "--data", data, "--service", "intake", "--json").out)[
        "dead_letters"
    ]
    assert set(row) == {"service", "topic", "offset", "subject", "reason", "time"}


@pytest.mark.usefixtures("parked")
def test_a_replay_that_fails_again_leaves_it_open_and_exits_1(command, data):
    ran = command("dead-letters", "replay", "--data", data, "--service", "intake", "--topic", SETTLED)
    assert ran.code == 1
    assert ran.err.strip().splitlines()[-1].startswith("survivor-voice: ")
    assert "velvet" not in ran.err
    assert "contribution-1" in command("dead-letters", "list", "--data", data).out


def test_a_replay_of_nothing_says_nought(command, data):
    ran = command("dead-letters", "replay", "--data", data, "--service", "themer", "--topic", _words(), "--limit", 5)
    assert (ran.code, ran.out) == (0, "0 replayed\n")


def test_rejecting_where_none_is_open_and_a_topic_that_is_not_parked_are_one_line(command, data):
    chosen = ("dead-letters", "reject", "--data", data, "--service", "themer", "--by", "Operator A")
    none = command(*chosen, "--topic", _words())
    assert none.code == 1
    assert "No dead letter of that topic is open" in none.err
    unknown = command(*chosen, "--topic", "sv.velvet.v1")
    assert unknown.code == 1
    assert unknown.err.strip().splitlines()[-1].startswith("survivor-voice: ")


def _words():
    return topic_of(ContributionPseudonymised)
