"""Ages in figures and in words, generalised to bands."""

import re
from collections.abc import Iterator

from services.anonymiser.cues import cue_words
from services.anonymiser.dates import read_number
from services.anonymiser.detection import Found
from services.anonymiser.forms import TIMED
from services.anonymiser.lexicon import NAME, NUMBER, ORDINARY, RELATION, TIME, Lexicon
from services.anonymiser.tokens import DIGITS, Tokens
from services.anonymiser.tokens import TITLE as CAPITAL

_BANDS = ((0, 4), (5, 9), (10, 15), (16, 17), (18, 24), (25, 29))
_OLDEST = 80
_LIMIT = 110
_SHORTHAND = re.compile(
    r"(?<![\w£$.,/'-])(?:\(?[fFmM] ?(\d{2})\)?|\(?(\d{1,2}) ?[fFmM]\)?"
    r"|(\d{1,2}) ?(?:yo|y/o|y\.o\.?|yos|yrs?o)\b)(?![\w/%-])"
)
_OLD = cue_words("age_old")
_YEARS = cue_words("age_years")
_SMALL = cue_words("age_small")
_BEFORE = cue_words("age_before")
_SOFT = cue_words("age_soft")
_BEING = cue_words("age_being")
_SUBJECTS = cue_words("age_subjects")
_AFTER = cue_words("age_after")
_UNITS = cue_words("age_units")
_AT = cue_words("age_at")
_AFTER_AT = cue_words("age_after_at")
_CLOCK = cue_words("age_clock")
_JOINING = cue_words("age_joining")
_OWN = cue_words("age_own")
_YOUNGEST_AT = 12  # "at ten" may be a time of day
_CLOCK_REACH = 4  # words before "at ten" in which something speaks of a time of day: "the bus stop is dark at ten when"
_YOUNGEST_CHILD = 4


def band(age: int) -> str:
    """Return the band that an age in years becomes, such as ``30-39``; ``80 or over`` at the end."""
    for low, high in _BANDS:
        if age <= high:
            return f"{low}-{high}"
    if age >= _OLDEST:
        return f"{_OLDEST} or over"
    decade = age // 10 * 10
    return f"{decade}-{decade + 9}"


def find_ages(tokens: Tokens, lexicon: Lexicon) -> Iterator[Found]:
    """Yield every age of the text behind ``tokens``; spans of time ("ten years") stay."""
    numbers = [
        (at, stop, value)
        for at in _number_starts(tokens, lexicon)
        for stop, value in (read_number(tokens, at, lexicon),)
        if stop > at and value <= _LIMIT
    ]
    ages = [_age_end(tokens, at, stop, value) for at, stop, value in numbers]
    _spread(tokens, numbers, ages)
    for (at, _, value), end in zip(numbers, ages, strict=True):
        if end:
            small = any(key in _SMALL for key in tokens.keys[at:end])
            yield Found(tokens.starts[at], tokens.ends[end - 1], "AGE", band(0 if small else value), "age", 0.7)
    yield from _decades(tokens, lexicon)
    if DIGITS in tokens.shapes and any(map(tokens.text.__contains__, "0123456789")):
        for found in _SHORTHAND.finditer(tokens.text):
            value = int(found.group(1) or found.group(2) or found.group(3))
            yield Found(found.start(), found.end(), "AGE", band(value), "age-shorthand", 0.6)


def _number_starts(tokens: Tokens, lexicon: Lexicon) -> Iterator[int]:
    skip = -1
    for index in tokens.in_role(TIMED):
        if index <= skip:
            continue
        if tokens.shapes[index] == DIGITS or (
            tokens.kinds[index] & NUMBER and tokens.keys[index] not in lexicon.repeats
        ):
            skip = read_number(tokens, index, lexicon)[0] - 1
            yield index


def _age_end(tokens: Tokens, at: int, stop: int, value: int) -> int:  # noqa: C901, PLR0911 - a table of rules, one a line
    """Return the index after the age's last word, or 0 when the number is no age."""
    keys = tokens.keys
    size = len(tokens)
    text = tokens.text
    first = tokens.starts[at]
    if first and text[first - 1] in "£$€/:.%" and text[first - 1 : first] != ".":
        return 0
    after = keys[stop] if stop < size else ""
    gap_after = tokens.gap(stop) if stop < size else ""
    if after in _YEARS and stop + 1 < size and keys[stop + 1] in _OLD and len(tokens.gap(stop + 1)) <= 1:
        return stop + 2
    if after in _OLD and gap_after in (" ", "-"):
        return stop + 1
    if gap_after == "" and stop < size and after != "yo":
        return 0
    if gap_after[:1] in ("%", "/") or gap_after == ":" or (gap_after[:1] == "." and gap_after[1:2] == ""):
        return 0
    back = at - 1
    while back >= 0 and keys[back] in _SOFT and tokens.gap(back + 1) == " ":
        back -= 1
    if back < 0:
        return 0
    before = keys[back]
    gap_before = tokens.gap(back + 1)
    if (before in _BEFORE and (before != "age" or after != "groups")) or (
        before == "of" and back and keys[back - 1] in ("age", "ages")
    ):
        return stop
    if (after in _UNITS and gap_after in (" ", "-")) or keys[at] == "one":
        return 0
    ends_here = stop >= size or gap_after != " " or after in _AFTER or before in _AT or _says_who(tokens, back, before)
    if not ends_here:
        return 0
    return stop if _stands_as_age(tokens, back, gap_before, gap_after, after, value) else 0


def _says_who(tokens: Tokens, back: int, before: str) -> bool:
    """Tell whether a person is the subject ("shes 80 bless her"), so that any word may follow but a unit."""
    if before in ("im", "hes", "shes", "theyre", "youre"):
        return True
    return back in tokens.possessive and (before in ("he", "she") or bool(tokens.kinds[back] & RELATION))


def _stands_as_age(tokens: Tokens, back: int, gap_before: str, gap_after: str, after: str, value: int) -> bool:  # noqa: PLR0911, PLR0917 - a table of rules, one a line
    keys = tokens.keys
    before = keys[back]
    related = bool(tokens.kinds[back] & RELATION) or _is_named(tokens, back)
    if (
        related
        and gap_before.strip() in ("(", ",", "")
        and (
            gap_before != " "
            or before in ("dd", "ds", "dh", "dp", "son", "daughter", "died")
            or gap_after[:1] in (",", ")", "")
        )
    ):
        return (
            gap_before.strip() == "("
            or after in ("and", "or")
            or gap_after[:1] in (",", ")", ".", "")
            or not gap_after.strip()
        )
    if _says_who(tokens, back, before):
        return True
    if before in _BEING and gap_before == " ":
        if before in ("he", "she", "i"):
            # "he's 34": the possessive ending was cut off
            return back in tokens.possessive
        if back == 0:
            return False
        subject = keys[back - 1]
        kind = tokens.kinds[back - 1]
        return subject in _SUBJECTS or bool(kind & RELATION) or _is_named(tokens, back - 1) or not kind
    if gap_before == ", " and gap_after[:1] == "," and value > 1 and not tokens.kinds[back] & (NUMBER | TIME):
        return tokens.shapes[back] != DIGITS  # "she is from Lviv, 29, and"
    if before in _AT and gap_before == " " and value >= _YOUNGEST_CHILD:
        return gap_after[:1] in (",", ".", ")", "\n", "-", "", " ") and (
            value > _YOUNGEST_AT
            or (
                after in _AFTER_AT
                and gap_after == " "
                and not _CLOCK.intersection(keys[max(0, back - _CLOCK_REACH) : back])
            )
        )
    return False


def _is_named(tokens: Tokens, index: int) -> bool:
    kind = tokens.kinds[index]
    return bool(kind & NAME) and (not kind & ORDINARY or (tokens.cased and tokens.shapes[index] == CAPITAL))


def _spread(tokens: Tokens, numbers: list[tuple[int, int, int]], ages: list[int]) -> None:
    order = [*range(1, len(numbers)), *range(len(numbers) - 1, 0, -1)]
    for right in order:
        left = right - 1
        between = tokens.keys[numbers[left][1] : numbers[right][0]]
        joined = (len(between) == 1 and (between[0] in _JOINING or _is_named(tokens, numbers[right][0] - 1))) or (
            not between and tokens.gap(numbers[right][0]).strip() in (",", "&", "-", "/")
        )
        if joined and bool(ages[left]) != bool(ages[right]):
            if ages[left] and not ages[right]:
                after = tokens.keys[numbers[right][1]] if numbers[right][1] < len(tokens) else ""
                if after not in _YEARS or tokens.gap(numbers[right][1]) not in (" ", "-"):
                    ages[right] = numbers[right][1]
            elif ages[left] == 0:
                ages[left] = numbers[left][1]


def _decades(tokens: Tokens, lexicon: Lexicon) -> Iterator[Found]:
    for index in tokens.in_role(TIMED):
        key = tokens.keys[index]
        if index == 0 or tokens.keys[index - 1] not in _OWN:
            continue
        if tokens.kinds[index] & TIME and key in lexicon.decades and tokens.keys[index - 1] != "in":
            yield Found(
                tokens.starts[index], tokens.ends[index], "AGE", _decade(lexicon.decades[key]), "age-decade", 0.7
            )
        elif tokens.shapes[index] == DIGITS and key.endswith("0") and len(key) == 2 and tokens.keys[index - 1] != "in":  # noqa: PLR2004 - "30s"
            after = index + 1
            if after < len(tokens) and tokens.keys[after] == "s" and tokens.gap(after) in ("", "'"):
                yield Found(tokens.starts[index], tokens.ends[after], "AGE", _decade(int(key)), "age-decade", 0.7)
            elif index in tokens.possessive:
                yield Found(tokens.starts[index], tokens.ends[index] + 2, "AGE", _decade(int(key)), "age-decade", 0.7)


def _decade(first: int) -> str:
    return "13-19" if first < 20 else f"{first}-{first + 9}" if first < _OLDEST else f"{_OLDEST} or over"  # noqa: PLR2004 - the teens
