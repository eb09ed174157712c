"""The interface as its description says: a token for each service, the same answer twice, and every refusal."""

import json
from functools import cache

import jsonschema_rs
import pytest
import pytest_asyncio
from loop_bench import LEAD
from loop_world import open_loop_world
from openapi_spec_validator import validate

from services.bootstrap import OPEN_PATHS
from services.reporter.recommendations import interface
from services.vocabulary.datafiles import load_yaml

pytestmark = pytest.mark.asyncio(loop_scope="module")

PREFIX = interface.PREFIX
SECRET = "velvet umbrellas"


@cache
def description():
    return load_yaml("openapi", "reporter.yaml")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    async with open_loop_world(tmp_path_factory.mktemp("loop-interface")) as found:
        found.tokens = {
            name: await found.loop.organisations.issue_token(name) for name in ("housing", "police", "charity")
        }
        yield found


async def call(world, method, path, body=None, *, token=None, raw=None):
    """Return status and body of a call that keeps its description."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    sent = {"json": body} if body is not None else {"data": raw} if raw is not None else {}
    async with world.front.client.request(method, f"{PREFIX}{path}", headers=headers, **sent) as answer:
        told = await answer.json() if answer.content_type == "application/json" else None
    answers = description()["paths"][path][method.lower()]["responses"]
    found = answers.get(str(answer.status)) or answers.get("default")
    if "$ref" in found:
        found = description()["components"]["responses"][found["$ref"].rpartition("/")[2]]
    if "content" in found:
        schema = {**found["content"]["application/json"]["schema"], "components": description()["components"]}
        wrong = [str(each.instance_path) for each in jsonschema_rs.Draft202012Validator(schema).iter_errors(told)]
        assert wrong == []
    assert SECRET not in json.dumps(told)
    return answer.status, told


async def give(world, body, *, who="housing", path="/answers"):
    return await call(world, "POST", path, body, token=world.tokens[who])


async def test_the_description_is_openapi_and_describes_every_route(world):
    validate(description())
    described = {
        (method.upper(), f"{PREFIX}{path}") for path, calls in description()["paths"].items() for method in calls
    }
    assert described == {(route.method, route.path) for route in interface.routes()}
    status, told = await world.front.call("GET", f"{PREFIX}/openapi.json")
    assert (status, told) == (200, json.loads(json.dumps(description())))


async def test_what_needs_no_token_of_the_installation_is_what_is_left_open(world):
    without = {
        f"{PREFIX}{path}"
        for path, calls in description()["paths"].items()
        for call_ in calls.values()
        if "security" in call_
    }
    assert without == {path for path in OPEN_PATHS if path.startswith(PREFIX)}
    for route in interface.routes():
        if route.path not in OPEN_PATHS:
            async with world.front.client.request(route.method, route.path) as answer:
                assert answer.status == 401


async def test_a_service_reads_what_waits_answers_and_reports_progress(world):
    life = await world.made("walk")
    status, told = await call(world, "GET", "/waiting", token=world.tokens["housing"])
    (line,) = [each for each in told["recommendations"] if each["recommendation"] == life.recommendation]
    assert (status, line["state"], line["revision"]) == (200, "in_sight", 2)
    assert line["public_from"] == life.public_from
    body = {
        "recommendation": life.recommendation,
        "answer": "partly",
        "because": "no_money",
        "lead": LEAD,
        "due": "2030-01-31",
        "reason": "Two offices first.",
        "revision": line["revision"],
    }
    status, told = await give(world, body)
    assert (status, told["changed"], told["text_waits"], told["state"]) == (201, True, True, "partly")
    status, told = await give(world, body)
    assert (status, told["changed"], told["text_waits"]) == (200, False, False)
    done = {"recommendation": life.recommendation, "progress": "done", "milestone": "Two offices do it."}
    status, told = await give(world, done, path="/answers/progress")
    assert (status, told["state"]) == (201, "done")


async def test_the_public_register_needs_no_token_and_shows_what_is_public(world):
    life = await world.made("register")
    status, told = await call(world, "GET", "/recommendations")
    assert life.recommendation not in {each["recommendation"] for each in told["recommendations"]}
    await world.pass_days(20)
    status, told = await call(world, "GET", "/recommendations")
    assert status == 200
    assert life.recommendation in {each["recommendation"] for each in told["recommendations"]}


@pytest.mark.parametrize("token", [None, "", "svo_made-up", "installation"])
async def test_no_token_a_made_up_one_and_the_installations_own_open_nothing(world, token):
    given = world.front.installation.folder.token() if token == "installation" else token
    for method, path, body in (
        ("GET", "/waiting", None),
        ("POST", "/answers", {"recommendation": "x", "answer": "accepted"}),
    ):
        assert (await call(world, method, path, body, token=given))[0] == 401


async def test_a_revoked_token_is_refused_and_a_new_one_holds(world):
    lost = world.tokens["charity"]
    one = {"organisation": "charity"}
    status, told = await world.front.call("POST", f"{PREFIX}/organisations/revoke", one)
    assert (status, told["revoked"]) == (200, True)
    assert (await call(world, "GET", "/waiting", token=lost))[0] == 401
    status, told = await world.front.call("POST", f"{PREFIX}/organisations/token", one)
    assert status == 201
    assert (await call(world, "GET", "/waiting", token=told["token"]))[0] == 200
    status, told = await world.front.call("POST", f"{PREFIX}/organisations/token", one)
    assert (status, told["error"]["fields"][0]["mend"]) == (409, "Revoke it first, then make a new one.")
    status, told = await world.front.call("GET", f"{PREFIX}/organisations")
    assert "svo_" not in json.dumps(told)


@pytest.mark.parametrize(
    ("change", "status", "place"),
    [
        ({"recommendation": "0" * 32}, 422, "recommendation"),
        ({"answer": "maybe"}, 422, "answer"),
        ({"lead": None}, 422, "lead"),
        ({"lead": SECRET * 20}, 422, "lead"),
        ({"reason": SECRET * 60}, 422, "reason"),
        ({"reason": f"{SECRET}\x07"}, 422, "reason"),
        ({SECRET: 1}, 422, "$"),
        ({"due": "2024-01-01"}, 409, "due"),
        ({"due": "2025-02-30"}, 422, "due"),
        ({"because": "no_money"}, 409, "because"),
        ({"revision": 99}, 409, "recommendation"),
    ],
)
async def test_each_wrong_answer_is_named_by_its_place(world, change, status, place):
    lives = await world.lives("wrong") or [await world.made("wrong")]
    body = {"recommendation": lives[0].recommendation, "answer": "accepted", "lead": LEAD, **change}
    found, told = await give(world, body)
    assert (found, told["error"]["fields"][0]["place"]) == (status, place)
    assert (await world.life("wrong")).answer is None


async def test_another_organisation_is_refused_as_if_there_were_none(world):
    life = await world.made("mine")
    body = {"recommendation": life.recommendation, "answer": "accepted", "lead": LEAD}
    wrong = await give(world, body, who="police")
    unknown = await give(world, {**body, "recommendation": "f" * 32}, who="police")
    assert wrong[0] == unknown[0] == 422
    assert wrong[1]["error"]["fields"] == unknown[1]["error"]["fields"]


async def test_a_closed_one_is_refused_and_says_so(world):
    life = await world.made("closed")
    body = {"recommendation": life.recommendation, "answer": "accepted", "lead": LEAD}
    await give(world, body)
    await give(world, {"recommendation": life.recommendation, "progress": "done"}, path="/answers/progress")
    await world.loop.board.judge(life.recommendation, "yes", group="group-1")
    status, told = await give(world, {**body, "lead": "Another"})
    assert (status, told["error"]["fields"][0]["rule"]) == (409, "is closed")


@pytest.mark.parametrize(("raw", "status"), [(b"{", 400), (b"\xff", 400), (b"[]", 422)])
async def test_what_is_no_body_is_refused(world, raw, status):
    headers = {"Authorization": f"Bearer {world.tokens['housing']}", "Content-Type": "application/json"}
    async with world.front.client.post(f"{PREFIX}/answers", data=raw, headers=headers) as answer:
        assert answer.status == status
    del headers["Content-Type"]
    async with world.front.client.post(f"{PREFIX}/answers", data=raw, headers=headers) as answer:
        assert answer.status == 415


async def test_the_register_of_services_is_kept_by_the_installations_token(world):
    made = {"organisation": "health", "title": "Health trust", "kind": "statutory", "sectors": ["health"]}
    assert (await world.front.call("POST", f"{PREFIX}/organisations", made))[0] == 201
    assert (await world.front.call("POST", f"{PREFIX}/organisations", made))[0] == 409
    wrong = {**made, "organisation": "other", "sectors": ["the_moon"]}
    assert (await world.front.call("POST", f"{PREFIX}/organisations", wrong))[0] == 422
    member = {"organisation": "health", "account": "hal"}
    assert (await world.front.call("POST", f"{PREFIX}/organisations/member", member))[0] == 204
    assert (await world.loop.organisations.member_of("hal")).organisation == "health"
    speaker = {"group": "group-9", "account": "gus"}
    assert (await world.front.call("POST", f"{PREFIX}/organisations/speaker", speaker))[0] == 204
    status, told = await world.front.call("POST", f"{PREFIX}/organisations/token", {"organisation": "nobody"})
    assert (status, told["error"]["fields"][0]["place"]) == (422, "organisation")
