"""A glance at a text that tells whether it has to be read at all; most hold the words of no cue.

A cue needs all its parts, and of each part one phrase whole within one sentence. The glance asks for the words alone,
in any order. False is certain; True means that the text is read.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from services.safeguarding.wording import STOP, WORD, WordsOf

_MOST_KNOWN = 10_000
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


class _Part:
    """The phrases of one part of a cue: those of one word, and by their longest word those of several."""

    def __init__(self, phrases: Iterable[frozenset[str]]) -> None:
        self.phrases = sorted(set(phrases), key=sorted)
        self.alone = frozenset(word for phrase in self.phrases if len(phrase) == 1 for word in phrase)
        self.longer: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
        for phrase in self.phrases:
            if len(phrase) > 1:
                self.longer[_longest(phrase)].append(phrase)
        self.starts = frozenset(self.longer)

    @property
    def commonness(self) -> float:
        """How often it may be met: long words are rare, and several words rarer."""
        return sum(0.5 ** sum(map(len, phrase)) for phrase in self.phrases)

    def is_in(self, words: frozenset[str]) -> bool:
        """Whether the words of a phrase are among these."""
        if not self.alone.isdisjoint(words):
            return True
        for word in self.starts & words:
            for phrase in self.longer[word]:
                if phrase <= words:
                    return True
        return False


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
        self._parts = {part: _Part(map(frozenset, phrases[part])) for parts in needed for part in parts}
        # Each cue is looked for from the part that is met least often: its phrases by their longest word.
        starts: defaultdict[str, dict[tuple[frozenset[str], tuple[int, ...]], None]] = defaultdict(dict)
        for parts in needed:
            rarest = min(parts, key=lambda part: (self._parts[part].commonness, part))
            others = tuple(part for part in parts if part != rarest)
            for phrase in self._parts[rarest].phrases:
                starts[_longest(phrase)][phrase, others] = None
        self._starts = {word: list(found) for word, found in starts.items()}
        self._starting = frozenset(starts)
        words = {word for part in self._parts.values() for phrase in part.phrases for word in phrase}
        self._known = _KnownPieces(words_of, frozenset(words))

    def may_hold(self, text: str) -> bool:
        """Whether any cue could be found in a text."""
        sentences = [self._words_in(sentence) for sentence in STOP.split(text)]
        whole = _NOTHING.union(*sentences)
        known: dict[int, bool] = {}
        for words in sentences:
            for word in self._starting & words:
                for phrase, others in self._starts[word]:
                    if phrase <= words and self._are_in(others, whole, sentences, known):
                        return True
        return False

    def _words_in(self, text: str) -> frozenset[str]:
        return _NOTHING.union(*map(self._known.__getitem__, text.split()))

    def _are_in(
        self, parts: Iterable[int], whole: frozenset[str], sentences: Iterable[frozenset[str]], known: dict[int, bool]
    ) -> bool:
        """Whether each of these parts has a phrase within one of these sentences; the whole rules most of them out."""
        for part in parts:
            found = known.get(part)
            if found is None:
                is_in = self._parts[part].is_in
                found = known[part] = is_in(whole) and any(map(is_in, sentences))
            if not found:
                return False
        return True


def _longest(phrase: frozenset[str]) -> str:
    return min(phrase, key=lambda word: (-len(word), word))
