"""Dangers that contributions tell of, gathered for a session: by category and urgency, never by words. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from services.safeguarding.detection import Urgency, detect
from services.vocabulary.safeguarding_categories import safeguarding_categories
from services.vocabulary.safeguarding_urgencies import safeguarding_urgencies

_ORDER: Final[tuple[Urgency, ...]] = ("now", "soon", "past")


class Danger(Struct, frozen=True, order=True):
    """One category of danger in one session.

    Attributes:
        category: an id of the safeguarding categories.
        urgency: the most urgent that was found.
        contributions: how many contributions tell of it.
    """

    category: str
    urgency: Urgency
    contributions: int


class Raised(Struct, frozen=True):
    """A concern that stands on the lead's list, as the sender is told of it.

    Attributes:
        concern: its id, under which what was done can be recorded.
        session: the session that it came up in.
        category: an id of the safeguarding categories.
        urgency: how urgent it is.
        contributions: how many contributions tell of it.
    """

    concern: str
    session: str
    category: str
    urgency: Urgency
    contributions: int

    @property
    def ring(self) -> str:
        """Whom to ring, in the words of the data file."""
        advice = safeguarding_categories().get(self.category).ring
        return advice if self.urgency != "now" or "999" in advice else f"In danger now? Ring 999 first. {advice}"

    def told(self) -> dict[str, object]:
        """Return what the interface says of it."""
        return {
            "concern": self.concern,
            "session": self.session,
            "category": self.category,
            "urgency": self.urgency,
            "contributions": self.contributions,
            "ring": self.ring,
        }


def dangers_in(texts: Iterable[str], before: Iterable[Danger] = ()) -> tuple[Danger, ...]:
    """Return the dangers that texts tell of, added to those found before, in the order of the categories."""
    found = _gathered(before)
    for text in texts:
        by_category: dict[str, Urgency] = {}
        for concern in detect(text):
            by_category[concern.category] = _more_urgent(concern.urgency, by_category.get(concern.category))
        for category, urgency in by_category.items():
            known, count = found.get(category, (None, 0))
            found[category] = (_more_urgent(urgency, known), count + 1)
    return _in_order(found)


def added_up(some: Iterable[Danger], others: Iterable[Danger]) -> tuple[Danger, ...]:
    """Return the dangers of some texts and of others as those of all of them, in the order of the categories."""
    found = _gathered(some)
    for each in others:
        known, count = found.get(each.category, (None, 0))
        found[each.category] = (_more_urgent(each.urgency, known), count + each.contributions)
    return _in_order(found)


def _gathered(dangers: Iterable[Danger]) -> dict[str, tuple[Urgency, int]]:
    return {each.category: (each.urgency, each.contributions) for each in dangers}


def _more_urgent(one: Urgency, other: Urgency | None) -> Urgency:
    return one if other is None else min(one, other, key=_ORDER.index)


def _in_order(found: Mapping[str, tuple[Urgency, int]]) -> tuple[Danger, ...]:
    return tuple(Danger(category, *found[category]) for category in safeguarding_categories().ids if category in found)


def urgency_title(urgency: str) -> str:
    """Return an urgency as people read it."""
    return safeguarding_urgencies().title_of(urgency)
