"""What goes wrong at the broker's door is said in one line: what it is, and what to do next."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    InvalidTimestampError,
    KafkaError,
    KafkaStorageError,
    MessageSizeTooLargeError,
    NotEnoughReplicasError,
    TopicAuthorizationFailedError,
    UnknownError,
    UnknownTopicOrPartitionError,
    for_code,
)
from certificates import authority
from kafka_broker import BRISK, make_topics, opened, refused_line

from services.errors import (
    AccessDenied,
    BrokerUnreachable,
    CertificateRefused,
    LogError,
    LoginRefused,
    LogUnavailable,
    RecordTooLarge,
    TopicUnfit,
)
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.kafka_troubles import find_cause, meaning_of


def guarded_access(broker, user="themer", **more):
    return broker.access(**{"ca": broker.ca, "user": user, "password_file": broker.users[user], **more})


async def trouble_of(access, *, kind):
    """Return the line that every way into the log gives; each must give the same kind."""
    async with opened(access) as log:
        return await refused_line(kind, log.ping, log.writer._started, lambda: log.heads(["sv.key.announced.v1"]))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_a_wrong_address():
    address = f"127.0.0.1:{free_port()}"
    line = await trouble_of(KafkaAccess(brokers=(address,), pace=BRISK), kind=BrokerUnreachable)
    assert address in line
    assert "SV_LOG" in line


async def test_a_name_that_nobody_has():
    line = await trouble_of(KafkaAccess(brokers=("no-such-host.invalid:9092",), pace=BRISK), kind=BrokerUnreachable)
    assert "no-such-host.invalid:9092" in line


async def test_something_that_is_no_broker():
    async def hang_up(_, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    line = await trouble_of(KafkaAccess(brokers=(f"127.0.0.1:{port}",), pace=BRISK), kind=BrokerUnreachable)
    assert "no broker" in line
    server.close()


async def test_a_wrong_password(guarded, tmp_path):
    (tmp_path / "password").write_text("not-the-password")
    access = guarded_access(guarded, password_file=str(tmp_path / "password"))
    line = await trouble_of(access, kind=LoginRefused)
    assert "themer" in line
    assert "SV_KAFKA_PASSWORD_FILE" in line
    assert "not-the-password" not in line


async def test_an_unknown_user(guarded):
    access = guarded_access(guarded)
    other = guarded.access(ca=guarded.ca, user="stranger", password_file=access.password_file)
    assert "stranger" in await trouble_of(other, kind=LoginRefused)


async def test_a_way_of_signing_in_that_the_broker_does_not_offer(guarded):
    line = await trouble_of(guarded_access(guarded, mechanism="SCRAM-SHA-256"), kind=LoginRefused)
    assert "SV_KAFKA_MECHANISM" in line


async def test_an_untrusted_certificate(guarded, tmp_path):
    line = await trouble_of(guarded_access(guarded, ca=str(authority(tmp_path))), kind=CertificateRefused)
    assert "SV_KAFKA_CA" in line


async def test_a_certificate_for_another_host(guarded):
    port = guarded.bootstrap.rpartition(":")[2]
    # The same address in a spelling that the certificate does not name.
    access = guarded_access(guarded, brokers=(f"127.1:{port}",))
    assert "names another host" in await trouble_of(access, kind=CertificateRefused)


async def test_the_systems_authorities_do_not_know_a_certificate_of_ours(guarded):
    line = await trouble_of(guarded_access(guarded, ca="system"), kind=CertificateRefused)
    assert "system" in line


async def test_no_tls_where_the_broker_wants_it(guarded):
    line = await trouble_of(guarded.access(), kind=BrokerUnreachable)
    assert "TLS" in line


async def test_no_login_where_the_broker_wants_one(guarded):
    line = await trouble_of(guarded.access(ca=guarded.ca), kind=BrokerUnreachable)
    assert "SV_KAFKA_USER" in line


async def test_tls_where_the_broker_speaks_none(world, tmp_path):
    access = world.broker.access(ca=str(authority(tmp_path)))
    assert "speaks no TLS" in await trouble_of(access, kind=BrokerUnreachable)


async def test_a_login_where_the_broker_wants_none(world, tmp_path):
    (tmp_path / "password").write_text("x")
    access = world.broker.access(user="themer", password_file=str(tmp_path / "password"))
    assert "wants no login" in await trouble_of(access, kind=LoginRefused)


async def test_one_broker_of_several_is_enough(world):
    nobody = f"127.0.0.1:{free_port()}"
    async with opened(world.broker.access(world.prefix, brokers=(nobody, world.broker.bootstrap))) as log:
        await log.append([world.record("key")])
        await log.ping()


async def test_of_several_brokers_the_one_that_answers_tells_the_cause(guarded, tmp_path):
    (tmp_path / "password").write_text("wrong")
    nobody = f"127.0.0.1:{free_port()}"
    access = guarded_access(guarded, brokers=(nobody, guarded.bootstrap), password_file=str(tmp_path / "password"))
    assert isinstance(await find_cause(access), LoginRefused)


async def test_a_user_who_lacks_a_right_is_told_so_and_goes_on_once_it_is_given(guarded):
    secret = Path(guarded.users["admin"]).read_text()
    access = guarded_access(guarded, "admin")
    client = {**access.connection_options(), "sasl_plain_password": secret}
    client.pop("bootstrap_servers")
    await make_topics(guarded, "", ["sv.session.submitted.v1"], client=client)
    async with opened(guarded_access(guarded, "reporter")) as log:
        for ask in (
            lambda: log.heads(["sv.session.submitted.v1"]),
            lambda: log.subscribe("anonymiser", ["sv.session.submitted.v1"]),
        ):
            with pytest.raises(AccessDenied, match="reporter") as found:
                await ask()
            assert "topics apply" in str(found.value)
    async with opened(access) as log:
        assert sum((await log.heads(["sv.session.submitted.v1"])).values()) == 0
        await log.ping()


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512"])
@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip", "none"])
async def test_a_secure_broker_is_used_like_any_other(guarded, mechanism, compression):
    access = guarded_access(guarded, "admin", mechanism=mechanism, compression=compression)
    async with opened(access) as log:
        await log.ping()


@pytest.mark.parametrize("words", [["serve", "--only", "themer"], ["doctor"]])
def test_a_command_says_it_in_one_line_and_exits_1(tmp_path, words):
    address = f"127.0.0.1:{free_port()}"
    environment = {**os.environ, "SV_LOG": f"kafka://{address}", "SV_DATA": str(tmp_path / "data"), "SV_PORT": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", *words], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 1
    lines = [line for line in (done.stdout + done.stderr).split("\n") if address in line]
    assert len(lines) == 1
    assert "SV_LOG" in lines[0]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TopicAuthorizationFailedError("t"), AccessDenied),
        (GroupAuthorizationFailedError("g"), AccessDenied),
        (UnknownTopicOrPartitionError(), TopicUnfit),
        (MessageSizeTooLargeError(), RecordTooLarge),
        (NotEnoughReplicasError(), LogUnavailable),
        (InvalidTimestampError(), LogUnavailable),
        (KafkaStorageError(), LogUnavailable),
        (UnknownError(), LogUnavailable),
        (TimeoutError(), LogUnavailable),
        (KafkaError("whatever a library says"), LogUnavailable),
        (for_code(90)(), LogUnavailable),
        (for_code(9999)(), LogUnavailable),
        (TopicUnfit("ours"), TopicUnfit),
    ],
)
def test_every_error_of_the_library_is_one_line_of_ours(error, kind):
    meant = meaning_of(error, "appending to sv.x.v1", "the user themer")
    assert type(meant) is kind
    assert isinstance(meant, LogError)
    assert "\n" not in str(meant)
    assert "whatever a library says" not in str(meant)


async def test_no_password_reaches_a_log(guarded, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    (tmp_path / "password").write_text("a-password-to-look-for")
    with pytest.raises(LoginRefused):
        async with opened(guarded_access(guarded, password_file=str(tmp_path / "password"))) as log:
            await log.ping()
    assert "a-password-to-look-for" not in caplog.text
