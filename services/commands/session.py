"""How a command reaches a service: by its interface when one runs on the folder, else by the same code in here."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from services.bootstrap import START_ORDER, Installation
from services.datafolder import DataFolder, FolderLock
from services.settings import Settings, read_settings
from services.telemetry.logs import set_up_logs


def settings_for(data: Path | None) -> Settings:
    """Return the settings of a command."""
    return read_settings(data=data)


def running_at(settings: Settings, service: str) -> tuple[str, str] | None:
    """Return the address and token of a service that runs on the folder, or None."""
    if not (settings.data / "survivor-voice.json").exists():
        return None
    folder = DataFolder.open(settings.data)
    address = folder.holder(service)
    return (address, folder.token()) if address else None


@contextlib.asynccontextmanager
async def in_this_process(settings: Settings, only: Sequence[str] = START_ORDER) -> AsyncIterator[Installation]:
    """Run services without a port, holding their locks, for as long as a command needs them."""
    set_up_logs(level=logging.WARNING)
    installation = Installation(settings, only=only)
    locks: list[FolderLock] = []
    try:
        locks.extend(installation.folder.lock(service.name) for service in installation.services)
        await installation.start()
        yield installation
    finally:
        await asyncio.shield(installation.stop())
        for lock in locks:
            lock.release()


async def announce_all(settings: Settings) -> None:
    """Make and announce the keys of all services that share this folder, so that the first submission can be sealed."""
    set_up_logs(level=logging.WARNING)
    installation = Installation(settings, only=START_ORDER)
    try:
        for service in (installation.anonymiser, installation.themer, installation.reporter):
            if service is not None:
                await service.announcer.announce()
    finally:
        await installation.close()
