"""Another site cannot send our forms, nor reach us under a name of its own."""

import pytest
from aiohttp import web

from services.web.origins import host_name


async def receive(_request):
    return web.Response(text="received")


@pytest.fixture
async def client(sampler, aiohttp_client):
    app = sampler.app()
    app.router.add_post("/receipt", receive)
    app.router.add_post("/api/intake/v1/sessions", receive)
    app.router.add_get("/livez", receive)
    return await aiohttp_client(app)


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_our_own_forms_pass(client, site):
    assert (await client.post("/receipt", headers={"Sec-Fetch-Site": site})).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "SAME-ORIGIN?"])
async def test_forms_of_other_sites_and_neighbours_are_refused(client, site):
    response = await client.post("/receipt", headers={"Sec-Fetch-Site": site})
    assert response.status == 403
    assert "You cannot do this" in await response.text()


async def test_an_older_browser_is_judged_by_its_origin(client):
    own = f"http://127.0.0.1:{client.port}"
    assert (await client.post("/receipt", headers={"Origin": own})).status == 200
    for other in ("https://elsewhere.example", "null", "", f"http://127.0.0.1:{client.port + 1}", "http://["):
        assert (await client.post("/receipt", headers={"Origin": other})).status == 403


async def test_the_browsers_word_outranks_the_origin(client):
    own = f"http://127.0.0.1:{client.port}"
    headers = {"Origin": own, "Sec-Fetch-Site": "cross-site"}
    assert (await client.post("/receipt", headers=headers)).status == 403


async def test_a_program_that_is_no_browser_passes(client):
    assert (await client.post("/api/intake/v1/sessions")).status == 200


async def test_the_api_refuses_browsers_on_other_sites_as_well(client):
    response = await client.post("/api/intake/v1/sessions", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status == 403
    assert response.content_type == "application/json"


async def test_links_from_other_sites_may_be_followed(client):
    assert (await client.get("/reports", headers={"Sec-Fetch-Site": "cross-site"})).status == 200


async def test_another_name_for_this_machine_is_refused(client):
    response = await client.get("/", headers={"Host": "attacker.example"})
    assert response.status == 421
    assert "attacker" not in await response.text()


async def test_names_are_compared_without_port_and_case(sampler, aiohttp_client):
    client = await aiohttp_client(sampler.app(hosts=("Voices.Example.org",)))
    assert (await client.get("/", headers={"Host": "voices.example.ORG:8443"})).status == 200
    assert (await client.get("/", headers={"Host": "127.0.0.1"})).status == 421


async def test_probes_may_ask_by_any_address(client):
    assert (await client.get("/livez", headers={"Host": "10.1.2.3:8460"})).status == 200


@pytest.mark.parametrize(
    ("given", "name"),
    [("localhost:80", "localhost"), ("[::1]:8460", "[::1]"), ("[::1]", "[::1]"), ("A.example", "a.example"), ("", "")],
)
def test_a_host_header_gives_its_name(given, name):
    assert host_name(given) == name
