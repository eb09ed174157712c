"""A text as parallel lists of words: where each stands, how it is written and what the lexicon knows of it."""

import re

from services.anonymiser.lexicon import GIVEN, KEEP, NAME, ORDINARY, SURNAME, Lexicon, fold

LOWER, TITLE, UPPER, SINGLE, DIGITS = range(5)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+")
_CONTRACTIONS = ("'ll", "'ve", "'re", "'d")
_KEPT_WHOLE = frozenset({"i'll", "i've", "i'd", "we'll", "we're", "we'd", "you're", "they're", "she'll", "he'll"})
_SENTENCE_END = re.compile(r"[.!?:;\n\"(]|' |- |…|•|–|—")
_UPPER_SHARE = 0.6
_FEW = 4


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
            if lower_text is not None:
                key = lower_text[start:end]
            else:
                key = fold(text[start:end])
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
        letters = [shape for shape, key in zip(self.shapes, self.keys, strict=True) if len(key) > 1 and shape != DIGITS]
        uppers = letters.count(UPPER)
        titles = letters.count(TITLE)
        self.shouted = bool(letters) and max(uppers, titles) / len(letters) > _UPPER_SHARE and len(letters) > _FEW
        small_i = capital_i = opened = 0
        for index, key in enumerate(self.keys):
            if key in ("i", "im", "ive"):
                if self.shapes[index] == LOWER:
                    small_i += 1
                else:
                    capital_i += 1
            elif self.shapes[index] == TITLE:
                opened += 1
        self.cased = not self.shouted and (capital_i + opened > small_i) and capital_i + opened > 0

    def __len__(self) -> int:
        """Return how many words there are."""
        return len(self.keys)

    def gap(self, index: int) -> str:
        """Return what stands between the word before ``index`` (with its possessive ending) and the word at it."""
        if index == 0:
            return "\n"
        before = index - 1
        return self.text[self.ends[before] + 2 * (before in self.possessive) : self.starts[index]]

    def opens_sentence(self, index: int) -> bool:
        """Tell whether the word at ``index`` begins a sentence, a line or quoted speech."""
        return index == 0 or _SENTENCE_END.search(self.gap(index)) is not None

    def stands_out(self, index: int) -> bool:
        """Tell whether a capital inside a sentence marks the word at ``index``."""
        return self.shapes[index] == TITLE and not self.shouted and not self.opens_sentence(index)

    def is_capital(self, index: int) -> bool:
        """Tell whether the word at ``index`` has a capital where capitals tell something."""
        return self.shapes[index] == TITLE and not self.shouted

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
