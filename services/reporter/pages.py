"""The reporter's public pages: the list of reports, one report and its files, and *you said, we did*."""

from aiohttp import web

from services.clock import day_in_words
from services.reporter.api import PUBLISHING
from services.reporter.outputs import csv_bytes, json_bytes
from services.reporter.reading import quarter_in_words, report_page
from services.web.contexts import AnswerList, ReportLine, ReportList
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
            )
            for line in lines
        ),
        next_expected="after the end of the quarter",
    )
    return render(request, "reports.html.j2", page=page)


async def show_report(request: web.Request) -> web.Response:
    """``GET /reports/{report}``: one report."""
    line, body = await request.config_dict[PUBLISHING].published(request.match_info["report"])
    organisation = request.config_dict[SETTINGS].organisation
    return render(request, "report.html.j2", page=report_page(line, body, area=organisation))


async def download_csv(request: web.Request) -> web.Response:
    """``GET /reports/{report}/figures.csv``: every cell as tidy CSV."""
    _, body = await request.config_dict[PUBLISHING].published(request.match_info["report"])
    return _file(csv_bytes(body), "text/csv", "figures.csv")


async def download_json(request: web.Request) -> web.Response:
    """``GET /reports/{report}/figures.json``: the body itself; its SHA-256 is the citation."""
    _, body = await request.config_dict[PUBLISHING].published(request.match_info["report"])
    return _file(json_bytes(body), "application/json", "figures.json")


async def you_said(request: web.Request) -> web.Response:
    """``GET /you-said-we-did``: recommendations and their answers; none are kept yet, so it says what will come."""
    return render(request, "you_said_we_did.html.j2", page=AnswerList(()))


def routes() -> list[web.RouteDef]:
    """Return the pages' routes."""
    return [
        web.get("/reports", list_reports),
        web.get("/reports/{report:[0-9a-f]{32}}", show_report),
        web.get("/reports/{report:[0-9a-f]{32}}/figures.csv", download_csv),
        web.get("/reports/{report:[0-9a-f]{32}}/figures.json", download_json),
        web.get("/you-said-we-did", you_said),
    ]


def _file(content: bytes, kind: str, name: str) -> web.Response:
    return web.Response(
        body=content,
        content_type=kind,
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
