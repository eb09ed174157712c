"""The pages of the board below ``/board``: late and unanswered first, whom to ask, and what it asks for itself."""

from typing import Final

from aiohttp import web

from services.errors import InputRefused
from services.reporter.recommendations import asking
from services.reporter.recommendations.asking import errors_of, refilled, require_all, require_choices
from services.reporter.recommendations.asking_page import show_question
from services.reporter.recommendations.births import NO_AREA
from services.reporter.recommendations.public_pages import (
    ONE,
    RECOMMENDATIONS,
    filter_choices,
    page_of,
    read_filters,
)
from services.reporter.recommendations.service_pages import read_at
from services.reporter.recommendations.showing import OVERDUE_WORDS
from services.web.accounts.guard import check_token, require_role
from services.web.bodies import read_form
from services.web.contexts import FormError
from services.web.forms import Question, ToMend
from services.web.shell import render

TITLE: Final = "Board"
_TOLD: Final = {
    "asked": "They are asked. Their ten working days of sight begin today.",
    "handed": "It is handed to an approver.",
    "judged": "Your answer is kept.",
}


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/board", show_board),
        web.get("/board/new", show_commission),
        web.post("/board/new", commission),
        web.get(f"/board/{ONE}/assign", show_assignment),
        web.post(f"/board/{ONE}/assign", assign),
        web.get(f"/board/{ONE}/changed", show_changed),
        web.post(f"/board/{ONE}/changed", judge),
    ]


async def show_board(request: web.Request) -> web.Response:
    """``GET /board``: figures, what has to be assigned, and every public recommendation, late first."""
    await require_role(request, "board")
    filters = read_filters(request)
    view = await request.config_dict[RECOMMENDATIONS].reading.board(filters)
    part, more = page_of(request, list(view.listed))
    return render(
        request,
        "reporter/board.html.j2",
        view=view,
        shown=part,
        more=more,
        filters=filters,
        choices=await filter_choices(request),
        told=_TOLD.get(request.query.get("done", ""), ""),
        overdue_words=OVERDUE_WORDS,
    )


async def show_assignment(request: web.Request) -> web.Response:
    """Ask who should answer."""
    session = await require_role(request, "board")
    return show_question(request, session, await _ask_assignment(request), title=TITLE, back="/board")


async def assign(request: web.Request) -> web.Response:
    """Ask an organisation."""
    session = await require_role(request, "board")
    typed = await read_form(request)
    check_token(session, typed)
    question = await _ask_assignment(request)
    try:
        require_choices(question, typed)
        await request.config_dict[RECOMMENDATIONS].board.assign(
            request.match_info["recommendation"], typed.get("organisation", ""), area=typed.get("area")
        )
    except (ToMend, InputRefused) as refused:
        mended = refilled(question, typed, errors_of(refused, question.fields))
        return show_question(request, session, mended, title=TITLE, back="/board")
    raise web.HTTPSeeOther("/board?done=asked")


async def show_commission(request: web.Request) -> web.Response:
    """Ask for a recommendation of the board's own."""
    session = await require_role(request, "board")
    organisations = await request.config_dict[RECOMMENDATIONS].reading.organisations()
    return show_question(request, session, asking.ask_commission(organisations), title=TITLE, back="/board")


async def commission(request: web.Request) -> web.Response:
    """Hand the board's own recommendation to an approver."""
    session = await require_role(request, "board")
    typed = await read_form(request)
    check_token(session, typed)
    desk = request.config_dict[RECOMMENDATIONS]
    question = asking.ask_commission(await desk.reading.organisations())
    try:
        require_all(question, typed)
        await desk.board.commission(
            typed.get("words", ""),
            area=typed.get("area", ""),
            organisation=typed.get("organisation", ""),
            by=session.name,
        )
    except (ToMend, InputRefused) as refused:
        mended = refilled(question, typed, errors_of(refused, question.fields))
        return show_question(request, session, mended, title=TITLE, back="/board")
    raise web.HTTPSeeOther("/board?done=handed")


async def show_changed(request: web.Request) -> web.Response:
    """Ask the board whether what it asked for itself has changed."""
    session = await require_role(request, "board")
    shown = await request.config_dict[RECOMMENDATIONS].reading.any_one(request.match_info["recommendation"])
    question = asking.ask_changed(shown.said)
    return show_question(request, session, question, title=TITLE, back="/board", at=shown.life.revision)


async def judge(request: web.Request) -> web.Response:
    """Take the board's word on what it asked for itself."""
    session = await require_role(request, "board")
    typed = await read_form(request)
    check_token(session, typed)
    desk = request.config_dict[RECOMMENDATIONS]
    shown = await desk.reading.any_one(request.match_info["recommendation"])
    question = asking.ask_changed(shown.said)
    verdict = asking.read_verdict(typed)
    if verdict is None:
        mended = refilled(question, typed, (FormError("changed", "Choose yes, partly or no"),))
        return show_question(request, session, mended, title=TITLE, back="/board", at=shown.life.revision)
    await desk.board.judge(shown.recommendation, verdict, group=None, at=read_at(typed))
    raise web.HTTPSeeOther("/board?done=judged")


async def _ask_assignment(request: web.Request) -> Question:
    reading = request.config_dict[RECOMMENDATIONS].reading
    shown = await reading.any_one(request.match_info["recommendation"])
    return asking.ask_assignment(shown.said, await reading.organisations(), asks_area=shown.life.area == NO_AREA)
