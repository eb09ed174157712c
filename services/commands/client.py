"""Speaking to a service that runs on this machine: JSON over loopback, with the bearer token of the data folder."""

import http.client
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from services.errors import Conflict, Finding, Held, InputRefused, NotFound, StoreUnavailable, SurvivorVoiceError

_SECONDS = 120
#: A file of 100,000 rows is read, sealed and stored before the answer comes.
_FILE_SECONDS = 1800
_PIECE = 64 * 1024
_ACCEPTED = 300
_KINDS: dict[int, type[SurvivorVoiceError]] = {404: NotFound, 409: Conflict, 503: StoreUnavailable}


def call(
    address: str,
    token: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    headers: dict[str, str] | None = None,
) -> Any:
    """Return the decoded answer of one call.

    Raises:
        InputRefused: with the findings of the service.
        NotFound, Conflict, Held, StoreUnavailable: as the service says, with its reference number.
    """
    content = None if body is None else json.dumps(body).encode()
    return _ask(
        address, token, method, path, content, {"Content-Type": "application/json", **(headers or {})}, _SECONDS
    )


def send_file(  # noqa: PLR0917 - a call with all that it needs
    address: str,
    token: str,
    path: str,
    source: BinaryIO,
    size: int,
    ending: str,
    fields: Mapping[str, Sequence[str]],
    progress: Callable[[int, int], None],
) -> Any:
    """Send a file as a form, piece by piece, and return the decoded answer.

    Args:
        address: of the service.
        token: that opens it.
        path: below the address.
        source: the file, from its beginning.
        size: its bytes.
        ending: of its name; the name itself is not sent.
        fields: what goes beside it.
        progress: told how many bytes have gone.

    Raises:
        SurvivorVoiceError: as :func:`call`.
    """
    boundary = secrets.token_hex(16)
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, values in fields.items()
        for value in values
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file{ending}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    first, last = head.encode(), f"\r\n--{boundary}--\r\n".encode()

    def pieces() -> Iterator[bytes]:
        yield first
        gone = 0
        while gone < size and (piece := source.read(min(_PIECE, size - gone))):
            gone += len(piece)
            progress(gone, size)
            yield piece
        yield last

    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(first) + size + len(last)),
    }
    return _ask(address, token, "POST", path, pieces(), headers, _FILE_SECONDS)


def _ask(  # noqa: PLR0917 - a call with all that it needs
    address: str,
    token: str,
    method: str,
    path: str,
    content: bytes | Iterator[bytes] | None,
    headers: dict[str, str],
    seconds: float,
) -> Any:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 80, timeout=seconds)
    try:
        connection.request(
            method, path, body=content, headers={"Authorization": f"Bearer {token}", **headers}, encode_chunked=False
        )
        answer = connection.getresponse()
        status, told = answer.status, answer.read()
    except OSError:
        raise StoreUnavailable("The running service does not answer: look whether it still runs.") from None
    finally:
        connection.close()
    if status < _ACCEPTED:
        return json.loads(told) if told else None
    raise _refusal(status, told)


def _refusal(status: int, content: bytes) -> SurvivorVoiceError:
    try:
        error = json.loads(content)["error"]
        fields = [Finding(field["place"], field["rule"], field["mend"]) for field in error["fields"]]
        message = f"{error['message']} (reference {error['reference']})"
        held = bool(error.get("held"))
    except (ValueError, KeyError, TypeError):
        return StoreUnavailable(f"The service answered with status {status}.")
    if fields:
        return InputRefused(fields)
    if held:
        return Held(message)
    return _KINDS.get(status, SurvivorVoiceError)(message)
