"""Whose service is spoken of, so that an answer can be routed to a lead."""

from functools import cache

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


@cache
def sectors() -> Vocabulary[Entry]:
    """Return the 13 sectors."""
    return load_vocabulary("sectors", Entry)
