"""The forms in which words are written, each read once: what the lexicon knows of a form, how it is cased, its roles.

Nearly all words of a text are ordinary ones that have been met before; what was read of their forms is kept for the
life of the process, so that reading a text is one look-up a word. Only forms of *ordinary* words are kept, and of
listed ones that are nobody's name: a name, a number, or a word that nothing explains is read anew each time, so that
nobody's name outlives the call that held it.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from services.anonymiser.lexicon import (
    GIVEN,
    JOB,
    KEPT_PHRASE,
    LEAD,
    NAME,
    NUMBER,
    ORDINARY,
    PLACE,
    SITE,
    STATUS,
    SURNAME,
    TIME,
    Lexicon,
    fold,
)

LOWER, TITLE, UPPER, SINGLE, DIGITS = range(5)
SHAPE_BITS: Final = 7  # the shape in the lowest bits of a form's case; the rest are signs
SELF: Final = 8  # the writer speaks of herself: "i", "im"
LETTER: Final = 16  # one letter or one digit
WEIGHED: Final = 32  # may be somebody's name
UNEXPLAINED: Final = 64  # nothing explains it
COUNTED: Final = 128  # a number in words
TIMED: Final = 64  # a role: may belong to a date, an age or a number
UNORDINARY: Final = 128  # a role: no ordinary word
# The kinds by which detectors look words up, each with its role.
ROLES: Final = {KEPT_PHRASE: 1, PLACE: 2, SITE: 4, STATUS: 8, JOB: 16, LEAD: 32}
SCIENTISTS: Final = ("ologist", "ologists", "ographer", "onomer")

_CONTRACTIONS = ("'ll", "'ve", "'re", "'d")
_KEPT_WHOLE = frozenset({"i'll", "i've", "i'd", "we'll", "we're", "we'd", "you're", "they're", "she'll", "he'll"})
_SELF = frozenset({"i", "im", "ive"})
_MOST_FORMS = 40_000


class Form(NamedTuple):
    """One word as it is written.

    Attributes:
        key: folded; a possessive ending is cut off.
        kind: the lexicon's bits; 0 for a word that nothing explains.
        case: its shape (LOWER to DIGITS) and signs (SELF to COUNTED).
        roles: what detectors look it up by (``ROLES``, TIMED, UNORDINARY).
        owning: whether a possessive ending was cut off.
    """

    key: str
    kind: int
    case: int
    roles: int
    owning: bool


class Forms:
    """Reads forms, and keeps those of ordinary words.

    Attributes:
        met: the forms kept, at most ``most`` of them, by how they are written.
    """

    __slots__ = ("_lexicon", "_most", "met")

    def __init__(self, lexicon: Lexicon, most: int = _MOST_FORMS) -> None:
        self._lexicon = lexicon
        self._most = most
        self.met: dict[str, Form] = {}

    def look_up(self, words: Sequence[str]) -> list[Form | None]:
        """Return the form of each word that was kept, None for the others."""
        return list(map(self.met.get, words))

    def read(self, word: str, *, marked: bool) -> Form:
        """Return the form of ``word``; ``marked`` tells whether a capital of it would stand inside a sentence."""
        lexicon = self._lexicon
        known = lexicon.kinds.get
        key = fold(word)
        kind = known(key)
        owning = False
        alone = True  # whether the word alone, without what stands before it, tells all
        if kind is None:
            if "'" in key:
                key, owning = _cut_ending(key)
                kind = known(key)
            if kind is None:
                if key[0].isdigit():
                    kind = 0
                elif lexicon.is_ordinary(key, compounds=False):
                    kind = ORDINARY
                else:
                    alone = False
                    kind = ORDINARY if not (marked and word[0].isupper()) and lexicon.is_compound(key) else 0
        elif "'" in key and key.endswith("'s") and not kind & ORDINARY:
            key, owning, alone = key[:-2], True, False
            kind = lexicon.kind(key, capital=marked and word[0].isupper())
        elif kind & SURNAME and not kind & (ORDINARY | GIVEN) and word[0].islower() and lexicon.is_inflected(key):
            kind |= ORDINARY  # "he parks there"
        shape = _shape(word[:-2] if owning else word)
        form = Form(key, kind, shape | _signs(key, kind, shape), _roles(key, kind, shape), owning)
        if alone and (kind & ORDINARY or (kind and not kind & NAME)) and len(self.met) < self._most:
            self.met[word] = form
        return form


@cache
def forms_of(lexicon: Lexicon) -> Forms:
    """Return the one reader of forms that belongs to ``lexicon``."""
    return Forms(lexicon)


def _cut_ending(key: str) -> tuple[str, bool]:
    if key.endswith("'s"):
        return key[:-2], True
    for ending in _CONTRACTIONS:
        if key.endswith(ending) and len(key) > len(ending) + 1 and key not in _KEPT_WHOLE:
            return key[: -len(ending)], False
    return key.replace("'", ""), False


def _shape(word: str) -> int:
    first = word[0]
    if first.isupper():
        if len(word) == 1:
            return SINGLE
        return UPPER if word.isupper() else TITLE
    return DIGITS if first.isdigit() else LOWER


def _signs(key: str, kind: int, shape: int) -> int:
    return (
        SELF * (key in _SELF)
        + LETTER * (len(key) == 1)
        + WEIGHED * (bool(kind & NAME) or not kind or shape in (SINGLE, TITLE))
        + UNEXPLAINED * (not kind)
        + COUNTED * bool(kind & NUMBER)
    )


def _roles(key: str, kind: int, shape: int) -> int:
    roles = sum(role for bit, role in ROLES.items() if kind & bit)
    if kind in (0, ORDINARY) and key.endswith(SCIENTISTS):
        roles |= ROLES[JOB]
    if kind & (TIME | NUMBER) or shape == DIGITS:
        roles |= TIMED
    return roles if kind & ORDINARY else roles | UNORDINARY
