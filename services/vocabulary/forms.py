"""The forms of violence against women and girls, as listed in the decision of 2018 (PCD 345, paragraph 1.6)."""

from functools import cache

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


@cache
def forms() -> Vocabulary[Entry]:
    """Return the 11 forms."""
    return load_vocabulary("forms", Entry)
