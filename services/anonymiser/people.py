"""People's names: which words are somebody's name, by lists, by capitals and by the words around them.

A word that is only in the name lists is a name in any case. A word that is also an ordinary word, and a word that
nothing explains, are weighed: relations, titles, self-naming, speaking and possessives speak for a name; articles,
modals and the like against it. What is learnt of a name in one place (:class:`Memory`) counts in the others.
"""

from collections.abc import Iterator

from services.anonymiser.cues import cue_words
from services.anonymiser.forms import WEIGHED
from services.anonymiser.kept import FREE, KEPT, LOCAL, SOFT, TAKEN
from services.anonymiser.lexicon import (
    FUNCTION,
    GIVEN,
    KEEP,
    NAME,
    ORDINARY,
    RELATION,
    SPEAKING,
    SURNAME,
    TIME,
    TITLE,
    Lexicon,
)
from services.anonymiser.spelling import is_slip_of_ordinary, stem_of_name
from services.anonymiser.tokens import DIGITS, LOWER, SINGLE, Tokens
from services.anonymiser.weighing import ACCEPTED, LIKELY, SURE, Weighing

_PARTICLES = cue_words("person_particles")
_LINKS = frozenset({" ", "-", ". ", "' ", "  "})
_PAST = cue_words("person_past")


class Memory:
    """What one bundle taught about names: surely found ones, by folded word.

    Attributes:
        names: words that nothing else explains and that stood for a person somewhere.
        likely: ordinary words that stood for a person somewhere.
    """

    __slots__ = ("likely", "names")

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.likely: set[str] = set()


class People:
    """The reading of one text's names: scores once, decisions with the bundle's memory."""

    __slots__ = ("_accepted", "_lexicon", "_scores", "_states", "_tokens", "slips")

    def __init__(self, tokens: Tokens, states: bytearray, lexicon: Lexicon) -> None:
        self._tokens = tokens
        self._states = states
        self._lexicon = lexicon
        self._scores: dict[int, float] = {}
        self._accepted: dict[int, float] = {}
        self.slips: dict[int, str] = {}
        weighing = Weighing(tokens, lexicon)
        kinds = tokens.kinds
        for index in tokens.signed(WEIGHED):
            if states[index] in (KEPT, LOCAL, TAKEN):
                continue
            kind = kinds[index]
            if kind & NAME or not kind or tokens.shapes[index] == SINGLE or weighing.is_nickname(index, kind):
                score = weighing.weigh(index, kind)
                if score > 0:
                    self._scores[index] = score

    def teach(self, memory: Memory) -> None:
        """Tell ``memory`` the names that are sure by themselves."""
        tokens = self._tokens
        for index, score in self._scores.items():
            key = tokens.keys[index]
            if score < SURE or len(key) < 2:  # noqa: PLR2004 - an initial is nobody's alone
                continue
            if tokens.kinds[index] & (ORDINARY | KEEP):
                memory.likely.add(key)
            elif tokens.kinds[index] & NAME or len(key) > 2:  # noqa: PLR2004 - unexplained pairs of letters teach nothing
                memory.names.add(key)

    def decide(self, memory: Memory) -> None:
        """Settle which words are names, with what the bundle taught."""
        tokens = self._tokens
        here = self._known_here()
        for index, score in self._scores.items():
            key = tokens.keys[index]
            total = score
            if score < ACCEPTED:
                if key in here:
                    total += 1.5
                elif key in memory.names:
                    total += 2.0
                elif key in memory.likely:
                    total += 0.5
                elif not tokens.kinds[index] and len(key) >= 3 and any(key in name for name in here):  # noqa: PLR2004 - "bron"
                    total += 1.5
                elif not tokens.kinds[index] and len(key) > 3:  # noqa: PLR2004 - slips of short names are too many
                    known = stem_of_name(key, here | memory.names)
                    if known:
                        self.slips[index] = known
                        total += 2.0
            if total >= ACCEPTED:
                self._accepted[index] = total
        self._join_lists()
        self._join_neighbours()

    def _known_here(self) -> set[str]:
        """Return the words that stand for a person in this text, by one sure place or by several likely ones."""
        tokens = self._tokens
        best: dict[str, float] = {}
        sums: dict[str, float] = {}
        for index, score in self._scores.items():
            key = tokens.keys[index]
            best[key] = max(best.get(key, 0.0), score)
            sums[key] = sums.get(key, 0.0) + score
        return {
            key
            for key, score in best.items()
            if score >= SURE or (score >= 1.5 and sums[key] >= SURE and self._lexicon.kinds.get(key, 0) & GIVEN)  # noqa: PLR2004 - half of sure
        }

    def spans(self) -> Iterator[tuple[int, int, float]]:
        """Yield first word, word after the last, and score of every name, in order."""
        tokens = self._tokens
        order = sorted(self._accepted)
        position = 0
        while position < len(order):
            start = order[position]
            stop = start + 1
            score = self._accepted[start]
            position += 1
            while position < len(order):
                following = order[position]
                between = range(stop, following)
                if all(tokens.keys[at] in _PARTICLES for at in between) and all(
                    self._linked(at) for at in range(stop, following + 1)
                ):
                    stop = following + 1
                    score = max(score, self._accepted[following])
                    position += 1
                else:
                    break
            while (
                start
                and tokens.keys[start - 1]
                in ("al", "el", "abu", "umm", "mac", "mc", "o", "van", "de", "da", "di", "bin", "ibn")
                and (tokens.gap(start) in ("-", " ", "'") and self._states[start - 1] != TAKEN)
            ):
                if (
                    tokens.gap(start) == " "
                    and tokens.keys[start - 1] in ("o", "de", "da", "di")
                    and tokens.shapes[start - 1] == LOWER
                    and tokens.cased
                ):
                    break
                start -= 1
            yield start, stop, score

    def is_anybody_named(self) -> bool:
        """Tell whether a word was taken for a name."""
        return bool(self._accepted)

    def surfaces(self) -> Iterator[str]:
        """Yield the words of every name that are no ordinary words."""
        tokens = self._tokens
        for index in self._accepted:
            if not tokens.kinds[index] & (ORDINARY | KEEP):
                yield tokens.keys[index]

    def unsettled(self, memory: Memory) -> list[int]:
        """Return the words that may well be names: for the check of the output, where none should be left."""
        self.decide(memory)
        return self.left()

    def left(self) -> list[int]:
        """Return what :meth:`unsettled` does, by what was decided before."""
        tokens = self._tokens
        return [
            index
            for index, score in self._scores.items()
            if index in self._accepted or (score > LIKELY and tokens.kinds[index] & NAME)
        ]

    def _linked(self, index: int) -> bool:
        tokens = self._tokens
        gap = tokens.gap(index)
        if gap not in _LINKS or (index - 1) in tokens.possessive:
            return False
        return gap != ". " or len(tokens.keys[index - 1]) == 1 or bool(tokens.kinds[index - 1] & TITLE)

    def _join_lists(self) -> None:
        """Take "hope" in "grace, hope and joy" for a name when its neighbours in the list are."""
        tokens = self._tokens
        for index in sorted(self._scores):
            if index in self._accepted or not tokens.kinds[index] & GIVEN:
                continue
            for other, at in ((index - 1, index), (index + 1, index + 1)):
                if other in self._accepted and tokens.gap(at).strip() == "," and not tokens.kinds[index] & FUNCTION:
                    self._accepted[index] = ACCEPTED
            if index - 2 in self._accepted and tokens.keys[index - 1] in ("and", "or") and self._scores[index] >= 1:
                self._accepted[index] = ACCEPTED

    def _join_neighbours(self) -> None:
        """Take the word beside a name with it when it can be its other half."""
        tokens = self._tokens
        for index in sorted(self._accepted):
            after = index + 1
            if (
                after < len(tokens)
                and after not in self._accepted
                and self._states[after] in (FREE, SOFT)
                and self._linked(after)
            ) and self._is_other_half(after, index):
                self._accepted[after] = ACCEPTED
        for index in sorted(self._accepted, reverse=True):
            before = index - 1
            if (
                before >= 0
                and before not in self._accepted
                and self._states[before] in (FREE, SOFT)
                and self._linked(index)
            ):
                kind = tokens.kinds[before]
                if tokens.kinds[index] & SURNAME or not tokens.kinds[index]:
                    capital = tokens.is_capital(before)
                    if (
                        kind & GIVEN and not kind & (RELATION | TITLE | FUNCTION) and (capital or not kind & ORDINARY)
                    ) or (
                        not kind
                        and tokens.shapes[before] != DIGITS
                        and not is_slip_of_ordinary(tokens.keys[before], self._lexicon)
                    ):
                        self._accepted[before] = ACCEPTED

    def _is_other_half(self, index: int, first: int) -> bool:  # noqa: PLR0911 - a table of rules, one a line
        tokens = self._tokens
        kind = tokens.kinds[index]
        shape = tokens.shapes[index]
        gap = tokens.gap(index)
        if shape == DIGITS:
            return False
        if shape == SINGLE and tokens.keys[index] != "i":
            return True
        if gap == ". " and len(tokens.keys[first]) > 1:
            return False
        if not kind:
            return shape != LOWER or not tokens.cased or gap == "-"
        if tokens.cased:
            if shape == LOWER:
                return bool(kind & NAME) and not kind & (ORDINARY | KEEP)
            return not kind & (FUNCTION | KEEP | TIME) or bool(kind & NAME and not kind & FUNCTION)
        if not kind & SURNAME or kind & (FUNCTION | RELATION):
            return False
        if not kind & ORDINARY:
            return True
        if not tokens.kinds[first] & GIVEN or tokens.shapes[first] == SINGLE:
            return False
        after = index + 1
        ended = after >= len(tokens) or tokens.gap(after)[:1] in (",", ".", "!", "?", ";", ")", "\n")
        spoken = after < len(tokens) and bool(tokens.kinds[after] & SPEAKING) and tokens.keys[after] in _PAST
        return (ended or spoken) and not kind & SPEAKING
