"""The profile of each node, form and sector: which words speak for it, learnt from the bank alone.

All that the concepts of a node say about it (examples, cues, their word lists, titles, definitions) against all that
the others say: the log-odds of each word and pair of words, bounded so that no single word decides. A cue says that a
thing was said; a profile says what a whole text sounds like, and so carries texts that use none of the cues.
"""

import math
import re
import sys
from array import array
from collections.abc import Iterable, Iterator
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


def _belongs(concept: Concept) -> dict[str, dict[str, float]]:
    """Return where a concept belongs: the nodes of each framework, its forms and its sectors."""
    return {**concept.nodes, FORMS: concept.forms, SECTORS: concept.sectors}


def _add(counts: dict[str, float], says: dict[str, float], weight: float) -> None:
    for word, times in says.items():
        counts[word] = counts.get(word, 0.0) + weight * times


def _counted() -> tuple[dict[Key, dict[str, float]], dict[str, float]]:
    """Return how often each key's words are used, and how often the whole bank uses each."""
    keys = [(framework.id, node.id) for framework in frameworks().values() for node in framework.nodes]
    keys += [(FORMS, label.id) for label in bank().forms] + [(SECTORS, label.id) for label in bank().sectors]
    counts: dict[Key, dict[str, float]] = {key: {} for key in keys}
    everything: dict[str, float] = {}
    for concept in bank().concepts:
        says = _says(concept)
        _add(everything, says, 1.0)
        for group, nodes in _belongs(concept).items():
            for node_id, weight in nodes.items():
                if weight >= _LEAST_WEIGHT:
                    _add(counts[group, node_id], says, weight)
    nothing: dict[str, float] = {}
    for said in bank().none_examples:
        _add(nothing, dict.fromkeys((word for word, _ in _known(read(said).words)), 1.0), 1.0)
    counts[_NOTHING] = nothing
    return {key: mine for key, mine in counts.items() if mine}, everything


@cache
def profiles() -> Profiles:
    """Return the profiles.

    A node is compared with the other nodes of its framework and the none class; a form or sector, which most texts do
    not have, with the whole bank.
    """
    counts, everything = _counted()
    nothing = counts[_NOTHING]
    together: dict[str, dict[str, float]] = {FORMS: everything, SECTORS: everything, "": {}}
    for (group, _), mine in counts.items():
        if group in (FORMS, SECTORS, ""):
            continue
        _add(together.setdefault(group, {}), mine, 1.0)
    for group, whole in together.items():
        if group not in (FORMS, SECTORS, ""):
            _add(together[""], whole, 1.0)
    words = sorted({*everything, *nothing})
    smooth = _SMOOTHING * len(words)
    logs = {group: math.log(sum(whole.values()) + smooth) for group, whole in together.items()}
    beside = {group: {} if group == "" else nothing for group in together}
    base = {key: logs[key[0]] - math.log(sum(mine.values()) + smooth) for key, mine in counts.items()}
    unsaid = math.log(_SMOOTHING)
    weights: dict[str, int] = {}
    for word in words:
        rest = {group: whole.get(word, 0.0) + beside[group].get(word, 0.0) for group, whole in together.items()}
        common = {group: unsaid - math.log(times + _SMOOTHING) for group, times in rest.items()}
        share = _PAIR_SHARE if " " in word else 1.0
        steps = [
            _step(
                common[key[0]] + base[key]
                if word not in mine
                else math.log((mine[word] + _SMOOTHING) / (max(0.0, rest[key[0]] - mine[word]) + _SMOOTHING)) + base[key],
                share,
            )
            for key, mine in counts.items()
        ]
        weights[word] = int.from_bytes(array("H", steps).tobytes(), sys.byteorder)
    return Profiles(tuple(counts), weights)


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
    for word, at in _known(words):
        if word in known.weights:
            first.setdefault(word, at)
    if not first:
        return Sound({}, (), 0.0)
    lanes = [0] * len(known.keys)
    found = [known.weights[word] for word in first]
    for start in range(0, len(found), _MOST_ADDED):
        lanes = list(map(add, lanes, _lanes(sum(found[start : start + _MOST_ADDED]), len(lanes))))
    root = _LOUD * math.sqrt(len(first) + 1)
    lowest = -_BOUNDS[0] * _STEPS * len(first)
    scores: dict[str, dict[str, float]] = {}
    for (group, node), steps in zip(known.keys, lanes, strict=True):
        scores.setdefault(group, {})[node] = (steps - lowest) / _STEPS / root
    return Sound(scores, tuple(first.items()), scores.pop("")["none"])


def _lanes(packed: int, count: int) -> memoryview:
    return memoryview(packed.to_bytes(2 * count, sys.byteorder)).cast("H")


def telling_places(heard: Sound, key: Key, most: int) -> list[int]:
    """Return the places of the words that speak most for a node, the strongest first."""
    known = profiles()
    at = known.keys.index(key)
    count = len(known.keys)
    nought = -_BOUNDS[0] * _STEPS
    ranked = sorted((-_lanes(known.weights[word], count)[at], place) for word, place in heard.places)
    return [place for steps, place in ranked if -steps > nought][:most]
