"""Sites, streets, addresses and small organisations: names with a word for their kind ("… Primary School")."""

from collections.abc import Iterator

import msgspec

from services.anonymiser.cues import cue_words
from services.anonymiser.detection import Found, Label
from services.anonymiser.kept import FREE, KEPT, LOCAL, SOFT, TAKEN, take
from services.anonymiser.lexicon import (
    ARTICLE,
    FUNCTION,
    GIVEN,
    LEAD,
    NAME,
    NUMBER,
    ORDINARY,
    PLACE,
    RELATION,
    SITE,
    SPEAKING,
    TITLE,
    Lexicon,
)
from services.anonymiser.tokens import DIGITS, LOWER, UPPER, Tokens
from services.anonymiser.tokens import TITLE as CAPITAL

_LONGEST_NAME = 4
_TWO_CAPITALS = bytes((CAPITAL, CAPITAL))
_INNER = cue_words("site_inner")
_SAINTS = cue_words("site_saints")
_ON = cue_words("site_on")
_UNITS = cue_words("site_units")
_COURTS = cue_words("site_courts")
_SHORTEST_LOWER = 3
_HOUSES = cue_words("site_houses")
_CALLED_KINDS = cue_words("site_called_kinds")


def find_sites(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:
    """Yield every site, street, address and small organisation and mark its words as taken."""
    keys = tokens.keys
    for index in reversed(tokens.of_kind(SITE)):
        if states[index] == TAKEN or (states[index] == KEPT and keys[index] != "refuge"):
            continue
        found = _read_site(tokens, states, index, lexicon)
        if found is not None:
            start, spotted = found
            if start and keys[start - 1] == "the" and tokens.gap(start) == " ":
                start -= 1
                spotted = msgspec.structs.replace(spotted, start=tokens.starts[start])
            take(states, start, index + 1)
            yield spotted
    yield from _find_firms(tokens, states)
    yield from _find_prefixed(tokens, states, lexicon)
    for index in tokens.of_kind(LEAD):
        key = keys[index]
        if key in ("flat", "apartment", "apt", "maisonette") and states[index] == FREE and index + 1 < len(tokens):
            stop = _unit_end(tokens, index + 1)
            if stop > index + 1:
                take(states, index, stop)
                yield Found(tokens.starts[index], tokens.ends[stop - 1], "ADDRESS", "", "flat-number", 0.6)
        elif key in ("called", "named") and index and keys[index - 1] in _CALLED_KINDS:
            yield from _called(tokens, states, index)


def _find_firms(tokens: Tokens, states: bytearray) -> Iterator[Found]:
    if tokens.shouted:
        return
    index = tokens.shapes.find(_TWO_CAPITALS)
    while index >= 0:
        if states[index] != TAKEN and _is_firm(tokens, states, index):
            take(states, index, index + 2)
            yield Found(tokens.starts[index], tokens.ends[index + 1], "ORG", "", "firm", 0.6)
        index = tokens.shapes.find(_TWO_CAPITALS, index + 1)


def _find_prefixed(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:  # noqa: C901 - a table of rules, one a line
    """Yield names that begin with the word for their kind ("Masjid Al-Noor", "St Jude's") and inns ("the Red Lion")."""
    keys = tokens.keys
    for index in tokens.of_kind(LEAD):
        key = keys[index]
        if states[index] == TAKEN or index + 1 == len(keys):
            continue
        stop = index
        kind = ""
        if key in _SAINTS and tokens.gap(index + 1) in (" ", ". "):
            named = not tokens.kinds[index + 1] or tokens.kinds[index + 1] & NAME or tokens.shapes[index + 1] != LOWER
            stop = (
                index + 2
                if named and not tokens.kinds[index + 1] & FUNCTION and tokens.shapes[index + 1] != DIGITS
                else index
            )
        elif key in ("masjid", "mandir", "gurdwara") or (key == "our" and keys[index + 1] == "lady"):
            stop = index + 1 + (key == "our")
            while (
                stop < len(tokens)
                and stop - index <= _LONGEST_NAME
                and tokens.gap(stop) in (" ", "-")
                and (
                    keys[stop] in ("of", "al", "e", "ul", "guru", "sri")
                    or tokens.kinds[stop] == 0
                    or tokens.shapes[stop] in (CAPITAL, UPPER)
                )
            ):
                stop += 1
            kind = "place of worship"
            stop = stop if stop > index + 1 + (key == "our") else index
        elif key == "the" and index and keys[index - 1] in _ON:
            stop = _inn_end(tokens, states, index + 1, lexicon)
            if stop > index + 1:
                take(states, index, stop)
                yield Found(tokens.starts[index], tokens.ends[stop - 1], "PLACE", "", "named-place", 0.5)
            continue
        elif key in _ON and index + 2 < len(tokens) and tokens.gap(index + 1) == " ":
            stop = _inn_end(tokens, states, index + 1, lexicon)
            if stop > index + 1 and not any(tokens.kinds[at] & NAME for at in range(index + 1, stop)):
                take(states, index + 1, stop)
                yield Found(tokens.starts[index + 1], tokens.ends[stop - 1], "ORG", "", "named-place", 0.4)
            continue
        if stop > index:
            take(states, index, stop)
            ending = tokens.ends[stop - 1] + 2 * ((stop - 1) in tokens.possessive)
            yield Found(tokens.starts[index], ending, "PLACE", kind, "named-place", 0.6)


def _is_firm(tokens: Tokens, states: bytearray, index: int) -> bool:
    """Tell whether two capitalised words name a firm: "Calder & Finch", or "Mercer's Table" after a word of place."""
    after = index + 1
    if states[after] in (KEPT, LOCAL, TAKEN) or tokens.kinds[index] & (FUNCTION | PLACE):
        return False
    if tokens.gap(after) == " & ":
        return True
    return (
        index in tokens.possessive
        and tokens.gap(after) == " "
        and bool(tokens.kinds[after] & ORDINARY)
        and not tokens.kinds[after] & (RELATION | TITLE)
        and index > 0
        and tokens.keys[index - 1] in _ON
    )


def _inn_end(tokens: Tokens, states: bytearray, start: int, lexicon: Lexicon) -> int:
    """Return where two or three capitalised words from ``start`` on end; ``start`` when they are none."""
    stop = start
    while (
        stop < len(tokens)
        and stop - start < _LONGEST_NAME
        and tokens.gap(stop) == " "
        and (tokens.shapes[stop] == CAPITAL and states[stop] in (FREE, SOFT))
    ):
        stop += 1
    if stop - start not in (2, 3) or any(key in lexicon.institution_words for key in tokens.keys[start:stop]):
        return start
    return stop


def _called(tokens: Tokens, states: bytearray, index: int) -> Iterator[Found]:
    stop = index + 1
    while (
        stop < len(tokens)
        and stop - index <= _LONGEST_NAME
        and tokens.is_capital(stop)
        and (tokens.gap(stop) in (" ", " '", ' "', " & "))
    ):
        stop += 1
    if stop > index + 1 and states[index + 1] in (FREE, SOFT):
        take(states, index + 1, stop)
        yield Found(tokens.starts[index + 1], tokens.ends[stop - 1], "ORG", tokens.keys[index - 1], "called", 0.7)


def _unit_end(tokens: Tokens, at: int) -> int:
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
    size, kind = matched or (1, "")
    street = key in lexicon.street_types and size == 1
    organisation = matched is None and key in lexicon.organisation_words
    end = index - size + 1
    if matched is None and not street and not organisation:
        return None
    if key == "house" and size == 1 and _is_owner(tokens, end - 1, lexicon):
        return None
    trusted = size > 1 or key in lexicon.strong_street_types
    start = _extend(tokens, states, end, lexicon, trusted=trusted, street=street)
    if start == end:
        return None
    if (
        tokens.cased
        and tokens.shapes[index] == LOWER
        and key in lexicon.weak_sites
        and not _has_name(tokens, states, start, end, lexicon)
    ):
        # "the rose garden", "a big house": a small letter at the end asks for a name before it
        return None
    number = _number_before(tokens, start) if street or key in _HOUSES else start
    label: Label = "ORG" if organisation or kind == "refuge" else "PLACE"
    detail = kind or ("" if not street else "street")
    if number < start:
        return number, Found(tokens.starts[number], tokens.ends[index], "ADDRESS", "", "address", 0.9)
    if street and matched is None:
        label = "ADDRESS"
    return start, Found(tokens.starts[start], tokens.ends[index], label, detail, "site", 0.75)


def _number_before(tokens: Tokens, start: int) -> int:
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
    elif begin > 1 and (
        tokens.shapes[begin - 1] == DIGITS or tokens.kinds[begin - 1] & NUMBER or len(tokens.keys[begin - 1]) == 1
    ):
        back = begin - 1
        while back > 0 and (
            tokens.shapes[back] == DIGITS or tokens.kinds[back] & NUMBER or len(tokens.keys[back]) == 1
        ):
            back -= 1
        if tokens.keys[back] in _UNITS:
            begin = back
    return begin


def _is_owner(tokens: Tokens, index: int, lexicon: Lexicon) -> bool:
    """Tell whether the word before a house is the person who lives there ("at amina's house", "nasreens house")."""
    if index < 0 or tokens.gap(index + 1) != " " or tokens.keys[index] in lexicon.house_words:
        return False
    key = tokens.keys[index]
    kind = tokens.kinds[index] or (lexicon.kinds.get(key[:-1], 0) if key.endswith("s") else 0)
    homely = index in tokens.possessive or tokens.shapes[index + 1] == LOWER
    return bool(kind & GIVEN) and not kind & ORDINARY and homely


def _has_name(tokens: Tokens, states: bytearray, start: int, end: int, lexicon: Lexicon) -> bool:
    return any(
        not tokens.kinds[at]
        or states[at] == LOCAL
        or (tokens.kinds[at] & (NAME | PLACE) and not tokens.kinds[at] & ORDINARY)
        or (
            tokens.shapes[at] == CAPITAL
            and tokens.keys[at] not in lexicon.generic_before_site
            and not tokens.opens_sentence(at)
        )
        for at in range(start, end)
    )


def _extend(tokens: Tokens, states: bytearray, end: int, lexicon: Lexicon, *, trusted: bool, street: bool) -> int:  # noqa: C901 - a table of rules, one a line
    """Return where a site's name begins that ends before ``end``; ``end`` when there is none."""
    start = end
    named = False
    while start and end - start < _LONGEST_NAME:
        at = start - 1
        gap = tokens.gap(start)
        if gap not in (" ", "-", "' ", " & ") and not (gap == ". " and tokens.keys[at] in _SAINTS):
            break
        if at in tokens.possessive and tokens.cased and LOWER in (tokens.shapes[at], tokens.shapes[start]):
            break
        if states[at] in (KEPT, TAKEN) or tokens.shapes[at] == DIGITS:
            break
        if street and tokens.keys[at] == "on":
            break  # "the surgery on Mill Lane": a street's own name has no "on"
        part = _part_of_name(tokens, states, at, lexicon, first=start == end, trusted=trusted)
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
    if tokens.keys[end - 1] in _COURTS and tokens.keys[end] == "court":
        return end
    if not named and tokens.keys[end] in lexicon.strong_street_types and end - start > 1:
        named = all(tokens.is_capital(at) for at in range(start, end))  # "the Great West Road"
    return start if named else end


def _part_of_name(tokens: Tokens, states: bytearray, at: int, lexicon: Lexicon, *, first: bool, trusted: bool) -> int:  # noqa: C901, PLR0911 - a table of rules, one a line
    """Return 2 for a word that is a name, 1 for one that may stand in a site's name, 0 for one that may not."""
    key = tokens.keys[at]
    kind = tokens.kinds[at]
    if key in _SAINTS:
        return 2
    capital = (tokens.shapes[at] == UPPER and tokens.cased) or tokens.is_capital(at)
    opening = tokens.opens_sentence(at)
    if key in _INNER:
        return 0 if first else 1
    if kind & (ARTICLE | FUNCTION) or kind & NUMBER:
        return 0
    if not kind or states[at] == LOCAL or (first and key in lexicon.house_words and tokens.keys[at + 1] in _HOUSES):
        return 2
    if kind & (NAME | PLACE) and not kind & ORDINARY:
        return 2 if not kind & (RELATION | TITLE) or capital else 0
    if capital and at in tokens.possessive:
        return 2
    if capital and not (opening and kind & ORDINARY and first):
        return 1 if key in lexicon.generic_before_site or kind & (RELATION | TITLE) else 2
    if tokens.cased or kind & (RELATION | TITLE | SPEAKING):
        return 0
    if key in lexicon.generic_before_site or kind & SITE:
        return 1
    # small letters all over: an ordinary word only straight before a street or a long kind, after a word of place
    if not first or len(key) < _SHORTEST_LOWER or not trusted:
        return 0
    before = tokens.keys[at - 1] if at else ""
    return 2 if before in _ON or (at and (tokens.shapes[at - 1] == DIGITS or tokens.kinds[at - 1] & NUMBER)) else 0
