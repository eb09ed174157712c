"""Sectors and forms: what is named or plainly meant.

By cues of their own, by what the concepts found imply, and by what the text sounds like, blended as nodes are.
"""

from services.themer.bank import bank
from services.themer.crosswalk import blended, chosen
from services.themer.profiles import FORMS, SECTORS, Sound
from services.themer.scoring import Found, Named
from services.vocabulary.forms import forms
from services.vocabulary.sectors import sectors


def sectors_said(said: dict[str, Found], heard: Sound, named: Named) -> tuple[str, ...]:
    """Return whose service is spoken of, in the order of the vocabulary."""
    return sectors().in_order(_chosen(SECTORS, said, heard, named["sector"]))


def forms_said(said: dict[str, Found], heard: Sound, named: Named) -> tuple[str, ...]:
    """Return the forms of violence that are named or plainly implied, in the order of the vocabulary."""
    return forms().in_order(_chosen(FORMS, said, heard, named["form"]))


def _chosen(group: str, said: dict[str, Found], heard: Sound, named: dict[str, float]) -> list[str]:
    return chosen(blended(group, said, heard, named), bank().blends[group].cut)
