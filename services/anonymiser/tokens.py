"""A text as parallel lists of words: where each stands, how it is written and what the lexicon knows of it."""

import re
from collections.abc import Iterator
from itertools import accumulate, compress
from typing import Final, cast

from services.anonymiser.forms import (
    DIGITS,
    LOWER,
    ROLES,
    SELF,
    SHAPE_BITS,
    SINGLE,
    TITLE,
    UPPER,
    Form,
    forms_of,
)
from services.anonymiser.lexicon import KEEP, NAME, ORDINARY, Lexicon

__all__ = ["DIGITS", "LOWER", "SINGLE", "TITLE", "UPPER", "Tokens"]

_WORD = re.compile(r"([^\W\d_]+(?:'[^\W\d_]+)*|\d+)")
_SENTENCE_END = re.compile(r"[.!?:;\n\"(]|' |- |…|•|–|—")
_UPPER_SHARE = 0.6
_FEW = 4
_SHAPES: Final = bytes(case & SHAPE_BITS for case in range(256))
# For each bit the table that turns a column of bytes into ones and noughts.
_WITH_BIT: Final = {1 << bit: bytes(value >> bit & 1 for value in range(256)) for bit in range(8)}


class Tokens:
    """The words of one text, as lists of one length.

    Attributes:
        text: what was read.
        starts, ends: offsets into ``text``; a possessive ending is outside.
        keys: the words folded; a possessive ending is cut off.
        kinds: the lexicon's bits; 0 for a word that nothing explains.
        shapes: LOWER, TITLE, UPPER, SINGLE (one capital) or DIGITS.
        possessive: the indexes of the words with a possessive ending.
        cased: whether capitals tell anything in this text.
        shouted: whether the text (or each word of it) is in capitals, so that they tell nothing.
    """

    __slots__ = (
        "_case",
        "_gaps",
        "_roles",
        "cased",
        "ends",
        "keys",
        "kinds",
        "possessive",
        "shapes",
        "shouted",
        "starts",
        "text",
    )

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        parts = _WORD.split(text)  # what stands before the first word, the word, what stands before the second ...
        words = parts[1::2]
        bounds = list(accumulate(map(len, parts)))
        self.starts = bounds[:-1:2]
        ends = self.ends = bounds[1::2]
        gaps = self._gaps = parts[::2]
        gaps[0] = "\n"  # the first word begins a sentence
        forms = forms_of(lexicon)
        read: list[Form | None] = forms.look_up(words)
        for index in [at for at, form in enumerate(read) if form is None]:
            read[index] = forms.read(words[index], marked=_SENTENCE_END.search(gaps[index]) is None)
        columns = list(zip(*cast("list[Form]", read), strict=True)) or [()] * 5
        self.keys: list[str] = list(columns[0])
        self.kinds: list[int] = list(columns[1])
        self._case = bytes(columns[2])
        self._roles = bytes(columns[3])
        self.shapes = self._case.translate(_SHAPES)
        self.possessive = frozenset(compress(range(len(words)), columns[4]) if True in columns[4] else ())
        for index in self.possessive:
            ends[index] -= 2
        self._read_case()

    def _read_case(self) -> None:
        shapes = self.shapes
        uppers, titles = shapes.count(UPPER), shapes.count(TITLE)
        words = uppers + titles + shapes.count(LOWER)
        self.shouted = words > _FEW and max(uppers, titles) > _UPPER_SHARE * words
        selves = [shapes[at] for at in self.signed(SELF)]
        small = selves.count(LOWER)
        self.cased = not self.shouted and titles + len(selves) - small > small

    def __len__(self) -> int:
        """Return how many words there are."""
        return len(self.keys)

    def signed(self, sign: int) -> list[int]:
        """Return the indexes of the words with one of the signs of a form's case (``SELF`` to ``COUNTED``)."""
        return _select(self._case, sign)

    def in_role(self, role: int) -> list[int]:
        """Return the indexes of the words in ``role`` (``TIMED`` or ``UNORDINARY``)."""
        return _select(self._roles, role)

    def of_kind(self, kind: int) -> list[int]:
        """Return the indexes of the words that detectors look up by ``kind``, one of ``ROLES``, in order."""
        return _select(self._roles, ROLES[kind])

    def gap(self, index: int) -> str:
        """Return what stands between the word before ``index`` (with its possessive ending) and the word at it."""
        return self._gaps[index]

    def opens_sentence(self, index: int) -> bool:
        """Tell whether the word at ``index`` begins a sentence, a line or quoted speech."""
        if index == 0:
            return True
        gap = self._gaps[index]
        if gap == " ":
            return False
        if gap == ". " and self.shapes[index - 1] == SINGLE and self.keys[index - 1] != "i":
            return False  # "T. Whitcombe"
        return _SENTENCE_END.search(gap) is not None

    def stands_out(self, index: int) -> bool:
        """Tell whether a capital inside a sentence marks the word at ``index``."""
        return self.shapes[index] == TITLE and not self.shouted and not self.opens_sentence(index)

    def is_capital(self, index: int) -> bool:
        """Tell whether the word at ``index`` has a capital where capitals tell something."""
        return self.shapes[index] == TITLE and not self.shouted

    def unordinary(self) -> Iterator[str]:
        """Yield the words that are neither ordinary nor kept."""
        for key, kind in zip(self.keys, self.kinds, strict=True):
            if not kind & (ORDINARY | KEEP):
                yield key

    def is_plain_name(self, index: int) -> bool:
        """Tell whether the word at ``index`` is in the name lists and is no ordinary or kept word."""
        kind = self.kinds[index]
        return bool(kind & NAME) and not kind & (ORDINARY | KEEP)


def _select(column: bytes, bit: int) -> list[int]:
    chosen = column.translate(_WITH_BIT[bit])
    return list(compress(range(len(chosen)), chosen)) if 1 in chosen else []
