"""Intake's pages for a participant: her choices behind five words, and withdrawal; never what, when or where."""

import time

from aiohttp import web

from services.clock import day_in_words
from services.errors import InputRefused, NotFound
from services.intake.api import DOOR
from services.intake.attempts import ATTEMPTS
from services.intake.door import Door
from services.runner.confirming import HOPS
from services.vocabulary.uses import uses as all_uses
from services.web.bodies import read_form
from services.web.contexts import Choices, Erasure, FormError, ReceiptForm, Use, Withdrawal
from services.web.shell import render

_NAMES = {
    "intake": "Where notes come in",
    "anonymiser": "Where names are taken out",
    "themer": "Where notes are sorted by subject",
    "reporter": "Where reports are made",
}
_HANDLE_SECONDS = 900
_NOT_KNOWN = FormError("words", "Check the five words: these are not known here. Small slips in spelling matter.")
_TOO_MANY = FormError("words", "There were too many tries. Wait a few minutes, then try again.")


async def ask(request: web.Request) -> web.Response:
    """``GET /receipt``: ask for the five words."""
    return render(request, "receipt.html.j2", page=ReceiptForm())


async def show(request: web.Request) -> web.Response:
    """``POST /receipt``: show the choices behind five words, or how far a withdrawal has come."""
    door = request.config_dict[DOOR]
    attempts = request.config_dict[ATTEMPTS]
    form = await read_form(request)
    if attempts.is_paused():
        return render(request, "receipt.html.j2", page=ReceiptForm(errors=(_TOO_MANY,)), status=429)
    try:
        contributor = await door.find(await door.person(receipt=form.get("words", "")))
    except (InputRefused, NotFound):
        attempts.failed()
        return render(request, "receipt.html.j2", page=ReceiptForm(errors=(_NOT_KNOWN,)), status=422)
    if await door.has_withdrawn(contributor):
        return await _show_withdrawal(request, door, door.withdrawal_of(contributor))
    return await _show_choices(request, door, contributor)


async def change(request: web.Request) -> web.Response:
    """``POST /receipt/uses``: set what remains allowed."""
    door = request.config_dict[DOOR]
    contributor = _contributor(door, (await read_form(request)).get("handle", ""))
    chosen = [str(value) for value in (await request.post()).getall("use", [])]
    if not chosen:
        nothing = FormError("use-count", "To stop every use, withdraw below: that is for ever.")
        return await _show_choices(request, door, contributor, errors=(nothing,))
    await door.change_uses_of(contributor, chosen)
    return await _show_choices(request, door, contributor, changed=True)


async def withdraw(request: web.Request) -> web.Response:
    """``POST /receipt/withdraw``: withdraw, after the box was ticked."""
    door = request.config_dict[DOOR]
    form = await read_form(request)
    contributor = _contributor(door, form.get("handle", ""))
    if form.get("sure") != "yes":
        missing = FormError("sure", "Tick the box if you want to withdraw what you said.")
        return await _show_choices(request, door, contributor, errors=(missing,))
    return await _show_withdrawal(request, door, await door.withdraw_contributor(contributor))


def routes() -> list[web.RouteDef]:
    """Return the pages' routes."""
    return [
        web.get("/receipt", ask),
        web.post("/receipt", show),
        web.post("/receipt/uses", change),
        web.post("/receipt/withdraw", withdraw),
    ]


def _contributor(door: Door, handle: str) -> str:
    contributor = door.opened(handle, now=int(time.time()))
    if contributor is None:
        raise web.HTTPConflict
    return contributor


async def _show_choices(
    request: web.Request,
    door: Door,
    contributor: str,
    *,
    changed: bool = False,
    errors: tuple[FormError, ...] = (),
) -> web.Response:
    allowed = await door.uses_of(contributor)
    page = Choices(
        handle=door.handle(contributor, until=int(time.time()) + _HANDLE_SECONDS),
        uses=tuple(Use(use.id, use.shown, use.id in allowed) for use in all_uses().entries),
        came_of_it=("When a report or an answer is published, you can read it under “Read the reports”.",),
        changed=changed,
        errors=errors,
    )
    return render(request, "choices.html.j2", page=page, status=422 if errors else 200)


async def _show_withdrawal(request: web.Request, door: Door, token: str) -> web.Response:
    done = await door.confirmations(token)
    erasures = tuple(Erasure(_NAMES[hop], day_in_words(done[hop]) if hop in done else "") for hop in HOPS)
    return render(request, "withdrawn.html.j2", page=Withdrawal(erasures))
