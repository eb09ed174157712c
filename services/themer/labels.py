"""Sectors and forms: what is named or plainly meant, by cues of their own and by what the concepts found imply."""

from collections.abc import Mapping

from services.safeguarding.phrases import Hit
from services.themer.bank import bank
from services.themer.crosswalk import chosen
from services.themer.scoring import Found, owner_of, together
from services.vocabulary.forms import forms
from services.vocabulary.sectors import sectors


def sectors_said(hits: list[Hit], said: dict[str, Found]) -> tuple[str, ...]:
    """Return whose service is spoken of, in the order of the vocabulary."""
    hints = {concept.id: concept.sectors for concept in bank().concepts}
    scores = _scores("sector", hits, said, hints)
    return sectors().in_order(chosen(scores, bank().calibration.sectors))


def forms_said(hits: list[Hit], said: dict[str, Found]) -> tuple[str, ...]:
    """Return the forms of violence that are named or plainly implied, in the order of the vocabulary."""
    hints = {concept.id: concept.forms for concept in bank().concepts}
    scores = _scores("form", hits, said, hints)
    return forms().in_order(chosen(scores, bank().calibration.forms))


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
