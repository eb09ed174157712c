"""The reviewers' interface on a whole installation: a list without text, one text, and the two decisions."""

import json

import pytest
import pytest_asyncio
from front_door import open_front_door
from journey_world import at_rest, said, session_of, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOLDS = "/api/themer/v1/holds"
#: A word that nothing explains: the look at the output cannot tell whether it is a name.
DOUBTFUL = "The blorvixquant came round again and nobody rang me back."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(tmp_path_factory):
    async with open_front_door(tmp_path_factory.mktemp("themer-api")) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def held(front):
    """Hold one contribution, and return its id."""
    accepted = await front.installation.intake.door.submit(session_of(said(DOUBTFUL)))
    await at_rest(front.installation)
    assert (await front.installation.themer.holds.text_of(accepted.contributions[0])).doubts
    return accepted.contributions[0]


async def _stands_at(front, place, number):
    """Say whether so many stand there; a decision reaches intake a moment after it was taken."""
    return getattr(await front.installation.intake.door.reconcile(), place) == number


async def listed(front):
    status, answer = await front.call("GET", HOLDS)
    assert status == 200
    return answer["holds"]


async def test_the_list_shows_id_month_and_rules_and_no_text(front, held):
    lines = await listed(front)
    assert held in [line["contribution"] for line in lines]
    assert {name for line in lines for name in line} == {"contribution", "month", "reasons"}
    assert "blorvix" not in json.dumps(lines)


async def test_one_hold_shows_pseudonymised_words_with_their_doubts(front, held):
    status, shown = await front.call("GET", f"{HOLDS}/{held}")
    assert status == 200
    (doubt, *_) = shown["doubts"]
    assert "blorvixquant" in shown["text"][doubt["start"] : doubt["end"]]


async def test_a_release_with_something_taken_out_lets_it_be_counted(front, held):
    _, shown = await front.call("GET", f"{HOLDS}/{held}")
    stretches = [{"start": doubt["start"], "end": doubt["end"]} for doubt in shown["doubts"]]
    before = (await front.installation.intake.door.reconcile()).counted
    status, _ = await front.call("POST", f"{HOLDS}/{held}/release", {"by": "Reviewer A", "remove": stretches})
    assert status == 204
    await until(lambda: _stands_at(front, "counted", before + 1), what="the count")
    assert held not in [line["contribution"] for line in await listed(front)]


async def test_a_rejection_is_settled_once(front, held):
    before = (await front.installation.intake.door.reconcile()).rejected
    assert (await front.call("POST", f"{HOLDS}/{held}/reject", {"by": "Reviewer A"}))[0] == 204
    await until(lambda: _stands_at(front, "rejected", before + 1), what="the rejection")
    assert (await front.call("POST", f"{HOLDS}/{held}/reject", {"by": "Reviewer A"}))[0] == 409
    assert (await front.call("GET", f"{HOLDS}/{held}"))[0] == 404


@pytest.mark.parametrize("path", ["", "/release", "/reject"])
async def test_what_is_not_held_is_404(front, path):
    method = "POST" if path else "GET"
    body = {"by": "Reviewer A"} if path else None
    assert (await front.call(method, f"{HOLDS}/no-such-thing{path}", body))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"by": 5},
        {"by": "A", "velvet": 1},
        {"by": "A", "remove": [{"start": 0}]},
        {"by": "A", "remove": [{"start": 0, "end": 9_999}]},
        {"by": "A", "remove": [{"start": 5, "end": 5}]},
    ],
)
async def test_a_decision_of_the_wrong_shape_is_422_and_changes_nothing(front, held, body):
    status, answer = await front.call("POST", f"{HOLDS}/{held}/release", body)
    assert status == 422
    assert "velvet" not in json.dumps(answer)
    assert held in [line["contribution"] for line in await listed(front)]


@pytest.mark.parametrize("step", ["release", "reject"])
async def test_a_decision_by_nobody_is_refused(front, held, step):
    assert (await front.call("POST", f"{HOLDS}/{held}/{step}", {"by": " "}))[0] == 422


async def test_without_the_token_nobody_reads_a_word(front, held):
    for method, path in (("GET", HOLDS), ("GET", f"{HOLDS}/{held}"), ("POST", f"{HOLDS}/{held}/release")):
        async with front.client.request(method, path, json={"by": "A"}) as answer:
            assert answer.status == 401
            assert "blorvix" not in await answer.text()


async def test_dead_letters_are_listed_and_an_unknown_topic_is_no_failure_of_ours(front):
    status, answer = await front.call("GET", "/api/themer/v1/dead-letters")
    assert (status, answer) == (200, {"dead_letters": []})
    topic = "sv.contribution.pseudonymised.v1"
    assert await front.call("POST", "/api/themer/v1/dead-letters/replay", {"topic": topic}) == (200, {"replayed": 0})
    rejected, _ = await front.call("POST", "/api/themer/v1/dead-letters/reject", {"topic": topic, "by": "A"})
    assert rejected == 404


async def test_a_topic_that_is_not_parked_here_is_refused_and_not_a_failure(front):
    status, _ = await front.call("POST", "/api/themer/v1/dead-letters/replay", {"topic": "sv.nonsense.v1"})
    assert status in (404, 422)
