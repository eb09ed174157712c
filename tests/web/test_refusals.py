"""A refused request gets a reference number and plain words; what was sent or said is nowhere."""

import asyncio
import re

import pytest
import structlog
from aiohttp import web

from services.errors import (
    Conflict,
    Finding,
    Held,
    InputRefused,
    LogUnavailable,
    NotFound,
    Plain,
    SettingsError,
    StoreUnavailable,
    UsageError,
)
from services.telemetry.logs import set_up_logs
from services.web.refusals import WORDINGS, answer_refusals, make_reference, status_of, wording_of

SECRET = "the words she said"
CASES = [
    (UsageError(SECRET), 400),
    (NotFound(SECRET), 404),
    (Conflict(SECRET), 409),
    (Held(SECRET), 409),
    (LogUnavailable(SECRET), 503),
    (StoreUnavailable(SECRET), 503),
    (SettingsError(SECRET), 500),
    (RuntimeError(SECRET), 500),
    (web.HTTPForbidden(text=SECRET), 403),
    (web.HTTPTooManyRequests(text=SECRET), 429),
    (web.HTTPNotImplemented(text=SECRET), 501),
]


def raising(error):
    async def handle(_request):
        raise error

    return handle


@pytest.fixture
async def client_for(sampler, aiohttp_client):
    async def make(error):
        app = sampler.app()
        for path in ("/page", "/api/intake/v1/thing"):
            app.router.add_get(path, raising(error))
        return await aiohttp_client(app)

    return make


@pytest.mark.parametrize(("error", "status"), CASES, ids=lambda case: type(case).__name__)
async def test_a_page_tells_the_status_and_a_reference_and_never_the_text(client_for, error, status):
    response = await (await client_for(error)).get("/page")
    text = await response.text()
    assert response.status == status
    assert response.content_type == "text/html"
    assert re.search(r"<strong>[A-Z2-9]{4}-[A-Z2-9]{4}</strong>", text)
    assert wording_of(status).heading in text
    assert SECRET not in text


@pytest.mark.parametrize(("error", "status"), CASES, ids=lambda case: type(case).__name__)
async def test_the_api_tells_the_same_as_json(client_for, error, status):
    response = await (await client_for(error)).get("/api/intake/v1/thing")
    body = await response.json()
    assert response.status == status
    assert set(body) == {"error"}
    assert set(body["error"]) - {"held"} == {"reference", "message", "fields"}
    assert ("held" in body["error"]) == isinstance(error, Held)
    assert body["error"]["message"].startswith(wording_of(status).heading)
    assert body["error"]["fields"] == []
    assert SECRET not in await response.text()


async def test_a_sentence_that_is_marked_as_ours_takes_the_place_of_the_general_one(client_for):
    client = await client_for(Conflict(Plain("That quarter was published already.")))
    body = await (await client.get("/api/intake/v1/thing")).json()
    assert body["error"]["message"] == "That quarter was published already."
    page = await (await client.get("/page")).text()
    assert "That quarter was published already." in page
    assert WORDINGS[409].heading in page


async def test_a_marked_sentence_of_something_missing_is_not_called_a_page(client_for):
    page = await (await (await client_for(NotFound(Plain("There is no such group.")))).get("/page")).text()
    assert "This is not here" in page
    assert "Page not found" not in page


async def test_refused_input_names_place_rule_and_mend(client_for):
    refused = InputRefused([Finding("row 3", "The role is not in the list", "Choose one of the list.")])
    client = await client_for(refused)
    page = await (await client.get("/page")).text()
    body = await (await client.get("/api/intake/v1/thing")).json()
    assert "row 3: The role is not in the list. Choose one of the list." in page
    assert body["error"]["fields"] == [
        {"place": "row 3", "rule": "The role is not in the list", "mend": "Choose one of the list."}
    ]


async def test_the_log_holds_the_reference_and_the_class_but_no_text_and_no_address(client_for):
    client = await client_for(RuntimeError(SECRET))
    with structlog.testing.capture_logs() as lines:
        response = await client.get("/api/intake/v1/thing?words=whisper")
    reference = (await response.json())["error"]["reference"]
    line = next(line for line in lines if line["event"] == "request_failed")
    assert line["reference"] == reference
    assert line["error"] == "RuntimeError"
    assert line["place"].startswith("handle:")
    assert line["route"] == "/api/intake/v1/thing"
    assert SECRET not in str(lines)
    assert "whisper" not in str(lines)
    assert "127.0.0.1" not in str(lines)


async def test_an_unknown_address_is_not_written_to_the_log(sampler, aiohttp_client):
    client = await aiohttp_client(sampler.app())
    set_up_logs()  # a demonstration that ran in this process leaves less to be logged
    with structlog.testing.capture_logs() as lines:
        response = await client.get("/whispered-name")
    assert response.status == 404
    assert lines[0]["event"] == "request_refused"
    assert "whispered" not in str(lines)


async def test_headers_that_the_status_needs_are_kept(client_for):
    client = await client_for(web.HTTPTooManyRequests(headers={"Retry-After": "30"}))
    assert (await client.get("/page")).headers["Retry-After"] == "30"
    wrong_method = await client.post("/page")
    assert wrong_method.status == 405
    assert "GET" in wrong_method.headers["Allow"]


async def test_an_outage_says_when_to_try_again(client_for):
    response = await (await client_for(StoreUnavailable("away"))).get("/page")
    assert response.headers["Retry-After"] == "60"


async def test_redirects_pass_untouched(client_for):
    response = await (await client_for(web.HTTPSeeOther("/receipt"))).get("/page", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (303, "/receipt")


async def test_cancellation_is_never_answered():
    async def handler(_request):
        raise asyncio.CancelledError

    class Request(dict):
        path = "/"

    with pytest.raises(asyncio.CancelledError):
        await answer_refusals()(Request(), handler)


async def test_references_can_be_made_by_the_caller(sampler, aiohttp_client):
    app = sampler.app()
    app.middlewares.append(answer_refusals(references=lambda: "AAAA-2222"))
    app.router.add_get("/page", raising(RuntimeError(SECRET)))
    assert "AAAA-2222" in await (await (await aiohttp_client(app)).get("/page")).text()


def test_references_differ_and_hold_no_sign_that_is_easily_misread():
    made = {make_reference() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}", one) for one in made)


def test_an_unlisted_status_still_has_words():
    assert wording_of(418).heading == "This cannot be done"
    assert wording_of(599).heading == "Something went wrong"
    assert all(wording.heading and wording.next_step for wording in WORDINGS.values())


def test_input_refused_is_unprocessable():
    assert status_of(InputRefused([])) == 422
