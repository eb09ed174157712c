# ruff: noqa: INP001 - scripts in a folder of their own, run by their path
"""A real Apache Kafka on this machine without Docker: one broker on loopback, from Maven artifacts and Java 17.

::

    python deploy/kafka/broker.py start [--secure] [--folder DIR]   prints one JSON line once the broker answers
    python deploy/kafka/broker.py status | stop | kill | restart [--folder DIR]

``start`` goes on with the data in the folder, on the same ports where they are free; ``kill`` ends the broker without
a word (SIGKILL) and ``restart`` brings it up on the same data and ports: fault tests do that. ``stop --clean`` removes
the data too. It is for development and tests: one node replicates nothing. Exit codes: 0 well, 1 not, 2 called wrongly.
"""

import argparse
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import string
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from answering import Login, NotAnswering, ask
from certificate import make_certificates, write_private
from java import Trouble, fetch_jars, find_java, last_line

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
DEFAULT_FOLDER = PROJECT / ".kafka"
#: Who may log in to a secure broker: its administrator, a user a service, and the example of a responding service.
USERS = ("admin", "intake", "anonymiser", "themer", "reporter", "responder")
HEAP = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC")
_START_PATIENCE = 120.0
_STOP_PATIENCE = 30.0
_POLL = 0.1
_PORT_ATTEMPTS = 3
_PORT_PATIENCE = 5.0
#: What Java says when a disk takes nothing more.
_FULL = ("No space left on device", "Disk quota exceeded", "File too large")
_PORTS = ("broker_port", "controller_port", "certificate_port")


class _PortTaken(Trouble):
    """Somebody took the port between its choice and its use."""


class Broker:
    """The broker of one folder.

    Args:
        folder: where its data, settings, passwords and log lie.
        jars: the cache of Maven's files, shared by all folders.
    """

    def __init__(self, folder: Path, jars: Path) -> None:
        self.folder = folder.resolve()
        self._jars = jars.resolve()
        self._data = self.folder / "data"
        self._settings = self.folder / "server.properties"
        self._state = self.folder / "broker.json"
        self._secrets = self.folder / "secrets"

    def start(self, *, secure: bool) -> dict[str, Any]:
        """Start it unless it runs; return its description once it answers.

        Raises:
            Trouble: Java or Maven is missing, it does not start, or it is of the other kind.
        """
        with self._locked():
            state = self._read_state()
            if state and state["secure"] != secure:
                kind = "secure" if state["secure"] else "plain"
                raise Trouble(f"The broker in {self.folder} is a {kind} one: stop it with --clean, or name a --folder.")
            if state and self._runs(state):
                self._wait(state, None)
                return self._described(state)
            java = find_java()
            jars = fetch_jars(self._jars)
            for attempt in range(_PORT_ATTEMPTS):
                state = self._prepared(state, secure=secure, java=java, jars=jars)
                try:
                    return self._described(self._launch(state, java, jars))
                except _PortTaken:
                    if attempt + 1 == _PORT_ATTEMPTS:
                        raise
            raise AssertionError

    def restart(self) -> dict[str, Any]:
        """Stop it where it runs, and start it on the same data and the same ports.

        Raises:
            Trouble: nothing was started here before, or somebody else took its port meanwhile.
        """
        with self._locked():
            self._end(signal.SIGTERM)
            state = self._read_state()
            if state is None:
                raise Trouble(f"No broker was started in {self.folder} before: use start.")
            if not _are_free(state):
                raise Trouble("Somebody else listens on the broker's port now: use start, which chooses another.")
            return self._described(self._launch(state, find_java(), fetch_jars(self._jars)))

    def status(self) -> dict[str, Any]:
        """Return its description.

        Raises:
            Trouble: it does not run or does not answer.
        """
        state = self._read_state()
        if not state or not self._runs(state):
            log = self.folder / "broker.log"
            said = log.read_text(errors="replace") if log.exists() else ""
            if any(phrase in said for phrase in _FULL):
                raise Trouble(f"The broker ended: its disk is full. Make room for {self.folder}, then start it again.")
            raise Trouble("No broker runs here.")
        self._wait(state, None, patience=2.0)
        return self._described(state)

    def stop(self, *, clean: bool = False) -> None:
        """Stop it in order, or without mercy after a while; with ``clean`` remove data, settings and passwords too."""
        with self._locked():
            self._end(signal.SIGTERM)
            if clean:
                for path in (self._data, self._secrets):
                    shutil.rmtree(path, ignore_errors=True)
                for path in (self._settings, self._state, self.folder / "broker.log"):
                    path.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        with self._locked():
            self._end(signal.SIGKILL)

    # --- preparing ---

    def _prepared(self, state: dict[str, Any] | None, *, secure: bool, java: str, jars: Path) -> dict[str, Any]:
        """Return what to start: the state as it was where its ports are free, else with new ones; format new data."""
        if state is None and self._data.exists():
            shutil.rmtree(self._data)  # formatted halfway, never used
        kept = state or {"secure": secure}
        state = {**_chosen_ports(), **kept} if _are_free(kept) else {**kept, **_chosen_ports()}
        self._write_settings(state)
        if not (self._data / "meta.properties").exists():
            self._format(state, java, jars)
        return state

    def _write_settings(self, state: dict[str, Any]) -> None:
        values = {**state, "data": self._data, "protocol": "SASL_SSL" if state["secure"] else "PLAINTEXT"}
        text = (HERE / "server.properties.in").read_text(encoding="utf-8")
        if state["secure"]:
            self._make_secrets()
            values["admin_password"] = self._password("admin")
            values["keystore"], values["ca"] = self._secrets / "broker.pem", self._secrets / "ca.pem"
            values["plain_users"] = " ".join(f'user_{user}="{self._password(user)}"' for user in USERS)
            for name in ("secure", "ways_in"):
                text += (HERE / f"{name}.properties.in").read_text(encoding="utf-8")
        write_private(self._settings, string.Template(text).substitute(values).encode())

    def _make_secrets(self) -> None:
        self._secrets.mkdir(mode=0o700, exist_ok=True)
        if not all((self._secrets / f"{name}.pem").exists() for name in ("ca", "broker", *USERS)):
            make_certificates(self._secrets, USERS)
        for user in USERS:
            path = self._secrets / f"{user}.password"
            if not path.exists():
                write_private(path, secrets.token_urlsafe(24).encode())

    def _password(self, user: str) -> str:
        return (self._secrets / f"{user}.password").read_text(encoding="utf-8")

    def _format(self, state: dict[str, Any], java: str, jars: Path) -> None:
        cluster = secrets.token_urlsafe(16)
        while cluster.startswith("-"):  # it would read as an option
            cluster = secrets.token_urlsafe(16)
        words = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._settings)]
        if state["secure"]:
            for user in USERS:
                words += ["--add-scram", f"SCRAM-SHA-512=[name={user},password={self._password(user)}]"]
        done = self._run_java(java, jars, words)
        if done.returncode:
            shutil.rmtree(self._data, ignore_errors=True)
            raise Trouble(f"The broker's data could not be prepared: {last_line(done.stdout)}")

    def _run_java(self, java: str, jars: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a tool with its words in a file that only we can read: passwords would show in the list of processes."""
        options = self._options(jars)
        arguments = self.folder / f".arguments-{os.getpid()}"
        lines = "\n".join(_quoted(word) for word in (*options, *words))
        write_private(arguments, lines.encode())
        try:
            return subprocess.run(  # noqa: S603 - our own words
                [java, f"@{arguments}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
            )
        finally:
            arguments.unlink()

    def _options(self, jars: Path) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"
        return [*HEAP, "-Djava.awt.headless=true", logging, "-cp", f"{jars}/*"]

    # --- running ---

    def _launch(self, state: dict[str, Any], java: str, jars: Path) -> dict[str, Any]:
        command = [java, *self._options(jars), "kafka.Kafka", str(self._settings)]
        with (self.folder / "broker.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own words
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        state = {**state, "pid": process.pid}
        write_private(self._state, json.dumps(state).encode())
        try:
            self._wait(state, process)
        except Trouble:
            process.kill()
            process.wait()
            raise
        return state

    def _wait(
        self, state: dict[str, Any], process: "subprocess.Popen[bytes] | None", patience: float = _START_PATIENCE
    ) -> None:
        login = Login(self._secrets / "ca.pem", "admin", self._password("admin")) if state["secure"] else None
        deadline = time.monotonic() + patience
        while True:
            try:
                ask(_bootstrap(state), login)
                break
            except NotAnswering:
                pass
            log = self.folder / "broker.log"
            if process is not None and process.poll() is not None:
                said = log.read_text(errors="replace")
                kind = _PortTaken if "BindException" in said or "Address already in use" in said else Trouble
                raise kind(f"The broker ended as it started: {last_line(said)}")
            if time.monotonic() > deadline:
                raise Trouble(f"The broker does not answer after {patience:.0f} seconds: see {log}.")
            time.sleep(_POLL)

    def _runs(self, state: dict[str, Any]) -> bool:
        """Whether the process is there and is ours: a number alone may be somebody else's by now."""
        pid = state.get("pid")
        return pid is not None and str(self._settings) in _command_of(pid)

    def _end(self, how: signal.Signals) -> None:
        state = self._read_state()
        if not state or not self._runs(state):
            return
        pid = state["pid"]
        os.kill(pid, how)
        os.kill(pid, signal.SIGCONT)  # one that is halted hears nothing else
        deadline = time.monotonic() + _STOP_PATIENCE
        while self._runs(state):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(_POLL / 2)
        # Its threads may hold the ports for a moment longer than its name.
        deadline = time.monotonic() + _PORT_PATIENCE
        while not _are_free(state) and time.monotonic() < deadline:
            time.sleep(_POLL / 2)

    def _described(self, state: dict[str, Any]) -> dict[str, Any]:
        found = {"bootstrap": _bootstrap(state), "pid": state["pid"], "folder": str(self.folder)}
        if state["secure"]:
            found["ca"] = str(self._secrets / "ca.pem")
            found["users"] = {user: str(self._secrets / f"{user}.password") for user in USERS}
            if "certificate_port" in state:
                found["certificate_bootstrap"] = f"127.0.0.1:{state['certificate_port']}"
                found["certificates"] = {user: str(self._secrets / f"{user}.pem") for user in USERS}
        return found

    def _read_state(self) -> dict[str, Any] | None:
        try:
            state: dict[str, Any] = json.loads(self._state.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return state

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one command at a time work on the folder."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _bootstrap(state: dict[str, Any]) -> str:
    return f"127.0.0.1:{state['broker_port']}"


def _chosen_ports() -> dict[str, int]:
    with contextlib.ExitStack() as probes:
        taken = [probes.enter_context(socket.socket()) for _ in _PORTS]
        for probe in taken:
            probe.bind(("127.0.0.1", 0))
        return {name: probe.getsockname()[1] for name, probe in zip(_PORTS, taken, strict=True)}


def _are_free(state: dict[str, Any]) -> bool:
    return all(_is_free(state[port]) for port in _PORTS if port in state)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _command_of(pid: int) -> str:
    """Return a process's command line, or nothing where it is gone (or only waits to be forgotten)."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    done = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607 - a number
    return done.stdout


def _quoted(word: str) -> str:
    """Return a word as Java's argument files want it."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _existing(bootstrap: str) -> dict[str, Any]:
    """Return the description of a broker that somebody else runs."""
    try:
        ask(bootstrap)
    except NotAnswering:
        raise Trouble("KAFKA_BOOTSTRAP names a broker that does not answer there without a login.") from None
    return {"bootstrap": bootstrap, "pid": None, "folder": None}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    parser = argparse.ArgumentParser(description="A single-node Apache Kafka on loopback, without Docker.")
    steps = parser.add_subparsers(dest="step", required=True)
    for name, does in (
        ("start", "start it, or say where it runs; prints one JSON line"),
        ("status", "say where it runs, or fail"),
        ("stop", "stop it in order"),
        ("kill", "end it at once, as a power cut would"),
        ("restart", "stop it where it runs and start it on the same data and ports"),
    ):
        step = steps.add_parser(name, help=does, description=does)
        step.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help="default: .kafka")
        step.add_argument("--jars", type=Path, default=DEFAULT_FOLDER / "jars", metavar="DIR", help="Maven's files")
        if name == "start":
            step.add_argument("--secure", action="store_true", help="with TLS, SCRAM-SHA-512 and ACLs")
        if name == "stop":
            step.add_argument("--clean", action="store_true", help="remove its data and passwords too")
    given = parser.parse_args(arguments)
    broker = Broker(given.folder, given.jars)
    found: dict[str, Any] | None = None
    try:
        if given.step == "start":
            existing = os.environ.get("KAFKA_BOOTSTRAP")
            found = _existing(existing) if existing and not given.secure else broker.start(secure=given.secure)
        elif given.step == "status":
            found = broker.status()
        elif given.step == "restart":
            found = broker.restart()
        elif given.step == "stop":
            broker.stop(clean=given.clean)
        else:
            broker.kill()
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    if found is not None:
        sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
