"""A real Chromium for walks through the pages, with the checks that every page must pass.

Where no Chromium is installed a walk is skipped with the reason; with ``CI=true`` it fails, so that it cannot go
missing unnoticed. Use ``browser`` for a walk of your own, ``check_page`` on every page that you reach.
"""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import page_looks
import pytest
from axe_playwright_python.async_playwright import Axe
from journey_world import make_installation
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

WIDTHS = (320, 1000)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass
class Visitor:
    """One person's browser: opens pages at a width, and remembers every address it was made to ask."""

    context: BrowserContext
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def open(self, address: str, width: int = 1000) -> Page:
        page = await self.context.new_page()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(address)
        return page


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, driven by playwright; nothing is downloaded."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        reason = f"No browser on the path ({', '.join(_NAMES)}): no page was walked. Install Chromium."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as driver:
        running = await driver.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield running
        await running.close()


@pytest.fixture
async def visitor(browser: Browser) -> AsyncIterator[Visitor]:
    """A visitor with scripts on."""
    context = await browser.new_context()
    yield Visitor(context)
    await context.close()


@pytest.fixture
async def visitor_without_script(browser: Browser) -> AsyncIterator[Visitor]:
    """A visitor with scripts off."""
    context = await browser.new_context(java_script_enabled=False)
    yield Visitor(context)
    await context.close()


async def find_faults(page: Page) -> list[str]:
    """Return what axe (4.12.1, inside axe-playwright-python) finds against WCAG 2.2 A and AA, one line each."""
    options: dict[str, Any] = {"runOnly": {"type": "tag", "values": _WCAG}}
    found = await Axe().run(page, options=options)
    return [f"{fault['id']}: {node['target']}" for fault in found.response["violations"] for node in fault["nodes"]]


async def measure_overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    measured: int = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return max(0, measured)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, re.Pattern[str]]:
    """Every page of a whole installation, by route."""
    installation = make_installation(tmp_path_factory.mktemp("pages") / "data")
    found = page_looks.pages_of(installation.application())
    asyncio.run(installation.close())
    return found


@pytest.fixture
def check_page(
    request: pytest.FixtureRequest, tmp_path: Path, pages: dict[str, re.Pattern[str]]
) -> Iterator[Callable[[Page, str], Awaitable[None]]]:
    """Pass when a page has the way out, no accessibility fault and no sideways scroll at either width.

    Keeps a picture of each below ``tmp_path``, named by ``name`` and width. A test that is said to look at a page
    (``page_looks``) and does not open it fails at its end.
    """
    looked: list[str] = []

    async def check(page: Page, name: str) -> None:
        looked.append(urlsplit(page.url).path)
        assert await page.get_by_role("button", name="Exit this page").count() == 1, f"{name} has no way out"
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 800})
            await page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)
            assert await measure_overflow(page) == 0, f"{name} scrolls sideways at {width} pixels"
            assert await find_faults(page) == [], f"{name} at {width} pixels"

    failed_before = request.session.testsfailed
    yield check
    if request.session.testsfailed == failed_before:
        test = f"{request.path.name}::{request.function.__name__}"
        assert page_looks.unseen(test, looked, pages) == [], "said to be looked at here, and not opened"
