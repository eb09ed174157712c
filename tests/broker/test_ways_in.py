"""The ways into a real broker beside SCRAM: a password in TLS (PLAIN), a certificate (mutual TLS); and being refused.

What is wrong is said in one line each: what it is, and what to do next.
"""

import asyncio
import datetime
import ipaddress
import os
import ssl
import subprocess
import sys
from dataclasses import replace

import pytest
from certificates import authority
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kafka_broker import opened, refused_line

from services.contracts import topic_of
from services.errors import AccessDenied, BrokerUnreachable, CertificateRefused, LoginRefused
from services.eventlog.broker_access import BrokerAccess
from services.eventlog.cloudevents import marker_record
from services.eventlog.interface import TopicPartition
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.kafka_troubles import _overhear, find_cause
from services.eventlog.topic_admin import TopicAdmin
from services.events import LogSwept, SessionSubmitted

SUBMITTED = topic_of(SessionSubmitted)


@pytest.fixture
def stranger(tmp_path):
    """A certificate with its key, of an authority that nobody trusts."""
    return authority(tmp_path), tmp_path / "other.key"


def plain(secure, owner="themer", **more):
    return replace(secure.access(owner), mechanism="PLAIN", **more)


async def line_of(access, kind):
    """Return the line that asking, appending and joining a group alike are refused with."""
    async with opened(access) as log:
        return await refused_line(
            kind,
            log.ping,
            lambda: log.append([marker_record(LogSwept(sweep="s"), SUBMITTED, 0, source_service="intake")]),
            log.writer._started,
            lambda: log.subscribe("anonymiser", [SUBMITTED]),
        )


async def works_as_itself(access, user):
    """Whether a client is what its user is: it may what that one may, and nothing else."""
    marker = [marker_record(LogSwept(sweep="sweep"), SUBMITTED, 0, source_service="intake")]
    async with opened(access("intake")) as log:
        await log.append(marker)
        with pytest.raises(AccessDenied, match=user("intake")):
            await log.read(TopicPartition(SUBMITTED, 0), 0, 1)
    async with opened(access("anonymiser")) as log:
        assert (await log.heads([SUBMITTED]))[TopicPartition(SUBMITTED, 0)] > 0
        subscription = await log.subscribe("anonymiser", [SUBMITTED])
        assert (await subscription.poll(max_records=10, timeout=10)).records
        with pytest.raises(AccessDenied, match=user("anonymiser")):
            await log.subscribe("themer", [SUBMITTED])


async def looks_after_everything(admin, secure):
    """Whether an administrator who comes this way sees what the one sees who comes with a password."""
    known = secure.access("admin")
    assert await TopicAdmin(admin).differences() == await TopicAdmin(known).differences()
    assert BrokerAccess(admin).differences() == BrokerAccess(known).differences()


# --- a password, in TLS ---


async def test_by_plain_each_service_is_its_own_user(secure):
    await works_as_itself(lambda user: plain(secure, user), lambda user: f"the user {user}")


async def test_plain_with_a_wrong_password(secure):
    line = await line_of(plain(secure, password_file=secure.broker.users["intake"]), LoginRefused)
    assert "refuses the user themer or the password" in line
    assert "SV_KAFKA_PASSWORD_FILE" in line
    assert secure.password("intake") not in line


async def test_plain_with_a_user_that_nobody_knows(secure):
    assert "the user stranger" in await line_of(plain(secure, user="stranger"), LoginRefused)


async def test_plain_where_the_brokers_certificate_is_not_trusted_sends_no_password(secure, stranger):
    line = await line_of(plain(secure, ca=str(stranger[0])), CertificateRefused)
    assert "is not signed by the authorities in SV_KAFKA_CA" in line


async def test_plain_looks_after_topics_and_access_too(secure):
    await looks_after_everything(plain(secure, "admin"), secure)


# --- a certificate instead of a password ---


async def test_by_certificate_each_service_is_its_own_user(secure):
    await works_as_itself(secure.by_certificate, lambda _: "the owner of SV_KAFKA_CERTIFICATE")


async def test_a_certificate_looks_after_topics_and_access_too(secure):
    await looks_after_everything(secure.by_certificate("admin"), secure)


async def test_a_certificate_of_an_authority_that_the_broker_does_not_know(secure, stranger):
    certificate, key = map(str, stranger)
    line = await line_of(secure.by_certificate("themer", certificate=certificate, key=key), CertificateRefused)
    assert "does not trust this client's certificate" in line
    assert "SV_KAFKA_CERTIFICATE" in line


async def test_no_certificate_where_the_broker_wants_one(secure):
    line = await line_of(secure.by_certificate("themer", certificate="", key=""), CertificateRefused)
    assert "wants a certificate of this client" in line
    assert "Set SV_KAFKA_CERTIFICATE and SV_KAFKA_KEY" in line


async def test_a_password_where_the_broker_wants_a_certificate(secure):
    access = replace(secure.access("themer"), brokers=(secure.broker.certificate_bootstrap,))
    assert "wants a certificate" in await line_of(access, CertificateRefused)


async def test_a_password_beside_a_certificate_that_is_enough(secure):
    access = secure.by_certificate("themer", user="themer", password_file=secure.broker.users["themer"])
    assert "wants no login" in await line_of(access, LoginRefused)


async def test_a_certificate_where_the_broker_wants_a_password(secure):
    access = secure.by_certificate("themer", brokers=(secure.broker.bootstrap,))
    assert "wants a login" in await line_of(access, BrokerUnreachable)


async def test_by_certificate_the_brokers_own_is_looked_at_all_the_same(secure, stranger):
    line = await line_of(secure.by_certificate("themer", ca=str(stranger[0])), CertificateRefused)
    assert "The certificate of the broker" in line
    assert "Check SV_KAFKA_CA" in line


def test_the_brokers_refusal_is_heard_though_it_comes_behind_the_handshake(secure, stranger):
    host, _, port = secure.broker.certificate_bootstrap.rpartition(":")
    known, unknown = ssl.create_default_context(cafile=secure.broker.ca), ssl.create_default_context()
    known.load_cert_chain(secure.broker.certificates["themer"])
    unknown.load_verify_locations(secure.broker.ca)
    unknown.load_cert_chain(*stranger)

    assert _overhear(host, int(port), unknown, 10)
    assert _overhear(host, int(port), known, 10) is False


def dated(folder, opens, closes):
    """Write a certificate of loopback with its key that is valid from one hour to another, counted from now."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dated")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(hours=opens))
        .not_valid_after(now + datetime.timedelta(hours=closes))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "dated.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(pem))
    return path


@pytest.mark.parametrize(("opens", "closes"), [(1, 2), (-2, -1)])
async def test_a_brokers_certificate_that_is_not_valid_now_may_be_the_clocks_fault(tmp_path, opens, closes):
    path = dated(tmp_path, opens, closes)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    line = str(await find_cause(KafkaAccess(brokers=(f"127.0.0.1:{port}",), ca=str(path))))
    server.close()
    assert "out of date, or not valid yet" in line
    assert "set this machine's clock" in line


def test_a_command_that_the_broker_turns_away_says_one_line_and_exits_1(secure, stranger, tmp_path):
    certificate, key = map(str, stranger)
    environment = {
        **os.environ,
        "SV_LOG": f"kafka://{secure.broker.certificate_bootstrap}",
        "SV_DATA": str(tmp_path / "data"),
        "SV_KAFKA_CA": secure.broker.ca,
        "SV_KAFKA_CERTIFICATE": certificate,
        "SV_KAFKA_KEY": key,
    }
    done = subprocess.run(
        [sys.executable, "-m", "services.cli", "topics", "check", "--no-access"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "does not trust this client's certificate" in line
