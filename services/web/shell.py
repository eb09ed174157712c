"""The page shell: what every page needs to know, and ``render``.

Templates are ours (``templates/``), those of a service under its own prefix, and the components of GOV.UK Frontend.
Everything is escaped; None is written as an empty text, because the component macros would print "None".
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web
from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

from services.errors import SettingsError
from services.web.assets import Assets
from services.web.charts import show_value
from services.web.contexts import Door, HelpLine
from services.web.headers import nonce_of

LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "[::1]")
DOORS: Final = (
    Door("Look at or change your choices", "/leaving?to=choices", "You need the five words you were given."),
    Door("Read the reports", "/reports", "What people said, counted and summed up, and nothing that points to anyone."),
    Door("You said, we did", "/you-said-we-did", "What was asked for, who answered, and what has changed."),
    Door("Write up session notes", "/sessions", "For those who run sessions; you need to sign in."),
    Door("Sign in as staff", "/sign-in", "For reviewers, boards, and services that answer."),
)
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_LEAST_CONTRAST: Final = 4.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellSettings:
    """What an organisation sets once for all pages.

    Attributes:
        service_name: shown in the header; page titles do not hold it, so that a browser's history stays neutral.
        organisation: who runs the service.
        contact: an email address or telephone number for questions about it.
        exit_to: where "Exit this page" leads: a page without anything personal.
        demo: shows on every page that all data are invented.
        behind_tls: browsers come over HTTPS.
        hosts: host names that requests may ask for, without port.
        brand_colour: ``#rrggbb`` for the header and other marks of the brand; white text must be readable on it.
        help_lines: shown on the safety page and beside the receipt.
        doors: the ways on from the front page.
        token_file: the API's bearer token; None leaves the API to another guard.
        open_api_paths: whole paths below ``/api/`` that need no token.
        body_limits: path prefix to the largest body in bytes, where the usual limits do not fit.
        template_folders: prefix to the folder of a service's own templates (``intake/session.html.j2``).
        end_session: ends the session that a request carries; called by ``/exit``.
        statement_date: the day the accessibility statement was prepared, or "" while it is not.
        accessibility_gaps: what is known not to be accessible, one line each.
        privacy_contact: whom to ask about data, or "" for ``contact``.
    """

    service_name: str
    organisation: str
    contact: str
    exit_to: str = "https://www.bbc.co.uk/weather"
    demo: bool = False
    behind_tls: bool = False
    hosts: tuple[str, ...] = LOOPBACK_HOSTS
    brand_colour: str = ""
    help_lines: tuple[HelpLine, ...] = ()
    doors: tuple[Door, ...] = DOORS
    token_file: Path | None = None
    open_api_paths: tuple[str, ...] = ()
    body_limits: Mapping[str, int] = field(default_factory=dict)
    template_folders: Mapping[str, Path] = field(default_factory=dict)
    end_session: Callable[[web.Request], Awaitable[None]] | None = None
    statement_date: str = ""
    accessibility_gaps: tuple[str, ...] = ()
    privacy_contact: str = ""

    def check(self) -> None:
        """Pass when the settings can be used.

        Raises:
            SettingsError: the exit address is not a web address, or the colour is not one or too light.
        """
        if not re.fullmatch(r"https?://[^\s]+", self.exit_to):
            raise SettingsError("The exit address must be a whole web address, such as https://www.example.org/.")
        if not self.brand_colour:
            return
        if not _COLOUR.fullmatch(self.brand_colour.lower()):
            raise SettingsError("The brand colour is written as # and six hexadecimal digits.")
        if contrast(self.brand_colour, "#ffffff") < _LEAST_CONTRAST:
            raise SettingsError("The brand colour is too light: white text on it needs a contrast of 4.5 to 1.")


SETTINGS: Final = web.AppKey("shell_settings", ShellSettings)
ASSETS: Final = web.AppKey("shell_assets", Assets)
TEMPLATES: Final = web.AppKey("shell_templates", Environment)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours ``#rrggbb``, 1 to 21 (WCAG 2.2, 1.4.3)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004 - WCAG's own figures
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def make_templates(folders: Mapping[str, Path]) -> Environment:
    """Return the template environment: ours, the components, and each service's folder under its prefix."""
    prefixes: dict[str, BaseLoader] = {"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}
    prefixes.update({prefix: FileSystemLoader(folder) for prefix, folder in folders.items()})
    templates = Environment(
        loader=ChoiceLoader([PackageLoader("services.web"), PrefixLoader(prefixes)]),
        autoescape=True,
        finalize=_empty_for_none,
        auto_reload=False,
    )
    templates.filters["show_value"] = _show_cell
    return templates


def render(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    **context: object,
) -> web.Response:
    """Return a page: ``template`` filled with ``context``, which ``services.web.contexts`` describes.

    The application (or one above it) must have been given to ``setup_shell``. Besides ``context`` a template sees
    ``shell`` (the settings), ``assets``, ``cspNonce`` and ``path``.
    """
    app = request.config_dict
    text = (
        app[TEMPLATES]
        .get_template(template)
        .render(
            **context,
            shell=app[SETTINGS],
            assets=app[ASSETS],
            cspNonce=nonce_of(request),
            path=request.path,
        )
    )
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8")


def _empty_for_none(value: object) -> object:
    return "" if value is None else value


def _show_cell(cell: int | str | None) -> str:
    return cell if isinstance(cell, str) else show_value(cell)
