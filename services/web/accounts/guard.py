"""Who is asking: the session's cookie, what its role may see, and the token that its forms must carry."""

import hmac
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from services.web.accounts.register import ABSOLUTE_SECONDS, Accounts, Session
from services.web.accounts.roles import Role
from services.web.shell import SETTINGS

ACCOUNTS: Final = web.AppKey("accounts", Accounts)
#: Where sign-in may lead on to; an address is never taken from the request.
ONWARD: Final[Mapping[str, str]] = {
    "sessions": "/sessions",
    "safeguarding": "/safeguarding",
    "review": "/review",
    "board": "/board",
    "answers": "/answers",
    "answer-texts": "/answer-texts",
    "groups": "/groups",
    "reports": "/reports/prepare",
}
#: Where each role begins.
HOME: Final[Mapping[Role, str]] = {
    "facilitator": "/sessions",
    "reviewer": "/review",
    "safeguarding_lead": "/safeguarding",
    "board": "/board",
    "responder": "/answers",
    "approver": "/answer-texts",
}
CSRF_FIELD: Final = "csrf"


def cookie_name(request: web.Request) -> str:
    """Return the cookie's name: behind TLS one that browsers accept from this very host over HTTPS alone."""
    return "__Host-sv_session" if request.config_dict[SETTINGS].behind_tls else "sv_session"


def set_cookie(request: web.Request, response: web.StreamResponse, session_id: str) -> None:
    """Give the browser a session's id, out of reach of scripts and of other sites' forms."""
    response.set_cookie(
        cookie_name(request),
        session_id,
        path="/",
        max_age=ABSOLUTE_SECONDS,
        secure=request.config_dict[SETTINGS].behind_tls,
        httponly=True,
        samesite="Lax",
    )


async def session_of(request: web.Request) -> Session | None:
    """Return the session that a request carries, or None."""
    session_id = request.cookies.get(cookie_name(request), "")
    accounts = request.config_dict.get(ACCOUNTS)
    return await accounts.find(session_id) if session_id and accounts is not None else None


async def require_role(request: web.Request, *roles: Role) -> Session:
    """Return the session of somebody in one of these roles.

    Raises:
        web.HTTPSeeOther: nobody is signed in; leads to the sign-in page, and from there back to the same part.
        web.HTTPForbidden: signed in, in another role.
    """
    session = await session_of(request)
    if session is None:
        part = request.path.split("/")[1]
        raise web.HTTPSeeOther(f"/sign-in?to={part}" if part in ONWARD else "/sign-in")
    if session.role not in roles:
        raise web.HTTPForbidden
    return session


def check_token(session: Session, form: Mapping[str, str]) -> None:
    """Pass when a form carries its session's token.

    Raises:
        web.HTTPForbidden: it does not.
    """
    if not hmac.compare_digest(form.get(CSRF_FIELD, "").encode(), session.csrf.encode()):
        raise web.HTTPForbidden


async def end_session(request: web.Request) -> None:
    """End the session that a request carries, if any; for ``/exit`` and ``/sign-out``."""
    session_id = request.cookies.get(cookie_name(request), "")
    accounts = request.config_dict.get(ACCOUNTS)
    if session_id and accounts is not None:
        await accounts.end(session_id)
