"""The operators' interface to dead letters, the same for every service that parks: list, replay, reject. No content."""

import msgspec
from aiohttp import web

from services.runner.dead_letters import DeadLetters, RejectingHandler
from services.web.bodies import read_json


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Run the handler again on the oldest dead letters of a topic."""

    topic: str
    limit: int = 1


class Reject(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give up on the oldest dead letter of a topic, or on one contribution of it; ``by`` is a person's name."""

    topic: str
    by: str
    contribution: str | None = None


def dead_letter_routes(service: str, dead_letters: DeadLetters, handler: RejectingHandler) -> list[web.RouteDef]:
    """Return the routes below ``/api/<service>/v1/dead-letters``."""

    async def show(_: web.Request) -> web.Response:
        """List what is open: topic, place, opaque subject, class of error, month."""
        return web.json_response({"dead_letters": msgspec.to_builtins(await dead_letters.listed())})

    async def replay(request: web.Request) -> web.Response:
        """Run the handler again; says how many it took."""
        wanted = await read_json(request, Replay)
        done = await dead_letters.replay(wanted.topic, handler, limit=wanted.limit)
        return web.json_response({"replayed": done})

    async def reject(request: web.Request) -> web.Response:
        """Settle the oldest as rejected."""
        wanted = await read_json(request, Reject)
        await dead_letters.reject(wanted.topic, handler, by=wanted.by, contribution=wanted.contribution)
        return web.json_response({"rejected": 1})

    prefix = f"/api/{service}/v1/dead-letters"
    return [web.get(prefix, show), web.post(f"{prefix}/replay", replay), web.post(f"{prefix}/reject", reject)]
