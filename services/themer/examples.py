"""How like an utterance is to the bank's example sentences.

TF-IDF over stems, pairs of stems and, where a word is unknown, its character trigrams. Written by hand because the
whole of it is an inverted index of a few thousand short sentences: a library for it would be larger than the rest of
the product, and this one gives the same sums in the same order everywhere.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from services.safeguarding.wording import BREAK, PLACEHOLDER, read

_COMMON_SHARE = 0.02
"""A feature that more than this share of the examples have says nothing."""
_FEW = 6
"""A feature that no more examples than this have is always looked at."""
_PAIR_WEIGHT = 0.7
_ALIKE = 0.55
"""Two words whose trigrams overlap at least so (Dice) are taken for one word written in two ways."""
_LONG_ENOUGH = 5
"""Letters that a word needs before its trigrams are looked at."""
_MOST_ALIKE = 2
_FAINT = 0.1
"""A likeness below this is not reported."""
_SEVERAL = 2
_ALONE = 0.55
"""What is left of a likeness that rests on one word in common."""
_UNKNOWN_WEIGHT = 0.5
"""Share of the rarest word's weight that an unknown word has: what is said beside the examples counts against them."""


class Example(Struct, frozen=True):
    """One sentence of the bank: whose it is, and whether it says the thing or only looks like it."""

    owner: str
    text: str
    says_it: bool = True


class Likeness(Struct, frozen=True):
    """The nearest examples of one owner, both cosines between 0 and 1.

    Attributes:
        says_it: to the nearest example.
        looks_like_it: to the nearest counter-example; 0 where there is none.
        example: index of the nearest example in the owner's own order of examples.
    """

    says_it: float
    looks_like_it: float
    example: int


def _trigrams(word: str) -> frozenset[str]:
    edged = f"^{word}$"
    return frozenset(edged[at : at + 3] for at in range(len(edged) - 2))


def _stems(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in (BREAK, PLACEHOLDER)]


class ExampleIndex:
    """The examples of the bank, indexed once; :meth:`likenesses` is a pure function of the words."""

    def __init__(self, examples: Iterable[Example], little: Iterable[str] = (), faint: float = _FAINT) -> None:
        """Index them.

        Args:
            examples: the sentences.
            little: the stems of words that say nothing alone, such as "the" and "because".
            faint: a cosine below this is not reported.
        """
        self._faint = faint
        self._examples = list(examples)
        self._little = frozenset(little)
        counted = [self._features(_stems(read(example.text).words)) for example in self._examples]
        having: Counter[str] = Counter(feature for features in counted for feature in features)
        most = max(_FEW, _COMMON_SHARE * len(counted))
        total = len(counted) + 1
        self._rarity = {
            feature: math.log(total / count) * (_PAIR_WEIGHT if " " in feature else 1.0)
            for feature, count in having.items()
            if count <= most
        }
        self._postings: dict[str, dict[int, float]] = {}
        for number, features in enumerate(counted):
            weights = {feature: self._rarity[feature] for feature in features if feature in self._rarity}
            length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            for feature, weight in weights.items():
                self._postings.setdefault(feature, {})[number] = weight / length
        self._known = frozenset(having)
        self._rarest = math.log(total)
        self._by_trigram: dict[str, list[str]] = {}
        for feature in sorted(self._rarity):
            if " " not in feature and len(feature) >= _LONG_ENOUGH:
                for trigram in sorted(_trigrams(feature)):
                    self._by_trigram.setdefault(trigram, []).append(feature)
        self._places = _places(self._examples)
        self._alike = lru_cache(maxsize=16_384)(self._find_alike)

    def _features(self, stems: list[str]) -> list[str]:
        """Return the stems that say something and the pairs of neighbours of which one does."""
        little = self._little
        alone = [word for word in stems if word not in little]
        pairs = [f"{one} {other}" for one, other in pairwise(stems) if one not in little or other not in little]
        return list(dict.fromkeys((*alone, *pairs)))

    def _find_alike(self, word: str) -> tuple[tuple[str, float], ...]:
        """Return the known words that an unknown word may be a spelling of, with how alike they are."""
        if len(word) < _LONG_ENOUGH:
            return ()
        own = _trigrams(word)
        shared: Counter[str] = Counter()
        for trigram in sorted(own):
            shared.update(self._by_trigram.get(trigram, ()))
        scored = [(2 * count / (len(own) + len(known)), known) for known, count in shared.items()]
        near = sorted(((-dice, known) for dice, known in scored if dice >= _ALIKE))
        return tuple((known, -dice) for dice, known in near[:_MOST_ALIKE])

    def _weights(self, words: Iterable[str]) -> tuple[dict[str, float], float]:
        """Return the weight of each known feature and the length of the whole, unknown words counted by half."""
        weights: dict[str, float] = {}
        unknown = 0.0
        known_features = self._known
        for feature in self._features(_stems(words)):
            rarity = self._rarity.get(feature)
            if rarity is not None:
                weights[feature] = rarity if feature not in weights else max(rarity, weights[feature])
            elif " " not in feature and feature not in known_features:
                unknown += (self._rarest * _UNKNOWN_WEIGHT) ** 2
                for known, alike in self._alike(feature):
                    weights[known] = max(self._rarity[known] * alike, weights.get(known, 0.0))
        return weights, math.sqrt(sum(weight * weight for weight in weights.values()) + unknown)

    def likenesses(self, words: Iterable[str]) -> dict[str, Likeness]:
        """Return, for each owner with any word in common, how like the words are to its examples."""
        weights, length = self._weights(words)
        sums: defaultdict[int, float] = defaultdict(float)
        postings = self._postings
        for feature, weight in weights.items():
            for number, posted in postings[feature].items():
                sums[number] += weight * posted
        best: dict[str, list[float]] = {}
        faint = self._faint * length
        alone = [postings[feature] for feature in weights if " " not in feature]
        for number in sorted([number for number, total in sums.items() if total >= faint]):
            example = self._examples[number]
            one = best.setdefault(example.owner, [0.0, 0.0, 0])
            cosine = sums[number] / length
            if len(weights) > 1 and not _in_several(number, alone):
                cosine *= _ALONE
            if example.says_it and cosine > one[0]:
                one[0], one[2] = cosine, self._places[number]
            elif not example.says_it and cosine > one[1]:
                one[1] = cosine
        return {owner: Likeness(one[0], one[1], int(one[2])) for owner, one in best.items()}


def _in_several(number: int, postings: list[dict[int, float]]) -> bool:
    """Whether an example is in several of the postings."""
    seen = 0
    for having in postings:
        if number in having:
            seen += 1
            if seen == _SEVERAL:
                return True
    return False


def _places(examples: list[Example]) -> list[int]:
    """Return the index of each example among those of its owner that are of its kind."""
    seen: Counter[tuple[str, bool]] = Counter()
    places: list[int] = []
    for example in examples:
        places.append(seen[example.owner, example.says_it])
        seen[example.owner, example.says_it] += 1
    return places
