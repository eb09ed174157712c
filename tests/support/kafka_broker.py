"""A real broker for the tests: the one that ``KAFKA_BOOTSTRAP`` names, or one that ``deploy/kafka`` starts.

Where neither can be had the tests that need it skip and say why; in CI they fail.
"""

import atexit
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.eventlog.kafka import KafkaLog
from services.eventlog.kafka_access import KafkaAccess, Pace
from services.eventlog.topics import broker_settings, topic_named

SCRIPT = Path(__file__).parents[2] / "deploy" / "kafka" / "broker.py"

#: Segments that roll and are compacted while a test waits.
QUICK = {
    "transit": {"segment.ms": "200"},
    "kept": {"segment.ms": "200"},
    "compacted": {
        "segment.ms": "200",
        "min.cleanable.dirty.ratio": "0.01",
        "max.compaction.lag.ms": "200",
        "delete.retention.ms": "60000",
    },
}
#: A client that notices things while a test waits.
BRISK = Pace(patience=10.0, session=6.0, heartbeat=0.1, retention_check=1.0)


@dataclass
class Broker:
    """A broker and where it lies.

    Attributes:
        bootstrap: ``host:port``.
        folder: where its data lie, or None where it is somebody else's.
        pid: of its process.
        ca: the file of its certificate authority, where it is a secure one.
        users: the password file of each user, as above.
        certificate_bootstrap: where it takes certificates instead of passwords, as above.
        certificates: the file of each user's certificate and key, as above.
    """

    bootstrap: str
    folder: Path | None = None
    pid: int = 0
    ca: str = ""
    users: Mapping[str, str] = field(default_factory=dict)
    certificate_bootstrap: str = ""
    certificates: Mapping[str, str] = field(default_factory=dict)

    def told(self, *words: str) -> dict[str, Any]:
        """Run a command of ``deploy/kafka/broker.py`` on this broker."""
        return _run(*words, "--folder", str(self.folder))

    def kill(self) -> None:
        self.told("kill")

    def restart(self) -> None:
        self.pid = self.told("restart")["pid"]

    def access(self, prefix: str = "", **more: Any) -> KafkaAccess:
        return KafkaAccess(**{"brokers": (self.bootstrap,), "prefix": prefix, "pace": BRISK, **more})

    def holds(self, marker: bytes) -> int:
        """Count a marker in the files of the broker, those that it is about to delete too."""
        assert self.folder is not None
        found = 0
        for path in sorted((self.folder / "data").rglob("*")):
            try:
                found += path.read_bytes().count(marker) if path.is_file() else 0
            except FileNotFoundError:
                continue
        return found


def _run(*words: str) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if name != "KAFKA_BOOTSTRAP"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *words], capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or "deploy/kafka/broker.py failed without a word")
    found: dict[str, Any] = json.loads(done.stdout) if done.stdout.strip() else {}
    return found


@contextmanager
def own_broker(*options: str, folder: Path | None = None) -> Iterator[Broker]:
    """Start a broker that a test may kill; skip where it cannot be had, fail in CI."""
    folder = folder or Path(tempfile.mkdtemp(prefix="sv-kafka-"))
    try:
        try:
            found = _run("start", "--folder", str(folder), *options)
        except RuntimeError as trouble:
            _cannot(str(trouble))
        broker = Broker(**{**found, "folder": folder})
        try:
            yield broker
        finally:
            broker.told("kill")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def shared_broker() -> Broker:
    """Return the broker that all tests of a run share."""
    named = os.environ.get("KAFKA_BOOTSTRAP")
    if named:
        folder = os.environ.get("KAFKA_FOLDER")
        return Broker(named, Path(folder) if folder else None)
    context = own_broker()
    broker = context.__enter__()
    atexit.register(context.__exit__, None, None, None)
    return broker


def _cannot(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"No Kafka broker, and in CI there has to be one: {why}")
    print(f"NO KAFKA BROKER, its tests are skipped: {why}", file=sys.stderr)
    pytest.skip(f"no Kafka broker: {why}")


def new_prefix() -> str:
    """Return a prefix of topics and groups that nobody else uses."""
    return f"t{secrets.token_hex(5)}"


async def make_topics(
    broker: Broker,
    prefix: str,
    names: Collection[str],
    *,
    overrides: Mapping[str, str] | None = None,
    client: Mapping[str, Any] | None = None,
) -> None:
    """Make topics as they are declared, but for quicker segments."""
    new = []
    for name in names:
        topic = topic_named(name)
        settings = {**broker_settings(topic), **QUICK[topic.retention], **(overrides or {})}
        new.append(NewTopic(f"{prefix}.{name}" if prefix else name, topic.partitions, 1, topic_configs=settings))
    async with administrator(broker, client) as admin:
        answer = await admin.create_topics(new)
        refused = [error for error in answer.topic_errors if error[1]]
        assert not refused, refused


async def drop_topics(broker: Broker, prefix: str, names: Collection[str]) -> None:
    """Drop topics, so that a shared broker does not fill up."""
    async with administrator(broker) as admin:
        await admin.delete_topics([f"{prefix}.{name}" for name in names])


@asynccontextmanager
async def administrator(broker: Broker, client: Mapping[str, Any] | None = None):
    """Give an admin client of aiokafka's."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap, **(client or {}))
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


@asynccontextmanager
async def opened(access: KafkaAccess):
    """Give a log, and close it."""
    log = KafkaLog(access)
    try:
        yield log
    finally:
        await log.close()


async def refused_line(kind: type[Exception], *asks: Callable[[], Awaitable[object]]) -> str:
    """Return the one line that everything asked of a log is refused with; each must give this very kind of error."""
    lines = set()
    for ask in asks:
        with pytest.raises(kind) as refused:
            await ask()
        assert type(refused.value) is kind
        lines.add(str(refused.value))
    (line,) = lines
    assert "\n" not in line
    return line
