"""What somebody may opt in to use with what she said; never nationality or immigration status."""

from functools import cache
from typing import Final

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary

LEAST_PRESENT: Final = 10
"""People present from which these may be asked by a show of hands: in a smaller room a hand points to somebody."""


class Characteristic(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One characteristic with the ids of the answers that may be given."""

    answers: tuple[str, ...]


@cache
def characteristics() -> Vocabulary[Characteristic]:
    """Return our nine, each with "prefer not to say"."""
    return load_vocabulary("characteristics", Characteristic)
