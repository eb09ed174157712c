"""Sites, streets, addresses and small organisations: names that end in a word for their kind ("… Primary School", "… Road")."""

from collections.abc import Iterator

from services.anonymiser.detection import Found, Label
from services.anonymiser.kept import FREE, KEPT, SOFT, TAKEN, take
from services.anonymiser.lexicon import ARTICLE, FUNCTION, NAME, NUMBER, ORDINARY, PLACE, RELATION, SITE, TITLE, Lexicon
from services.anonymiser.tokens import DIGITS, LOWER, Tokens

_LONGEST_NAME = 4
_INNER = frozenset({"of", "the", "and", "on", "st", "saint", "ste", "our", "lady", "de", "le"})
_SAINTS = frozenset({"st", "saint", "ste"})
_ON = frozenset({"on", "in", "at", "along", "off", "near", "from", "to", "of", "down", "up", "opposite", "behind", "by", "outside", "called", "attends", "attend", "past"})
_UNITS = frozenset({"flat", "apartment", "apt", "maisonette", "unit", "no", "number", "door", "house", "room"})
_SHORTEST_LOWER = 3
_HOUSES = frozenset({"house", "court", "lodge", "tower", "towers", "point", "heights", "mansions", "apartments", "villas", "buildings", "estate"})
_CALLED_KINDS = frozenset("group charity project service organisation place school refuge hostel shop salon cafe pub church club nursery gym programme course support company restaurant bakery home centre band".split())


def find_sites(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:
    """Yield every site, street, address and small organisation and mark its words as taken."""
    keys = tokens.keys
    index = len(tokens) - 1
    while index >= 0:
        step = 1
        if tokens.kinds[index] & SITE and states[index] not in (KEPT, TAKEN):
            found = _read_site(tokens, states, index, lexicon)
            if found is not None:
                start, spotted = found
                take(states, start, index + 1)
                yield spotted
                step = index - start + 1
        index -= step
    for index, key in enumerate(keys):
        if key in ("flat", "apartment", "apt", "maisonette") and states[index] == FREE and index + 1 < len(tokens):
            stop = _unit_end(tokens, index + 1, lexicon)
            if stop > index + 1:
                take(states, index, stop)
                yield Found(tokens.starts[index], tokens.ends[stop - 1], "ADDRESS", "", "flat-number", 0.6)
        elif key in ("called", "named") and tokens.cased and index and keys[index - 1] in _CALLED_KINDS:
            yield from _called(tokens, states, index)


def _called(tokens: Tokens, states: bytearray, index: int) -> Iterator[Found]:
    stop = index + 1
    while stop < len(tokens) and stop - index <= _LONGEST_NAME and tokens.shapes[stop] not in (LOWER, DIGITS) and (
        tokens.gap(stop) in (" ", " '", ' "')
    ):
        stop += 1
    if stop > index + 1 and states[index + 1] in (FREE, SOFT):
        take(states, index + 1, stop)
        yield Found(tokens.starts[index + 1], tokens.ends[stop - 1], "ORG", tokens.keys[index - 1], "called", 0.7)


def _unit_end(tokens: Tokens, at: int, lexicon: Lexicon) -> int:
    """Return where a house or flat number that begins at ``at`` ends."""
    if tokens.shapes[at] == DIGITS:
        letter = at + 1
        return letter + (letter < len(tokens) and tokens.gap(letter) == "" and len(tokens.keys[letter]) == 1)
    if tokens.kinds[at] & NUMBER:
        stop = at
        while stop < len(tokens) and tokens.kinds[stop] & NUMBER and (stop == at or tokens.gap(stop) in (" ", "-")):
            stop += 1
        return stop
    return at


def _read_site(tokens: Tokens, states: bytearray, index: int, lexicon: Lexicon) -> tuple[int, Found] | None:
    keys = tokens.keys
    matched = lexicon.sites.match(keys, index)
    key = keys[index]
    size, kind = matched if matched else (1, "")
    street = key in lexicon.street_types and size == 1
    organisation = matched is None and key in lexicon.organisation_words
    end = index - size + 1
    if not street and not organisation and tokens.cased and tokens.shapes[index] == LOWER and key in lexicon.weak_sites:
        # "the rose garden", "a house": a small letter at the end asks for a name before it
        start = _extend(tokens, states, end, lexicon, needs_name=True)
    else:
        start = _extend(tokens, states, end, lexicon, needs_name=False)
    if street and start == end and size == 1:
        return None
    if start == end:
        return None
    if states[start] == KEPT:
        return None
    number = _number_before(tokens, start, lexicon) if street or key in _HOUSES else start
    label: Label = "ORG" if organisation or kind == "refuge" else "PLACE"
    detail = kind or ("" if not street else "street")
    if number < start:
        return number, Found(tokens.starts[number], tokens.ends[index], "ADDRESS", "", "address", 0.9)
    if street and matched is None:
        label = "ADDRESS"
    return start, Found(tokens.starts[start], tokens.ends[index], label, detail, "site", 0.75)


def _number_before(tokens: Tokens, start: int, lexicon: Lexicon) -> int:
    """Return where the number (and flat) before a street's or house's name begins, or ``start``."""
    at = start - 1
    if at >= 0 and len(tokens.keys[at]) == 1 and at and tokens.shapes[at - 1] == DIGITS and tokens.gap(at) in ("", " "):
        at -= 1
    first = at
    while first >= 0 and (
        (tokens.shapes[first] == DIGITS and len(tokens.keys[first]) <= 4) or tokens.kinds[first] & NUMBER  # noqa: PLR2004 - house numbers
    ):
        if first < at and tokens.gap(first + 1) not in (" ", "-", "/"):
            break
        first -= 1
    begin = first + 1
    if begin > at:
        return start
    # "flat 3, 22 Elm Road"
    if begin and tokens.keys[begin - 1] in _UNITS and tokens.keys[begin - 1] != "house":
        begin -= 1
    elif begin >= 2 and (tokens.shapes[begin - 1] == DIGITS or tokens.kinds[begin - 1] & NUMBER or len(tokens.keys[begin - 1]) == 1):  # noqa: PLR2004 - a unit and its number
        back = begin - 1
        while back > 0 and (tokens.shapes[back] == DIGITS or tokens.kinds[back] & NUMBER or len(tokens.keys[back]) == 1):
            back -= 1
        if tokens.keys[back] in _UNITS:
            begin = back
    return begin


def _extend(tokens: Tokens, states: bytearray, end: int, lexicon: Lexicon, *, needs_name: bool) -> int:
    """Return where a site's name begins that ends before ``end``; ``end`` when there is none."""
    start = end
    named = False
    while start and end - start < _LONGEST_NAME:
        at = start - 1
        gap = tokens.gap(start)
        if gap not in (" ", "-", ". ", "' ", "'s ", "'S ", " & ") and not (gap == ", " and False):
            break
        if states[at] in (KEPT, TAKEN) or tokens.shapes[at] == DIGITS:
            break
        part = _part_of_name(tokens, states, at, lexicon, first=start == end)
        if not part:
            break
        named = named or part > 1
        start = at
        if tokens.keys[at] in _SAINTS:
            break
    while start < end and tokens.keys[start] in _INNER and tokens.keys[start] not in _SAINTS:
        start += 1
    if start == end:
        return end
    if all(tokens.keys[at] in lexicon.generic_before_site or tokens.kinds[at] & (FUNCTION | RELATION | TITLE) for at in range(start, end)):
        if not any(tokens.keys[at] in _SAINTS for at in range(start, end)):
            return end
    return end if needs_name and not named else start


def _part_of_name(tokens: Tokens, states: bytearray, at: int, lexicon: Lexicon, *, first: bool) -> int:
    """Return 2 for a word that is a name, 1 for one that may stand in a site's name, 0 for one that may not."""
    key = tokens.keys[at]
    kind = tokens.kinds[at]
    if key in _SAINTS:
        return 2
    capital = tokens.shapes[at] != LOWER and tokens.cased
    opening = tokens.opens_sentence(at)
    if key in _INNER:
        return 0 if first else 1
    if kind & (ARTICLE | FUNCTION) or kind & NUMBER:
        return 1 if capital and not opening and kind & NUMBER and False else 0
    if not kind:
        return 2
    if kind & (NAME | PLACE) and not kind & ORDINARY:
        return 2 if not kind & (RELATION | TITLE) or capital else 0
    if capital and not (opening and kind & ORDINARY and first):
        if key in lexicon.generic_before_site or kind & (RELATION | TITLE):
            return 0 if first else 1
        return 2
    if tokens.cased or key in lexicon.generic_before_site or kind & (RELATION | TITLE):
        return 0
    # small letters all over: an ordinary word only straight before a street, after a word of place or a number
    if not first or len(key) < _SHORTEST_LOWER or tokens.keys[at + 1] not in lexicon.strong_street_types:
        return 0
    before = tokens.keys[at - 1] if at else ""
    return 2 if before in _ON or (at and (tokens.shapes[at - 1] == DIGITS or tokens.kinds[at - 1] & NUMBER)) else 0
