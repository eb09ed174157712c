"""Brings a text to a row of plain words with offsets, the same way for cues and for what is read.

``didn't``, ``didnt`` and ``did not`` become the same two words; ``believed`` and ``believing`` one stem. A placeholder
that the anonymiser left (``[PERSON-1]``) is a word that matches nothing and that no evidence may touch. The tables
are in ``schemas/vocabularies/safeguarding/wording.yaml``. Shared by the safeguarding detector and the themer.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import msgspec

from services.vocabulary.datafiles import load_yaml

_WORD = r"[^\W_]+(?:['’‘][^\W_]+)*"
WORD = re.compile(_WORD)
"""One written word, as :func:`read` takes it."""
_STOP = r"[.!?;\n…]+"
STOP = re.compile(_STOP)
"""What ends a sentence."""
_PIECE = re.compile(
    r"(?P<placeholder>\[[A-Z]{2,}[^\[\]\n]{0,80}\])"
    rf"|(?P<word>{_WORD})"
    rf"|(?P<stop>{_STOP})"
    r"|(?P<pause>[,:()–—]|\s-\s)"
)
_VOWEL = re.compile(r"[aeiouy]")
_OPEN_SHORT = re.compile(r"(?:qu|[^aeiouy])*[aeiouy][^aeiouwxy]")
"""A short syllable as in ``not``: an ``e`` behind it makes another word (``note``)."""
_SHORT = 3
BREAK = "."
"""The word that stands between two sentences; no cue holds it."""
PLACEHOLDER = "[]"
"""The word that stands for anything the anonymiser replaced; no cue holds it."""
WordsOf = Callable[[str], tuple[str, ...]]
"""How one written word becomes the words that are compared: :func:`plain_words` or :func:`spoken_words`."""
SENTENCE_GAP = 4
"""How many words a sentence boundary counts for when the distance of two words is measured."""


class Reading(msgspec.Struct, frozen=True):
    """A text as words.

    All lists are parallel. ``words`` holds stems, :data:`BREAK` between sentences and :data:`PLACEHOLDER`; one
    written word may give two entries (``didn't``), which then share their offsets.

    Attributes:
        words: stems, in the order of the text.
        starts: offset of the first character of each.
        ends: offset after the last character of each.
        places: position of each, in words, a sentence boundary counting :data:`SENTENCE_GAP`.
        clauses: number of the clause each is in, from 0; a comma, a dash, a sentence end or "but" opens one.
        sentences: number of the sentence each is in, from 0.
        placeholders: offsets of the placeholders.
    """

    words: list[str]
    starts: list[int]
    ends: list[int]
    places: list[int]
    clauses: list[int]
    sentences: list[int]
    placeholders: list[tuple[int, int]]


class _Tables(msgspec.Struct, frozen=True):
    contractions: dict[str, str]
    irregular: dict[str, str]
    kept: frozenset[str]
    with_is: frozenset[str]


@cache
def _tables() -> _Tables:
    raw: dict[str, Any] = load_yaml("vocabularies", "safeguarding", "wording.yaml")
    return _Tables(
        contractions=raw["contractions"],
        irregular=raw["irregular"],
        kept=frozenset(raw["endings_kept"]),
        with_is=frozenset(raw["with_is"]),
    )


def _undouble(stem: str) -> str:
    """Return ``stop`` for ``stopp``; ``call``, ``kiss`` and ``stuff`` keep their double letters."""
    if len(stem) > _SHORT and stem[-1] == stem[-2] and stem[-1] not in "lsfz":
        return stem[:-1]
    return stem


def _without_plural(word: str) -> str:
    if word.endswith("ies") and len(word) > _SHORT + 1:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_ending(word: str) -> str:
    """Return the word without ``ing`` or ``ed``: ``stopping`` is ``stop``, ``noting`` is ``note``."""
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORT - 1 and _VOWEL.search(stem) and not word.endswith("eed"):
            if stem.endswith("i"):
                return stem[:-1] + "y"
            return f"{stem}e" if _OPEN_SHORT.fullmatch(stem) else _undouble(stem)
    return word


def _is_whole(word: str) -> bool:
    return word in _tables().kept or len(word) <= _SHORT


@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """Return the stem of one lower-case word: a light, predictable cut, not a linguist's."""
    irregular = _tables().irregular
    plain = irregular.get(word)
    if plain is None:
        plain = word if _is_whole(word) else _without_plural(word)
        plain = irregular.get(plain) or (plain if _is_whole(plain) else _without_ending(plain))
    if len(plain) > _SHORT and plain.endswith("e") and not _OPEN_SHORT.fullmatch(plain[:-1]):
        plain = plain[:-1]
    return plain


_SHORTENED = {"re": "are", "ve": "have", "ll": "will", "m": "am", "d": "would"}


@lru_cache(maxsize=8_192)
def spoken_words(written: str) -> tuple[str, ...]:
    """Return the full words that one written word stands for, their tense kept: ``he's`` is ``he is``."""
    word = written.lower().replace("’", "'").replace("‘", "'")
    spelt = _tables().contractions.get(word)
    if spelt is not None:
        return tuple(spelt.split())
    if word.endswith("n't"):
        return word[:-3], "not"
    front, mark, back = word.rpartition("'")
    front = front.replace("'", "")
    if mark and back in _SHORTENED:
        return front, _SHORTENED[back]
    if mark and back == "s":
        return (front, "is") if front in _tables().with_is else (front,)
    return (front + back,)


@lru_cache(maxsize=8_192)
def plain_words(written: str) -> tuple[str, ...]:
    """Return the stems that one written word stands for."""
    return tuple(stem(word) for word in spoken_words(written))


def written_words(text: str) -> list[str]:
    """Return the words as they are written, without signs: ``a&e`` is two, ``didn't`` one."""
    return [piece.group() for piece in _PIECE.finditer(text) if piece.lastgroup == "word"]


def read(text: str, words_of: WordsOf = plain_words) -> Reading:
    """Return ``text`` as words with offsets: stems, or full words with ``words_of=spoken_words``.

    Sentences end at ``. ! ? ; …`` and at a line's end; clauses also at a comma, bracket, dash and the word "but".
    """
    reading = Reading([], [], [], [], [], [], [])
    words, starts, ends, places = reading.words, reading.starts, reading.ends, reading.places
    clauses, sentences = reading.clauses, reading.sentences
    place = clause = sentence = 0
    for piece in _PIECE.finditer(text):
        kind = piece.lastgroup
        if kind == "pause":
            clause += 1
            continue
        start, end = piece.span()
        if kind == "stop":
            if words and words[-1] != BREAK:
                found: tuple[str, ...] = (BREAK,)
                clause += 1
                place += SENTENCE_GAP - 1
            else:
                continue
        elif kind == "placeholder":
            found = (PLACEHOLDER,)
            reading.placeholders.append((start, end))
        else:
            found = words_of(piece.group())
            if found == ("but",):
                clause += 1
        count = len(found)
        words += found
        if count == 1:
            starts.append(start)
            ends.append(end)
            places.append(place)
            clauses.append(clause)
            sentences.append(sentence)
        else:
            starts += [start] * count
            ends += [end] * count
            places += range(place, place + count)
            clauses += [clause] * count
            sentences += [sentence] * count
        place += count
        if kind == "stop":
            sentence += 1
    return reading


def stemmed(reading: Reading) -> Reading:
    """Return a reading of full words as one of stems; all but the words is shared, not copied.

    ``stemmed(read(text, spoken_words))`` is ``read(text)``: who needs both reads once.
    """
    words = [word if word in (BREAK, PLACEHOLDER) else stem(word) for word in reading.words]
    return msgspec.structs.replace(reading, words=words)


def spans_between(reading: Reading, first: int, last: int) -> list[tuple[int, int]]:
    """Return the offsets from word ``first`` to word ``last`` inclusive, cut so that no placeholder is touched."""
    spans: list[tuple[int, int]] = []
    for at in range(first, last + 1):
        if reading.words[at] in (BREAK, PLACEHOLDER):
            continue
        start, end = reading.starts[at], reading.ends[at]
        joins = at > first and reading.words[at - 1] not in (BREAK, PLACEHOLDER)
        if spans and (joins or spans[-1] == (start, end)):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order of the text, those that overlap or touch joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    assert all(left[1] < right[0] for left, right in pairwise(joined))
    return joined
