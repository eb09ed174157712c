"""Whose services are spoken of: the local authorities of London, and "not said"; never where a person lives."""

from functools import cache
from typing import Final

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary

NOT_SAID: Final = "not_said"


class Area(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One area; ``region`` is what it belongs to, None for "not said"."""

    region: str | None


@cache
def areas() -> Vocabulary[Area]:
    """Return the 33 local authorities of London and `NOT_SAID`; settings add others with `Vocabulary.extended`."""
    return load_vocabulary("areas", Area)
