"""Whether a service lives, is ready, and what it measures: ``/livez``, ``/readyz`` and ``/metrics``.

A check is named and gives green, amber or red with a note for the operator; the worst decides. Notes name parts and
states, never content. The front door joins the checks of several services, in its own process or on other ports.
"""

import asyncio
import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

_PATIENCE: Final = 5.0


class Light(enum.StrEnum):
    """How a part is."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


_ORDER: Final = {Light.GREEN: 0, Light.AMBER: 1, Light.RED: 2}


@dataclass(frozen=True, slots=True)
class Reading:
    """One check's answer: a light, and a few words for the operator."""

    light: Light
    note: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A named question about one part of a service; a probe that raises or takes over five seconds reads red."""

    name: str
    probe: Callable[[], Awaitable[Reading]]


def worst(readings: Sequence[Reading]) -> Light:
    """Return the worst light; green when nothing is checked."""
    return max((reading.light for reading in readings), key=_ORDER.__getitem__, default=Light.GREEN)


async def read_check(check: Check) -> Reading:
    """Ask one check; an error's class is the note, its text never."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await check.probe()
    except TimeoutError:
        return Reading(Light.RED, "no answer in time")
    except Exception as failure:  # noqa: BLE001 - whatever a part raises, it is not ready
        return Reading(Light.RED, type(failure).__name__)


async def read_checks(checks: Sequence[Check]) -> list[tuple[str, Reading]]:
    """Ask all checks at once; the answers come in the order of ``checks``."""
    readings = await asyncio.gather(*(read_check(check) for check in checks))
    return [(check.name, reading) for check, reading in zip(checks, readings, strict=True)]


def join_checks(groups: Mapping[str, Sequence[Check]]) -> tuple[Check, ...]:
    """Return the checks of several services as one list, each named ``service: check``."""
    return tuple(
        Check(f"{service}: {check.name}", check.probe) for service, checks in groups.items() for check in checks
    )


def remote_check(name: str, address: str, client: aiohttp.ClientSession) -> Check:
    """Return a check that asks another port's ``/readyz`` (``address``, whole) and takes over its light."""

    async def ask() -> Reading:
        """Read the other's light; an answer that is not of our shape reads red."""
        async with client.get(address, allow_redirects=False) as response:
            if response.status not in {200, 503}:
                return Reading(Light.RED, f"status {response.status}")
            found = await response.json()
        return Reading(Light(found["light"]))

    return Check(name, ask)


def health_routes(checks: Sequence[Check], registry: CollectorRegistry) -> list[web.RouteDef]:
    """Return the three routes for one port.

    ``/livez``: 200 while the process answers. ``/readyz``: ``{"light": ..., "checks": [{"name", "light", "note"}]}``,
    503 when the worst is red. ``/metrics``: the registry in Prometheus' text format.
    """

    async def live(_request: web.Request) -> web.Response:
        """Answer: that is the whole test."""
        return web.json_response({"light": Light.GREEN})

    async def ready(_request: web.Request) -> web.Response:
        """Ask every check and give the worst."""
        found = await read_checks(checks)
        light = worst([reading for _, reading in found])
        rows = [{"name": name, "light": reading.light, "note": reading.note} for name, reading in found]
        return web.json_response({"light": light, "checks": rows}, status=503 if light is Light.RED else 200)

    async def metrics(_request: web.Request) -> web.Response:
        """Give what was measured."""
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/livez", live), web.get("/readyz", ready), web.get("/metrics", metrics)]
