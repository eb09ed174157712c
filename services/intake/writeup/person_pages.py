"""The pages on which a facilitator says where one person differs from the room, before sending."""

from aiohttp import web

from services.intake.writeup.differing import ask_person, beginning, differences, take_person, whose
from services.intake.writeup.draft import Draft
from services.intake.writeup.looking import AT_ONCE
from services.intake.writeup.pages import DESK, DRAFT_PATH
from services.web.accounts.guard import check_token, require_role
from services.web.accounts.register import Session
from services.web.bodies import read_lists
from services.web.forms import Question, ToMend, refilled
from services.web.shell import render


def person_routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    one = f"{DRAFT_PATH}/people/{{number:[1-9][0-9]{{0,5}}}}"
    return [
        web.get(f"{DRAFT_PATH}/people", show_people),
        web.get(one, show_person),
        web.post(one, change_person),
    ]


async def show_people(request: web.Request) -> web.Response:
    """List what was said, with who differs and a way to change it."""
    _, draft = await _open(request)
    pages = max(1, -(-len(draft.contributions) // AT_ONCE))
    asked = request.query.get("page", "")
    page = min(max(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1, 1), pages)  # noqa: PLR2004 - digits
    first = (page - 1) * AT_ONCE
    lines = [
        (number + 1, whose(draft, number), beginning(draft.contributions[number]), differences(draft, number))
        for number in range(first, min(first + AT_ONCE, len(draft.contributions)))
    ]
    return render(request, "intake/people.html.j2", lines=lines, page=page, pages=pages, draft_path=_path(request))


async def show_person(request: web.Request) -> web.Response:
    """Ask where one person differs."""
    session, draft = await _open(request)
    return _show(request, session, ask_person(draft, _number(request, draft)))


async def change_person(request: web.Request) -> web.Response:
    """Take where one person differs."""
    session, draft = await _open(request)
    typed = await read_lists(request)
    check_token(session, {name: values[0] for name, values in typed.items()})
    number = _number(request, draft)
    try:
        changed = take_person(draft, number, typed)
    except ToMend as wrong:
        return _show(request, session, refilled(ask_person(draft, number), typed, wrong.errors), status=422)
    await request.config_dict[DESK].drafts.save(session.account, request.match_info["draft"], changed)
    raise web.HTTPSeeOther(f"{_path(request)}/people?page={number // AT_ONCE + 1}")


def _show(request: web.Request, session: Session, question: Question, *, status: int = 200) -> web.Response:
    return render(
        request,
        "intake/question.html.j2",
        page=question,
        step="person",
        action=request.path,
        csrf=session.csrf,
        findings=(),
        pressing=False,
        back_to=f"{_path(request)}/people",
        status=status,
    )


async def _open(request: web.Request) -> tuple[Session, Draft]:
    session = await require_role(request, "facilitator")
    draft = await request.config_dict[DESK].drafts.load(session.account, request.match_info["draft"])
    for step in ("room", "areas", "notes"):
        if step not in draft.answered:
            raise web.HTTPSeeOther(f"{_path(request)}/{step}")
    return session, draft


def _number(request: web.Request, draft: Draft) -> int:
    number = int(request.match_info["number"]) - 1
    if number >= len(draft.contributions):
        raise web.HTTPNotFound
    return number


def _path(request: web.Request) -> str:
    return f"/sessions/{request.match_info['draft']}"
