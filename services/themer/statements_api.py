"""The themer's interface for statements: the same acts as the pages, for programs with the installation's token."""

import dataclasses
from typing import Any, Literal, cast

import msgspec
from aiohttp import web

from services.errors import Finding, InputRefused
from services.themer.pages.doors import PARAPHRASES, SHELF, STATEMENT, STATEMENTS
from services.themer.statements.keeping import State
from services.themer.statements.reviewing import Decision
from services.themer.statements.wording import Wording
from services.web.bodies import read_json

PREFIX = "/api/themer/v1"
_STATES = ("received", "held", "worded", "approved", "linked", "refused", "retracted", "rejected")


class _Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every act needs: who acts, and the version that was seen; without one, whatever it is now."""

    by: str
    version: int | None = None


class Worded(_Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wording; see :class:`~services.themer.statements.wording.Wording`."""

    wording: Wording


class Approval(_Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second person's yes."""

    role: Literal["reviewer", "approver"] = "approver"


class PanelAnswer(_Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The group's own answer."""

    decision: Decision
    note: str = ""
    group: str | None = None


class Retraction(_Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words are taken away for good."""

    role: Literal["reviewer", "approver"] = "reviewer"


class Undone(_Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One's own wording is taken back."""


class NewParaphrase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence from what several people said."""

    by: str
    contributions: tuple[str, ...]
    wording: Wording


async def list_statements(request: web.Request) -> web.Response:
    """``GET /statements``: every statement without text; ``?state=`` and ``?group=`` narrow it."""
    state = request.query.get("state", "")
    if state and state not in _STATES:
        raise InputRefused([Finding("state", "not one of the states", f"Choose from {', '.join(_STATES)}.")])
    states = (cast("State", state),) if state else ()
    found = await request.config_dict[SHELF].listed(states, group=request.query.get("group") or None)
    return web.json_response({"statements": [dataclasses.asdict(line) for line in found]})


async def show_statement(request: web.Request) -> web.Response:
    """``GET /statements/<id>``: one statement with its words, doubts, proposals, wording and life."""
    shown = await request.config_dict[SHELF].shown(request.match_info["statement"])
    told: dict[str, Any] = msgspec.to_builtins(shown)
    return web.json_response(told)


async def word(request: web.Request) -> web.Response:
    """``POST /statements/<id>/wording``: put it into words; 204."""
    body = await read_json(request, Worded)
    await request.config_dict[STATEMENTS].word(
        request.match_info["statement"], body.wording, by=body.by, version=body.version
    )
    return web.Response(status=204)


async def unword(request: web.Request) -> web.Response:
    """``POST /statements/<id>/undo``: take one's own wording back; 204."""
    body = await read_json(request, Undone)
    await request.config_dict[STATEMENTS].unword(request.match_info["statement"], by=body.by, version=body.version)
    return web.Response(status=204)


async def approve(request: web.Request) -> web.Response:
    """``POST /statements/<id>/approval``: a second person's yes; says whether it waits for the group."""
    body = await read_json(request, Approval)
    outcome = await request.config_dict[STATEMENTS].approve(
        request.match_info["statement"], by=body.by, role=body.role, version=body.version
    )
    return web.json_response({"state": outcome})


async def answer_as_panel(request: web.Request) -> web.Response:
    """``POST /statements/<id>/panel``: the group's own answer; 204."""
    body = await read_json(request, PanelAnswer)
    await request.config_dict[STATEMENTS].answer_as_panel(
        request.match_info["statement"],
        body.decision,
        by=body.by,
        note=body.note,
        group=body.group,
        version=body.version,
    )
    return web.Response(status=204)


async def retract(request: web.Request) -> web.Response:
    """``POST /statements/<id>/retraction``: take the words away for good; 204."""
    body = await read_json(request, Retraction)
    await request.config_dict[STATEMENTS].retract(
        request.match_info["statement"], by=body.by, role=body.role, version=body.version
    )
    return web.Response(status=204)


async def list_sources(request: web.Request) -> web.Response:
    """``GET /sources/<framework>/<node>``: contributions that a paraphrase may rest on, without text."""
    found = await request.config_dict[PARAPHRASES].sources(request.match_info["framework"], request.match_info["node"])
    return web.json_response({"sources": [dataclasses.asdict(source) for source in found]})


async def show_source(request: web.Request) -> web.Response:
    """``GET /sources/<contribution>``: the pseudonymised words of one of them."""
    found = await request.config_dict[PARAPHRASES].text_of(request.match_info["contribution"])
    return web.json_response(dataclasses.asdict(found))


async def write_paraphrase(request: web.Request) -> web.Response:
    """``POST /paraphrases``: keep a sentence for a second person to approve; 201 with its id."""
    body = await read_json(request, NewParaphrase)
    made = await request.config_dict[PARAPHRASES].write(body.contributions, body.wording, by=body.by)
    return web.json_response({"statement": made}, status=201)


def routes() -> list[web.RouteDef]:
    """Return the interface's routes."""
    one = f"{PREFIX}/statements/{STATEMENT}"
    return [
        web.get(f"{PREFIX}/statements", list_statements),
        web.get(one, show_statement),
        web.post(f"{one}/wording", word),
        web.post(f"{one}/undo", unword),
        web.post(f"{one}/approval", approve),
        web.post(f"{one}/panel", answer_as_panel),
        web.post(f"{one}/retraction", retract),
        web.get(f"{PREFIX}/sources/{{framework}}/{{node}}", list_sources),
        web.get(f"{PREFIX}/sources/{{contribution}}", show_source),
        web.post(f"{PREFIX}/paraphrases", write_paraphrase),
    ]
