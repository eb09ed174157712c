"""Kinds of session: who is in the room, and whether it is for people under 18."""

from functools import cache
from typing import Literal

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


class SessionKind(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of session.

    Attributes:
        plural: the title for more than one.
        people: ``group`` where several people each have a seat; ``single`` where every contribution is a person.
        under_18: held for people under 18, with a consent rule of its own and no quotations.
    """

    plural: str
    people: Literal["group", "single"]
    under_18: bool


@cache
def session_kinds() -> Vocabulary[SessionKind]:
    """Return the 14 kinds."""
    return load_vocabulary("session_kinds", SessionKind)
