"""What a refused or failed request gets: a reference number and plain words, never what was sent.

Pages get a page, paths below ``/api/`` get ``{"error": {"reference", "message", "fields": [...]}}``. The same reference
stands in the log beside the class of the error and the place in our code, never its text.
"""

import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from services.errors import (
    Conflict,
    Finding,
    Held,
    InputRefused,
    KeyAwaited,
    LogUnavailable,
    NotFound,
    NotInstalled,
    Plain,
    StepRefused,
    StoreUnavailable,
    SurvivorVoiceError,
    UnknownTopic,
    UsageError,
)
from services.web.headers import nonce_of
from services.web.shell import render

_LOG: Final = structlog.get_logger("services.web")
# No letter or digit that is easily taken for another when a number is read out over the telephone.
_SIGNS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_FIRST_ERROR: Final = 400
_SERVER_ERROR: Final = 500
_NOT_FOUND: Final = 404
_KEPT_HEADERS: Final = (hdrs.ALLOW, hdrs.WWW_AUTHENTICATE, hdrs.RETRY_AFTER)


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said about one status: title and heading, and what to do next."""

    heading: str
    next_step: str


WORDINGS: Final = {
    400: Wording("This could not be read", "Go back, check what you sent and try again."),
    401: Wording("You need to sign in", "Sign in, or send the access token with your call."),
    403: Wording("You cannot do this", "Open the page again from the front page. If you still cannot, ask us."),
    404: Wording("Page not found", "Check the address, or start again from the front page."),
    405: Wording("This cannot be done here", "Open the page again from the front page."),
    409: Wording("This cannot be done now", "Something has changed in the meantime. Open the page again and look."),
    413: Wording("That is too big", "Send less at once, or in several parts."),
    415: Wording("This kind of file cannot be read", "Send it in one of the kinds the page names."),
    421: Wording("Page not found", "Use the address that you were given."),
    422: Wording("There is a problem", "Mend what is named and send it again."),
    429: Wording("Too many tries", "Wait a few minutes, then try again."),
    501: Wording("This cannot be made on this machine", "Take another file, or ask us to install what is missing."),
    503: Wording("Not available now", "Nothing was lost that we had confirmed. Try again in a few minutes."),
}
_OTHER_REFUSAL: Final = Wording("This cannot be done", "Open the page again from the front page.")
_FAILURE: Final = Wording("Something went wrong", "It is our fault, not yours. Try again later, or ask us.")
_STATUSES: Final[tuple[tuple[type[SurvivorVoiceError], int], ...]] = (
    (InputRefused, 422),
    (UsageError, 400),
    (NotFound, 404),
    (NotInstalled, 501),
    (UnknownTopic, 404),
    (Conflict, 409),
    (Held, 409),
    (LogUnavailable, 503),
    (StoreUnavailable, 503),
    (KeyAwaited, 503),
)


def wording_of(status: int) -> Wording:
    """Return what is said about ``status``."""
    found = WORDINGS.get(status)
    if found is not None:
        return found
    return _FAILURE if status >= _SERVER_ERROR else _OTHER_REFUSAL


def make_reference() -> str:
    """Return a new reference number such as ``K7QD-2MXA``: random, so that it says nothing about the request."""
    signs = [secrets.choice(_SIGNS) for _ in range(8)]
    return f"{''.join(signs[:4])}-{''.join(signs[4:])}"


def status_of(error: Exception) -> int:
    """Return the status an error stands for: its own, that of its place in our tree, else 500."""
    if isinstance(error, web.HTTPException):
        return error.status
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), _SERVER_ERROR)


def sentence_of(error: Exception) -> str:
    """Return an error's own sentence where it is marked as one that may be shown, else nothing."""
    text = error.args[0] if isinstance(error, SurvivorVoiceError) and error.args else ""
    return str(text) if isinstance(text, Plain) else ""


def refuse(
    request: web.Request,
    status: int,
    reference: str,
    findings: tuple[Finding, ...] = (),
    *,
    held: bool = False,
    sentence: str = "",
) -> web.Response:
    """Return the answer to a refused request: JSON below ``/api/``, else a page.

    Args:
        request: that is refused.
        status: of the answer.
        reference: its number.
        findings: what to mend.
        held: it is held back, not wrong.
        sentence: the reason in a sentence of ours, in the place of the general one.
    """
    wording = wording_of(status)
    if sentence:
        wording = Wording(wording.heading if status != _NOT_FOUND else "This is not here", sentence)
    if request.path.startswith("/api/"):
        fields = [{"place": found.place, "rule": found.rule, "mend": found.mend} for found in findings]
        message = sentence or f"{wording.heading}. {wording.next_step}"
        told: dict[str, object] = {"reference": reference, "message": message, "fields": fields}
        if held:
            told["held"] = True
        return web.json_response({"error": told}, status=status)
    return render(request, "refused.html.j2", status=status, wording=wording, reference=reference, findings=findings)


def answer_refusals(*, references: Callable[[], str] = make_reference) -> Middleware:
    """Return the outermost middleware: every refusal and failure becomes an answer of ours.

    It makes new responses and lets headers be added when they are prepared; a caught exception is never returned.
    Redirects and cancellation pass.
    """

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer for whatever the handler raises."""
        nonce_of(request)  # made here, so that every copy of the request further in carries the same one
        try:
            return await handler(request)
        except web.HTTPException as raised:
            if raised.status < _FIRST_ERROR:
                raise
            error: Exception = raised
        except Exception as raised:  # noqa: BLE001 - the last place that can give the person a page
            error = raised
        status, reference = status_of(error), references()
        _note(request, error, status, reference)
        findings = tuple(error.findings) if isinstance(error, InputRefused | StepRefused) else ()
        response = refuse(
            request, status, reference, findings, held=isinstance(error, Held), sentence=sentence_of(error)
        )
        if isinstance(error, web.HTTPException):
            response.headers.update({name: error.headers[name] for name in _KEPT_HEADERS if name in error.headers})
        if status == web.HTTPServiceUnavailable.status_code:
            response.headers.setdefault(hdrs.RETRY_AFTER, "60")
        return response

    return answer


def _note(request: web.Request, error: Exception, status: int, reference: str) -> None:
    """Log a refusal by reference, route and class; a failure also by the place in the code. Never text or address."""
    resource = request.match_info.route.resource
    told: dict[str, str | int] = {
        "reference": reference,
        "status": status,
        "method": request.method,
        "route": resource.canonical if resource is not None else "none",
        "error": type(error).__name__,
    }
    if status < _SERVER_ERROR:
        _LOG.info("request_refused", **told)
        return
    frames = traceback.extract_tb(error.__traceback__)
    told["place"] = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "unknown"
    _LOG.error("request_failed", **told)
