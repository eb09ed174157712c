"""The interface of recommendations: services answer with a token of their own, operators keep the register of services.

The register is public, and a service's calls are checked here against its own token: ``services.bootstrap`` leaves
these paths open to callers without the installation's token.
"""

from typing import Any, Final

from aiohttp import web

from services.reporter.described import DESCRIPTION
from services.reporter.recommendations.answering import Taken
from services.reporter.recommendations.answers import Answer
from services.reporter.recommendations.public_pages import RECOMMENDATIONS
from services.reporter.recommendations.routing import Organisation
from services.reporter.recommendations.showing import Shown
from services.web.tokens import token_of, unauthorised

PREFIX: Final = "/api/reporter/v1"


def routes() -> list[web.RouteDef]:
    """Return the interface's routes."""
    return [
        web.get(f"{PREFIX}/recommendations", list_public),
        web.get(f"{PREFIX}/waiting", list_waiting),
        web.post(f"{PREFIX}/answers", answer),
        web.post(f"{PREFIX}/answers/progress", progress),
        web.get(f"{PREFIX}/organisations", list_organisations),
        web.post(f"{PREFIX}/organisations", add_organisation),
        web.post(f"{PREFIX}/organisations/token", issue_token),
        web.post(f"{PREFIX}/organisations/revoke", revoke_token),
        web.post(f"{PREFIX}/organisations/member", name_member),
        web.post(f"{PREFIX}/organisations/speaker", name_speaker),
        web.get(f"{PREFIX}/openapi.json", describe),
    ]


async def list_public(request: web.Request) -> web.Response:
    """``GET /recommendations``: the public register, newest first."""
    shown = await request.config_dict[RECOMMENDATIONS].reading.public()
    return web.json_response({"recommendations": [_public_line(each) for each in shown]})


async def list_waiting(request: web.Request) -> web.Response:
    """``GET /waiting``: what the organisation of the token is asked, what waits longest first."""
    organisation = await _require_organisation(request)
    shown = await request.config_dict[RECOMMENDATIONS].reading.of_organisation(organisation.organisation)
    return web.json_response(
        {
            "organisation": organisation.organisation,
            "recommendations": [
                {
                    **_public_line(each),
                    "revision": each.life.revision,
                    "public_from": each.life.public_from,
                    "answer_by": each.life.answer_by,
                }
                for each in shown
            ],
        },
    )


async def answer(request: web.Request) -> web.Response:
    """``POST /answers``: answer; 201, or 200 where the same answer stands already."""
    organisation = await _require_organisation(request)
    body = await DESCRIPTION.read_body(request, "Answer")
    given = Answer(
        answer=body["answer"],
        because=body.get("because"),
        passed_to=body.get("passed_to"),
        lead=body.get("lead"),
        due=body.get("due"),
    )
    taken = await request.config_dict[RECOMMENDATIONS].answering.answer(
        body["recommendation"],
        organisation.organisation,
        given,
        reason=body.get("reason"),
        at=body.get("revision"),
    )
    return _taken(taken)


async def progress(request: web.Request) -> web.Response:
    """``POST /answers/progress``: work has begun or is done, or a milestone; 201, or 200 where nothing is new."""
    organisation = await _require_organisation(request)
    body = await DESCRIPTION.read_body(request, "Progress")
    taken = await request.config_dict[RECOMMENDATIONS].answering.progress(
        body["recommendation"],
        organisation.organisation,
        progress=body.get("progress"),
        milestone=body.get("milestone"),
        at=body.get("revision"),
    )
    return _taken(taken)


async def list_organisations(request: web.Request) -> web.Response:
    """``GET /organisations``: every organisation; never a token."""
    listed = await request.config_dict[RECOMMENDATIONS].organisations.list()
    return web.json_response({"organisations": [organisation_line(each) for each in listed]})


async def add_organisation(request: web.Request) -> web.Response:
    """``POST /organisations``: make one; 201."""
    body = await DESCRIPTION.read_body(request, "NewOrganisation")
    made = await request.config_dict[RECOMMENDATIONS].organisations.add(
        body["organisation"],
        body["title"],
        kind=body["kind"],
        sectors=body["sectors"],
        areas=body.get("areas", []),
    )
    return web.json_response(organisation_line(made), status=201)


async def issue_token(request: web.Request) -> web.Response:
    """``POST /organisations/token``: a new token, shown this once; 201."""
    body = await DESCRIPTION.read_body(request, "OneOrganisation")
    token = await request.config_dict[RECOMMENDATIONS].organisations.issue_token(body["organisation"])
    return web.json_response({"organisation": body["organisation"], "token": token}, status=201)


async def revoke_token(request: web.Request) -> web.Response:
    """``POST /organisations/revoke``: the token holds no more; says whether there was one."""
    body = await DESCRIPTION.read_body(request, "OneOrganisation")
    had = await request.config_dict[RECOMMENDATIONS].organisations.revoke_token(body["organisation"])
    return web.json_response({"organisation": body["organisation"], "revoked": had})


async def name_member(request: web.Request) -> web.Response:
    """``POST /organisations/member``: an account answers for an organisation; 204."""
    body = await DESCRIPTION.read_body(request, "Member")
    await request.config_dict[RECOMMENDATIONS].organisations.name_member(body["organisation"], body["account"])
    return web.Response(status=204)


async def name_speaker(request: web.Request) -> web.Response:
    """``POST /organisations/speaker``: an account speaks for a group; 204."""
    body = await DESCRIPTION.read_body(request, "Speaker")
    await request.config_dict[RECOMMENDATIONS].organisations.name_speaker(body["group"], body["account"])
    return web.Response(status=204)


async def describe(_: web.Request) -> web.Response:
    """``GET /openapi.json``: the description itself."""
    return web.json_response(DESCRIPTION.content)


def organisation_line(organisation: Organisation) -> dict[str, Any]:
    """Return an organisation as JSON."""
    return {
        "organisation": organisation.organisation,
        "title": organisation.title,
        "kind": organisation.kind,
        "sectors": list(organisation.sectors),
        "areas": list(organisation.areas),
        "has_token": organisation.has_token,
    }


async def _require_organisation(request: web.Request) -> Organisation:
    """Return whose token a call carries.

    Raises:
        web.HTTPUnauthorized: none, one that was never made, or one that was revoked.
    """
    token = token_of(request).strip()
    found = await request.config_dict[RECOMMENDATIONS].organisations.with_token(token) if token else None
    if found is None:
        raise unauthorised()
    return found


def _taken(taken: Taken) -> web.Response:
    return web.json_response(
        {
            "recommendation": taken.life.recommendation,
            "revision": taken.life.revision,
            "state": taken.life.state,
            "changed": taken.changed,
            "text_waits": taken.text_waits,
        },
        status=201 if taken.changed else 200,
    )


def _public_line(shown: Shown) -> dict[str, Any]:
    answered = shown.life.answer
    return {
        "recommendation": shown.recommendation,
        "words": shown.said if shown.has_words else None,
        "citation": shown.citation,
        "asked_by": shown.said_by,
        "area": shown.life.area,
        "sectors": list(shown.life.sectors),
        "organisation": shown.life.organisation,
        "state": shown.state_id,
        "answer": None if answered is None else answered.answer,
        "because": None if answered is None else answered.because,
        "passed_to": None if answered is None else answered.passed_to,
        "lead": None if answered is None else answered.lead,
        "due": None if answered is None else answered.due,
        "said": shown.own_words or None,
        "public_on": shown.life.published_on,
        "late": shown.overdue or None,
        "changed": shown.life.changed,
    }
