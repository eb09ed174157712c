"""``survivor-voice demo``: an invented consultation, from the door to the published report, in one process."""

import asyncio
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from services.bootstrap import Installation, Overrides
from services.commands.serve import serving, until_stopped
from services.demo.places import SCHEME, declare_log, environment_of, require_new, with_prefix
from services.demo.running import Outcome, demo_ids, demo_pick, run_demo, set_clock
from services.errors import DataFolderError
from services.intake.receipts import new_receipt
from services.settings import Settings, read_settings
from services.telemetry.logs import set_up_logs
from services.vocabulary.session_kinds import session_kinds
from services.web.accounts.register import accounts_of
from services.web.accounts.roles import Role

_BAR = 30
#: The group that the facilitator speaks for, and the organisation that the responder answers for.
_SPEAKS_FOR = "forum"
_ANSWERS_FOR = "support-services"
#: A ready account of each role: its name, the role, and what it does.
_ACCOUNTS: Final[tuple[tuple[str, Role, str], ...]] = (
    ("facilitator", "facilitator", "writes sessions up, and says for the forum whether it changed"),
    ("lead", "safeguarding_lead", "takes concerns over"),
    ("reviewer", "reviewer", "words what groups found and recommend"),
    ("approver", "approver", "is the second person for words and reports"),
    ("board", "board", "reads, asks and assigns"),
    ("responder", "responder", "answers for the support services"),
)


def run(
    data: Path | None,
    *,
    port: int | None,
    keep_serving: bool,
    as_json: bool,
    log: str | None = None,
    database: str | None = None,
) -> int:
    """Run the demonstration; return the exit code.

    Args:
        data: its folder; a new temporary one when absent.
        port: to listen on.
        keep_serving: until it is stopped.
        as_json: print what happened as one line.
        log: where its log lies, as ``SV_LOG`` says it; a broker's topics are made where they are missing.
        database: where its stores lie, as ``SV_DATABASE`` says it.
    """
    folder = data if data is not None else Path(tempfile.mkdtemp(prefix="survivor-voice-demo-"))
    if data is not None and (folder / "survivor-voice.json").exists():
        raise DataFolderError(f"The folder {folder} has been used: a demonstration begins in a new or empty one.")
    # Only what needs attention: the demonstration itself says what happened.
    set_up_logs(level=logging.ERROR)
    environment = environment_of(os.environ, log=log, database=database)
    port = 0 if port is None and not keep_serving else port
    asyncio.run(_demo(folder, environment, port=port, keep_serving=keep_serving, as_json=as_json))
    return 0


async def _demo(
    folder: Path, environment: dict[str, str], *, port: int | None, keep_serving: bool, as_json: bool
) -> None:
    settings = read_settings(data=folder, environment=environment, port=port)
    if settings.log_url.startswith(SCHEME):
        environment["SV_LOG"] = with_prefix(settings.log_url)
        settings = read_settings(data=folder, environment=environment, port=port)
        await declare_log(settings)
    overrides = Overrides(new_id=demo_ids(), pick=demo_pick())
    installation = Installation(settings, demo=True, overrides=overrides, environment=environment)
    set_clock(installation)
    async with serving(installation, port=settings.port) as address:
        await require_new(installation)
        bar = _Bar(shown=not as_json and sys.stderr.isatty())
        outcome = await run_demo(installation, bar.show)
        bar.clear()
        if as_json:
            print(outcome.line(), flush=True)
        else:
            print(_summary(outcome, address, settings), flush=True)
            print(await _ready_accounts(installation), flush=True)
        if keep_serving:
            await until_stopped(installation)


async def _ready_accounts(installation: Installation) -> str:
    """Make an account of each role, all with one password; return the lines that say so."""
    register = accounts_of(installation.settings, installation.folder)
    await register.open()
    password = "-".join(new_receipt().split()[:4])
    for name, role, _ in _ACCOUNTS:
        await register.add(name, role, password)
    await register.close()
    assert installation.intake is not None
    assert installation.reporter is not None
    organisations = installation.reporter.recommendations.organisations
    await organisations.name_member(_ANSWERS_FOR, "responder")
    for group in await installation.intake.door.groups():
        if group.title == f"Demonstration {_SPEAKS_FOR}":
            await organisations.name_speaker(group.id, "facilitator")
    lines = [
        f"  sign in        with the password {password}, as",
        *(f"    {name:<13}{does}" for name, _, does in _ACCOUNTS),
    ]
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


def _summary(outcome: Outcome, address: str, settings: Settings) -> str:
    kinds = [(session_kinds().get(kind), number) for kind, number in outcome.sessions.items()]
    sessions = ", ".join(f"{number} {(kind.title if number == 1 else kind.plural).lower()}" for kind, number in kinds)
    withheld = sum(outcome.withheld.values())
    stands = f"{outcome.themed} themed, {outcome.held} held for a reviewer, {outcome.rejected} rejected"
    if outcome.withdrawn:
        stands += f", {outcome.withdrawn} withdrawn"
    lines = [
        "The demonstration is ready. Everything in it is invented.",
        f"  sessions       {sum(outcome.sessions.values())} ({sessions})",
        f"  contributions  {outcome.accepted} accepted: {stands}",
        f"  cells          {outcome.published} published, {withheld} withheld to protect people",
        *([f"  log            {settings.log_url}"] if settings.log_url.startswith(SCHEME) else []),
        *(f"  report         {address}{path}" for path in outcome.reports),
        f"  all pages      {address}/   (Ctrl-C stops)",
    ]
    return "\n".join(lines)
