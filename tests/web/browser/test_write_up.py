"""A facilitator writes a session up in a browser: every page at both widths, with scripts and without."""

import datetime
import re
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from journey_world import make_installation
from signed_in import PASSWORD, make_account

from services.clock import DemoClock

pytestmark = [
    pytest.mark.browser,
    # A browser that goes on to the next page drops an icon half-way; the server's file is closed by the collector then.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

NOTES = (
    "They moved us three times and nobody asked about school.\n\n"
    "My worker Zebedee Marchbanks in Camden Town was kind. Her number is 07700 900123.\n\n"
    "He is outside my house now and he has a knife."
)
BAD_TABLE = b"text,role,kind\nThe bus does not run on Sundays.,survivor,forum of some kind\n,practitioner,survey\n"


@pytest.fixture
async def front(tmp_path, aiohttp_server):
    async def show_weather(_):
        return web.Response(text="sunny")

    neutral = web.Application()
    neutral.router.add_get("/weather", show_weather)
    elsewhere = await aiohttp_server(neutral)
    installation = make_installation(tmp_path / "data")
    installation.settings = replace(installation.settings, exit_address=str(elsewhere.make_url("/weather")))
    async with TestClient(TestServer(installation.application())) as client:
        client.demo_clock = DemoClock(installation.folder.clock_file)
        await make_account(client, "ann")
        await make_account(client, "lee", "safeguarding_lead")
        yield client
    await installation.close()


async def sign_in(page, name="ann"):
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def save(page, button="Save and continue"):
    await page.get_by_role("button", name=button, exact=True).click()


async def walk(page, front, look, tmp_path):
    """Go all the way; ``look`` is called on every page."""
    await look(page, "sign-in")
    await sign_in(page)
    await look(page, "list-empty")
    await page.get_by_role("button", name="Write up a session").click()
    await look(page, "start")
    await save(page, "Start")
    await look(page, "group")
    await page.get_by_role("link", name="Make a new group").click()
    await look(page, "new-group")
    await save(page, "Make the group")
    await look(page, "new-group-error")
    await page.get_by_label("What do people call it?").fill("Tuesday group")
    await page.get_by_label("No", exact=True).check()
    await save(page, "Make the group")
    await save(page)
    await look(page, "session-error")
    assert (await page.title()).startswith("Error: ")
    await page.get_by_label("What kind of session was it?").select_option(label="Focus group")
    await page.get_by_label("Month").fill("1")
    await page.get_by_label("Year").fill("2025")
    await page.get_by_label("How many people took part?").fill("8")
    await look(page, "session")
    await save(page)
    await page.get_by_label("Camden").check()
    await look(page, "areas")
    await save(page)
    await page.get_by_label("Somebody to turn to was there").check()
    await look(page, "held")
    await save(page)
    await page.get_by_label("Survivor", exact=True).check()
    await page.get_by_label("Count what I raised").check()
    await look(page, "room")
    await save(page)
    await look(page, "answers")
    await save(page)
    await page.get_by_role("link", name="Send a file instead").click()
    await look(page, "upload")
    file = tmp_path / "notes.csv"
    file.write_bytes(BAD_TABLE)
    await page.get_by_label("File with the notes").set_input_files(file)
    await save(page, "Read the file")
    await look(page, "upload-error")
    assert "The bus does not run on Sundays." in await page.inner_text("table")
    await page.get_by_role("link", name="Type or paste the notes instead").click()
    await save(page)
    await look(page, "notes-error")
    await page.get_by_label("Notes", exact=True).fill(NOTES)
    await save(page)
    await look(page, "concern")
    assert "Ring before you go on" in await page.inner_text("main")
    await save(page)
    await look(page, "concern-error")
    await page.get_by_label("Yes, or I am not sure").check()
    await page.get_by_label("Immediate danger").check()
    await page.get_by_label("Now, or within hours").check()
    await page.get_by_label("Rang 999").check()
    await page.get_by_label("Your own reference").fill("SG-17")
    await save(page)
    await look(page, "statements")
    await save(page, "Add it, and write another")
    await look(page, "statements-error")
    await page.get_by_label("Something we found").check()
    await page.get_by_label("In the group’s words").fill("Nobody says how long the wait will be.")
    await save(page, "Add it, and write another")
    await look(page, "statements-added")
    await save(page, "Continue")
    await look(page, "preview")
    await page.get_by_label("Words to take out").fill("school")
    await save(page, "Update what goes and stays")
    assert "[REMOVED]" in await page.inner_text("main")
    await page.get_by_label("Words to take out").fill("not there at all")
    await save(page, "Continue")
    await look(page, "preview-error")
    await save(page, "Continue")
    await look(page, "check")
    check = page.url
    await page.goto(check.replace("/check", "/discard"))
    await look(page, "discard")
    await page.goto(check)
    await page.get_by_role("link", name="Change where somebody differs").click()
    await look(page, "people")
    await page.get_by_role("link", name="Change number 2").click()
    await look(page, "person")
    await page.get_by_label("Practitioner").check()
    await page.get_by_label("The areas ticked below").check()
    await save(page)
    await look(page, "person-error")
    await page.get_by_role("checkbox", name="Camden").check()
    await page.get_by_role("checkbox", name="Brent").check()
    await page.get_by_label("Only what is ticked below").check()
    await save(page)
    await look(page, "people-changed")
    assert "Speaks as: Practitioner" in await page.inner_text("main")
    await save(page, "Continue")
    assert "1 contribution has answers of its own" in await page.inner_text("main")
    await save(page, "Send the notes")
    await look(page, "sent")
    assert re.search(r"Reference [0-9a-f]{32}", await page.inner_text("main"))
    await page.get_by_role("link", name="Back to session notes").click()
    await page.get_by_role("link", name="Sign out").click()
    await look(page, "sign-out")
    await save(page, "Sign out")
    await page.goto(str(front.make_url("/safeguarding")))
    await sign_in(page, "lee")
    await look(page, "concerns")
    assert "SG-17" in await page.inner_text("main")
    front.demo_clock.move_to(front.demo_clock.today() + datetime.timedelta(days=1))
    await page.reload()
    await look(page, "concerns-escalated")
    assert "Escalated" in await page.inner_text("main")
    await page.get_by_label("What was done").select_option(label="Told the local authority's safeguarding team")
    await save(page, "Take it over")
    await look(page, "concerns-taken")


async def test_every_page_of_the_write_up_is_accessible_and_fits(front, visitor, check_page, tmp_path):
    page = await visitor.open(str(front.make_url("/sign-in?to=sessions")))

    async def look(page, name):
        assert [await page.locator(landmark).count() for landmark in ("header", "main", "footer", "h1")] == [1] * 4
        assert await page.get_by_role("button", name="Exit this page").count() == 1, name
        title = (await page.title()).lower()
        assert not any(word in title for word in ("survivor", "abuse", "violence", "victim", "council"))
        await check_page(page, name)

    await walk(page, front, look, tmp_path)
    assert all(address.startswith(str(front.make_url("/"))) for address in visitor.asked)
    assert [text for text in visitor.complaints if "422" not in text] == []


async def test_the_whole_write_up_works_without_script(front, visitor_without_script, tmp_path):
    page = await visitor_without_script.open(str(front.make_url("/sign-in?to=sessions")), 320)

    async def look(page, name):
        assert await page.locator("h1").count() == 1, name

    await walk(page, front, look, tmp_path)


async def test_equality_questions_of_a_large_room_are_accessible_and_fit(front, visitor, check_page):
    page = await visitor.open(str(front.make_url("/sign-in?to=sessions")))
    await sign_in(page)
    await page.get_by_role("button", name="Write up a session").click()
    await save(page, "Start")
    await page.get_by_label("No group").check()
    await save(page)
    await page.get_by_label("What kind of session was it?").select_option(label="Workshop")
    for label, value in (("Month", "1"), ("Year", "2025"), ("How many people took part?", "14")):
        await page.get_by_label(label).fill(value)
    await save(page)
    await page.goto(re.sub("/areas$", "/answers", page.url))
    await page.get_by_role("group", name="I felt safe here today").get_by_label("Partly").fill("3")
    await page.get_by_label("Yes, count them on the next page").check()
    await check_page(page, "answers-large")
    await save(page)
    await page.goto(re.sub("/areas$", "/equality", page.url))
    await page.get_by_role("group", name="Age").get_by_label("18 to 24").fill("15")
    await save(page)
    await check_page(page, "equality-error")
    await page.get_by_role("link", name="Age: more answers than people present").click()
    await page.get_by_role("group", name="Age").get_by_label("18 to 24").fill("5")
    await check_page(page, "equality")
    await save(page)
    assert page.url.endswith("/areas")


async def test_nothing_is_left_in_the_browser_after_leaving(front, visitor):
    page = await visitor.open(str(front.make_url("/sign-in?to=sessions")))
    await sign_in(page)
    await page.wait_for_url("**/sessions")
    cookies = await visitor.context.cookies()
    assert [(cookie["name"], cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies] == [
        ("sv_session", True, "Lax")
    ]
    assert await page.evaluate("document.cookie") == ""
    await page.get_by_role("button", name="Exit this page").click()
    await page.wait_for_url("**/weather")
    assert await visitor.context.cookies() == []
    await visitor.context.add_cookies(cookies)
    await page.goto(str(front.make_url("/sessions")))
    assert page.url.endswith("/sign-in?to=sessions"), "the old session opens nothing"
