"""The pages of an approver below ``/answer-texts``: free texts that nobody else sees before they are read here."""

from typing import Final

from aiohttp import web

from services.clock import day_in_words
from services.errors import NotFound
from services.reporter.recommendations.public_pages import RECOMMENDATIONS
from services.web.accounts.guard import check_token, require_role
from services.web.bodies import read_form
from services.web.shell import render

_TEXT: Final = "/answer-texts/{text:[0-9a-f]{32}}"
KIND_WORDS: Final = {
    "reason": "Why a service answers so",
    "milestone": "What a service has reached",
    "commission": "What the board asks for",
}
_TOLD: Final = {"shown": "Everybody can see it now, or from its day on.", "refused": "It is deleted and never shown."}


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/answer-texts", show_list),
        web.get(_TEXT, show_text),
        web.post(_TEXT, decide),
    ]


async def show_list(request: web.Request) -> web.Response:
    """``GET /answer-texts``: what waits, oldest first."""
    await require_role(request, "approver")
    desk = request.config_dict[RECOMMENDATIONS]
    titles = {each.organisation: each.title for each in await desk.reading.organisations()}
    lines = [
        (text.text, KIND_WORDS[text.kind], titles.get(text.organisation or "", ""), day_in_words(text.written_on))
        for text in await desk.texts.waiting()
    ]
    told = _TOLD.get(request.query.get("done", ""), "")
    return render(request, "reporter/texts.html.j2", lines=lines, told=told)


async def show_text(request: web.Request) -> web.Response:
    """Show one text beside the recommendation that it belongs to."""
    session = await require_role(request, "approver")
    desk = request.config_dict[RECOMMENDATIONS]
    text = await desk.texts.find(request.match_info["text"])
    titles = {each.organisation: each.title for each in await desk.reading.organisations()}
    said = "" if text.kind == "commission" else (await desk.reading.any_one(text.recommendation)).said
    return render(
        request,
        "reporter/text.html.j2",
        text=text,
        heading=KIND_WORDS[text.kind],
        service=titles.get(text.organisation or "", ""),
        said=said,
        own=text.written_by == session.name,
        csrf=session.csrf,
        errors=(),
    )


async def decide(request: web.Request) -> web.Response:
    """Show a text to everybody, or delete it."""
    session = await require_role(request, "approver")
    form = await read_form(request)
    check_token(session, form)
    texts = request.config_dict[RECOMMENDATIONS].texts
    text = request.match_info["text"]
    if form.get("decision") == "show":
        await texts.approve(text, by=session.name)
        raise web.HTTPSeeOther("/answer-texts?done=shown")
    if form.get("decision") == "refuse":
        await texts.refuse(text, by=session.name)
        raise web.HTTPSeeOther("/answer-texts?done=refused")
    raise NotFound("No such decision.")
