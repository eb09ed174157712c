"""Sectors and forms: what is named or plainly meant.

By cues of their own, by what the concepts found imply, and, only where nothing is named, by what a text of that node is
mostly about.
"""

from collections.abc import Mapping

from services.safeguarding.phrases import Hit
from services.themer.bank import Cut, Presumed, bank
from services.themer.crosswalk import Counted, chosen
from services.themer.scoring import Found, owner_of, together
from services.vocabulary.forms import forms
from services.vocabulary.sectors import sectors


def sectors_said(hits: list[Hit], said: dict[str, Found], counted: list[Counted]) -> tuple[str, ...]:
    """Return whose service is spoken of, in the order of the vocabulary."""
    known = bank()
    scores = _scores("sector", hits, said, {concept.id: concept.sectors for concept in known.concepts})
    return sectors().in_order(_chosen(scores, known.calibration.sectors, counted, known.presumed_sectors))


def forms_said(hits: list[Hit], said: dict[str, Found], counted: list[Counted]) -> tuple[str, ...]:
    """Return the forms of violence that are named or plainly implied, in the order of the vocabulary."""
    known = bank()
    scores = _scores("form", hits, said, {concept.id: concept.forms for concept in known.concepts})
    return forms().in_order(_chosen(scores, known.calibration.forms, counted, known.presumed_forms))


def _chosen(scores: dict[str, float], cut: Cut, counted: list[Counted], presumed: Presumed) -> list[str]:
    named = chosen(scores, cut)
    if named:
        return named
    supposed: dict[str, float] = {}
    for one in counted:
        for name, weight in presumed.get(one.framework, {}).get(one.node, {}).items():
            supposed[name] = max(weight, supposed.get(name, 0.0))
    for name, weight in supposed.items():
        scores[name] = together([weight, scores.get(name, 0.0)])
    return chosen(scores, cut)


def _scores(
    kind: str, hits: list[Hit], said: dict[str, Found], hints: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """Return the score of each label: its own cues and the hints of the concepts found, added up as chances."""
    opening = owner_of(kind, "")
    chances: dict[str, dict[str, float]] = {}
    for hit in hits:
        if hit.cue.owner.startswith(opening):
            chances.setdefault(hit.cue.owner.removeprefix(opening), {})[hit.cue.said] = hit.cue.weight
    for concept_id, found in said.items():
        for name, weight in hints[concept_id].items():
            chances.setdefault(name, {})[f"hint of {concept_id}"] = weight * found.chance
    return {name: together(by_rule) for name, by_rule in chances.items()}
