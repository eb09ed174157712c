"""The pages of a service below ``/answers``: what waits on it, its answer, one thing a page, and its progress."""

from typing import Final

from aiohttp import web

from services.clock import day_in_words
from services.errors import Conflict, InputRefused, NotFound, Plain
from services.reporter.recommendations import asking
from services.reporter.recommendations.answering import Taken
from services.reporter.recommendations.asking import errors_of, refilled, require_choices
from services.reporter.recommendations.asking_page import show_question
from services.reporter.recommendations.drafts import PAGES, Draft, draft_of
from services.reporter.recommendations.public_pages import ONE, RECOMMENDATIONS
from services.reporter.recommendations.routing import Organisation
from services.reporter.recommendations.showing import (
    ANSWER_WORDS,
    OVERDUE_WORDS,
    HistoryLine,
    Shown,
    reason_words,
    sector_words,
)
from services.web.accounts.guard import check_token, require_role
from services.web.accounts.register import Session
from services.web.bodies import read_form
from services.web.forms import Question, ToMend
from services.web.shell import render

TITLE: Final = "Answers"
_PATH: Final = f"/answers/{ONE}"
_STEPS: Final = "|".join(PAGES)
_TOLD: Final = {
    "sent": "Your answer is kept.",
    "words": "Your answer is kept. Your own words wait for an approver.",
    "same": "This is the answer that stands already. Nothing was changed.",
    "back": "Your answer is taken back.",
    "begun": "It is noted that you have begun.",
    "done": "It is noted that it is done. The group says next whether it changed.",
    "milestone": "What you reached waits for an approver.",
    "query": "The board sees what should be checked. The day on which it becomes public stays.",
}


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/answers", show_list),
        web.get(_PATH, show_one),
        web.post(f"{_PATH}/begin", begin_answer),
        web.get(f"{_PATH}/check", show_check),
        web.post(f"{_PATH}/check", send),
        web.get(f"{_PATH}/take-back", show_take_back),
        web.post(f"{_PATH}/take-back", take_back),
        web.get(f"{_PATH}/query", show_query),
        web.post(f"{_PATH}/query", send_query),
        web.get(f"{_PATH}/milestone", show_milestone),
        web.post(f"{_PATH}/milestone", send_milestone),
        web.post(f"{_PATH}/progress", send_progress),
        web.get(f"{_PATH}/{{page:{_STEPS}}}", show_page),
        web.post(f"{_PATH}/{{page:{_STEPS}}}", take_page),
    ]


async def show_list(request: web.Request) -> web.Response:
    """``GET /answers``: what waits on the organisation, the longest first."""
    _, organisation = await _require_member(request)
    shown = await request.config_dict[RECOMMENDATIONS].reading.of_organisation(organisation.organisation)
    waits = [each for each in shown if each.life.standing == "waiting"]
    on_it = [each for each in shown if each.life.standing in ("accepted", "partly", "in_progress")]
    rest = [each for each in shown if each not in waits and each not in on_it]
    return render(
        request,
        "reporter/answers.html.j2",
        organisation=organisation,
        parts=(("Waiting for your answer", waits), ("Taken on", on_it), ("Answered or closed", rest)),
        overdue_words=OVERDUE_WORDS,
    )


async def show_one(request: web.Request) -> web.Response:
    """``GET /answers/{id}``: one recommendation, what can be done, and what becomes public on which day."""
    session, organisation = await _require_member(request)
    shown, history = await _one(request, organisation)
    texts = await request.config_dict[RECOMMENDATIONS].texts.of_recommendation(shown.recommendation)
    return render(
        request,
        "reporter/answer.html.j2",
        shown=shown,
        history=history,
        waiting=[text for text in texts if text.state == "waiting"],
        refused=any(text.state == "refused" for text in texts),
        told=_TOLD.get(request.query.get("done", ""), ""),
        csrf=session.csrf,
        overdue_words=OVERDUE_WORDS,
        becomes_public=becomes_public(shown),
    )


def becomes_public(shown: Shown) -> tuple[str, ...]:
    """Return what everybody will see and from which day, one line each."""
    if shown.life.retracted:
        return ()
    if shown.life.is_public:
        return (
            "It is public. Your answer, the reason from the list, the role that leads and the date show at once.",
            "Your own words show when an approver has read them.",
        )
    return (
        f"On {shown.public_on} everybody sees the recommendation.",
        "If you have answered by then: your answer, the reason from the list, the role that leads and the date too.",
        "Your own words show from that day on, once an approver has read them.",
        "You see it before others do so that you can say what is not right. You cannot stop it.",
    )


async def begin_answer(request: web.Request) -> web.Response:
    """``POST /answers/{id}/begin``: begin an answer, or change the one that stands."""
    session, organisation = await _require_member(request)
    check_token(session, await read_form(request))
    desk = request.config_dict[RECOMMENDATIONS]
    shown, _ = await _one(request, organisation)
    if await desk.drafts.load(session.account, shown.recommendation) is None:
        await desk.drafts.save(session.account, shown.recommendation, draft_of(shown.life))
    raise web.HTTPSeeOther(f"/answers/{shown.recommendation}/answer")


async def show_page(request: web.Request) -> web.Response:
    """Show one page of an answer with what stood there."""
    session, _, draft = await _require_draft(request)
    page = _page_of(request, draft)
    return _ask(request, session, asking.ask_page(page, draft))


async def take_page(request: web.Request) -> web.Response:
    """Take one page of an answer and lead on, or show what to mend."""
    session, _, draft = await _require_draft(request)
    typed = await read_form(request)
    check_token(session, typed)
    page = _page_of(request, draft)
    desk = request.config_dict[RECOMMENDATIONS]
    try:
        taken = asking.take_page(page, draft, typed, desk.keeping.today)
    except ToMend as wrong:
        return _ask(request, session, refilled(asking.ask_page(page, draft), typed, wrong.errors))
    await desk.drafts.save(session.account, _id(request), taken)
    raise web.HTTPSeeOther(f"/answers/{_id(request)}/{taken.next_page}")


async def show_check(request: web.Request) -> web.Response:
    """``GET /answers/{id}/check``: every part of the answer with a way to change it."""
    session, _, draft = await _require_whole(request)
    rows = check_rows(draft)
    path = f"/answers/{_id(request)}"
    return render(request, "reporter/check_answer.html.j2", rows=rows, answer_path=path, csrf=session.csrf)


def check_rows(draft: Draft) -> tuple[tuple[str, str, str], ...]:
    """Return the parts of a whole answer: page, heading and value."""
    values = {
        "answer": ("Answer", ANSWER_WORDS[draft.answer or "accepted"]),
        "because": ("Reason", reason_words(draft.because, None)),
        "whose": ("Whose it is", sector_words(draft.passed_to)),
        "lead": ("Who leads", draft.lead),
        "due": ("Promised for", day_in_words(draft.due) if draft.due else "No date set"),
        "words": ("In your own words", draft.words or "Not provided"),
    }
    return tuple((page, *values[page]) for page in draft.pages)


async def send(request: web.Request) -> web.Response:
    """``POST /answers/{id}/check``: send the answer."""
    session, organisation, draft = await _require_whole(request)
    check_token(session, await read_form(request))
    desk = request.config_dict[RECOMMENDATIONS]
    taken = await desk.answering.answer(
        _id(request),
        organisation.organisation,
        draft.as_answer(),
        reason=draft.words or None,
        by=session.name,
        at=draft.at,
    )
    await desk.drafts.discard(session.account, _id(request))
    raise _told(request, "same" if not taken.changed else "words" if taken.text_waits else "sent")


async def show_take_back(request: web.Request) -> web.Response:
    """Ask whether an answer is taken back."""
    session, organisation = await _require_member(request)
    shown, _ = await _one(request, organisation)
    return render(request, "reporter/take_back.html.j2", shown=shown, csrf=session.csrf)


async def take_back(request: web.Request) -> web.Response:
    """Take an answer back."""
    session, organisation = await _require_member(request)
    form = await read_form(request)
    check_token(session, form)
    desk = request.config_dict[RECOMMENDATIONS]
    await desk.answering.take_back(_id(request), organisation.organisation, at=read_at(form))
    await desk.drafts.discard(session.account, _id(request))
    raise _told(request, "back")


async def show_query(request: web.Request) -> web.Response:
    """Ask what should be checked."""
    session, organisation = await _require_member(request)
    await _one(request, organisation)
    return _ask(request, session, asking.ask_query())


async def send_query(request: web.Request) -> web.Response:
    """Take what should be checked."""
    session, organisation = await _require_member(request)
    typed = await read_form(request)
    check_token(session, typed)
    question = asking.ask_query()
    try:
        require_choices(question, typed)
        await request.config_dict[RECOMMENDATIONS].answering.query(
            _id(request), organisation.organisation, typed.get("what", "")
        )
    except (ToMend, InputRefused) as refused:
        return _ask(request, session, refilled(question, typed, errors_of(refused, question.fields)))
    raise _told(request, "query")


async def show_milestone(request: web.Request) -> web.Response:
    """Ask what was reached."""
    session, organisation = await _require_member(request)
    await _one(request, organisation)
    return _ask(request, session, asking.ask_milestone())


async def send_milestone(request: web.Request) -> web.Response:
    """Take what was reached."""
    session, organisation = await _require_member(request)
    typed = await read_form(request)
    check_token(session, typed)
    question = asking.ask_milestone()
    try:
        await request.config_dict[RECOMMENDATIONS].answering.progress(
            _id(request), organisation.organisation, milestone=typed.get("milestone", ""), by=session.name
        )
    except InputRefused as refused:
        return _ask(request, session, refilled(question, typed, errors_of(refused, question.fields)))
    raise _told(request, "milestone")


async def send_progress(request: web.Request) -> web.Response:
    """``POST /answers/{id}/progress``: say that work has begun or is done."""
    session, organisation = await _require_member(request)
    form = await read_form(request)
    check_token(session, form)
    progress = form.get("progress", "")
    taken: Taken = await request.config_dict[RECOMMENDATIONS].answering.progress(
        _id(request), organisation.organisation, progress=progress, by=session.name, at=read_at(form)
    )
    told = "done" if progress == "done" else "begun"
    raise _told(request, told if taken.changed else "same")


def read_at(form: dict[str, str]) -> int | None:
    """Return the revision that a form was made from, where it carries one."""
    given = form.get("at", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None  # noqa: PLR2004 - far more digits than steps


async def _require_member(request: web.Request) -> tuple[Session, Organisation]:
    session = await require_role(request, "responder")
    organisation = await request.config_dict[RECOMMENDATIONS].organisations.member_of(session.name)
    if organisation is None:
        raise Conflict(Plain("Your account answers for no organisation yet. Ask whoever looks after the service."))
    return session, organisation


async def _one(request: web.Request, organisation: Organisation) -> tuple[Shown, tuple[HistoryLine, ...]]:
    """Return the recommendation that a page is about; one of another organisation is not there, like an unknown one."""
    reading = request.config_dict[RECOMMENDATIONS].reading
    try:
        return await reading.one_of_organisation(_id(request), organisation.organisation)
    except InputRefused:
        raise NotFound(Plain("No such recommendation waits on your organisation. Look at the list again.")) from None


async def _require_draft(request: web.Request) -> tuple[Session, Organisation, Draft]:
    session, organisation = await _require_member(request)
    draft = await request.config_dict[RECOMMENDATIONS].drafts.load(session.account, _id(request))
    if draft is None:
        raise web.HTTPSeeOther(f"/answers/{_id(request)}")
    return session, organisation, draft


async def _require_whole(request: web.Request) -> tuple[Session, Organisation, Draft]:
    session, organisation, draft = await _require_draft(request)
    if draft.next_page != "check":
        raise web.HTTPSeeOther(f"/answers/{_id(request)}/{draft.next_page}")
    return session, organisation, draft


def _page_of(request: web.Request, draft: Draft) -> str:
    """Return the page that is asked for, where this answer has it; else lead on to the next open one."""
    page = request.match_info["page"]
    if page not in draft.pages:
        raise web.HTTPSeeOther(f"/answers/{_id(request)}/{draft.next_page}")
    return page


def _ask(request: web.Request, session: Session, question: Question) -> web.Response:
    return show_question(request, session, question, title=TITLE, back=f"/answers/{_id(request)}")


def _told(request: web.Request, what: str) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(f"/answers/{_id(request)}?done={what}")


def _id(request: web.Request) -> str:
    return request.match_info["recommendation"]
