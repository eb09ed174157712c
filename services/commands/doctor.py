"""``survivor-voice doctor``: looks an installation over, and says of each part what is wrong and how to mend it."""

import asyncio
import json
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.commands.session import settings_for
from services.database.opening import probe
from services.datafolder import DataFolder
from services.errors import SettingsError, SurvivorVoiceError
from services.eventlog.access import topics_of
from services.eventlog.opening import open_log
from services.sealing.identities import Pins
from services.settings import SERVICES, Settings, read_settings
from services.web.assets import find_assets

_LEAST_FREE = 200 * 1024 * 1024
_LEAST_PYTHON = (3, 11)


def run(data: Path | None, *, as_json: bool) -> int:
    """Look everything over; exit 0 when all is well, 1 when something is not."""
    settings = settings_for(data)
    found = asyncio.run(_look(settings))
    if as_json:
        print(json.dumps({name: trouble for name, trouble in found}))  # noqa: C416 - names and troubles, in order
    else:
        for name, trouble in found:
            print(f"{'ok' if trouble is None else '!!':<3} {name}{'' if trouble is None else ': ' + trouble}")
    return 1 if any(trouble for _, trouble in found) else 0


async def _look(settings: Settings) -> list[tuple[str, str | None]]:
    checks: list[tuple[str, Callable[[Settings], Awaitable[None]]]] = [
        ("Python", _python),
        ("data folder", _folder),
        ("free disk space", _disk),
        ("event log", _log),
        ("databases", _databases),
        ("key folders", _keys),
        ("styles of the pages", _styles),
    ]
    found: list[tuple[str, str | None]] = []
    for name, look in checks:
        try:
            await look(settings)
            found.append((name, None))
        except SurvivorVoiceError as trouble:
            found.append((name, str(trouble)))
    if (settings.data / "survivor-voice.json").exists():
        folder = DataFolder.open(settings.data)
        for service in SERVICES:
            address = folder.holder(service)
            found.append((f"{service} {'runs at ' + address if address else 'is not running'}", None))
    return found


async def _python(_: Settings) -> None:
    if sys.version_info < _LEAST_PYTHON:
        raise SettingsError("Python 3.11 or newer is needed.")


async def _folder(settings: Settings) -> None:
    DataFolder.open(settings.data)


async def _disk(settings: Settings) -> None:
    place = settings.data if settings.data.exists() else settings.data.absolute().parent
    if shutil.disk_usage(place).free < _LEAST_FREE:
        raise SettingsError("Less than 200 MB are free: nothing is accepted when the disk is full.")


async def _log(settings: Settings) -> None:
    """Write to the log, and look for the topics of each service that has a user of its own there, or else of all."""
    looks: list[tuple[Settings, tuple[str, ...]]] = []
    for service in SERVICES:
        own = read_settings(data=settings.data, service=service)
        if own.kafka_user != settings.kafka_user:
            looks.append((own, (service,)))
    for own, services in looks or [(settings, SERVICES)]:
        log = open_log(own.log_url, own)
        try:
            await log.ping()
            await log.heads(sorted({topic for service in services for topic in topics_of(service)}))
        finally:
            await log.close()


async def _databases(settings: Settings) -> None:
    """Reach the database of each service that has a server; a file is looked at with its folder."""
    for service in SERVICES:
        own = read_settings(data=settings.data, service=service)
        if own.database.startswith("postgresql:"):
            await probe(own.database, own.database_password_file)


async def _keys(settings: Settings) -> None:
    pins = Pins(settings.data / "keys" / "identities.toml")
    for service in SERVICES:
        pins.pinned(service)
        folder = settings.keys_folder(service)
        if folder.exists() and folder.stat().st_mode & 0o077:
            raise SettingsError(f"Others can enter the key folder of {service}: run chmod 700 on it.")


async def _styles(_: Settings) -> None:
    if not find_assets().built:
        raise SettingsError("The styles are not built, pages look plain: run python -m services.web.styling.")
