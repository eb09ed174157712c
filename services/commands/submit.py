"""``survivor-voice submit``: sessions from files, through the running intake or the same code in this process."""

import argparse
import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from services.commands.brought import brought_from, complain, opened
from services.commands.client import send_file
from services.commands.progress import ProgressBar
from services.commands.session import announce_all, in_this_process, running_at, settings_for
from services.commands.telling import line_of, say_how, say_whom_to_ring
from services.errors import (
    Conflict,
    InputRefused,
    KeyAwaited,
    NotFound,
    StoreUnavailable,
    SurvivorVoiceError,
    UsageError,
)
from services.intake.file_api import told
from services.intake.files.templates import write_template
from services.settings import Settings

_TEMPLATES = ("csv", "xlsx", "docx")
_FILES = "/api/intake/v1/files"
Progress = Callable[[int, int], None]


def run(given: argparse.Namespace) -> int:
    """Submit the files; nothing of a file is stored unless all of it can be."""
    if given.template is not None:
        return _write_template(given.template, given.output)
    if not given.files:
        raise UsageError("Name at least one file: survivor-voice submit FILE...")
    settings = settings_for(given.data)
    if given.check:
        # Imported here: what shows what would be removed is large, and sending does without it.
        from services.commands import submit_check

        return submit_check.run(settings, given)
    outcomes = asyncio.run(_submit(settings, given))
    return _report(given, outcomes)


async def _submit(settings: Settings, given: argparse.Namespace) -> list[dict[str, Any] | None]:
    """Return for each file what the sender is told, or None where it was refused."""
    running = running_at(settings, "intake")
    if running is not None:
        address, token = running

        async def send(source: BinaryIO, path: Path, progress: Progress) -> dict[str, Any]:
            size = source.seek(0, os.SEEK_END)
            source.seek(0)
            fields = _fields(given)
            sent: dict[str, Any] = await asyncio.to_thread(
                send_file, address, token, _FILES, source, size, path.suffix, fields, progress
            )
            return sent

        return [await _deliver(number, path, send) for number, path in enumerate(given.files, start=1)]
    await announce_all(settings)
    async with in_this_process(settings, ["intake"]) as installation:
        if installation.intake is None:
            raise SurvivorVoiceError("Intake did not start.")
        deliveries = installation.intake.deliveries

        async def take(source: BinaryIO, path: Path, progress: Progress) -> dict[str, Any]:
            return told(await deliveries.take(await asyncio.to_thread(brought_from, source, path, given), progress))

        outcomes = [await _deliver(number, path, take) for number, path in enumerate(given.files, start=1)]
        await installation.intake.outbox.flush()
    return outcomes


async def _deliver(number: int, path: Path, take: Callable[[BinaryIO, Path, Progress], Any]) -> dict[str, Any] | None:
    bar = ProgressBar(f"file {number}")
    try:
        with opened(path) as source:
            taken: dict[str, Any] = await take(source, path, bar.show)
    except (InputRefused, Conflict, NotFound) as refusal:
        bar.clear()
        complain(number, path, refusal)
        return None
    except (StoreUnavailable, KeyAwaited):
        bar.clear()
        raise
    bar.clear()
    return taken


def _fields(given: argparse.Namespace) -> dict[str, list[str]]:
    """Return what the command line says, as fields of the form that a running intake takes."""
    plain = {
        "format": given.format,
        "kind": given.kind,
        "month": given.month,
        "areas": given.areas,
        "role": given.role,
        "uses": given.uses,
        "number_present": None if given.present is None else str(given.present),
        "group": given.group,
    }
    fields = {name: [value] for name, value in plain.items() if value is not None}
    if given.facilitator:
        fields["facilitator"] = list(given.facilitator)
    return fields


def _write_template(name: str, output: Path | None) -> int:
    if name not in _TEMPLATES:
        raise UsageError(f"There is a template as {', '.join(_TEMPLATES)}.")
    if output is None:
        output = Path(f"session-notes.{name}")
    with output.open("wb") as target:
        write_template(name, target)  # type: ignore[arg-type]  # one of the three, as was looked at above
    print(f"Wrote {output}: fill it in and send it with survivor-voice submit.")
    return 0


def _report(given: argparse.Namespace, outcomes: list[dict[str, Any] | None]) -> int:
    taken = [(number, each) for number, each in enumerate(outcomes, start=1) if each is not None]
    refused = len(outcomes) - len(taken)
    if given.json:
        for number, each in taken:
            print(json.dumps(line_of(number, each, stored="first_sent_on" not in each)))
        return 1 if refused else 0
    for number, each in taken:
        say_how(number, each)
    fresh = [each for _, each in taken if "first_sent_on" not in each]
    accepted = sum(each["contributions"] for each in fresh)
    print(f"Contributions accepted: {accepted}. Files read: {len(taken)}, refused: {refused}.")
    for number, each in taken:
        say_whom_to_ring(number, each["concerns"])
    return 1 if refused else 0
