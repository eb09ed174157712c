"""What the containers run first, run here without containers: secrets and folders, the broker, the databases."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest
from databases import binaries, require
from kafka_broker import own_broker

from services.datafolder import DataFolder
from services.eventlog.access import USERS
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.topic_admin import TopicAdmin
from services.settings import SERVICES

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
#: Those that ask each other, or are asked, while a session is written up.
CALLING = ("intake", "anonymiser", "themer")


@pytest.fixture
def prepared(tmp_path):
    """What ``deploy/prepare.py`` makes, in a folder of its own."""
    done = prepare(tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def prepare(folder, *words):
    return subprocess.run(
        [sys.executable, str(DEPLOY / "prepare.py"), "--folder", str(folder), *words],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_makes_every_secret_and_folder_that_the_compose_file_mounts(prepared):
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    import yaml

    mounted = {
        volume.split(":")[0]
        for service in yaml.safe_load(text)["services"].values()
        for volume in service.get("volumes", [])
    }

    assert {
        name for name in mounted if name.startswith(("./secrets", "./state")) and not (prepared / name).is_dir()
    } == set()
    assert {path.stem for path in (prepared / "secrets" / "kafka").glob("*.password")} == {*USERS, "admin"}
    for service in SERVICES:
        assert (prepared / "secrets" / service / f"{service}.password").read_text(encoding="utf-8")
        assert (prepared / "secrets" / service / "database.password").exists() == (service != "anonymiser")
    tokens = {(prepared / "secrets" / service / "call.token").read_text() for service in CALLING}
    assert len(tokens) == 1
    assert len(list((prepared / "secrets").rglob("call.token"))) == len(CALLING)


def test_what_it_makes_is_its_owners_alone_and_no_service_sees_anothers_password(prepared):
    secrets = list((prepared / "secrets").rglob("*.password"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    assert {stat.S_IMODE((prepared / name).stat().st_mode) for name in ("secrets", "state")} == {0o700}
    for service in SERVICES:
        own = {path.name for path in (prepared / "secrets" / service).iterdir()}
        assert own <= {f"{service}.password", "database.password", "call.token", "ca.pem"}


def test_running_it_again_changes_nothing_and_keeps_other_lines_of_the_environment(prepared):
    environment = prepared / ".env"
    environment.write_text(environment.read_text(encoding="utf-8") + "SV_SITE=voices.example\n", encoding="utf-8")
    before = contents(prepared)

    assert prepare(prepared).returncode == 0

    assert contents(prepared) == before


def test_a_service_takes_the_data_folder_that_was_made_with_others_mounted_in_it(prepared):
    for service in SERVICES:
        data = prepared / "state" / service / "data"
        for name in ("keys", "accounts"):
            (data / name).mkdir(mode=0o700)

        folder = DataFolder.open(data)

        assert not folder.demo
        assert folder.token()


async def test_the_broker_of_the_compose_file_starts_with_its_users_and_again(prepared):
    with own_broker() as broker:  # skips where there is no Java; its files are what is run here
        jars = next((DEPLOY.parent / ".kafka" / "jars").iterdir())
        broker.kill()
    kafka = prepared / "programs"
    kafka.mkdir()
    log = f"-Dlog4j2.configurationFile={DEPLOY / 'kafka' / 'log4j2.properties'}"
    for name, program in (("kafka-storage.sh", "kafka.tools.StorageTool"), ("kafka-server-start.sh", "kafka.Kafka")):
        text = f'#!/bin/sh\nexec java -Xmx256m -XX:+UseSerialGC {log} -cp "{jars}/*" {program} "$@"\n'
        (kafka / name).write_text(text, encoding="utf-8")
        (kafka / name).chmod(0o755)
    secrets, data = prepared / "secrets" / "kafka", prepared / "state" / "kafka"
    settings = (secrets / "server.properties").read_text(encoding="utf-8")
    ports = {9093: free_port(), 9094: free_port()}
    for port, other in ports.items():
        settings = settings.replace(f":{port}", f":{other}")
    settings = settings.replace("/etc/survivor-voice/secrets", str(secrets)).replace("/var/lib/kafka/data", str(data))
    (secrets / "server.properties").write_text(settings, encoding="utf-8")
    access = KafkaAccess(
        brokers=(f"127.0.0.1:{ports[9093]}",),
        ca=str(prepared / "secrets" / "admin" / "ca.pem"),
        user="admin",
        password_file=str(prepared / "secrets" / "admin" / "admin.password"),
    )
    environment = {**os.environ, "SECRETS": str(secrets), "DATA": str(data), "KAFKA": str(kafka)}

    for expected in ("missing", "there"):
        process = subprocess.Popen(
            ["bash", str(DEPLOY / "kafka" / "start.sh")],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for(ports[9093], process)
            differences = await TopicAdmin(access).differences()
            assert bool(differences) == (expected == "missing")
            if differences:
                await TopicAdmin(access).apply()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "the broker ended as it started"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the broker does not answer")


async def test_each_service_gets_a_database_that_nobody_else_may_enter(prepared):
    server = require("postgresql")
    host = server.url("postgres").rpartition("host=")[2]
    server.sql("CREATE ROLE postgres SUPERUSER LOGIN")
    script = DEPLOY / "postgres" / "make-databases.sh"
    secrets = prepared / "secrets" / "postgres"
    programs = f"{binaries('postgresql')}{os.pathsep}{os.environ['PATH']}"

    done = subprocess.run(
        ["bash", str(script)], env={**os.environ, "PATH": programs, "PGHOST": host, "SECRETS": str(secrets)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    try:
        assert done.returncode == 0, done.stderr
        for user in ("intake", "themer", "reporter"):
            for name in ("intake", "themer", "reporter"):
                if user == name:
                    connection = await asyncpg.connect(user=user, database=name, host=host)
                    await connection.execute("CREATE SCHEMA own")
                    await connection.close()
                else:
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await asyncpg.connect(user=user, database=name, host=host)
        stored = server.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'themer'")
        assert stored.startswith("SCRAM-SHA-256$")
    finally:
        for name in ("intake", "themer", "reporter"):
            server.sql(f"DROP DATABASE IF EXISTS {name}")
            server.sql(f"DROP ROLE IF EXISTS {name}")
        server.sql("DROP ROLE postgres")
