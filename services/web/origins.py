"""Who may speak to the pages: the host name asked for, and the site a form was sent from.

Forms that need no session carry no token, so the browser's own account of where a request comes from is what stops
another site from sending them. A program that sends neither header cannot be made to do so by a web page.
"""

from collections.abc import Collection
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

# Probes and scrapers ask by address, not by name.
HEALTH_PATHS: Final = frozenset({"/livez", "/readyz", "/metrics"})
_READING: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
_OWN_SITES: Final = frozenset({"same-origin", "none"})


def host_name(host: str) -> str:
    """Return a Host header's name in lower case, without its port; an address in brackets keeps them."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()


def keep_to_hosts(hosts: Collection[str]) -> Middleware:
    """Refuse (421) requests for any host but ``hosts``; health paths are open to every name.

    On a loopback address this is what stops a web page elsewhere from reaching us under a name that it points here.
    """
    allowed = frozenset(host.lower() for host in hosts)

    @web.middleware
    async def check_host(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let the request through when its host is ours."""
        if request.path not in HEALTH_PATHS and host_name(request.headers.get(hdrs.HOST, "")) not in allowed:
            raise web.HTTPMisdirectedRequest
        return await handler(request)

    return check_host


def is_same_origin(request: web.Request) -> bool:
    """Say whether a browser calls this request its own site's, or no browser sent it.

    ``Sec-Fetch-Site`` decides where it is sent; else ``Origin`` must name the host asked for. Neither header: a
    program, not a browser that another site could steer.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in _OWN_SITES
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return True
    host = request.headers.get(hdrs.HOST, "").lower()
    return origin.lower() in {f"http://{host}", f"https://{host}"}


def keep_to_origin() -> Middleware:
    """Refuse (403) every request that changes something and comes from another site."""

    @web.middleware
    async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let the request through when it only reads or is our own site's."""
        if request.method not in _READING and not is_same_origin(request):
            raise web.HTTPForbidden
        return await handler(request)

    return check_origin
