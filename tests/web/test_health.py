"""The worst check decides; a failing part is named by its class and never by what it said."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from services.web import health
from services.web.health import Check, Light, Reading, health_routes, join_checks, read_check, remote_check, worst


def reading(light, note=""):
    async def probe():
        return Reading(light, note)

    return probe


GREEN = Check("store", reading(Light.GREEN))
AMBER = Check("log", reading(Light.AMBER, "lag 120"))
RED = Check("worker", reading(Light.RED, "stopped"))


async def broken():
    raise ConnectionError("postgresql://name:secret@host")


@pytest.fixture
async def client_for(aiohttp_client):
    async def make(*checks, registry=None):
        app = web.Application()
        app.add_routes(health_routes(checks, registry or CollectorRegistry()))
        return await aiohttp_client(app)

    return make


@pytest.mark.parametrize(
    ("checks", "status", "light"),
    [
        ((), 200, "green"),
        ((GREEN,), 200, "green"),
        ((GREEN, AMBER), 200, "amber"),
        ((AMBER, RED, GREEN), 503, "red"),
    ],
)
async def test_readiness_is_that_of_the_worst_part(client_for, checks, status, light):
    response = await (await client_for(*checks)).get("/readyz")
    body = await response.json()
    assert (response.status, body["light"]) == (status, light)
    assert [row["name"] for row in body["checks"]] == [check.name for check in checks]


async def test_each_part_is_listed_with_its_note(client_for):
    body = await (await (await client_for(AMBER)).get("/readyz")).json()
    assert body["checks"] == [{"name": "log", "light": "amber", "note": "lag 120"}]


async def test_a_part_that_raises_is_red_and_its_text_is_not_told(client_for):
    response = await (await client_for(Check("store", broken))).get("/readyz")
    text = await response.text()
    assert response.status == 503
    assert "ConnectionError" in text
    assert "secret" not in text


async def test_a_part_that_does_not_answer_is_red(monkeypatch):
    monkeypatch.setattr(health, "_PATIENCE", 0.01)
    found = await read_check(Check("store", asyncio.Event().wait))
    assert found == Reading(Light.RED, "no answer in time")


async def test_the_process_lives_whatever_its_parts_say(client_for):
    response = await (await client_for(RED)).get("/livez")
    assert response.status == 200


async def test_metrics_are_those_of_the_registry_given(client_for):
    registry = CollectorRegistry()
    Counter("sv_pages", "Pages shown.", registry=registry).inc(3)
    response = await (await client_for(registry=registry)).get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain")
    assert "sv_pages_total 3.0" in await response.text()


async def test_the_front_door_gives_the_worst_of_its_services(client_for):
    joined = join_checks({"intake": (GREEN,), "themer": (GREEN, RED)})
    body = await (await (await client_for(*joined)).get("/readyz")).json()
    assert body["light"] == "red"
    assert [row["name"] for row in body["checks"]] == ["intake: store", "themer: store", "themer: worker"]


@pytest.mark.parametrize(("check", "light"), [(GREEN, Light.GREEN), (AMBER, Light.AMBER), (RED, Light.RED)])
async def test_another_ports_light_is_taken_over(client_for, check, light):
    other = await client_for(check)
    async with aiohttp.ClientSession() as session:
        found = await read_check(remote_check("themer", str(other.make_url("/readyz")), session))
    assert found == Reading(light)


async def test_a_port_that_is_gone_or_is_not_ours_reads_red(client_for, unused_tcp_port_factory):
    other = await client_for(GREEN)
    async with aiohttp.ClientSession() as session:
        gone = remote_check("themer", f"http://127.0.0.1:{unused_tcp_port_factory()}/readyz", session)
        wrong = remote_check("themer", str(other.make_url("/no-such-page")), session)
        odd = remote_check("themer", str(other.make_url("/metrics")), session)
        readings = [await read_check(check) for check in (gone, wrong, odd)]
    assert [found.light for found in readings] == [Light.RED] * 3
    assert readings[1].note == "status 404"


def test_nothing_to_check_is_green():
    assert worst([]) is Light.GREEN
