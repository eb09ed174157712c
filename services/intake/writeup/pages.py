"""The pages below ``/sessions``: the list of drafts, one question a page, and sending."""

import asyncio
import hashlib
import io
from collections.abc import Callable
from typing import Final

from aiohttp import web

from services.clock import day_in_words
from services.errors import InputRefused, SurvivorVoiceError
from services.intake.door import Door
from services.intake.files.reading import format_of, read_file
from services.intake.writeup import questions as ask
from services.intake.writeup import replies as take
from services.intake.writeup.checking import rows_of
from services.intake.writeup.desk import Desk, PreviewUnreachable
from services.intake.writeup.draft import Draft, header_of
from services.intake.writeup.uploads import FindingLine, lines_of
from services.safeguarding.detection import Concern
from services.web.accounts.guard import ACCOUNTS, check_token, require_role
from services.web.accounts.register import Session
from services.web.bodies import Upload, read_form, read_lists, read_upload
from services.web.contexts import FormError
from services.web.forms import Question, ToMend, Typed, refilled
from services.web.shell import render

DESK: Final = web.AppKey("intake_desk", Desk)
DRAFT_PATH: Final = "/sessions/{draft:[0-9a-f]{32}}"
#: The questions that are asked and taken in the same way.
_TAKERS: Final = {
    "session": take.take_session,
    "areas": take.take_areas,
    "held": take.take_held,
    "room": take.take_room,
    "answers": take.take_answers,
    "equality": take.take_equality,
}
_ASKED: Final[dict[str, Callable[[Draft], Question]]] = {
    "session": ask.ask_session,
    "areas": ask.ask_areas,
    "held": ask.ask_held,
    "room": ask.ask_room,
    "answers": ask.ask_answers,
    "equality": ask.ask_equality,
}
_FIRST_BYTES: Final = 4096
_BEFORE: Final = {
    "notes": ("session", "room"),
    "held": ("session",),
    "answers": ("session",),
    "equality": ("session", "answers"),
}


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/sessions", show_list),
        web.get("/sessions/start", show_start),
        web.post("/sessions/start", begin),
        web.get(f"{DRAFT_PATH}", resume),
        web.get(f"{DRAFT_PATH}/new-group", show_new_group),
        web.post(f"{DRAFT_PATH}/new-group", make_group),
        web.get(f"{DRAFT_PATH}/upload", show_upload),
        web.post(f"{DRAFT_PATH}/upload", take_upload),
        web.get(f"{DRAFT_PATH}/check", show_check),
        web.post(f"{DRAFT_PATH}/check", send),
        web.get(f"{DRAFT_PATH}/discard", show_discard),
        web.post(f"{DRAFT_PATH}/discard", discard),
        web.get(f"{DRAFT_PATH}/{{step:group|session|areas|held|room|answers|equality|notes|concern}}", show_question),
        web.post(f"{DRAFT_PATH}/{{step:group|session|areas|held|room|answers|equality|notes|concern}}", take_question),
    ]


async def show_list(request: web.Request) -> web.Response:
    """``GET /sessions``: the facilitator's own drafts."""
    session = await require_role(request, "facilitator")
    found = await request.config_dict[DESK].drafts.drafts_of(session.account)
    lines = [(line.id, day_in_words(line.changed.isoformat()), day_in_words(line.ends.isoformat())) for line in found]
    groups = await request.config_dict[DESK].door.groups()
    return render(request, "intake/sessions.html.j2", drafts=lines, groups=groups, csrf=session.csrf)


async def show_start(request: web.Request) -> web.Response:
    """``GET /sessions/start``: what to know before typing."""
    session = await require_role(request, "facilitator")
    return render(request, "intake/start.html.j2", csrf=session.csrf)


async def begin(request: web.Request) -> web.Response:
    """``POST /sessions/start``: begin a draft."""
    session = await require_role(request, "facilitator")
    check_token(session, await read_form(request))
    made = await request.config_dict[DESK].drafts.begin(session.account)
    raise web.HTTPSeeOther(f"/sessions/{made}/group")


async def resume(request: web.Request) -> web.Response:
    """``GET /sessions/<draft>``: go on where it was left."""
    _, draft = await _open(request)
    raise web.HTTPSeeOther(f"{_path(request)}/{await request.config_dict[DESK].next_step(draft)}")


async def show_question(request: web.Request) -> web.Response:
    """Show one question with its answer so far."""
    session, draft = await _open(request)
    _require_before(request, draft)
    question = await _ask(request, draft)
    return await _show(request, session, draft, question)


async def take_question(request: web.Request) -> web.Response:
    """Take one answer and lead on to the next open question, or show what to mend with what was typed."""
    session, draft = await _open(request)
    typed = await read_lists(request)
    _check(session, typed)
    _require_before(request, draft)
    desk, step = request.config_dict[DESK], request.match_info["step"]
    try:
        if step == "group":
            taken = take.take_group(draft, typed, await desk.door.groups())
        elif step == "notes":
            taken = take.take_notes(draft, typed, desk.clock.today(), await desk.door.groups())
        elif step == "concern":
            taken = take.take_concern(draft, typed, await _leads(request))
        else:
            taken = _TAKERS[step](draft, typed, desk.clock.today())
    except ToMend as wrong:
        question = refilled(await _ask(request, draft), typed, wrong.errors)
        return await _show(request, session, draft, question, status=422)
    return await _lead_on(request, session, taken)


async def show_new_group(request: web.Request) -> web.Response:
    """Ask for a new group."""
    session, draft = await _open(request)
    return await _show(request, session, draft, ask.ask_new_group(_path(request)), action="new-group")


async def make_group(request: web.Request) -> web.Response:
    """Make a group and choose it."""
    session, draft = await _open(request)
    typed = await read_lists(request)
    _check(session, typed)
    try:
        taken = await _make_group(request.config_dict[DESK].door, draft, typed)
    except ToMend as wrong:
        question = refilled(ask.ask_new_group(_path(request)), typed, wrong.errors)
        return await _show(request, session, draft, question, action="new-group", status=422)
    return await _lead_on(request, session, taken)


async def _make_group(door: Door, draft: Draft, typed: Typed) -> Draft:
    title, seated, convened = (next(iter(typed.get(name, ())), "").strip() for name in ("title", "seated", "convened"))
    if seated not in ("yes", "no"):
        raise ToMend(FormError("seated", "Say whether each person has a number"))
    try:
        made = await door.make_group(title, seated=seated == "yes", convened=convened)
    except InputRefused:
        raise ToMend(FormError("title", "Enter a title of up to 80 characters that names nobody")) from None
    return take.take_group(draft, {"group": [made]}, await door.groups())


async def show_upload(request: web.Request) -> web.Response:
    """Ask for a file."""
    session, draft = await _open(request)
    _require_before(request, draft)
    return await _show(request, session, draft, ask.ask_upload(_path(request)), action="upload")


async def take_upload(request: web.Request) -> web.Response:
    """Read a file in memory; one that cannot be taken comes back as its own rows, and nothing of it is kept."""
    session, draft = await _open(request)
    fields, files = await read_upload(request)
    check_token(session, fields)
    _require_before(request, draft)
    try:
        taken = await _take_upload(request.config_dict[DESK], draft, files.get("file"))
    except _BadFile as bad:
        wrong = [FormError("file", "Mend what the table below names, then send the file again")]
        question = refilled(ask.ask_upload(_path(request)), {}, wrong)
        return await _show(request, session, draft, question, action="upload", findings=bad.lines, status=422)
    except ToMend as wrong_file:
        question = refilled(ask.ask_upload(_path(request)), {}, wrong_file.errors)
        return await _show(request, session, draft, question, action="upload", status=422)
    return await _lead_on(request, session, taken)


class _BadFile(SurvivorVoiceError):
    """A file with findings, as they stand beside its rows."""

    def __init__(self, lines: tuple[FindingLine, ...]) -> None:
        super().__init__("The file was refused.")
        self.lines = lines


async def _take_upload(desk: Desk, draft: Draft, upload: Upload | None) -> Draft:
    if upload is None or not upload.content:
        raise ToMend(FormError("file", "Choose a file that is not empty"))
    file_format = ""
    digest = hashlib.sha256(upload.content).hexdigest()
    before = await desk.door.first_sent_on(digest)
    if before is not None:
        raise ToMend(FormError("file", f"This file was sent before, on {day_in_words(before)}: it is not stored twice"))
    groups = await desk.door.groups()
    try:
        file_format = format_of(upload.file_name, upload.content[:_FIRST_BYTES])
        read = await asyncio.to_thread(
            read_file, io.BytesIO(upload.content), format=file_format, header=header_of(draft)
        )
        return take.take_file(draft, read, desk.clock.today(), groups, digest)
    except InputRefused as refused:
        # An option speaks of one session; every option comes from answers that were checked.
        if all(found.place.startswith("option ") for found in refused.findings):
            raise ToMend(FormError("file", take.SEVERAL_SESSIONS)) from None
        lines = await asyncio.to_thread(lines_of, refused.findings, upload.content, file_format)
    raise _BadFile(lines)


async def show_check(request: web.Request) -> web.Response:
    """Show every answer with a way to change it; leads to the first open question where there is one."""
    session, draft = await _open(request)
    await _require_complete(request, draft)
    groups = {group.id: group.title for group in await request.config_dict[DESK].door.groups()}
    rows = rows_of(draft, groups)
    return render(request, "intake/check.html.j2", rows=rows, draft_path=_path(request), csrf=session.csrf)


async def send(request: web.Request) -> web.Response:
    """Send the draft and lead to the note for the group."""
    session, draft = await _open(request)
    check_token(session, await read_form(request))
    await _require_complete(request, draft)
    try:
        note = await request.config_dict[DESK].send(session.account, request.match_info["draft"])
    except PreviewUnreachable:
        return unreachable(request)
    raise web.HTTPSeeOther(f"/sessions/note/{note}")


async def show_discard(request: web.Request) -> web.Response:
    """Ask whether a draft is thrown away."""
    session, _ = await _open(request)
    return render(request, "intake/discard.html.j2", draft_path=_path(request), csrf=session.csrf)


async def discard(request: web.Request) -> web.Response:
    """Throw a draft away."""
    session, _ = await _open(request)
    check_token(session, await read_form(request))
    await request.config_dict[DESK].drafts.discard(session.account, request.match_info["draft"])
    raise web.HTTPSeeOther("/sessions")


def unreachable(request: web.Request) -> web.Response:
    """Say that the preview cannot be reached and the draft waits."""
    return render(request, "intake/unreachable.html.j2", draft_path=_path(request), status=503)


async def _open(request: web.Request) -> tuple[Session, Draft]:
    session = await require_role(request, "facilitator")
    return session, await request.config_dict[DESK].drafts.load(session.account, request.match_info["draft"])


def _check(session: Session, typed: Typed) -> None:
    check_token(session, {name: values[0] for name, values in typed.items()})


def _path(request: web.Request) -> str:
    return f"/sessions/{request.match_info['draft']}"


def _require_before(request: web.Request, draft: Draft) -> None:
    """Words and ways of holding are read by what was said about the session: that comes first."""
    step = request.match_info.get("step", "notes")
    for before in _BEFORE.get(step, ()):
        if before not in draft.answered:
            raise web.HTTPSeeOther(f"{_path(request)}/{before}")
    if step == "equality" and not draft.equality:
        raise web.HTTPSeeOther(f"{_path(request)}/answers")


async def _require_complete(request: web.Request, draft: Draft) -> None:
    step = await request.config_dict[DESK].next_step(draft)
    if step != "check":
        raise web.HTTPSeeOther(f"{_path(request)}/{step}")


async def _ask(request: web.Request, draft: Draft) -> Question:
    step, path, desk = request.match_info["step"], _path(request), request.config_dict[DESK]
    if step == "group":
        return ask.ask_group(draft, await desk.door.groups(), path)
    if step == "notes":
        return ask.ask_notes(draft, path)
    if step == "concern":
        pressing = await desk.pressing(draft)
        return ask.ask_concern(draft, pressing[0].category if pressing else "", await _leads(request))
    return _ASKED[step](draft)


async def _leads(request: web.Request) -> dict[str, str]:
    """Return the safeguarding leads' names, by account."""
    return await request.config_dict[ACCOUNTS].leads()


async def _lead_on(request: web.Request, session: Session, taken: Draft) -> web.Response:
    desk = request.config_dict[DESK]
    await desk.drafts.save(session.account, request.match_info["draft"], taken)
    raise web.HTTPSeeOther(f"{_path(request)}/{await desk.next_step(taken)}")


async def _show(
    request: web.Request,
    session: Session,
    draft: Draft,
    question: Question,
    *,
    action: str = "",
    findings: tuple[FindingLine, ...] = (),
    status: int = 200,
) -> web.Response:
    step = action or request.match_info["step"]
    pressing: list[Concern] = []
    if step == "concern":
        pressing = await request.config_dict[DESK].pressing(draft)
    return render(
        request,
        "intake/question.html.j2",
        page=question,
        step=step,
        action=f"{_path(request)}/{step}",
        csrf=session.csrf,
        findings=findings,
        pressing=bool(pressing),
        status=status,
    )
