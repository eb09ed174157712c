"""A glance at a text that tells whether it has to be read at all; most hold the words of no cue.

A cue needs all its parts, and of each part one phrase whole within one sentence. The glance asks for the words alone, in
any order, first of the whole text and then sentence by sentence. False is certain; True means that the text is read.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from services.safeguarding.wording import STOP, WORD, WordsOf

_MOST_KNOWN = 50_000
_LONGEST_KNOWN = 40
_NOTHING: frozenset[str] = frozenset()


class _KnownPieces(dict[str, frozenset[str]]):
    """Which words of any phrase a piece between two spaces holds; the commonest pieces are remembered."""

    def __init__(self, words_of: WordsOf, wanted: frozenset[str]) -> None:
        super().__init__()
        self._words_of = words_of
        self._wanted = wanted

    def __missing__(self, piece: str) -> frozenset[str]:
        held = self._wanted.intersection(chain.from_iterable(map(self._words_of, WORD.findall(piece)))) or _NOTHING
        if len(piece) <= _LONGEST_KNOWN:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[piece] = held
        return held


class Glance:
    """Knows the phrases of every part of every cue, as sets of words.

    Args:
        cues: the parts that each cue needs, by number.
        phrases: the phrases of each part.
        words_of: how a written word is read.
    """

    def __init__(
        self, cues: Iterable[Sequence[int]], phrases: Mapping[int, Iterable[Sequence[str]]], words_of: WordsOf
    ) -> None:
        needed = sorted({tuple(sorted(set(parts))) for parts in cues})
        held = {part: {frozenset(phrase) for phrase in phrases[part]} for parts in needed for part in parts}
        times = Counter(word for several in held.values() for phrase in several for word in phrase)
        #: By word: the parts, as bits, of which it is a phrase alone.
        self._alone: defaultdict[str, int] = defaultdict(int)
        #: By the rarest word of each longer phrase: its words, and its parts as bits.
        longer: defaultdict[str, defaultdict[frozenset[str], int]] = defaultdict(lambda: defaultdict(int))
        for part in sorted(held):
            for phrase in held[part]:
                rarest = min(phrase, key=lambda word: (times[word], -len(word), word))
                if len(phrase) == 1:
                    self._alone[rarest] |= 1 << part
                else:
                    longer[rarest][phrase] |= 1 << part
        self._longer = {word: list(several.items()) for word, several in longer.items()}
        #: By one bit of each cue, that of the part with the fewest phrases: all its bits.
        self._needs: defaultdict[int, list[int]] = defaultdict(list)
        for parts in needed:
            anchor = min(parts, key=lambda part: (len(held[part]), part))
            self._needs[1 << anchor].append(sum(1 << part for part in parts))
        self._known = _KnownPieces(words_of, frozenset(times))

    def may_hold(self, text: str) -> bool:
        """Whether any cue could be found in a text."""
        if not self._may_meet(self._parts_in(text)):
            return False
        present = 0
        for sentence in STOP.split(text):
            present |= self._parts_in(sentence)
        return self._may_meet(present)

    def _parts_in(self, text: str) -> int:
        """Return as bits the parts of which all words of a phrase stand in a text."""
        words = _NOTHING.union(*map(self._known.__getitem__, text.split()))
        present = 0
        for word in words & self._alone.keys():
            present |= self._alone[word]
        for word in words & self._longer.keys():
            for phrase, parts in self._longer[word]:
                if phrase <= words:
                    present |= parts
        return present

    def _may_meet(self, present: int) -> bool:
        """Whether some cue has all its parts among these."""
        left = present
        while left:
            lowest = left & -left
            left ^= lowest
            for need in self._needs.get(lowest, ()):
                if need & present == need:
                    return True
        return False
