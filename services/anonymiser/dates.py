"""Dates, in figures and in words; a day becomes its month, a month its quarter, a date of birth nothing."""

import re
from collections.abc import Iterator

from services.anonymiser.cues import cue_text, cue_words
from services.anonymiser.detection import Found
from services.anonymiser.forms import TIMED
from services.anonymiser.lexicon import NUMBER, TIME, Lexicon, split_terms, term_words
from services.anonymiser.silhouette import Silhouette
from services.anonymiser.tokens import DIGITS, LOWER, Tokens

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_QUARTERS = ("January to March", "April to June", "July to September", "October to December")
_NUMERIC = re.compile(
    r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-])|(?<![\d/-])(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?![\d/-])"
)
_NUMERIC_OUTLINES = (b"0/0", b"0-0", b"0.0")
_SHORT_NUMERIC = re.compile(r"(?<=\bon )(\d{1,2})/(\d{1,2})(?![\d/])")
_ORDINAL_ENDINGS = cue_words("date_ordinal_endings")
_SEASONS = cue_words("date_seasons")
_WORDS_OR_NAMES = cue_words("date_words_or_names")
_BIRTH = cue_words("date_birth")
_YEAR_BEFORE = cue_words("date_year_before")
_NOT_AFTER_YEAR = cue_words("date_not_after_year")
_DAYS = frozenset(" ".join(term_words(term)) for term in split_terms(cue_text("days_of_one_date")))
_SPEAKERS = cue_words("date_speakers")
_YEARS = (1900, 2099)
_LAST_DAY = 31
_BIRTH_REACH = 6


def find_dates(tokens: Tokens, lexicon: Lexicon) -> Iterator[Found]:  # noqa: C901 - a table of rules, one a line
    """Yield every date of the text behind ``tokens``; months alone and weekdays stay."""
    text = tokens.text
    if DIGITS in tokens.shapes and Silhouette(text).may_hold(*_NUMERIC_OUTLINES):
        yield from _numeric(tokens)
    resume = 0
    for index in tokens.in_role(TIMED):
        if index < resume:
            continue
        kind = tokens.kinds[index]
        if kind & TIME and tokens.keys[index] in lexicon.ordinals:
            end, year_said = _spoken_figures(tokens, index, lexicon)
            if year_said:
                start = tokens.starts[index - (index > 0 and tokens.keys[index - 1] == "the")]
                detail = "of birth" if _birth_words(tokens, index) else str(year_said)
                yield Found(start, tokens.ends[end - 1], "DATE", detail, "date-spoken", 0.8)
                resume = end
                continue
        if (around := _around_month(tokens, index, lexicon)) is not None:
            yield around[0]
            resume = around[1]
        elif tokens.keys[index] == "born":
            if (year := _birth_year(tokens, index, lexicon)) is not None:
                yield year
        elif (tokens.shapes[index] == DIGITS and (year := _opening_year(tokens, index)) is not None) or (
            tokens.keys[index - 1] in _YEAR_BEFORE and (year := _lone_year(tokens, index - 1, lexicon)) is not None
        ):
            yield year
        elif tokens.shapes[index] == DIGITS and (day := _lone_day(tokens, index)) is not None:
            yield day


def _numeric(tokens: Tokens) -> Iterator[Found]:
    for found in _NUMERIC.finditer(tokens.text):
        if found.group(5):
            year, month = int(found.group(5)), int(found.group(6))
        else:
            month, year = int(found.group(3)), int(found.group(4))
        if not 1 <= month <= len(_MONTHS):
            month = 0
        year += 0 if year > 99 else 1900 if year > 40 else 2000  # noqa: PLR2004 - two digits of a year
        detail = (
            "of birth" if _near_birth(tokens, found.start()) else f"{_MONTHS[month - 1]} {year}" if month else f"{year}"
        )
        yield Found(found.start(), found.end(), "DATE", detail, "date-figures", 0.8)
    for found in _SHORT_NUMERIC.finditer(tokens.text):
        month = int(found.group(2))
        if 1 <= month <= len(_MONTHS) and int(found.group(1)) <= _LAST_DAY:
            yield Found(found.start(), found.end(), "DATE", _MONTHS[month - 1], "date-day-month", 0.6)


def _near_birth(tokens: Tokens, start: int) -> bool:
    before = tokens.text[max(0, start - 40) : start].lower()
    return any(word in before for word in ("born", "dob", "d.o.b", "birth"))


def _around_month(tokens: Tokens, index: int, lexicon: Lexicon) -> tuple[Found, int] | None:  # noqa: C901 - a table of rules, one a line
    key = tokens.keys[index]
    if not tokens.kinds[index] & TIME:
        return None
    festival = lexicon.festivals.match(tokens.keys, index)
    month = lexicon.months.get(key, 0)
    if not month and key not in _SEASONS and festival is None:
        return None
    stop = index + (festival[0] if festival else 1)
    day_start, day = _day_before(tokens, index, lexicon) if month else (index, 0)
    if month and not day:
        stop, day = _day_after(tokens, stop, lexicon)
    year_stop, year = read_year(tokens, stop, lexicon)
    if not day and not year:
        if festival and " ".join(tokens.keys[index:stop]) in _DAYS:
            return Found(tokens.starts[index], tokens.ends[stop - 1], "DATE", "", "feast-day", 0.5), stop
        return None
    if day_start and tokens.keys[day_start - 1] == "the" and tokens.gap(day_start) == " ":
        day_start -= 1
    if not day and key in _WORDS_OR_NAMES and tokens.shapes[index] == LOWER and tokens.cased:
        return None
    if year:
        stop = year_stop
    if month and _birth_words(tokens, day_start):
        detail = "of birth"
    elif day:
        detail = f"{_MONTHS[month - 1]} {year}" if year else _MONTHS[month - 1]
    elif month:
        detail = f"{_QUARTERS[(month - 1) // 3]} {year}"
    else:
        detail = str(year)
    return Found(tokens.starts[day_start], tokens.ends[stop - 1], "DATE", detail, "date-words", 0.85), stop


def _birth_words(tokens: Tokens, start: int) -> bool:
    return not _BIRTH.isdisjoint(tokens.keys[max(0, start - _BIRTH_REACH) : start])


def _day_before(tokens: Tokens, index: int, lexicon: Lexicon) -> tuple[int, int]:
    before = index - 1
    if before >= 0 and tokens.keys[before] == "of":
        before -= 1
    if before >= 0 and tokens.keys[before] in _ORDINAL_ENDINGS and tokens.gap(before) == "":
        before -= 1
    if before < 0 or index - before > 3:  # noqa: PLR2004 - a day, its ending and "of"
        return index, 0
    if tokens.shapes[before] == DIGITS:
        value = int(tokens.keys[before]) if len(tokens.keys[before]) <= 2 else 0  # noqa: PLR2004 - days have two digits
        return (before, value) if 1 <= value <= _LAST_DAY else (index, 0)
    value = lexicon.ordinals.get(tokens.keys[before], 0)
    if value and before and tokens.keys[before - 1] in lexicon.tens:
        return before - 1, value
    if not value:
        value = lexicon.small_numbers.get(tokens.keys[before], 0)
    return (before, value) if value else (index, 0)


def _day_after(tokens: Tokens, stop: int, lexicon: Lexicon) -> tuple[int, int]:
    at = stop
    if at < len(tokens) and tokens.keys[at] == "the":
        at += 1
    if at >= len(tokens) or "." in tokens.gap(at) or "\n" in tokens.gap(at):
        return stop, 0
    key = tokens.keys[at]
    if tokens.shapes[at] == DIGITS and len(key) <= 2 and 1 <= int(key) <= _LAST_DAY:  # noqa: PLR2004 - days have two digits
        ending = at + 1 < len(tokens) and tokens.keys[at + 1] in _ORDINAL_ENDINGS and tokens.gap(at + 1) == ""
        return at + 1 + ending, int(key)
    if key in lexicon.tens and at + 1 < len(tokens) and tokens.keys[at + 1] in lexicon.ordinals:
        return at + 2, lexicon.tens[key] + lexicon.ordinals[tokens.keys[at + 1]]
    if key in lexicon.ordinals and tokens.keys[stop - 1] in lexicon.months:
        return at + 1, lexicon.ordinals[key]
    return stop, 0


def read_year(tokens: Tokens, at: int, lexicon: Lexicon) -> tuple[int, int]:  # noqa: PLR0911 - a table of rules, one a line
    """Return where a year from ``at`` on ends, and the year; 0 when there is none. "of" and "in" may precede it."""
    keys = tokens.keys
    size = len(tokens)
    if at < size and keys[at] in ("of", "in", "last", "back"):
        at += 1
    if at >= size:
        return at, 0
    key = keys[at]
    if tokens.shapes[at] == DIGITS:
        if len(key) == 4 and _YEARS[0] <= int(key) <= _YEARS[1]:  # noqa: PLR2004 - a year has four digits
            return at + 1, int(key)
        if len(key) == 2 and "'" in tokens.gap(at):  # noqa: PLR2004 - or two behind an apostrophe
            return at + 1, 2000 + int(key) if int(key) < 40 else 1900 + int(key)  # noqa: PLR2004 - the nearer century
        return at, 0
    if not tokens.kinds[at] & NUMBER:
        return at, 0
    if key == "two" and at + 1 < size and keys[at + 1] == "thousand":
        rest = at + 2 + (at + 2 < size and keys[at + 2] == "and")
        stop, value = read_number(tokens, rest, lexicon)
        return (stop, 2000 + value) if value else (at + 2, 2000)
    if key in ("nineteen", "twenty"):
        stop, value = read_number(tokens, at + 1, lexicon)
        if value >= 10:  # noqa: PLR2004 - "twenty nineteen", not "twenty one"
            return stop, (1900 if key == "nineteen" else 2000) + value
    return at, 0


def read_number(tokens: Tokens, at: int, lexicon: Lexicon) -> tuple[int, int]:
    """Return where a number from ``at`` on ends, and the number; ``(at, 0)`` when there is none."""
    if at >= len(tokens):
        return at, 0
    key = tokens.keys[at]
    if tokens.shapes[at] == DIGITS:
        return (at + 1, int(key)) if len(key) <= 3 else (at, 0)  # noqa: PLR2004 - no age has four digits
    if key in lexicon.tens:
        after = tokens.keys[at + 1] if at + 1 < len(tokens) else ""
        unit = lexicon.digits.get(after, 0)
        if unit and tokens.gap(at + 1) in (" ", "-"):
            return at + 2, lexicon.tens[key] + unit
        return at + 1, lexicon.tens[key]
    value = lexicon.small_numbers.get(key, 0)
    return (at + 1, value) if value and key != "o" else (at, 0)


def _birth_year(tokens: Tokens, index: int, lexicon: Lexicon) -> Found | None:
    stop, year = read_year(tokens, index + 1, lexicon)
    if not year:
        return None
    start = stop - 1
    while start - 1 > index and tokens.keys[start - 1] not in ("in", "of", "back"):
        start -= 1
    return Found(tokens.starts[start], tokens.ends[stop - 1], "DATE", "of birth", "birth-year", 0.8)


def _lone_year(tokens: Tokens, index: int, lexicon: Lexicon) -> Found | None:
    """Return a year by itself ("since 2016"): coarse enough to be said, and marked as judged."""
    after = index + 1
    if (
        after >= len(tokens)
        or tokens.gap(after) != " "
        or not (tokens.shapes[after] == DIGITS or tokens.keys[after] in ("nineteen", "twenty", "two"))
    ):
        return None
    stop, year = read_year(tokens, after, lexicon)
    if not year or (stop < len(tokens) and tokens.gap(stop) == " " and tokens.keys[stop] in _NOT_AFTER_YEAR):
        return None
    return Found(tokens.starts[after], tokens.ends[stop - 1], "DATE", str(year), "year", 0.4)


def _opening_year(tokens: Tokens, index: int) -> Found | None:
    """Return a year that begins a sentence ("2014 I told my GP")."""
    key = tokens.keys[index]
    after = tokens.keys[index + 1] if index + 1 < len(tokens) else ""
    full = len(key) == 4 and _YEARS[0] <= int(key) <= _YEARS[1]  # noqa: PLR2004 - a year has four digits
    if not full or after not in _SPEAKERS or not tokens.opens_sentence(index):
        return None
    return Found(tokens.starts[index], tokens.ends[index], "DATE", key, "year", 0.4)


def _spoken_figures(tokens: Tokens, index: int, lexicon: Lexicon) -> tuple[int, int]:
    """Return where "the third of the second eighty eight" ends and its year; ``(index, 0)`` when it is no such date."""
    keys = tokens.keys
    month = index + 1
    while month < len(keys) and month - index < 3 and keys[month] in ("of", "the"):  # noqa: PLR2004 - "of the"
        month += 1
    if month == index + 1 or month >= len(keys) or not 1 <= lexicon.ordinals.get(keys[month], 0) <= len(_MONTHS):
        return index, 0
    stop, year = read_year(tokens, month + 1, lexicon)
    if year:
        return stop, year
    stop, short = read_number(tokens, month + 1, lexicon)
    return (stop, 1900 + short if short > 40 else 2000 + short) if short else (index, 0)  # noqa: PLR2004 - the nearer century


def _lone_day(tokens: Tokens, index: int) -> Found | None:
    after = index + 1
    if after >= len(tokens) or tokens.keys[after] not in _ORDINAL_ENDINGS or tokens.gap(after) != "" or index < 2:  # noqa: PLR2004 - "on the"
        return None
    if tokens.keys[index - 1] != "the" or tokens.keys[index - 2] not in (
        "on",
        "by",
        "until",
        "since",
        "from",
        "to",
        "before",
        "after",
    ):
        return None
    if int(tokens.keys[index]) > _LAST_DAY:
        return None
    following = after + 1
    if (
        following < len(tokens)
        and tokens.gap(following) == " "
        and tokens.keys[following] in ("floor", "time", "birthday", "day", "week", "house", "attempt")
    ):
        return None
    return Found(tokens.starts[index], tokens.ends[after], "DATE", "", "day-of-month", 0.5)
