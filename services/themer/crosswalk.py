"""From concepts and the sound of a text to the nodes of every strategy.

What was cued goes through the crosswalk by noisy-or; what the text sounds like comes from the profiles; a few weights
for each framework, fitted by ``benchmarks/bank_fit.py``, blend the two into one chance; then comes the cut.
"""

import math
from functools import cache
from operator import mul

from msgspec import Struct

from services.safeguarding.wording import Reading, merged, spans_between
from services.themer.bank import Cut, bank
from services.themer.profiles import Sound, telling_places
from services.themer.scoring import Found, together
from services.vocabulary.frameworks import Framework, frameworks

SIGNALS = ("cued", "share", "sound", "lead", "nothing")
"""What :func:`signals` gives for each node, in its order: see ``Blend``."""
_PLACES = 4
_MOST_EVIDENCE = 6
_WORTH_SHOWING = 0.5
"""Evidence is shown from this share of the strongest ground upward."""
_CUED = 0.15
"""From this contribution of a cued concept upward its evidence is shown; below, the telling words are."""
_TELLING = 5


class Counted(Struct, frozen=True):
    """One node that the text belongs to, with its score, the concept that gives most, its rule and its evidence."""

    framework: str
    node: str
    score: float
    concept: str
    rule: str
    spans: tuple[tuple[int, int], ...]


@cache
def _nodes_of() -> dict[str, dict[str, dict[str, float]]]:
    return {concept.id: concept.nodes for concept in bank().concepts}


@cache
def _concepts_of() -> dict[tuple[str, str], list[tuple[float, str]]]:
    """Return for each node its concepts with their weights, in the order of the bank."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for concept in bank().concepts:
        for framework_id, nodes in concept.nodes.items():
            for node, weight in nodes.items():
                found.setdefault((framework_id, node), []).append((weight, concept.id))
    return found


@cache
def _below(framework_id: str) -> dict[str, tuple[str, ...]]:
    """Return for each node all nodes below it: 2.2 says all that 2 says."""
    framework = frameworks()[framework_id]
    below: dict[str, list[str]] = {node: [] for node in framework.ordered}
    for node in framework.ordered:
        for upper in framework.ancestors(node):
            below[upper.id].append(node)
    return {node: tuple(under) for node, under in below.items()}


def signals(framework: Framework, said: dict[str, Found], heard: Sound) -> dict[str, dict[str, float]]:
    """Return for each node with any sign of it the signals that are blended, in the order of ``SIGNALS``."""
    cued: dict[str, list[float]] = {}
    for concept_id, found in said.items():
        for node, weight in _nodes_of()[concept_id].get(framework.id, {}).items():
            cued.setdefault(node, []).append(found.chance * weight)
    chances = {node: together(each) for node, each in cued.items()}
    sounds = {
        node: heard.scores[framework.id, node] for node in framework.ordered if (framework.id, node) in heard.scores
    }
    most = max(chances.values(), default=0.0)
    loudest = max(sounds.values(), default=0.0)
    return {
        node: {
            "cued": chances.get(node, 0.0),
            "share": chances.get(node, 0.0) / most if most else 0.0,
            "sound": sounds.get(node, 0.0),
            "lead": sounds.get(node, 0.0) - loudest,
            "nothing": heard.of_nothing() - loudest,
        }
        for node in framework.ordered
        if node in chances or node in sounds
    }


def blended(framework: Framework, said: dict[str, Found], heard: Sound) -> dict[str, float]:
    """Return the chance of each node, rounded to 4 places; a node with one below it that is there too is left out."""
    blend = bank().blends[framework.id]
    weights = [blend.weights[name] for name in SIGNALS]
    chances: dict[str, float] = {}
    for node, by_name in signals(framework, said, heard).items():
        total = blend.bias.get(node, 0.0) + sum(map(mul, weights, by_name.values()))
        chances[node] = round(1.0 / (1.0 + math.exp(-total)), _PLACES)
    return {
        node: chance
        for node, chance in chances.items()
        if chance > 0 and not any(below in chances for below in _below(framework.id)[node])
    }


def cover_signals(said: dict[str, Found], heard: Sound) -> dict[str, float]:
    """Return the signals that tell whether any strategy covers a text at all."""
    chances = sorted((found.chance for found in said.values()), reverse=True)
    loudest = max((score for key, score in heard.scores.items() if key[0]), default=0.0)
    return {
        "cued": chances[0] if chances else 0.0,
        "second": chances[1] if len(chances) > 1 else 0.0,
        "loudest": loudest,
        "nothing": heard.of_nothing(),
    }


def covered(said: dict[str, Found], heard: Sound) -> bool:
    """Whether any strategy covers the text: asked before any node is."""
    gate = bank().gate
    total = gate.bias + sum(gate.weights[name] * value for name, value in cover_signals(said, heard).items())
    return 1.0 / (1.0 + math.exp(-total)) >= gate.least


def nodes_said(reading: Reading, said: dict[str, Found], heard: Sound) -> list[Counted]:
    """Return the nodes in the order of the catalogues, then by score downward, then by id."""
    if not (said or heard.scores) or not covered(said, heard):
        return []
    counted: list[Counted] = []
    for framework in frameworks().values():
        chances = blended(framework, said, heard)
        for node in chosen(chances, bank().blends[framework.id].cut):
            found = _grounds(framework.id, node, reading, said, heard)
            if found is not None:
                counted.append(Counted(framework.id, node, chances[node], *found))
    return counted


def chosen(scores: dict[str, float], cut: Cut) -> list[str]:
    """Return the ids that pass a cut, by score downward, then by id."""
    ranked = sorted(scores, key=lambda one: (-scores[one], one))
    if not ranked:
        return []
    least = max(cut.least, cut.share * scores[ranked[0]])
    return [one for one in ranked if scores[one] >= least][: cut.most]


def _grounds(
    framework_id: str, node: str, reading: Reading, said: dict[str, Found], heard: Sound
) -> tuple[str, str, tuple[tuple[int, int], ...]] | None:
    """Return concept, rule and evidence; None where nothing can be shown, for then nothing is claimed."""
    of_node = _concepts_of().get((framework_id, node), [])
    cued = [(-weight * said[one].chance, one) for weight, one in of_node if one in said]
    if cued and -min(cued)[0] >= _CUED:
        found = said[min(cued)[1]]
        return min(cued)[1], found.grounds[0].rule, _evidence(found)
    places = telling_places(heard, (framework_id, node), _TELLING) if (framework_id, node) in heard.scores else []
    spans = merged([span for at in places for span in spans_between(reading, at, at)])
    if not (spans and of_node):
        return None
    concept = min(cued or [(-weight, one) for weight, one in of_node])[1]
    return concept, "words of the node", tuple(spans)


def _evidence(found: Found) -> tuple[tuple[int, int], ...]:
    least = _WORTH_SHOWING * found.grounds[0].chance
    spans = [span for ground in found.grounds if ground.chance >= least for span in ground.spans]
    return tuple(merged(spans)[:_MOST_EVIDENCE])
