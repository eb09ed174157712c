"""Services as separate processes, some of them twice: started, killed, restarted and looked at, as on many machines.

Every instance has a data folder of its own with the pins of all services in it; the instances of a service share its
key folder. Used by the tests and by ``benchmarks/cluster.py`` and ``benchmarks/kills_kafka.py``.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from services.commands.client import call
from services.datafolder import DataFolder
from services.errors import SurvivorVoiceError
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.topic_admin import TopicAdmin
from services.sealing.identities import Identity, Pins

#: Those that others seal to.
OWNERS = ("anonymiser", "themer", "reporter")
#: One of each, and a second of those that do the work; those that announce keys first.
SHARED_OUT = {"reporter": 1, "themer": 2, "anonymiser": 2, "intake": 1}
ALONE = dict.fromkeys(SHARED_OUT, 1)
_START_SECONDS = 120.0


class Instance:
    """One process of one service (or of all four).

    Attributes:
        name: the service, and its number where there are several.
        service: which; empty: all four.
        deaths: how often it ended without being asked to or killed.
    """

    def __init__(self, name: str, service: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.service = service
        self.folder = folder
        self.deaths = 0
        self._environment = dict(environment)
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder.parent / f"{name}.log"

    @property
    def address(self) -> str:
        """Where it answers; the same after a restart."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; it answers a little later."""
        only = ["--only", self.service] if self.service else []
        command = [str(Path(sys.executable).parent / "survivor-voice"), "serve", *only]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--data", str(self.folder), "--port", str(self._port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**_own_environment(), **self._environment},
            )

    def tend(self) -> None:
        """Start it again where it ended by itself, as an installation's supervisor does."""
        if self._process is not None and self._process.poll() is not None:
            self.deaths += 1
            self.start()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Ask it to stop, and see that it does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(30)
        self._process.kill()
        self._process.wait()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Return the answer to a call of its interface."""
        token = (self.folder / "token").read_text().strip()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return call(self.address, token, method, path, body, headers=named)

    def answers(self) -> bool:
        """Whether it answers at all."""
        with contextlib.suppress(SurvivorVoiceError, OSError):
            call(self.address, "", "GET", "/livez")
            return True
        return False

    def metrics(self) -> str:
        """Return what it measures of itself, as text."""
        with urllib.request.urlopen(f"{self.address}/metrics", timeout=30) as answer:
            text: str = answer.read().decode()
        return text

    def said(self) -> str:
        """Return the end of what it logged."""
        return self._log.read_text(errors="replace")[-4000:] if self._log.exists() else ""

    def memory(self) -> float:
        """Return its proportional set size in MB, its resident size where that is not told."""
        with contextlib.suppress(OSError):
            return _field(Path(f"/proc/{self.pid}/smaps_rollup"), "Pss:")
        return self.resident()

    def resident(self) -> float:
        """Return its resident size in MB."""
        return _field(Path(f"/proc/{self.pid}/status"), "VmRSS:")


class Fleet:
    """The instances of one installation.

    Args:
        root: a folder of its own.
        environment: the settings that all share: ``SV_LOG``, ``SV_DATABASE``.
        shape: how many instances of each service; empty: one process with all four.
        together: all on one data folder, as on one machine (one instance of each, then).
    """

    def __init__(
        self,
        root: Path,
        environment: Mapping[str, str],
        shape: Mapping[str, int] = SHARED_OUT,
        *,
        together: bool = False,
    ) -> None:
        self.root = root
        self.environment = dict(environment)
        root.mkdir(parents=True, exist_ok=True)
        if not shape or together:
            DataFolder.open(root / "data").token()
            named = [(service, service, root / "data") for service in shape] or [("whole", "", root / "data")]
        else:
            self.environment |= {f"SV_{service.upper()}_KEYS": str(root / "keys" / service) for service in shape}
            named = [
                (f"{service}-{number}", service, root / f"{service}-{number}")
                for service, count in shape.items()
                for number in range(1, count + 1)
            ]
            self._share_out(folder for *_, folder in named)
        self.instances = [Instance(*each, self.environment) for each in named]

    def _share_out(self, folders: Any) -> None:
        """Make the identities and pin them in every data folder: an operator copies the pins so."""
        publics = {owner: Identity(self.root / "keys" / owner, owner).public for owner in OWNERS}
        for folder in folders:
            for owner, public in publics.items():
                Pins(folder / "keys" / "identities.toml").pin(owner, public)
            DataFolder.open(folder).token()

    def one(self, service: str) -> Instance:
        """Return the first instance that answers for a service."""
        return next(each for each in self.instances if each.service in (service, ""))

    def start(self) -> None:
        """Start all, those that announce keys first, and wait until all answer."""
        for each in self.instances:
            each.start()
        self.until_all_answer()

    def until_all_answer(self) -> None:
        """Wait until every instance answers.

        Raises:
            TimeoutError: one does not, with the end of what it logged.
        """
        for each in self.instances:
            until(lambda: each.answers() or each.tend(), _START_SECONDS, lambda: f"{each.name}: {each.said()}")  # noqa: B023 - used at once

    def tend(self) -> None:
        """Start again what ended by itself."""
        for each in self.instances:
            each.tend()

    def stop(self) -> None:
        """Stop all, intake first."""
        for each in reversed(self.instances):
            each.stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.stop()
        if kind is not None:
            for each in self.instances:
                print(f"--- {each.name}\n{each.said()}", file=sys.stderr)


async def declare(url: str) -> None:
    """Make the topics of a log on a broker."""
    await TopicAdmin(KafkaAccess.from_settings(url)).apply()


def until(condition: Callable[[], Any], seconds: float, what: Callable[[], str]) -> None:
    """Wait until a condition holds.

    Raises:
        TimeoutError: it does not come about; says what.
    """
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError(what())
        time.sleep(0.05)


def _own_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SV_")}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _field(path: Path, name: str) -> float:
    return int(next(line for line in path.read_text().splitlines() if line.startswith(name)).split()[1]) / 1024
