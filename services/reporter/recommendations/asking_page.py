"""Showing a question, for every page of recommendations that asks one."""

from aiohttp import web

from services.web.accounts.register import Session
from services.web.forms import Question
from services.web.shell import render


def show_question(
    request: web.Request,
    session: Session,
    question: Question,
    *,
    title: str,
    back: str,
    at: int | None = None,
) -> web.Response:
    """Return the page of a question; it posts to its own address.

    Args:
        request: whose path the form goes to.
        session: whose token the form carries.
        question: what is asked; with errors the answer is 422.
        title: neutral, for the browser's history.
        back: where *Back* leads.
        at: the revision that is looked at, where the form carries it.
    """
    return render(
        request,
        "reporter/asking.html.j2",
        page=question,
        action=request.path,
        csrf=session.csrf,
        title=title,
        back_to=back,
        at=at,
        status=422 if question.errors else 200,
    )
