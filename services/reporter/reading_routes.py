"""The pages that read one published release: its page and files, by action and by service."""

from aiohttp import web

from services.errors import NotFound, NotInstalled
from services.reporter.action_pages import Standing
from services.reporter.actions import Actions
from services.reporter.editions import EDITIONS, Opened
from services.reporter.outputs.formats import FORMATS
from services.reporter.recommendations.showing import Shown, standing_in_words
from services.reporter.sector_reading import list_sectors, read_sector
from services.web.shell import SETTINGS, render

_REPORT = "/reports/{report:[0-9a-f]{32}}"
_CHOICE = "of"


async def show_report(request: web.Request) -> web.Response:
    """``GET /reports/{report}``: one report."""
    opened = await _open(request)
    return render(request, "report.html.j2", page=request.config_dict[EDITIONS].page(opened))


async def download(request: web.Request) -> web.Response:
    """``GET /reports/{report}/{file}``: the same release as a file; 501 where this machine cannot make it."""
    kind = FORMATS[request.match_info["file"]]
    opened = await _open(request)
    try:
        content = await request.config_dict[EDITIONS].file(opened, kind)
    except NotInstalled:
        context = {"label": kind.label, "needs": kind.needs, "back": f"/reports/{opened.report}"}
        return render(request, "reporter/not_made.html.j2", status=web.HTTPNotImplemented.status_code, **context)
    return web.Response(
        body=content,
        content_type=kind.media_type,
        charset="utf-8" if kind.is_text else None,
        headers={"Content-Disposition": f'attachment; filename="{kind.file}"'},
    )


async def list_actions(request: web.Request) -> web.Response:
    """``GET /reports/{report}/actions/{framework}``: every line of a strategy; ``of`` chooses a published figure."""
    wanted = _only_choice(request)
    actions, _ = await _actions(request)
    return render(request, "reporter/actions.html.j2", page=actions.listing(wanted))


async def show_action(request: web.Request) -> web.Response:
    """``GET /reports/{report}/actions/{framework}/{ref}``: one line or node of a strategy."""
    _require_no_choice(request)
    actions, standings = await _actions(request)
    page = actions.page(request.match_info["ref"])
    return render(request, "reporter/action.html.j2", page=page, standings=standings)


async def list_services(request: web.Request) -> web.Response:
    """``GET /reports/{report}/services``: every kind of service."""
    _require_no_choice(request)
    opened = await _open(request)
    return render(request, "reporter/services.html.j2", page=list_sectors(opened.report, opened.body, opened.words))


async def show_service(request: web.Request) -> web.Response:
    """``GET /reports/{report}/services/{sector}``: one kind of service, for those who answer for it."""
    _require_no_choice(request)
    opened = await _open(request)
    page = read_sector(opened.report, opened.body, opened.words, request.match_info["sector"])
    standings = await _standings(request, opened)
    return render(request, "reporter/service.html.j2", page=page, standings=standings)


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    files = "|".join(file.replace(".", r"\.") for file in FORMATS)
    return [
        web.get(_REPORT, show_report),
        web.get(f"{_REPORT}/{{file:{files}}}", download),
        web.get(f"{_REPORT}/actions/{{framework}}", list_actions),
        web.get(f"{_REPORT}/actions/{{framework}}/{{ref:.+}}", show_action),
        web.get(f"{_REPORT}/services", list_services),
        web.get(f"{_REPORT}/services/{{sector}}", show_service),
    ]


async def _open(request: web.Request) -> Opened:
    area = request.config_dict[SETTINGS].organisation
    return await request.config_dict[EDITIONS].open(request.match_info["report"], area=area)


async def _actions(request: web.Request) -> tuple[Actions, dict[str, tuple[Standing, ...]]]:
    opened = await _open(request)
    standings = await _standings(request, opened)
    actions = Actions(opened.report, opened.body, opened.words, request.match_info["framework"], standings)
    return actions, standings


async def _standings(request: web.Request, opened: Opened) -> dict[str, tuple[Standing, ...]]:
    found = await request.config_dict[EDITIONS].standings(opened)
    return {statement: tuple(map(standing_of, shown)) for statement, shown in found.items()}


def standing_of(shown: Shown) -> Standing:
    """Return where a recommendation stands, as a line beside its words."""
    return Standing(shown.path, shown.state, standing_in_words(shown))


def _only_choice(request: web.Request) -> str:
    """Return what figures are asked for; any other question, or two at once, is of something that is not published.

    Raises:
        NotFound: there is another.
    """
    if set(request.query) - {_CHOICE} or len(request.query) > 1:
        raise NotFound("No figure of that is published.")
    return request.query.get(_CHOICE, "")


def _require_no_choice(request: web.Request) -> None:
    if request.query:
        raise NotFound("No figure of that is published.")
