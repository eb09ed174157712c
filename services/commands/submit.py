"""``survivor-voice submit``: sessions from files, through the running intake or the same code in this process."""

import argparse
import asyncio
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.commands.client import call
from services.commands.session import announce_all, in_this_process, running_at, settings_for
from services.datafolder import DataFolder
from services.errors import Finding, InputRefused, SurvivorVoiceError, UsageError
from services.intake.files.reading import TRANSCRIPTS, Header, ReadFile, format_of, read_file
from services.intake.files.templates import write_template
from services.intake.submissions import check
from services.settings import Settings

_FIRST_BYTES = 4096
_TEMPLATES = ("csv", "xlsx", "docx")


@dataclass(frozen=True, slots=True)
class _Ready:
    """One file, read and checked: its number on the command line stands for its name, which may hold a person's."""

    number: int
    read: ReadFile
    digest: str


def run(given: argparse.Namespace) -> int:
    """Submit the files; nothing of a file is stored unless all of it can be."""
    if given.template is not None:
        return _write_template(given.template, given.output)
    if not given.files:
        raise UsageError("Name at least one file: survivor-voice submit FILE...")
    settings = settings_for(given.data)
    header = _header(given)
    today = DataFolder.open(settings.data).clock.today()
    ready, refused = [], 0
    for number, path in enumerate(given.files, start=1):
        try:
            read, digest = _read(path, given.format, header, tuple(given.facilitator))
            for submission, places in zip(read.submissions, read.places, strict=True):
                check(submission, today=today, places=list(places))
            ready.append(_Ready(number, read, digest))
        except InputRefused as refusal:
            refused += 1
            for finding in refusal.findings:
                print(f"file {number} ({path.suffix or 'no ending'}): {finding}", file=sys.stderr)
    if given.check:
        _report(given, ready, refused, stored=False, answers={})
        return 1 if refused else 0
    answers = asyncio.run(_submit(settings, ready)) if ready else {}
    _report(given, ready, refused, stored=True, answers=answers)
    return 1 if refused else 0


async def _submit(settings: Settings, ready: list[_Ready]) -> dict[int, list[str]]:
    answers: dict[int, list[str]] = {}
    running = running_at(settings, "intake")
    if running is not None:
        address, token = running
        for each in ready:
            answers[each.number] = [
                await asyncio.to_thread(_post, address, token, submission, f"{each.digest}/{place}")
                for place, submission in enumerate(each.read.submissions)
            ]
        return answers
    await announce_all(settings)
    async with in_this_process(settings, ["intake"]) as installation:
        if installation.intake is None:
            raise SurvivorVoiceError("Intake did not start.")
        for each in ready:
            answers[each.number] = []
            for place, submission in enumerate(each.read.submissions):
                accepted = await installation.intake.door.submit(
                    submission,
                    idempotency_key=f"{each.digest}/{place}",
                    body=msgspec.json.encode(submission),
                    places=list(each.read.places[place]),
                )
                answers[each.number].append(accepted.session)
        await installation.intake.outbox.flush()
    return answers


def _post(address: str, token: str, submission: object, key: str) -> str:
    body = msgspec.to_builtins(submission)
    kept = {name: value for name, value in body.items() if value is not None}
    kept["contributions"] = [
        {name: value for name, value in said.items() if value is not None} for said in body["contributions"]
    ]
    answer = call(address, token, "POST", "/api/intake/v1/sessions", kept, headers={"Idempotency-Key": key})
    return str(answer["session"])


def _read(path: Path, format_name: str | None, header: Header, facilitator: tuple[str, ...]) -> tuple[ReadFile, str]:
    try:
        with path.open("rb") as file:
            first = file.read(_FIRST_BYTES)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            chosen = format_name or format_of(path.name, first)
            turns = facilitator if chosen in TRANSCRIPTS else ()
            return read_file(file, format=chosen, header=header, facilitator=turns), digest
    except OSError:
        raise InputRefused([Finding("the file", "cannot be read", "Check the path and who may read it.")]) from None


def _header(given: argparse.Namespace) -> Header:
    def several(text: str | None) -> tuple[str, ...] | None:
        return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())

    return Header(
        kind=given.kind,
        month=given.month,
        areas=several(given.areas),
        role=given.role,
        uses=several(given.uses),
        number_present=given.present,
        group=given.group,
    )


def _write_template(name: str, output: Path | None) -> int:
    if name not in _TEMPLATES:
        raise UsageError(f"There is a template as {', '.join(_TEMPLATES)}.")
    if output is None:
        output = Path(f"session-notes.{name}")
    with output.open("wb") as target:
        write_template(name, target)  # type: ignore[arg-type]  # one of the three, as was looked at above
    print(f"Wrote {output}: fill it in and send it with survivor-voice submit.")
    return 0


def _report(
    given: argparse.Namespace,
    ready: list[_Ready],
    refused: int,
    *,
    stored: bool,
    answers: dict[int, list[str]],
) -> None:
    accepted = 0
    for each in ready:
        said = sum(len(submission.contributions) for submission in each.read.submissions)
        accepted += said
        line = {
            "file": each.number,
            "sessions": len(each.read.submissions),
            "contributions": said,
            "stored": stored,
            "ids": answers.get(each.number, []),
        }
        if given.json:
            print(json.dumps(line))
    if not given.json:
        verb = "accepted" if stored else "would be accepted"
        print(f"Contributions {verb}: {accepted}. Files read: {len(ready)}, refused: {refused}.")
