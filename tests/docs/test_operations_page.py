"""The commands that the documents name exist, and ``docs/operations.md`` explains every readiness check."""

import argparse
import re
from pathlib import Path

import pytest

from services.cli import build_parser
from services.runner.checks import DEAD_LETTER_DAYS
from services.web.health import Light

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
_CODE = re.compile(r"```sh\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_CALL = re.compile(r"survivor-voice ([a-z-]+)((?: [^\n#]*)?)")


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command."""
    chosen = next(action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    return dict(chosen.choices)


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return the options of a command and of the commands below it."""
    found = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found = found.union(*map(options_of, action.choices.values()))
    return found


def calls_in(text: str) -> list[tuple[str, set[str]]]:
    """Return the commands that stand in a document's code, each with the options it is shown with."""
    code = "\n".join(block or inline for block, inline in _CODE.findall(text))
    return [(name, set(re.findall(r"(?<!\S)--[a-z-]+", rest))) for name, rest in _CALL.findall(code)]


def checks() -> set[str]:
    """Return the names of the checks that services make."""
    sources = [*(ROOT / "services").glob("*/app.py"), *(ROOT / "services" / "runner").glob("*.py")]
    return set(re.findall(r'NamedProbe\(\s*"([a-z ]+)"', "".join(path.read_text(encoding="utf-8") for path in sources)))


def explained() -> set[str]:
    """Return the checks in the page's table of lights."""
    return set(re.findall(r"^\| `([a-z ]+)` \|", PAGE.partition("## Readiness lights")[2], re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_options_named_in_a_document_exist(document: Path) -> None:
    known = commands()
    for name, options in calls_in(document.read_text(encoding="utf-8")):
        assert name in known
        assert options <= options_of(known[name])


def test_the_page_shows_the_commands_that_an_operator_needs() -> None:
    shown = {name for name, _ in calls_in(PAGE)}

    assert {"serve", "doctor", "keys", "withdraw", "dead-letters"} <= shown


def test_every_readiness_check_is_explained_and_no_other() -> None:
    assert "workers" in checks()
    assert explained() == checks()


def test_the_lights_and_the_limit_in_days_are_those_of_the_code() -> None:
    assert DEAD_LETTER_DAYS == 7
    assert "more than seven days" in PAGE
    assert all(light.value in PAGE.lower() for light in (Light.RED, Light.AMBER))


def test_a_command_that_does_not_exist_would_be_seen() -> None:
    assert calls_in("Run `survivor-voice fly --high`.") == [("fly", {"--high"})]
    assert "fly" not in commands()
