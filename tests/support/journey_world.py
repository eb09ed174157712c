"""Whole installations for journeys: real services, a real log and real databases in a folder of the test's own."""

import asyncio
import base64
import contextlib
import datetime
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.bootstrap import Installation
from services.clock import DemoClock
from services.intake.submissions import Submission, SubmittedContribution
from services.settings import SERVICES, read_settings

START = datetime.date(2025, 1, 15)
#: The shortest stretch of base64 that is looked for.
LEAST_CODED = 12
ALL_USES = ("count", "paraphrase", "quote")
#: Invented, and in no other file: whoever finds it outside an envelope has found a leak.
PLANTED = "the heron by Quillmere lock told Zebedee Marchbanks about velvet umbrellas"


#: What every installation is given beside its folder; the crash driver puts the address of its stores here.
ENVIRONMENT: dict[str, str] = {}


def make_installation(data: Path, *, only: tuple[str, ...] = SERVICES) -> Installation:
    """Return an installation with a demonstration's clock, not started."""
    settings = read_settings(data=data, environment=ENVIRONMENT, port=0)
    installation = Installation(settings, only=only, demo=True, environment=ENVIRONMENT)
    clock = DemoClock(installation.folder.clock_file)
    if not installation.folder.clock_file.exists():
        clock.move_to(START)
    return installation


@contextlib.asynccontextmanager
async def running(data: Path, *, only: tuple[str, ...] = SERVICES) -> AsyncIterator[Installation]:
    """Run an installation for the length of a block."""
    installation = make_installation(data, only=only)
    await installation.start()
    try:
        yield installation
    finally:
        await installation.stop()


async def until(condition: Callable[[], object], *, seconds: float = 30.0, what: str = "it") -> None:
    """Wait until an async or plain condition holds."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = condition()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"{what} did not come about in {seconds} seconds")


async def at_rest(installation: Installation, *, seconds: float = 30.0) -> None:
    """Wait until nothing that was accepted is on its way."""

    async def rested() -> bool:
        return (await installation.intake.door.reconcile()).on_their_way == 0

    await until(rested, seconds=seconds, what="rest")


async def erased(installation: Installation, token: str) -> dict[str, str]:
    """Wait until every service has confirmed an erasure; return the confirmations."""

    async def complete() -> bool:
        return len(await installation.intake.door.confirmations(token)) == len(SERVICES)

    await until(complete, what="the erasure")
    return await installation.intake.door.confirmations(token)


def said(text: str, **more) -> SubmittedContribution:
    """Return one contribution."""
    return SubmittedContribution(text=text, **more)


def session_of(*contributions: SubmittedContribution, kind: str = "survey", **more) -> Submission:
    """Return one session; by default each contribution is a person."""
    defaults = {"month": "2025-01", "role": "survivor", "uses": ALL_USES, "areas": ("lambeth",)}
    return Submission(kind=kind, contributions=contributions, **{**defaults, **more})


def bytes_below(folder: Path) -> dict[Path, bytes]:
    """Return the content of every file below a folder."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def holding(folder: Path, *needles: str) -> list[str]:
    """Return the files below a folder that hold any of the needles, as text, UTF-16 or base64."""
    plain: list[bytes] = []
    coded: list[bytes] = []
    for needle in needles:
        plain += [needle.lower().encode(), needle.lower().encode("utf-16-le")]
        # A short piece of base64 stands in any ciphertext by chance: only long ones say something.
        pieces = [base64.b64encode(b"x" * pad + needle.encode())[4:-4] for pad in range(3)]
        coded += [piece for piece in pieces if len(piece) >= LEAST_CODED]
    found = []
    for path, content in bytes_below(folder).items():
        lowered = content.lower()
        if any(form in lowered for form in plain) or any(form in content for form in coded):
            found.append(str(path.relative_to(folder)))
    return found
