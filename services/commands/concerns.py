"""``survivor-voice concerns``: what waits for a lead, and recording what was done about a concern."""

import argparse
import asyncio
import json
from typing import TYPE_CHECKING

from services.bootstrap import Installation
from services.commands.client import call
from services.commands.session import in_this_process, running_at, settings_for
from services.errors import SurvivorVoiceError, UsageError
from services.intake.concerns import WhatWasDone, check_what_was_done
from services.intake.dangers import urgency_title
from services.settings import Settings
from services.vocabulary.safeguarding_categories import safeguarding_categories
from services.web.accounts.register import accounts_of

if TYPE_CHECKING:
    from services.intake.app import Intake


def run(given: argparse.Namespace) -> int:
    """Record what was done about one concern."""
    settings = settings_for(given.data)
    if given.concern is None:
        raise UsageError("Name the concern, as submit showed it: survivor-voice concerns record CONCERN --done ...")
    what = WhatWasDone(
        done=tuple(given.done),
        contact=given.contact.strip(),
        reference=given.reference.strip(),
        not_lead=given.not_lead,
    )
    check_what_was_done(what)
    asyncio.run(_record(settings, given.concern, what))
    print(json.dumps({"concern": given.concern, "recorded": True}) if given.json else "What was done is recorded.")
    return 0


def list_waiting(given: argparse.Namespace) -> int:
    """Print the concerns that wait for a lead, the escalated first; lists and ids, never words."""
    settings = settings_for(given.data)
    if running_at(settings, "intake") is not None:
        raise SurvivorVoiceError("The services are running: a lead sees the list at /safeguarding.")
    lines = asyncio.run(_waiting(settings))
    for line in lines:
        if given.json:
            print(json.dumps(line))
        else:
            print(
                f"{line['state']:<10} {line['concern']} {line['title']} ({line['urgency_title']}), since {line['at']}"
            )
    if not lines and not given.json:
        print("Nothing is waiting.")
    return 0


async def _record(settings: Settings, concern: str, what: WhatWasDone) -> None:
    running = running_at(settings, "intake")
    if running is not None:
        address, token = running
        said = {"contact": what.contact, "reference": what.reference, "not_lead": what.not_lead}
        body = {"concern": concern, "done": list(what.done), **{name: text for name, text in said.items() if text}}
        await asyncio.to_thread(call, address, token, "POST", "/api/intake/v1/concerns/record", body)
        return
    async with in_this_process(settings, ["intake"]) as installation:
        lead = await _lead(installation, what.not_lead) if what.not_lead else ""
        intake = _intake_of(installation)
        said_here = WhatWasDone(done=what.done, contact=what.contact, reference=what.reference, not_lead=lead)
        await intake.deliveries.concerns.record(concern, said_here)
        await intake.outbox.flush()


async def _waiting(settings: Settings) -> list[dict[str, str]]:
    async with in_this_process(settings, ["intake"]) as installation:
        found = await _intake_of(installation).deliveries.concerns.list()
    return [
        {
            "state": each.state,
            "concern": each.id,
            "category": each.category,
            "title": safeguarding_categories().title_of(each.category),
            "urgency": each.urgency,
            "urgency_title": urgency_title(each.urgency).lower(),
            "at": each.at,
            "due_at": each.due_at,
        }
        for each in found
        if each.state != "acknowledged"
    ]


async def _lead(installation: Installation, name: str) -> str:
    accounts = accounts_of(installation.settings, installation.folder)
    await accounts.open()
    try:
        return await accounts.lead_named(name)
    finally:
        await accounts.close()


def _intake_of(installation: Installation) -> "Intake":
    if installation.intake is None:
        raise SurvivorVoiceError("Intake did not start.")
    return installation.intake
