"""The bearer token of the API, and the rule that goes with it: without sign-in, this machine only.

The token lies in a file that only its owner may read. A caller gives it as ``Authorization: Bearer <token>``.
"""

import hashlib
import hmac
import ipaddress
import os
import secrets
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from services.errors import SettingsError

API: Final = "/api/"
_SHORTEST: Final = 32
_SCHEME: Final = "bearer "


def make_token(path: Path) -> str:
    """Write a new token of 256 random bits to ``path`` (0600) unless the file is there; return the one that stands.

    Raises:
        SettingsError: the file that is there may be read by others, or holds no token.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_token(path)
    token = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token


def read_token(path: Path) -> str:
    """Return the token in ``path``.

    Raises:
        SettingsError: there is no such file, others may read it, or it holds no token of at least 32 characters.
    """
    try:
        mode = path.stat().st_mode
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError("The API's token file cannot be read.") from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError("The API's token file may be read by others: give it the mode 0600.")
    if len(token) < _SHORTEST or not token.isprintable() or " " in token:
        raise SettingsError("The API's token file holds no token: delete it, and a new one is made.")
    return token


def require_token(path: Path, *, open_paths: Collection[str] = ()) -> Middleware:
    """Refuse (401) calls below ``/api/`` that do not carry the token in ``path``.

    Pages and health paths lie outside ``/api/`` and are not asked. The file is read once, here.

    Args:
        path: the token's file.
        open_paths: whole paths below ``/api/`` that need no token.

    Raises:
        SettingsError: see ``read_token``.
    """
    expected = read_token(path)
    exempt = frozenset(open_paths)

    @web.middleware
    async def check_token(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a call through that lies elsewhere, is exempt, or carries the token."""
        if request.path.startswith(API) and request.path not in exempt:
            demand_token(request, expected)
        return await handler(request)

    return check_token


def token_of(request: web.Request) -> str:
    """Return the bearer token that a call carries, or nothing."""
    given = request.headers.get(hdrs.AUTHORIZATION, "")
    return given[len(_SCHEME) :] if given[: len(_SCHEME)].lower() == _SCHEME else ""


def demand_token(request: web.Request, expected: str) -> None:
    """Pass when a call carries a token; digests are compared in constant time: neither content nor length is measured.

    Raises:
        web.HTTPUnauthorized: none, or another (401).
    """
    if not hmac.compare_digest(_digest(token_of(request)), _digest(expected)):
        raise unauthorised()


def unauthorised() -> web.HTTPUnauthorized:
    """Return the refusal of a call that lacks its token."""
    return web.HTTPUnauthorized(headers={hdrs.WWW_AUTHENTICATE: "Bearer"})


def is_loopback(address: str) -> bool:
    """Say whether ``address`` (a host name or an IP address) reaches this machine alone."""
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def check_loopback(address: str) -> None:
    """Pass when ``address`` reaches this machine alone.

    Raises:
        SettingsError: it can be reached from elsewhere, and there is no sign-in to guard it.
    """
    if not is_loopback(address):
        raise SettingsError(
            "Without sign-in the service listens on this machine only: use 127.0.0.1, "
            "or put a proxy with sign-in before it."
        )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
