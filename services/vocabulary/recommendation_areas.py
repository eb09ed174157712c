"""The five areas of recommendations of the decision of 2018 (PCD 345, paragraph 1.5)."""

from functools import cache

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


@cache
def recommendation_areas() -> Vocabulary[Entry]:
    """Return the 5 areas, titles as printed."""
    return load_vocabulary("recommendation_areas", Entry)
