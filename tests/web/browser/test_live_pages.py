"""The pages of a whole installation with some sixty people and one published quarter, at a desk and on a phone."""

import asyncio
import contextlib
import datetime
import queue
import re
import threading

import journey_world
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Error as PlaywrightError

from services.bootstrap import Installation
from services.clock import DemoClock
from services.commands.serve import serving
from services.demo.consultation import texts
from services.settings import read_settings

pytestmark = pytest.mark.browser

PEOPLE = 60
#: Shows a shell's part of a page that every page must have.
LANDMARKS = ("header", "main", "footer", "h1")


class Live:
    """An installation that serves from its own thread, with one quarter published.

    Attributes:
        address: of the front door.
        report: path of the report.
        citation: of the report.
        exit_to: where leaving leads.
    """

    def __init__(self, data):
        self._data = data
        self._started = queue.Queue()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._thread.start()
        found = self._started.get(timeout=120)
        if isinstance(found, BaseException):
            raise found
        self.address, self.report, self.citation = found

    def ask(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    def issue(self):
        """Return five words under which something was said."""
        return self.ask(self._issue())

    def close(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(60)

    async def _issue(self):
        door = self._installation.intake.door
        receipt = await door.issue_receipt()
        await door.submit(journey_world.session_of(journey_world.said("We waited.", receipt=receipt), month="2025-04"))
        return receipt

    async def _serve(self):
        try:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            neutral = TestServer(_neutral())
            await neutral.start_server()
            self.exit_to = str(neutral.make_url("/weather"))
            environment = {"SV_EXIT_ADDRESS": self.exit_to}
            settings = read_settings(data=self._data, environment=environment, port=0)
            self._installation = installation = Installation(settings, demo=True, environment=environment)
            DemoClock(installation.folder.clock_file).move_to(journey_world.START)
            async with serving(installation, port=0) as address:
                line = await self._fill(installation)
                self._started.put((address, f"/reports/{line.report}", line.citation))
                await self._stop.wait()
            await neutral.close()
        except BaseException as trouble:
            self._started.put(trouble)
            raise

    async def _fill(self, installation):
        said = [
            journey_world.said(text.words, role=text.role, areas=text.areas)
            for text in texts()
            if text.role != "organisation"
        ]
        spread = said[:: max(1, len(said) // PEOPLE)][:PEOPLE]
        await installation.intake.door.submit(journey_world.session_of(*spread, kind="public_interview"))
        await journey_world.at_rest(installation)
        DemoClock(installation.folder.clock_file).move_to(datetime.date(2025, 4, 7))
        for service in (installation.anonymiser, installation.themer, installation.reporter):
            await service.announcer.announce()
        (line,) = await installation.reporter.publishing.publish(
            "2025-Q1", prepared_by="Officer", approved_by="Board member"
        )
        return line


def _neutral():
    async def weather(_request):
        return web.Response(text="<title>Weather</title>Sunny", content_type="text/html")

    app = web.Application()
    app.router.add_get("/weather", weather)
    return app


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    found = Live(tmp_path_factory.mktemp("live"))
    yield found
    found.close()


async def open_choices(visitor, live, receipt, width=1000):
    page = await visitor.open(f"{live.address}/receipt", width)
    await page.get_by_label("Your five words").fill(receipt)
    await page.get_by_role("button", name="Show my choices").click()
    await page.get_by_role("heading", level=1).wait_for()
    return page


async def test_the_public_pages_are_accessible_and_fit_a_phone_and_a_desk(live, visitor, check_page):
    for path in ("/", "/reports", live.report, "/you-said-we-did", "/receipt", "/safety", "/privacy", "/accessibility"):
        page = await visitor.open(f"{live.address}{path}")
        assert [await page.locator(landmark).count() for landmark in LANDMARKS] == [1] * 4
        name = "report" if path == live.report else path.strip("/") or "front"
        await check_page(page, name)
        await page.close()
    assert visitor.complaints == []
    assert all(address.startswith(live.address) for address in visitor.asked)


async def test_her_pages_are_accessible_and_fit_from_the_words_to_the_withdrawal(live, visitor, check_page):
    page = await open_choices(visitor, live, live.issue())
    await check_page(page, "choices")
    await page.get_by_role("button", name="Withdraw").click()
    await page.locator(".govuk-error-summary").wait_for()
    await check_page(page, "choices-not-ticked")
    await page.locator('input[name="sure"]').check()
    await page.get_by_role("button", name="Withdraw").click()
    await page.get_by_text("Where reports are made").wait_for()
    await check_page(page, "withdrawn")
    refused = [text for text in visitor.complaints if "422" not in text]
    assert refused == []


async def test_wrong_words_are_told_beside_the_field_at_both_widths(live, visitor, check_page):
    page = await visitor.open(f"{live.address}/receipt")
    await page.get_by_label("Your five words").fill("these are not five words")
    await page.get_by_role("button", name="Show my choices").click()
    await page.locator(".govuk-error-summary").wait_for()
    await check_page(page, "receipt-wrong")
    assert await page.evaluate("document.activeElement.className") == "govuk-error-summary"


async def test_narrowing_is_confirmed_on_the_page_and_found_so_again(live, visitor):
    receipt = live.issue()
    page = await open_choices(visitor, live, receipt)
    await page.locator('input[name="use"][value="quote"]').uncheck()
    await page.get_by_role("button", name=re.compile("Save|Change", re.IGNORECASE)).first.click()
    await page.locator(".govuk-notification-banner").wait_for()
    again = await open_choices(visitor, live, receipt)
    ticked = await again.locator('input[name="use"]:checked').evaluate_all("boxes => boxes.map(box => box.value)")
    assert ticked == ["count", "paraphrase"]


async def test_everything_works_with_script_off(live, visitor_without_script):
    page = await visitor_without_script.open(f"{live.address}{live.report}")
    assert await page.locator("h1").inner_text() == "What was said, January to March 2025"
    assert live.citation in await page.inner_text("main")
    assert await page.locator("table").count() > 0
    page = await open_choices(visitor_without_script, live, live.issue())
    await page.locator('input[name="sure"]').check()
    await page.get_by_role("button", name="Withdraw").click()
    assert "Where reports are made" in await page.inner_text("main")


async def test_exit_this_page_is_on_every_page_and_leaves_at_once(live, visitor, visitor_without_script):
    for who in (visitor, visitor_without_script):
        for path in ("/reports", live.report, "/you-said-we-did", "/receipt"):
            page = await who.open(f"{live.address}{path}", 320)
            await page.get_by_role("button", name="Exit this page").click()
            await page.wait_for_url(live.exit_to)
            await page.close()


async def test_her_choices_can_be_left_in_one_step_and_back_shows_nothing(live, visitor):
    page = await open_choices(visitor, live, live.issue(), 320)
    await page.get_by_role("button", name="Exit this page").click()
    await page.wait_for_url(live.exit_to)
    with contextlib.suppress(PlaywrightError):  # the browser reports that there is nothing to show
        await page.go_back()
    await page.wait_for_function("document.readyState === 'complete'")
    assert "What may be used" not in await page.locator("html").inner_text()


async def test_a_tables_words_are_readable_and_its_figures_stay_together(live, visitor):
    page = await visitor.open(f"{live.address}{live.report}", 1000)
    narrow = await page.evaluate(
        """() => [...document.querySelectorAll('table')]
          .filter(table => table.getClientRects().length)
          .map(table => table.querySelector('tbody th, tbody td').getBoundingClientRect().width)
          .filter(width => width < 240)"""
    )
    assert narrow == [], "the first column, which holds the words, is too narrow"


@pytest.mark.parametrize("width", [640, 800, 975, 976, 1280])
async def test_no_width_between_a_phone_and_a_desk_scrolls_sideways(live, visitor, width):
    page = await visitor.open(f"{live.address}{live.report}", width)
    assert await page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


async def test_every_download_of_the_report_is_there(live, visitor):
    page = await visitor.open(f"{live.address}{live.report}")
    links = await page.locator(f'a[href^="{live.report}/"]').evaluate_all("links => links.map(link => link.href)")
    assert links
    for link in sorted(set(links)):
        answer = await page.context.request.get(link)
        assert answer.status == 200
        assert len(await answer.body()) > 100
