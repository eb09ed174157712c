"""For whom a group was convened: it describes the group, never a person in it."""

from functools import cache

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


class ConvenedFor(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of group; where ``may_be_a_cut`` is false no figure is ever broken down by it."""

    may_be_a_cut: bool


@cache
def convened_for() -> Vocabulary[ConvenedFor]:
    """Return the kinds, the general one first."""
    return load_vocabulary("convened_for", ConvenedFor)
