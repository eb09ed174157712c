"""``survivor-voice dead-letters``: what could not be handled; listed, replayed, or rejected by a person."""

import argparse
import asyncio
import json
from typing import Any

from services.commands.client import call
from services.commands.session import in_this_process, running_at, settings_for
from services.errors import SurvivorVoiceError, UsageError
from services.runner.dead_letters import DeadLetters, RejectingHandler
from services.settings import Settings

_SERVICES = ("intake", "anonymiser", "themer", "reporter")


def run(given: argparse.Namespace) -> int:
    """List, replay or reject; return the exit code."""
    settings = settings_for(given.data)
    if given.step == "list":
        return _show(given, settings)
    if given.service is None or given.topic is None:
        raise UsageError("Name --service and --topic, as survivor-voice dead-letters list shows them.")
    if given.step == "reject" and not given.by:
        raise UsageError("A dead letter is rejected by a named person: give --by NAME.")
    body: dict[str, Any] = {"topic": given.topic}
    if given.step == "replay":
        body["limit"] = given.limit
    else:
        body["by"] = given.by
        if given.contribution:
            body["contribution"] = given.contribution
    answer = asyncio.run(_act(settings, given.service, given.step, body))
    text = json.dumps(answer) if given.json else ", ".join(f"{number} {what}" for what, number in answer.items())
    print(text)
    return 0


def _show(given: argparse.Namespace, settings: Settings) -> int:
    found: list[dict[str, Any]] = []
    for service in (given.service,) if given.service else _SERVICES:
        found.extend({"service": service, **row} for row in asyncio.run(_listed(settings, service)))
    if given.json:
        print(json.dumps({"dead_letters": found}))
    else:
        for row in found:
            print(f"{row['service']:<11} {row['topic']:<36} {row['subject']}  {row['reason']}  {row['time']}")
        if not found:
            print("No dead letter is open.")
    return 0


async def _listed(settings: Settings, service: str) -> list[dict[str, Any]]:
    running = running_at(settings, service)
    if running is not None:
        answer = await asyncio.to_thread(call, *running, "GET", f"/api/{service}/v1/dead-letters")
        rows: list[dict[str, Any]] = answer["dead_letters"]
        return rows
    async with in_this_process(settings, [service]) as installation:
        letters, _ = _parts(installation, service)
        return [
            {
                "topic": each.topic,
                "offset": each.offset,
                "subject": each.subject,
                "reason": each.reason,
                "time": each.time,
            }
            for each in await letters.listed()
        ]


async def _act(settings: Settings, service: str, step: str, body: dict[str, Any]) -> dict[str, int]:
    running = running_at(settings, service)
    if running is not None:
        path = f"/api/{service}/v1/dead-letters/{step}"
        answer: dict[str, int] = await asyncio.to_thread(call, *running, "POST", path, body)
        return answer
    async with in_this_process(settings, [service]) as installation:
        letters, handler = _parts(installation, service)
        if step == "replay":
            return {"replayed": await letters.replay(body["topic"], handler, limit=body["limit"])}
        await letters.reject(body["topic"], handler, by=body["by"], contribution=body.get("contribution"))
        return {"rejected": 1}


def _parts(installation: Any, service: str) -> tuple[DeadLetters, RejectingHandler]:
    found = getattr(installation, service)
    if found is None:
        raise SurvivorVoiceError(f"The {service} did not start.")
    return found.dead_letters, found.handler
