"""How urgent a safeguarding concern is, and how long it may wait for a lead."""

from functools import cache

from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


class SafeguardingUrgency(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One urgency; a concern that no lead has taken over within its minutes is escalated."""

    acknowledge_within_minutes: int


@cache
def safeguarding_urgencies() -> Vocabulary[SafeguardingUrgency]:
    """Return the urgencies, the most urgent first."""
    return load_vocabulary("safeguarding_urgencies", SafeguardingUrgency)


def most_urgent(*urgencies: str) -> str:
    """Return the most urgent of some urgencies.

    Raises:
        NotFound: one is not in the list.
    """
    return safeguarding_urgencies().in_order(urgencies)[0]
