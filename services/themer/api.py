"""The themer's interface for reviewers: held contributions and their release."""

import msgspec
from aiohttp import web

from services.themer.holding import Holds
from services.web.bodies import read_json

HOLDS: web.AppKey[Holds] = web.AppKey("themer_holds", Holds)
PREFIX = "/api/themer/v1"


class Stretch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch of the pseudonymised text that the reviewer removes."""

    start: int
    end: int


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reviewer's decision to let a contribution go on."""

    by: str
    remove: tuple[Stretch, ...] = ()


class Rejection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A reviewer's decision to keep a contribution out."""

    by: str


async def list_holds(request: web.Request) -> web.Response:
    """``GET /holds``: what waits, without text."""
    held = await request.config_dict[HOLDS].listed()
    return web.json_response({"holds": msgspec.to_builtins(held)})


async def show_hold(request: web.Request) -> web.Response:
    """``GET /holds/{contribution}``: one pseudonymised text with its doubts."""
    held = await request.config_dict[HOLDS].text_of(request.match_info["contribution"])
    return web.json_response(msgspec.to_builtins(held))


async def release_hold(request: web.Request) -> web.Response:
    """``POST /holds/{contribution}/release``: let it go on, with more removed where the reviewer says so; 204."""
    decision = await read_json(request, Release)
    await request.config_dict[HOLDS].release(
        request.match_info["contribution"],
        by=decision.by,
        remove=[(stretch.start, stretch.end) for stretch in decision.remove],
    )
    return web.Response(status=204)


async def reject_hold(request: web.Request) -> web.Response:
    """``POST /holds/{contribution}/reject``: keep it out; 204."""
    decision = await read_json(request, Rejection)
    await request.config_dict[HOLDS].reject(request.match_info["contribution"], by=decision.by)
    return web.Response(status=204)


def routes() -> list[web.RouteDef]:
    """Return the interface's routes."""
    return [
        web.get(f"{PREFIX}/holds", list_holds),
        web.get(f"{PREFIX}/holds/{{contribution}}", show_hold),
        web.post(f"{PREFIX}/holds/{{contribution}}/release", release_hold),
        web.post(f"{PREFIX}/holds/{{contribution}}/reject", reject_hold),
    ]
