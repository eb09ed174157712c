"""The reporter's public pages: the list of reports, and the ways of reading one."""

from aiohttp import web

from services.clock import day_in_words
from services.reporter import reading_routes, releasing_pages
from services.reporter.api import PUBLISHING
from services.reporter.measured import measurements
from services.reporter.reading import quarter_in_words
from services.reporter.release import METHOD
from services.web.contexts import ReportLine, ReportList
from services.web.shell import SETTINGS, render


async def list_reports(request: web.Request) -> web.Response:
    """``GET /reports``: every published report, or what will come."""
    organisation = request.config_dict[SETTINGS].organisation
    lines = await request.config_dict[PUBLISHING].listed(published_only=True)
    page = ReportList(
        tuple(
            ReportLine(
                heading=f"What was said, {quarter_in_words(line.period)}",
                path=f"/reports/{line.report}",
                area=organisation,
                released=day_in_words(line.published_on) if line.published_on else "",
                version=line.version,
            )
            for line in lines
        ),
        next_expected="after the end of the quarter",
    )
    return render(request, "reports.html.j2", page=page)


async def show_method(request: web.Request) -> web.Response:
    """``GET /reports/method``: how figures are made, and how often the machine is wrong."""
    measured = [(each, day_in_words(each.day)) for each in measurements()]
    return render(request, "reporter/method.html.j2", measurements=measured, rules=METHOD)


def routes() -> list[web.RouteDef]:
    """Return the pages' routes."""
    return [
        web.get("/reports", list_reports),
        web.get("/reports/method", show_method),
        *releasing_pages.routes(),
        *reading_routes.routes(),
    ]
