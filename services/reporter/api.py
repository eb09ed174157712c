"""The reporter's interface: releases prepared, approved and listed; their bodies are public once published."""

import msgspec
from aiohttp import web

from services.reporter.publishing import Publishing
from services.reporter.recommendations import interface
from services.web.bodies import read_json

PUBLISHING: web.AppKey[Publishing] = web.AppKey("reporter_publishing", Publishing)
PREFIX = "/api/reporter/v1"


class Prepare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prepare a quarter."""

    period: str
    prepared_by: str


class Approve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Approve, and so publish, a prepared release."""

    release: str
    approved_by: str


class Publish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prepare and approve in one go, with two names."""

    period: str
    prepared_by: str
    approved_by: str


class Withdraw(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prepare the withdrawal of one table of a published release."""

    release: str
    table: str
    prepared_by: str


async def list_releases(request: web.Request) -> web.Response:
    """``GET /releases``: every release, newest period first."""
    lines = await request.config_dict[PUBLISHING].listed()
    return web.json_response({"releases": [line.as_dict() for line in lines]})


async def prepare(request: web.Request) -> web.Response:
    """``POST /releases/prepare``: count, control and prove; nothing is public yet."""
    wanted = await read_json(request, Prepare)
    lines = await request.config_dict[PUBLISHING].prepare(wanted.period, prepared_by=wanted.prepared_by)
    return web.json_response({"releases": [line.as_dict() for line in lines]}, status=201)


async def approve(request: web.Request) -> web.Response:
    """``POST /releases/approve``: publish what somebody else prepared."""
    wanted = await read_json(request, Approve)
    line = await request.config_dict[PUBLISHING].approve(wanted.release, approved_by=wanted.approved_by)
    return web.json_response({"releases": [line.as_dict()]})


async def publish(request: web.Request) -> web.Response:
    """``POST /releases/publish``: both steps with two names."""
    wanted = await read_json(request, Publish)
    lines = await request.config_dict[PUBLISHING].publish(
        wanted.period,
        prepared_by=wanted.prepared_by,
        approved_by=wanted.approved_by,
    )
    return web.json_response({"releases": [line.as_dict() for line in lines]}, status=201)


async def withdraw(request: web.Request) -> web.Response:
    """``POST /releases/withdraw``: prepare the next version without one table; it is approved like a release."""
    wanted = await read_json(request, Withdraw)
    lines = await request.config_dict[PUBLISHING].prepare_withdrawal(
        wanted.release, wanted.table, prepared_by=wanted.prepared_by
    )
    return web.json_response({"releases": [line.as_dict() for line in lines]}, status=201)


def routes() -> list[web.RouteDef]:
    """Return the interface's routes."""
    return [
        web.get(f"{PREFIX}/releases", list_releases),
        web.post(f"{PREFIX}/releases/prepare", prepare),
        web.post(f"{PREFIX}/releases/approve", approve),
        web.post(f"{PREFIX}/releases/publish", publish),
        web.post(f"{PREFIX}/releases/withdraw", withdraw),
        *interface.routes(),
    ]
