"""``survivor-voice serve``: run all services behind one front door, or some of them alone."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence

from aiohttp import web

from services.bootstrap import Installation, port_of, require_loopback
from services.datafolder import FolderLock
from services.errors import SettingsError, SurvivorVoiceError
from services.settings import SERVICES, Settings
from services.telemetry.logs import logger, set_up_logs

#: How long a thread waits before it asks the one that runs to make room.
_SWITCH_SECONDS = 0.001


@contextlib.asynccontextmanager
async def serving(installation: Installation, *, port: int) -> AsyncIterator[str]:
    """Serve an installation's pages and interfaces; gives the address.

    Raises:
        SettingsError: the port is in use, or the address is not loopback.
        DataFolderError: another instance of a service uses the folder.
    """
    require_loopback(installation.settings.host)
    locks: list[FolderLock] = []
    runner = web.AppRunner(installation.application(), access_log=None, handle_signals=False)
    try:
        locks.extend(installation.folder.lock(service.name) for service in installation.services)
        await runner.setup()
        site = web.TCPSite(runner, installation.settings.host, port)
        try:
            await site.start()
        except OSError:
            raise SettingsError(
                f"Port {port} is in use: stop what uses it, or set SV_PORT (0 takes a free one)."
            ) from None
        address = _address(runner)
        for lock in locks:
            lock.listening_at(address)
        yield address
    finally:
        await runner.cleanup()
        for lock in locks:
            lock.release()
        await installation.close()


def _address(runner: web.AppRunner) -> str:
    name, port = runner.addresses[0][:2]
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


async def until_stopped(installation: Installation, *, on_signal: Callable[[], None] | None = None) -> None:
    """Return when the process is asked to stop.

    Raises:
        SurvivorVoiceError: a task of a service died; the process must end.
    """
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    deaths = [asyncio.create_task(service.supervisor.died.wait()) for service in installation.services]
    stopping = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait([*deaths, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (*deaths, stopping):
            task.cancel()
    if on_signal is not None:
        on_signal()
    for service in installation.services:
        if service.supervisor.died.is_set():
            raise SurvivorVoiceError(
                f"A part of {service.name} stopped working ({service.supervisor.cause}): see the log above.",
            )


def share_interpreter() -> None:
    """Let the threads of the log and the database have the interpreter sooner beside a busy loop.

    Each statement of theirs lets go of it and waits for it again, by default 5 ms: that was most of a commit.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)


def run(settings: Settings, only: Sequence[str]) -> int:
    """Serve until asked to stop; return the exit code."""
    set_up_logs()
    share_interpreter()
    asyncio.run(_serve(settings, only or SERVICES))
    return 0


async def _serve(settings: Settings, only: Sequence[str]) -> None:
    installation = Installation(settings, only=only)
    try:
        await installation.check_log()
    except BaseException:
        await installation.close()
        raise
    async with serving(installation, port=port_of(settings, only)) as address:
        logger("front-door").info("serving", services=",".join(only), host=address)
        print(f"Serving {', '.join(only)} at {address} - stop with Ctrl-C.", flush=True)
        await until_stopped(installation)
