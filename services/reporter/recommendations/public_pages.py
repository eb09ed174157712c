"""The public pages: *you said, we did*, the register of recommendations, and one with its history."""

from typing import Final

from aiohttp import web

from services.reporter.recommendations.desk import Recommendations
from services.reporter.recommendations.reading import Filters
from services.reporter.recommendations.showing import OVERDUE_WORDS, STATE_WORDS, Shown, area_words, sector_words
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.sectors import sectors as sector_list
from services.web.contexts import Answer, AnswerList
from services.web.shell import render

RECOMMENDATIONS: Final = web.AppKey("reporter_recommendations", Recommendations)
ONE: Final = "{recommendation:[0-9a-f]{32}}"
#: The states that a public recommendation can be in.
PUBLIC_STATES: Final = tuple(state for state in STATE_WORDS if state not in ("made", "in_sight"))
_PAGE: Final = 50
_MOST_PAGES: Final = 100_000


async def you_said(request: web.Request) -> web.Response:
    """``GET /you-said-we-did``: every public recommendation with its answer, newest first; or what will come."""
    shown = await request.config_dict[RECOMMENDATIONS].reading.public()
    part, more = page_of(request, shown)
    answers = tuple(_answer(each) for each in part)
    return render(request, "you_said_we_did.html.j2", page=AnswerList(answers, more=more))


async def list_register(request: web.Request) -> web.Response:
    """``GET /recommendations``: the register, with filters over what is public."""
    filters = read_filters(request)
    reading = request.config_dict[RECOMMENDATIONS].reading
    part, more = page_of(request, await reading.public(filters))
    return render(
        request,
        "reporter/register.html.j2",
        shown=part,
        more=more,
        filters=filters,
        choices=await filter_choices(request),
        overdue_words=OVERDUE_WORDS,
    )


async def show_recommendation(request: web.Request) -> web.Response:
    """``GET /recommendations/{id}``: one recommendation with its public history."""
    reading = request.config_dict[RECOMMENDATIONS].reading
    shown, history = await reading.public_one(request.match_info["recommendation"])
    return render(
        request,
        "reporter/recommendation.html.j2",
        shown=shown,
        history=history,
        overdue_words=OVERDUE_WORDS,
    )


def routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.get("/you-said-we-did", you_said),
        web.get("/recommendations", list_register),
        web.get(f"/recommendations/{ONE}", show_recommendation),
    ]


def read_filters(request: web.Request) -> Filters:
    """Return the filters in an address; what is not in a list is no filter."""
    query = request.query
    return Filters(
        state=_listed(query.get("state", ""), PUBLIC_STATES),
        area=_listed(query.get("area", ""), recommendation_areas().ids),
        sector=_listed(query.get("sector", ""), sector_list().ids),
        late=query.get("late") == "yes",
    )


async def filter_choices(request: web.Request) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return what can be filtered by: (value, text) by field, from lists alone."""
    del request
    return {
        "state": tuple((state, STATE_WORDS[state]) for state in PUBLIC_STATES),
        "area": tuple((area, area_words(area)) for area in recommendation_areas().ids),
        "sector": tuple((sector, sector_words(sector)) for sector in sector_list().ids),
    }


def page_of(request: web.Request, shown: list[Shown]) -> tuple[list[Shown], str]:
    """Return the page that is asked for, and the address of the next one or ""."""
    asked = request.query.get("page", "1")
    number = min(int(asked), _MOST_PAGES) if asked.isascii() and asked.isdecimal() and len(asked) < 8 else 1  # noqa: PLR2004 - digits of a page's number
    number = max(number, 1)
    part = shown[(number - 1) * _PAGE : number * _PAGE]
    if len(shown) <= number * _PAGE:
        return part, ""
    return part, str(request.rel_url.update_query(page=str(number + 1)))


def _listed(given: str, allowed: tuple[str, ...]) -> str:
    return given if given in allowed else ""


def _answer(shown: Shown) -> Answer:
    own = [words for words in (shown.reason, shown.own_words) if words]
    return Answer(
        said=shown.said,
        said_by=shown.said_by,
        service=shown.service,
        state=shown.state if shown.state_is_answer or not shown.answer else f"{shown.answer}. {shown.state}",
        reason=". ".join(own),
        lead=shown.lead,
        due=shown.due,
        overdue=bool(shown.overdue),
        verdict=shown.verdict,
        path=shown.path,
        undated=shown.life.standing in ("waiting", "declined"),
    )
