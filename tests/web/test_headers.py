"""Every response carries the security headers, whatever made it."""

import re

import pytest
from aiohttp import web

from services.web.headers import attach_headers, nonce_of

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-DNS-Prefetch-Control": "off",
    "Server": "web",
}


def policy_of(response):
    parts = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


async def raise_error(_request):
    raise RuntimeError("a secret in the text")


async def redirect(_request):
    raise web.HTTPSeeOther("/")


@pytest.fixture
async def client(sampler, aiohttp_client):
    app = sampler.app()
    app.router.add_get("/broken", raise_error)
    app.router.add_get("/moved", redirect)
    return await aiohttp_client(app)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/moved", 303), ("/exit", 303), ("/no-such-page", 404), ("/broken", 500), ("/robots.txt", 200)],
)
async def test_pages_redirects_and_refusals_all_carry_them(client, path, status):
    response = await client.get(path, allow_redirects=False)
    assert response.status == status
    assert {name: response.headers.get(name) for name in EXPECTED} == EXPECTED
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert "geolocation=()" in response.headers["Permissions-Policy"]


async def test_a_failure_that_no_middleware_sees_carries_them_too(aiohttp_client):
    app = web.Application()
    attach_headers(app, behind_tls=False)
    app.router.add_get("/", raise_error)
    client = await aiohttp_client(app)
    response = await client.get("/")
    assert response.status == 500
    assert response.headers["Server"] == "web"
    assert response.headers["Cache-Control"] == "no-store"
    assert "secret" not in await response.text()


async def test_the_policy_allows_nothing_that_it_does_not_name(client):
    policy = policy_of(await client.get("/"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert re.fullmatch(r"'nonce-[\w-]{22}'", policy["script-src"])
    assert policy["style-src"] == "'self'"
    assert not any("unsafe" in value or "http" in value or "*" in value for value in policy.values())


async def test_every_script_of_a_page_has_the_nonce_of_its_header_and_it_changes(client):
    seen = set()
    for _ in range(3):
        response = await client.get("/reports/1")
        nonce = policy_of(response)["script-src"].removeprefix("'nonce-").removesuffix("'")
        scripts = re.findall(r"<script[^>]*>", await response.text())
        assert scripts
        assert all(f'nonce="{nonce}"' in script for script in scripts)
        seen.add(nonce)
    assert len(seen) == 3


async def test_a_request_keeps_one_nonce(aiohttp_client):
    async def compare(request):
        return web.Response(text=str(nonce_of(request) == nonce_of(request)))

    app = web.Application()
    app.router.add_get("/", compare)
    assert await (await (await aiohttp_client(app)).get("/")).text() == "True"


async def test_strict_transport_is_promised_behind_tls_only(sampler, aiohttp_client):
    plain = await (await aiohttp_client(sampler.app())).get("/")
    tls = await (await aiohttp_client(sampler.app(behind_tls=True))).get("/")
    assert "Strict-Transport-Security" not in plain.headers
    assert "upgrade-insecure-requests" not in policy_of(plain)
    assert tls.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "upgrade-insecure-requests" in policy_of(tls)


async def test_a_page_may_not_choose_to_be_kept(aiohttp_client):
    async def keep(_request):
        return web.Response(headers={"Cache-Control": "public, max-age=60"})

    app = web.Application()
    attach_headers(app, behind_tls=False)
    app.router.add_get("/", keep)
    assert (await (await aiohttp_client(app)).get("/")).headers["Cache-Control"] == "no-store"


async def test_no_page_sets_a_cookie(client, sampler):
    for path in sampler.paths:
        assert "Set-Cookie" not in (await client.get(path)).headers
