"""``survivor-voice organisations``: the responding services, their tokens, and who answers for whom."""

import argparse
import asyncio
import json
from typing import Any

from services.commands.client import call
from services.commands.session import in_this_process, running_at, settings_for
from services.errors import SurvivorVoiceError, UsageError
from services.settings import Settings

_PATH = "/api/reporter/v1/organisations"


def run(given: argparse.Namespace) -> int:
    """Add or list organisations, make or revoke a token, name members and speakers; return the exit code."""
    body = _body_of(given)
    answer = asyncio.run(_act(settings_for(given.data), given.step, body))
    if given.json:
        print(json.dumps(answer))
    else:
        print("\n".join(_lines(given.step, body, answer)))
    return 0


def _body_of(given: argparse.Namespace) -> dict[str, Any]:
    if given.step == "add":
        return {
            "organisation": given.organisation,
            "title": given.title or given.organisation,
            "kind": given.kind,
            "sectors": _listed(given.sectors),
            "areas": _listed(given.areas),
        }
    if given.step in ("token", "revoke"):
        return {"organisation": given.organisation}
    if given.step == "member":
        return {"organisation": given.organisation, "account": given.account.strip().lower()}
    if given.step == "speaker":
        return {"group": given.group, "account": given.account.strip().lower()}
    return {}


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


async def _act(settings: Settings, step: str, body: dict[str, Any]) -> dict[str, Any]:
    running = running_at(settings, "reporter")
    if running is not None:
        address, token = running
        method, path = ("GET", _PATH) if step == "list" else ("POST", _PATH if step == "add" else f"{_PATH}/{step}")
        sent = None if step == "list" else body
        answer: dict[str, Any] | None = await asyncio.to_thread(call, address, token, method, path, sent)
        return answer or body
    async with in_this_process(settings, ["reporter"]) as installation:
        if installation.reporter is None:
            raise SurvivorVoiceError("The reporter did not start.")
        return await _here(installation.reporter.recommendations.organisations, step, body)


async def _here(register: Any, step: str, body: dict[str, Any]) -> dict[str, Any]:
    from services.reporter.recommendations.interface import organisation_line

    if step == "add":
        return organisation_line(await register.add(body.pop("organisation"), body.pop("title"), **body))
    if step == "list":
        return {"organisations": [organisation_line(each) for each in await register.list()]}
    if step == "token":
        return {**body, "token": await register.issue_token(body["organisation"])}
    if step == "revoke":
        return {**body, "revoked": await register.revoke_token(body["organisation"])}
    if step == "member":
        await register.name_member(body["organisation"], body["account"])
        return body
    if step == "speaker":
        await register.name_speaker(body["group"], body["account"])
        return body
    raise UsageError("There is no such step.")


def _lines(step: str, body: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    if step == "list":
        return [_line(each) for each in answer["organisations"]] or [
            "There are none yet: survivor-voice organisations add ID --title TITLE --kind statutory --sectors housing",
        ]
    named = str(answer.get("organisation", ""))
    return {
        "add": [f"{named} is there. Next: survivor-voice organisations token {named}"],
        "token": [
            str(answer.get("token", "")),
            "Hand it over safely. It is shown this once; a lost one is revoked and made anew.",
        ],
        "revoke": [f"The token of {named} holds no more." if answer.get("revoked") else "It had no token."],
        "member": [f"{body.get('account')} answers for {named}."],
        "speaker": [f"{body.get('account')} speaks for the group."],
    }[step]


def _line(organisation: dict[str, Any]) -> str:
    areas = ",".join(organisation["areas"]) or "everywhere"
    token = "has a token" if organisation["has_token"] else "no token"
    sectors = ",".join(organisation["sectors"])
    return f"{organisation['organisation']:<20} {organisation['kind']:<12} {sectors:<30} {areas:<20} {token}"
