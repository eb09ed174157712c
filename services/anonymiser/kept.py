"""What boards need to read: the kept words and phrases of a text, found before anything is taken for a name."""

from services.anonymiser.lexicon import KEPT_PHRASE, KINSHIP, NAME, Lexicon
from services.anonymiser.tokens import Tokens

FREE, KEPT, SOFT, TAKEN, LOCAL = range(5)


def mark_kept(tokens: Tokens, lexicon: Lexicon) -> bytearray:
    """Return one state a word, FREE for most.

    KEPT stays; LOCAL is a kept place, which may stand in the name of a site; SOFT is a kept word that may still be
    somebody's name ("Chelsea").

    TAKEN is what later detectors write over the words they take.
    """
    states = bytearray(len(tokens))
    resume = 0
    for index in tokens.of_kind(KEPT_PHRASE):
        kind = tokens.kinds[index]
        if index >= resume and (matched := lexicon.kept.match(tokens.keys, index)) is not None:
            size, group = matched
            soft = size == 1 and bool(kind & NAME) and not kind & KINSHIP
            for at in range(index, index + size):
                states[at] = SOFT if soft else LOCAL if group == "london" else KEPT
            resume = index + size
    return states


def take(states: bytearray, start: int, stop: int) -> None:
    """Write TAKEN over the words ``start`` up to ``stop``."""
    for at in range(start, stop):
        states[at] = TAKEN
