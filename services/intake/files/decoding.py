"""Which characters the bytes of a text file stand for.

UTF-8 with or without a byte order mark, UTF-16 with or without one, and Windows-1252 as old spreadsheet programs write
it. What was concluded is said to the person, because accents in a wrong encoding look like other letters.
"""

import codecs
from dataclasses import dataclass
from typing import BinaryIO

from services.intake.files.findings import THE_FILE, refusal

_PIECE = 1 << 16
_FIRST_LETTER = 0xE0
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAVE_AS = "Save it as text in UTF-8 (in a spreadsheet program: CSV UTF-8) and send it again."


@dataclass(frozen=True, slots=True)
class Encoding:
    """How to read a text file.

    Attributes:
        name: as Python's codecs call it; it takes a byte order mark off.
        notes: what the person should be told, none for plain UTF-8.
    """

    name: str
    notes: tuple[str, ...] = ()


def detect_encoding(source: BinaryIO) -> Encoding:
    """Return the encoding of a whole file, and stand at its beginning again.

    Raises:
        InputRefused: it is empty, not text, cut off within a character, or of a kind that is not read.
    """
    source.seek(0)
    first = source.read(4096)
    if not first:
        raise refusal(THE_FILE, "empty", "Choose the file that holds the session.")
    name = next((name for mark, name in _MARKS if first.startswith(mark)), None) or _without_mark(first)
    if name == "utf-32":
        raise refusal(THE_FILE, "text in UTF-32", _SAVE_AS)
    broken = _first_fault(source, name)
    if broken is None:
        source.seek(0)
        said = (f"The file was read as UTF-16{' without its mark' if '-' in name[4:] else ''}.",)
        return Encoding(name, said if name.startswith("utf-16") else ())
    if name.startswith("utf-16") or broken.at_end or broken.seen_utf8:
        raise refusal(THE_FILE, "damaged text: bytes that stand for no character", _SAVE_AS)
    if _first_fault(source, "cp1252") is not None:
        raise refusal(THE_FILE, "neither UTF-8 nor Windows-1252 text", _SAVE_AS)
    source.seek(0)
    return Encoding("cp1252", ("The file is not UTF-8 and was read as Windows-1252: look at accents and dashes.",))


def read_text(source: BinaryIO) -> tuple[str, tuple[str, ...]]:
    """Return the text of a whole file with its notes.

    Raises:
        InputRefused: as `detect_encoding`.
    """
    encoding = detect_encoding(source)
    return source.read().decode(encoding.name), encoding.notes


@dataclass(frozen=True, slots=True)
class _Fault:
    at_end: bool
    seen_utf8: bool


def _first_fault(source: BinaryIO, name: str) -> _Fault | None:
    """Return what is wrong with a whole file in an encoding, reading it piece by piece."""
    decoder = codecs.getincrementaldecoder(name)()
    source.seek(0)
    seen = False
    while True:
        piece = source.read(_PIECE)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as fault:
            before = fault.object[: fault.start].decode(name, errors="ignore")
            left = fault.object[fault.start :]
            # One last byte from 0xE0 on may be an accented letter of Windows-1252; anything else was cut off.
            cut_off = not piece and (len(left) > 1 or left[0] < _FIRST_LETTER)
            return _Fault(cut_off, seen or not before.isascii())
        seen = seen or not text.isascii()
        if not piece:
            return None


def _without_mark(first: bytes) -> str:
    """Return UTF-16 where every other byte of the beginning is mostly zero, else UTF-8."""
    even, odd = first[0::2].count(0), first[1::2].count(0)
    most = len(first) // 4
    if odd > most and even == 0:
        return "utf-16-le"
    if even > most and odd == 0:
        return "utf-16-be"
    return "utf-8"
