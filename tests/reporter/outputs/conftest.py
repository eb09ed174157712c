"""One release, its page, and the page's application without anything else of an installation."""

import importlib
import os

import pytest
import released
from aiohttp import web

from services.bootstrap import template_folders
from services.reporter import reading_routes
from services.reporter.editions import EDITIONS
from services.web.pages import setup_shell
from services.web.shell import ShellSettings


@pytest.fixture(scope="session")
def body():
    return released.compose()


@pytest.fixture(scope="session")
def line(body):
    return released.line_of(body)


@pytest.fixture(scope="session")
def edition(body):
    return released.edition_of(body)


@pytest.fixture(scope="session")
def report(edition):
    return edition.page


@pytest.fixture
def make_app(body):
    """Return an application with the pages of this release; ``words`` are those that stand."""

    def make(words=None):
        app = web.Application()
        setup_shell(
            app,
            ShellSettings(
                service_name="Survivor Voice",
                organisation=released.AREA,
                contact="the officer responsible",
                template_folders=template_folders(),
            ),
        )
        app[EDITIONS] = released.editions_of(body, words)
        app.cleanup_ctx.append(app[EDITIONS].running)
        app.router.add_routes(reading_routes.routes())
        return app

    return make


@pytest.fixture
async def client(make_app, aiohttp_client):
    return await aiohttp_client(make_app())


@pytest.fixture
def pango():
    """Pass where PDF files can be made; elsewhere skip, and fail in continuous integration."""
    try:
        importlib.import_module("weasyprint")
    except OSError:
        reason = "Pango is not installed: no PDF was looked at."
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
