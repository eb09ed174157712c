"""What was done about a safeguarding concern."""

from functools import cache

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


@cache
def safeguarding_actions() -> Vocabulary[Entry]:
    """Return the things that may have been done, the most urgent first."""
    return load_vocabulary("safeguarding_actions", Entry)
