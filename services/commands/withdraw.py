"""``survivor-voice withdraw``: erases what was said, everywhere; asks for the words, never takes them as arguments."""

import asyncio
import getpass
import json
import sys
from pathlib import Path
from typing import Any

from services.commands.client import call
from services.commands.session import in_this_process, running_at, settings_for
from services.errors import SurvivorVoiceError, UsageError
from services.intake.door import Door
from services.runner.confirming import HOPS
from services.settings import Settings

_PATIENCE = 120.0
_POLL = 0.2


def run(data: Path | None, *, by_seat: bool, by_session: bool, as_json: bool) -> int:
    """Withdraw and wait for the confirmations; exit 0 when every service has erased, else 3 (it goes on by itself)."""
    settings = settings_for(data)
    whom = _ask(by_seat=by_seat, by_session=by_session)
    done = asyncio.run(_withdraw(settings, whom))
    complete = all(hop in done for hop in HOPS)
    if as_json:
        print(json.dumps({"erased": done, "complete": complete}))
    else:
        for hop in HOPS:
            print(f"{hop:<11} {'erased on ' + done[hop] if hop in done else 'not yet'}")
        if not complete:
            print("The refusal is written and permanent; the rest follows as soon as every service runs.")
    return 0 if complete else 3


def _ask(*, by_seat: bool, by_session: bool) -> dict[str, Any]:
    if by_session:
        return {"session": _line("Session id: ")}
    if by_seat:
        group = _line("Group id: ")
        seat = _line("Seat: ")
        if not seat.isdigit():
            raise UsageError("A seat is a whole number.")
        return {"group": group, "seat": int(seat)}
    return {"receipt": _line("Five words: ", hidden=True)}


def _line(prompt: str, *, hidden: bool = False) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return (getpass.getpass(prompt) if hidden else input(prompt)).strip()


async def _withdraw(settings: Settings, whom: dict[str, Any]) -> dict[str, str]:
    running = running_at(settings, "intake")
    if running is not None:
        address, token = running
        answer = await asyncio.to_thread(call, address, token, "POST", "/api/intake/v1/withdrawals", whom)
        return await _wait(lambda: _status(address, token, answer["withdrawal"]))
    async with in_this_process(settings) as installation:
        if installation.intake is None:
            raise SurvivorVoiceError("Intake did not start.")
        door = installation.intake.door
        token = await _withdraw_here(door, whom)
        return await _wait(lambda: door.confirmations(token))


async def _withdraw_here(door: Door, whom: dict[str, Any]) -> str:
    if "session" in whom:
        return await door.withdraw_session(whom["session"])
    return await door.withdraw(await door.person(**whom))


async def _status(address: str, token: str, withdrawal: str) -> dict[str, str]:
    path = "/api/intake/v1/withdrawals/status"
    answer = await asyncio.to_thread(call, address, token, "POST", path, {"withdrawal": withdrawal})
    erased: dict[str, str] = answer["erased"]
    return erased


async def _wait(ask: Any) -> dict[str, str]:
    done: dict[str, str] = {}
    try:
        async with asyncio.timeout(_PATIENCE):
            while not all(hop in done for hop in HOPS):
                done = await ask()
                await asyncio.sleep(_POLL)
    except TimeoutError:
        pass
    return done
