"""What is wrong with a broker is said by the commands in one line each, before anything is served; they exit 1."""

import asyncio
import os
import subprocess
import sys

import pytest
from aiokafka.admin import NewTopic
from certificates import authority
from kafka_broker import administrator, new_prefix

from services.bootstrap import Installation
from services.contracts import topic_of
from services.errors import BrokerUnreachable
from services.eventlog.broker_access import BrokerAccess
from services.eventlog.topic_admin import TopicAdmin
from services.events import SessionSubmitted
from services.settings import read_settings

SUBMITTED = topic_of(SessionSubmitted)


@pytest.fixture(scope="module")
def prefix(bare_secure):
    """Topics and access of their own, all as declared."""
    prefix = new_prefix()
    admin = bare_secure.access("admin", prefix)
    asyncio.run(TopicAdmin(admin).apply())
    BrokerAccess(admin).grant()
    return prefix


@pytest.fixture
def said(bare_secure, tmp_path):
    """Run a command with the settings of a service; give what it said in its one line."""

    def run(words, prefix, user="anonymiser", **settings):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SV_")}
        environment |= {
            "SV_LOG": f"kafka://{bare_secure.broker.bootstrap}/{prefix}",
            "SV_DATA": str(tmp_path / "data"),
            "SV_PORT": "0",
            "SV_KAFKA_CA": bare_secure.broker.ca,
            "SV_ANONYMISER_KAFKA_USER": user,
            "SV_ANONYMISER_KAFKA_PASSWORD_FILE": bare_secure.broker.users[user],
            **{name: str(value) for name, value in settings.items()},
        }
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", *words],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            timeout=120,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        lines = [
            line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("!!", "survivor-voice:"))
        ]
        (line,) = lines
        assert "Serving" not in done.stdout
        assert "Traceback" not in done.stderr
        return line

    return run


COMMANDS = pytest.mark.parametrize("words", [["serve", "--only", "anonymiser"], ["doctor"]], ids=lambda words: words[0])


@COMMANDS
def test_missing_topics(said, words):
    line = said(words, new_prefix(), user="admin")
    assert "missing on the broker" in line
    assert "Run survivor-voice topics apply" in line


@COMMANDS
def test_another_number_of_partitions(said, words, bare_secure):
    prefix = new_prefix()
    admin = bare_secure.access("admin", prefix)
    options = {name: value for name, value in admin.connection_options().items() if name != "bootstrap_servers"}

    async def make():
        # A topic that is there keeps its partitions, whatever is declared.
        async with administrator(bare_secure.broker, options) as client:
            await client.create_topics([NewTopic(f"{prefix}.{SUBMITTED}", 3, 1)])
        await TopicAdmin(admin).apply()

    asyncio.run(make())
    line = said(words, prefix, user="admin")
    assert f"{prefix}.{SUBMITTED} has 3 partitions on the broker, 4 are declared" in line
    assert "topics check" in line


@COMMANDS
def test_missing_access(said, words, prefix):
    line = said(words, prefix, user="reporter")
    assert "The broker refuses the user reporter" in line
    assert "Run survivor-voice topics apply" in line


@COMMANDS
def test_a_wrong_password(said, words, prefix, tmp_path):
    wrong = tmp_path / "password"
    wrong.write_text("not this one", encoding="utf-8")
    line = said(words, prefix, SV_ANONYMISER_KAFKA_PASSWORD_FILE=wrong)
    assert "refuses the user anonymiser or the password" in line
    assert "SV_KAFKA_PASSWORD_FILE" in line


@COMMANDS
def test_an_untrusted_certificate(said, words, prefix, tmp_path):
    line = said(words, prefix, SV_KAFKA_CA=authority(tmp_path))
    assert "is not signed by the authorities in SV_KAFKA_CA" in line


@COMMANDS
def test_an_own_certificate_that_is_not_trusted(said, words, prefix, bare_secure, tmp_path):
    line = said(
        words,
        prefix,
        SV_LOG=f"kafka://{bare_secure.broker.certificate_bootstrap}/{prefix}",
        SV_ANONYMISER_KAFKA_USER="",
        SV_ANONYMISER_KAFKA_PASSWORD_FILE="",
        SV_KAFKA_CERTIFICATE=authority(tmp_path),
        SV_KAFKA_KEY=tmp_path / "other.key",
    )
    assert "does not trust this client's certificate" in line


@COMMANDS
def test_no_broker_there(said, words, prefix):
    line = said(words, prefix, SV_LOG="kafka://127.0.0.1:1")
    assert "Nothing answers at 127.0.0.1:1" in line
    assert "SV_LOG" in line


def test_as_declared_and_let_in_it_is_well(prefix, bare_secure, tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SV_")}
    environment |= {
        "SV_LOG": f"kafka://{bare_secure.broker.bootstrap}/{prefix}",
        "SV_DATA": str(tmp_path / "data"),
        "SV_KAFKA_CA": bare_secure.broker.ca,
    }
    for service in ("intake", "anonymiser", "themer", "reporter"):
        environment[f"SV_{service.upper()}_KAFKA_USER"] = service
        environment[f"SV_{service.upper()}_KAFKA_PASSWORD_FILE"] = bare_secure.broker.users[service]
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "doctor"], capture_output=True, text=True, check=False, env=environment
    )
    assert "ok  event log" in done.stdout, done.stdout + done.stderr


async def test_a_broker_that_is_only_away_is_waited_for_and_not_complained_of(tmp_path):
    environment = {"SV_LOG": "kafka://127.0.0.1:1"}
    settings = read_settings(data=tmp_path / "data", environment=environment)
    installation = Installation(settings, only=("intake",), environment=environment)
    try:
        await installation.check_log()
        with pytest.raises(BrokerUnreachable):
            await installation.log.ping()
    finally:
        await installation.close()
