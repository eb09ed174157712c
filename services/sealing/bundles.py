"""Sealing the parts of one bundle for one recipient, and opening them.

One random content key for each bundle and recipient, wrapped once by HPKE; each part is AES-256-GCM under it. The
wrap is bound to ``sv1|<purpose>|<bundle>|<key id>``, each part to ``sv1|<purpose>|<subject>``: never to a topic or an
event, because facts pass three topics unopened.
"""

import os
from collections import OrderedDict
from collections.abc import Iterable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.errors import SealBroken
from services.events import SealedPart, SealEnvelope
from services.sealing.suite import SUITE, PrivateKey, PublicKey

_NONCE = 12
_CONTENT_KEYS_KEPT = 256


def _info(purpose: str, bundle: str, key: str) -> bytes:
    return f"sv1|{purpose}|{bundle}|{key}".encode()


def _associated(purpose: str, subject: str) -> bytes:
    return f"sv1|{purpose}|{subject}".encode()


class BundleSealer:
    """Seals the parts of one bundle to one recipient.

    Attributes:
        envelope: to be sent with the parts.
    """

    def __init__(self, *, purpose: str, bundle: str, key: str, public: PublicKey) -> None:
        content_key = AESGCM.generate_key(bit_length=256)
        self._purpose = purpose
        self._cipher = AESGCM(content_key)
        self.envelope = SealEnvelope(
            suite=SUITE,
            key=key,
            bundle=bundle,
            wrap=public.wrap(content_key, _info(purpose, bundle, key)),
        )

    def seal(self, subject: str, plaintext: bytes) -> bytes:
        """Return nonce and ciphertext of one part, bound to its subject (a contribution, statement or session)."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plaintext, _associated(self._purpose, subject))

    def seal_all(self, parts: Iterable[tuple[str, bytes]]) -> list[bytes]:
        """Return what :meth:`seal` would for each subject and plaintext; random bytes are drawn once for all."""
        several = list(parts)
        nonces = os.urandom(_NONCE * len(several))
        sealed = []
        for number, (subject, plaintext) in enumerate(several):
            nonce = nonces[number * _NONCE : (number + 1) * _NONCE]
            sealed.append(nonce + self._cipher.encrypt(nonce, plaintext, _associated(self._purpose, subject)))
        return sealed

    def part(self, subject: str, plaintext: bytes) -> SealedPart:
        """Return one sealed part that can travel alone."""
        return SealedPart(envelope=self.envelope, body=self.seal(subject, plaintext))


class PrivateKeys(Protocol):
    """Where an opener finds private epoch keys."""

    def private_key(self, key: str) -> PrivateKey:
        """Return a private key.

        Raises:
            UnknownKey: never seen here.
            DestroyedEpochKey: destroyed.
        """


class Opener:
    """Opens parts that were sealed to this service for one purpose.

    It remembers the last content keys, so that a bundle that arrives as many records is unwrapped once;
    :meth:`forget` drops them, and a destroyed epoch's are dropped at once because every look-up asks the key folder
    first.
    """

    def __init__(self, purpose: str, keys: PrivateKeys) -> None:
        self._purpose = purpose
        self._keys = keys
        self._content_keys: OrderedDict[bytes, AESGCM] = OrderedDict()

    def open(self, envelope: SealEnvelope, body: bytes, subject: str) -> bytes:
        """Return the plaintext of one part.

        Raises:
            UnknownKey: sealed to a key that was never here.
            DestroyedEpochKey: sealed to a key that was destroyed.
            SealBroken: wrong suite, context or subject, or tampering.
        """
        if envelope.suite != SUITE:
            raise SealBroken("A sealed part names a suite that is not ours.")
        private = self._keys.private_key(envelope.key)
        cipher = self._content_keys.get(envelope.wrap)
        if cipher is None:
            cipher = AESGCM(private.unwrap(envelope.wrap, _info(self._purpose, envelope.bundle, envelope.key)))
            self._content_keys[envelope.wrap] = cipher
            if len(self._content_keys) > _CONTENT_KEYS_KEPT:
                self._content_keys.popitem(last=False)
        try:
            return cipher.decrypt(body[:_NONCE], body[_NONCE:], _associated(self._purpose, subject))
        except (InvalidTag, ValueError):
            raise SealBroken("A sealed part does not open: another subject, or changed on the way.") from None

    def open_part(self, part: SealedPart, subject: str) -> bytes:
        """Return the plaintext of a part that travelled alone (see :meth:`open`)."""
        return self.open(part.envelope, part.body, subject)

    def forget(self) -> None:
        """Drop every remembered content key."""
        self._content_keys.clear()
