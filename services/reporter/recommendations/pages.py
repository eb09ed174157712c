"""All pages of recommendations, for the application to attach."""

from aiohttp import web

from services.reporter.recommendations import board_pages, group_pages, public_pages, service_pages, text_pages


def routes() -> list[web.RouteDef]:
    """Return the routes of every page."""
    return [
        *public_pages.routes(),
        *service_pages.routes(),
        *board_pages.routes(),
        *text_pages.routes(),
        *group_pages.routes(),
    ]
