"""Cuts a reading into utterances: what is said in one breath, a sentence or a part of one.

Dictated and second-language texts often have no full stops, and slang has lines of two words; a likeness to example
sentences needs pieces of about their length.
"""

from itertools import pairwise

from msgspec import Struct

from services.safeguarding.wording import BREAK, Reading

LONG = 30
"""Words from which an utterance is cut again."""
STEP = 18
"""Words of each piece of a long utterance."""
SHORT = 4
"""Words below which a sentence joins the one before it."""


class Utterance(Struct, frozen=True):
    """The words from ``first`` to ``last`` of a reading, both inclusive."""

    first: int
    last: int


def _sentences(reading: Reading) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    first = 0
    for at, word in enumerate(reading.words):
        if word == BREAK:
            if at > first:
                found.append((first, at - 1))
            first = at + 1
    if first < len(reading.words):
        found.append((first, len(reading.words) - 1))
    return found


def utterances(reading: Reading) -> list[Utterance]:
    """Return the utterances in the order of the text; together they hold every word but the sentence breaks."""
    joined: list[tuple[int, int]] = []
    for first, last in _sentences(reading):
        if joined and last - first + 1 < SHORT and last - joined[-1][0] < LONG:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    found: list[Utterance] = []
    for first, last in joined:
        length = last - first + 1
        pieces = 1 if length <= LONG else -(-length // STEP)
        cuts = [first + length * piece // pieces for piece in range(pieces + 1)]
        found += [Utterance(start, end - 1) for start, end in pairwise(cuts)]
    return found
