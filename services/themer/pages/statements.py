"""The reviewers' pages: what waits, one statement, its wording in two steps, a second person's yes, and taking back."""

from typing import Final

from aiohttp import web

from services.clock import day_in_words
from services.errors import InputRefused
from services.themer.pages import forms
from services.themer.pages.doors import (
    SHELF,
    STATEMENT,
    STATEMENTS,
    Typed,
    errors_of,
    one,
    reviewer,
    role_of,
    take_form,
    version_of,
)
from services.themer.statements.reading import ShownStatement, StatementLine
from services.themer.statements.wording import Wording
from services.vocabulary.statements import statement_rules
from services.web.accounts.guard import require_role
from services.web.accounts.register import Session
from services.web.contexts import FormError
from services.web.forms import Choice
from services.web.shell import render

PATH: Final = f"/review/statements/{STATEMENT}"
#: The lists of the first page: heading, what is said where it is empty.
SECTIONS: Final = {
    "word": ("To put into words", "Nothing waits to be put into words."),
    "approve": ("For a second person", "Nothing waits for a second person."),
    "panel": ("With the group", "No group is being asked."),
    "over": ("The group did not answer", "No group’s time has run out."),
    "approved": ("Approved", "Nothing has been approved yet."),
}
#: How an act reads in the life of a statement.
ACTS: Final = {
    "worded": "Put into words",
    "unworded": "Wording taken back",
    "approved": "Approved",
    "panel_agree": "The group agreed",
    "panel_change": "The group asked for a change",
    "refused": "The group said no",
    "retracted": "Taken back",
    "unfounded": "Taken back by itself: somebody it rested on does not allow it any more",
}


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/review", show_list),
        web.get(PATH, show_one),
        web.get(f"{PATH}/wording", show_wording),
        web.post(f"{PATH}/wording", take_wording),
        web.post(f"{PATH}/approve", approve),
        web.post(f"{PATH}/undo", undo),
        web.get(f"{PATH}/retract", show_retract),
        web.post(f"{PATH}/retract", retract),
    ]


async def show_list(request: web.Request) -> web.Response:
    """``GET /review``: what waits, by what it waits for; no words. A facilitator goes on to her groups."""
    session = await require_role(request, "reviewer", "approver", "facilitator")
    if session.role == "facilitator":
        raise web.HTTPSeeOther("/sessions")
    shelf = request.config_dict[SHELF]
    lines = await shelf.listed(("received", "held", "worded", "approved"))
    sorted_in: dict[str, list[StatementLine]] = {name: [] for name in SECTIONS}
    for line in lines:
        sorted_in[section_of(line)].append(line)
    return render(
        request,
        "themer/review.html.j2",
        sections=[(name, *SECTIONS[name], sorted_in[name]) for name in SECTIONS],
        day=day_in_words,
        mine=session.name,
        rest=await shelf.done_on_this_day(session.name) >= statement_rules().texts_a_day,
        may_word=session.role == "reviewer",
    )


async def show_one(request: web.Request) -> web.Response:
    """``GET /review/statements/<id>``: one statement with its words behind a fold."""
    session = await reviewer(request)
    shown = await request.config_dict[SHELF].shown(request.match_info["statement"])
    return _page_of(request, session, shown)


async def show_wording(request: web.Request) -> web.Response:
    """``GET …/wording``: the first step: words, what they are about, sectors, area."""
    session = await require_role(request, "reviewer")
    shown = await request.config_dict[SHELF].shown(request.match_info["statement"])
    wording = shown.wording
    if wording is None or wording.same_as is not None:
        plain = "" if shown.line.reasons else shown.text
        wording = Wording(words=plain, sectors=shown.sectors, area=shown.area)
    return await _show_wording(request, session, shown, wording)


async def take_wording(request: web.Request) -> web.Response:
    """``POST …/wording``: the first step leads to the second where there are rows below; then it is kept."""
    session = await require_role(request, "reviewer")
    typed = await take_form(request, session)
    shown = await request.config_dict[SHELF].shown(request.match_info["statement"])
    made = forms.read_wording(typed)
    is_last = one(typed, "step") == "rows"
    if made.same_as is None and not is_last:
        carried = forms.with_rows_of(shown.wording, made)
        chapters = forms.row_chapters(carried, with_measures=shown.line.kind == "finding")
        if chapters and await _is_sound(request, shown, made):
            return _show_rows(request, session, shown, made, chapters, typed)
    try:
        await request.config_dict[STATEMENTS].word(
            shown.line.statement, made, by=session.name, role="reviewer", version=version_of(typed)
        )
    except InputRefused as refused:
        return await _show_wording(request, session, shown, made, errors=errors_of(refused))
    raise web.HTTPSeeOther(f"/review/statements/{shown.line.statement}")


async def approve(request: web.Request) -> web.Response:
    """``POST …/approve``: a second person's yes."""
    session = await reviewer(request)
    typed = await take_form(request, session)
    statement = request.match_info["statement"]
    await request.config_dict[STATEMENTS].approve(
        statement, by=session.name, role=role_of(session), version=version_of(typed)
    )
    raise web.HTTPSeeOther(f"/review/statements/{statement}")


async def undo(request: web.Request) -> web.Response:
    """``POST …/undo``: take one's own wording back."""
    session = await reviewer(request)
    typed = await take_form(request, session)
    statement = request.match_info["statement"]
    await request.config_dict[STATEMENTS].unword(statement, by=session.name, version=version_of(typed))
    raise web.HTTPSeeOther(f"/review/statements/{statement}")


async def show_retract(request: web.Request) -> web.Response:
    """``GET …/retract``: ask before words are taken away for good."""
    session = await reviewer(request)
    shown = await request.config_dict[SHELF].shown(request.match_info["statement"])
    return _ask_retract(request, session, shown.line)


async def retract(request: web.Request) -> web.Response:
    """``POST …/retract``: take the words away, after the box was ticked."""
    session = await reviewer(request)
    typed = await take_form(request, session)
    statement = request.match_info["statement"]
    if one(typed, "sure") != "yes":
        shown = await request.config_dict[SHELF].shown(statement)
        missing = FormError("sure", "Tick the box if the words are to go for good")
        return _ask_retract(request, session, shown.line, errors=(missing,))
    await request.config_dict[STATEMENTS].retract(
        statement, by=session.name, role=role_of(session), version=version_of(typed)
    )
    raise web.HTTPSeeOther("/review")


def section_of(line: StatementLine) -> str:
    """Return the list that a statement stands in."""
    if line.state == "approved":
        return "approved"
    if line.state != "worded":
        return "word"
    if line.lapsed:
        return "over"
    return "panel" if line.approved_by is not None else "approve"


async def _is_sound(request: web.Request, shown: ShownStatement, made: Wording) -> bool:
    """Say whether the first step breaks no rule; else it is said there and not on the second."""
    try:
        await request.config_dict[STATEMENTS].check(shown.line.statement, made)
    except InputRefused:
        return False
    return True


def _page_of(request: web.Request, session: Session, shown: ShownStatement) -> web.Response:
    line = shown.line
    own = line.worded_by is not None and line.worded_by.casefold() == session.name.casefold()
    nodes = [] if shown.wording is None else [forms.name_of(each) for each in shown.wording.nodes]
    return render(
        request,
        "themer/statement.html.j2",
        shown=shown,
        line=line,
        kind=statement_rules().kinds[line.kind].title,
        pieces=forms.pieces_of(shown.text, shown.doubts),
        nodes=nodes,
        sectors=[] if shown.wording is None else forms.sector_titles(shown.wording.sectors),
        area=forms.area_title(shown.area if shown.wording is None else shown.wording.area),
        measures=[] if shown.wording is None else forms.measures_said(shown.wording),
        acts=[(ACTS.get(act.act, act.act), act.by, day_in_words(act.day)) for act in shown.decisions],
        day=day_in_words,
        csrf=session.csrf,
        may_word=session.role == "reviewer" and line.state in ("received", "held", "worded") and line.group is not None,
        may_approve=line.state == "worded" and not line.lapsed and not own and line.approved_by is None,
        may_undo=line.state == "worded" and own,
        may_retract=line.state in ("received", "held", "worded", "approved"),
        section=section_of(line),
    )


async def _show_wording(
    request: web.Request,
    session: Session,
    shown: ShownStatement,
    wording: Wording,
    *,
    errors: tuple[FormError, ...] = (),
) -> web.Response:
    proposed = shown.proposed[: forms.MOST_PROPOSED]
    return render(
        request,
        "themer/wording.html.j2",
        shown=shown,
        line=shown.line,
        kind=statement_rules().kinds[shown.line.kind],
        kind_name=shown.line.kind,
        pieces=forms.pieces_of(shown.text, shown.doubts),
        wording=wording,
        proposed=forms.proposed_nodes(proposed, wording.nodes),
        chapters=forms.node_chapters(wording.nodes, besides=proposed),
        sectors=forms.sector_choices(wording.sectors),
        areas=forms.area_choices(wording.area),
        same=await _same(request, shown),
        csrf=session.csrf,
        action=f"/review/statements/{shown.line.statement}/wording",
        errors=errors,
        status=422 if errors else 200,
    )


def _show_rows(  # noqa: PLR0917 - one page
    request: web.Request,
    session: Session,
    shown: ShownStatement,
    made: Wording,
    chapters: tuple[forms.RowChapter, ...],
    typed: Typed,
) -> web.Response:
    return render(
        request,
        "themer/rows.html.j2",
        line=shown.line,
        wording=made,
        nodes=[forms.value_of(each) for each in made.nodes],
        chapters=chapters,
        csrf=session.csrf,
        version=one(typed, "version"),
        action=f"/review/statements/{shown.line.statement}/wording",
    )


async def _same(request: web.Request, shown: ShownStatement) -> list[Choice]:
    """Return the approved statements of the same group and kind that this one may repeat."""
    if shown.line.group is None:
        return []
    shelf = request.config_dict[SHELF]
    found = []
    for line in await shelf.listed(("approved",), group=shown.line.group):
        if line.kind == shown.line.kind:
            other = await shelf.shown(line.statement)
            if other.wording is not None and not set(other.sessions) & set(shown.sessions):
                found.append(Choice(line.statement, other.wording.words, chosen=False))
    return found


def _ask_retract(
    request: web.Request, session: Session, line: StatementLine, *, errors: tuple[FormError, ...] = ()
) -> web.Response:
    return render(
        request,
        "themer/retract.html.j2",
        line=line,
        kind=statement_rules().kinds[line.kind].title,
        csrf=session.csrf,
        errors=errors,
        status=422 if errors else 200,
    )
