"""From concepts and the sound of a text to the nodes of every strategy.

What was cued goes through the crosswalk by noisy-or; what the text sounds like comes from the profiles; a few weights
for each framework, fitted by ``benchmarks/bank_fit.py``, blend the two into one chance; then comes the cut.
"""

import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from msgspec import Struct

from services.safeguarding.wording import Reading, merged, spans_between
from services.themer.bank import Cut, bank
from services.themer.profiles import FORMS, SECTORS, Sound, telling_places
from services.themer.scoring import Found, Named, together
from services.vocabulary.frameworks import frameworks

SIGNALS = ("named", "cued", "share", "sound", "lead", "nothing")
"""What :func:`signals` gives for each node, in its order: see ``Blend``."""
_PLACES = 4
_MOST_EVIDENCE = 6
_WORTH_SHOWING = 0.5
"""Evidence is shown from this share of the strongest ground upward."""
_CUED = 0.15
"""From this contribution of a cued concept upward its evidence is shown; below, the telling words are."""
_TELLING = 5
_LONG = 5.0
"""The logarithm of the number of words from which a text is long."""


class Counted(Struct, frozen=True):
    """One node that the text belongs to, with its score, the concept that gives most, its rule and its evidence."""

    framework: str
    node: str
    score: float
    concept: str
    rule: str
    spans: tuple[tuple[int, int], ...]


@cache
def _nodes_of() -> dict[str, dict[str, tuple[tuple[str, float], ...]]]:
    """Return for each framework, and for forms and sectors, what each concept lends to its nodes."""
    found: dict[str, dict[str, tuple[tuple[str, float], ...]]] = {}
    for concept in bank().concepts:
        for group, nodes in {**concept.nodes, FORMS: concept.forms, SECTORS: concept.sectors}.items():
            if nodes:
                found.setdefault(group, {})[concept.id] = tuple(nodes.items())
    return found


@cache
def order_of(group: str) -> tuple[str, ...]:
    """Return the nodes that a text may be given, in the order of their list: those that have none below them."""
    if group == FORMS:
        return tuple(label.id for label in bank().forms)
    if group == SECTORS:
        return tuple(label.id for label in bank().sectors)
    framework = frameworks()[group]
    above = {node.parent for node in framework.nodes}
    return tuple(node for node in framework.ordered if node not in above)


@cache
def _concepts_of() -> dict[tuple[str, str], list[tuple[float, str]]]:
    """Return for each node its concepts with their weights, in the order of the bank."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for concept in bank().concepts:
        for framework_id, nodes in concept.nodes.items():
            for node, weight in nodes.items():
                found.setdefault((framework_id, node), []).append((weight, concept.id))
    return found


def _cued(group: str, said: dict[str, Found]) -> tuple[dict[str, float], float]:
    """Return the noisy-or of the crosswalk for each node with any concept found, and the greatest of them."""
    lent = _nodes_of().get(group, {})
    left: dict[str, float] = {}
    for concept_id, found in said.items():
        for node, weight in lent.get(concept_id, ()):
            left[node] = left.get(node, 1.0) * (1.0 - found.chance * weight)
    return {node: 1.0 - one for node, one in left.items()}, 1.0 - min(left.values(), default=1.0)


def signals(
    group: str, said: dict[str, Found], heard: Sound, named: Mapping[str, float] = MappingProxyType({})
) -> dict[str, tuple[float, ...]]:
    """Return for each node with any sign of it the signals that are blended, in the order of ``SIGNALS``.

    Args:
        group: a framework, ``FORMS`` or ``SECTORS``.
        said: the concepts found.
        heard: what the text sounds like.
        named: how surely a form or sector is named outright.
    """
    cued, most = _cued(group, said)
    sounds = heard.scores.get(group, {})
    loudest = max(sounds.values(), default=0.0)
    told: dict[str, tuple[float, ...]] = {}
    for node in order_of(group):
        if node in sounds or node in cued or node in named:
            here, mine = sounds.get(node, 0.0), cued.get(node, 0.0)
            share = mine / most if most else 0.0
            told[node] = (named.get(node, 0.0), mine, share, here, here - loudest, heard.nothing - loudest)
    return told


def blended(
    group: str, said: dict[str, Found], heard: Sound, named: Mapping[str, float] = MappingProxyType({})
) -> dict[str, float]:
    """Return the chance of each node, rounded to 4 places: the logistic of its weighted signals and its bias.

    Nodes without any sign or chance are left out. The sum over :func:`signals` is written out, what all nodes of the
    group have in common first, because this is where a text spends much of its time.
    """
    (by_name, by_cue, by_share, by_sound, by_lead, by_nothing), bias = _blend_of(group)
    cued, most = _cued(group, said)
    sounds = heard.scores.get(group, {})
    loudest = max(sounds.values(), default=0.0)
    common = by_nothing * (heard.nothing - loudest) - by_lead * loudest
    of_cued = by_cue + (by_share / most if most else 0.0)
    of_sound = by_sound + by_lead
    chances: dict[str, float] = {}
    for node, own in bias.items():
        if node in sounds or node in cued or node in named:
            total = own + common + of_sound * sounds.get(node, 0.0)
            if node in cued:
                total += of_cued * cued[node]
            if node in named:
                total += by_name * named[node]
            chance = round(1.0 / (1.0 + math.exp(-total)), _PLACES)
            if chance > 0:
                chances[node] = chance
    return chances


@cache
def _blend_of(group: str) -> tuple[tuple[float, ...], dict[str, float]]:
    """Return the weights in the order of ``SIGNALS`` and the bias of each node, 0 where it has none."""
    blend = bank().blends[group]
    return tuple(blend.weights.get(name, 0.0) for name in SIGNALS), {
        node: blend.bias.get(node, 0.0) for node in order_of(group)
    }


def cover_signals(said: dict[str, Found], heard: Sound, named: Named, length: int) -> dict[str, float]:
    """Return the signals that tell whether any strategy covers a text of ``length`` words at all."""
    chances = sorted((found.chance for found in said.values()), reverse=True)
    sounds = [score for framework in frameworks() for score in heard.scores.get(framework, {}).values()]
    return {
        "cued": chances[0] if chances else 0.0,
        "second": chances[1] if len(chances) > 1 else 0.0,
        "loudest": max(sounds, default=0.0),
        "nothing": heard.nothing,
        "form": together(named["form"]),
        "sector": together(named["sector"]),
        "none": together(named["none"]),
        "length": min(1.0, math.log1p(length) / _LONG),
    }


def covered(said: dict[str, Found], heard: Sound, named: Named, length: int) -> bool:
    """Whether any strategy covers the text: asked before any node is."""
    gate = bank().gate
    told = cover_signals(said, heard, named, length)
    total = gate.bias + sum(gate.weights[name] * value for name, value in told.items())
    return 1.0 / (1.0 + math.exp(-total)) >= gate.least


def nodes_said(reading: Reading, said: dict[str, Found], heard: Sound, named: Named) -> list[Counted]:
    """Return the nodes in the order of the catalogues, then by score downward, then by id."""
    if not (said or heard.scores) or not covered(said, heard, named, len(reading.words)):
        return []
    counted: list[Counted] = []
    for framework_id in frameworks():
        chances = blended(framework_id, said, heard)
        for node in chosen(chances, bank().blends[framework_id].cut):
            found = _grounds(framework_id, node, reading, said, heard)
            if found is not None:
                counted.append(Counted(framework_id, node, chances[node], *found))
    return counted


def chosen(scores: dict[str, float], cut: Cut) -> list[str]:
    """Return the ids that pass a cut, by score downward, then by id."""
    if not scores:
        return []
    least = max(cut.least, cut.share * max(scores.values()))
    ranked = sorted([(-score, one) for one, score in scores.items() if score >= least])
    return [one for _, one in ranked[: cut.most]]


def _grounds(
    framework_id: str, node: str, reading: Reading, said: dict[str, Found], heard: Sound
) -> tuple[str, str, tuple[tuple[int, int], ...]] | None:
    """Return concept, rule and evidence; None where nothing can be shown, for then nothing is claimed."""
    of_node = _concepts_of().get((framework_id, node), [])
    cued = [(-weight * said[one].chance, one) for weight, one in of_node if one in said]
    if cued and -min(cued)[0] >= _CUED:
        found = said[min(cued)[1]]
        return min(cued)[1], found.grounds[0].rule, _evidence(found)
    known = node in heard.scores.get(framework_id, {})
    places = telling_places(heard, (framework_id, node), _TELLING) if known else []
    spans = merged([span for at in places for span in spans_between(reading, at, at)])
    if not (spans and of_node):
        return None
    concept = min(cued or [(-weight, one) for weight, one in of_node])[1]
    return concept, "words of the node", tuple(spans)


def _evidence(found: Found) -> tuple[tuple[int, int], ...]:
    least = _WORTH_SHOWING * found.grounds[0].chance
    spans = [span for ground in found.grounds if ground.chance >= least for span in ground.spans]
    return tuple(merged(spans)[:_MOST_EVIDENCE])
