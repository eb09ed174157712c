"""``survivor-voice accounts``: who may sign in; passwords are asked for or read from standard input, no arguments."""

import argparse
import asyncio
import getpass
import json
import sys

from services.commands.session import settings_for
from services.datafolder import DataFolder
from services.errors import UsageError
from services.web.accounts.register import Accounts, accounts_of


def run(given: argparse.Namespace) -> int:
    """Add, list, disable or enable accounts, end their sessions, or set a new password; return the exit code."""
    settings = settings_for(given.data)
    register = accounts_of(settings, DataFolder.open(settings.data))
    password = _ask() if given.step in ("add", "reset") else ""
    return asyncio.run(_do(register, given, password))


async def _do(register: Accounts, given: argparse.Namespace, password: str) -> int:
    await register.open()
    try:
        if given.step == "list":
            await _list(register, as_json=given.json)
        else:
            said = await _change(register, given, password)
            print(json.dumps({"account": given.name, "done": given.step}) if given.json else said)
    finally:
        await register.close()
    return 0


async def _change(register: Accounts, given: argparse.Namespace, password: str) -> str:
    name: str = given.name
    if given.step == "add":
        await register.add(name, given.role, password)
        return f"{name} may sign in as {given.role}."
    if given.step == "disable":
        await register.disable(name)
        return f"{name} may not sign in any more; every session of the account has ended."
    if given.step == "enable":
        await register.enable(name)
        return f"{name} may sign in again."
    if given.step == "reset":
        await register.reset(name, password)
        return f"{name} has a new password; every session of the account has ended."
    ended = await register.end_sessions(name)
    return f"{ended} sessions of {name} have ended."


async def _list(register: Accounts, *, as_json: bool) -> None:
    found = await register.list()
    if not found and not as_json:
        print("There are no accounts yet: survivor-voice accounts add --role facilitator NAME.")
    for each in found:
        state = "disabled" if each.disabled else "locked for now" if each.locked else "may sign in"
        if as_json:
            print(json.dumps({"name": each.name, "role": each.role, "state": state, "sessions": each.sessions}))
        else:
            print(f"{each.name:<24} {each.role:<18} {state:<14} {each.sessions} open sessions")


def _ask() -> str:
    """Return a new password: typed twice on a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed = getpass.getpass("New password: ")
    if typed != getpass.getpass("The same again: "):
        raise UsageError("The two were not the same: nothing was changed.")
    return typed
