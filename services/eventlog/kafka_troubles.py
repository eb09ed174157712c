"""What the broker's and the network's errors mean to a person: one line each, and what to do next.

aiokafka gives one error for a wrong address, an untrusted certificate and a wrong password alike; :func:`find_cause`
knocks at the door itself and tells them apart. No message holds a key, a value, a password or a library's own text.
"""

import asyncio
import contextlib
import logging
import socket
import ssl

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    InvalidTimestampError,
    KafkaConnectionError,
    KafkaError,
    KafkaStorageError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotEnoughReplicasAfterAppendError,
    NotEnoughReplicasError,
    RecordListTooLargeError,
    RecordTooLargeError,
    RequestTimedOutError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownError,
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
#: OpenSSL's codes: not valid yet, expired; the name or the address is another.
_OUT_OF_DATE = frozenset({9, 10})
_OTHER_HOST = frozenset({62, 64})
_SHUT = "Nothing answers at {broker}. Check SV_LOG, that the broker runs, and that its disk has room."
#: Seconds in which a broker that is there lets a connection in.
_KNOCK = 1.0
#: Seconds in which an alert comes behind a handshake.
_OVERHEAR = 1.0


def keep_quiet() -> None:
    """Keep aiokafka from logging keys and values, which it does on its lowest level.

    Where a command has set up no logs at all its lines go nowhere: what goes wrong is said once, by us.
    """
    library = logging.getLogger("aiokafka")
    if not library.handlers:
        library.addHandler(logging.NullHandler())
    if library.level < logging.INFO:
        library.setLevel(logging.INFO)


def meaning_of(error: BaseException, doing: str, who: str = "a client without a login") -> LogError:
    """Return what an error of aiokafka means.

    Args:
        error: what was raised.
        doing: what was tried, as it fits behind "while": "appending to sv.x.v1".
        who: who tried, as it fits behind "refuses": "the user themer".
    """
    match error:
        case LogError():
            found = error
        case TopicAuthorizationFailedError() | GroupAuthorizationFailedError() | ClusterAuthorizationFailedError():
            found = AccessDenied(
                f"The broker refuses {who} {doing}. Run survivor-voice topics apply, or see SV_KAFKA_USER and "
                "SV_KAFKA_CERTIFICATE."
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
        case InvalidTimestampError():
            found = LogUnavailable(
                f"The broker refuses the time of a record while {doing}: this machine's clock and the broker's differ "
                "by more than the broker allows (an hour). Set both clocks. It is tried again."
            )
        case KafkaStorageError():
            found = LogUnavailable(
                f"The broker cannot write to its disk while {doing}. Make room on it, and start the broker again. It "
                "is tried again."
            )
        case UnknownError():
            found = LogUnavailable(
                f"The broker failed while {doing} and did not say why. Look at its log, and whether its disk is full. "
                "It is tried again."
            )
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


async def find_silence(access: KafkaAccess) -> BrokerUnreachable | None:
    """Return that nothing listens at any of the brokers any more, or None where something does."""
    shut = await asyncio.gather(*(_is_shut(broker, _KNOCK) for broker in access.brokers))
    return BrokerUnreachable(_SHUT.format(broker=access.brokers[0])) if all(shut) else None


async def _is_shut(broker: str, patience: float) -> bool:
    host, _, port = broker.rpartition(":")
    try:
        async with asyncio.timeout(patience):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except (OSError, TimeoutError):
        return True
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return False


async def _try_door(access: KafkaAccess, broker: str) -> LogUnavailable | None:
    host, _, port = broker.rpartition(":")
    options = access.connection_options()
    patience = min(access.pace.patience, 5.0)
    if await _is_shut(broker, patience):
        return BrokerUnreachable(_SHUT.format(broker=broker))
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
                await asyncio.sleep(0)  # its transport is closed in the loop's next round
    except (OSError, EOFError, KafkaError, TimeoutError) as error:
        context = options["ssl_context"]
        if context is not None and isinstance(error, KafkaConnectionError):
            heard = await asyncio.to_thread(_overhear, host.strip("[]"), int(port), context, patience)
            if heard is not None:
                return _hung_up(heard, access, broker)
        return _reading(error, access, broker)
    return None


def _overhear(host: str, port: int, context: ssl.SSLContext, patience: float) -> bool | None:
    """Whether a broker sends an alert behind the handshake; None where there is no handshake.

    Who has said something meanwhile may have lost the alert, so nothing is said here. It blocks.
    """
    try:
        with socket.create_connection((host, port), timeout=patience) as plain:
            connection = context.wrap_socket(plain, server_hostname=host)
    except OSError:
        return None
    with connection:
        connection.settimeout(_OVERHEAR)
        try:
            connection.recv(1)
        except OSError as error:
            return _is_alert(error)
    return False


def _is_alert(error: BaseException) -> bool:
    return isinstance(error, ssl.SSLError) and "alert" in str(error).lower()


def _hung_up(alerted: bool, access: KafkaAccess, broker: str) -> LogUnavailable:  # noqa: FBT001 - what was heard
    """Return what it means that a broker hung up behind a handshake that went well on this side."""
    if not alerted:
        return BrokerUnreachable(
            f"What answers at {broker} wants a login, or is no broker. Check the port, SV_KAFKA_USER and "
            "SV_KAFKA_CERTIFICATE."
        )
    if not access.certificate:
        return CertificateRefused(
            f"The broker at {broker} wants a certificate of this client. Set SV_KAFKA_CERTIFICATE and SV_KAFKA_KEY, or "
            "check the port."
        )
    return CertificateRefused(
        f"The broker at {broker} does not trust this client's certificate, or it is out of date. Check "
        "SV_KAFKA_CERTIFICATE: an authority that the broker knows has to have signed it."
    )


def _fault_of(code: int, access: KafkaAccess) -> str:
    """Return what is wrong with a broker's certificate, from OpenSSL's code, and what to do."""
    if code in _OUT_OF_DATE:
        return "is out of date, or not valid yet. Renew it, or set this machine's clock."
    if code in _OTHER_HOST:
        return "names another host. Check the address in SV_LOG, or have the certificate name it."
    trusted = "the system's authorities" if access.ca == SYSTEM else "the authorities in SV_KAFKA_CA"
    return f"is not signed by {trusted}. Check SV_KAFKA_CA."


def _reading(error: BaseException, access: KafkaAccess, broker: str) -> LogUnavailable:
    """Return what an error at the door means."""
    match error:
        case ssl.SSLCertVerificationError():
            return CertificateRefused(
                f"The certificate of the broker at {broker} {_fault_of(error.verify_code, access)}"
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
        case ssl.SSLError() if _is_alert(error):
            return _hung_up(True, access, broker)  # noqa: FBT003 - TLS 1.2 tells within the handshake
        case _:
            wants = "speaks no TLS, or is no broker" if access.ca else "wants TLS or a login, or is no broker"
            return BrokerUnreachable(
                f"What answers at {broker} {wants}. Check the port, SV_KAFKA_CA and SV_KAFKA_USER."
            )
    return LoginRefused(f"The broker at {broker} {text}")
