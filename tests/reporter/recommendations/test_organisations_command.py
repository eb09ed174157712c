"""``survivor-voice organisations``: the token is shown once; every step can be seen in the list."""

import asyncio
import json

import pytest

from services.bootstrap import Installation
from services.cli import main
from services.commands.serve import serving
from services.settings import read_settings


@pytest.fixture
def command(tmp_path, capsys):
    def run(*arguments):
        try:
            code = main(["organisations", *arguments, "--data", str(tmp_path / "data")])
        except SystemExit as ended:
            code = ended.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


ADD = ("add", "housing", "--title", "Housing service", "--kind", "statutory", "--sectors", "housing, education")


def listed(command):
    return json.loads(command("list", "--json")[1])["organisations"]


def test_an_empty_list_says_how_to_begin(command):
    code, out, _ = command("list")
    assert (code, "organisations add ID" in out) == (0, True)


def test_an_organisation_is_added_and_listed(command):
    code, out, err = command(*ADD, "--areas", "lambeth")
    assert (code, err) == (0, "")
    assert "survivor-voice organisations token housing" in out
    assert listed(command) == [
        {
            "organisation": "housing",
            "title": "Housing service",
            "kind": "statutory",
            "sectors": ["housing", "education"],
            "areas": ["lambeth"],
            "has_token": False,
        }
    ]
    assert "no token" in command("list")[1]


def test_a_token_is_shown_once_a_lost_one_is_revoked_and_made_anew(command):
    command(*ADD)
    code, out, _ = command("token", "housing")
    token = out.splitlines()[0]
    assert (code, token.startswith("svo_")) == (0, True)
    assert token not in command("list")[1]
    code, _, err = command("token", "housing")
    assert (code, "Revoke it first" in err) == (1, True)
    assert "holds no more" in command("revoke", "housing")[1]
    assert "It had no token." in command("revoke", "housing")[1]
    assert command("token", "housing")[1].splitlines()[0] != token


def test_people_are_named(command):
    command(*ADD)
    assert command("member", "housing", "Olu")[1] == "olu answers for housing.\n"
    assert command("speaker", "fay", "--group", "group-1")[1] == "fay speaks for the group.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("add", "housing", "--kind", "secret", "--sectors", "housing"), 2, "invalid choice"),
        (("add", "Bad Id", "--kind", "other", "--sectors", "housing"), 1, "cannot be an id"),
        (("add", "housing", "--kind", "other", "--sectors", "the_moon"), 1, "not in the list"),
        (("token", "nobody"), 1, "is not known"),
        (("member", "nobody", "olu"), 1, "is not known"),
        (("speaker", "fay"), 2, "--group"),
        ((), 2, "STEP"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(command, arguments, code, said):
    found, _, err = command(*arguments)
    assert (found, said in err) == (code, True)


def test_it_speaks_to_a_reporter_that_runs(command, tmp_path):
    async def both():
        installation = Installation(read_settings(data=tmp_path / "data", environment={}, port=0))
        async with serving(installation, port=0):
            return [await asyncio.to_thread(command, *step) for step in (ADD, ("token", "housing"), ("list",), ADD)]

    added, token, shown, again = asyncio.run(both())
    assert (added[0], token[0], shown[0], again[0]) == (0, 0, 0, 1)
    assert token[1].startswith("svo_")
    assert "has a token" in shown[1]
    assert "Choose another id" in again[2]
