"""A glance at a text that tells whether it has to be read at all; most hold the phrases of no cue.

A cue needs all its parts, and of each part one phrase, its words in a row. The glance looks for them anywhere and in
any order: neither distance nor what weakens a sign is asked. False is certain; True means that the text is read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import ahocorasick

from services.safeguarding.wording import WORD, WordsOf

_MOST_KNOWN = 10_000
_LONGEST_KNOWN = 40
_VALUE = itemgetter(1)


class _KnownPieces(dict[str, str]):
    """The words of a piece between two spaces, a space before each; the commonest pieces are remembered."""

    def __init__(self, words_of: WordsOf) -> None:
        super().__init__()
        self._words_of = words_of

    def __missing__(self, piece: str) -> str:
        said = "".join([f" {word}" for written in WORD.findall(piece) for word in self._words_of(written)])
        if len(piece) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[piece] = said
        return said


class Glance:
    """Knows the phrases of every part of every cue.

    Args:
        cues: the parts that each cue needs, by number.
        phrases: the phrases of each part.
        words_of: how a written word is read.
    """

    def __init__(
        self, cues: Iterable[Sequence[int]], phrases: Mapping[int, Collection[Sequence[str]]], words_of: WordsOf
    ) -> None:
        needed = sorted({tuple(sorted(set(parts))) for parts in cues})
        commonness = {part: _commonness(phrases[part]) for parts in needed for part in parts}
        # One bit for each part. Each cue is looked for from the part that is met least often.
        parts_of: defaultdict[str, int] = defaultdict(int)
        looked_for: defaultdict[str, dict[int, None]] = defaultdict(dict)
        for parts in needed:
            rarest = min(parts, key=lambda part: (commonness[part], part))
            for part in parts:
                for phrase in phrases[part]:
                    parts_of[_row(phrase)] |= 1 << part
            for phrase in phrases[rarest]:
                looked_for[_row(phrase)][sum(1 << part for part in parts)] = None
        self._automaton: Any = ahocorasick.Automaton()
        for row, held in parts_of.items():
            self._automaton.add_word(row, (held, tuple(looked_for.get(row, ()))))
        if parts_of:
            self._automaton.make_automaton()
        self._known = _KnownPieces(words_of)

    def may_hold(self, text: str) -> bool:
        """Whether any cue could be found in a text."""
        if not self._automaton:
            return False
        row = "".join(map(self._known.__getitem__, text.split())) + " "
        found = list(map(_VALUE, self._automaton.iter(row)))
        held = 0
        for parts, _ in found:
            held |= parts
        for _, cues in found:
            for needs in cues:
                if needs & held == needs:
                    return True
        return False


def _commonness(phrases: Iterable[Sequence[str]]) -> float:
    """Return how often one of them may be met: long words are rare, and several words rarer."""
    return sum(0.5 ** sum(map(len, phrase)) for phrase in phrases)


def _row(phrase: Sequence[str]) -> str:
    return f" {' '.join(phrase)} "
