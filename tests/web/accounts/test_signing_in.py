"""The pages of sign-in: cookies, roles, the form's token, and leaving nothing behind."""

import re

import pytest
from aiohttp import CookieJar

from services.web.accounts.guard import ACCOUNTS
from services.web.accounts.register import IDLE_SECONDS

PASSWORD = "three unrelated words"


@pytest.fixture
async def front(app_of, aiohttp_client):
    client = await aiohttp_client(app_of())
    for name, role in (("ann", "facilitator"), ("bob", "board"), ("lee", "safeguarding_lead")):
        await client.app[ACCOUNTS].add(name, role, PASSWORD)
    return client


async def sign_in(client, name="ann", password=PASSWORD, to="", **headers):
    path = f"/sign-in?to={to}" if to else "/sign-in"
    fields = {"name": name, "password": password}
    async with client.post(path, data=fields, allow_redirects=False, headers=headers) as answer:
        await answer.read()
    return answer


async def get(client, path):
    async with client.get(path, allow_redirects=False) as answer:
        text = await answer.text()
    return answer, text


async def test_the_page_asks_for_name_and_password_under_a_neutral_title(front):
    answer, text = await get(front, "/sign-in")
    assert answer.status == 200
    assert re.findall(r'<input[^>]*name="([^"]+)"', text) == ["name", "password"]
    assert re.search(r"<title[^>]*>\s*Sign in\s*</title>", text)
    assert "Set-Cookie" not in answer.headers


async def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_cannot_use(front):
    answer = await sign_in(front)
    assert (answer.status, answer.headers["Location"]) == (303, "/sessions")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("sv_session=")
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=28800"):
        assert part in cookie
    assert "Secure" not in cookie
    assert answer.headers["Cache-Control"] == "no-store"


async def test_behind_tls_the_cookie_is_bound_to_this_host(app_of, aiohttp_client):
    client = await aiohttp_client(app_of(behind_tls=True))
    await client.app[ACCOUNTS].add("ann", "facilitator", PASSWORD)
    cookie = (await sign_in(client)).headers["Set-Cookie"]
    assert cookie.startswith("__Host-sv_session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


async def test_whoever_is_not_signed_in_is_led_to_sign_in_and_back(front):
    answer, _ = await get(front, "/sessions")
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?to=sessions")
    assert (await sign_in(front, to="sessions")).headers["Location"] == "/sessions"
    answer, _ = await get(front, "/sessions")
    assert answer.status == 200


@pytest.mark.parametrize("to", ["https://elsewhere.example", "//elsewhere.example", "nowhere", "../sessions"])
async def test_sign_in_leads_to_no_address_from_the_request(front, to):
    assert (await sign_in(front, to=to)).headers["Location"] == "/sessions"
    _, text = await get(front, f"/sign-in?to={to}")
    assert "elsewhere" not in text


async def test_a_part_that_is_not_known_leads_to_plain_sign_in(front):
    answer, _ = await get(front, "/elsewhere")
    assert answer.headers["Location"] == "/sign-in"


@pytest.mark.parametrize(("name", "home"), [("ann", "/sessions"), ("lee", "/safeguarding"), ("bob", "/board")])
async def test_each_role_begins_where_its_work_is(front, name, home):
    assert (await sign_in(front, name)).headers["Location"] == home


async def test_another_role_is_refused(front):
    await sign_in(front, "bob")
    answer, _ = await get(front, "/sessions")
    assert answer.status == 403


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong one"), ("nobody", PASSWORD), ("", "")])
async def test_wrong_unknown_and_empty_get_the_same_page_without_what_was_typed(front, name, password):
    async with front.post("/sign-in", data={"name": name, "password": password}) as answer:
        text = await answer.text()
    assert answer.status == 422
    assert "Check the name and the password" in text
    assert "Set-Cookie" not in answer.headers
    assert not password or password not in text
    assert not name or f'value="{name}"' not in text


async def test_spaces_of_a_password_count(front):
    await front.app[ACCOUNTS].add("cat", "facilitator", "  spaces around it  ")
    assert (await sign_in(front, "cat", "spaces around it")).status == 422
    assert (await sign_in(front, "cat", "  spaces around it  ")).status == 303


async def test_a_session_that_was_there_before_sign_in_ends(front):
    first = (await sign_in(front)).cookies["sv_session"].value
    second = (await sign_in(front)).cookies["sv_session"].value
    assert first != second
    assert await front.app[ACCOUNTS].find(first) is None
    assert await front.app[ACCOUNTS].find(second) is not None


async def test_a_session_somebody_planted_is_not_taken_over(front):
    front.session.cookie_jar.update_cookies({"sv_session": "planted"}, front.make_url("/"))
    assert (await sign_in(front)).cookies["sv_session"].value != "planted"
    assert await front.app[ACCOUNTS].find("planted") is None


async def test_another_site_cannot_sign_anybody_in(front):
    assert (await sign_in(front, **{"Sec-Fetch-Site": "cross-site"})).status == 403


async def test_signing_out_ends_the_session_and_clears_the_browser(front):
    session = (await sign_in(front)).cookies["sv_session"].value
    _, text = await get(front, "/sign-out")
    token = re.search(r'name="csrf" value="([^"]+)"', text)[1]
    async with front.post("/sign-out", data={"csrf": token}, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/sign-in")
        assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert await front.app[ACCOUNTS].find(session) is None


@pytest.mark.parametrize("token", ["", "forged", "\u00e9"])
async def test_signing_out_needs_the_forms_token(front, token):
    session = (await sign_in(front)).cookies["sv_session"].value
    async with front.post("/sign-out", data={"csrf": token}, allow_redirects=False) as answer:
        assert answer.status == 403
    assert await front.app[ACCOUNTS].find(session) is not None


async def test_signing_out_without_a_session_is_well(front):
    answer, _ = await get(front, "/sign-out")
    assert answer.headers["Location"] == "/sign-in"
    async with front.post("/sign-out", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/sign-in"


async def test_leaving_quickly_ends_the_session(front):
    session = (await sign_in(front)).cookies["sv_session"].value
    answer, _ = await get(front, "/exit")
    assert answer.status == 303
    assert await front.app[ACCOUNTS].find(session) is None


async def test_a_session_that_ended_by_time_leads_to_sign_in(front, clock):
    await sign_in(front)
    clock.seconds += IDLE_SECONDS
    answer, _ = await get(front, "/sessions")
    assert answer.headers["Location"] == "/sign-in?to=sessions"


async def test_disabling_an_account_shuts_an_open_page(front):
    await sign_in(front)
    await front.app[ACCOUNTS].disable("ann")
    answer, _ = await get(front, "/sessions")
    assert answer.status == 303


async def test_another_browser_is_not_signed_in(front, aiohttp_client):
    await sign_in(front)
    front.session.cookie_jar.clear()
    assert isinstance(front.session.cookie_jar, CookieJar)
    answer, _ = await get(front, "/sessions")
    assert answer.status == 303
