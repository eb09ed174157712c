"""The pages: who may open which, what they hold back, and what they say when something cannot be."""

import asyncio
import re

import pytest
import pytest_asyncio
from loop_bench import no, retracted, yes
from loop_world import PEOPLE, open_loop_world

from services.reporter.recommendations.pages import routes

pytestmark = pytest.mark.asyncio(loop_scope="module")

NASTY = "=1+1<script>alert('x')</script>&amp;{{ 7*7 }}"
#: The first part of an address, and the role that may open it.
PARTS = {"/answers": "responder", "/board": "board", "/answer-texts": "approver", "/groups": "facilitator"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    async with open_loop_world(tmp_path_factory.mktemp("loop-pages")) as found:
        await found.made("first")
        await found.pass_days(30)
        yield found


def person(world, name):
    return world.people[name]


@pytest.mark.parametrize("part", sorted(PARTS))
@pytest.mark.parametrize("name", sorted(PEOPLE))
async def test_each_part_opens_for_its_role_alone(world, part, name):
    page = await person(world, name).read(part)
    may = PEOPLE[name] == PARTS[part] and name != "pat"
    assert page.status == (200 if may else 409 if (name, part) == ("pat", "/answers") else 403)


async def test_every_page_of_staff_asks_to_sign_in_and_leads_back(world):
    for route in routes():
        part = f"/{route.path.split('/')[1]}"
        if part not in PARTS:
            continue
        path = re.sub(r"\{group[^}]*\}\}?", "group-1", route.path)
        path = re.sub(r"\{page[^}]*\}", "answer", path)
        path = re.sub(r"\{(?:recommendation|text)[^}]*\}\}?", "0" * 32, path)
        async with world.front.client.request(route.method, path, allow_redirects=False) as answer:
            assert (answer.status, answer.headers.get("Location")) == (303, f"/sign-in?to={part[1:]}"), path


async def test_an_account_without_an_organisation_is_told_whom_to_ask(world):
    page = await person(world, "pat").read("/answers")
    assert "answers for no organisation yet. Ask whoever looks after the service." in page.words


async def test_a_form_without_its_token_is_refused(world):
    life = await world.life("first")
    olu = person(world, "olu")
    await olu.read(f"/answers/{life.recommendation}")
    page = await olu.fill(f"/answers/{life.recommendation}/begin", csrf="guessed")
    assert page.status == 403


async def test_anothers_recommendation_is_not_told_from_one_that_is_not_there(world):
    await world.made("police-only", sectors=("police",))
    other = (await world.life("police-only")).recommendation
    olu = person(world, "olu")
    first = await olu.read(f"/answers/{other}")
    second = await olu.read(f"/answers/{'0' * 32}")
    drop = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}")
    assert (first.status, drop.sub("", first.words)) == (second.status, drop.sub("", second.words))
    assert first.status == 404
    assert "No such recommendation waits on your organisation." in first.words
    for more in ("take-back", "query", "milestone"):
        assert (await olu.read(f"/answers/{other}/{more}")).status == 404


async def test_another_facilitator_does_not_speak_for_a_group_that_has_a_speaker(world):
    life = await world.life("first")
    gus = person(world, "gus")
    assert (await gus.read("/groups")).heading == "What came of what groups asked for"
    assert (await gus.read("/groups/group-1")).status == 403
    assert (await gus.read(f"/groups/group-1/{life.recommendation}/changed")).status == 403


async def test_a_group_whose_speaker_is_not_named_is_open_to_facilitators(world):
    await world.made("of-two", group="group-2")
    assert (await person(world, "gus").read("/groups")).path == "/groups/group-2"
    assert (await person(world, "gus").read("/groups/group-3")).status == 404


async def test_nothing_of_the_days_of_sight_reaches_a_public_page(world):
    life = await world.made("in-sight", words="Nobody may read this yet.")
    await world.loop.answering.answer(life.recommendation, "housing", yes(lead="Head of quiet"))
    for path in ("/you-said-we-did", "/recommendations", "/recommendations?state=accepted"):
        assert "Nobody may read" not in (await world.front.page(path))[1]
    assert (await world.front.page(f"/recommendations/{life.recommendation}"))[0] == 404
    _, told = await world.front.call("GET", "/api/reporter/v1/recommendations")
    assert life.recommendation not in str(told)
    await world.pass_days(20)
    assert "Head of quiet" in (await world.front.page(f"/recommendations/{life.recommendation}"))[1]


async def test_markup_and_formulas_stay_text_everywhere(world):
    life = await world.made("nasty", words=NASTY)
    await world.pass_days(20)
    await world.loop.answering.answer(life.recommendation, "housing", yes(lead=NASTY), reason=NASTY, by="olu")
    (text,) = [each for each in await world.loop.texts.waiting() if each.recommendation == life.recommendation]
    ada, olu = person(world, "ada"), person(world, "olu")
    pages = [await ada.read(f"/answer-texts/{text.text}")]
    await world.loop.texts.approve(text.text, by="ada")
    pages += [await olu.read("/answers"), await olu.read(f"/answers/{life.recommendation}")]
    pages += [await person(world, "bea").read("/board"), await person(world, "fay").read("/groups")]
    texts = [page.text for page in pages]
    public = ("/you-said-we-did", "/recommendations", f"/recommendations/{life.recommendation}")
    texts += [(await world.front.page(path))[1] for path in public]
    for each in texts:
        assert "&lt;script&gt;alert" in each
        assert "<script>alert" not in each
        assert "49" not in re.findall(r"=1\+1[^\n]{0,90}", each)[0]


async def test_words_that_were_taken_back_are_gone_and_the_rest_stays(world):
    life = await world.made("taken-back", words="These words go.")
    await world.pass_days(20)
    await world.loop.answering.answer(life.recommendation, "housing", no())
    await world.put_on_the_log(retracted("taken-back"))
    path = f"/recommendations/{life.recommendation}"
    for _ in range(200):
        _, shown = await world.front.page(path)
        if "These words go." not in shown:
            break
        await asyncio.sleep(0.02)
    assert "These words go." not in shown
    assert life.statement_hash in shown
    assert "Not without more money" in shown
    assert "The group took its words back" in shown
    assert "These words go." not in (await world.front.page("/you-said-we-did"))[1]


async def test_lateness_is_public_for_statutory_bodies_and_not_for_a_charity(world):
    await world.made("late-housing", words="Housing is late.")
    await world.made("late-charity", words="A charity is late.", sectors=("community_faith",))
    await world.pass_days(90)
    public = (await world.front.page("/recommendations?late=yes"))[1]
    assert "Housing is late." in public
    assert "A charity is late." not in public
    board = (await person(world, "bea").read("/board?late=yes")).words
    assert "A charity is late." in board


@pytest.mark.parametrize(
    "query", ["state=nonsense", "page=-1", "page=%C2%B2", "page=99999999999", "area=<script>", "late=maybe"]
)
async def test_a_filter_that_is_none_does_no_harm(world, query):
    status, text = await world.front.page(f"/recommendations?{query}")
    assert status == 200
    assert "<script>alert" not in text


async def test_a_page_of_an_answer_says_what_to_mend_and_keeps_what_was_typed(world):
    life = await world.made("mend")
    olu = person(world, "olu")
    await olu.read(f"/answers/{life.recommendation}")
    await olu.fill(f"/answers/{life.recommendation}/begin")
    page = await olu.fill()
    assert (page.status, "Choose an answer" in page.words) == (422, True)
    await olu.fill(answer="accepted")
    page = await olu.fill(lead="x" * 121)
    assert (page.status, "Use at most 120 characters" in page.words) == (422, True)
    await olu.fill(lead="Head of housing")
    for typed in ({"due__day": "1", "due__month": "1", "due__year": "2020"}, {"due__day": "x"}):
        page = await olu.fill(**typed)
        assert page.status == 422
    assert 'value="x"' in page.text
    page = await olu.fill(due__day="", due__month="", due__year="")
    page = await olu.fill(words="x" * 601)
    assert (page.status, "Use at most 600 characters" in page.words) == (422, True)
    page = await olu.fill(words="")
    assert page.heading == "Check your answer before you send it"
    assert "No date set" in page.words
    await olu.read(f"/answers/{life.recommendation}/lead")
    page = await olu.fill(lead="Head of letters")
    assert page.path.endswith("/check")
    page = await olu.fill()
    assert "Your answer is kept." in page.words


async def test_a_page_that_the_answer_does_not_need_leads_on(world):
    life = await world.made("lead-on")
    olu = person(world, "olu")
    assert (await olu.read(f"/answers/{life.recommendation}/because")).path == f"/answers/{life.recommendation}"
    await olu.fill(f"/answers/{life.recommendation}/begin")
    assert (await olu.read(f"/answers/{life.recommendation}/whose")).path.endswith("/answer")
    assert (await olu.read(f"/answers/{life.recommendation}/check")).path.endswith("/answer")


async def test_somebody_quicker_is_told_and_nothing_is_lost(world):
    life = await world.made("quicker")
    olu = person(world, "olu")
    await olu.read(f"/answers/{life.recommendation}")
    await olu.fill(f"/answers/{life.recommendation}/begin")
    for typed in ({"answer": "accepted"}, {"lead": "Head"}, {}, {"words": ""}):
        await olu.fill(**typed)
    await world.loop.answering.answer(life.recommendation, "housing", no())
    page = await olu.fill()
    assert (page.status, "has changed since you opened it" in page.words) == (409, True)
    assert (await world.life("quicker")).state == "declined"


async def test_an_answer_is_taken_back_on_the_page(world):
    life = await world.made("undo")
    await world.loop.answering.answer(life.recommendation, "housing", yes())
    olu = person(world, "olu")
    page = await olu.read(f"/answers/{life.recommendation}")
    assert "Take the answer back" in page.words
    await olu.read(f"/answers/{life.recommendation}/take-back")
    page = await olu.fill()
    assert "Your answer is taken back." in page.words
    assert (await world.life("undo")).state == "in_sight"


async def test_a_milestone_and_a_query_are_sent_from_their_pages(world):
    life = await world.made("reach")
    olu = person(world, "olu")
    await olu.read(f"/answers/{life.recommendation}/query")
    assert (await olu.fill()).status == 422
    page = await olu.fill(what="unclear")
    assert "The board sees what should be checked." in page.words
    assert "We cannot tell what is asked of us" in (await person(world, "bea").read("/board")).words
    await world.loop.answering.answer(life.recommendation, "housing", yes())
    await olu.read(f"/answers/{life.recommendation}/milestone")
    assert (await olu.fill(milestone="")).status == 422
    page = await olu.fill(milestone="Half of them were trained.")
    assert "What you reached waits for an approver." in page.words


async def test_the_board_assigns_and_asks_for_something_of_its_own(world):
    life = await world.made("nobody", sectors=(), area=None)
    bea, ada = person(world, "bea"), person(world, "ada")
    await bea.read(f"/board/{life.recommendation}/assign")
    page = await bea.fill()
    assert "Choose who is asked" in page.words
    assert "Choose the area that it is about" in page.words
    page = await bea.fill(organisation="police", area="information")
    assert "They are asked." in page.words
    await bea.read("/board/new")
    page = await bea.fill(words="", area="information", organisation="police")
    assert page.status == 422
    page = await bea.fill(words="Publish how long people wait.", area="information", organisation="police")
    assert "It is handed to an approver." in page.words
    page = await ada.read("/answer-texts")
    (text,) = [each for each in await world.loop.texts.waiting() if each.kind == "commission"]
    await ada.read(f"/answer-texts/{text.text}")
    await ada.fill(decision="show")
    (own,) = await world.lives(text.text)
    await world.loop.answering.answer(own.recommendation, "police", yes())
    await world.loop.answering.progress(own.recommendation, "police", progress="done")
    page = await bea.read("/board")
    assert "did it change?" in page.words
    await bea.read(f"/board/{own.recommendation}/changed")
    assert (await bea.fill()).status == 422
    assert "Your answer is kept." in (await bea.fill(changed="yes")).words


async def test_an_approver_deletes_a_text_and_a_made_up_decision_does_nothing(world):
    life = await world.made("delete")
    await world.loop.answering.answer(life.recommendation, "housing", no(), reason="It was her own fault.", by="olu")
    (text,) = [each for each in await world.loop.texts.waiting() if each.recommendation == life.recommendation]
    ada = person(world, "ada")
    await ada.read(f"/answer-texts/{text.text}")
    token = ada.page.csrf
    assert (await ada.fill(f"/answer-texts/{text.text}", csrf=token, decision="burn")).status == 404
    page = await ada.fill(f"/answer-texts/{text.text}", csrf=token, decision="refuse")
    assert "It is deleted and never shown." in page.words
    assert (await ada.read(f"/answer-texts/{text.text}")).status == 404
    assert (
        "An approver did not let a text of yours be shown."
        in (await person(world, "olu").read(f"/answers/{life.recommendation}")).words
    )


async def test_the_register_goes_on_over_several_pages(world, monkeypatch):
    monkeypatch.setattr("services.reporter.recommendations.public_pages._PAGE", 2)
    seen, path = set(), "/recommendations"
    for _ in range(50):
        _, text = await world.front.page(path)
        seen |= set(re.findall(r'href="/recommendations/([0-9a-f]{32})"', text))
        more = re.search(r'href="([^"]*page=\d+)"', text)
        if more is None:
            break
        path = more[1].replace("&amp;", "&")
    assert seen == {shown.recommendation for shown in await world.loop.reading.public()}
