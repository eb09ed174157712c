"""The pages below ``/review``: statements of groups and paraphrases for reviewers, and each group's own answer."""

from aiohttp import web

from services.themer.pages import panel, paraphrases, statements


def routes() -> list[web.RouteDef]:
    """Return the routes of all pages."""
    return [*panel.routes(), *paraphrases.routes(), *statements.routes()]
