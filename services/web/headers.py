"""Security headers on every response: pages, redirects, refusals, static files and aiohttp's own 500.

They are set when a response is prepared, because a middleware does not see every response.
Sources: OWASP ASVS 5.0, 3.4 and 14.3; MDN HTTP Observatory.
"""

import secrets
from typing import Final

from aiohttp import web

from services.web.assets import PREFIX as ASSETS

NONCE: Final = web.RequestKey("nonce", str)

_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "img-src 'self'; style-src 'self'; script-src 'nonce-{nonce}'"
)
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Nothing about us reaches another site. Not "no-referrer": under it browsers send "Origin: null" with our own
    # forms, and an older phone that sends no Sec-Fetch-Site could then not withdraw.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    # A help line's address on a page is not looked up before anybody follows it.
    "X-DNS-Prefetch-Control": "off",
    # aiohttp's own value names the versions of Python and aiohttp.
    "Server": "web",
}
_STRICT_TRANSPORT: Final = "max-age=31536000"
_KEPT_STATUSES: Final = frozenset({200, 206, 304})


def nonce_of(request: web.Request) -> str:
    """Return this request's nonce for scripts: 128 random bits, the same for page and header."""
    found = request.get(NONCE)
    if found is None:
        found = request[NONCE] = secrets.token_urlsafe(16)
    return found


def attach_headers(app: web.Application, *, behind_tls: bool) -> None:
    """Add the headers to every response of ``app`` and its sub-applications.

    Args:
        app: the application that answers the port.
        behind_tls: browsers reach it over HTTPS (a proxy ends TLS); adds HSTS and upgrades stray HTTP addresses.
    """

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        """Set the headers; only a static file may be kept by the browser."""
        policy = _POLICY.format(nonce=nonce_of(request))
        if behind_tls:
            policy += "; upgrade-insecure-requests"
            response.headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
        response.headers["Content-Security-Policy"] = policy
        response.headers.update(_ALWAYS)
        if not (request.path.startswith(ASSETS) and response.status in _KEPT_STATUSES):
            response.headers["Cache-Control"] = "no-store"

    app.on_response_prepare.append(add)
