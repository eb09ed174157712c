"""Why a safeguarding concern is handed on."""

from functools import cache

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


@cache
def safeguarding_categories() -> Vocabulary[Entry]:
    """Return the categories, the most urgent first."""
    return load_vocabulary("safeguarding_categories", Entry)
