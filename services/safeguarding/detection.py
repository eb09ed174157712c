"""Finds present and imminent risk in what somebody wrote: pure, deterministic, and rather too careful than not.

A concern is (now or soon) x (a person at risk) x (harm, a weapon, confinement, pursuit, a deadline, self-harm). The
signs are cues over full words, because tense decides ("he has a knife", "he had a knife"). What stands near words for
the past, or in talk about policy, is left out where the sign itself does not say that it is now. The signs are in
``schemas/vocabularies/safeguarding/signs.yaml``. It is a prompt to a person, never the route: a miss is worse than a
false alarm, and nothing found is no promise that nothing is wrong.
"""

from functools import cache
from typing import Literal

from msgspec import Struct

from services.errors import DataFileError
from services.safeguarding.glance import Glance
from services.safeguarding.phrases import Cue, Hit, PhraseBook
from services.safeguarding.wording import Reading, merged, read, spans_between, spoken_words
from services.vocabulary.datafiles import load_as
from services.vocabulary.safeguarding_categories import safeguarding_categories

Urgency = Literal["now", "soon", "past"]

_REACH = 14
"""Words within which what weakens a sign has to stand."""
_WEAKENS = "weakens"


class Concern(Struct, frozen=True):
    """One reason to tell a person.

    Attributes:
        category: why, an id of the safeguarding categories.
        urgency: ``now`` for a present risk, ``soon`` for one with a day or an event to come, ``past`` for harm long
            ago whose author may still reach others.
        evidence: offsets into the text, end exclusive, in its order; never inside a placeholder.
        rule: the id of the sign in the data file.
    """

    category: str
    urgency: Urgency
    evidence: tuple[tuple[int, int], ...]
    rule: str


class _Sign(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    category: str
    urgency: Urgency
    cues: tuple[str, ...]
    unless: tuple[str, ...] = ()


class _SignsFile(Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    source: str
    licence: str
    version: int
    lists: dict[str, list[str]]
    signs: tuple[_Sign, ...]


class _Signs(Struct, frozen=True):
    signs: dict[str, _Sign]
    book: PhraseBook
    glance: Glance


@cache
def _signs() -> _Signs:
    """Return the signs, compiled once.

    Raises:
        DataFileError: the file is broken, an id is there twice, or a category or list is not there.
    """
    loaded = load_as(_SignsFile, "vocabularies", "safeguarding", "signs.yaml")
    signs = {sign.id: sign for sign in loaded.signs}
    if len(signs) != len(loaded.signs):
        raise DataFileError("The data file signs.yaml has a sign twice.")
    if not {sign.category for sign in loaded.signs} <= safeguarding_categories().id_set:
        raise DataFileError("The data file signs.yaml names a category that is not in the list.")
    cues = [Cue(sign.id, cue, 1.0) for sign in loaded.signs for cue in sign.cues]
    weakening = sorted({name for sign in loaded.signs for name in sign.unless})
    cues += [Cue(_WEAKENS, f"@{name}", 1.0, group=name) for name in weakening]
    book = PhraseBook(cues, loaded.lists, spoken_words)
    return _Signs(signs, book, book.glance(besides=_WEAKENS))


def detect(text: str) -> tuple[Concern, ...]:
    """Return every concern in ``text``: one for each sign found, in the order of the data file."""
    return concerns_in(read(text, spoken_words)) if _may_tell(text) else ()


def _may_tell(text: str) -> bool:
    """Whether a text holds the words of any sign at all; most do not, and need not be read with offsets."""
    return _signs().glance.may_hold(text)


def concerns_in(reading: Reading) -> tuple[Concern, ...]:
    """Return the concerns of a text that was read with :func:`~services.safeguarding.wording.spoken_words`."""
    known = _signs()
    hits = known.book.find(reading)
    weakening = [hit for hit in hits if hit.cue.owner == _WEAKENS]
    spans: dict[str, list[tuple[int, int]]] = {}
    for hit in hits:
        sign = known.signs.get(hit.cue.owner)
        if sign is not None and not _weakened(hit, sign, weakening, reading):
            found = [span for first, last in hit.parts for span in spans_between(reading, first, last)]
            spans.setdefault(sign.id, []).extend(found)
    return tuple(
        Concern(sign.category, sign.urgency, tuple(merged(spans[sign.id])), sign.id)
        for sign in known.signs.values()
        if spans.get(sign.id)
    )


def _weakened(hit: Hit, sign: _Sign, weakening: list[Hit], reading: Reading) -> bool:
    """Whether something that this sign yields to stands near its first part, in the same sentence or the next."""
    first, last = hit.parts[0]
    used = {at for start, end in hit.parts for at in range(start, end + 1)}
    for weak in weakening:
        start, end = weak.parts[0]
        if weak.cue.group in sign.unless and start not in used:
            apart = (
                reading.places[start] - reading.places[last]
                if start > last
                else (reading.places[first] - reading.places[end])
            )
            if apart <= _REACH:
                return True
    return False
