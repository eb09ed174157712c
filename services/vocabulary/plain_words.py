"""Words that need no explanation, and words that may be somebody's name: the last look at words that people write.

It reads the word lists that the pseudonymiser reads too, and lies below the services, so that the themer can look at a
sentence that a reviewer wrote without calling another service. It is stricter than the pseudonymiser: what is not an
ordinary word or a kept term may be a name, and the reviewer says it in another way.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from typing import Final

from services.vocabulary.datafiles import load_yaml

_FOLDER: Final = ("vocabularies", "anonymiser")
_WORD: Final = re.compile(r"(?<![^\W_])[^\W\d_]+(?:['’-][^\W\d_]+)*")
_PARTS: Final = re.compile(r"['’-]")
_OPENS: Final = re.compile(r"(?:\A|[.!?…:][\"'’”)]*\s|\n|[‘“\"])[\s\"'‘“(]*\Z")
_LONG_NUMBER: Final = re.compile(r"\d(?:[\s./-]*\d){4,}")
_MIXED: Final = re.compile(r"(?=\w*\d)(?=\w*[^\W\d_])(?!\d+(?:st|nd|rd|th|s|am|pm)\b)\w+")
_ADDRESS: Final = re.compile(r"@|https?:|www\.|\.(?:com|org|net|uk)\b", re.IGNORECASE)
_BRACKET: Final = re.compile(r"[\[\]<>{}]")
_ACRONYM: Final = 5
_LEAST_STEM: Final = 2
_SHORT_STEM: Final = 3
#: What stays of a word with an apostrophe: "they'll", "women's", "o'clock".
_AFTER_APOSTROPHE: Final = frozenset({"s", "t", "d", "m", "ll", "re", "ve", "clock"})


class PlainWords:
    """The look-ups: ordinary words with their endings, kept terms, and names."""

    def __init__(self) -> None:
        ordinary = load_yaml(*_FOLDER, "ordinary_words.yaml")
        self.ordinary = frozenset(word for listed in ordinary["words"].values() for word in listed.split())
        self._endings = tuple(sorted(ordinary["endings"].split(), key=len, reverse=True))
        self._beginnings = tuple(sorted(ordinary["beginnings"].split(), key=len, reverse=True))
        kept = load_yaml(*_FOLDER, "keep.yaml")["groups"].values()
        terms = [tuple(_keys(term)) for listed in kept for term in listed.replace("\n", " ").split(",")]
        self._kept: dict[str, list[tuple[str, ...]]] = {}
        for term in sorted({term for term in terms if term}, key=lambda words: (-len(words), words)):
            self._kept.setdefault(term[0], []).append(term)
        self.names = frozenset(
            fold(word)
            for name in ("given_names.yaml", "surnames.yaml")
            for listed in load_yaml(*_FOLDER, name)["groups"].values()
            for word in listed.split()
        )

    def is_ordinary(self, word: str) -> bool:
        """Say whether a folded word is an ordinary one, as it is or by its beginning and ending."""
        if word in self.ordinary or self._is_inflected(word):
            return True
        rests = (word[len(start) :] for start in self._beginnings if word.startswith(start))
        return any(len(rest) > _SHORT_STEM and (rest in self.ordinary or self._is_inflected(rest)) for rest in rests)

    def is_beginning(self, part: str) -> bool:
        """Say whether a part of a word is one that ordinary words begin with, as in "re-housing"."""
        return part in self._beginnings

    def kept_at(self, keys: list[str], index: int) -> int:
        """Return how many words a kept term takes that begins there; 0: none does."""
        for term in self._kept.get(keys[index], ()):
            if tuple(keys[index : index + len(term)]) == term:
                return len(term)
        return 0

    def _is_inflected(self, word: str) -> bool:
        for ending in self._endings:
            stem = word.removesuffix(ending)
            if stem == word or len(stem) < _LEAST_STEM:
                continue
            if stem in self.ordinary:
                return True
            if len(stem) < _SHORT_STEM:
                continue
            vowel = ending[0] in "aeiouy"
            if vowel and (stem + "e" in self.ordinary or (stem[-1] == stem[-2] and stem[:-1] in self.ordinary)):
                return True
            if stem[-1] == "i" and stem[:-1] + "y" in self.ordinary:
                return True
        return False


def words_of(text: str) -> list[tuple[int, int, str]]:
    """Return the words of a text with their offsets, as they stand there."""
    return [(token.start(), token.end(), token[0]) for token in _WORD.finditer(text)]


def fold(word: str) -> str:
    """Return a word in small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def name_like(text: str, *, known: Collection[str] = ()) -> list[tuple[int, int, str]]:
    """Return what may point to a person: start, end and the rule, in the order of the text; none: nothing was found.

    Args:
        text: a sentence or a few.
        known: words that were looked at before in the same sense, as they stood there (those of the text as the
            pseudonymiser gave it, without its doubts).
    """
    found = [
        (match.start(), match.end(), rule)
        for rule, pattern in (
            ("bracket", _BRACKET),
            ("address", _ADDRESS),
            ("long-number", _LONG_NUMBER),
            ("number-with-letters", _MIXED),
        )
        for match in pattern.finditer(text)
    ]
    words = plain_words()
    tokens = list(_WORD.finditer(text))
    keys = [fold(token[0]).replace("’", "'") for token in tokens]
    index = 0
    while index < len(tokens):
        taken = words.kept_at(keys, index)
        if taken:
            index += taken
            continue
        token = tokens[index]
        opens = _OPENS.search(text[: token.start()]) is not None
        if token[0] not in known and not _is_plain(token[0], opens=opens, words=words):
            found.append((token.start(), token.end(), "possible-name"))
        index += 1
    return sorted(set(found))


def _is_plain(word: str, *, opens: bool, words: PlainWords) -> bool:
    if word == "I" or (word.isupper() and 1 < len(word) <= _ACRONYM):
        return True
    capital = word[0].isupper()
    if capital and not opens:
        return False
    parts = [fold(part) for part in _PARTS.split(word)]
    if capital and parts[0] in words.names:
        return False
    rest = parts[1:] if "-" in word else [part for part in parts[1:] if part not in _AFTER_APOSTROPHE]
    return all(words.is_ordinary(part) or words.is_beginning(part) or len(part) == 1 for part in [parts[0], *rest])


def _keys(term: str) -> list[str]:
    return [fold(word[0]).replace("’", "'") for word in _WORD.finditer(term.strip())]


@cache
def plain_words() -> PlainWords:
    """Return the one set of look-ups of the process, read at first use.

    Raises:
        DataFileError: a word list is missing or broken.
    """
    return PlainWords()
