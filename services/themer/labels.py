"""Sectors and forms: what is named or plainly meant, by cues alone."""

from services.safeguarding.phrases import Hit
from services.themer.bank import Cut, bank
from services.themer.crosswalk import chosen
from services.themer.scoring import owner_of, together
from services.vocabulary.forms import forms
from services.vocabulary.sectors import sectors


def sectors_said(hits: list[Hit]) -> tuple[str, ...]:
    """Return whose service is spoken of, in the order of the vocabulary."""
    return sectors().in_order(_labels("sector", sectors().ids, hits, bank().calibration.sectors))


def forms_said(hits: list[Hit]) -> tuple[str, ...]:
    """Return the forms of violence that are named or plainly implied, in the order of the vocabulary."""
    return forms().in_order(_labels("form", forms().ids, hits, bank().calibration.forms))


def _labels(kind: str, names: tuple[str, ...], hits: list[Hit], cut: Cut) -> list[str]:
    chances: dict[str, dict[str, float]] = {}
    for hit in hits:
        chances.setdefault(hit.cue.owner, {})[hit.cue.said] = hit.cue.weight
    scores = {name: together(chances[owner]) for name in names if (owner := owner_of(kind, name)) in chances}
    return chosen(scores, cut)
