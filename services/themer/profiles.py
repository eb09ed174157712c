"""The profile of each node, form and sector: which words speak for it, learnt from the bank alone.

All that the concepts of a node say about it (examples, cues, their word lists, titles, definitions) against all that
the others say: the log-odds of each word and pair of words, bounded so that no single word decides. A cue says that a
thing was said; a profile says what a whole text sounds like, and so carries texts that use none of the cues.
"""

import math
import re
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise
from operator import add

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
_PLACES = 3
"""Places that a count of words is rounded to, so that most words share what is worked out for them."""
_DISTANCE = re.compile(r" /\d+$")

FORMS = "forms"
SECTORS = "sectors"
_STEPS = 64
"""Steps that a log-odds of 1 is counted in."""
_MOST_ADDED = 256
"""Words that may be added up before 16 bits could overflow: none has more than 224 steps."""

Key = tuple[str, str]
"""A framework (or ``FORMS``, ``SECTORS``) and a node; of the none class, an empty framework."""


class Profiles(Struct, frozen=True):
    """The log-odds of every word and pair for every node.

    Attributes:
        keys: the nodes, in the order of the weights.
        weights: for each word or pair, how it speaks for each of ``keys``: one whole number with 16 bits for each
            key, so that a text's words are added up for all keys at once, and little memory is needed.
    """

    keys: tuple[Key, ...]
    weights: dict[str, int]


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


def _says(concept: Concept, features: Callable[[str], frozenset[str]]) -> dict[str, float]:
    """Return how often a concept's own words use each word or pair; ``features`` gives those of one phrase."""
    counts: dict[str, float] = {}
    for said in (*concept.examples, concept.title, concept.definition):
        for word in features(said):
            counts[word] = counts.get(word, 0.0) + 1.0
    for said in _phrases(concept):
        for word in features(said):
            counts[word] = counts.get(word, 0.0) + _CUE_SHARE
    return counts


def _keys() -> tuple[Key, ...]:
    """Return every key that some concept lends its words to, group by group, the none class last."""
    lent = {
        (group, node)
        for concept in bank().concepts
        for group, nodes in _belongs(concept).items()
        for node, weight in nodes.items()
        if weight >= _LEAST_WEIGHT
    }
    keys = [(framework.id, node.id) for framework in frameworks().values() for node in framework.nodes]
    keys += [(FORMS, label.id) for label in bank().forms] + [(SECTORS, label.id) for label in bank().sectors]
    return (*(key for key in keys if key in lent), _NOTHING)


def _belongs(concept: Concept) -> dict[str, dict[str, float]]:
    """Return where a concept belongs: the nodes of each framework, its forms and its sectors."""
    return {**concept.nodes, FORMS: concept.forms, SECTORS: concept.sectors}


class _Said(Struct, frozen=True):
    """What the bank says: for each word the sources that use it, and how often; what each source lends to which key."""

    uses: dict[str, list[tuple[int, float]]]
    lends: list[list[tuple[int, float]]]
    sizes: list[float]


def _said(keys: tuple[Key, ...]) -> _Said:
    """Read every concept, then the none class, which is the last source."""
    at = {key: place for place, key in enumerate(keys)}

    @cache
    def features(said: str) -> frozenset[str]:
        return frozenset(word for word, _ in _known(read(said).words))

    found = _Said({}, [], [])

    def add(says: dict[str, float], lends: list[tuple[int, float]]) -> None:
        for word, times in says.items():
            found.uses.setdefault(word, []).append((len(found.lends), times))
        found.lends.append(lends)
        found.sizes.append(sum(says.values()))

    for concept in bank().concepts:
        belongs = _belongs(concept).items()
        lends = [(at[group, node], w) for group, nodes in belongs for node, w in nodes.items() if w >= _LEAST_WEIGHT]
        add(_says(concept, features), lends)
    nothing: dict[str, float] = {}
    for said in bank().none_examples:
        for word in features(said):
            nothing[word] = nothing.get(word, 0.0) + 1.0
    add(nothing, [(at[_NOTHING], 1.0)])
    return found


@cache
def profiles() -> Profiles:
    """Return the profiles.

    A node is compared with the other nodes of its framework and the none class; a form or sector, which most texts do
    not have, with the whole bank; the none class with all nodes.
    """
    keys = _keys()
    said = _said(keys)
    groups = {group: [at for at, key in enumerate(keys) if key[0] == group] for group, _ in keys}
    labels = (FORMS, SECTORS)
    size = [0.0] * len(keys)
    for lends, total in zip(said.lends, said.sizes, strict=True):
        for at, weight in lends:
            size[at] += weight * total
    whole = {group: sum(size[at] for at in inside) for group, inside in groups.items()}
    whole[""] = sum(total for group, total in whole.items() if group not in (*labels, ""))
    whole[FORMS] = whole[SECTORS] = sum(said.sizes[:-1])
    smooth = _SMOOTHING * len(said.uses)
    base = [math.log((whole[key[0]] + smooth) / (size[at] + smooth)) for at, key in enumerate(keys)]

    @cache
    def unsaid(group: str, times: float, share: float) -> list[int]:
        """Return the steps of a group's nodes for a word that none of them says: the same for most words."""
        odds = math.log(_SMOOTHING / (times + _SMOOTHING))
        return [_step(odds + base[at], share) for at in groups[group]]

    weights: dict[str, int] = {}
    for word in sorted(said.uses):
        share = _PAIR_SHARE if " " in word else 1.0
        mine: dict[int, float] = {}
        for source, times in said.uses[word]:
            for at, weight in said.lends[source]:
                mine[at] = mine.get(at, 0.0) + weight * times
        nothing = mine.get(len(keys) - 1, 0.0)
        rest = dict.fromkeys(groups, nothing)
        for at, here in mine.items():
            rest[keys[at][0]] += here
        rest[""] = sum(rest[group] - nothing for group in groups if group not in (*labels, ""))
        rest[FORMS] = rest[SECTORS] = sum(times for _, times in said.uses[word])
        steps = [step for group, times in rest.items() for step in unsaid(group, round(times, _PLACES), share)]
        for at, here in mine.items():
            beside = rest[keys[at][0]] - (here if at < len(keys) - 1 else 0.0)
            odds = math.log((here + _SMOOTHING) / (max(0.0, beside) + _SMOOTHING))
            steps[at] = _step(odds + base[at], share)
        weights[word] = int.from_bytes(array("H", steps).tobytes(), sys.byteorder)
    return Profiles(keys, weights)


def _step(odds: float, share: float) -> int:
    """Return the bounded log-odds as a whole number of steps above the lowest."""
    return round((max(_BOUNDS[0], min(_BOUNDS[1], odds)) * share - _BOUNDS[0]) * _STEPS)


class Sound(Struct, frozen=True):
    """What a text sounds like.

    Attributes:
        scores: by framework (or ``FORMS``, ``SECTORS``) and node the sum of its words' log-odds over the root of their
            number, about -1 to 1; empty without known words.
        places: the places in the reading of the words that are known, with the word or pair.
        nothing: how the text sounds like what no strategy covers.
    """

    scores: dict[str, dict[str, float]]
    places: tuple[tuple[str, int], ...]
    nothing: float


def sound(reading: Reading, closed: frozenset[int]) -> Sound:
    """Return what the text sounds like, closed words left out; each word counts once."""
    known = profiles()
    words = [BREAK if at in closed else word for at, word in enumerate(reading.words)] if closed else reading.words
    first: dict[str, int] = {}
    weights = known.weights
    for word, at in _known(words):
        if word in weights and word not in first:
            first[word] = at
    if not first:
        return Sound({}, (), 0.0)
    lanes = [0] * len(known.keys)
    found = [known.weights[word] for word in first]
    for start in range(0, len(found), _MOST_ADDED):
        lanes = list(map(add, lanes, _lanes(sum(found[start : start + _MOST_ADDED]), len(lanes))))
    root = _LOUD * math.sqrt(len(first) + 1)
    scale = _STEPS * root
    lowest = -_BOUNDS[0] * _STEPS * len(first)
    values = [(steps - lowest) / scale for steps in lanes]
    scores = {group: dict(zip(nodes, values[start:], strict=False)) for group, start, nodes in _slices()}
    return Sound(scores, tuple(first.items()), values[-1])


@cache
def _slices() -> list[tuple[str, int, tuple[str, ...]]]:
    """Return for each group where its nodes start among the keys, and the nodes; the none class is left out."""
    found: dict[str, tuple[int, list[str]]] = {}
    for at, (group, node) in enumerate(profiles().keys[:-1]):
        found.setdefault(group, (at, []))[1].append(node)
    return [(group, start, tuple(nodes)) for group, (start, nodes) in found.items()]


def _lanes(packed: int, count: int) -> memoryview:
    return memoryview(packed.to_bytes(2 * count, sys.byteorder)).cast("H")


def telling_places(heard: Sound, key: Key, most: int) -> list[int]:
    """Return the places of the words that speak most for a node, the strongest first."""
    known = profiles()
    at = known.keys.index(key)
    count = len(known.keys)
    nought = -_BOUNDS[0] * _STEPS
    shift = 16 * (at if sys.byteorder == "little" else count - 1 - at)
    ranked = sorted([(-(known.weights[word] >> shift & 0xFFFF), place) for word, place in heard.places])
    return [place for steps, place in ranked if -steps > nought][:most]
