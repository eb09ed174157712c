"""Why a safeguarding concern is handed on."""

from functools import cache

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


class SafeguardingCategory(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One category; ``ring`` says whom to ring first."""

    ring: str


@cache
def safeguarding_categories() -> Vocabulary[SafeguardingCategory]:
    """Return the categories, the most urgent first."""
    return load_vocabulary("safeguarding_categories", SafeguardingCategory)
