"""Speaking to a service that runs on this machine: JSON over loopback, with the bearer token of the data folder."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from services.errors import Conflict, Finding, Held, InputRefused, NotFound, StoreUnavailable, SurvivorVoiceError

_SECONDS = 120
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
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 80, timeout=_SECONDS)
    try:
        connection.request(
            method,
            path,
            body=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json",
                **(headers or {}),
            },
        )
        answer = connection.getresponse()
        status, content = answer.status, answer.read()
    except OSError:
        raise StoreUnavailable("The running service does not answer: look whether it still runs.") from None
    finally:
        connection.close()
    if status < _ACCEPTED:
        return json.loads(content) if content else None
    raise _refusal(status, content)


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
