"""The pages of a group below ``/groups``: what came of what it asked for, and its answer to *did it change?*."""

from typing import Final

from aiohttp import web

from services.reporter.recommendations import asking
from services.reporter.recommendations.asking import refilled
from services.reporter.recommendations.asking_page import show_question
from services.reporter.recommendations.keeping import unknown_recommendation
from services.reporter.recommendations.public_pages import ONE, RECOMMENDATIONS
from services.reporter.recommendations.service_pages import read_at
from services.reporter.recommendations.showing import OVERDUE_WORDS, Shown
from services.web.accounts.guard import check_token, require_role
from services.web.accounts.register import Session
from services.web.bodies import read_form
from services.web.contexts import FormError
from services.web.shell import render

TITLE: Final = "Groups"
_GROUP: Final = "/groups/{group:[a-z0-9][a-z0-9-]{0,63}}"


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/groups", show_groups),
        web.get(_GROUP, show_group),
        web.get(f"{_GROUP}/{ONE}/changed", show_changed),
        web.post(f"{_GROUP}/{ONE}/changed", judge),
    ]


async def show_groups(request: web.Request) -> web.Response:
    """``GET /groups``: the groups that this facilitator may speak for and that have asked for something."""
    session = await require_role(request, "facilitator")
    desk = request.config_dict[RECOMMENDATIONS]
    groups = await desk.reading.groups(await desk.organisations.closed_to(session.name))
    if len(groups) == 1:
        raise web.HTTPSeeOther(f"/groups/{next(iter(groups))}")
    return render(request, "reporter/groups.html.j2", groups=sorted(groups.items()))


async def show_group(request: web.Request) -> web.Response:
    """``GET /groups/{group}``: what came of what the group asked for; what waits for its word first."""
    session, shown = await _require_group(request)
    waits = [each for each in shown if each.life.state == "done"]
    return render(
        request,
        "reporter/group.html.j2",
        group=request.match_info["group"],
        waits=waits,
        rest=[each for each in shown if each not in waits],
        told=request.query.get("done") == "yes",
        csrf=session.csrf,
        overdue_words=OVERDUE_WORDS,
    )


async def show_changed(request: web.Request) -> web.Response:
    """Ask the group, as one, whether it changed."""
    session, shown = await _require_group(request)
    one = _one_of(request, shown)
    question = asking.ask_changed(one.said)
    return show_question(request, session, question, title=TITLE, back=_path(request), at=one.life.revision)


async def judge(request: web.Request) -> web.Response:
    """Take the group's word."""
    session, shown = await _require_group(request)
    one = _one_of(request, shown)
    typed = await read_form(request)
    check_token(session, typed)
    verdict = asking.read_verdict(typed)
    if verdict is None:
        errors = (FormError("changed", "Choose yes, partly or no"),)
        mended = refilled(asking.ask_changed(one.said), typed, errors)
        return show_question(request, session, mended, title=TITLE, back=_path(request), at=one.life.revision)
    board = request.config_dict[RECOMMENDATIONS].board
    await board.judge(one.recommendation, verdict, group=request.match_info["group"], at=read_at(typed))
    raise web.HTTPSeeOther(f"{_path(request)}?done=yes")


async def _require_group(request: web.Request) -> tuple[Session, list[Shown]]:
    session = await require_role(request, "facilitator")
    desk = request.config_dict[RECOMMENDATIONS]
    if request.match_info["group"] in await desk.organisations.closed_to(session.name):
        raise web.HTTPForbidden
    shown = await desk.reading.of_group(request.match_info["group"])
    if not shown:
        raise web.HTTPNotFound
    return session, shown


def _one_of(request: web.Request, shown: list[Shown]) -> Shown:
    for each in shown:
        if each.recommendation == request.match_info["recommendation"]:
            return each
    raise unknown_recommendation()


def _path(request: web.Request) -> str:
    return f"/groups/{request.match_info['group']}"
