"""The command line itself: help everywhere, one line for an error, and exit codes that a script can go by."""

import argparse
import json
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from services.cli import build_parser


def commands():
    found = next(action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    return sorted(found.choices)


@pytest.mark.parametrize("name", commands())
def test_every_command_says_what_it_does_and_what_it_takes(command, name):
    ran = command(name, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"usage: survivor-voice {name}")
    assert ran.err == ""


@pytest.mark.parametrize("name", commands())
def test_an_option_that_there_is_not_is_a_wrong_call(command, name):
    ran = command(name, "--no-such-option")
    assert ran.code == 2
    assert "usage:" in ran.err


def test_the_overview_names_every_command_and_the_exit_codes(command):
    ran = command("--help")
    assert ran.code == 0
    assert all(f"\n    {name}" in ran.out for name in commands())
    assert "Exit codes: 0 well, 1 refused or failed, 2 called wrongly, 3 held back." in " ".join(ran.out.split())


def test_called_with_nothing_it_shows_the_overview_and_exits_2(command):
    ran = command()
    assert (ran.code, ran.out.startswith("usage:")) == (2, True)


def test_the_version_is_the_packages(command):
    project = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text(encoding="utf-8"))
    ran = command("--version")
    assert ran.code == 0
    assert ran.out.startswith("survivor-voice ")
    assert project["project"]["name"] == "survivor-voice"


def test_an_unknown_command_is_a_wrong_call(command):
    assert command("publish-everything").code == 2


def test_it_runs_as_a_program_too():
    ran = subprocess.run(
        [sys.executable, "-m", "services.cli", "--version"], capture_output=True, timeout=60, check=True
    )
    assert ran.stdout.startswith(b"survivor-voice ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("submit",), "at least one file"),
        (("submit", "--template", "pdf"), "template as csv, xlsx, docx"),
        (("report", "prepare"), "--period"),
        (("report", "prepare", "--period", "2025-Q1"), "--prepared-by"),
        (("report", "approve", "--approved-by", "A"), "--release"),
        (("report", "publish", "--period", "2025-Q1", "--prepared-by", "A"), "--approved-by"),
        (("dead-letters", "replay"), "--service"),
        (("dead-letters", "replay", "--service", "themer"), "--topic"),
        (("dead-letters", "reject", "--service", "themer", "--topic", "t"), "--by"),
        (("serve", "--only", "nobody"), "no such service"),
    ],
)
def test_a_command_that_misses_something_says_what_in_one_line_and_exits_2(command, data, arguments, said):
    extra = () if "--template" in arguments else ("--data", data)
    ran = command(*arguments, *extra)
    assert ran.code == 2
    assert said in ran.complaint


COMMANDS_ON_A_FOLDER = [
    ("serve", "--port", "0"),
    ("submit", "file.json"),
    ("report", "list"),
    ("dead-letters", "list"),
    ("keys",),
]


@pytest.mark.parametrize("arguments", COMMANDS_ON_A_FOLDER)
def test_a_folder_of_somebody_elses_is_left_alone(command, tmp_path, arguments):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(b"not ours")
    ran = command(*arguments, "--data", folder)
    assert ran.code == 1
    assert "holds other things" in ran.complaint
    assert [path.name for path in folder.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("arguments", COMMANDS_ON_A_FOLDER)
def test_a_folder_of_a_newer_version_is_left_alone(command, tmp_path, arguments):
    marker = tmp_path / "survivor-voice.json"
    marker.write_text(json.dumps({"format": 99, "demo": False}), encoding="utf-8")
    ran = command(*arguments, "--data", tmp_path)
    assert ran.code == 1
    assert "newer version" in ran.complaint


def test_a_port_in_use_is_said_with_what_to_do(command, data):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = command("serve", "--data", data, "--port", port)
    assert ran.code == 1
    said = ran.err.strip().splitlines()[-1]
    assert said.startswith(f"survivor-voice: Port {port} is in use")
    assert "SV_PORT" in said
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("only", [(), ("--only", "themer")])
def test_a_second_instance_on_a_folder_is_refused_and_the_first_goes_on(command, running, only):
    ran = command("serve", "--data", running.data, "--port", "0", *only)
    assert ran.code == 1
    assert "uses the folder" in ran.complaint
    assert command("report", "list", "--data", running.data).code == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("SV_THRESHOLD", "5"), ("SV_THRESHOLD", "velvet"), ("SV_PORT", "99999"), ("SV_NO_SUCH_THING", "velvet")],
)
def test_a_setting_that_cannot_be_is_one_line_without_its_value(command, data, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    ran = command("keys", "--data", data)
    assert ran.code == 1
    assert name in ran.complaint
    assert "velvet" not in ran.complaint


def test_a_demonstration_never_begins_in_a_used_folder(command, data):
    ran = command("demo", "--data", data, "--no-serve")
    assert ran.code == 1
    assert "new or empty" in ran.complaint
