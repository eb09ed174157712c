"""From concepts to the nodes of every strategy: noisy-or over the crosswalk, then the cut of the framework."""

from msgspec import Struct

from services.safeguarding.wording import merged
from services.themer.bank import Cut, bank
from services.themer.scoring import Found
from services.vocabulary.frameworks import Framework, frameworks

_PLACES = 4
_MOST_EVIDENCE = 6
_WORTH_SHOWING = 0.5
"""Evidence is shown from this share of the strongest ground upward."""


class Counted(Struct, frozen=True):
    """One node that the text belongs to, with its score, the concept that gives most, its rule and its evidence."""

    framework: str
    node: str
    score: float
    concept: str
    rule: str
    spans: tuple[tuple[int, int], ...]


def nodes_said(said: dict[str, Found]) -> list[Counted]:
    """Return the nodes in the order of the catalogues, then by score downward, then by id."""
    counted: list[Counted] = []
    crosswalk = bank().crosswalk
    concepts = [concept for concept in bank().concepts if concept.id in said]
    for framework in frameworks().values():
        given: dict[str, list[tuple[float, str]]] = {}
        for concept in concepts:
            for node, weight in crosswalk[concept.id].get(framework.id, {}).items():
                given.setdefault(node, []).append((said[concept.id].chance * weight, concept.id))
        scores = {node: _score([chance for chance, _ in chances]) for node, chances in given.items()}
        for node in chosen(_most_specific(scores, framework), bank().calibration.frameworks[framework.id]):
            _, concept_id = min((-chance, concept_id) for chance, concept_id in given[node])
            found = said[concept_id]
            counted.append(
                Counted(framework.id, node, scores[node], concept_id, found.grounds[0].rule, _evidence(found))
            )
    return counted


def _score(chances: list[float]) -> float:
    left = 1.0
    for chance in chances:
        left *= 1.0 - chance
    return round(1.0 - left, _PLACES)


def _most_specific(scores: dict[str, float], framework: Framework) -> dict[str, float]:
    """Leave out a node when one below it is there: 2.2 says all that 2 says."""
    above = {upper.id for node in scores for upper in framework.ancestors(node)}
    return {node: score for node, score in scores.items() if node not in above}


def chosen(scores: dict[str, float], cut: Cut) -> list[str]:
    """Return the ids that pass a cut, by score downward, then by id."""
    ranked = sorted(scores, key=lambda one: (-scores[one], one))
    if not ranked:
        return []
    least = max(cut.least, cut.share * scores[ranked[0]])
    return [one for one in ranked if scores[one] >= least][: cut.most]


def _evidence(found: Found) -> tuple[tuple[int, int], ...]:
    least = _WORTH_SHOWING * found.grounds[0].chance
    spans = [span for ground in found.grounds if ground.chance >= least for span in ground.spans]
    return tuple(merged(spans)[:_MOST_EVIDENCE])
