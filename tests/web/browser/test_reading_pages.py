"""A published release in a real browser: its page, by action, by service, its charts, and on paper."""

from itertools import pairwise

import pytest
import released
from aiohttp import web

from services.bootstrap import template_folders
from services.reporter import reading_routes
from services.reporter.editions import EDITIONS
from services.web.pages import setup_shell
from services.web.shell import ShellSettings

pytestmark = pytest.mark.browser

MAYOR, WANDSWORTH = released.FRAMEWORKS
PAGES = {
    "report": "",
    "actions": f"/actions/{WANDSWORTH}",
    "actions-mayor": f"/actions/{MAYOR}",
    "actions-chosen": f"/actions/{WANDSWORTH}?of=role.survivor",
    "action": f"/actions/{WANDSWORTH}/AB.03",
    "action-twice": f"/actions/{WANDSWORTH}/SS.05/2",
    "node": f"/actions/{WANDSWORTH}/AB",
    "commitment": f"/actions/{MAYOR}/2.1.05",
    "no-priority": f"/actions/{MAYOR}/commissioning.1",
    "services": "/services",
    "service": "/services/housing",
    "service-hidden": "/services/transport",
}


@pytest.fixture(scope="module")
def body():
    return released.compose()


@pytest.fixture
async def base(body, aiohttp_server):
    """Return the address of the report on a server of its own."""
    app = web.Application()
    settings = ShellSettings(
        service_name="Survivor Voice",
        organisation=released.AREA,
        contact="the officer responsible",
        demo=True,
        template_folders=template_folders(),
    )
    setup_shell(app, settings)
    app[EDITIONS] = released.editions_of(body)
    app.cleanup_ctx.append(app[EDITIONS].running)
    app.router.add_routes(reading_routes.routes())
    server = await aiohttp_server(app)
    return str(server.make_url(f"/reports/{released.line_of(body).report}"))


async def test_every_way_of_reading_is_accessible_and_fits_a_phone_and_a_desk(base, visitor, check_page):
    for name, path in PAGES.items():
        page = await visitor.open(f"{base}{path}")
        assert [await page.locator(landmark).count() for landmark in ("header", "main", "footer", "h1")] == [1] * 4
        await check_page(page, name)
        levels = await page.locator("main :is(h1,h2,h3,h4)").evaluate_all("all => all.map(h => +h.tagName[1])")
        assert all(after - before <= 1 for before, after in pairwise(levels)), name
        await page.close()
    assert visitor.complaints == []


async def test_figures_are_chosen_and_actions_opened_without_script(base, visitor_without_script):
    page = await visitor_without_script.open(f"{base}/actions/{WANDSWORTH}", 320)
    await page.get_by_label("Show figures for").select_option(label="Survivor")
    await page.get_by_role("button", name="Show", exact=True).click()
    assert page.url.endswith("?of=role.survivor")
    assert "Figures below are for: Survivor." in await page.inner_text("main")
    await page.get_by_role("link", name="AB.03").click()
    assert "Local Authority - (Community Safety and Childrens Services)" in await page.inner_text("main")
    await page.get_by_role("link", name="Back", exact=True).click()
    assert page.url.endswith(f"/actions/{WANDSWORTH}")


async def test_each_chart_shows_the_numbers_of_the_table_beside_it(base, visitor):
    page = await visitor.open(base)
    charts = await page.locator("section:has(.sv-chart)").evaluate_all(
        """sections => sections.map(section => [
          [...section.querySelectorAll('.sv-chart__drawing--wide .sv-chart__value')].map(text => text.textContent),
          [...section.querySelectorAll('tbody tr td:first-of-type')].map(cell => cell.textContent.trim()),
        ])"""
    )
    assert len(charts) >= 2
    for drawn, printed in charts:
        shown = [figure for figure in printed if figure != "[c]"]
        assert [figure for figure in shown if figure in drawn]
        assert set(drawn) <= set(printed)


@pytest.mark.parametrize("width", [320, 1000])
async def test_one_drawing_of_each_chart_is_shown_with_its_title_and_its_words(base, visitor, width):
    page = await visitor.open(base, width)
    visible = page.locator("svg.sv-chart__drawing:visible")
    assert await visible.count() == await page.locator(".sv-chart").count()
    for drawing in await visible.all():
        assert await drawing.get_attribute("role") == "img"
        named = (await drawing.get_attribute("aria-labelledby")).split()
        assert all([await page.locator(f"#{name}").text_content() for name in named])
        box = await drawing.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


async def test_on_paper_a_report_has_its_wide_charts_and_no_buttons(base, visitor):
    page = await visitor.open(base, 320)
    await page.emulate_media(media="print")
    assert await page.locator(".sv-chart__drawing--wide").first.is_visible()
    assert not await page.locator(".sv-chart__drawing--narrow").first.is_visible()
    assert not await page.get_by_role("heading", name="Download this report").is_visible()
    assert not await page.get_by_role("button", name="Exit this page").is_visible()
    assert not await page.get_by_role("heading", name="Read it in another way").is_visible()
