"""Cues: small expressions over words, found in one pass with an automaton.

A cue is written the way a person would say it, and may join parts::

    nobody believed me                    the words in a row (any form of each: believe, believed, believing)
    @police & @not_believed               both, in either order, within twelve words of each other
    took | kept & phone /6                one of two, and another, within six words
    @police & came ~ @kindly              the first two, but not where the third is as near

``@name`` stands for a list of phrases of the lexicon, and ``a | b`` for a list written on the spot. A sentence
boundary counts four words, so that a cue may cross a full stop but not a paragraph. Cues and texts go through
``wording.read``.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

import ahocorasick
import msgspec

from services.errors import DataFileError
from services.safeguarding.glance import Glance
from services.safeguarding.wording import Reading, WordsOf, plain_words, written_words

WHOLE = "whole"
"""The word list whose phrases are taken whole: in "housing officer" no cue finds an officer."""
WINDOW = 12
"""How far apart, in words, the parts of a cue may stand unless the cue says so."""


_BY_ORDER = itemgetter(0, 1)


class Cue(msgspec.Struct, frozen=True):
    """One cue: what it looks for, what it says, and how strongly."""

    owner: str
    said: str
    weight: float
    group: str = ""


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A cue found: the words of each of its parts as (first, last) indices into the reading."""

    cue: Cue
    parts: tuple[tuple[int, int], ...]


class _Compiled(msgspec.Struct, frozen=True):
    order: int
    cue: Cue
    wanted: tuple[int, ...]
    needs: frozenset[int]
    unwanted: tuple[int, ...]
    window: int


def _phrase(said: str, words_of: WordsOf) -> tuple[str, ...]:
    return tuple(word for written in written_words(said) for word in words_of(written))


def _members(name: str, lexicon: Mapping[str, list[str]], above: tuple[str, ...] = ()) -> list[str]:
    """Return the phrases of a list, those of the lists it names included."""
    if name not in lexicon or name in above:
        raise DataFileError(f"A cue names the word list @{name}, which is missing or names itself.")
    members: list[str] = []
    for member in lexicon[name]:
        members += _members(member[1:], lexicon, (*above, name)) if member.startswith("@") else [member]
    return members


class PhraseBook:
    """Every cue of one bank, compiled once; ``find`` is a pure function of the reading."""

    def __init__(self, cues: Iterable[Cue], lexicon: Mapping[str, list[str]], words_of: WordsOf = plain_words) -> None:
        """Compile; ``words_of`` has to be the one that the texts are read with.

        Raises:
            DataFileError: a cue is empty or names a word list that is missing.
        """
        self._lexicon = lexicon
        self._words_of = words_of
        self._numbers: dict[str, int] = {}
        self._parts: dict[str, int] = {}
        self._part_phrases: list[list[tuple[str, ...]]] = []
        self._alone: dict[int, list[_Compiled]] = {}
        self._anchored: dict[int, dict[int, list[_Compiled]]] = {}
        self._compiled: list[_Compiled] = []
        seen: dict[tuple[str, str, str], int] = {}
        for number, cue in enumerate(cues):
            compiled = self._compile(cue, seen.setdefault((cue.owner, cue.said, cue.group), number))
            self._compiled.append(compiled)
            if len(compiled.wanted) == 1 and not compiled.unwanted:
                self._alone.setdefault(compiled.wanted[0], []).append(compiled)
            else:
                second = compiled.wanted[min(1, len(compiled.wanted) - 1)]
                self._anchored.setdefault(compiled.wanted[0], {}).setdefault(second, []).append(compiled)
        self._whole = self._part(f"@{WHOLE}", Cue(WHOLE, "", 1.0)) if WHOLE in lexicon else -1
        self._automaton = self._build()

    def _part(self, said: str, cue: Cue) -> int:
        said = " ".join(said.split())
        if said not in self._parts:
            phrases: dict[tuple[str, ...], None] = {}
            for choice in said.split(" | "):
                choice = choice.strip()  # noqa: PLW2901 - the trimmed choice is the choice
                named = _members(choice[1:], self._lexicon) if choice.startswith("@") else [choice]
                for member in named:
                    phrases[_phrase(member, self._words_of)] = None
            if () in phrases:
                raise DataFileError(f"A cue of {cue.owner} has an empty part.")
            self._parts[said] = len(self._part_phrases)
            self._part_phrases.append(list(phrases))
        return self._parts[said]

    def _compile(self, cue: Cue, order: int) -> _Compiled:
        said, slash, window = cue.said.rpartition(" /")
        if not slash:
            said, window = cue.said, str(WINDOW)
        wanted, *unwanted = said.split(" ~ ")
        if not window.strip().isdigit():
            raise DataFileError(f"A cue of {cue.owner} has a distance that is not a number.")
        parts = tuple(self._part(part, cue) for part in wanted.split(" & "))
        return _Compiled(
            order=order,
            cue=cue,
            wanted=parts,
            needs=frozenset(parts),
            unwanted=tuple(self._part(part, cue) for part in unwanted),
            window=int(window),
        )

    def glance(self, besides: str = "") -> Glance:
        """Return what tells cheaply that a text holds none of the cues, those of one owner left aside."""
        wanted = [compiled.wanted for compiled in self._compiled if compiled.cue.owner != besides]
        return Glance(wanted, dict(enumerate(self._part_phrases)), self._words_of)

    def _build(self) -> Any:
        entries: dict[tuple[int, ...], tuple[int, list[int]]] = {}
        for part, phrases in enumerate(self._part_phrases):
            for phrase in phrases:
                key = tuple(self._numbers.setdefault(word, len(self._numbers) + 1) for word in phrase)
                entries.setdefault(key, (len(key), []))[1].append(part)
        automaton = ahocorasick.Automaton(ahocorasick.STORE_ANY, ahocorasick.KEY_SEQUENCE)
        for key, entry in entries.items():
            automaton.add_word(key, entry)
        if entries:
            automaton.make_automaton()
        return automaton

    def find(self, reading: Reading, closed: Iterable[int] = ()) -> list[Hit]:
        """Return every cue found, in the order of the bank; a cue is reported once for each place of its first part.

        Args:
            reading: the text as words.
            closed: indices of words that no cue may use (what the speaker denies).
        """
        if not self._numbers or not reading.words:
            return []
        found = self._places_of(reading, frozenset(closed))
        hits: list[tuple[int, tuple[tuple[int, int], ...], Cue]] = []
        for part in found.keys() & self._alone.keys():
            for compiled in self._alone[part]:
                hits += [(compiled.order, (at,), compiled.cue) for at in found[part]]
        for part in found.keys() & self._anchored.keys():
            seconds = self._anchored[part]
            for second in seconds.keys() & found.keys():
                for compiled in seconds[second]:
                    if found.keys() >= compiled.needs:
                        joined = _joined(compiled, found, reading.places)
                        hits += [(compiled.order, parts, compiled.cue) for parts in joined]
        hits.sort(key=_BY_ORDER)
        return [Hit(cue, parts) for _, parts, cue in hits]

    def _places_of(self, reading: Reading, shut: frozenset[int]) -> dict[int, list[tuple[int, int]]]:
        """Return where each part of any cue stands, mere pieces of whole phrases left out."""
        numbers = self._numbers
        gathered: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for last, (length, parts) in self._automaton.iter(tuple([numbers.get(word, 0) for word in reading.words])):
            at = (last - length + 1, last)
            if shut and not shut.isdisjoint(at):
                continue
            for part in parts:
                gathered[part].append(at)
        whole = gathered.pop(self._whole, ())
        if whole:
            return {part: kept for part, places in gathered.items() if (kept := _not_within(places, whole))}
        return dict(gathered)


def _not_within(places: list[tuple[int, int]], whole: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the finds that are no mere piece of a phrase that is taken whole."""
    return [
        at
        for at in places
        if not any(first <= at[0] and at[1] <= last and at != (first, last) for first, last in whole)
    ]


def _joined(
    compiled: _Compiled, found: dict[int, list[tuple[int, int]]], places: list[int]
) -> list[tuple[tuple[int, int], ...]]:
    """Return the parts of a hit for each place of the first that has the others near, and none of the unwanted."""
    hits: list[tuple[tuple[int, int], ...]] = []
    for anchor in found[compiled.wanted[0]]:
        chosen = [anchor]
        for part in compiled.wanted[1:]:
            near = [
                at for at in found[part] if _apart(anchor, at, places) <= compiled.window and not _overlap(at, chosen)
            ]
            if not near:
                break
            chosen.append(min(near, key=lambda at: (_apart(anchor, at, places), at)))
        else:
            if not any(
                _apart(anchor, at, places) <= compiled.window
                for part in compiled.unwanted
                for at in found.get(part, ())
            ):
                hits.append(tuple(chosen))
    return hits


def _overlap(at: tuple[int, int], chosen: list[tuple[int, int]]) -> bool:
    return any(at[0] <= last and first <= at[1] for first, last in chosen)


def _apart(one: tuple[int, int], other: tuple[int, int], places: list[int]) -> int:
    """Return how many words lie between two finds, sentence boundaries counted."""
    if one[0] <= other[0]:
        return max(0, places[other[0]] - places[one[1]])
    return max(0, places[one[0]] - places[other[1]])
