"""A file that is on its way in, kept off the disk in clear: encrypted under a key that only this process ever has.

A table is read twice, so what cannot be rewound (a request's body) has to lie somewhere meanwhile. Here it lies in a
nameless temporary file in blocks of AES-256-GCM; the key is in memory alone, so that a crash leaves noise.
"""

import hashlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK: Final = 64 * 1024
_TAG: Final = 16


class SealedSpool:
    """Takes a file in pieces, then gives it back as a seekable stream; close it.

    Attributes:
        size: bytes taken so far.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file: BinaryIO = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as the spool
        self._cipher = AESGCM(os.urandom(32))
        self._waiting = bytearray()
        self._hash = hashlib.sha256()
        self._blocks = 0
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Take the next bytes."""
        self.size += len(piece)
        self._hash.update(piece)
        self._waiting += piece
        while len(self._waiting) >= BLOCK:
            self._seal(bytes(self._waiting[:BLOCK]))
            del self._waiting[:BLOCK]

    def digest(self) -> str:
        """Return the SHA-256 of what was taken, in hexadecimal."""
        return self._hash.hexdigest()

    def reader(self) -> BinaryIO:
        """Return the whole as a stream that can be rewound; nothing more can be taken then."""
        self._seal(bytes(self._waiting))
        self._waiting.clear()
        self._file.flush()
        return io.BufferedReader(_Blocks(self), BLOCK)

    def close(self) -> None:
        """Let go of the file and the key; doing it again changes nothing."""
        self._file.close()

    def block(self, number: int) -> bytes:
        """Return one block in clear; the last one may be short."""
        self._file.seek(number * (BLOCK + _TAG))
        return self._cipher.decrypt(_nonce(number), self._file.read(BLOCK + _TAG), None)

    def _seal(self, block: bytes) -> None:
        # The key is this spool's own and each block is written once, so a counter never repeats under it.
        self._file.write(self._cipher.encrypt(_nonce(self._blocks), block, None))
        self._blocks += 1


class _Blocks(io.RawIOBase):
    def __init__(self, spool: SealedSpool) -> None:
        self._spool = spool
        self._at = 0
        self._known = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._spool.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._spool.size:
            return 0
        view = memoryview(buffer)
        number, within = divmod(self._at, BLOCK)
        if self._known[0] != number:
            self._known = (number, self._spool.block(number))
        piece = self._known[1][within : within + len(view)]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
