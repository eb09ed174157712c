"""The pages of sign-in, ``/sign-in`` and ``/sign-out``, and what puts them into an application."""

from collections.abc import AsyncIterator
from typing import Final

from aiohttp import hdrs, web

from services.web.accounts.guard import (
    ACCOUNTS,
    HOME,
    ONWARD,
    check_token,
    cookie_name,
    end_session,
    session_of,
    set_cookie,
)
from services.web.accounts.register import Accounts
from services.web.bodies import read_form
from services.web.contexts import FormError
from services.web.shell import render

_REFUSED: Final = FormError(
    "name",
    "Check the name and the password. After several wrong tries an account rests for 15 minutes.",
)
_FORGET: Final = '"cache", "cookies", "storage"'


def attach_accounts(app: web.Application, accounts: Accounts) -> None:
    """Give ``app`` the register and the pages of sign-in; the register is open while the application runs."""
    app[ACCOUNTS] = accounts

    async def lives(_: web.Application) -> AsyncIterator[None]:
        await accounts.open()
        yield
        await accounts.close()

    app.cleanup_ctx.append(lives)
    app.router.add_routes(
        [
            web.get("/sign-in", show_sign_in),
            web.post("/sign-in", sign_in),
            web.get("/sign-out", show_sign_out),
            web.post("/sign-out", sign_out),
        ],
    )


async def show_sign_in(request: web.Request) -> web.Response:
    """Ask for name and password."""
    return render(request, "sign_in.html.j2", to=_part(request), errors=())


async def sign_in(request: web.Request) -> web.Response:
    """Begin a session under a new id and lead on; one that the browser carried before ends."""
    form = await read_form(request)
    accounts = request.config_dict[ACCOUNTS]
    # Not stripped: spaces may belong to a password, and read_form takes them off.
    password = str((await request.post()).get("password", ""))
    session_id = await accounts.sign_in(form.get("name", ""), password)
    if session_id is None:
        return render(request, "sign_in.html.j2", to=_part(request), errors=(_REFUSED,), status=422)
    await end_session(request)
    session = await accounts.find(session_id)
    home = "/" if session is None else HOME.get(session.role, "/")
    response = web.Response(status=303, headers={hdrs.LOCATION: ONWARD.get(_part(request), home)})
    set_cookie(request, response, session_id)
    return response


async def show_sign_out(request: web.Request) -> web.Response:
    """Ask whether to sign out: a link alone must not do it."""
    session = await session_of(request)
    if session is None:
        raise web.HTTPSeeOther("/sign-in")
    return render(request, "sign_out.html.j2", csrf=session.csrf)


async def sign_out(request: web.Request) -> web.Response:
    """End the session and have the browser forget this site."""
    session = await session_of(request)
    if session is not None:
        check_token(session, await read_form(request))
        await end_session(request)
    response = web.Response(status=303, headers={hdrs.LOCATION: "/sign-in", "Clear-Site-Data": _FORGET})
    response.del_cookie(cookie_name(request), path="/")
    return response


def _part(request: web.Request) -> str:
    """Return the part of the service to go on to, when the address names one that we know."""
    part = request.query.get("to", "")
    return part if part in ONWARD else ""
