"""The group's own answer: its facilitator reads the words out, and carries back yes, a change, or no."""

from typing import Final, cast

from aiohttp import web

from services.clock import day_in_words
from services.errors import InputRefused
from services.themer.pages import forms
from services.themer.pages.doors import (
    SHELF,
    STATEMENT,
    STATEMENTS,
    errors_of,
    one,
    take_form,
    version_of,
)
from services.themer.statements.reading import ShownStatement
from services.themer.statements.reviewing import Decision
from services.vocabulary.statements import statement_rules
from services.web.accounts.guard import require_role
from services.web.accounts.register import Session
from services.web.contexts import FormError
from services.web.shell import render

GROUP: Final = "/review/panel/{group:[a-z0-9][a-z0-9-]{0,63}}"
_DECISIONS: Final = ("agree", "change", "refuse")


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get(GROUP, show_group),
        web.get(f"{GROUP}/{STATEMENT}", show_one),
        web.post(f"{GROUP}/{STATEMENT}", answer),
    ]


async def show_group(request: web.Request) -> web.Response:
    """``GET /review/panel/<group>``: the words that wait for the group, and what it agreed to before."""
    await require_role(request, "facilitator")
    group = request.match_info["group"]
    shelf = request.config_dict[SHELF]
    lines = await shelf.listed(("worded", "approved"), group=group)
    asked = [line for line in lines if line.panel_until is not None and not line.lapsed]
    over = [line for line in lines if line.lapsed]
    agreed = [line for line in lines if line.state == "approved"]
    return render(
        request,
        "themer/panel.html.j2",
        group=group,
        asked=asked,
        over=over,
        agreed=agreed,
        day=day_in_words,
        titles={name: kind.title for name, kind in statement_rules().kinds.items()},
        days=statement_rules().panel_days,
    )


async def show_one(request: web.Request) -> web.Response:
    """``GET /review/panel/<group>/<statement>``: the words as they would be published."""
    session = await require_role(request, "facilitator")
    return _show(request, session, await _shown(request))


async def answer(request: web.Request) -> web.Response:
    """``POST /review/panel/<group>/<statement>``: take the group's answer."""
    session = await require_role(request, "facilitator")
    typed = await take_form(request, session)
    shown = await _shown(request)
    decision = one(typed, "decision")
    if decision not in _DECISIONS:
        missing = FormError("decision", "Choose what the group said")
        return _show(request, session, shown, errors=(missing,), note=one(typed, "note"))
    try:
        await request.config_dict[STATEMENTS].answer_as_panel(
            shown.line.statement,
            cast("Decision", decision),
            by=session.name,
            note=one(typed, "note"),
            group=request.match_info["group"],
            version=version_of(typed),
        )
    except InputRefused as refused:
        return _show(request, session, shown, errors=errors_of(refused), note=one(typed, "note"), chosen=decision)
    raise web.HTTPSeeOther(f"/review/panel/{request.match_info['group']}")


async def _shown(request: web.Request) -> ShownStatement:
    shown = await request.config_dict[SHELF].shown(request.match_info["statement"])
    if shown.line.group != request.match_info["group"] or shown.wording is None or shown.wording.same_as is not None:
        raise web.HTTPNotFound
    return shown


def _show(  # noqa: PLR0917 - one page
    request: web.Request,
    session: Session,
    shown: ShownStatement,
    errors: tuple[FormError, ...] = (),
    note: str = "",
    chosen: str = "",
) -> web.Response:
    wording = shown.wording
    return render(
        request,
        "themer/panel_statement.html.j2",
        group=request.match_info["group"],
        line=shown.line,
        kind=statement_rules().kinds[shown.line.kind].title,
        words="" if wording is None else wording.words,
        nodes=[] if wording is None else [forms.name_of(each) for each in wording.nodes],
        sectors=[] if wording is None else forms.sector_titles(wording.sectors),
        area="" if wording is None else forms.area_title(wording.area),
        measures=[] if wording is None else forms.measures_said(wording),
        day=day_in_words,
        csrf=session.csrf,
        errors=errors,
        note=note,
        chosen=chosen,
        status=422 if errors else 200,
    )
