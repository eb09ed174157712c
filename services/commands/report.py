"""``survivor-voice report``: prepare a release, approve it as somebody else, publish it."""

import argparse
import asyncio
import json
from typing import Any

from services.commands.client import call
from services.commands.session import in_this_process, running_at, settings_for
from services.errors import SurvivorVoiceError, UsageError
from services.settings import Settings


def run(given: argparse.Namespace) -> int:
    """Run one step; exit 3 when the release is held back."""
    settings = settings_for(given.data)
    _require(given)
    answer = asyncio.run(_act(settings, given))
    if given.json:
        print(json.dumps(answer))
        return 0
    for row in answer["releases"]:
        print(
            f"{row['report']}  {row['period']}  {row['framework']}  {row['state']}  "
            f"{row['published']} cells published, {sum(row['withheld'].values())} withheld",
        )
    if not answer["releases"]:
        print("There is no release yet: survivor-voice report publish --period 2025-Q1 --prepared-by A --approved-by B")
    return 0


def _require(given: argparse.Namespace) -> None:
    missing = {
        "prepare": ("period", "prepared_by"),
        "approve": ("release", "approved_by"),
        "publish": ("period", "prepared_by", "approved_by"),
        "withdraw": ("release", "table", "prepared_by"),
        "list": (),
    }[given.step]
    for name in missing:
        if not getattr(given, name):
            raise UsageError(f"report {given.step} needs --{name.replace('_', '-')}.")


async def _act(settings: Settings, given: argparse.Namespace) -> dict[str, Any]:
    running = running_at(settings, "reporter")
    if running is not None:
        address, token = running
        path = "/api/reporter/v1/releases"
        if given.step == "list":
            listed: dict[str, Any] = await asyncio.to_thread(call, address, token, "GET", path)
            return listed
        body = {
            name: getattr(given, name)
            for name in ("period", "release", "table", "prepared_by", "approved_by")
            if getattr(given, name)
        }
        answer: dict[str, Any] = await asyncio.to_thread(call, address, token, "POST", f"{path}/{given.step}", body)
        return answer
    async with in_this_process(settings, ["reporter"]) as installation:
        if installation.reporter is None:
            raise SurvivorVoiceError("The reporter did not start.")
        publishing = installation.reporter.publishing
        if given.step == "prepare":
            rows = await publishing.prepare(given.period, prepared_by=given.prepared_by)
        elif given.step == "approve":
            rows = [await publishing.approve(given.release, approved_by=given.approved_by)]
        elif given.step == "publish":
            rows = await publishing.publish(given.period, prepared_by=given.prepared_by, approved_by=given.approved_by)
        elif given.step == "withdraw":
            rows = await publishing.prepare_withdrawal(given.release, given.table, prepared_by=given.prepared_by)
        else:
            rows = await publishing.listed()
        await installation.reporter.outbox.flush()
        return {"releases": [row.as_dict() for row in rows]}
