"""``docs/interface.md`` shows calls that exist, with bodies that the description accepts."""

import datetime
import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from services.intake import api as intake_api
from services.intake.submissions import check, read_submission
from services.settings import FRONT_DOOR_PORT
from services.themer import api as themer_api

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "interface.md").read_text(encoding="utf-8")
DESCRIPTION = yaml.safe_load((ROOT / "schemas" / "openapi" / "intake.yaml").read_text(encoding="utf-8"))
EXAMPLES = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def body_of(example: str) -> dict[str, object]:
    found = re.search(r"--data '(.*?)'", example, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def test_there_are_two_examples_against_the_front_door() -> None:
    assert len(EXAMPLES) == 2
    assert all(f"http://127.0.0.1:{FRONT_DOOR_PORT}/api/intake/v1/" in example for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=["submit", "reconcile"])
def test_an_example_hands_the_token_over_on_standard_input(example: str) -> None:
    call = example.partition("|\n")[2]

    assert "cat data/token" in example
    assert "--header @-" in call
    assert "Authorization" not in call


def test_the_example_session_keeps_the_description_and_every_rule() -> None:
    body = body_of(EXAMPLES[0])
    schema = {"$ref": "#/components/schemas/Submission", "components": DESCRIPTION["components"]}
    submission = read_submission(body)

    assert list(Draft202012Validator(schema).iter_errors(body)) == []
    checked = check(submission, today=datetime.date(2026, 11, 1))
    assert [said.uses for said in checked.contributions] == [("count", "paraphrase"), ("count",)]


def test_every_call_of_intake_is_on_the_page_and_no_other() -> None:
    described = {f"{method.upper()} {path}" for path, calls in DESCRIPTION["paths"].items() for method in calls}
    listed = set(re.findall(r"^\| `((?:GET|POST) /[a-z_./]+)`", PAGE.partition("## The themer")[0], re.MULTILINE))
    shown = {"POST /sessions", "GET /reconciliation"}

    assert listed | shown == described


def test_the_themer_s_calls_are_on_the_page_and_no_other() -> None:
    routes = {f"{route.method} {route.path}" for route in themer_api.routes()}
    listed = set(re.findall(r"^\| `((?:GET|POST) /api/themer/v1/holds[^`]*)`", PAGE, re.MULTILINE))

    assert listed == {route for route in routes if "/holds" in route}


def test_the_paths_of_the_examples_are_routed() -> None:
    routed = {route.path for route in intake_api.routes()}

    assert {re.search(r":8460(/[^\s\\]+)", example)[1] for example in EXAMPLES} <= routed
