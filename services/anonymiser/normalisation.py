"""One reading of a text, whatever its quotes, spaces and spaced-out letters, with the way back to its offsets."""

import re
import unicodedata
from functools import lru_cache

from services.anonymiser.silhouette import Silhouette

_SIMPLE = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201b": "'",
    "\u02bc": "'",
    "\u02bb": "'",
    "\u0060": "'",
    "\u00b4": "'",
    "\u2032": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u2033": '"',
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u00a0": " ",
    "\u2007": " ",
    "\u2009": " ",
    "\u200a": " ",
    "\u202f": " ",
    "\u3000": " ",
    "\t": " ",
}
_PLAIN = str.maketrans(_SIMPLE)
_REMOVED = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"
_LINE_BREAK = re.compile(r"(?<=[^\W\d_])-\r?\n[ \t]*(?=[^\W\d_])")
_SPACED = re.compile(r"(?<![\w'.])[^\W\d_](?:([ .-])[^\W\d_](?:\1[^\W\d_])+)(?![\w'])")
_RANK = re.compile(r"\b[pdPD]\.[csiCSI]\.(?= )")
_SPACED_OUTLINES = (b" a a ", b".a.a.", b"-a-a-")  # the two inner of four letters
_SHORTEST_SPACED = 4
_INITIALS = re.compile(r"[A-Z](?:\.[A-Z])+")


class Normalised:
    """A text as the detectors read it.

    Attributes:
        text: the reading.
        offsets: for every position in ``text`` (and its end) the position in the original, or None when they are the
            same.
    """

    __slots__ = ("offsets", "size", "text")

    def __init__(self, text: str, offsets: list[int] | None, size: int) -> None:
        self.text = text
        self.offsets = offsets
        self.size = size

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original that the span ``start:end`` of the reading came from."""
        if self.offsets is None:
            return start, end
        first = self.offsets[start]
        last = self.offsets[end - 1] + 1 if end > start else first
        following = self.offsets[end]
        # characters that the reading left out or merged (accents, soft hyphens) belong to the letter before them
        return first, max(last, following) if end > start and following - last < _SHORTEST_SPACED else last


def normalise(text: str) -> Normalised:
    """Return the reading of ``text``: plain quotes and spaces, no invisible characters, joined letters and lines."""
    if text.isascii():
        return _join(text, None, len(text))
    plain = text.translate(_PLAIN)
    if not any(map(_changes, set(plain))):
        return _join(plain, None, len(text))
    characters: list[str] = []
    offsets: list[int] = []
    changed = False
    for position, character in enumerate(text):
        if character in _REMOVED:
            changed = True
            continue
        if unicodedata.combining(character) and characters:
            composed = unicodedata.normalize("NFC", characters[-1] + character)
            changed = True
            if len(composed) == 1:
                characters[-1] = composed
            continue
        plain = _SIMPLE.get(character, character)
        if not plain.isascii():
            plain = unicodedata.normalize("NFKC", plain)
        characters.extend(plain)
        offsets.extend([position] * len(plain))
        changed = changed or len(plain) != 1
    offsets.append(len(text))
    return _join("".join(characters), offsets if changed else None, len(text))


@lru_cache(maxsize=4096)
def _changes(character: str) -> bool:
    """Tell whether a character is left out, merged with the one before it, or read as something else."""
    return not character.isascii() and (
        character in _REMOVED
        or bool(unicodedata.combining(character))
        or not unicodedata.is_normalized("NFKC", character)
    )


def _join(text: str, offsets: list[int] | None, size: int) -> Normalised:
    cuts: list[tuple[int, int]] = []
    if "-\n" in text or "-\r\n" in text:
        cuts.extend((found.start(), found.end()) for found in _LINE_BREAK.finditer(text))
    if ". " in text:
        cuts.extend((found.start() + 1, found.start() + 2) for found in _RANK.finditer(text))
    spaced = _SPACED.finditer(text) if Silhouette(text).may_hold(*_SPACED_OUTLINES) else ()
    for found in spaced:
        letters = found.group()
        if len(letters[::2]) < _SHORTEST_SPACED or _INITIALS.fullmatch(letters):
            continue
        cuts.extend((found.start() + step, found.start() + step + 1) for step in range(1, len(letters), 2))
    if not cuts:
        return Normalised(text, offsets, size)
    parts: list[str] = []
    kept: list[int] = []
    source = offsets if offsets is not None else list(range(size + 1))
    position = 0
    for start, end in sorted(cuts):
        parts.append(text[position:start])
        kept.extend(source[position:start])
        position = end
    parts.append(text[position:])
    kept.extend(source[position:])
    return Normalised("".join(parts), kept, size)
