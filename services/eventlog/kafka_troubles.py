"""What the broker's and the network's errors mean to a person: one line each, and what to do next.

aiokafka gives one error for a wrong address, an untrusted certificate and a wrong password alike; :func:`find_cause`
knocks at the door itself and tells them apart. No message holds a key, a value, a password or a library's own text.
"""

import asyncio
import logging
import ssl

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotEnoughReplicasAfterAppendError,
    NotEnoughReplicasError,
    RecordListTooLargeError,
    RecordTooLargeError,
    RequestTimedOutError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

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
from services.eventlog.kafka_access import SYSTEM, KafkaAccess

CLOSED = "The event log is closed."


def keep_quiet() -> None:
    """Keep aiokafka from logging keys and values, which it does on its lowest level.

    Where a command has set up no logs at all its lines go nowhere: what goes wrong is said once, by us.
    """
    library = logging.getLogger("aiokafka")
    if not library.handlers:
        library.addHandler(logging.NullHandler())
    if library.level < logging.INFO:
        library.setLevel(logging.INFO)


def meaning_of(error: BaseException, doing: str, user: str = "") -> LogError:
    """Return what an error of aiokafka means.

    Args:
        error: what was raised.
        doing: what was tried, as it fits behind "while": "appending to sv.x.v1".
        user: who tried.
    """
    who = f"the user {user}" if user else "a client without a login"
    match error:
        case LogError():
            found = error
        case TopicAuthorizationFailedError() | GroupAuthorizationFailedError() | ClusterAuthorizationFailedError():
            found = AccessDenied(
                f"The broker refuses {who} {doing}. Run survivor-voice topics apply, or see SV_KAFKA_USER."
            )
        case UnknownTopicOrPartitionError():
            found = TopicUnfit(f"A topic was missing on the broker while {doing}. Run survivor-voice topics apply.")
        case MessageSizeTooLargeError() | RecordTooLargeError() | RecordListTooLargeError():
            found = RecordTooLarge(
                f"A record was larger than the broker takes while {doing}. Trying again does not help: send it in "
                "smaller parts, or raise max.message.bytes of the topic."
            )
        case NotEnoughReplicasError() | NotEnoughReplicasAfterAppendError():
            found = LogUnavailable(f"Too few brokers have a copy while {doing}. It is tried again; see to the brokers.")
        case KafkaTimeoutError() | RequestTimedOutError() | TimeoutError():
            found = LogUnavailable(f"The broker did not answer in time while {doing}. It is tried again.")
        case _:
            kind = type(error).__name__
            found = LogUnavailable(f"The broker could not be used ({kind}) while {doing}. It is tried again.")
    return found


async def find_cause(access: KafkaAccess) -> LogUnavailable:
    """Return why none of the brokers lets this client in, by trying the door step by step.

    Raises:
        SettingsError: a file that the settings name cannot be read.
    """
    found: list[LogUnavailable] = []
    for broker in access.brokers:
        trouble = await _try_door(access, broker)
        if trouble is None:
            return BrokerUnreachable(f"The broker at {broker} answers again. It is tried again.")
        found.append(trouble)
    # A broker that answered says more than one that did not.
    told = [trouble for trouble in found if not isinstance(trouble, BrokerUnreachable)]
    return (told or found)[0]


async def _try_door(access: KafkaAccess, broker: str) -> LogUnavailable | None:
    host, _, port = broker.rpartition(":")
    options = access.connection_options()
    patience = min(access.pace.patience, 5.0)
    try:
        async with asyncio.timeout(patience):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
            writer.close()
    except (OSError, TimeoutError):
        return BrokerUnreachable(f"Nothing answers at {broker}. Check SV_LOG, and that the broker runs.")
    try:
        async with asyncio.timeout(patience):
            connection = await create_conn(
                host.strip("[]"),
                int(port),
                client_id="survivor-voice-door",
                request_timeout_ms=int(patience * 1000),
                ssl_context=options["ssl_context"],
                security_protocol=options["security_protocol"],
                sasl_mechanism=options["sasl_mechanism"],
                sasl_plain_username=options["sasl_plain_username"],
                sasl_plain_password=options["sasl_plain_password"],
            )
            try:
                await connection.send(MetadataRequest([]))
            finally:
                connection.close()
    except (OSError, EOFError, KafkaError, TimeoutError) as error:
        return _reading(error, access, broker)
    return None


def _reading(error: BaseException, access: KafkaAccess, broker: str) -> LogUnavailable:
    """Return what an error at the door means."""
    match error:
        case ssl.SSLCertVerificationError():
            trusted = "the system's authorities" if access.ca == SYSTEM else "the authorities in SV_KAFKA_CA"
            return CertificateRefused(
                f"The certificate of the broker at {broker} is not signed by {trusted}, is out of date, or names "
                "another host. Check SV_KAFKA_CA and the address in SV_LOG."
            )
        case UnsupportedSaslMechanismError():
            text = f"does not offer {access.mechanism}. Check SV_KAFKA_MECHANISM."
        case IllegalSaslStateError():
            text = "wants no login there. Leave SV_KAFKA_USER out, or check the port."
        case AuthenticationFailedError() | SaslAuthenticationFailed():
            text = (
                f"refuses the user {access.user} or the password. Check SV_KAFKA_USER and the file that "
                "SV_KAFKA_PASSWORD_FILE names."
            )
        case ssl.SSLError() if "alert" in str(error).lower():
            return CertificateRefused(
                f"The broker at {broker} does not trust this client's certificate. Check SV_KAFKA_CERTIFICATE."
            )
        case _:
            wants = "speaks no TLS, or is no broker" if access.ca else "wants TLS or a login, or is no broker"
            return BrokerUnreachable(
                f"What answers at {broker} {wants}. Check the port, SV_KAFKA_CA and SV_KAFKA_USER."
            )
    return LoginRefused(f"The broker at {broker} {text}")
