"""The interface for statements on a whole installation: the same acts as the pages, and clear refusals."""

import json

import pytest
import pytest_asyncio
from front_door import open_front_door
from journey_world import at_rest, said, session_of, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATEMENTS = "/api/themer/v1/statements"
FINDING = "Waiting without any word is taken for being forgotten."
NODES = [{"framework": "mayor_2022_25", "node": "2.1"}]
PLANTED = "Zebedee Quillmere"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(tmp_path_factory):
    async with open_front_door(tmp_path_factory.mktemp("statements-api")) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def statement(front):
    """Send one finding through intake's interface, and return its id when it has arrived."""
    _, made = await front.call("POST", "/api/intake/v1/groups", {"title": "Tuesday group"})
    status, accepted = await front.call(
        "POST",
        "/api/intake/v1/sessions",
        {
            "kind": "survivor_forum",
            "month": "2025-01",
            "group": made["group"],
            "number_present": 8,
            "contributions": [],
            "statements": [{"kind": "finding", "text": FINDING, "sectors": ["health"]}],
        },
    )
    assert status == 202
    (statement,) = accepted["statements"]

    async def arrived():
        return (await front.call("GET", f"{STATEMENTS}/{statement}"))[0] == 200

    await until(arrived, what="the statement")
    return statement


async def post(front, statement, act, **body):
    return await front.call("POST", f"{STATEMENTS}/{statement}/{act}", body)


async def worded(front, statement, by="Ann", **more):
    return await post(front, statement, "wording", by=by, wording={"words": FINDING, "nodes": NODES}, **more)


async def test_the_list_shows_states_and_no_text(front, statement):
    status, answer = await front.call("GET", f"{STATEMENTS}?state=received")
    assert status == 200
    (line,) = [line for line in answer["statements"] if line["statement"] == statement]
    assert (line["kind"], line["state"], line["version"]) == ("finding", "received", 1)
    assert "Waiting" not in json.dumps(answer)
    assert (await front.call("GET", f"{STATEMENTS}?state=velvet"))[0] == 422
    assert (await front.call("GET", f"{STATEMENTS}?group=no-such"))[1] == {"statements": []}


async def test_one_statement_shows_words_proposals_and_what_the_group_said(front, statement):
    status, shown = await front.call("GET", f"{STATEMENTS}/{statement}")
    assert (status, shown["text"], shown["sectors"], shown["doubts"]) == (200, FINDING, ["health"], [])
    assert {"framework", "node"} == set(shown["proposed"][0])


async def test_it_is_worded_approved_agreed_and_taken_back(front, statement):
    assert (await worded(front, statement))[0] == 204
    assert await post(front, statement, "approval", by="Bea") == (200, {"state": "waits_for_panel"})
    assert (await post(front, statement, "panel", by="Pat", decision="agree"))[0] == 204
    _, shown = await front.call("GET", f"{STATEMENTS}/{statement}")
    assert (shown["line"]["state"], shown["wording"]["words"]) == ("approved", FINDING)
    assert [act["act"] for act in shown["decisions"]] == ["worded", "approved", "panel_agree"]
    assert (await post(front, statement, "retraction", by="Cec", role="approver"))[0] == 204
    _, shown = await front.call("GET", f"{STATEMENTS}/{statement}")
    assert (shown["line"]["state"], shown["wording"], shown["text"]) == ("retracted", None, "")


async def test_ones_own_wording_is_undone_and_not_approved(front, statement):
    await worded(front, statement)
    status, answer = await post(front, statement, "approval", by="ann", role="reviewer")
    assert (status, answer["error"]["message"]) == (409, "You worded it yourself: a second person has to approve it.")
    assert (await post(front, statement, "undo", by="Bea"))[0] == 409
    assert (await post(front, statement, "undo", by="Ann"))[0] == 204
    assert (await post(front, statement, "approval", by="Bea"))[0] == 409


async def test_an_older_version_is_refused_with_a_clear_sentence(front, statement):
    await worded(front, statement, version=1)
    status, answer = await worded(front, statement, by="Bea", version=1)
    assert status == 409
    assert "Somebody was faster" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("wording", {}),
        ("wording", {"by": "Ann"}),
        ("wording", {"by": "Ann", "wording": {"words": 5}}),
        ("wording", {"by": "Ann", "wording": {"velvet": "x"}}),
        ("wording", {"by": "", "wording": {"words": FINDING}}),
        ("wording", {"by": "Ann", "wording": {"words": ""}}),
        ("wording", {"by": "Ann", "wording": {"words": f"{PLANTED} told us."}}),
        ("wording", {"by": "Ann", "wording": {"words": FINDING, "nodes": [{"framework": PLANTED, "node": "1"}]}}),
        ("wording", {"by": "Ann", "wording": {"words": FINDING, "sectors": [PLANTED]}}),
        ("wording", {"by": "Ann", "wording": {"words": FINDING, "area": PLANTED}}),
        ("approval", {"by": "Bea", "role": "board"}),
        ("approval", {"by": " "}),
        ("panel", {"by": "Pat"}),
        ("panel", {"by": "Pat", "decision": "perhaps"}),
        ("panel", {"by": "Pat", "decision": "change", "note": PLANTED * 60}),
        ("retraction", {"by": ""}),
        ("undo", {"by": ""}),
    ],
)
async def test_bad_input_is_422_says_where_and_repeats_nothing(front, statement, act, body):
    status, answer = await post(front, statement, act, **body)
    assert status == 422
    assert answer["error"]["fields"]
    assert "Quillmere" not in json.dumps(answer)
    _, shown = await front.call("GET", f"{STATEMENTS}/{statement}")
    assert shown["line"]["state"] == "received"


@pytest.mark.parametrize("act", ["wording", "approval", "panel", "retraction", "undo"])
async def test_what_is_not_there_is_404(front, act):
    body = {"by": "Ann"}
    if act == "wording":
        body["wording"] = {"words": FINDING}
    if act == "panel":
        body["decision"] = "agree"
    assert (await post(front, "no-such-thing", act, **body))[0] == 404


async def test_without_the_token_nobody_reads_or_does_anything(front, statement):
    for method, path in (
        ("GET", STATEMENTS),
        ("GET", f"{STATEMENTS}/{statement}"),
        ("POST", f"{STATEMENTS}/{statement}/panel"),
    ):
        async with front.client.request(method, path, json={"by": "A"}) as answer:
            assert answer.status == 401
            assert "Waiting" not in await answer.text()


async def test_a_paraphrase_is_made_from_sources_that_allow_it(front):
    texts = (
        "I waited months for counselling and had to tell it all again.",
        "They kept me waiting for the counsellor and never said how long.",
        "The waiting list for therapy was a year and nobody rang.",
    )
    await front.installation.intake.door.submit(session_of(*(said(text) for text in texts)))
    await at_rest(front.installation)
    status, answer = await front.call("GET", "/api/themer/v1/sources/mayor_2022_25/2.1")
    chosen = [source["contribution"] for source in answer["sources"]]
    assert (status, len(chosen)) == (200, 3)
    _, shown = await front.call("GET", f"/api/themer/v1/sources/{chosen[0]}")
    assert shown["text"] in texts
    body = {
        "by": "Ann",
        "contributions": chosen,
        "wording": {"words": "People wait long for counselling.", "nodes": NODES},
    }
    status, made = await front.call("POST", "/api/themer/v1/paraphrases", body)
    assert status == 201
    assert await post(front, made["statement"], "approval", by="Bea") == (200, {"state": "approved"})
    assert (await front.call("POST", "/api/themer/v1/paraphrases", {**body, "contributions": chosen[:2]}))[0] == 422
    assert (await front.call("POST", "/api/themer/v1/paraphrases", {**body, "contributions": ["no-such"]}))[0] == 404
    assert (await front.call("GET", "/api/themer/v1/sources/mayor_2022_25/99.9"))[0] == 404
    assert (await front.call("GET", "/api/themer/v1/sources/no-such"))[0] == 404
