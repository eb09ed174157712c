# ruff: noqa: INP001 - scripts in a folder of their own, run by their path
"""Whether a broker answers: the three requests of Kafka's protocol that tell, with the standard library alone.

A broker answers when its metadata name a live broker: the port opens earlier, and the log's text says nothing reliable.
"""

import base64
import hashlib
import hmac
import secrets
import socket
import ssl
import struct
from dataclasses import dataclass
from pathlib import Path

_METADATA, _SASL_HANDSHAKE, _SASL_AUTHENTICATE = 3, 17, 36
_MECHANISM = "SCRAM-SHA-512"
_MOST_BYTES = 10_000_000


class NotAnswering(Exception):
    """The broker cannot be reached, does not let this user in, or has no live node yet."""


@dataclass(frozen=True, slots=True)
class Login:
    """How to get into a secure broker.

    Attributes:
        ca: the file of the certificate authority that signed the broker's certificate.
        user: the SCRAM user.
        password: and its password.
    """

    ca: Path
    user: str
    password: str


def ask(bootstrap: str, login: Login | None = None, *, patience: float = 2.0) -> int:
    """Return how many live brokers the one at ``bootstrap`` (``host:port``) knows.

    Args:
        bootstrap: its address.
        login: where given, over TLS and as this user.
        patience: seconds for each step.

    Raises:
        NotAnswering: it does not.
    """
    host, _, port = bootstrap.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=patience) as plain:
            if login is None:
                return _count_brokers(plain)
            context = ssl.create_default_context(cafile=str(login.ca))
            with context.wrap_socket(plain, server_hostname=host) as wrapped:
                _log_in(wrapped, login)
                return _count_brokers(wrapped)
    except (OSError, ValueError, struct.error, IndexError, KeyError) as trouble:
        raise NotAnswering(type(trouble).__name__) from trouble


def _call(connection: socket.socket, api: int, version: int, body: bytes) -> bytes:
    name = b"survivor-voice"
    header = struct.pack(">hhih", api, version, 1, len(name)) + name
    connection.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
    (length,) = struct.unpack(">i", _receive(connection, 4))
    if not 4 <= length <= _MOST_BYTES:  # noqa: PLR2004 - the correlation id at least
        raise NotAnswering("no Kafka broker")
    return _receive(connection, length)[4:]


def _receive(connection: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = connection.recv(length - len(found))
        if not part:
            raise NotAnswering("closed")
        found += part
    return found


def _count_brokers(connection: socket.socket) -> int:
    """Metadata version 1 for no topic: a throttle-less answer that begins with the array of live brokers."""
    answer = _call(connection, _METADATA, 1, struct.pack(">i", 0))
    (count,) = struct.unpack_from(">i", answer)
    if count < 1:
        raise NotAnswering("no live broker")
    return int(count)


def _log_in(connection: socket.socket, login: Login) -> None:
    """SCRAM-SHA-512 (RFC 5802) in Kafka's frames; the server's own proof is checked too."""
    name = _MECHANISM.encode()
    refused = struct.unpack_from(">h", _call(connection, _SASL_HANDSHAKE, 1, struct.pack(">h", len(name)) + name))[0]
    if refused:
        raise NotAnswering("mechanism refused")
    nonce = secrets.token_hex(16)
    first = f"n={login.user},r={nonce}"
    said = _say(connection, f"n,,{first}")
    server = dict(part.split("=", 1) for part in said.split(","))
    if not server["r"].startswith(nonce):
        raise NotAnswering("nonce changed")
    salted = hashlib.pbkdf2_hmac("sha512", login.password.encode(), base64.b64decode(server["s"]), int(server["i"]))
    last = f"c=biws,r={server['r']}"
    message = f"{first},{said},{last}".encode()
    key = hmac.digest(salted, b"Client Key", "sha512")
    signature = hmac.digest(hashlib.sha512(key).digest(), message, "sha512")
    proof = bytes(one ^ other for one, other in zip(key, signature, strict=True))
    answer = _say(connection, f"{last},p={base64.b64encode(proof).decode()}")
    expected = hmac.digest(hmac.digest(salted, b"Server Key", "sha512"), message, "sha512")
    if not hmac.compare_digest(base64.b64decode(answer.removeprefix("v=")), expected):
        raise NotAnswering("the server does not know the password")


def _say(connection: socket.socket, text: str) -> str:
    sent = text.encode()
    answer = _call(connection, _SASL_AUTHENTICATE, 0, struct.pack(">i", len(sent)) + sent)
    code, message = struct.unpack_from(">hh", answer)
    place = 4 + max(message, 0)
    if code:
        raise NotAnswering("login refused")
    (length,) = struct.unpack_from(">i", answer, place)
    return answer[place + 4 : place + 4 + length].decode()
