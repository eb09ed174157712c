"""The one sealing suite: HPKE with the hybrid ML-KEM-768 + X25519 KEM, HKDF-SHA256 and AES-256-GCM.

Hybrid private keys have no serialiser of their own, so both parts are kept apart: the ML-KEM seed (64 bytes) before
the X25519 key (32 bytes); public keys likewise (1,184 + 32 bytes).
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from services.errors import SealBroken

SUITE = "hpke-mlkem768x25519-hkdfsha256-aes256gcm"

_SEED = 64
_MLKEM_PUBLIC = 1184
_X25519 = 32
_hpke = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class PublicKey:
    """A recipient's public key."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) != _MLKEM_PUBLIC + _X25519:
            raise SealBroken("A public key has the wrong length for its suite.")
        try:
            self._key = MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC]),
                X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC:]),
            )
        except ValueError:
            raise SealBroken("A public key is not one of its suite.") from None
        self.raw = raw

    def wrap(self, content_key: bytes, info: bytes) -> bytes:
        """Return a content key (32 bytes) wrapped for the owner of this key, bound to ``info``."""
        return _hpke.encrypt(content_key, self._key, info=info)


class PrivateKey:
    """A recipient's private key."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) != _SEED + _X25519:
            raise SealBroken("A private key has the wrong length for its suite.")
        self._mlkem = MLKEM768PrivateKey.from_seed_bytes(raw[:_SEED])
        self._x25519 = X25519PrivateKey.from_private_bytes(raw[_SEED:])
        self._key = MLKEM768X25519PrivateKey(self._mlkem, self._x25519)
        self.raw = raw

    @classmethod
    def generate(cls) -> "PrivateKey":
        """Return a new random key: never derived from anything, so that destroying it is final."""
        mlkem = MLKEM768PrivateKey.generate().private_bytes_raw()
        return cls(mlkem + X25519PrivateKey.generate().private_bytes_raw())

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return PublicKey(
            self._mlkem.public_key().public_bytes_raw() + self._x25519.public_key().public_bytes_raw(),
        )

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes:
        """Return the content key.

        Raises:
            SealBroken: another key, another context, truncation or tampering.
        """
        try:
            return _hpke.decrypt(wrapped, self._key, info=info)
        except (InvalidTag, ValueError):
            raise SealBroken("A wrapped key does not open: wrong key, wrong context, or changed on the way.") from None
