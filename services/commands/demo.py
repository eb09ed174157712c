"""``survivor-voice demo``: an invented consultation, from the door to the published report, in one process."""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from services.bootstrap import Installation, Overrides
from services.commands.serve import serving, until_stopped
from services.demo.running import Outcome, demo_ids, demo_pick, run_demo, set_clock
from services.errors import DataFolderError
from services.intake.receipts import new_receipt
from services.settings import read_settings
from services.telemetry.logs import set_up_logs
from services.web.accounts.register import accounts_of

_BAR = 30


def run(data: Path | None, *, port: int | None, keep_serving: bool, as_json: bool) -> int:
    """Run the demonstration; return the exit code."""
    folder = data if data is not None else Path(tempfile.mkdtemp(prefix="survivor-voice-demo-"))
    if data is not None and (folder / "survivor-voice.json").exists():
        raise DataFolderError(f"The folder {folder} has been used: a demonstration begins in a new or empty one.")
    # Only what needs attention: the demonstration itself says what happened.
    set_up_logs(level=logging.ERROR)
    asyncio.run(_demo(folder, port=port, keep_serving=keep_serving, as_json=as_json))
    return 0


async def _demo(folder: Path, *, port: int | None, keep_serving: bool, as_json: bool) -> None:
    settings = read_settings(data=folder, port=0 if port is None and not keep_serving else port)
    installation = Installation(settings, demo=True, overrides=Overrides(new_id=demo_ids(), pick=demo_pick()))
    set_clock(installation)
    async with serving(installation, port=settings.port) as address:
        bar = _Bar(shown=not as_json and sys.stderr.isatty())
        outcome = await run_demo(installation, bar.show)
        bar.clear()
        if as_json:
            print(outcome.line(), flush=True)
        else:
            print(_summary(outcome, address), flush=True)
            print(await _ready_accounts(installation), flush=True)
        if keep_serving:
            await until_stopped(installation)


async def _ready_accounts(installation: Installation) -> str:
    """Make an account to write up sessions and one to take concerns over; return the lines that say so."""
    register = accounts_of(installation.settings, installation.folder)
    await register.open()
    lines = []
    for name, role in (("facilitator", "facilitator"), ("lead", "safeguarding_lead")):
        password = "-".join(new_receipt().split()[:4])
        await register.add(name, role, password)
        lines.append(f"  sign in as     {name}, with the password {password}")
    await register.close()
    return "\n".join(lines)


class _Bar:
    """A progress bar on a terminal's standard error; nothing elsewhere."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown

    def show(self, done: int, total: int) -> None:
        if self._shown:
            filled = _BAR * done // max(total, 1)
            text = f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done} of {total} contributions"
            print(text, end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r" + " " * (_BAR + 40) + "\r", end="", file=sys.stderr, flush=True)


def _summary(outcome: Outcome, address: str) -> str:
    sessions = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in outcome.sessions.items())
    withheld = sum(outcome.withheld.values())
    stands = f"{outcome.themed} themed, {outcome.held} held for a reviewer, {outcome.rejected} rejected"
    lines = [
        "The demonstration is ready. Everything in it is invented.",
        f"  sessions       {sum(outcome.sessions.values())} ({sessions})",
        f"  contributions  {outcome.accepted} accepted: {stands}",
        f"  cells          {outcome.published} published, {withheld} withheld to protect people",
        *(f"  report         {address}{path}" for path in outcome.reports),
        f"  all pages      {address}/   (Ctrl-C stops)",
    ]
    return "\n".join(lines)
