"""Places by the gazetteer: neighbourhoods become their borough, towns their nation, cities and countries "abroad"."""

from collections.abc import Iterator

from services.anonymiser.detection import Found
from services.anonymiser.kept import FREE, KEPT, TAKEN, take
from services.anonymiser.lexicon import GIVEN, NAME, ORDINARY, PLACE, RELATION, SPEAKING, TITLE, Lexicon
from services.anonymiser.tokens import LOWER, Tokens
from services.anonymiser.tokens import TITLE as CAPITAL
from services.anonymiser.tokens import UPPER

_COMPASS = frozenset({"north", "south", "east", "west", "upper", "lower", "old", "new", "central"})
_ROADS = frozenset({"road", "rd", "street", "st", "high", "station", "market", "council"})
_MOVING = frozenset({"to", "from", "via", "of", "for", "and", "or", "through"})
_GOING = frozenset({"moved", "move", "moving", "live", "lived", "living", "lives", "went", "go", "goes", "going", "came", "come", "travelled", "back", "over", "down", "up", "bus", "train", "placed", "rehoused", "based", "relocated", "stayed", "grew", "sent", "fled"})


def find_places(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:
    """Yield every place of the text behind ``tokens`` and mark its words as taken."""
    index = 0
    while index < len(tokens):
        if not tokens.kinds[index] & PLACE or states[index] == TAKEN:
            index += 1
            continue
        matched = lexicon.places.match(tokens.keys, index)
        if matched is None:
            index += 1
            continue
        size, area = matched
        if size == 1 and states[index] == KEPT:
            index += 1
            continue
        if _is_meant(tokens, index, size, lexicon):
            start = index
            if start and tokens.keys[start - 1] in _COMPASS and tokens.gap(start) == " " and states[start - 1] == FREE and (
                tokens.shapes[start - 1] != LOWER or not tokens.cased
            ):
                start -= 1
            take(states, start, index + size)
            yield Found(tokens.starts[start], tokens.ends[index + size - 1], "PLACE", area, "gazetteer", 0.8)
        index += size


def _is_meant(tokens: Tokens, index: int, size: int, lexicon: Lexicon) -> bool:
    """Tell whether a name of the gazetteer is a place here, and not a person or a word."""
    keys = tokens.keys
    phrase = " ".join(keys[index : index + size])
    if size > 1 and phrase not in lexicon.weak_places:
        return tokens.shapes[index] != LOWER or not tokens.cased or not all(
            tokens.kinds[at] & ORDINARY for at in range(index, index + size)
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


_AFTER_PLACE = frozenset("and or but when where with because so for since until at by on now then who which i he she they we my his her a the last this".split())


def find_unlisted_places(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:
    """Yield words that nothing explains and that stand where a place would ("lived in Tresgarth")."""
    for index in range(1, len(tokens)):
        if tokens.kinds[index] or states[index] != FREE or len(tokens.keys[index]) < 4 or tokens.gap(index) != " ":  # noqa: PLR2004 - shorter ones are not places
            continue
        before = tokens.keys[index - 1]
        placed = before in lexicon.cues["strong_before_place"] or (
            before in ("to", "from") and index > 1 and tokens.keys[index - 2] in _GOING
        )
        if placed and (tokens.shapes[index] in (CAPITAL, UPPER) or not tokens.cased):
            take(states, index, index + 1)
            yield Found(tokens.starts[index], tokens.ends[index], "PLACE", "", "unlisted-place", 0.5)
