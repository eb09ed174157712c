"""``survivor-voice accounts``: passwords come from standard input, and every step can be seen in the list."""

import io
import json
import sys

import pytest

from services.cli import main
from services.commands.accounts import _ask
from services.errors import UsageError

PASSWORD = "three unrelated words"


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Run a step; return its exit code, output and errors."""

    def run(*arguments, password=PASSWORD):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\nnever read\n"))
        try:
            code = main(["accounts", *arguments, "--data", str(tmp_path / "data")])
        except SystemExit as ended:
            code = ended.code
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def listed(command):
    return [json.loads(line) for line in command("list", "--json")[1].splitlines()]


def test_an_empty_list_says_how_to_begin(command):
    code, out, _ = command("list")
    assert code == 0
    assert "accounts add --role facilitator NAME" in out


def test_an_account_is_added_and_listed_and_its_password_never_shown(command):
    code, out, err = command("add", "--role", "facilitator", "Ann")
    assert (code, err) == (0, "")
    assert PASSWORD not in out
    assert listed(command) == [{"name": "ann", "role": "facilitator", "state": "may sign in", "sessions": 0}]
    assert "ann" in command("list")[1]


def test_disabling_enabling_and_resetting_show_in_the_list(command):
    command("add", "--role", "board", "bob")
    assert command("disable", "bob")[0] == 0
    assert listed(command)[0]["state"] == "disabled"
    assert command("enable", "bob")[0] == 0
    assert listed(command)[0]["state"] == "may sign in"
    assert command("reset", "bob", password="four other plain words")[0] == 0
    assert "0 sessions of bob have ended." in command("sessions", "bob")[1]
    assert json.loads(command("disable", "bob", "--json")[1]) == {"account": "bob", "done": "disable"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "ann"), 2),
        (("add", "--role", "king", "ann"), 2),
        (("disable",), 2),
        (("disable", "nobody"), 1),
        (("reset", "nobody"), 1),
        (("add", "--role", "board", "no spaces"), 1),
    ],
)
def test_a_wrong_call_says_what_is_missing_and_changes_nothing(command, arguments, code):
    got, _, err = command(*arguments)
    assert got == code
    assert "survivor-voice" in err
    assert listed(command) == []


def test_a_short_password_is_refused_without_being_repeated(command):
    code, out, err = command("add", "--role", "board", "bob", password="tiny")
    assert code == 1
    assert "tiny" not in out + err
    assert listed(command) == []


def test_no_option_takes_a_password(capsys):
    with pytest.raises(SystemExit):
        main(["accounts", "add", "--role", "board", "--password", "x", "ann"])
    assert "unrecognized arguments" in capsys.readouterr().err


def test_on_a_terminal_the_password_is_typed_twice(monkeypatch):
    typed = iter([PASSWORD, "another one instead"])
    monkeypatch.setattr("services.commands.accounts.getpass.getpass", lambda _: next(typed))

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    with pytest.raises(UsageError):
        _ask()
