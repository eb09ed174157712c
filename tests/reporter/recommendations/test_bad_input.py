"""What cannot be, through the door that people use: each a clear message, nothing half-kept and nothing half-published.

The other doors have tests of their own: ``test_interface`` (programs), ``test_answering`` (events and two at once),
``tests/reporter/service/test_publishing`` (releases).
"""

import datetime
import json

import pytest
from journey_world import at_rest, said, session_of
from loop_bench import LEAD, answered, no, recommendation, yes
from loop_world import open_loop_world
from printed import parts_of
from signed_in import Person, browser_of, make_account

from services.errors import InputRefused, StepRefused
from services.events import ThemedNode
from services.reporter import store

NASTY = "=1+1<script>alert('x')</script>&amp;{{ 7*7 }}"
MAYOR, NODE = "mayor_2022_25", "2.1"
NAMES = {"prepared_by": "Officer", "approved_by": "Board member"}


@pytest.fixture
async def world(tmp_path):
    async with open_loop_world(tmp_path / "data") as found:
        yield found


async def begin(world, life):
    """Let Olu begin an answer on the page; return her."""
    olu = world.people["olu"]
    await olu.read(f"/answers/{life.recommendation}")
    await olu.fill(f"/answers/{life.recommendation}/begin")
    return olu


async def kept(world):
    async with world.front.installation.reporter.database.read() as view:
        return [sorted((await view.execute(table.select())).all()) for table in (store.recommendations, store.steps)]


# --- an answer, on the page ---


async def test_a_date_in_the_past_is_said_beside_its_field_and_nothing_is_answered(world):
    life = await world.made("past")
    olu = await begin(world, life)
    await olu.fill(answer="accepted")
    await olu.fill(lead=LEAD)
    page = await olu.fill(due__day="14", due__month="1", due__year="2025")
    assert page.status == 422
    assert "Enter a date that is still to come" in page.words
    assert (await world.life("past")).answer is None


async def test_a_date_that_has_passed_by_the_time_it_is_sent_is_refused_too(world):
    life = await world.made("passed")
    olu = await begin(world, life)
    for typed in (
        {"answer": "accepted"},
        {"lead": LEAD},
        {"due__day": "16", "due__month": "1", "due__year": "2025"},
        {"words": ""},
    ):
        await olu.fill(**typed)
    await world.move_to(datetime.date(2025, 1, 17))
    page = await olu.fill()
    assert page.status == 409
    assert "is in the past. Give a date that is still to come, or none." in page.words
    assert (await world.life("passed")).answer is None


async def test_a_closed_one_offers_nothing_and_refuses_what_is_sent_all_the_same(world):
    life = await world.made("closed")
    answering = world.loop.answering
    await answering.answer(life.recommendation, "housing", yes())
    olu = await begin(world, life)
    for typed in ({"answer": "declined"}, {"because": "no_money"}, {"words": ""}):
        await olu.fill(**typed)
    await answering.progress(life.recommendation, "housing", progress="done")
    await world.loop.board.judge(life.recommendation, "yes", group="group-1")
    before = await kept(world)
    page = await olu.fill()
    assert page.status == 409
    shown = await olu.read(f"/answers/{life.recommendation}")
    assert "What you can do" not in shown.words
    assert await kept(world) == before


async def test_a_recommendation_of_another_organisation_is_not_there_and_takes_no_answer(world):
    mine = await world.made("mine")
    other = await world.made("other", sectors=("police",))
    olu = await begin(world, mine)
    token = olu.page.csrf
    before = await kept(world)
    for path in ("begin", "check", "progress", "milestone", "query", "take-back"):
        page = await olu.fill(f"/answers/{other.recommendation}/{path}", csrf=token, progress="done", milestone="x")
        assert page.status in {200, 404, 409, 422}, path
    assert await kept(world) == before
    assert (await world.life("other")).answer is None


async def test_the_same_answer_twice_says_so_on_the_page(world):
    life = await world.made("twice")
    for told in ("Your answer is kept.", "This is the answer that stands already. Nothing was changed."):
        olu = await begin(world, life)
        for typed in ({"answer": "accepted"}, {"lead": LEAD}, {}, {"words": ""}):
            await olu.fill(**typed)
        page = await olu.fill()
        assert told in page.words
    assert (await world.life("twice")).revision == 3


# --- an answer, as an event ---


@pytest.mark.parametrize(
    ("state", "more", "error"),
    [
        ("closed", {}, StepRefused),
        ("closed", {"organisation": "police"}, InputRefused),
        ("done", {"answer": "declined", "because": "no_money", "lead": None}, StepRefused),
    ],
)
async def test_an_event_that_comes_when_it_is_over_changes_nothing(loop, state, more, error):
    life = await loop.done()
    if state == "closed":
        await loop.loop.board.judge(life.recommendation, "partly", group="group-1")
    before, sent = await loop.kept(), await loop.sent()
    with pytest.raises(error):
        await loop.hear(answered(life.recommendation, **{"lead": "Somebody else", **more}))
    assert (await loop.kept(), await loop.sent()) == (before, sent)


async def test_a_clock_that_went_back_stops_no_calendar_and_makes_nothing_public_early(loop, monkeypatch):
    life = await loop.public()
    await loop.made("statement-2")
    then = loop.today
    monkeypatch.setattr(type(loop.bench.clock), "today", lambda _: then - datetime.timedelta(days=40))
    assert await loop.loop.board.open_due() == 0
    with pytest.raises(StepRefused, match="clock"):
        await loop.loop.answering.answer(life.recommendation, "housing", no())
    with pytest.raises(StepRefused, match="clock"):
        await loop.loop.board.assign(life.recommendation, "police")
    monkeypatch.undo()
    assert (await loop.loop.answering.answer(life.recommendation, "housing", no())).changed


# --- a release ---


@pytest.fixture
async def rae(world):
    await make_account(world.front.client, "rae", "reviewer")
    person = Person(browser_of(world.front.client))
    await person.sign_in("rae")
    yield person
    await person.client.close()


async def fill_the_quarter(world):
    await world.front.installation.intake.door.submit(
        session_of(*[said("The refuge was full and we waited.") for _ in range(30)])
    )
    await at_rest(world.front.installation)


async def test_a_reporter_that_lags_behind_says_so_on_the_page_and_prepares_nothing(world, rae, monkeypatch):
    await fill_the_quarter(world)
    await world.move_to(datetime.date(2025, 4, 7))
    reporter = world.front.installation.reporter
    monkeypatch.setattr(reporter.publishing.waiting, "seconds", 0.3)
    await reporter.supervisor.stop()
    await world.put_on_the_log(recommendation("late"))
    await rae.read("/reports/prepare")
    page = await rae.fill(period="2025-Q1")
    assert page.status == 422
    assert "Something is still on its way, and the reporter has not read it" in page.words
    assert await reporter.publishing.listed() == []
    status, told = await world.front.call(
        "POST", "/api/reporter/v1/releases/prepare", {"period": "2025-Q1", "prepared_by": "Officer"}
    )
    assert (status, told["error"]["held"]) == (409, True)


async def test_nothing_chosen_is_asked_for_beside_the_field(world, rae):
    await fill_the_quarter(world)
    await world.move_to(datetime.date(2025, 4, 7))
    await rae.read("/reports/prepare")
    page = await rae.fill()
    assert (page.status, "Choose a period" in page.words) == (422, True)
    status, answer = await world.front.call("POST", "/api/reporter/v1/releases/publish", {"period": "2025-Q1", **NAMES})
    assert status == 201
    path = f"/reports/{answer['releases'][0]['report']}/withdraw"
    await rae.read(path)
    assert "(nodes:" not in rae.page.text, "tables are named as people name them"
    page = await rae.fill()
    assert (page.status, "Choose the table that is wrong" in page.words) == (422, True)


async def test_words_that_look_like_a_formula_or_markup_stay_words_in_every_output_of_a_release(world):
    nodes = (ThemedNode(framework=MAYOR, node=NODE, score=1.0),)
    life = await world.made("nasty", words=NASTY, nodes=nodes)
    await fill_the_quarter(world)
    await world.move_to(datetime.date(2025, 4, 7))
    await world.loop.answering.answer(life.recommendation, "housing", yes(lead="=cmd|' /C calc'!A0"))
    status, answer = await world.front.call("POST", "/api/reporter/v1/releases/publish", {"period": "2025-Q1", **NAMES})
    assert status == 201
    report = f"/reports/{answer['releases'][0]['report']}"
    for path in (report, f"{report}/actions/{MAYOR}/{NODE}", f"{report}/services/housing"):
        _, text = await world.front.page(path)
        assert "&lt;script&gt;alert" in text, path
        assert "<script>alert" not in text, path
    status, told = await world.front.call("GET", "/api/reporter/v1/recommendations")
    assert NASTY in json.dumps(told["recommendations"], ensure_ascii=False)
    files = {}
    for name in ("report.docx", "figures.xlsx", "figures.csv", "figures.json"):
        async with world.front.client.get(f"{report}/{name}") as response:
            assert response.status == 200
            files[name] = await response.read()
    paper = parts_of(files["report.docx"])["word/document.xml"]
    assert "&lt;script&gt;alert" in paper
    for name, part in parts_of(files["figures.xlsx"]).items():
        if name.startswith("xl/worksheets/"):
            assert "<f>" not in part
            assert "<f " not in part
    for name in ("figures.csv", "figures.json"):
        assert b"alert" not in files[name], "figures cite words by their hash"
    log = world.front.installation.log
    for place, head in (await log.heads(["sv.report.published.v1"])).items():
        for record in await log.read(place, 0, head + 10):
            assert b"alert" not in (record.value or b"")
