"""``survivor-voice recommendations``: make what is kept of recommendations anew from the event log."""

import argparse
import asyncio
import json
import logging

from services.bootstrap import Installation
from services.commands.session import settings_for
from services.errors import SettingsError, SurvivorVoiceError
from services.reporter.recommendations.keeping import Rebuilt
from services.settings import Settings
from services.telemetry.logs import set_up_logs

_SERVICE = "reporter"


def run(given: argparse.Namespace) -> int:
    """Rebuild the projection of recommendations, and say what was made of how many steps."""
    rebuilt = asyncio.run(_rebuild(settings_for(given.data)))
    if given.json:
        told = {"recommendations": rebuilt.recommendations, "steps": rebuilt.steps, "mended": rebuilt.mended}
        print(json.dumps(told))
    else:
        print(line_of(rebuilt))
    return 0


def line_of(rebuilt: Rebuilt) -> str:
    """Return what a rebuild made as a sentence."""
    if not rebuilt.recommendations and not rebuilt.mended:
        return "There is no recommendation on the log, and none was kept."
    made = f"{_number(rebuilt.recommendations, 'recommendation')} made anew from {_number(rebuilt.steps, 'step')}"
    if not rebuilt.mended:
        return f"{made}. Each stands as it stood before."
    return f"{made}. {rebuilt.mended} {'stands' if rebuilt.mended == 1 else 'stand'} otherwise than before."


async def _rebuild(settings: Settings) -> Rebuilt:
    """Hold the reporter's lock and rebuild; none of its tasks runs meanwhile.

    Raises:
        DataFolderError: the reporter runs on this folder.
        SettingsError: there is no installation in this folder.
    """
    if not (settings.data / "survivor-voice.json").exists():
        raise SettingsError("There is no installation in this folder: name its data folder with --data.")
    set_up_logs(level=logging.WARNING)
    installation = Installation(settings, only=[_SERVICE])
    try:
        lock = installation.folder.lock(_SERVICE)
        try:
            reporter = installation.reporter
            if reporter is None:
                raise SurvivorVoiceError("The reporter was not made.")
            await reporter.database.open()
            try:
                return await reporter.recommendations.keeping.rebuild()
            finally:
                await reporter.database.close()
        finally:
            lock.release()
    finally:
        await installation.close()


def _number(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
