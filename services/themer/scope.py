"""What the speaker denies, or only reports that others say: words that no cue and no likeness may use.

"It was never about the police, it was my manager" says nothing of the police; "they say it is all about lighting but
nobody asks us" is about being asked. Both are label rules of the bank: what is denied is not counted.
"""

from functools import cache

from services.safeguarding.phrases import Cue, PhraseBook
from services.safeguarding.wording import BREAK, Reading
from services.themer.bank import bank

_TURN = "but"
_REACH = 14
"""Words that a denial reaches at most, where no comma or full stop ends it sooner."""


@cache
def _openers() -> PhraseBook:
    known = bank()
    cues = [Cue("denial", said, 1.0) for said in known.denials]
    cues += [Cue("attribution", said, 1.0) for said in known.attributions]
    return PhraseBook(cues, known.lexicon)


def closed_words(reading: Reading) -> frozenset[int]:
    """Return the indices of the words that are denied or only attributed, the openers with them."""
    closed: set[int] = set()
    for hit in _openers().find(reading):
        first, last = hit.parts[0]
        if hit.cue.owner == "denial":
            closed.update(range(first, _end_of_clause(reading, last) + 1))
        else:
            turn = _turn_after(reading, last)
            if turn is not None:
                closed.update(range(first, turn))
    return frozenset(closed)


def _end_of_clause(reading: Reading, at: int) -> int:
    end = at
    clause = reading.clauses[at]
    while end + 1 < len(reading.words) and end - at < _REACH:
        if reading.words[end + 1] == BREAK or reading.clauses[end + 1] != clause:
            break
        end += 1
    return end


def _turn_after(reading: Reading, at: int) -> int | None:
    """Return where "but" stands in the rest of the sentence, if it does."""
    for later in range(at + 1, len(reading.words)):
        if reading.words[later] == BREAK:
            return None
        if reading.words[later] == _TURN:
            return later
    return None
