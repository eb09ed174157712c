"""Opening the packed formats (XLSX, ODS, DOCX): a zip whose every part is unpacked and compared.

What a zip says about itself is not believed. A part is unpacked here by its raw bytes, so that a part which claims to
be small cannot grow in a later reader; names, sizes and check sums have to agree, and nothing may stand around the
parts.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from services.intake.files.findings import THE_FILE, Findings, refusal

MOST_PARTS = 2_000
MOST_UNPACKED = 400_000_000
#: Office files shrink to a twentieth; a file of zeros to a thousandth.
HIGHEST_RATIO = 250
_RATIO_FROM = 10_000_000
_PIECE = 1 << 16
_LOCAL = struct.Struct("<4s5H3I2H")
_END = struct.Struct("<4s4H2IH")
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b\x08", b"7z\xbc\xaf", b"Rar!")
_OLE = b"\xd0\xcf\x11\xe0"
_ARCHIVE_ENDINGS = (".zip", ".docx", ".xlsx", ".ods", ".odt", ".pptx", ".7z", ".rar", ".gz", ".jar")
_DAMAGED = "Open it in the program that made it, save it again, and send the new file."
_SPLIT = "Take pictures and unused sheets out, or split it by session."


class Archive:
    """A packed file that was looked through.

    Args:
        source: the file; it has to be seekable and to stay open.

    Attributes:
        names: of its parts.

    Raises:
        InputRefused: damaged, cut off, protected, a bomb, or with another archive or object inside.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._parts = {part.filename: part for part in _listed(source)}
        self.names: frozenset[str] = frozenset(self._parts)
        self._check_inside()

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the unpacked bytes of one part, and compare size and check sum at its end.

        Raises:
            InputRefused: there is no such part, or it is not what the archive says.
        """
        part = self._parts.get(name)
        if part is None:
            raise refusal(THE_FILE, "damaged: a part is missing", _DAMAGED)
        size, checksum = 0, 0
        try:
            for piece in self._unpacked(part):
                size += len(piece)
                checksum = zlib.crc32(piece, checksum)
                if size > part.file_size:
                    break
                yield piece
        except (zlib.error, EOFError):
            raise refusal(THE_FILE, "damaged: a part cannot be unpacked", _DAMAGED) from None
        if size != part.file_size or checksum != part.CRC:
            raise refusal(THE_FILE, "damaged: a part is not what the archive says of it", _DAMAGED)

    def _unpacked(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        position = self._begin(part)
        left = part.compress_size
        unpack = zlib.decompressobj(-zlib.MAX_WBITS)
        stored = part.compress_type == zipfile.ZIP_STORED
        while left:
            self._source.seek(position)
            packed = self._source.read(min(left, _PIECE))
            if not packed:
                raise EOFError
            position += len(packed)
            left -= len(packed)
            if stored:
                yield packed
                continue
            while packed:
                yield unpack.decompress(packed, _PIECE)
                packed = unpack.unconsumed_tail
        if not stored and (not unpack.eof or unpack.unused_data):
            raise EOFError

    def _begin(self, part: zipfile.ZipInfo) -> int:
        """Return where the bytes of a part begin; its own head has to bear the name that the list gives it."""
        self._source.seek(part.header_offset)
        head = self._source.read(_LOCAL.size)
        if len(head) != _LOCAL.size:
            raise EOFError
        mark, _, flags, method, *_, name_length, more = _LOCAL.unpack(head)
        name = self._source.read(name_length).decode("utf-8" if flags & _UTF8_NAME else "cp437", errors="replace")
        if mark != b"PK\x03\x04" or method != part.compress_type or name != part.orig_filename:
            raise EOFError
        return part.header_offset + _LOCAL.size + int(name_length) + int(more)

    def _check_inside(self) -> None:
        findings = Findings()
        for name in self._parts:
            pieces = self.pieces(name)
            first = next((piece for piece in pieces if piece), b"")
            if first.startswith(_ARCHIVES) or name.lower().endswith(_ARCHIVE_ENDINGS):
                findings.add(THE_FILE, "another file is packed inside", "Take attached files out and send it again.")
            elif first.startswith(_OLE):
                findings.add(THE_FILE, "an embedded object or macros", "Take objects and macros out and send it again.")
            for _ in pieces:
                pass
        findings.refuse_if_any()


def _listed(source: BinaryIO) -> list[zipfile.ZipInfo]:
    _check_frame(source)
    try:
        with zipfile.ZipFile(source) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError, OverflowError, struct.error):
        raise refusal(THE_FILE, "damaged or cut off", _DAMAGED) from None
    if len(parts) > MOST_PARTS:
        raise refusal(THE_FILE, "too many parts inside", _SPLIT)
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise refusal(THE_FILE, "protected by a password", "Take the password off and send it again.")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise refusal(THE_FILE, "packed in a way that is not read", _DAMAGED)
    names = [part.filename.casefold() for part in parts]
    if not parts or min(part.header_offset for part in parts) != 0:
        raise refusal(THE_FILE, "damaged or cut off", _DAMAGED)
    if len(set(names)) != len(names) or any(_is_odd(part) for part in parts):
        raise refusal(THE_FILE, "damaged: names of parts that cannot stand", _DAMAGED)
    unpacked, packed_size = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if unpacked > MOST_UNPACKED or (unpacked > _RATIO_FROM and unpacked > HIGHEST_RATIO * max(packed_size, 1)):
        raise refusal(THE_FILE, "it unpacks to far more than an office file holds", _SPLIT)
    return parts


def _is_odd(part: zipfile.ZipInfo) -> bool:
    name = part.orig_filename
    return "\\" in name or "\x00" in name or name.startswith("/") or ".." in name.split("/")


def _check_frame(source: BinaryIO) -> None:
    """Refuse bytes before the first part or behind the end: two readers could find two archives in such a file."""
    source.seek(0)
    begins = source.read(4) == b"PK\x03\x04"
    size = source.seek(0, io.SEEK_END)
    source.seek(max(0, size - _END.size))
    end = source.read(_END.size)
    if not begins or len(end) != _END.size or end[:4] != b"PK\x05\x06" or _END.unpack(end)[-1]:
        raise refusal(THE_FILE, "damaged or cut off", _DAMAGED)
    source.seek(0)
