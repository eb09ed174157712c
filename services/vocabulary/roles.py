"""As whom somebody speaks: chosen by the person, and never added together silently."""

from functools import cache
from typing import Literal

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


class Role(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One role; an organisation counts as an organisation, never as a person."""

    counts_as: Literal["person", "organisation"]


@cache
def roles() -> Vocabulary[Role]:
    """Return the 5 roles; the description is said in the person's own voice."""
    return load_vocabulary("roles", Role)


def counts_as_person(role_id: str) -> bool:
    """Say whether a contribution in this role is counted among people.

    Raises:
        NotFound: no such role.
    """
    return roles().get(role_id).counts_as == "person"
