"""The preview's pages: what goes and what stays, taking more out, keeping more, page by page."""

from typing import Any

from aiohttp import web

from services.intake.writeup.desk import PreviewUnreachable
from services.intake.writeup.draft import Draft, answer, stands_somewhere
from services.intake.writeup.looking import AT_ONCE, keeps_from, look
from services.intake.writeup.pages import DESK, DRAFT_PATH, unreachable
from services.intake.writeup.replies import with_keeps
from services.web.accounts.guard import check_token, require_role
from services.web.accounts.register import Session
from services.web.bodies import read_lists
from services.web.contexts import FormError
from services.web.shell import render

_LONGEST_REMOVAL = 200


def preview_routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [web.get(f"{DRAFT_PATH}/preview", show_preview), web.post(f"{DRAFT_PATH}/preview", take_preview)]


async def show_preview(request: web.Request) -> web.Response:
    """Show a page of the preview."""
    session, draft = await _open(request)
    return await _show(request, session, draft, _page(request.query.get("page", ""), draft))


async def take_preview(request: web.Request) -> web.Response:
    """Take marks; whatever they change is shown again before it can be gone on from."""
    session, draft = await _open(request)
    typed = await read_lists(request)
    check_token(session, {name: values[0] for name, values in typed.items()})
    desk, path = request.config_dict[DESK], f"/sessions/{request.match_info['draft']}"
    page = _page(typed.get("page", [""])[0], draft)
    words = " ".join(typed.get("remove", [""])[0].split())
    if words and (len(words) > _LONGEST_REMOVAL or not stands_somewhere(words, draft.contributions)):
        wrong = (FormError("remove", "Those words do not stand in the notes: copy them as they were written"),)
        return await _show(request, session, draft, page, errors=wrong)
    restored = typed.get("restore", [])
    removals = tuple(each for number, each in enumerate(draft.removals) if str(number) not in restored)
    if words and words.casefold() not in {each.casefold() for each in removals}:
        removals = (*removals, words)
    shown = range((page - 1) * AT_ONCE, min(page * AT_ONCE, len(draft.contributions)))
    try:
        everything = await desk.preview(draft, with_keeps=False)
    except PreviewUnreachable:
        return unreachable(request)
    keeps = keeps_from(draft, everything, {number: typed.get(f"keep-{number}", []) for number in shown})
    marked = with_keeps(draft, keeps, removals)
    changed = marked is not draft
    if changed:
        await desk.drafts.save(session.account, request.match_info["draft"], marked)
    if changed or typed.get("do", [""])[0] != "continue":
        raise web.HTTPSeeOther(f"{path}/preview?page={page}")
    if page < _pages(draft):
        raise web.HTTPSeeOther(f"{path}/preview?page={page + 1}")
    seen = answer(draft, "preview")
    await desk.drafts.save(session.account, request.match_info["draft"], seen)
    raise web.HTTPSeeOther(f"{path}/{await desk.next_step(seen)}")


async def _show(
    request: web.Request, session: Session, draft: Draft, page: int, *, errors: tuple[FormError, ...] = ()
) -> web.Response:
    desk = request.config_dict[DESK]
    try:
        previewed = await desk.preview(draft)
        everything = await desk.preview(draft, with_keeps=False) if draft.keeps else previewed
    except PreviewUnreachable:
        return unreachable(request)
    first = (page - 1) * AT_ONCE
    context: dict[str, Any] = {
        "looked": look(draft, previewed, everything, first, first + AT_ONCE),
        "removals": list(enumerate(draft.removals)),
        "page": page,
        "pages": _pages(draft),
        "held": sum(each.held for each in previewed[: len(draft.contributions)]),
        "draft_path": f"/sessions/{request.match_info['draft']}",
        "csrf": session.csrf,
        "errors": errors,
    }
    return render(request, "intake/preview.html.j2", **context, status=422 if errors else 200)


async def _open(request: web.Request) -> tuple[Session, Draft]:
    session = await require_role(request, "facilitator")
    draft = await request.config_dict[DESK].drafts.load(session.account, request.match_info["draft"])
    if "notes" not in draft.answered:
        raise web.HTTPSeeOther(f"/sessions/{request.match_info['draft']}/notes")
    return session, draft


def _pages(draft: Draft) -> int:
    return max(1, -(-len(draft.contributions) // AT_ONCE))


def _page(text: str, draft: Draft) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1  # noqa: PLR2004 - digits
    return min(max(number, 1), _pages(draft))
