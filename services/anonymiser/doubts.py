"""The last look, at the output: anything that may still be a name or a number holds the passage for a person to see."""

from collections.abc import Iterator, Sequence

from services.anonymiser.forms import UNORDINARY
from services.anonymiser.identifiers import find_identifiers
from services.anonymiser.kept import KEPT, LOCAL, mark_kept
from services.anonymiser.lexicon import KEEP, ORDINARY, Lexicon
from services.anonymiser.normalisation import Normalised, normalise
from services.anonymiser.people import Memory, People
from services.anonymiser.reading import Reading
from services.anonymiser.replacing import Piece
from services.anonymiser.spelling import is_slip_of_ordinary
from services.anonymiser.tokens import DIGITS, LOWER, UPPER, Tokens

_SHORTEST = 3
_ACRONYM = 5
_LONG_NUMBER = 5


def find_doubts_unchanged(
    reading: Reading, surfaces: frozenset[str], lexicon: Lexicon
) -> Iterator[tuple[int, int, str]]:
    """Yield what :func:`find_doubts` would for an output that is the input, from the reading of the input.

    Only for a reading in which nothing was found (:meth:`Reading.is_untouched`) and from which nothing was marked.
    """
    yield from _doubts(
        reading.normalised, reading.tokens, reading.states, set(reading.people.left()), surfaces, lexicon, set()
    )


def find_doubts(
    text: str, pieces: Sequence[Piece], memory: Memory, surfaces: frozenset[str], lexicon: Lexicon
) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and reason of every doubt in the output ``text``, in order.

    Args:
        text: the pseudonymised text.
        pieces: its stretches that need no doubt, in order.
        memory: what the bundle taught about names.
        surfaces: every word replaced as part of a name anywhere in the bundle that is no ordinary word.
        lexicon: the word lists.
    """
    reading = normalise(_blank(text, pieces))
    tokens = Tokens(reading.text, lexicon)
    settled: set[tuple[int, int]] = set()
    for found in find_identifiers(reading.text, lexicon):
        start, end = reading.original(found.start, found.end)
        settled.add((start, end))
        yield start, end, "identifier-left"
    states = mark_kept(tokens, lexicon)
    possible = set(People(tokens, states, lexicon).unsettled(memory))
    yield from _doubts(reading, tokens, states, possible, surfaces, lexicon, settled)


def _doubts(  # noqa: PLR0917 - what two ways of reading an output end in
    reading: Normalised,
    tokens: Tokens,
    states: bytearray,
    possible: set[int],
    surfaces: frozenset[str],
    lexicon: Lexicon,
    settled: set[tuple[int, int]],
) -> Iterator[tuple[int, int, str]]:
    for index in sorted(possible.union(tokens.in_role(UNORDINARY))):
        if states[index] in (KEPT, LOCAL):
            continue
        reason = "possible-name" if index in possible else _doubt(tokens, index, surfaces, lexicon)
        if reason:
            start, end = reading.original(tokens.starts[index], tokens.ends[index])
            if (start, end) not in settled:
                yield start, end, reason


def _blank(text: str, pieces: Sequence[Piece]) -> str:
    """Return ``text`` with its settled stretches made empty, at the same offsets."""
    parts: list[str] = []
    position = 0
    for piece in pieces:
        if piece.end > position:
            start = max(position, piece.start)
            parts += [text[position:start], " " * (piece.end - start)]
            position = piece.end
    parts.append(text[position:])
    return "".join(parts)


def _doubt(tokens: Tokens, index: int, surfaces: frozenset[str], lexicon: Lexicon) -> str:
    """Return the reason to doubt a word that was not weighed as a possible name, or nothing."""
    key, shape, kind = tokens.keys[index], tokens.shapes[index], tokens.kinds[index]
    if shape == DIGITS:
        return "number-left" if len(key) >= _LONG_NUMBER else ""
    if key in surfaces and not kind & (ORDINARY | KEEP):
        return "known-name"
    acronym = shape == UPPER and len(key) <= _ACRONYM and not tokens.shouted
    if kind or len(key) < _SHORTEST or acronym:
        return ""
    plain = shape == LOWER or not tokens.cased or tokens.opens_sentence(index)
    return "" if plain and is_slip_of_ordinary(key, lexicon) else "unexplained-word"
