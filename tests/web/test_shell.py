"""The shared pages: neutral titles, leaving, the way on, static files, the organisation's own marks."""

import re

import pytest
from aiohttp import web

from services.errors import SettingsError
from services.web import pages
from services.web.assets import find_assets, styles_check
from services.web.health import Light, read_check
from services.web.pages import setup_shell
from services.web.shell import render

SUBJECT = ("survivor", "abuse", "violence", "victim", "refuge", "withdraw")


@pytest.fixture
async def client(sampler, aiohttp_client):
    return await aiohttp_client(sampler.app())


async def test_every_page_has_one_heading_and_a_title_that_says_nothing_of_the_subject(client, sampler):
    for path in sampler.paths:
        text = await (await client.get(path)).text()
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL).group(1).strip()
        assert title
        assert not any(word in title.lower() for word in SUBJECT), path
        assert text.count("<h1") == 1, path
        assert text.count("<main ") == 1, path


async def test_every_page_can_be_left_in_three_ways(client, sampler):
    for path in sampler.paths:
        text = await (await client.get(path)).text()
        assert 'class="govuk-button govuk-button--warning govuk-exit-this-page__button' in text
        assert re.search(r'<a href="/exit" class="govuk-skip-link govuk-js-exit-this-page-skiplink"', text)
        assert 'data-module="govuk-exit-this-page"' in text


async def test_leaving_ends_the_session_clears_the_browser_and_goes_on(sampler, aiohttp_client):
    ended = []

    async def end(request):
        ended.append(request.path)

    client = await aiohttp_client(sampler.app(end_session=end, exit_to="https://neutral.example/"))
    response = await client.get("/exit", allow_redirects=False)
    assert response.status == 303
    assert response.headers["Location"] == "https://neutral.example/"
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert response.headers["Cache-Control"] == "no-store"
    assert ended == ["/exit"]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "/local", "", "https://two words", "ftp://x"])
def test_an_exit_that_is_no_web_address_is_refused_at_the_start(sampler, address):
    with pytest.raises(SettingsError, match="exit address"):
        setup_shell(web.Application(), sampler.settings(exit_to=address))


@pytest.mark.parametrize(
    ("query", "onward"),
    [("?to=choices", "/receipt"), ("", "/"), ("?to=https://elsewhere.example", "/"), ("?to=//elsewhere", "/")],
)
async def test_the_page_about_leaving_leads_on_to_known_pages_only(client, query, onward):
    text = await (await client.get(f"/leaving{query}")).text()
    assert re.search(rf'<a href="{onward}" role="button"[^>]*>\s*Continue', text)
    assert "elsewhere" not in text


async def test_the_front_page_leads_to_the_receipt_through_the_page_about_leaving(client):
    text = await (await client.get("/")).text()
    assert 'href="/leaving?to=choices"' in text
    assert 'href="/reports"' in text
    assert 'href="/you-said-we-did"' in text


async def test_the_organisation_is_named_and_escaped(sampler, aiohttp_client):
    client = await aiohttp_client(sampler.app(organisation="<b>Smith & Co</b>", contact="<i>"))
    for path in ("/", "/privacy", "/accessibility", "/nowhere"):
        text = await (await client.get(path)).text()
        assert "&lt;b&gt;Smith &amp; Co&lt;/b&gt;" in text
        assert "<b>Smith" not in text


async def test_the_demonstration_strip_is_shown_in_a_demonstration_only(sampler, aiohttp_client):
    for demo in (True, False):
        text = await (await (await aiohttp_client(sampler.app(demo=demo))).get("/")).text()
        assert ("Everything shown here is invented" in text) is demo


async def test_the_safety_page_names_the_help_lines_and_the_limits_of_the_button(client):
    text = await (await client.get("/safety")).text()
    assert "0808 2000 247" in text
    assert "999" in text
    assert "It cannot clear the history" in text


async def test_known_gaps_are_told_in_the_accessibility_statement(sampler, aiohttp_client):
    client = await aiohttp_client(sampler.app(accessibility_gaps=("Old PDFs",), statement_date="1 July 2026"))
    text = await (await client.get("/accessibility")).text()
    assert "Old PDFs" in text
    assert "Prepared on 1 July 2026" in text


async def test_static_files_may_be_kept_for_ever_and_are_packed_for_those_who_can_unpack(client):
    text = await (await client.get("/")).text()
    sheet = re.search(r'<link rel="stylesheet" href="(/assets/main\.[0-9a-f]{16}\.css)">', text).group(1)
    response = await client.get(sheet, headers={"Accept-Encoding": "gzip"})
    assert response.status == 200
    assert response.content_type == "text/css"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    ["nothing.css", "manifest.json", "..%2f__init__.py", "%2e%2e/shell.py", "NOTICE.txt", "main.css"],
)
async def test_only_files_of_the_manifest_are_served(client, name):
    response = await client.get(f"/assets/{name}")
    assert response.status == 404
    assert response.headers["Cache-Control"] == "no-store"


async def test_unbuilt_styles_leave_plain_pages_and_an_amber_light(sampler, aiohttp_client, tmp_path, monkeypatch):
    bare = find_assets(tmp_path)
    monkeypatch.setattr(pages, "find_assets", lambda: bare)
    client = await aiohttp_client(sampler.app())
    text = await (await client.get("/")).text()
    assert '<link rel="stylesheet" href="/assets/plain.css">' in text
    assert "start." not in text
    response = await client.get("/assets/plain.css")
    assert response.status == 200
    assert "immutable" not in response.headers["Cache-Control"]
    assert (await read_check(styles_check(bare))).light is Light.AMBER


async def test_built_styles_are_green():
    assert (await read_check(styles_check(find_assets()))).light is Light.GREEN


async def test_the_organisations_colour_is_a_stylesheet_of_our_own(sampler, aiohttp_client):
    client = await aiohttp_client(sampler.app(brand_colour="#006435"))
    assert await (await client.get("/brand.css")).text() == ":root { --govuk-brand-colour: #006435; }\n"
    text = await (await client.get("/")).text()
    assert '<link rel="stylesheet" href="/brand.css">' in text
    assert '<meta name="theme-color" content="#006435">' in text


async def test_a_service_brings_its_own_templates_under_its_own_prefix(sampler, aiohttp_client, tmp_path):
    (tmp_path / "own.html.j2").write_text(
        '{% extends "base.html.j2" %}{% block title %}Session{% endblock %}'
        "{% block body %}<p>{{ said }}</p>{% endblock %}"
    )
    app = sampler.app(template_folders={"intake": tmp_path})

    async def show(request):
        return render(request, "intake/own.html.j2", said="<script>", status=201)

    app.router.add_get("/own", show)
    response = await (await aiohttp_client(app)).get("/own")
    assert response.status == 201
    assert "<p>&lt;script&gt;</p>" in await response.text()


async def test_a_sub_application_has_the_shell_of_the_one_above(sampler, aiohttp_client):
    inner = web.Application()

    async def show(request):
        return render(request, "front.html.j2")

    inner.router.add_get("/page", show)
    app = sampler.app()
    app.add_subapp("/inner", inner)
    client = await aiohttp_client(app)
    assert (await client.get("/inner/page")).status == 200
    missing = await client.get("/inner/nowhere")
    assert missing.status == 404
    assert "Page not found" in await missing.text()
    assert missing.headers["Server"] == "web"


async def test_robots_are_asked_to_stay_away(client):
    assert "Disallow: /" in await (await client.get("/robots.txt")).text()
