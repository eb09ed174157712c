"""The pages of paraphrases: choose what it is about, read what several people said, and write one sentence."""

from aiohttp import web

from services.errors import InputRefused, NotFound
from services.themer.pages import forms
from services.themer.pages.doors import PARAPHRASES, Typed, errors_of, one, take_form
from services.themer.statements.wording import ChosenNode, Wording
from services.vocabulary.frameworks import Framework, frameworks
from services.vocabulary.statements import statement_rules
from services.web.accounts.guard import require_role
from services.web.accounts.register import Session
from services.web.contexts import FormError
from services.web.shell import render

_PATH = "/review/paraphrases"


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get(_PATH, show_nodes),
        web.get(f"{_PATH}/{{framework:[a-z0-9_]{{1,80}}}}/{{node:[A-Za-z0-9_.-]{{1,80}}}}", show_sources),
        web.post(f"{_PATH}/{{framework:[a-z0-9_]{{1,80}}}}/{{node:[A-Za-z0-9_.-]{{1,80}}}}", write),
    ]


async def show_nodes(request: web.Request) -> web.Response:
    """``GET /review/paraphrases``: choose a priority."""
    await require_role(request, "reviewer")
    return render(
        request,
        "themer/paraphrases.html.j2",
        catalogues=[
            (
                catalogue.short_title,
                [(f"{_PATH}/{catalogue.id}/{node.id}", forms.title_of(node)) for node in catalogue.nodes],
            )
            for catalogue in frameworks().values()
        ],
        least=statement_rules().least_people,
    )


async def show_sources(request: web.Request) -> web.Response:
    """``GET /review/paraphrases/<framework>/<node>``: what people said who allow it, each behind a fold."""
    session = await require_role(request, "reviewer")
    return await _show(request, session, {}, ())


async def write(request: web.Request) -> web.Response:
    """``POST``: keep the sentence for a second person."""
    session = await require_role(request, "reviewer")
    typed = await take_form(request, session)
    chosen = ChosenNode(request.match_info["framework"], request.match_info["node"])
    wording = Wording(words=one(typed, "words"), nodes=(chosen,), sectors=tuple(typed.get("sectors", ())))
    try:
        made = await request.config_dict[PARAPHRASES].write(typed.get("contributions", ()), wording, by=session.name)
    except InputRefused as refused:
        return await _show(request, session, typed, errors_of(refused))
    except NotFound:
        gone = FormError("contributions", "Somebody does not allow it any more: look at the list again")
        return await _show(request, session, typed, (gone,))
    raise web.HTTPSeeOther(f"/review/statements/{made}")


def _addresses(catalogue: Framework) -> list[tuple[str, str]]:
    return [(f"{_PATH}/{catalogue.id}/{node.id}", forms.title_of(node)) for node in catalogue.nodes]


async def _show(request: web.Request, session: Session, typed: Typed, errors: tuple[FormError, ...]) -> web.Response:
    doors = request.config_dict[PARAPHRASES]
    framework, node = request.match_info["framework"], request.match_info["node"]
    sources = []
    for source in await doors.sources(framework, node):
        try:
            sources.append(await doors.text_of(source.contribution))
        except NotFound:
            continue  # she changed her mind a moment ago
    return render(
        request,
        "themer/sources.html.j2",
        title=forms.name_of(ChosenNode(framework, node)),
        sources=sources,
        ticked=typed.get("contributions", ()),
        words=one(typed, "words"),
        sectors=forms.sector_choices(typed.get("sectors", ())),
        least=statement_rules().least_people,
        run=statement_rules().longest_run,
        csrf=session.csrf,
        errors=errors,
        action=f"{_PATH}/{framework}/{node}",
        status=422 if errors else 200,
    )
