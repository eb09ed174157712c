"""Every page, at both widths: accessible, no sideways scroll, nothing from elsewhere, works without script."""

import contextlib

import pytest
from aiohttp import web
from playwright.async_api import Error as PlaywrightError

pytestmark = pytest.mark.browser


async def test_every_page_is_accessible_and_fits_a_phone_and_a_desk(sampler, aiohttp_server, visitor, check_page):
    server = await aiohttp_server(sampler.app())
    for path in sampler.paths:
        page = await visitor.open(str(server.make_url(path)))
        assert [await page.locator(landmark).count() for landmark in ("header", "main", "footer", "h1")] == [1] * 4
        await check_page(page, path.strip("/").replace("/", "-").partition("?")[0] or "front")
        await page.close()
    expected = [text for text in visitor.complaints if "404" not in text]
    assert expected == [], "a page's own script or style was refused"
    assert all(address.startswith(str(server.make_url("/"))) for address in visitor.asked)


async def test_no_page_leaves_a_cookie_or_anything_in_storage(sampler, aiohttp_server, visitor):
    server = await aiohttp_server(sampler.app())
    page = await visitor.open(str(server.make_url("/")))
    for path in sampler.paths:
        await page.goto(str(server.make_url(path)))
        assert await page.evaluate("localStorage.length") == 0
        # The exit component keeps a mark there while three presses are counted, and only then.
        assert await page.evaluate("Object.keys(sessionStorage).filter(key => key !== 'exitThisPage').length") == 0
    assert await visitor.context.cookies() == []


async def test_titles_say_nothing_about_the_subject(sampler, aiohttp_server, visitor):
    server = await aiohttp_server(sampler.app())
    page = await visitor.open(str(server.make_url("/")))
    for path in sampler.paths:
        await page.goto(str(server.make_url(path)))
        title = (await page.title()).lower()
        assert title.strip()
        assert not any(word in title for word in ("survivor", "abuse", "violence", "victim", "refuge", "council"))


async def test_one_drawing_of_a_chart_is_shown_at_each_width(sampler, aiohttp_server, visitor):
    server = await aiohttp_server(sampler.app())
    page = await visitor.open(str(server.make_url("/reports/1")), 320)
    assert await page.locator(".sv-chart__drawing--narrow").is_visible()
    assert not await page.locator(".sv-chart__drawing--wide").is_visible()
    await page.set_viewport_size({"width": 1000, "height": 800})
    assert await page.locator(".sv-chart__drawing--wide").is_visible()
    assert not await page.locator(".sv-chart__drawing--narrow").is_visible()


@pytest.mark.parametrize("width", [320, 1000])
async def test_no_text_of_a_chart_is_cut_off_or_covers_another(sampler, aiohttp_server, visitor, width):
    server = await aiohttp_server(sampler.app())
    page = await visitor.open(str(server.make_url("/reports/1")), width)
    outside, overlapping = await page.evaluate(
        """() => {
          const drawing = [...document.querySelectorAll('svg.sv-chart__drawing')].find(s => s.getClientRects().length);
          const frame = drawing.getBoundingClientRect();
          const boxes = [...drawing.querySelectorAll('text')].map(t => t.getBoundingClientRect());
          const outside = boxes.filter(b => b.left < frame.left - 1 || b.right > frame.right + 1
            || b.top < frame.top - 1 || b.bottom > frame.bottom + 1).length;
          let overlapping = 0;
          boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
            if (a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom) overlapping += 1;
          }));
          return [outside, overlapping];
        }"""
    )
    assert (outside, overlapping) == (0, 0)


async def test_pages_read_and_exit_without_script(sampler, aiohttp_server, visitor_without_script):
    neutral = await aiohttp_server(_neutral_app())
    server = await aiohttp_server(sampler.app(exit_to=str(neutral.make_url("/weather"))))
    page = await visitor_without_script.open(str(server.make_url("/reports/1")))
    assert await page.locator("h1").inner_text() == "What was said, April to June 2026"
    await page.get_by_role("button", name="Exit this page").click()
    assert page.url == str(neutral.make_url("/weather"))


async def test_shift_pressed_three_times_leaves_and_back_shows_nothing_kept(sampler, aiohttp_server, visitor):
    neutral = await aiohttp_server(_neutral_app())
    server = await aiohttp_server(sampler.app(exit_to=str(neutral.make_url("/weather"))))
    page = await visitor.open(str(server.make_url("/choices")))
    for _ in range(3):
        await page.keyboard.press("Shift")
    await page.wait_for_url(str(neutral.make_url("/weather")))
    await server.close()
    # With the server gone, only a copy kept by the browser could still be shown.
    with contextlib.suppress(PlaywrightError):  # the browser reports that there is nothing to show
        await page.go_back()
    await page.wait_for_function("document.readyState === 'complete'")
    shown = await page.locator("html").inner_text()
    assert "Sunny" not in shown
    assert "What may be used" not in shown


async def test_leaving_makes_the_browser_forget_cookies_and_storage(sampler, aiohttp_server, visitor):
    neutral = await aiohttp_server(_neutral_app())
    server = await aiohttp_server(sampler.app(exit_to=str(neutral.make_url("/weather"))))
    page = await visitor.open(str(server.make_url("/safety")))
    await page.evaluate("document.cookie = 'session=1'; localStorage.setItem('kept', '1')")
    assert len(await visitor.context.cookies()) == 1
    await page.get_by_role("button", name="Exit this page").click()
    await page.wait_for_url(str(neutral.make_url("/weather")))
    assert await visitor.context.cookies() == []
    await page.goto(str(server.make_url("/safety")))
    assert await page.evaluate("localStorage.length") == 0


async def test_the_second_stop_of_the_keyboard_is_the_quick_exit(sampler, aiohttp_server, visitor):
    server = await aiohttp_server(sampler.app())
    page = await visitor.open(str(server.make_url("/receipt")))
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    focused = await page.evaluate("[document.activeElement.textContent, document.activeElement.getAttribute('href')]")
    assert focused == ["Exit this page quickly", "/exit"]


async def test_focus_lands_on_the_error_summary_and_its_link_on_the_field(sampler, aiohttp_server, visitor):
    server = await aiohttp_server(sampler.app())
    page = await visitor.open(str(server.make_url("/receipt-error")))
    assert await page.evaluate("document.activeElement.className") == "govuk-error-summary"
    assert (await page.title()).startswith("Error: ")
    await page.get_by_role("link", name="Enter the five words").click()
    assert await page.evaluate("document.activeElement.id") == "words"


async def test_the_organisations_colour_is_the_headers(sampler, aiohttp_server, visitor):
    server = await aiohttp_server(sampler.app(brand_colour="#006435"))
    page = await visitor.open(str(server.make_url("/")))
    painted = await page.evaluate("getComputedStyle(document.querySelector('.govuk-generic-header')).backgroundColor")
    assert painted == "rgb(0, 100, 53)"


async def test_our_own_form_passes_the_origin_rule_in_a_browser(sampler, aiohttp_server, visitor):
    app = sampler.app()
    app.router.add_post("/receipt", _thank)
    server = await aiohttp_server(app)
    page = await visitor.open(str(server.make_url("/receipt")))
    await page.get_by_label("Your five words").fill("one two three four five")
    await page.get_by_role("button", name="Show my choices").click()
    assert await page.inner_text("body") == "received"
    assert "one" not in page.url


async def _thank(request):
    assert request.headers["Origin"] == f"http://{request.host}"
    return web.Response(text="received")


def _neutral_app():
    async def weather(_request):
        return web.Response(text="<title>Weather</title>Sunny", content_type="text/html")

    app = web.Application()
    app.router.add_get("/weather", weather)
    return app
