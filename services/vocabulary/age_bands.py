"""Age bands in whole years; a date of birth is never asked or kept."""

from functools import cache

from services.errors import NotFound
from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary


class AgeBand(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One band, both ends included in years; None is an open end, and both None say nothing about age."""

    youngest: int | None
    oldest: int | None


@cache
def age_bands() -> Vocabulary[AgeBand]:
    """Return the 8 bands, the youngest first, "prefer not to say" last."""
    return load_vocabulary("age_bands", AgeBand)


def band_of(age: int) -> str:
    """Return the id of the band that holds an age in whole years.

    Raises:
        NotFound: the age is below 0.
    """
    for band in age_bands().entries:
        if band.youngest is not None and band.youngest <= age and (band.oldest is None or age <= band.oldest):
            return band.id
    raise NotFound("No age band holds that age: ages begin at 0.")
