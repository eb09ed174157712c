"""The note for the group after sending, and the safeguarding lead's list."""

import io
from typing import Final

from aiohttp import hdrs, web

from services.clock import day_in_words
from services.intake.concerns import ConcernLine
from services.intake.dangers import urgency_title
from services.intake.writeup.note import subjects_line, unsaid_line, write_document
from services.intake.writeup.pages import DESK
from services.vocabulary.safeguarding_actions import safeguarding_actions
from services.vocabulary.safeguarding_categories import safeguarding_categories
from services.web.accounts.guard import check_token, require_role
from services.web.bodies import read_form
from services.web.shell import render

_NOTE: Final = "/sessions/note/{note:[0-9a-f]{32}}"
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def closing_routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get(_NOTE, show_note),
        web.get(f"{_NOTE}/session-notes.docx", download_note),
        web.post(f"{_NOTE}/discard", discard_note),
        web.get("/safeguarding", show_concerns),
        web.post("/safeguarding/{concern:[0-9a-f]{32}}", acknowledge),
    ]


async def show_note(request: web.Request) -> web.Response:
    """Say that the notes are sent, and show the note for the group."""
    session = await require_role(request, "facilitator")
    note = await request.config_dict[DESK].drafts.note(session.account, request.match_info["note"])
    path = f"/sessions/note/{request.match_info['note']}"
    return render(
        request,
        "intake/sent.html.j2",
        note=note,
        unsaid=unsaid_line(note),
        about=subjects_line(note),
        draft_path=path,
        csrf=session.csrf,
    )


async def download_note(request: web.Request) -> web.Response:
    """Give the note as a Word document."""
    session = await require_role(request, "facilitator")
    note = await request.config_dict[DESK].drafts.note(session.account, request.match_info["note"])
    written = io.BytesIO()
    write_document(note, written)
    disposition = 'attachment; filename="session-notes.docx"'
    headers = {hdrs.CONTENT_DISPOSITION: disposition, hdrs.CONTENT_TYPE: _WORD}
    return web.Response(body=written.getvalue(), headers=headers)


async def discard_note(request: web.Request) -> web.Response:
    """Destroy the note at once."""
    session = await require_role(request, "facilitator")
    check_token(session, await read_form(request))
    drafts = request.config_dict[DESK].drafts
    await drafts.note(session.account, request.match_info["note"])
    await drafts.discard(session.account, request.match_info["note"])
    raise web.HTTPSeeOther("/sessions")


async def show_concerns(request: web.Request) -> web.Response:
    """``GET /safeguarding``: what waits for a lead, and what was taken over."""
    session = await require_role(request, "safeguarding_lead")
    found = await request.config_dict[DESK].concerns.list(session.account)
    waiting = [_line(each) for each in found if each.acknowledged_at is None]
    taken = [_line(each) for each in found if each.acknowledged_at is not None]
    actions = [each for each in safeguarding_actions().entries if each.id != "nothing_yet"]
    return render(request, "intake/concerns.html.j2", waiting=waiting, taken=taken, actions=actions, csrf=session.csrf)


async def acknowledge(request: web.Request) -> web.Response:
    """Take a concern over."""
    session = await require_role(request, "safeguarding_lead")
    form = await read_form(request)
    check_token(session, form)
    await request.config_dict[DESK].concerns.acknowledge(
        request.match_info["concern"], form.get("done", ""), session.account
    )
    raise web.HTTPSeeOther("/safeguarding")


def _line(concern: ConcernLine) -> dict[str, str]:
    done = concern.acknowledged_done
    return {
        "id": concern.id,
        "category": safeguarding_categories().title_of(concern.category),
        "urgency": urgency_title(concern.urgency),
        "at": _written(concern.at),
        "done": ", ".join(safeguarding_actions().title_of(each) for each in concern.done)
        or "Nothing recorded yet: ask whoever sent it",
        "contact": concern.contact or "Not provided",
        "reference": concern.reference or "Not provided",
        "session": concern.session,
        "escalated": "yes" if concern.state == "escalated" else "",
        "due": _written(concern.due_at),
        "from_words": "" if not concern.contributions else _times(concern.contributions),
        "taken_at": _written(concern.acknowledged_at or ""),
        "taken_done": safeguarding_actions().title_of(done) if done else "",
    }


def _times(contributions: int) -> str:
    told = "1 contribution tells" if contributions == 1 else f"{contributions} contributions tell"
    return f"Found by the detector: {told} of it. Nobody has looked at the words."


def _written(minute: str) -> str:
    """Return a minute in UTC as people write it, and nothing for none."""
    day, _, time = minute.partition("T")
    return f"{day_in_words(day)}, {time.removesuffix('Z')} UTC" if minute else ""
