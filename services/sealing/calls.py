"""Sealing a question to a service's epoch key, and its answer to a key of the call."""

from typing import TypeVar

import msgspec

from services.calls import Call, Question
from services.errors import ContractBroken, UnknownKey
from services.events import Payload, SealedPart
from services.sealing.bundles import BundleSealer, Opener
from services.sealing.suite import PrivateKey, PublicKey

_REPLY = "reply"
_encode = msgspec.json.Encoder().encode
AnyPayload = TypeVar("AnyPayload", bound=Payload)
AnyQuestion = TypeVar("AnyQuestion", bound=Question)


class Reply:
    """The asking side of one call: its own key, which lives as long as the call.

    Attributes:
        public: what the answer is sealed to, raw.
    """

    def __init__(self, call: str) -> None:
        self._call = call
        self._private = PrivateKey.generate()
        self.public = self._private.public.raw

    def private_key(self, key: str) -> PrivateKey:
        """Return the key of the call (see :class:`~services.sealing.bundles.PrivateKeys`)."""
        if key != _REPLY:
            raise UnknownKey("An answer is sealed to another key.")
        return self._private

    def open(self, body: bytes, kind: type[AnyPayload]) -> AnyPayload:
        """Return the answer.

        Raises:
            SealBroken, UnknownKey: sealed to another key, to another call, or changed on the way.
            ContractBroken: not an answer of that shape.
        """
        part = _decode(body, SealedPart)
        return _decode(Opener(_REPLY, self).open_part(part, _subject(self._call)), kind)


def seal_question(sealer: BundleSealer, call: str, question: Question) -> bytes:
    """Return a call, to be sent as it is.

    Args:
        sealer: of the service that is asked, for its own purpose.
        call: the call's id.
        question: with the public key of the call's :class:`Reply`.
    """
    return _encode(Call(call=call, asked=sealer.part(_subject(call), _encode(question))))


def open_question(opener: Opener, body: bytes, kind: type[AnyQuestion]) -> tuple[str, AnyQuestion]:
    """Return a call's id and its question.

    Raises:
        ContractBroken: not a call, or not a question of that shape.
        SealBroken, UnknownKey, DestroyedEpochKey: it does not open.
    """
    call = _decode(body, Call)
    return call.call, _decode(opener.open_part(call.asked, _subject(call.call)), kind)


def seal_answer(call: str, question: Question, answer: Payload) -> bytes:
    """Return an answer that only the asker can open.

    Raises:
        SealBroken: what should be the call's key is none.
    """
    sealer = BundleSealer(purpose=_REPLY, bundle=call, key=_REPLY, public=PublicKey(question.reply_to))
    return _encode(sealer.part(_subject(call), _encode(answer)))


def _subject(call: str) -> str:
    """Return what the parts of a call are bound to: never what a contribution's part could be bound to."""
    return f"call|{call}"


def _decode(body: bytes, kind: type[AnyPayload]) -> AnyPayload:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ContractBroken("A call is not of the expected shape.") from None
