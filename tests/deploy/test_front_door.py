"""The Caddyfile sends each page to the service that has it, and lets nothing else in."""

import asyncio
import contextlib
import re
import shutil
import socket
import ssl
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from services.bootstrap import OPEN_PATHS, Installation
from services.settings import SERVICE_PORTS, SERVICES, Settings
from services.web.calls import CALL_PATHS

CADDYFILE = Path(__file__).resolve().parents[2] / "deploy" / "Caddyfile"
TEXT = CADDYFILE.read_text(encoding="utf-8")
#: Every service has these; one of them answers.
SHARED = {"/", "/accessibility", "/assets/x", "/exit", "/leaving", "/livez", "/privacy", "/robots.txt", "/safety",
          "/sign-in", "/sign-out"}  # fmt: skip
INSIDE = {"/metrics", "/readyz"}


def handles():
    """Return the handlers in order: what paths each takes (None: all), and the port it sends them to (None: 404)."""
    matchers = {name: paths.split() for name, paths in re.findall(r"^\t@(\w+) path (.+)$", TEXT, re.MULTILINE)}
    found = []
    for name, body in re.findall(r"^\thandle (?:@(\w+) )?\{\n(.*?)\n\t\}", TEXT, re.MULTILINE | re.DOTALL):
        port = re.search(r"reverse_proxy 127.0.0.1:(\d+)", body)
        assert port or "respond 404" in body
        found.append((matchers[name] if name else None, int(port[1]) if port else None))
    return found


def sent_to(path):
    """Return the port that a path is sent to, or None."""
    for paths, port in handles():
        if paths is None or any(fnmatchcase(path, pattern) for pattern in paths):
            return port
    raise AssertionError("no handler takes the rest")


@pytest.fixture(scope="module")
def routes(tmp_path_factory):
    """The paths of each service that runs alone."""
    found = {}
    for name in SERVICES:
        settings = Settings(data=tmp_path_factory.mktemp("door") / name)
        installation = Installation(settings, only=[name], environment={})
        paths = {resource.canonical for resource in installation.application().router.resources()}
        found[name] = {re.sub(r"\{[^}]+\}", "x", path) for path in paths}
        asyncio.run(installation.close())
    return found


@pytest.mark.parametrize("name", ["intake", "themer", "reporter"])
def test_each_page_goes_to_the_service_that_has_it(routes, name):
    pages = {path for path in routes[name] if not path.startswith("/api/")} - SHARED - INSIDE

    assert pages
    assert {path for path in pages if sent_to(path) != SERVICE_PORTS[name]} == set()


def test_pages_that_every_service_has_go_to_one(routes):
    assert {sent_to(path) for path in SHARED} == {SERVICE_PORTS["intake"]}
    assert routes["intake"] >= SHARED


def test_interfaces_stay_inside_but_for_those_that_need_no_token(routes):
    interfaces = {path for paths in routes.values() for path in paths if path.startswith("/api/")}
    # What the services ask each other has a token of its own, and stays inside.
    outside = set(OPEN_PATHS) - set(CALL_PATHS)

    assert interfaces > set(OPEN_PATHS)
    assert {path for path in interfaces if sent_to(path) is not None} == outside
    assert {sent_to(path) for path in outside} == {SERVICE_PORTS["reporter"]}
    assert {sent_to(path) for path in INSIDE} == {None}


def test_the_door_logs_nothing_and_does_not_say_who_asks():
    assert re.findall(r"^\s*log\b[^}]*\}", TEXT, re.MULTILINE) == ["\tlog {\n\t\texclude http.log\n\t}"]
    for header in ("X-Forwarded-For", "X-Real-IP"):
        assert f"header_up -{header}" in TEXT
    assert "Strict-Transport-Security" in TEXT
    assert "admin off" in TEXT


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.asynccontextmanager
async def backend(name):
    """A service that says its name and what it was told of who asks."""

    async def answer(request):
        if request.path == "/safety":
            request.transport.abort()
        told = {header for header in request.headers if header.lower().startswith(("x-forwarded-for", "x-real"))}
        return web.json_response({"name": name, "host": request.headers["Host"], "told": sorted(told)})

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.fixture
async def door(tmp_path):
    """The real proxy before three pretended services; skipped where it is not installed."""
    if shutil.which("caddy") is None:
        pytest.skip("Caddy is not installed: the front door's file is looked at, not run")
    async with contextlib.AsyncExitStack() as stack:
        text = TEXT
        for name in ("intake", "themer", "reporter"):
            port = await stack.enter_async_context(backend(name))
            text = text.replace(f"127.0.0.1:{SERVICE_PORTS[name]}", f"127.0.0.1:{port}")
        plain, secure = free_port(), free_port()
        text = text.replace("8080", str(plain)).replace("8443", str(secure))
        (tmp_path / "Caddyfile").write_text(text, encoding="utf-8")
        home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        log = stack.enter_context((tmp_path / "log").open("wb"))
        process = subprocess.Popen(
            ["caddy", "run", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"],
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "SV_SITE": "localhost", **home},
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            await _answers(secure)
            yield secure
        finally:
            process.terminate()
            process.wait(20)


async def _answers(port):
    async with asyncio.timeout(30):
        while True:
            try:
                if (await ask(port, "/livez"))[0] == 200:
                    return
            except (OSError, aiohttp.ClientError):
                await asyncio.sleep(0.1)


async def ask(port, path):
    """Ask the door; its certificate is its own and is not what is looked at."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connector = aiohttp.TCPConnector(ssl=context)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(f"https://localhost:{port}{path}", headers={"X-Forwarded-For": "192.0.2.1"}) as response,
    ):
        found = await response.json() if response.status == 200 else None
        return response.status, found, response.headers


async def test_a_failure_is_not_logged_with_the_page_or_the_address_of_whoever_asked(door, tmp_path):
    status, _, _ = await ask(door, "/safety")

    assert status == 502
    said = (tmp_path / "log").read_text(encoding="utf-8")
    assert "serving initial configuration" in said
    assert [word for word in ("safety", "192.0.2.1", "remote_ip") if word in said] == []


async def test_the_real_proxy_routes_as_its_file_reads(door):
    for path, name in (("/", "intake"), ("/review/x", "themer"), ("/reports", "reporter"), (OPEN_PATHS[0], "reporter")):
        status, found, headers = await ask(door, path)
        assert (status, found) == (200, {"name": name, "host": "127.0.0.1", "told": []})
        assert headers["Strict-Transport-Security"]
        assert "Server" not in headers or "Caddy" not in headers["Server"]
    for path in ("/api/intake/v1/sessions", "/metrics", "/api/anonymiser/v1/dead-letters"):
        assert (await ask(door, path))[0] == 404
