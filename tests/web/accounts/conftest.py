"""A register of accounts with a clock that a test moves, and a small application with sign-in."""

import pytest
from aiohttp import web

from services.web.accounts.guard import end_session, require_role
from services.web.accounts.pages import attach_accounts
from services.web.accounts.register import Accounts
from services.web.pages import setup_shell
from services.web.shell import ShellSettings

PASSWORD = "three unrelated words"


class Clock:
    def __init__(self):
        self.seconds = 1_700_000_000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def register(tmp_path, clock):
    found = Accounts(tmp_path / "accounts" / "accounts.sqlite3", now=clock)
    await found.open()
    yield found
    await found.close()


@pytest.fixture
def app_of(tmp_path, clock):
    """Make an application with sign-in and one page for facilitators."""

    def make(**changes):
        app = web.Application()
        plain = {"service_name": "Feedback", "organisation": "Council", "contact": "us", "end_session": end_session}
        setup_shell(app, ShellSettings(**(plain | changes)))
        attach_accounts(app, Accounts(tmp_path / "accounts.sqlite3", now=clock))

        async def show(request):
            session = await require_role(request, "facilitator")
            return web.json_response({"name": session.name, "csrf": session.csrf})

        app.router.add_get("/sessions", show)
        app.router.add_get("/elsewhere", show)
        return app

    return make
