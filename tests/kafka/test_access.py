"""From settings to a broker: addresses, TLS and login; secrets come from files and show nowhere."""

import subprocess

import pytest

from services.errors import SettingsError
from services.eventlog.kafka import KafkaLog
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.opening import open_log
from services.settings import read_settings


def access(url="kafka://127.0.0.1:9092", **environment):
    settings = read_settings(
        environment={f"SV_KAFKA_{name.upper()}": str(value) for name, value in environment.items()}
    )
    return KafkaAccess.from_settings(url, settings)


@pytest.fixture
def certificate(tmp_path):
    key, path = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", *words, "-keyout", str(key), "-out", str(path)], check=True, capture_output=True
    )
    return path, key


async def test_an_address_opens_a_log_without_connecting():
    log = open_log("kafka://127.0.0.1:1")
    assert isinstance(log, KafkaLog)
    await log.close()


@pytest.mark.parametrize(
    ("url", "brokers", "prefix"),
    [
        ("kafka://one:9092", ("one:9092",), ""),
        ("kafka://one:9092,two:9093", ("one:9092", "two:9093"), ""),
        ("kafka://one:9092/", ("one:9092",), ""),
        ("kafka://one:9092,two:9093/north-east-2", ("one:9092", "two:9093"), "north-east-2"),
        ("kafka://[::1]:9092", ("[::1]:9092",), ""),
    ],
)
def test_an_address_names_brokers_and_a_prefix(url, brokers, prefix):
    found = access(url)
    assert (found.brokers, found.prefix) == (brokers, prefix)


@pytest.mark.parametrize(
    "url",
    [
        "kafka://",
        "kafka:one:9092",
        "kafka://one",
        "kafka://one:",
        "kafka://:9092",
        "kafka://one:port",
        "kafka://one:0",
        "kafka://one:65536",
        "kafka://one:9092,",
        "kafka://one:9092/With Spaces",
        "kafka://one:9092/" + "x" * 41,
        "kafka://one:٩٠٩٢",
    ],
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(SettingsError):
        open_log(url)


def test_a_password_in_the_address_is_refused_and_not_shown():
    with pytest.raises(SettingsError) as refused:
        open_log("kafka://user:hunter2@one:9092")
    assert "hunter2" not in str(refused.value)
    assert "SV_KAFKA_PASSWORD_FILE" in str(refused.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"user": "themer"}, "SV_KAFKA_PASSWORD_FILE"),
        ({"password_file": "x"}, "SV_KAFKA_USER"),
        ({"certificate": "x", "ca": "y"}, "SV_KAFKA_KEY"),
        ({"certificate": "x", "key": "y"}, "SV_KAFKA_CA"),
        ({"mechanism": "GSSAPI"}, "SV_KAFKA_MECHANISM"),
        ({"compression": "snappy"}, "SV_KAFKA_COMPRESSION"),
        ({"retention_check": "soon"}, "SV_KAFKA_RETENTION_CHECK"),
        ({"user": "themer", "password_file": "x", "mechanism": "PLAIN"}, "in the clear"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(given, expected):
    with pytest.raises(SettingsError, match=expected):
        access(**given)


@pytest.mark.parametrize(
    ("given", "protocol"),
    [
        ({}, "PLAINTEXT"),
        ({"ca": "system"}, "SSL"),
        ({"user": "themer", "password_file": "x"}, "SASL_PLAINTEXT"),
        ({"user": "themer", "password_file": "x", "ca": "system"}, "SASL_SSL"),
    ],
)
def test_tls_and_login_follow_from_what_is_set(given, protocol):
    assert access(**given).security_protocol == protocol


def test_a_password_is_the_first_line_of_its_file_and_read_each_time(tmp_path):
    path = tmp_path / "password"
    path.write_text("first\nnot this\n")
    found = access(user="themer", password_file=path)
    assert found.connection_options()["sasl_plain_password"] == "first"
    path.write_text("second")
    assert found.connection_options()["sasl_plain_password"] == "second"
    assert "second" not in repr(found)


@pytest.mark.parametrize("content", [None, b"", b"\nsecond line", b"\xff\xfe"])
def test_a_password_file_that_holds_none_is_refused(tmp_path, content):
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match="SV_KAFKA_PASSWORD_FILE"):
        access(user="themer", password_file=path).connection_options()


def test_authorities_and_an_own_certificate_are_read_from_files(certificate):
    path, key = certificate
    context = access(ca=path, certificate=path, key=key).connection_options()["ssl_context"]
    assert context.check_hostname
    assert context.get_ca_certs()


@pytest.mark.parametrize("name", ["ca", "certificate", "key"])
def test_files_that_hold_no_certificate_are_refused(certificate, tmp_path, name):
    path, key = certificate
    (tmp_path / "letter.txt").write_text("A letter.")
    given = {"ca": path, "certificate": path, "key": key, name: tmp_path / "letter.txt"}
    with pytest.raises(SettingsError, match=f"SV_KAFKA_{name.upper()}"):
        access(**given).connection_options()


def test_a_service_that_runs_alone_has_a_user_of_its_own():
    environment = {"SV_KAFKA_USER": "all", "SV_KAFKA_PASSWORD_FILE": "a", "SV_THEMER_KAFKA_USER": "themer"}
    settings = read_settings(environment=environment, service="themer")
    assert KafkaAccess.from_settings("kafka://one:9092", settings).user == "themer"
