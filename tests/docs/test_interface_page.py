"""``docs/interface.md`` shows calls that exist, with bodies that the description accepts."""

import datetime
import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from aiohttp import web

from services.intake import api as intake_api
from services.intake.submissions import check, read_submission
from services.reporter import api as reporter_api
from services.settings import FRONT_DOOR_PORT
from services.themer import api as themer_api
from services.themer import statements_api

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "interface.md").read_text(encoding="utf-8")
DESCRIPTION = yaml.safe_load((ROOT / "schemas" / "openapi" / "intake.yaml").read_text(encoding="utf-8"))
#: What a path says of the form of a part: ``{node:[a-z]+}`` reads as ``{node}``.
_PATTERN = re.compile(r"(?<=[a-z]):[^/]*(?=})")
EXAMPLES = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def body_of(example: str) -> dict[str, object]:
    found = re.search(r"--data '(.*?)'", example, re.DOTALL)
    assert found is not None
    body: dict[str, object] = json.loads(found.group(1))
    return body


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

    assert list(jsonschema_rs.Draft202012Validator(schema).iter_errors(body)) == []
    checked = check(submission, today=datetime.date(2026, 11, 1))
    assert [said.uses for said in checked.contributions] == [("count", "paraphrase"), ("count",)]


def test_every_call_of_intake_is_on_the_page_and_no_other() -> None:
    described = {f"{method.upper()} {path}" for path, calls in DESCRIPTION["paths"].items() for method in calls}
    listed = set(re.findall(r"^\| `((?:GET|POST) /[a-z_./]+)`", PAGE.partition("## The themer")[0], re.MULTILINE))
    shown = {"POST /sessions", "GET /reconciliation"}

    assert listed | shown == described


@pytest.mark.parametrize(
    "routes", [[*themer_api.routes(), *statements_api.routes()], reporter_api.routes()], ids=["themer", "reporter"]
)
def test_every_call_of_a_service_is_on_the_page_and_no_other(routes: list[web.RouteDef]) -> None:
    service = routes[0].path.split("/")[2]
    listed = set(re.findall(rf"^\| `((?:GET|POST) /api/{service}/v1/[^`]*)`", PAGE, re.MULTILINE))

    assert listed == {f"{route.method} {_PATTERN.sub('', route.path)}" for route in routes}


def test_the_paths_of_the_examples_are_routed() -> None:
    routed = {route.path for route in intake_api.routes()}

    paths = {path for example in EXAMPLES for path in re.findall(rf":{FRONT_DOOR_PORT}(/\S+)", example)}

    assert len(paths) == len(EXAMPLES)
    assert paths <= routed
