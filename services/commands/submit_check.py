"""What ``submit --check`` says, and how any submission is told of: nothing is stored, nothing is asked of the log.

What would be removed is shown to the terminal of whoever has the file anyway. Where the output goes elsewhere (a pipe,
a log), the labels and what takes their place stand there without the words.
"""

import argparse
import asyncio
import contextlib
import json
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from services.anonymiser.preview import preview
from services.clock import Clock, RealClock
from services.commands.brought import brought_from, complain, opened
from services.commands.client import call
from services.commands.progress import ProgressBar
from services.commands.session import running_at
from services.commands.telling import line_of, say_how, say_whom_to_ring
from services.datafolder import DataFolder
from services.errors import InputRefused
from services.events import Mark, Words
from services.intake.bundling import MOST_IN_A_BUNDLE
from services.intake.dangers import Danger, Raised, dangers_in
from services.intake.deliveries import BroughtFile, check_part, file_hash, read_parts
from services.intake.files.reading import SessionChunk
from services.intake.receipts import InstallationSecret
from services.settings import Settings

#: Of so many contributions it is shown what would be removed: one bundle.
MOST_PREVIEWED = MOST_IN_A_BUNDLE
_MARKER = "survivor-voice.json"


def run(settings: Settings, given: argparse.Namespace) -> int:
    """Say what would happen to the files; exit 1 where one would be refused."""
    clock = _clock_of(settings)
    refused = accepted = 0
    for number, path in enumerate(given.files, start=1):
        bar = ProgressBar(f"file {number}")
        try:
            with opened(path) as source:
                line = _look(settings, brought_from(source, path, given), clock, bar)
        except InputRefused as refusal:
            bar.clear()
            refused += 1
            complain(number, path, refusal)
            continue
        bar.clear()
        shown = line.pop("shown")
        accepted += 0 if "first_sent_on" in line else line["contributions"]
        if given.json:
            print(json.dumps(line_of(number, line, stored=False)))
            continue
        say_how(number, line)
        for each in shown:
            print(f"file {number}: {each}")
        say_whom_to_ring(number, line["concerns"])
    if not given.json:
        read = len(given.files) - refused
        print(f"Contributions that would be accepted: {accepted}. Files read: {read}, refused: {refused}.")
        print("Nothing was stored.")
    return 1 if refused else 0


def _look(settings: Settings, brought: BroughtFile, clock: Clock, bar: ProgressBar) -> dict[str, Any]:
    reading = read_parts(brought, clock.today())
    shown: list[str] = []
    removed: Counter[str] = Counter()
    dangers: dict[int, tuple[Danger, ...]] = {}
    done, sessions = 0, set()
    with contextlib.closing(reading.parts):
        for part in reading.parts:
            said = check_part(part, clock.today()).contributions
            sessions.add(part.session)
            dangers[part.session] = dangers_in((each.text for each in said), dangers.get(part.session, ()))
            if done < MOST_PREVIEWED:
                shown += _previewed(part, MOST_PREVIEWED - done, removed)
            done += len(said)
            bar.show(done, reading.contributions)
    if done > MOST_PREVIEWED:
        shown.append(f"what would be removed is shown for the first {MOST_PREVIEWED} contributions alone.")
    line: dict[str, Any] = {
        "sessions": [""] * len(sessions),
        "contributions": done,
        "notes": list(reading.notes),
        "concerns": _would_be_raised(dangers),
        "removed": dict(sorted(removed.items())),
        "shown": shown,
    }
    day = asyncio.run(_first_sent_on(settings, brought.digest))
    if day is not None:
        line["first_sent_on"] = day
    return line


def _previewed(part: SessionChunk, most: int, removed: Counter[str]) -> list[str]:
    said = part.submission.contributions[:most]
    bundle = [
        Words(
            text=each.text,
            marks=tuple(
                Mark(start=mark.start, end=mark.end, action="keep" if mark.action == "keep" else "remove")
                for mark in each.marks
            ),
        )
        for each in said
    ]
    lines: list[str] = []
    for each, found, place in zip(said, asyncio.run(preview(bundle)), part.places, strict=False):
        where = place.removeprefix("the file, ")
        for span in found.spans:
            removed[span.label] += 1
            instead = found.text[span.shown_start : span.shown_end] or "nothing"
            words = f" in the place of “{' '.join(each.text[span.start : span.end].split())}”"
            lines.append(f"{where}: {span.label}: {instead}{words if sys.stdout.isatty() else ''}")
        if found.held:
            lines.append(f"{where}: a person would look at it first, because something in it is doubtful.")
    return lines


def _would_be_raised(dangers: dict[int, tuple[Danger, ...]]) -> list[dict[str, object]]:
    return [
        Raised("", "", danger.category, danger.urgency, danger.contributions).told()
        for _, found in sorted(dangers.items())
        for danger in found
    ]


async def _first_sent_on(settings: Settings, digest: str) -> str | None:
    running = running_at(settings, "intake")
    if running is not None:
        address, token = running
        path = "/api/intake/v1/files/known"
        answer = await asyncio.to_thread(call, address, token, "POST", path, {"sha256": digest})
        return None if answer["first_sent_on"] is None else str(answer["first_sent_on"])
    return await asyncio.to_thread(_look_up, settings, digest)


def _look_up(settings: Settings, digest: str) -> str | None:
    """Look into a database that nothing has open, without opening it to be written; any trouble reads as not known."""
    keys = settings.keys_folder("intake")
    scheme, _, place = settings.database_url("intake").partition(":")
    # Neither a database nor a secret is made for the sake of looking.
    if scheme != "sqlite" or not Path(place).exists() or not (keys / InstallationSecret.FILE).exists():
        return None
    # Closed properly it has no log beside it, and then it can be read without one being made.
    mode = "mode=ro" if Path(f"{place}-wal").exists() else "immutable=1"
    key = file_hash(InstallationSecret(keys), digest)
    try:
        with contextlib.closing(sqlite3.connect(f"{Path(place).resolve().as_uri()}?{mode}", uri=True)) as database:
            row = database.execute("SELECT day FROM idempotency WHERE key_hash = ?", (key,)).fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else str(row[0])


def _clock_of(settings: Settings) -> Clock:
    """Return the folder's clock without making a folder."""
    return DataFolder.open(settings.data).clock if (settings.data / _MARKER).exists() else RealClock()
