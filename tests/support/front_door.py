"""A whole installation behind its front door, asked as a browser or a program would."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import journey_world
from aiohttp.test_utils import TestClient, TestServer

from services.bootstrap import Installation
from services.settings import SERVICES


@dataclass(slots=True)
class FrontDoor:
    """An installation and a client of it.

    Attributes:
        installation: running.
        client: speaks to its front door.
    """

    installation: Installation
    client: TestClient

    @property
    def token(self) -> dict[str, str]:
        """The header that opens the interfaces."""
        return {"Authorization": f"Bearer {self.installation.folder.token()}"}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Return status and JSON of one call with the token."""
        sent = {} if body is None else {"json": body}
        async with self.client.request(method, path, headers={**self.token, **headers}, **sent) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def page(self, path: str, **form: Any) -> tuple[int, str]:
        """Return status and text of a page; with fields, of the form sent to it."""
        method = "POST" if form else "GET"
        async with self.client.request(method, path, data=form or None, allow_redirects=False) as answer:
            return answer.status, await answer.text()


@contextlib.asynccontextmanager
async def open_front_door(data: Path, *, only: Sequence[str] = SERVICES) -> AsyncIterator[FrontDoor]:
    """Open the front door of an installation in a folder."""
    installation = journey_world.make_installation(data, only=tuple(only))
    async with TestClient(TestServer(installation.application())) as client:
        try:
            yield FrontDoor(installation, client)
        finally:
            await installation.close()
