"""The command as a person runs it, in this process: arguments and standard input in; exit code and lines out."""

import asyncio
import io
import json
import os
import queue
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import journey_world
import pytest

from services.bootstrap import Installation
from services.cli import main
from services.commands.serve import serving
from services.telemetry.logs import set_up_logs


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line of an error; fails where there is more or less."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("survivor-voice: ")
        return lines[0]


@pytest.fixture(autouse=True)
def _as_on_a_new_machine(monkeypatch, tmp_path_factory):
    for name in [name for name in os.environ if name.startswith("SV_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path_factory.mktemp("here"))
    # What a service in this process logs is no part of what a command says.
    set_up_logs(io.StringIO())


@pytest.fixture
def command(capsys, monkeypatch):
    """Run the command; standard input is never a terminal."""

    def run(*arguments: Any, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = leaving.code
        set_up_logs(io.StringIO())
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def data(tmp_path):
    """A data folder of a demonstration on its first day, so that the clock is the test's."""
    folder = tmp_path / "data"
    asyncio.run(journey_world.make_installation(folder).close())
    return folder


@dataclass(frozen=True, slots=True)
class Running:
    """An installation that serves on a folder.

    Attributes:
        data: its folder.
        address: where it listens.
        installation: for looking inside, from its own thread alone.
    """

    data: Path
    address: str
    installation: Installation
    loop: asyncio.AbstractEventLoop

    def ask(self, coroutine: Any) -> Any:
        """Return what a coroutine gives when it is run in the installation's thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Serve a whole installation from a thread, as another process would."""
    folder = tmp_path_factory.mktemp("running") / "data"
    started: queue.Queue = queue.Queue()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(folder, started)))
    thread.start()
    found = started.get(timeout=60)
    if isinstance(found, BaseException):
        raise found
    yield found[0]
    found[0].loop.call_soon_threadsafe(found[1].set)
    thread.join(60)


async def _serve(folder, started):
    try:
        installation = journey_world.make_installation(folder)
        async with serving(installation, port=0) as address:
            stop = asyncio.Event()
            started.put((Running(folder, address, installation, asyncio.get_running_loop()), stop))
            await stop.wait()
    except BaseException as trouble:
        started.put(trouble)
        raise


@pytest.fixture
def session_file(tmp_path):
    """Write a file with one session of so many contributions."""

    def write(name: str = "session.json", *texts: str, **more: Any) -> Path:
        body = {"kind": "survey", "month": "2025-01", "role": "survivor", "uses": ["count"], "areas": ["lambeth"]}
        said = [{"text": text} for text in texts or ("The police did not listen.", "We waited a year.")]
        path = tmp_path / name
        path.write_text(json.dumps({**body, "contributions": said, **more}), encoding="utf-8")
        return path

    return write
