"""Two people release a quarter in a browser, read it by action and by service, and withdraw a table: every page."""

import datetime

import pytest
from journey_world import at_rest, said, session_of
from loop_bench import LEAD, no, partly
from loop_world import open_loop_world
from signed_in import PASSWORD, make_account

from services.events import ThemedNode

pytestmark = [
    pytest.mark.browser,
    # A browser that goes on to the next page drops an icon half-way; the server's file is closed by the collector then.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

MAYOR = "mayor_2022_25"
NODE = "2.1"
TEXTS = ("The police officer did not believe me.", "The refuge was full and we waited.")
WORDS = "Services should say how long the wait will be, in plain words and in a letter."
AFTER = datetime.date(2025, 4, 7)


@pytest.fixture
async def world(tmp_path):
    """An installation with what thirty people said in a quarter, and a recommendation of a group that is answered."""
    async with open_loop_world(tmp_path / "data") as found:
        await make_account(found.front.client, "rae", "reviewer")
        door = found.front.installation.intake.door
        await door.submit(session_of(*[said(TEXTS[number % 2]) for number in range(30)]))
        await at_rest(found.front.installation)
        nodes = (ThemedNode(framework=MAYOR, node=NODE, score=1.0),)
        await found.made("asked", words=WORDS, nodes=nodes, sectors=("housing", "police"))
        yield found


def url(world, path):
    return str(world.front.client.make_url(path))


async def sign_in(page, world, name):
    await page.context.clear_cookies()
    await page.goto(url(world, "/sign-in?to=reports"))
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def press(page, name):
    await page.get_by_role("button", name=name, exact=True).click()


async def answer(world):
    """Let the housing service answer in part, and the police decline."""
    housing, police = sorted(await world.lives("asked"), key=lambda life: life.organisation)
    assert (housing.organisation, police.organisation) == ("housing", "police")
    await world.loop.answering.answer(housing.recommendation, "housing", partly(due="2025-06-30"))
    await world.loop.answering.answer(police.recommendation, "police", no())


async def walk(page, world, look):
    """Go from the end of the quarter to a withdrawn table; ``look`` is called on every page."""
    await page.goto(url(world, "/reports/method"))
    await look(page, "method")
    await sign_in(page, world, "rae")
    await look(page, "releases-nothing-yet")
    assert "No period can be prepared now" in await page.inner_text("main")
    await world.move_to(AFTER)
    await answer(world)
    await page.goto(url(world, "/reports/prepare"))
    await press(page, "Prepare it")
    await look(page, "releases-error")
    assert (await page.title()).startswith("Error: ")
    await page.get_by_label("January to March 2025").check()
    await press(page, "Prepare it")
    await look(page, "release-own")
    assert "You prepared it, so somebody else has to approve it." in await page.inner_text("main")
    draft = page.url
    await page.goto(url(world, "/reports/prepare"))
    await look(page, "releases-waiting")

    await sign_in(page, world, "ada")
    await page.goto(draft)
    await look(page, "release-for-an-approver")
    await press(page, "Approve and publish")
    await look(page, "releases-published")
    assert "It is published." in await page.inner_text("main")

    await page.get_by_role("link", name="Withdraw a table").click()
    await look(page, "withdrawal")
    await press(page, "Prepare the withdrawal")
    await look(page, "withdrawal-error")
    await page.get_by_label("Services spoken of, by role").first.check()
    await press(page, "Prepare the withdrawal")
    await look(page, "release-of-a-withdrawal")
    withdrawal = page.url
    await sign_in(page, world, "rae")
    await page.goto(withdrawal)
    await look(page, "release-for-a-reviewer")
    assert "An approver has to approve it." in await page.inner_text("main")
    await page.context.clear_cookies()
    await page.goto(url(world, "/reports"))
    await look(page, "reports")
    await page.get_by_role("link", name="What was said").click()
    await look(page, "report")
    told = await page.inner_text("main")
    for sentence in (
        "2 of 2 were answered (100%).",
        "Accepted: 0. Accepted in part: 1. Declined: 1.",
        "Declined: Not without more money: 1.",
        "Half of the answers took",
    ):
        assert sentence in told
    report = page.url
    await page.goto(f"{report}/actions/{MAYOR}/{NODE}")
    await look(page, "action-with-answers")
    told = await page.inner_text("main")
    assert WORDS in told
    assert f"Housing service: Accepted in part, planned for 30 June 2025. Not without more money. {LEAD} leads." in told
    assert "Police: Declined. Not without more money." in told
    await page.goto(f"{report}/services/housing")
    await look(page, "service-with-answers")
    assert "Where it stands today" in await page.inner_text("main")
    await page.get_by_role("link", name="How it came here").first.click()
    await look(page, "recommendation")
    await sign_in(page, world, "bea")
    await page.goto(draft)
    await look(page, "not-for-a-board")


async def test_every_page_from_the_end_of_a_quarter_to_a_withdrawn_table(world, visitor, check_page):
    page = await visitor.open(url(world, "/reports"))

    async def look(page, name):
        assert [await page.locator(landmark).count() for landmark in ("header", "main", "footer", "h1")] == [1] * 4
        title = (await page.title()).lower()
        assert not any(word in title for word in ("survivor", "abuse", "violence", "victim"))
        await check_page(page, name)

    await walk(page, world, look)
    assert all(address.startswith(url(world, "/")) for address in visitor.asked)
    assert [text for text in visitor.complaints if "422" not in text and "403" not in text] == []


async def test_a_quarter_is_released_without_script(world, visitor_without_script):
    page = await visitor_without_script.open(url(world, "/reports"), 320)

    async def look(page, name):
        assert await page.locator("h1").count() == 1, name

    await walk(page, world, look)
