"""A text as parallel lists of words: where each stands, how it is written and what the lexicon knows of it."""

import re
from collections.abc import Iterator

from services.anonymiser.lexicon import GIVEN, KEEP, NAME, ORDINARY, SURNAME, Lexicon, fold

LOWER, TITLE, UPPER, SINGLE, DIGITS = range(5)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+")
_CONTRACTIONS = ("'ll", "'ve", "'re", "'d")
_KEPT_WHOLE = frozenset({"i'll", "i've", "i'd", "we'll", "we're", "we'd", "you're", "they're", "she'll", "he'll"})
_SENTENCE_END = re.compile(r"[.!?:;\n\"(]|' |- |…|•|–|—")
_UPPER_SHARE = 0.6
_FEW = 4
_SELF = frozenset({"i", "im", "ive"})


class Tokens:
    """The words of one text, as lists of one length.

    Attributes:
        text: what was read.
        starts, ends: offsets into ``text``; a possessive ending is outside.
        keys: the words folded; a possessive ending is cut off.
        kinds: the lexicon's bits; 0 for a word that nothing explains.
        shapes: LOWER, TITLE, UPPER, SINGLE (one capital) or DIGITS.
        possessive: indexes of the words with a possessive ending.
        cased: whether capitals tell anything in this text.
        shouted: whether the text (or each word of it) is in capitals, so that they tell nothing.
    """

    __slots__ = ("cased", "ends", "keys", "kinds", "possessive", "shapes", "shouted", "starts", "text")

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        starts: list[int] = []
        ends: list[int] = []
        keys: list[str] = []
        kinds: list[int] = []
        shapes: list[int] = []
        possessive: set[int] = set()
        known = lexicon.kinds.get
        lower_text = text.lower() if text.isascii() else None
        for found in _WORD.finditer(text):
            start, end = found.span()
            key = lower_text[start:end] if lower_text is not None else fold(text[start:end])
            kind = known(key)
            if kind is None:
                if "'" in key:
                    key, end = _cut_possessive(key, end, possessive, len(keys))
                    kind = known(key)
                if kind is None:
                    kind = 0 if key[0].isdigit() else lexicon.kind(key, capital=_marked(text, ends, start))
            elif "'" in key and key.endswith("'s") and not kind & ORDINARY:
                key, end = _cut_possessive(key, end, possessive, len(keys))
                kind = lexicon.kind(key, capital=_marked(text, ends, start))
            elif (
                kind & SURNAME and not kind & (ORDINARY | GIVEN) and text[start].islower() and lexicon.is_inflected(key)
            ):
                kind |= ORDINARY  # "he parks there"
            starts.append(start)
            ends.append(end)
            keys.append(key)
            kinds.append(kind)
            first = text[start]
            if first.isupper():
                if end - start == 1:
                    shapes.append(SINGLE)
                else:
                    shapes.append(UPPER if text[start:end].isupper() else TITLE)
            elif first.isdigit():
                shapes.append(DIGITS)
            else:
                shapes.append(LOWER)
        self.starts, self.ends, self.keys, self.kinds, self.shapes = starts, ends, keys, kinds, shapes
        self.possessive = frozenset(possessive)
        self._read_case()

    def _read_case(self) -> None:
        shapes = self.shapes
        uppers, titles = shapes.count(UPPER), shapes.count(TITLE)
        words = uppers + titles + shapes.count(LOWER)
        self.shouted = words > _FEW and max(uppers, titles) > _UPPER_SHARE * words
        selves = [shapes[at] for at, key in enumerate(self.keys) if key in _SELF]
        small = selves.count(LOWER)
        self.cased = not self.shouted and titles + len(selves) - small > small

    def __len__(self) -> int:
        """Return how many words there are."""
        return len(self.keys)

    def of_kind(self, kind: int) -> list[int]:
        """Return the indexes of the words that have a bit of ``kind``, in order."""
        return [index for index, own in enumerate(self.kinds) if own & kind]

    def gap(self, index: int) -> str:
        """Return what stands between the word before ``index`` (with its possessive ending) and the word at it."""
        if index == 0:
            return "\n"
        before = index - 1
        return self.text[self.ends[before] + 2 * (before in self.possessive) : self.starts[index]]

    def opens_sentence(self, index: int) -> bool:
        """Tell whether the word at ``index`` begins a sentence, a line or quoted speech."""
        if index == 0:
            return True
        gap = self.gap(index)
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


def _marked(text: str, ends: list[int], start: int) -> bool:
    """Tell whether a capital at ``start`` stands inside a sentence."""
    return text[start].isupper() and bool(ends) and _SENTENCE_END.search(text[ends[-1] : start]) is None


def _cut_possessive(key: str, end: int, possessive: set[int], index: int) -> tuple[str, int]:
    if key.endswith("'s"):
        possessive.add(index)
        return key[:-2], end - 2
    for ending in _CONTRACTIONS:
        if key.endswith(ending) and len(key) > len(ending) + 1 and key not in _KEPT_WHOLE:
            return key[: -len(ending)], end
    return key.replace("'", ""), end
