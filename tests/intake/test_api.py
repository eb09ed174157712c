"""Intake's interface on a whole installation: every answer as described, and no refusal repeats a value."""

import json
from functools import cache

import jsonschema_rs
import pytest
import pytest_asyncio
from front_door import open_front_door
from openapi_spec_validator import validate

from services.bootstrap import MOST_SUBMITTED
from services.errors import KeyAwaited
from services.intake import api
from services.runner.announcements import PublicKeys
from services.vocabulary.characteristics import characteristics
from services.vocabulary.closed_questions import closed_questions
from services.vocabulary.convened_for import convened_for
from services.vocabulary.datafiles import load_yaml

pytestmark = pytest.mark.asyncio(loop_scope="module")

PREFIX = "/api/intake/v1"
SECRET = "velvet-umbrellas"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(tmp_path_factory):
    async with open_front_door(tmp_path_factory.mktemp("intake-api")) as found:
        yield found


@cache
def description():
    return load_yaml("openapi", "intake.yaml")


def answer_schema(path, method, status):
    """Return the schema that the description gives for an answer, or None where it has no body."""
    answers = description()["paths"][path][method]["responses"]
    answer = answers.get(str(status)) or answers.get("default") or {"$ref": "#/components/responses/Refused"}
    if "$ref" in answer:
        answer = description()["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    content = answer.get("content")
    return None if content is None else content["application/json"]["schema"]


def require_described(path, method, status, body):
    schema = answer_schema(path, method, status)
    if schema is None:
        assert body is None
        return
    # Closed, so that an answer with more in it than the description says is noticed too.
    validator = jsonschema_rs.Draft202012Validator({**schema, "components": description()["components"]})
    assert [str(error.instance_path) for error in validator.iter_errors(body)] == []


async def called(front, path, body=None, method="post", **headers):
    status, answer = await front.call(method.upper(), f"{PREFIX}{path}", body, **headers)
    require_described(path, method, status, answer)
    return status, answer


def session(*texts, **more):
    given = {"kind": "survey", "month": "2025-01", "role": "survivor", "uses": ["count"]}
    return {**given, "contributions": [{"text": text} for text in texts or ("We were kept waiting.",)], **more}


def round_of(**more):
    return {
        "title": "Spring",
        "can_change": "How the sector works together.",
        "cannot_change": "The law.",
        "decides": "The board.",
        "hear_back_on": "2025-06-30",
        "controllers": "The partnership.",
        "lawful_basis": "Public task.",
        "retention_ends": "2027-06-30",
        "frameworks": ["mayor_2022_25"],
        **more,
    }


async def test_the_description_is_valid_openapi():
    validate(description())


async def test_every_operation_of_the_description_is_a_route_and_every_route_is_described():
    routes = {(route.method.lower(), route.path.removeprefix(PREFIX)) for route in api.routes()}
    described = {(method, path) for path, operations in description()["paths"].items() for method in operations}
    assert routes == described


async def test_the_description_is_served_as_it_lies_in_the_file(front):
    status, body = await called(front, "/openapi.json", method="get")
    assert (status, body) == (200, json.loads(json.dumps(description())))


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic abc", "Bearer ", f"Bearer {'x' * 43}"])
async def test_without_the_token_nothing_answers(front, given):
    for path, operations in description()["paths"].items():
        for method in operations:
            headers = {} if given is None else {"Authorization": given}
            async with front.client.request(method, f"{PREFIX}{path}", headers=headers, json={}) as answer:
                assert answer.status == 401
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                require_described(path, method, 401, await answer.json())


async def test_a_session_is_accepted_with_ids_alone(front):
    status, body = await called(front, "/sessions", session("One.", "Two."))
    assert status == 202
    assert set(body) == {"session", "contributions"}
    assert len(body["contributions"]) == 2


async def test_a_session_with_everything_in_it_is_accepted(front):
    _, made = await called(front, "/rounds", round_of())
    convened = convened_for().ids[0]
    wanted = {"title": "Thursday", "seated": True, "round": made["round"], "convened_for": convened}
    _, group = await called(front, "/groups", wanted)
    _, receipt = await called(front, "/receipts", {"group": group["group"], "seat": 2})
    whole = session(
        kind="survivor_forum",
        group=group["group"],
        number_present=10,
        areas=["lambeth", "camden"],
        limits_explained=True,
        support_person=True,
        debrief=True,
        tallies={each.id: {each.answer_ids[0]: 9, each.answer_ids[1]: 1} for each in closed_questions().entries}
        | {each.id: {each.answers[0]: 4} for each in characteristics().entries},
        contributions=[
            {"text": "Anne told me.", "seat": 1, "marks": [{"start": 0, "end": 4, "action": "remove"}]},
            {"text": "I waited.", "receipt": receipt["receipt"], "uses": ["count", "quote"], "areas": ["hackney"]},
        ],
    )
    status, body = await called(front, "/sessions", whole)
    assert (status, len(body["contributions"])) == (202, 2)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", ""])
async def test_another_kind_of_body_is_415(front, kind):
    headers = {**front.token, "Content-Type": kind} if kind else front.token
    async with front.client.post(f"{PREFIX}/sessions", data=b"{}", headers=headers) as answer:
        assert answer.status == 415
        require_described("/sessions", "post", 415, await answer.json())


@pytest.mark.parametrize("body", [b"", b"{", b'{"kind":', b"\xff\xfe{}", b"[1,]"])
async def test_a_body_that_is_no_json_is_400(front, body):
    headers = {**front.token, "Content-Type": "application/json"}
    async with front.client.post(f"{PREFIX}/sessions", data=body, headers=headers) as answer:
        assert answer.status == 400
        require_described("/sessions", "post", 400, await answer.json())


async def test_a_body_beyond_the_limit_is_413_before_it_is_read(front):
    headers = {**front.token, "Content-Type": "application/json", "Connection": "close"}
    headers["Content-Length"] = str(MOST_SUBMITTED + 1)
    async with front.client.post(f"{PREFIX}/sessions", data=_nothing(), headers=headers) as answer:
        assert answer.status == 413
        require_described("/sessions", "post", 413, await answer.json())


async def _nothing():
    yield b"{"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "$"),
        ([], "$"),
        (session(SECRET=1), "$"),
        (session(kind="Velvet Umbrellas"), "kind"),
        (session(kind=SECRET.replace("-", "_")), "kind"),
        (session(month="velvet"), "month"),
        (session(month="2025-13"), "month"),
        (session(month="2031-01"), "month"),
        (session(number_present=-1), "number_present"),
        (session(role="velvet_umbrellas"), "contributions[0].role"),
        (session(areas=["velvet_umbrellas"]), "areas"),
        (session(uses=["velvet"]), "uses/0"),
        (session(contributions=[]), "contributions"),
        (session(contributions=[{"text": ""}]), "contributions/0/text"),
        (session(contributions=[{"text": "velvet", "seat": 0}]), "contributions/0/seat"),
        (session(contributions=[{"text": "velvet", "velvet umbrellas": 1}]), "contributions/0"),
        (session(contributions=[{"text": "x" * 20_001}]), "contributions/0/text"),
        (session(contributions=[{"text": "velvet\u0000"}]), "the text"),
        (session(contributions=[{"text": "velvet\u0001"}]), "contributions[0].text"),
        (session(tallies={"velvet_umbrellas": {"yes": 1}}), "tallies"),
        (session(contributions=[{"text": "velvet", "characteristics": {"velvet umbrella": "x"}}]), None),
    ],
)
async def test_a_broken_rule_is_422_with_the_fields_name_and_never_its_value(front, body, place):
    status, answer = await called(front, "/sessions", body)
    assert status == 422
    fields = answer["error"]["fields"]
    assert fields
    if place is not None:
        assert place in [field["place"] for field in fields]
    assert "velvet" not in json.dumps(answer).lower()
    assert "umbrella" not in json.dumps(answer).lower()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (session(tallies={"felt_heard": {"maybe": 1}}), "tallies.felt_heard"),
        (session(tallies={"age_band": {"25_34": 4}}), "tallies.age_band"),
        (session(tallies={"age_band": {"25_34": 4}}, kind="workshop", number_present=9), "tallies.age_band"),
        (session(tallies={"age_band": {"ancient": 4}}, kind="workshop", number_present=12), "tallies.age_band"),
        (session(tallies={"age_band": {"25_34": 13}}, kind="workshop", number_present=12), "tallies.age_band"),
        (
            session(contributions=[{"text": "x", "characteristics": {"nationality": "x"}}]),
            "contributions[0].characteristics",
        ),
        (
            session(contributions=[{"text": "x", "characteristics": {"age_band": "velvet"}}]),
            "contributions[0].characteristics.age_band",
        ),
    ],
)
async def test_what_is_not_in_a_list_is_refused_with_the_list(front, body, place):
    status, answer = await called(front, "/sessions", body)
    assert status == 422
    (field,) = answer["error"]["fields"]
    assert field["place"] == place
    assert field["mend"]
    assert "velvet" not in json.dumps(answer)


async def test_a_danger_is_answered_by_category_alone_with_whom_to_ring(front):
    told = "He is outside my house now and he has a knife."
    status, answer = await called(front, "/sessions", session("We waited.", told), **{"Idempotency-Key": "danger"})
    assert status == 202
    (concern,) = answer["concerns"]
    assert (concern["category"], concern["urgency"], concern["contributions"]) == ("immediate_danger", "now", 1)
    assert concern["session"] == answer["session"]
    assert concern["ring"].startswith("Ring 999 now.")
    assert "knife" not in json.dumps(answer)
    _, again = await called(front, "/sessions", session("We waited.", told), **{"Idempotency-Key": "danger"})
    assert again["concerns"] == answer["concerns"]


async def test_what_was_done_is_recorded_under_the_concerns_id(front):
    _, answer = await called(front, "/sessions", session("She said she will kill herself tonight."))
    concern = answer["concerns"][0]["concern"]
    said = {"concern": concern, "done": ["rang_999", "told_lead"], "contact": "Duty line", "reference": "SG-1"}
    assert await called(front, "/concerns/record", said) == (204, None)
    listed = await front.installation.intake.deliveries.concerns.list()
    (line,) = [line for line in listed if line.id == concern]
    assert (line.done, line.contact, line.reference) == (("rang_999", "told_lead"), "Duty line", "SG-1")
    assert (await called(front, "/concerns/record", {"concern": "nobody", "done": ["told_lead"]}))[0] == 404
    for wrong in ({"done": []}, {"done": ["magic"]}, {"done": ["told_lead"], "not_lead": "velvet"}):
        status, refused = await called(front, "/concerns/record", {"concern": concern, **wrong})
        assert status == 422
        assert "velvet" not in json.dumps(refused)


async def test_a_refusal_gives_its_own_reason(front):
    _, answer = await called(front, "/sessions", session(group="no-such-group"))
    assert answer["error"]["message"] == "There is no such group: make it first, or leave the group out."


async def test_a_long_list_of_faults_is_cut_short(front):
    status, answer = await called(front, "/sessions", session(*[""] * 300))
    assert (status, len(answer["error"]["fields"])) == (422, 20)


async def test_every_refusal_has_a_reference_of_its_own(front):
    references = {(await called(front, "/sessions", {}))[1]["error"]["reference"] for _ in range(5)}
    assert len(references) == 5


async def test_what_is_not_there_is_404(front):
    assert (await called(front, "/sessions", session(group="no-such-group")))[0] == 404
    assert (await called(front, "/groups", {"title": "x", "round": "no-such-round"}))[0] == 404
    assert (await called(front, "/receipts", {"group": "no-such-group", "seat": 1}))[0] == 404
    assert (await called(front, "/withdrawals", {"session": "no-such-session"}))[0] == 404
    assert (await called(front, "/withdrawals", {"group": "g", "seat": 1}))[0] == 404
    assert (await called(front, "/withdrawals/status", {"withdrawal": "nonsense"}))[0] == 404


async def test_the_same_key_gives_the_same_ids_and_another_body_a_conflict(front):
    key = {"Idempotency-Key": "a-key"}
    first = await called(front, "/sessions", session("One."), **key)
    status, again = await called(front, "/sessions", session("One."), **key)
    assert (status, again) == (202, first[1] | {"first_sent_on": "2025-01-15"})
    assert (await called(front, "/sessions", session("Two."), **key))[0] == 409
    other = await called(front, "/sessions", session("Two."), **{"Idempotency-Key": "another-key"})
    assert other[1]["session"] != first[1]["session"]


async def test_a_key_longer_than_the_description_allows_is_refused(front):
    status, _ = await called(front, "/sessions", session(), **{"Idempotency-Key": "k" * 201})
    assert status == 422


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"frameworks": []}, "frameworks"),
        ({"frameworks": ["velvet_umbrellas"]}, "frameworks"),
        ({"title": " "}, "title"),
        ({"hear_back_on": "soon"}, "hear_back_on"),
        ({"decides": "x" * 201}, "decides"),
    ],
)
async def test_a_round_says_everything_that_its_notice_needs(front, change, place):
    status, answer = await called(front, "/rounds", round_of(**change))
    assert status == 422
    assert place in [field["place"].partition("/")[0] for field in answer["error"]["fields"]]
    assert "velvet" not in json.dumps(answer)


async def test_a_round_that_leaves_a_line_out_is_refused(front):
    incomplete = round_of()
    del incomplete["lawful_basis"]
    assert (await called(front, "/rounds", incomplete))[0] == 422


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": "x" * 81}, {"title": "x", "convened_for": "velvet"}])
async def test_a_group_needs_a_title_and_known_words(front, body):
    assert (await called(front, "/groups", body))[0] == 422


async def test_receipts_are_five_words_and_another_each_time(front):
    made = {(await called(front, "/receipts", {}))[1]["receipt"] for _ in range(3)}
    assert len(made) == 3
    assert {len(words.split()) for words in made} == {5}


async def test_uses_change_and_withdrawal_work_by_receipt(front):
    _, issued = await called(front, "/receipts", {})
    await called(front, "/sessions", session(contributions=[{"text": "I waited.", "receipt": issued["receipt"]}]))
    assert await called(front, "/uses", {"receipt": issued["receipt"], "uses": ["count"]}) == (204, None)
    status, answer = await called(front, "/withdrawals", {"receipt": issued["receipt"]})
    assert status == 202
    status, done = await called(front, "/withdrawals/status", {"withdrawal": answer["withdrawal"]})
    assert status == 200
    assert set(done) == {"erased"}
    again, _ = await called(front, "/uses", {"receipt": issued["receipt"], "uses": ["count"]})
    assert again in (404, 409)


async def test_wrong_words_are_refused_without_being_repeated(front):
    for path, more in (("/withdrawals", {}), ("/uses", {"uses": ["count"]})):
        status, answer = await called(front, path, {"receipt": "velvet umbrellas by the lock", **more})
        assert status == 422
        assert "velvet" not in json.dumps(answer)


async def test_a_withdrawal_of_nobody_is_refused(front):
    assert (await called(front, "/withdrawals", {}))[0] == 422
    assert (await called(front, "/withdrawals", {"group": "g"}))[0] == 422


async def test_the_numbers_add_up(front):
    status, body = await called(front, "/reconciliation", method="get")
    assert status == 200
    assert body["accepted"] == sum(number for name, number in body.items() if name != "accepted") > 0


async def test_another_method_is_405(front):
    for method in ("GET", "PUT", "DELETE"):
        async with front.client.request(method, f"{PREFIX}/sessions", headers=front.token) as answer:
            assert answer.status == 405


async def test_answers_are_not_kept_by_anybody_on_the_way(front):
    async with front.client.post(f"{PREFIX}/receipts", json={}, headers=front.token) as answer:
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_key_that_nobody_has_announced_is_not_now_and_not_our_fault(front, monkeypatch):
    async def awaited(self, *_):
        raise KeyAwaited("No key of that day was announced.")

    monkeypatch.setattr(PublicKeys, "sealer", awaited)
    status, _ = await called(front, "/sessions", session())
    assert status == 503
