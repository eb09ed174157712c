"""The pages below ``/reports/prepare``: one signed-in person prepares a release, another reads it and approves.

A reviewer or an approver prepares; only an approver approves, and never what she prepared herself.
"""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from services.clock import day_in_words
from services.errors import Conflict, Held, InputRefused, Plain, SurvivorVoiceError
from services.reporter.api import PUBLISHING
from services.reporter.editions import EDITIONS
from services.reporter.lines import ReleaseLine
from services.reporter.periods import period_in_words
from services.reporter.publishing import Draft
from services.reporter.reading import report_page
from services.reporter.release import ReleaseTable, Signatory
from services.reporter.titles import question_title
from services.vocabulary.frameworks import framework, frameworks
from services.web.accounts.guard import check_token, require_role
from services.web.accounts.register import Session
from services.web.accounts.roles import Role
from services.web.bodies import read_form
from services.web.contexts import FormError
from services.web.shell import SETTINGS, render

PREPARERS: Final[tuple[Role, ...]] = ("reviewer", "approver")
_APPROVER: Final[Role] = "approver"
_ONE: Final = "/reports/prepare/{release:[0-9a-f]{32}}"
_REPORT: Final = "/reports/{report:[0-9a-f]{32}}"
_ANSWERS: Final = "answers:"
_TOLD: Final = {"published": "It is published.", "withdrawn": "The table is withdrawn."}


@dataclass(frozen=True, slots=True)
class Task:
    """One step towards publishing: what, how it stands, and whether it is done."""

    title: str
    status: str
    done: bool


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/reports/prepare", show_list),
        web.post("/reports/prepare", prepare),
        web.get(_ONE, show_draft),
        web.post(_ONE, approve),
        web.get(f"{_REPORT}/withdraw", show_withdrawal),
        web.post(f"{_REPORT}/withdraw", prepare_withdrawal),
    ]


async def show_list(request: web.Request) -> web.Response:
    """``GET /reports/prepare``: what may be prepared, what waits for an approver, and what is published."""
    session = await require_role(request, *PREPARERS)
    return await _show_list(request, session)


async def prepare(request: web.Request) -> web.Response:
    """``POST /reports/prepare``: count, control and prove a period; lead on to all of it, or say why not."""
    session = await require_role(request, *PREPARERS)
    form = await read_form(request)
    check_token(session, form)
    if not form.get("period"):
        return await _show_list(request, session, FormError("period", "Choose a period"))
    try:
        (line,) = await request.config_dict[PUBLISHING].prepare(form["period"], prepared_by=_signs(session))
    except (InputRefused, Conflict, Held) as reason:
        return await _show_list(request, session, _error("period", reason))
    raise web.HTTPSeeOther(f"/reports/prepare/{line.report}")


async def show_draft(request: web.Request) -> web.Response:
    """``GET /reports/prepare/<release>``: what is done and what is not, and the whole release."""
    session = await require_role(request, *PREPARERS)
    return await _show_draft(request, session)


async def approve(request: web.Request) -> web.Response:
    """``POST /reports/prepare/<release>``: publish it, or say why not."""
    session = await require_role(request, _APPROVER)
    check_token(session, await read_form(request))
    publishing = request.config_dict[PUBLISHING]
    release = request.match_info["release"]
    try:
        draft = await publishing.draft(release)
        await publishing.approve(release, approved_by=_signs(session))
    except Conflict as reason:
        return await _show_list(request, session, _error("period", reason))
    except (InputRefused, Held) as reason:
        return await _show_draft(request, session, _error("approve", reason))
    raise web.HTTPSeeOther(f"/reports/prepare?done={'published' if draft.line.corrects is None else 'withdrawn'}")


async def show_withdrawal(request: web.Request) -> web.Response:
    """``GET /reports/<report>/withdraw``: choose the table that is wrong."""
    session = await require_role(request, *PREPARERS)
    return await _show_withdrawal(request, session)


async def prepare_withdrawal(request: web.Request) -> web.Response:
    """``POST /reports/<report>/withdraw``: prepare the next version without one table."""
    session = await require_role(request, *PREPARERS)
    form = await read_form(request)
    check_token(session, form)
    publishing = request.config_dict[PUBLISHING]
    if not form.get("table"):
        return await _show_withdrawal(request, session, FormError("table", "Choose the table that is wrong"))
    try:
        (line,) = await publishing.prepare_withdrawal(
            request.match_info["report"], form["table"], prepared_by=_signs(session)
        )
    except Conflict as reason:
        return await _show_withdrawal(request, session, _error("table", reason))
    raise web.HTTPSeeOther(f"/reports/prepare/{line.report}")


async def _show_list(request: web.Request, session: Session, *errors: FormError) -> web.Response:
    publishing = request.config_dict[PUBLISHING]
    lines = await publishing.listed()
    return render(
        request,
        "reporter/releases.html.j2",
        periods=[(period, _capital(period_in_words(period))) for period in await publishing.open_periods()],
        waiting=[(line.report, _title(line)) for line in lines if line.state == "prepared"],
        published=[(line.report, _title(line)) for line in lines if line.state == "published"],
        told=_TOLD.get(request.query.get("done", ""), ""),
        csrf=session.csrf,
        errors=errors,
        status=422 if errors else 200,
    )


async def _show_draft(request: web.Request, session: Session, *errors: FormError) -> web.Response:
    draft = await request.config_dict[PUBLISHING].draft(request.match_info["release"])
    words = await request.config_dict[EDITIONS].words(draft.body)
    return render(
        request,
        "reporter/release.html.j2",
        page=report_page(draft.line, draft.body, area=request.config_dict[SETTINGS].organisation, words=words),
        draft=draft,
        prepared_on=day_in_words(draft.line.prepared_on),
        tasks=_tasks(draft),
        may_approve=session.role == _APPROVER and session.account != draft.prepared_by.account,
        own=session.account == draft.prepared_by.account,
        csrf=session.csrf,
        errors=errors,
        status=422 if errors else 200,
    )


async def _show_withdrawal(request: web.Request, session: Session, *errors: FormError) -> web.Response:
    line, body = await request.config_dict[PUBLISHING].published(request.match_info["report"])
    return render(
        request,
        "reporter/withdrawal.html.j2",
        line=line,
        title=_title(line),
        tables=[(table.id, table_title(table)) for table in body.tables if _shows_a_figure(table)],
        csrf=session.csrf,
        errors=errors,
        status=422 if errors else 200,
    )


def _tasks(draft: Draft) -> tuple[Task, ...]:
    hidden = sum(draft.line.withheld.values())
    sentences = len(draft.body.statements)
    wording = f"{sentences} approved by two people each" if sentences else "No sentences in it"
    if draft.line.corrects is not None:
        return (
            Task("Say which table is wrong", draft.body.withdrawn[-1].title, done=True),
            Task("A second person approves", "Not yet", done=False),
            Task("It is published as the next version", "Not yet", done=False),
        )
    return (
        Task("Nothing is on its way", "Everything was read", done=True),
        Task("Thresholds are proved", f"{draft.line.published} figures shown, {hidden} hidden", done=True),
        Task("Wording is checked", wording, done=True),
        Task("A second person approves", "Not yet", done=False),
        Task("It is published", "Not yet", done=False),
    )


def table_title(table: ReleaseTable) -> str:
    """Return what a table is called among the others of its release, which may have the same title."""
    _, _, about = table.id.partition(":")
    if about in frameworks():
        return f"{table.title}: {framework(about).short_title}"
    if table.id.startswith(_ANSWERS):
        return f"{table.title}: {question_title(about)}"
    return table.title


def _shows_a_figure(table: ReleaseTable) -> bool:
    return any(cell.value is not None for cell in table.cells)


def _signs(session: Session) -> Signatory:
    return Signatory(session.name, session.account)


def _title(line: ReleaseLine) -> str:
    title = _capital(period_in_words(line.period))
    if line.corrects is not None:
        return f"{title}: a table to withdraw"
    return f"{title}, version {line.version}" if line.version > 1 else title


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _error(field: str, reason: SurvivorVoiceError) -> FormError:
    """Return what to show for a refusal: our own sentence, or a general one."""
    if isinstance(reason, InputRefused):
        return FormError(field, " ".join(finding.mend for finding in reason.findings))
    said = reason.args[0] if reason.args else ""
    return FormError(field, said if isinstance(said, Plain) else "It is held back: no proof was found that it is safe.")
