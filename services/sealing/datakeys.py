"""Data keys: one random key for each contributor, wrapped by a key-encryption key in a file.

Destroying a contributor's wrapped row makes her words unreadable in this database; replacing the key-encryption key
makes them unreadable in every older copy of it. Each wrap names its generation.
"""

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.errors import SealBroken, UnknownKey
from services.sealing import keyfiles

_NONCE = 12
_KEY_BYTES = 32


class DataKey:
    """One contributor's key: seals and opens what a service keeps of her."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._cipher = AESGCM(raw)

    @classmethod
    def generate(cls) -> "DataKey":
        """Return a new random key."""
        return cls(os.urandom(_KEY_BYTES))

    def seal(self, subject: str, field: str, plaintext: bytes) -> bytes:
        """Return nonce and ciphertext, bound to the subject and field."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plaintext, f"sv1|{field}|{subject}".encode())

    def open(self, subject: str, field: str, sealed: bytes) -> bytes:
        """Return the plaintext.

        Raises:
            SealBroken: another subject or field, or tampering.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], f"sv1|{field}|{subject}".encode())
        except (InvalidTag, ValueError):
            raise SealBroken("A stored value does not open: another subject, or changed on disk.") from None


class KeyEncryptionKeys:
    """The key-encryption keys of one service: files ``<service>-kek-<generation>.key`` in its key folder."""

    def __init__(self, folder: Path, service: str) -> None:
        self._folder = folder
        self._service = service
        self._loaded: dict[int, AESGCM] = {}

    def generations(self) -> list[int]:
        """Return the generations that are on disk, oldest first."""
        prefix = f"{self._service}-kek-"
        if not self._folder.is_dir():
            return []
        return sorted(int(path.stem.removeprefix(prefix)) for path in self._folder.glob(f"{prefix}*.key"))

    def newest(self) -> int:
        """Return the newest generation, making the first one when there is none."""
        with keyfiles.locked(self._folder):
            present = self.generations()
            if present:
                return present[-1]
            self._write(1)
            return 1

    def next_generation(self) -> int:
        """Make a new generation and return it."""
        with keyfiles.locked(self._folder):
            generation = (self.generations() or [0])[-1] + 1
            self._write(generation)
            return generation

    def destroy_before(self, generation: int) -> None:
        """Destroy every older generation: what only they can open is gone for ever."""
        with keyfiles.locked(self._folder):
            for old in self.generations():
                if old < generation:
                    keyfiles.destroy(self._path(old))
                    self._loaded.pop(old, None)

    def wrap(self, contributor: str, key: DataKey, generation: int) -> bytes:
        """Return a data key wrapped under one generation, bound to its contributor.

        Raises:
            UnknownKey: that generation is not on disk.
        """
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher(generation).encrypt(nonce, key.raw, self._associated(contributor, generation))

    def unwrap(self, contributor: str, wrapped: bytes, generation: int) -> DataKey:
        """Return a contributor's data key.

        Raises:
            UnknownKey: that generation is not on disk.
            SealBroken: another contributor, or changed on disk.
        """
        try:
            raw = self._cipher(generation).decrypt(
                wrapped[:_NONCE],
                wrapped[_NONCE:],
                self._associated(contributor, generation),
            )
        except (InvalidTag, ValueError):
            raise SealBroken("A wrapped data key does not open: another contributor, or changed on disk.") from None
        return DataKey(raw)

    def _associated(self, contributor: str, generation: int) -> bytes:
        return f"sv1|datakey|{contributor}|{generation}".encode()

    def _cipher(self, generation: int) -> AESGCM:
        path = self._path(generation)
        if not path.exists():
            self._loaded.pop(generation, None)
            raise UnknownKey(f"Generation {generation} of the key-encryption key of {self._service} is not on disk.")
        if generation not in self._loaded:
            self._loaded[generation] = AESGCM(keyfiles.read_private(path))
        return self._loaded[generation]

    def _path(self, generation: int) -> Path:
        return self._folder / f"{self._service}-kek-{generation}.key"

    def _write(self, generation: int) -> None:
        keyfiles.write_private(self._path(generation), os.urandom(_KEY_BYTES))
