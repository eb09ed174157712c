"""Places by the gazetteer: neighbourhoods become their borough, towns their nation, cities and countries "abroad"."""

from collections.abc import Iterator

from services.anonymiser.cues import cue_words
from services.anonymiser.detection import Found
from services.anonymiser.forms import UNEXPLAINED
from services.anonymiser.kept import FREE, KEPT, LOCAL, TAKEN, take
from services.anonymiser.lexicon import GIVEN, NAME, ORDINARY, PLACE, RELATION, SITE, SPEAKING, TITLE, Lexicon
from services.anonymiser.tokens import LOWER, UPPER, Tokens
from services.anonymiser.tokens import TITLE as CAPITAL

_SHORTEST = 4
_SHOUTING = cue_words("place_shouting")
_COMPASS = cue_words("place_compass")
_ROADS = cue_words("place_roads")
_MOVING = cue_words("place_moving")
_GOING = cue_words("place_going")


def find_places(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:
    """Yield every place of the text behind ``tokens`` and mark its words as taken."""
    resume = 0
    for index in tokens.of_kind(PLACE):
        if index < resume or states[index] == TAKEN:
            continue
        matched = lexicon.places.match(tokens.keys, index)
        if matched is None:
            continue
        size, area = matched
        if size == 1 and states[index] in (KEPT, LOCAL):
            continue
        if _is_meant(tokens, index, size, lexicon):
            start = index
            if (
                start
                and tokens.keys[start - 1] in _COMPASS
                and tokens.gap(start) == " "
                and states[start - 1] == FREE
                and (tokens.shapes[start - 1] != LOWER or not tokens.cased)
            ):
                start -= 1
            stop = index + size
            if (
                stop < len(tokens)
                and not tokens.kinds[stop]
                and tokens.gap(stop) == " "
                and tokens.shapes[stop] == tokens.shapes[index]
            ):
                stop += 1  # "dagenham heathway"
            take(states, start, stop)
            yield Found(tokens.starts[start], tokens.ends[stop - 1], "PLACE", area, "gazetteer", 0.8)
        resume = index + size


def _is_meant(tokens: Tokens, index: int, size: int, lexicon: Lexicon) -> bool:  # noqa: PLR0911 - a table of rules, one a line
    """Tell whether a name of the gazetteer is a place here, and not a person or a word."""
    keys = tokens.keys
    phrase = " ".join(keys[index : index + size])
    if size > 1 and phrase not in lexicon.weak_places:
        return (
            tokens.shapes[index] != LOWER
            or not tokens.cased
            or not all(tokens.kinds[at] & ORDINARY for at in range(index, index + size))
        )
    before = keys[index - 1] if index else ""
    joined = index > 0 and tokens.gap(index) in (" ", " '")
    kind = tokens.kinds[index]
    if phrase not in lexicon.weak_places and not kind & ORDINARY:
        # a person all the same, after a relation or a title
        named = joined and bool(tokens.kinds[index - 1] & (RELATION | TITLE)) and bool(kind & GIVEN)
        return not named
    if tokens.cased and tokens.shapes[index] == LOWER and kind & ORDINARY:
        return False
    if not joined or index in tokens.possessive:
        return False
    strong = before in lexicon.cues["strong_before_place"]
    moving = before in _MOVING and index > 1 and (keys[index - 2] in _GOING)
    if kind & ORDINARY and tokens.shapes[index] == LOWER:
        return (before in ("in", "near") or moving) and _ends_phrase(tokens, index) and not kind & SPEAKING
    if kind & NAME:
        return strong or moving
    return before in lexicon.cues["before_place"]


def _ends_phrase(tokens: Tokens, index: int) -> bool:
    after = index + 1
    return after >= len(tokens) or tokens.gap(after) != " " or tokens.keys[after] in _AFTER_PLACE


_AFTER_PLACE = cue_words("place_after_place")


def find_unlisted_places(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:
    """Yield words that nothing explains and that stand where a place would ("lived in Tresgarth")."""
    for index in tokens.signed(UNEXPLAINED):
        gap = tokens.gap(index)
        if not index or states[index] != FREE or len(tokens.keys[index]) < _SHORTEST or gap not in (" ", ", "):
            continue
        before = tokens.keys[index - 1] if gap == " " else ""
        placed = before in lexicon.cues["strong_before_place"] or (
            before in ("to", "from") and index > 1 and tokens.keys[index - 2] in _GOING
        )
        if before == "at" and index > 1 and tokens.keys[index - 2] not in _SHOUTING:
            placed = True
        if tokens.kinds[index - 1] & SITE and gap == ", ":
            placed = True  # "the school, Heathbrook, sent"
        if placed and (tokens.shapes[index] in (CAPITAL, UPPER) or not tokens.cased):
            take(states, index, index + 1)
            yield Found(tokens.starts[index], tokens.ends[index], "PLACE", "", "unlisted-place", 0.5)
