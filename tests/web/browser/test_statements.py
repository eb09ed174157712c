"""A finding is worded, seen by its group and approved in a browser: every page at both widths, and without script."""

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from journey_world import at_rest, make_installation, said, session_of, until
from signed_in import PASSWORD, make_account

from services.intake.statements import SubmittedStatement
from services.themer.statements.wording import ChosenNode, Wording

pytestmark = [
    pytest.mark.browser,
    # A browser that goes on to the next page drops an icon half-way; the server's file is closed by the collector then.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

FINDING = "Waiting without any word is taken for being forgotten."
HELD = "Zebedee Marchbanks at the housing office never rings women back."
RECOMMENDATION = "Services should say how long the wait will be."
SPOKEN = (
    "I waited months for counselling and had to tell it all again to each person.",
    "They kept me waiting for the counsellor and never said how long.",
    "The waiting list for therapy was a year and nobody rang.",
)


class Front:
    """The front door with statements that have arrived."""

    def __init__(self, client, installation, group, statements):
        self.client = client
        self.themer = installation.themer
        self.group = group
        self.statements = statements

    def url(self, path):
        return str(self.client.make_url(path))


@pytest_asyncio.fixture
async def front(tmp_path):
    installation = make_installation(tmp_path / "data")
    async with TestClient(TestServer(installation.application())) as client:
        for name, role in (("ann", "reviewer"), ("bea", "reviewer"), ("cec", "approver"), ("fay", "facilitator")):
            await make_account(client, name, role)
        door = installation.intake.door
        group = await door.make_group("Tuesday group", seated=False)
        accepted = await door.submit(
            session_of(
                *(said(text, person=number) for number, text in enumerate(SPOKEN, start=1)),
                kind="survivor_forum",
                group=group,
                number_present=8,
                statements=(
                    SubmittedStatement(kind="finding", text=FINDING),
                    SubmittedStatement(kind="finding", text=HELD),
                    SubmittedStatement(
                        kind="recommendation", text=RECOMMENDATION, area="services", sectors=("health",)
                    ),
                ),
            )
        )
        await at_rest(installation)

        async def arrived():
            return len(await installation.themer.shelf.listed()) == 3

        await until(arrived, what="the statements")
        yield Front(client, installation, group, accepted.statements)
    await installation.close()


async def sign_in(page, name):
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()


async def sign_out(page, front):
    await page.goto(front.url("/sign-out"))
    await page.get_by_role("button", name="Sign out").click()


async def press(page, name):
    await page.get_by_role("button", name=name, exact=True).click()


async def unfold(page, text):
    await page.get_by_text(text, exact=True).first.click()


async def walk(page, front, look):
    """Go all the way; ``look`` is called on every page."""
    finding, held, recommendation = (front.url(f"/review/statements/{each}") for each in front.statements)
    await page.goto(front.url("/sign-in?to=review"))
    await sign_in(page, "ann")
    await look(page, "review-list")
    assert "3 wait to be put into words" in await page.inner_text("main")
    assert "Marchbanks" not in await page.content()
    await page.goto(held)
    assert not await page.get_by_text("never rings women back").is_visible(), (
        "words stay folded until they are asked for"
    )
    await unfold(page, "Show what the group said")
    await look(page, "statement-held")
    assert "Marchbanks" not in await page.content()
    await page.goto(finding)
    await page.get_by_role("link", name="Put it into words").click()
    await look(page, "wording")
    await page.get_by_label("The words to be published").fill(f"Zebedee told us. {FINDING}")
    await press(page, "Save and continue")
    await look(page, "wording-error")
    assert (await page.title()).startswith("Error: ")
    await page.get_by_label("The words to be published").fill(FINDING)
    await unfold(page, "Wandsworth's strategy 2022-25")
    await page.get_by_label("Safety and Support").check()
    await look(page, "wording-open")
    await press(page, "Save and continue")
    await page.get_by_label("SS.01:").check()
    await page.locator("details").first.locator("summary").click()
    await page.locator("select").first.select_option("worse")
    await look(page, "rows")
    await press(page, "Save, and ask a second person")
    await look(page, "statement-own")
    assert "Measure: worse" in await page.inner_text("main")
    assert await page.get_by_role("button", name="Approve these words").count() == 0
    await page.goto(front.url("/review/paraphrases"))
    await unfold(page, "Mayor's strategy 2022-25")
    await look(page, "paraphrases")
    await page.get_by_role("link", name="2.1 ").click()
    await look(page, "sources")
    await press(page, "Save, and ask a second person")
    await look(page, "sources-error")
    await page.goto(recommendation)
    await page.get_by_role("link", name="Put it into words").click()
    await look(page, "wording-recommendation")
    await press(page, "Save and continue")
    await sign_out(page, front)
    await page.goto(front.url("/sign-in?to=review"))
    await sign_in(page, "bea")
    await page.goto(finding)
    await press(page, "Approve these words")
    await look(page, "statement-with-group")
    await sign_out(page, front)
    await page.goto(front.url("/sign-in?to=sessions"))
    await sign_in(page, "fay")
    await look(page, "sessions-with-group")
    await page.get_by_role("link", name="Tuesday group").click()
    await look(page, "panel")
    await page.get_by_role("link", name="Finding of").click()
    await press(page, "Send the group’s answer")
    await look(page, "panel-error")
    await page.get_by_label("Yes, use these words").check()
    await press(page, "Send the group’s answer")
    await look(page, "panel-agreed")
    await sign_out(page, front)
    await page.goto(front.url("/sign-in?to=review"))
    await sign_in(page, "cec")
    await look(page, "review-approved")
    await page.goto(finding)
    await page.get_by_role("link", name="Take its words away for good").click()
    await press(page, "Take them away")
    await look(page, "retract-error")
    await page.get_by_label("Yes, take the words away").check()
    await press(page, "Take them away")
    await page.goto(finding)
    await look(page, "statement-gone")
    assert FINDING not in await page.content()


async def test_every_page_of_statements_is_accessible_and_fits(front, visitor, check_page):
    page = await visitor.open(front.url("/sign-in?to=review"))

    async def look(page, name):
        assert [await page.locator(landmark).count() for landmark in ("header", "main", "footer", "h1")] == [1] * 4, (
            name
        )
        assert await page.get_by_role("button", name="Exit this page").count() == 1, name
        title = (await page.title()).lower()
        assert not any(word in title for word in ("survivor", "abuse", "violence", "victim"))
        await check_page(page, name)

    await walk(page, front, look)
    assert all(address.startswith(front.url("/")) for address in visitor.asked)
    assert not any("Waiting" in address or "Marchbanks" in address for address in visitor.asked)
    assert [text for text in visitor.complaints if "422" not in text] == []


async def test_the_whole_way_works_without_script(front, visitor_without_script):
    page = await visitor_without_script.open(front.url("/sign-in?to=review"), 320)

    async def look(page, name):
        assert await page.locator("h1").count() == 1, name

    await walk(page, front, look)


async def test_a_sentence_from_several_people_is_read_from_the_folded_words(front, visitor):
    made = Wording(words="People wait long for counselling.", nodes=(ChosenNode("mayor_2022_25", "2.1"),))
    sources = await front.themer.paraphrases.sources("mayor_2022_25", "2.1")
    await front.themer.paraphrases.write([each.contribution for each in sources], made, by="bea")
    page = await visitor.open(front.url("/sign-in?to=review"))
    await sign_in(page, "ann")
    await page.get_by_role("link", name="Paraphrase of").click()
    assert "It rests on 3 contributions" in await page.inner_text("main")
    await press(page, "Approve these words")
    assert "Its words may be published" in await page.inner_text("main")
