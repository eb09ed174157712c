"""Every page of recommendations in a real browser: at a desk and on a phone, checked by axe, and without script."""

import datetime

import journey_world
import pytest
from loop_bench import LEAD, no, partly, retracted, yes
from loop_world import open_loop_world
from signed_in import PASSWORD

from services.reporter.recommendations.answers import Answer

pytestmark = pytest.mark.browser

LONG = "Gesundheitsversorgungsstrukturentwicklungsgesetz" * 3
WORDS = (
    "Housing officers should see each woman alone before they decide. Every officer should be trained for that.",
    "Letters about housing should be written in plain words, and say whom to ring.",
    f"<b>Say</b> =what {LONG} means.",
    "There should be somebody to ring at night.",
    "Police officers should say when they will ring back, and do it.",
)
DOORS = {"olu": "answers", "pat": "answers", "bea": "board", "ada": "answer-texts", "fay": "groups"}


@pytest.fixture
async def world(tmp_path):
    async with open_loop_world(tmp_path / "data") as found:
        yield found


async def fill_with_everything(world):
    """Bring recommendations to every state that a page can show; return ids by statement."""
    ids = {}
    for number, words in enumerate(WORDS):
        sectors = ("police",) if number == 4 else ("housing",)
        ids[number] = (await world.made(f"statement-{number}", words=words, sectors=sectors)).recommendation
    await world.move_to(datetime.date(2025, 1, 29))
    answering, board = world.loop.answering, world.loop.board
    await answering.answer(ids[0], "housing", partly(due="2025-03-31"), reason=f"Two offices first. {LONG}", by="olu")
    (text,) = await world.loop.texts.waiting()
    await world.loop.texts.approve(text.text, by="ada")
    await answering.progress(ids[0], "housing", progress="done")
    await answering.answer(ids[1], "housing", no(because="another_bodys", passed_to="police"))
    await answering.answer(ids[2], "housing", yes(lead=LEAD, due="2025-02-01"), reason="<i>Gladly</i>", by="olu")
    await board.commission("Publish how long people wait.", area="information", organisation="police", by="bea")
    await world.pass_days(60)
    ids["sight"] = (await world.made("statement-sight", words="Somebody should answer the telephone.")).recommendation
    await answering.query(ids["sight"], "housing", "fact")
    ids["nobody"] = (await world.made("statement-nobody", words="Teach it at school.", sectors=())).recommendation
    return ids


async def sign_in(visitor, address, name):
    page = await visitor.open(f"{address}/sign-in")
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.click("button:has-text('Sign in')")
    return page


async def test_every_page_of_every_role(world, visitor, check_page):
    address = str(world.front.client.make_url("")).rstrip("/")
    page = await visitor.open(f"{address}/you-said-we-did")
    await check_page(page, "you-said-empty")
    await page.goto(f"{address}/recommendations")
    await check_page(page, "register-empty")
    ids = await fill_with_everything(world)
    for name, path in (
        ("you-said", "/you-said-we-did"),
        ("register", "/recommendations"),
        ("register-filtered", "/recommendations?state=declined&late=yes"),
        ("recommendation", f"/recommendations/{ids[0]}"),
    ):
        await page.goto(f"{address}{path}")
        await check_page(page, name)
    await page.close()

    page = await sign_in(visitor, address, "olu")
    await check_page(page, "answers")
    for name, path in (
        ("answer-done", f"/answers/{ids[0]}"),
        ("answer-accepted", f"/answers/{ids[2]}"),
        ("answer-in-sight", f"/answers/{ids['sight']}"),
        ("answer-query", f"/answers/{ids['sight']}/query"),
        ("answer-milestone", f"/answers/{ids[2]}/milestone"),
        ("answer-take-back", f"/answers/{ids[2]}/take-back"),
    ):
        await page.goto(f"{address}{path}")
        await check_page(page, name)
    await page.goto(f"{address}/answers/{ids[3]}")
    await page.click("button:has-text('Answer')")
    await page.click("button:has-text('Save')")
    await check_page(page, "ask-answer-error")
    await page.check("input[value=partly]")
    await page.click("button:has-text('Save')")
    await check_page(page, "ask-because")
    await page.check("input[value=another_bodys]")
    await page.click("button:has-text('Save')")
    await check_page(page, "ask-whose")
    await page.select_option("#passed_to", "health")
    await page.click("button:has-text('Save')")
    await page.fill("#lead", LONG[:100])
    await page.click("button:has-text('Save')")
    await page.fill("#due-day", "31")
    await page.fill("#due-month", "2")
    await page.fill("#due-year", "2026")
    await page.click("button:has-text('Save')")
    await check_page(page, "ask-due-error")
    await page.fill("#due-day", "28")
    await page.click("button:has-text('Save')")
    await check_page(page, "ask-words")
    await page.click("button:has-text('Continue')")
    await check_page(page, "check-answer")
    await page.click("button:has-text('Send')")
    await check_page(page, "answer-kept")
    await visitor.context.clear_cookies()

    page = await sign_in(visitor, address, "bea")
    await check_page(page, "board")
    for name, path in (("commission", "/board/new"), ("assign", f"/board/{ids['nobody']}/assign")):
        await page.goto(f"{address}{path}")
        await check_page(page, name)
        await page.click("form button")
        await check_page(page, f"{name}-error")
    await visitor.context.clear_cookies()

    page = await sign_in(visitor, address, "ada")
    await page.goto(f"{address}/answer-texts")
    await check_page(page, "texts")
    await page.click("main li a >> nth=0")
    await check_page(page, "text")
    await visitor.context.clear_cookies()

    page = await sign_in(visitor, address, "fay")
    await page.goto(f"{address}/groups")
    await check_page(page, "group")
    await page.click("a:has-text('Did it change?')")
    await page.click("button:has-text('Send')")
    await check_page(page, "changed-error")

    assert [line for line in visitor.complaints if "422" not in line] == []
    assert all(asked.startswith(address) for asked in visitor.asked)


async def test_an_answer_goes_through_without_script(world, visitor_without_script):
    address = str(world.front.client.make_url("")).rstrip("/")
    one = (await world.made("statement-1")).recommendation
    page = await sign_in(visitor_without_script, address, "olu")
    await page.goto(f"{address}/answers/{one}")
    await page.click("button:has-text('Answer')")
    await page.check("input[value=accepted]")
    await page.click("button:has-text('Save')")
    await page.fill("#lead", LEAD)
    await page.click("button:has-text('Save')")
    await page.click("button:has-text('Save')")
    await page.click("button:has-text('Continue')")
    await page.click("button:has-text('Send')")
    assert "Your answer is kept." in await page.inner_text("main")
    assert (await world.life("statement-1")).given == Answer(answer="accepted", lead=LEAD)


async def put_words(page, **fields):
    for name, words in fields.items():
        await page.fill(f"[name={name}]", words)


async def walk_the_board(page, world, look, sign_in_as):
    """Let the board ask for something itself, an approver read it, the service do it and the board say no."""
    await sign_in_as("bea")
    await look(page, "board-empty")
    await page.goto(page.url.replace("/board", "/board?late=yes"))
    await look(page, "board-nothing-late")
    await page.click("a:has-text('Ask for something')")
    await page.click("button:has-text('Hand it to an approver')")
    await look(page, "commission-error")
    await put_words(page, words=f"Publish how long people wait. {LONG}")
    await page.check("input[name=area][value=information]")
    await page.check("input[name=organisation][value=police]")
    await page.click("button:has-text('Hand it to an approver')")
    await look(page, "board-handed")
    await sign_in_as("ada")
    await look(page, "texts-commission")
    await page.click("main li a")
    await look(page, "text-commission")
    await page.click("button:has-text('Let it be shown')")
    await look(page, "texts-shown")
    await world.pass_days(20)
    (own,) = await world.loop.reading.public()
    await world.loop.answering.answer(own.recommendation, "police", yes())
    await world.loop.answering.progress(own.recommendation, "police", progress="done", milestone=f"All of it. {LONG}")
    await sign_in_as("ada")
    await page.click("main li a")
    await look(page, "text-milestone")
    await page.click("button:has-text('Delete it')")
    await look(page, "texts-refused")
    await sign_in_as("bea")
    await look(page, "board-own-done")
    await page.click("a[href$='/changed']")
    await look(page, "board-changed")
    await page.click("button:has-text('Send the answer')")
    await look(page, "board-changed-error")
    await page.check("input[value=no]")
    await page.click("button:has-text('Send the answer')")
    await look(page, "board-judged")
    assert "Asked again: it has not changed" in await page.inner_text("main")


async def walk_the_groups(page, world, look, sign_in_as, address):
    """Let two groups ask, one say partly, and one take its words back."""
    await sign_in_as("fay")
    await look(page, "groups-none")
    one = (await world.made("of-one", words=f"Ring back. {LONG}")).recommendation
    await world.made("of-two", group="group-2", words="Write in plain words.")
    gone = (await world.made("gone", words="Somebody should answer the telephone.")).recommendation
    await page.goto(f"{address}/groups")
    await look(page, "groups-several")
    await world.pass_days(20)
    for each in (one, gone):
        await world.loop.answering.answer(each, "housing", partly(due=None), reason=f"Some of it. {LONG}")
    for text in await world.loop.texts.waiting():
        await world.loop.texts.approve(text.text, by="ada")
    await world.loop.answering.progress(one, "housing", progress="done")
    await world.put_on_the_log(retracted("gone"))
    await journey_world.until(lambda: is_retracted(world), what="the words to be gone")
    await page.goto(f"{address}/groups/group-1")
    await look(page, "group-waits")
    await page.click("a:has-text('Did it change?')")
    await look(page, "group-changed")
    await page.check("input[value=partly]")
    await page.click("button:has-text('Send the answer')")
    await look(page, "group-told")
    await page.goto(f"{address}/recommendations/{gone}")
    await look(page, "recommendation-gone")
    await page.goto(f"{address}/recommendations/{one}")
    await look(page, "recommendation-closed")
    await page.goto(f"{address}/recommendations?state=closed&area=services&sector=housing")
    await look(page, "register-filtered")
    await page.goto(f"{address}/recommendations?state=accepted")
    await look(page, "register-nothing-fits")
    await sign_in_as("olu")
    await page.goto(f"{address}/answers/{one}")
    await look(page, "answer-closed")
    await page.goto(f"{address}/answers/{'0' * 32}")
    await look(page, "answer-unknown")
    await sign_in_as("pat")
    await look(page, "no-organisation")


async def is_retracted(world):
    return (await world.life("gone")).retracted


def at_the_door(world, page):
    """Return what signs somebody in on a page that is open, and the address of the front door."""
    address = str(world.front.client.make_url("")).rstrip("/")

    async def sign_in_as(name):
        await page.context.clear_cookies()
        await page.goto(f"{address}/sign-in?to={DOORS[name]}")
        await page.fill("#name", name)
        await page.fill("#password", PASSWORD)
        await page.click("button:has-text('Sign in')")

    return sign_in_as, address


async def test_every_state_of_the_pages_of_board_groups_and_approver(world, visitor, check_page):
    page = await visitor.open(str(world.front.client.make_url("/safety")))
    sign_in_as, address = at_the_door(world, page)
    await walk_the_board(page, world, check_page, sign_in_as)
    await walk_the_groups(page, world, check_page, sign_in_as, address)
    assert [line for line in visitor.complaints if not any(known in line for known in ("404", "409", "422"))] == []
    assert all(asked.startswith(address) for asked in visitor.asked)


async def test_board_approver_and_groups_get_by_without_script(world, visitor_without_script):
    page = await visitor_without_script.open(str(world.front.client.make_url("/safety")), 320)
    sign_in_as, address = at_the_door(world, page)

    async def look(page, name):
        assert await page.locator("h1").count() == 1, name

    await walk_the_board(page, world, look, sign_in_as)
    await walk_the_groups(page, world, look, sign_in_as, address)
