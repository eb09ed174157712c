"""The profile of each node: which words speak for it, learnt from the bank alone.

All that the concepts of a node say about it (examples, cues, their word lists, titles, definitions) against all that
the others say: the log-odds of each word and pair of words, bounded so that no single word decides. A cue says that a
thing was said; a profile says what a whole text sounds like, and so carries texts that use none of the cues.
"""

import math
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

from msgspec import Struct

from services.safeguarding.wording import BREAK, PLACEHOLDER, Reading, read
from services.themer.bank import Concept, bank
from services.vocabulary.frameworks import frameworks

_LEAST_WEIGHT = 0.3
"""A concept lends its words to a node from this weight of the crosswalk upward."""
_CUE_SHARE = 0.5
"""What a phrase of a cue counts, beside an example."""
_SMOOTHING = 0.5
_BOUNDS = (-1.0, 2.5)
_PAIR_SHARE = 0.5
_LOUD = 4.0
"""What brings the sum of a text's log-odds to about 1."""
_NOTHING = ("", "none")
_DISTANCE = re.compile(r" /\d+$")

Key = tuple[str, str]
"""A framework and a node; of the none class, an empty framework."""


class Profiles(Struct, frozen=True):
    """The log-odds of every word and pair for every node.

    Attributes:
        keys: the nodes, in the order of the weights.
        weights: for each word or pair, how it speaks for each of ``keys``.
    """

    keys: tuple[Key, ...]
    weights: dict[str, tuple[float, ...]]


def _known(words: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield the telling words and pairs of neighbours, each with the place of its first word."""
    little = bank().little
    listed = [(at, word) for at, word in enumerate(words) if word not in (BREAK, PLACEHOLDER)]
    for at, word in listed:
        if word not in little:
            yield word, at
    for (at, one), (_, other) in pairwise(listed):
        if one not in little or other not in little:
            yield f"{one} {other}", at


def _members(name: str) -> Iterator[str]:
    for member in bank().lexicon[name]:
        if member.startswith("@"):
            yield from _members(member[1:])
        else:
            yield member


def _phrases(concept: Concept) -> Iterator[str]:
    """Yield what the cues of a concept look for, the phrases of their word lists with them."""
    for cue in concept.cues:
        said = cue if isinstance(cue, str) else cue.cue
        for part in _DISTANCE.sub("", said).split(" ~ ")[0].split(" & "):
            for choice in part.split(" | "):
                yield from _members(choice.strip()[1:]) if choice.strip().startswith("@") else (choice,)


def _says(concept: Concept) -> dict[str, float]:
    """Return how often a concept's own words use each word or pair."""
    counts: dict[str, float] = {}
    for said in (*concept.examples, concept.title, concept.definition):
        for word in {word for word, _ in _known(read(said).words)}:
            counts[word] = counts.get(word, 0.0) + 1.0
    for said in _phrases(concept):
        for word in {word for word, _ in _known(read(said).words)}:
            counts[word] = counts.get(word, 0.0) + _CUE_SHARE
    return dict(sorted(counts.items()))


def _counted() -> dict[Key, dict[str, float]]:
    counts: dict[Key, dict[str, float]] = {
        (framework.id, node.id): {} for framework in frameworks().values() for node in framework.nodes
    }
    for concept in bank().concepts:
        says = _says(concept)
        for framework_id, nodes in concept.nodes.items():
            for node_id, weight in nodes.items():
                if weight >= _LEAST_WEIGHT:
                    mine = counts[framework_id, node_id]
                    for word, times in says.items():
                        mine[word] = mine.get(word, 0.0) + weight * times
    nothing: dict[str, float] = {}
    for said in bank().none_examples:
        for word in dict.fromkeys(word for word, _ in _known(read(said).words)):
            nothing[word] = nothing.get(word, 0.0) + 1.0
    counts[_NOTHING] = nothing
    return {key: mine for key, mine in counts.items() if mine}


@cache
def profiles() -> Profiles:
    """Return the profiles; a node is compared with the other nodes of its framework and the none class."""
    counts = _counted()
    keys = tuple(counts)
    together: dict[str, dict[str, float]] = {}
    for framework_id, node_id in keys:
        mine = together.setdefault(framework_id, {})
        for word, times in counts[framework_id, node_id].items():
            mine[word] = mine.get(word, 0.0) + times
    nothing = together.pop("")
    words = sorted({word for all_of in (*together.values(), nothing) for word in all_of})
    totals = {key: sum(mine.values()) for key, mine in counts.items()}
    whole = {framework_id: sum(mine.values()) for framework_id, mine in together.items()}
    smooth = _SMOOTHING * len(words)
    size = {key: (totals[key] + smooth, whole.get(key[0], sum(whole.values())) + smooth) for key in keys}
    everything = {word: sum(mine.get(word, 0.0) for mine in together.values()) for word in words}

    def odds(word: str, key: Key) -> float:
        here = counts[key].get(word, 0.0)
        rest = everything[word] if key == _NOTHING else together[key[0]].get(word, 0.0) - here + nothing.get(word, 0.0)
        value = math.log(((here + _SMOOTHING) / size[key][0]) / ((rest + _SMOOTHING) / size[key][1]))
        return max(_BOUNDS[0], min(_BOUNDS[1], value)) * (_PAIR_SHARE if " " in word else 1.0)

    return Profiles(keys, {word: tuple(odds(word, key) for key in keys) for word in words})


class Sound(Struct, frozen=True):
    """What a text sounds like.

    Attributes:
        scores: for each node the sum of its words' log-odds over the root of their number, about -1 to 1; empty
            without known words.
        places: the places in the reading of the words that are known, with the word or pair.
    """

    scores: dict[Key, float]
    places: tuple[tuple[str, int], ...]

    def of_nothing(self) -> float:
        """Return how the text sounds like what no strategy covers."""
        return self.scores.get(_NOTHING, 0.0)


def sound(reading: Reading, closed: frozenset[int]) -> Sound:
    """Return what the text sounds like, closed words left out; each word counts once."""
    known = profiles()
    words = [BREAK if at in closed else word for at, word in enumerate(reading.words)]
    first: dict[str, int] = {}
    for word, at in _known(words):
        if word in known.weights:
            first.setdefault(word, at)
    if not first:
        return Sound({}, ())
    root = _LOUD * math.sqrt(len(first) + 1)
    sums = [sum(column) / root for column in zip(*(known.weights[word] for word in first), strict=True)]
    return Sound(dict(zip(known.keys, sums, strict=True)), tuple(first.items()))


def telling_places(heard: Sound, key: Key, most: int) -> list[int]:
    """Return the places of the words that speak most for a node, the strongest first."""
    known = profiles()
    at = known.keys.index(key)
    ranked = sorted((-known.weights[word][at], place, " " in word) for word, place in heard.places)
    return [place for odds, place, _ in ranked if odds < 0][:most]
