"""How to reach a broker: from settings to addresses, TLS and login; secrets come from files only."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self, get_args

from services.errors import SettingsError
from services.settings import Settings

Mechanism = Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]
Compression = Literal["lz4", "zstd", "gzip", "none"]

SCHEME = "kafka"
_SET_AS = (
    "The event log on Apache Kafka is set as kafka://host:port, or kafka://host:port,host:port for several brokers."
)
_PREFIX_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_LONGEST_PREFIX = 40
_HIGHEST_PORT = 65535
#: The certificate authorities that the operating system trusts.
SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long this client waits for what; all in seconds.

    Attributes:
        patience: for one step of the broker (an append, a commit, a question), after which it failed.
        session: after which a silent worker's partitions go to others.
        heartbeat: between two signs of life of a worker; another one joins within two of them.
        longest_step: after which a worker that handles one batch is taken for dead; a handler takes a third at most.
        retention_check: how often the broker looks for segments to delete (its ``log.retention.check.interval.ms``).
        sweep_every: between two rounds that let segments of quiet partitions roll.
    """

    patience: float = 15.0
    session: float = 10.0
    heartbeat: float = 0.5
    longest_step: float = 300.0
    retention_check: float = 300.0
    sweep_every: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAccess:
    """Everything that a client of the broker needs to know.

    Attributes:
        brokers: ``host:port`` of some brokers.
        prefix: goes before the names of topics and groups, with a full stop, so that installations can share a broker.
        ca: file of the certificate authorities that may have signed the broker's certificate, or ``system``; empty for
            no TLS.
        certificate: this client's own certificate with its chain (PEM), where the broker asks for one.
        key: and its private key.
        user: of SASL; empty for none.
        password_file: holds the user's password on its first line; it is read at each connection.
        mechanism: of SASL.
        compression: of what is appended.
        pace: how long it waits.
    """

    brokers: tuple[str, ...]
    prefix: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    user: str = ""
    password_file: str = field(default="", repr=False)
    mechanism: Mechanism = "SCRAM-SHA-512"
    compression: Compression = "lz4"
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        """Check what can be checked without touching the network.

        Raises:
            SettingsError: values that contradict each other.
        """
        if self.mechanism not in get_args(Mechanism):
            raise SettingsError(f"SV_KAFKA_MECHANISM is one of {', '.join(get_args(Mechanism))}.")
        if self.compression not in get_args(Compression):
            raise SettingsError(f"SV_KAFKA_COMPRESSION is one of {', '.join(get_args(Compression))}.")
        if bool(self.user) != bool(self.password_file):
            raise SettingsError("SV_KAFKA_USER and SV_KAFKA_PASSWORD_FILE are set together or not at all.")
        if bool(self.certificate) != bool(self.key):
            raise SettingsError("SV_KAFKA_CERTIFICATE and SV_KAFKA_KEY are set together or not at all.")
        if self.certificate and not self.ca:
            raise SettingsError("SV_KAFKA_CERTIFICATE needs TLS: set SV_KAFKA_CA too.")
        if self.user and self.mechanism == "PLAIN" and not self.ca:
            raise SettingsError("PLAIN would send the password in the clear: set SV_KAFKA_CA, or use SCRAM-SHA-512.")

    @classmethod
    def from_settings(cls, url: str, settings: Settings | None = None) -> Self:
        """Return the access that the log's address and the ``SV_KAFKA_*`` settings name.

        Raises:
            SettingsError: the address is none, or the settings contradict each other.
        """
        brokers, prefix = _parsed(url)
        if settings is None:
            return cls(brokers=brokers, prefix=prefix)
        return cls(
            brokers=brokers,
            prefix=prefix,
            ca=settings.kafka_ca,
            certificate=settings.kafka_certificate,
            key=settings.kafka_key,
            user=settings.kafka_user,
            password_file=settings.kafka_password_file,
            mechanism=settings.kafka_mechanism,  # type: ignore[arg-type]  # checked above
            compression=settings.kafka_compression,  # type: ignore[arg-type]  # as above
            pace=Pace(retention_check=settings.kafka_retention_check),
        )

    @property
    def security_protocol(self) -> str:
        """Kafka's name for what lies between this client and the broker."""
        if self.user:
            return "SASL_SSL" if self.ca else "SASL_PLAINTEXT"
        return "SSL" if self.ca else "PLAINTEXT"

    @property
    def who(self) -> str:
        """What this client is to the broker, as it fits into a sentence."""
        if self.user:
            return f"the user {self.user}"
        return "the owner of SV_KAFKA_CERTIFICATE" if self.certificate else "a client without a login"

    def connection_options(self) -> dict[str, Any]:
        """Return what every kind of aiokafka client is told about the connection; reads the files.

        Raises:
            SettingsError: a file cannot be read or is not what it should be; never shows what is in it.
        """
        return {
            "bootstrap_servers": list(self.brokers),
            "security_protocol": self.security_protocol,
            "ssl_context": self._ssl_context() if self.ca else None,
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.user or None,
            "sasl_plain_password": self._password() if self.user else None,
            # Less than a step's patience, so that a request to a stalled broker fails before the step does.
            "request_timeout_ms": int(self.pace.patience * 700),
            "retry_backoff_ms": 100,
            "metadata_max_age_ms": 60_000,
            "connections_max_idle_ms": 540_000,
        }

    def _password(self) -> str:
        try:
            password, *_ = Path(self.password_file).read_text(encoding="utf-8").splitlines() or [""]
        except (OSError, UnicodeDecodeError):
            raise SettingsError("The file that SV_KAFKA_PASSWORD_FILE names cannot be read.") from None
        if not password:
            raise SettingsError("The file that SV_KAFKA_PASSWORD_FILE names holds no password on its first line.")
        return password

    def _ssl_context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=None if self.ca == SYSTEM else self.ca)
        except (OSError, ssl.SSLError):
            raise SettingsError("The file that SV_KAFKA_CA names cannot be read, or holds no certificate.") from None
        if self.certificate:
            try:
                context.load_cert_chain(self.certificate, self.key)
            except (OSError, ssl.SSLError):
                raise SettingsError(
                    "The files that SV_KAFKA_CERTIFICATE and SV_KAFKA_KEY name cannot be read or do not fit together."
                ) from None
        return context


def _parsed(url: str) -> tuple[tuple[str, ...], str]:
    """Return the brokers and the prefix in an address like ``kafka://one:9092,two:9092/prefix``."""
    start, mark, rest = url.partition("://")
    if start != SCHEME or not mark:
        raise SettingsError(_SET_AS)
    if "@" in rest:
        raise SettingsError("A password never stands in SV_LOG: use SV_KAFKA_USER and SV_KAFKA_PASSWORD_FILE.")
    named, _, prefix = rest.partition("/")
    brokers = tuple(named.split(","))
    for broker in brokers:
        host, _, port = broker.rpartition(":")
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= _HIGHEST_PORT:
            raise SettingsError(_SET_AS)
    if len(prefix) > _LONGEST_PREFIX or not _PREFIX_LETTERS.issuperset(prefix):
        raise SettingsError("What follows the brokers in SV_LOG is a prefix of small letters, digits and hyphens.")
    return brokers, prefix
