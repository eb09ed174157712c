"""What a contribution may be used for; each use is opted into by itself."""

from functools import cache

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


class Use(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One use; ``shown`` is the wording beside the box, ``explained`` the line below it."""

    shown: str
    explained: str


@cache
def uses() -> Vocabulary[Use]:
    """Return the 3 uses: count, paraphrase, quote."""
    return load_vocabulary("uses", Use)
