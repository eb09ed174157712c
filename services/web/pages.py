"""The pages that every service shares, and ``setup_shell``, which puts the shell around an application."""

from typing import Final

from aiohttp import hdrs, web

from services.web.assets import asset_route, find_assets
from services.web.bodies import limit_bodies, refuse_nul_in_address
from services.web.headers import attach_headers
from services.web.origins import keep_to_hosts, keep_to_origin
from services.web.refusals import answer_refusals
from services.web.shell import ASSETS, SETTINGS, TEMPLATES, ShellSettings, make_templates, render
from services.web.tokens import require_token

# Where the page about leaving quickly may lead on to; an address is never taken from the request.
_BEYOND: Final = {"choices": "/receipt"}


def setup_shell(app: web.Application, settings: ShellSettings) -> None:
    """Give ``app`` the shell: templates, static files, headers, middlewares and the shared pages.

    Call it once, on the application that answers the port, before its own middlewares and routes are added: refusals
    must be outermost. Routes: ``/``, ``/exit``, ``/leaving``, ``/safety``, ``/accessibility``, ``/privacy``,
    ``/assets/…``, ``/robots.txt``. ``client_max_size`` of the application does not matter; ``body_limits`` do.

    Raises:
        SettingsError: a setting cannot be used, or the token file is missing or open to others.
    """
    settings.check()
    assets = find_assets()
    app[SETTINGS] = settings
    app[ASSETS] = assets
    app[TEMPLATES] = make_templates(settings.template_folders)
    attach_headers(app, behind_tls=settings.behind_tls)
    app.middlewares.append(answer_refusals())
    app.middlewares.append(keep_to_hosts(settings.hosts))
    app.middlewares.append(keep_to_origin())
    if settings.token_file is not None:
        app.middlewares.append(require_token(settings.token_file, open_paths=settings.open_api_paths))
    app.middlewares.append(refuse_nul_in_address)
    app.middlewares.append(limit_bodies(settings.body_limits))
    app.router.add_routes(
        [
            web.get("/", show_front),
            web.get("/exit", leave),
            web.get("/leaving", show_leaving),
            web.get("/safety", show_safety),
            web.get("/accessibility", show_accessibility),
            web.get("/privacy", show_privacy),
            web.get("/robots.txt", show_robots),
            asset_route(assets),
        ]
    )
    if settings.brand_colour:
        app.router.add_get("/brand.css", show_brand)


async def show_front(request: web.Request) -> web.Response:
    """List what one can do here."""
    return render(request, "front.html.j2")


async def leave(request: web.Request) -> web.Response:
    """End the session, have the browser forget this site, and go to the neutral page.

    A plain link, so that it works without script; answering GET, because leaving must never need a second step.
    """
    settings = request.config_dict[SETTINGS]
    if settings.end_session is not None:
        await settings.end_session(request)
    forget = '"cache", "cookies", "storage"'
    return web.Response(status=303, headers={hdrs.LOCATION: settings.exit_to, "Clear-Site-Data": forget})


async def show_leaving(request: web.Request) -> web.Response:
    """Explain the exit button before the first page that may need it."""
    return render(request, "leaving.html.j2", onward=_BEYOND.get(request.query.get("to", ""), "/"))


async def show_safety(request: web.Request) -> web.Response:
    """Say how to stay safe on a watched device, and who helps."""
    return render(request, "safety.html.j2")


async def show_accessibility(request: web.Request) -> web.Response:
    """Give the accessibility statement."""
    return render(request, "accessibility.html.j2")


async def show_privacy(request: web.Request) -> web.Response:
    """Say what is kept, and what is not."""
    return render(request, "privacy.html.j2")


async def show_robots(_request: web.Request) -> web.Response:
    """Ask search engines to stay away; the X-Robots-Tag header says so on every response as well."""
    return web.Response(text="User-agent: *\nDisallow: /\n")


async def show_brand(request: web.Request) -> web.Response:
    """Give the organisation's colour as a stylesheet of one rule."""
    colour = request.config_dict[SETTINGS].brand_colour
    return web.Response(text=f":root {{ --govuk-brand-colour: {colour}; }}\n", content_type="text/css")
