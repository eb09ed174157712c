"""Calls between services: asked over HTTP with a token of their own, sealed both ways, and nothing of them kept.

They are for the inside alone: the front door forwards none of them, and a process that runs all services makes none.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp import hdrs, web

from services.calls import Question
from services.errors import ContractBroken, LogUnavailable, NotYet, SealingError, SettingsError
from services.events import Payload, Service
from services.ids import random_id
from services.runner.announcements import PublicKeys
from services.runner.parts import Parts
from services.sealing.bundles import Opener
from services.sealing.calls import Reply, open_question, seal_answer, seal_question
from services.sealing.epochs import Purpose
from services.web.tokens import demand_token, is_loopback, read_token

#: Where each is asked.
PREVIEW_PATH: Final = "/api/anonymiser/v1/preview"
SUBJECTS_PATH: Final = "/api/themer/v1/subjects"
CALL_PATHS: Final = (PREVIEW_PATH, SUBJECTS_PATH)
#: The largest call in bytes: a long session's notes, sealed and in base64.
LARGEST_CALL: Final = 32 * 1024 * 1024
#: Seconds that an answer may take, and to reach the service at all.
_ANSWERED_IN: Final = 30
_REACHED_IN: Final = 3
_TYPE: Final = "application/json"
AnyQuestion = TypeVar("AnyQuestion", bound=Question)
AnyAnswer = TypeVar("AnyAnswer", bound=Payload)


def call_route(
    path: str,
    kind: type[AnyQuestion],
    opener: Opener,
    answer: Callable[[AnyQuestion], Awaitable[Payload]],
    *,
    token_file: Path,
) -> web.RouteDef:
    """Return the route of one kind of call, which looks at its own token.

    It answers 401 without the token, 415 where the body is no JSON by its type, 400 where it is no call or does not
    open, and else 200 with the sealed answer.

    Args:
        path: one of ``CALL_PATHS``.
        kind: what is asked.
        opener: opens what is sealed to this service.
        answer: gives the answer; keeps nothing.
        token_file: where the token of the calls lies.
    """

    async def take(request: web.Request) -> web.Response:
        demand_token(request, read_token(token_file))
        if request.content_type != _TYPE:
            raise web.HTTPUnsupportedMediaType
        try:
            call, question = open_question(opener, await request.read(), kind)
            sealed = seal_answer(call, question, await answer(question))
        except (ContractBroken, SealingError):
            raise web.HTTPBadRequest from None
        finally:
            opener.forget()
        return web.Response(body=sealed, content_type=_TYPE)

    return web.post(path, take)


class Caller:
    """Asks another service.

    Args:
        parts: of the service that asks.
        keys: the public keys that were announced.
        service: which one is asked.
        purpose: the purpose of its epoch keys.
        address: where it listens, ``http://127.0.0.1:8462`` say.
        path: one of ``CALL_PATHS``.

    Raises:
        SettingsError: an address over which the token could be read by others.
    """

    def __init__(
        self,
        parts: Parts,
        keys: PublicKeys,
        *,
        service: Service,
        purpose: Purpose,
        address: str,
        path: str,
    ) -> None:
        check_address(address)
        self._url = address.rstrip("/") + path
        self._service: Service = service
        self._purpose: Purpose = purpose
        self._token_file = parts.call_token_file
        self._keys = keys
        self._clock = parts.clock

    async def ask(self, make: Callable[[bytes], Question], kind: type[AnyAnswer]) -> AnyAnswer:
        """Return the answer to one question.

        Args:
            make: gives the question, with the public key that it is answered to.
            kind: the shape of the answer.

        Raises:
            NotYet: the service cannot be reached, is busy, refuses the token, or answers what is none.
        """
        call = random_id()
        reply = Reply(call)
        try:
            sealer = await self._keys.sealer(self._service, self._purpose, self._clock.today(), call)
            body = await self._post(seal_question(sealer, call, make(reply.public)))
            return reply.open(body, kind)
        except (aiohttp.ClientError, TimeoutError, SealingError, ContractBroken, LogUnavailable, SettingsError):
            raise NotYet(f"The {self._service} does not answer now.") from None

    async def _post(self, body: bytes) -> bytes:
        headers = {hdrs.AUTHORIZATION: f"Bearer {read_token(self._token_file)}", hdrs.CONTENT_TYPE: _TYPE}
        patience = aiohttp.ClientTimeout(total=_ANSWERED_IN, connect=_REACHED_IN)
        async with (
            aiohttp.ClientSession(timeout=patience, trust_env=False) as session,
            session.post(self._url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            if response.status != web.HTTPOk.status_code:
                raise aiohttp.ClientError
            return await response.read()


def check_address(address: str) -> None:
    """Pass when a call may go to an address: this machine's, or one with TLS.

    Raises:
        SettingsError: another one, or none at all; never shows it.
    """
    try:
        scheme, host, path = _split(address)
    except ValueError:
        scheme, host, path = "", "", ""
    if path.strip("/") or not host or not (scheme == "https" or (scheme == "http" and is_loopback(host))):
        raise SettingsError(
            "SV_PREVIEW_ADDRESS and SV_SUBJECTS_ADDRESS take http://127.0.0.1:<port>, or elsewhere https://<host>:<port>."
        )


def _split(address: str) -> tuple[str, str, str]:
    parts = urlsplit(address)
    _ = parts.port  # says by a ValueError that it is none
    return parts.scheme, parts.hostname or "", parts.path + parts.query + parts.fragment
