"""Somebody signed in at the front door, who reads pages and fills forms in as a browser would."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from aiohttp import ClientSession, CookieJar, FormData
from aiohttp.test_utils import TestClient

from services.web.accounts.guard import ACCOUNTS

PASSWORD = "three unrelated words"


@dataclass
class Page:
    """One answer: its status, text, address and headers."""

    status: int
    text: str
    path: str
    headers: Any = field(repr=False)

    @property
    def csrf(self) -> str:
        return re.search(r'name="csrf" value="([^"]+)"', self.text)[1]

    @property
    def heading(self) -> str:
        return unescape(re.sub(r"<[^>]+>", "", re.search(r"<h1[^>]*>(.*?)</h1>", self.text, re.DOTALL)[1])).strip()

    @property
    def words(self) -> str:
        """The text without its markup."""
        return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.text)))


def browser_of(front: TestClient) -> ClientSession:
    """Return a browser with cookies of its own that speaks to a front door; close it."""
    return ClientSession(front.make_url("/"), cookie_jar=CookieJar(unsafe=True))


class Person:
    """A person with a browser of her own."""

    def __init__(self, client: ClientSession) -> None:
        self.client = client
        self.page: Page | None = None

    async def read(self, path: str, *, follow: bool = True) -> Page:
        async with self.client.get(path, allow_redirects=follow) as answer:
            self.page = await _page(answer)
        return self.page

    async def fill(self, path: str = "", *, follow: bool = True, csrf: str | None = None, **fields: Any) -> Page:
        """Send a form to the page that is open, or to another path, with the token of the page that is open."""
        target = path or self.page.path
        token = self.page.csrf if csrf is None else csrf
        pairs = [("csrf", token)]
        for name, value in fields.items():
            pairs += [(name.replace("__", "-"), each) for each in (value if isinstance(value, list) else [value])]
        async with self.client.post(target, data=FormData(pairs), allow_redirects=follow) as answer:
            self.page = await _page(answer)
        return self.page

    async def fill_elsewhere(self, path: str, **fields: Any) -> Page:
        """Open a page with a form and send it."""
        await self.read(path)
        return await self.fill(**fields)

    async def send_file(self, path: str, name: str, content: bytes) -> Page:
        form = FormData()
        form.add_field("csrf", self.page.csrf)
        form.add_field("file", content, filename=name, content_type="application/octet-stream")
        async with self.client.post(path, data=form) as answer:
            self.page = await _page(answer)
        return self.page

    async def sign_in(self, name: str, password: str = PASSWORD, *, to: str = "") -> Page:
        path = f"/sign-in?to={to}" if to else "/sign-in"
        async with self.client.post(path, data={"name": name, "password": password}) as answer:
            self.page = await _page(answer)
        return self.page


async def make_account(client: TestClient, name: str, role: str = "facilitator") -> str:
    return await client.app[ACCOUNTS].add(name, role, PASSWORD)


async def _page(answer: Any) -> Page:
    kind = answer.content_type
    text = await answer.text() if kind.startswith("text/") else ""
    return Page(answer.status, text, answer.url.path, answer.headers)
