"""Receipts: five plain words that a person may memorise, kept only as a salted slow hash.

The list holds 2,048 words (55 bits for five). The salt is the installation's secret, so that a receipt can be looked
up; argon2id (19 MiB, two passes) makes guessing slow.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import ClassVar

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.errors import DataFileError, Finding, InputRefused
from services.sealing import keyfiles
from services.vocabulary.datafiles import schema_path

WORDS = 2048
WORDS_IN_A_RECEIPT = 5
_SECRET_BYTES = 32
_NONCE = 12

#: Picks a number below its argument; secrets.randbelow, or a seeded one in a demonstration.
Pick = Callable[[int], int]


@cache
def word_list() -> tuple[str, ...]:
    """Return the 2,048 words.

    Raises:
        DataFileError: the list is not whole.
    """
    lines = schema_path("vocabularies", "receipt_words.txt").read_text(encoding="ascii").splitlines()
    words = tuple(line for line in lines if line and not line.startswith("#"))
    if len(words) != WORDS or len(set(words)) != WORDS:
        raise DataFileError(f"The list of receipt words must hold {WORDS} different words.")
    return words


def new_receipt(pick: Pick = secrets.randbelow) -> str:
    """Return five random words, separated by spaces."""
    words = word_list()
    return " ".join(words[pick(WORDS)] for _ in range(WORDS_IN_A_RECEIPT))


def normalise(receipt: str) -> str:
    """Return a receipt as it is hashed: lower case, single spaces, whatever stood between the words.

    Raises:
        InputRefused: it is not five words of the list; does not say which.
    """
    words = "".join(letter if letter.isalpha() else " " for letter in receipt.lower()).split()
    if len(words) != WORDS_IN_A_RECEIPT or any(word not in _known() for word in words):
        raise InputRefused(
            [Finding("receipt", "not five words of the list", "Check the spelling: five plain words, in their order.")],
        )
    return " ".join(words)


@cache
def _known() -> frozenset[str]:
    return frozenset(word_list())


class InstallationSecret:
    """The secret that salts receipts and keys the hashes of seats; a file in intake's key folder.

    Attributes:
        FILE: its name there.
    """

    FILE: ClassVar = "intake-secret.key"

    def __init__(self, folder: Path) -> None:
        path = folder / self.FILE
        with keyfiles.locked(folder):
            if not path.exists():
                keyfiles.write_private(path, secrets.token_bytes(_SECRET_BYTES))
            self._secret = keyfiles.read_private(path)
        self._fields = AESGCM(hmac.new(self._secret, b"sv1|fields", hashlib.sha256).digest())

    def receipt_hash(self, receipt: str) -> str:
        """Return the look-up hash of a receipt; takes some 25 ms on purpose: call it in a thread.

        Raises:
            InputRefused: it is not five words of the list.
        """
        raw = hash_secret_raw(
            normalise(receipt).encode(),
            hashlib.sha256(b"sv1|receipt|" + self._secret).digest()[:16],
            time_cost=2,
            memory_cost=19 * 1024,
            parallelism=1,
            hash_len=32,
            type=Type.ID,
        )
        return raw.hex()

    def seat_hash(self, group: str, seat: int) -> str:
        """Return the keyed hash of a seat with its group."""
        return hmac.new(self._secret, f"sv1|seat|{group}|{seat}".encode(), hashlib.sha256).hexdigest()

    def key_hash(self, key: str) -> str:
        """Return the keyed hash of an idempotency key, or of anything that must not be kept as it came."""
        return hmac.new(self._secret, f"sv1|key|{key}".encode(), hashlib.sha256).hexdigest()

    def hidden(self, text: str) -> str:
        """Return a text as an opaque value that only this installation can read, for a form field."""
        # The nonce follows from the text: the same text gives the same value, and never another under the same nonce.
        nonce = hmac.new(self._secret, b"sv1|nonce|" + text.encode(), hashlib.sha256).digest()[:_NONCE]
        return base64.urlsafe_b64encode(nonce + self._fields.encrypt(nonce, text.encode(), b"sv1|field")).decode()

    def revealed(self, hidden: str) -> str | None:
        """Return the text behind an opaque value, or None when it is not one of this installation's."""
        try:
            raw = base64.urlsafe_b64decode(hidden.encode())
            return self._fields.decrypt(raw[:_NONCE], raw[_NONCE:], b"sv1|field").decode()
        except (InvalidTag, ValueError):
            return None
