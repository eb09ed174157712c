"""``deploy/kafka/broker.py``: a broker without Docker that starts, answers, is killed and comes back with its data."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from kafka_broker import own_broker

from services.eventlog.access import USERS

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kafka"
SCRIPT = FOLDER / "broker.py"
TOPIC = "sv.report.published.v1"


def run_script(*words, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in {"KAFKA_BOOTSTRAP", "JAVA_HOME"}}
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**kept, **environment},
    )


def path_with(folder, *programs):
    """Return a search path on which there are these programs and no other."""
    for program in programs:
        found = shutil.which(program)
        if found is None:
            pytest.skip(f"{program} is not here")
        (folder / program).symlink_to(found)
    return str(folder)


@pytest.fixture(scope="module")
def own():
    with own_broker() as made:
        yield made


@pytest.fixture
def broker(own):
    """A running broker, whatever the test before did to it."""
    described = json.loads(run_script("start", "--folder", own.folder).stdout)
    own.bootstrap, own.pid = described["bootstrap"], described["pid"]
    return own


async def appended(broker, value):
    from aiokafka import AIOKafkaProducer

    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(TOPIC, value, key=b"one", partition=0)
    finally:
        await producer.stop()


async def lying(broker):
    from aiokafka import AIOKafkaConsumer, TopicPartition

    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        place = TopicPartition(TOPIC, 0)
        head = (await consumer.end_offsets([place]))[place]
        found = [await consumer.getone(place) for _ in range(head)]
        return [record.value for record in found]
    finally:
        await consumer.stop()


async def test_what_was_acknowledged_outlives_a_kill_on_the_same_address(broker):
    from kafka_broker import make_topics

    await make_topics(broker, "", [TOPIC])
    await appended(broker, b"before")
    first = broker.pid

    broker.kill()
    assert run_script("status", "--folder", broker.folder).returncode == 1
    broker.restart()

    assert broker.pid != first
    assert await lying(broker) == [b"before"]
    await appended(broker, b"after")
    assert await lying(broker) == [b"before", b"after"]


def test_starting_again_says_where_it_runs_and_stopping_ends_it(broker):
    again = run_script("start", "--folder", broker.folder)
    status = run_script("status", "--folder", broker.folder)

    assert json.loads(again.stdout) == json.loads(status.stdout)
    assert json.loads(again.stdout) == {
        "bootstrap": broker.bootstrap,
        "pid": broker.pid,
        "folder": str(broker.folder),
    }
    refused = run_script("start", "--secure", "--folder", broker.folder)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "is a plain one" in refused.stderr

    assert run_script("stop", "--clean", "--folder", broker.folder).returncode == 0
    assert run_script("stop", "--folder", broker.folder).returncode == 0
    assert not (broker.folder / "data").exists()
    assert run_script("status", "--folder", broker.folder).stderr == "No broker runs here.\n"


def test_a_port_that_somebody_took_meanwhile_is_not_fought_over(broker):
    host, _, port = broker.bootstrap.partition(":")
    broker.kill()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((host, int(port)))
        other.listen()

        refused = run_script("restart", "--folder", broker.folder)
        moved = run_script("start", "--folder", broker.folder)

    assert refused.returncode == 1
    assert "listens on the broker's port" in refused.stderr
    assert json.loads(moved.stdout)["bootstrap"] != broker.bootstrap


def test_an_existing_broker_is_named_instead_of_starting_one(broker):
    named = run_script("start", KAFKA_BOOTSTRAP=broker.bootstrap)
    silent = run_script("start", KAFKA_BOOTSTRAP="127.0.0.1:1")

    assert json.loads(named.stdout) == {"bootstrap": broker.bootstrap, "pid": None, "folder": None}
    assert silent.returncode == 1
    assert "does not answer" in silent.stderr


def test_passwords_and_keys_are_readable_by_their_owner_alone(bare_secure):
    folder = bare_secure.broker.folder
    private = [*folder.glob("secrets/*.password"), folder / "secrets" / "broker.pem", folder / "server.properties"]

    assert len(private) == len(USERS) + 3
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
    assert not list(folder.glob(".arguments-*"))
    said = (folder / "broker.log").read_text(encoding="utf-8", errors="replace")
    command = Path(f"/proc/{bare_secure.broker.pid}/cmdline")
    shown = command.read_text(encoding="utf-8") if command.exists() else ""
    assert [user for user in bare_secure.broker.users if bare_secure.password(user) in said + shown] == []


@pytest.mark.parametrize(
    ("programs", "lacking"),
    [((), "Java is missing"), (("java",), "Maven is missing")],
)
def test_what_is_missing_is_said_in_one_line_with_what_to_do_instead(tmp_path, programs, lacking):
    (tmp_path / "bin").mkdir()

    refused = run_script(
        "start", "--folder", tmp_path / "broker", "--jars", tmp_path / "jars",
        PATH=path_with(tmp_path / "bin", *programs),
    )  # fmt: skip

    assert refused.returncode == 1
    assert refused.stdout == ""
    assert lacking in refused.stderr
    assert "compose.yaml" in refused.stderr
    assert "KAFKA_BOOTSTRAP" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_an_old_java_is_refused_before_anything_is_fetched(tmp_path):
    old = tmp_path / "java"
    old.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n", encoding="utf-8")
    old.chmod(0o755)

    refused = run_script("start", "--folder", tmp_path / "broker", PATH=f"{tmp_path}:/bin:/usr/bin")

    assert refused.returncode == 1
    assert "too old" in refused.stderr


def test_a_broker_that_refuses_its_settings_says_why(tmp_path):
    if shutil.which("java") is None or shutil.which("mvn") is None:
        pytest.skip("no Java or Maven")
    shutil.copytree(FOLDER, tmp_path / "kafka", ignore=shutil.ignore_patterns("__pycache__"))
    settings = tmp_path / "kafka" / "server.properties.in"
    settings.write_text(settings.read_text(encoding="utf-8") + "\nnum.io.threads=none\n", encoding="utf-8")
    jars = FOLDER.parents[1] / ".kafka" / "jars"

    refused = subprocess.run(
        [sys.executable, str(tmp_path / "kafka" / "broker.py"), "start", "--folder", str(tmp_path / "broker"),
         "--jars", str(jars)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert refused.returncode == 1
    assert "num.io.threads" in refused.stderr


def test_restarting_what_was_never_started_says_so(tmp_path):
    refused = run_script("restart", "--folder", tmp_path / "broker")

    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "use start" in refused.stderr


def test_the_users_of_a_secure_broker_are_those_of_the_declaration_and_the_administrator():
    named = re.search(r"^USERS = \(([^)]*)\)", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)

    assert named is not None
    assert sorted(re.findall(r'"([a-z]+)"', named.group(1))) == sorted(("admin", *USERS))


def test_the_make_targets_run_the_script():
    makefile = (FOLDER.parents[1] / "Makefile").read_text(encoding="utf-8")
    recipes = dict(re.findall(r"^(kafka|kafka-down):[^\n]*\n((?:\t[^\n]*\n)+)", makefile, re.MULTILINE))

    assert "deploy/kafka/broker.py start" in recipes["kafka"]
    assert "$(if $(SECURE),--secure" in recipes["kafka"]
    assert recipes["kafka-down"].count("deploy/kafka/broker.py stop") == 2
    assert "/.kafka/" in (FOLDER.parents[1] / ".gitignore").read_text(encoding="utf-8").split()
