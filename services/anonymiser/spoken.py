"""Identifiers as they are said aloud: digits in words, "double", letters one by one, "at ... dot ...".

A *run* is a row of at least five said digits or letters; what it is follows from its shape and from the words before
it.
"""

import re
from collections.abc import Iterator

from services.anonymiser.cues import cue_words
from services.anonymiser.detection import Found, Label
from services.anonymiser.forms import COUNTED, LETTER, TIMED
from services.anonymiser.lexicon import NUMBER, Lexicon
from services.anonymiser.tokens import DIGITS, Tokens

_SHORTEST_RUN = 5
_PROVIDERS = ("gmail", "hotmail", "outlook", "yahoo", "icloud", "protonmail", "live", "aol")
_CUE_WORDS = 12
_FEW_LETTERS = 3
_JOINING = re.compile(r"[\s,.;-]{0,3}")
_TOP = r"(?:com|co|org|net|uk|ac|gov|nhs|info|io|ie|me|tv|app)"
_EMAIL = re.compile(
    r"(?:[\w+'-]{1,64}\s+(?:dot|underscore|under score|hyphen|dash|point)\s+|[\w+'-]{1,64}\.)*"
    r"[\w+'-]{1,64}(?:\s(?:NUMBERS))*\s+(?:at|\(at\)|@)\s+"
    r"(?:(?:[\w-]+\s+(?:dot|\.)\s+)+"
    + _TOP
    + r"(?:\s+(?:dot|\.)\s+uk)?|(?:gmail|hotmail|outlook|yahoo|icloud|protonmail|live|aol)(?:\.(?:com|co\.uk))?)\b",
    re.IGNORECASE,
)
_EMAIL_CORE = re.compile(
    r"\s(?:at|\(at\)|@)\s+(?:[\w-]+\s+(?:dot|\.)\s|gmail|hotmail|outlook|yahoo|icloud|protonmail|live|aol)",
    re.IGNORECASE,
)
_URL = re.compile(
    r"\b(?:www\s+dot\s+)?[\w-]+(?:\s+dot\s+[\w-]+)*\s+dot\s+"
    + _TOP
    + r"\b(?:\s+dot\s+uk\b)?(?:\s+(?:forward )?slash\s+[\w-]+(?:\s+(?:dot|underscore|dash|hyphen)\s+[\w-]+)*)*",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<=\bat )[\w.-]+(?:\s+(?:underscore|under score)\s+[\w.-]+)+"
    r"|\b[\w.-]+(?:\s+(?:underscore|under score)\s+[\w.-]+)+",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"[a-z]{1,2}\d[a-z\d]?\d[a-z]{2}")
_NINO = re.compile(r"[a-z]{2}\d{6}[a-d]")
_PLATE = re.compile(r"[a-z]{2}\d{2}[a-z]{3}|[a-z]\d{1,3}[a-z]{3}|[a-z]{3}\d{1,3}[a-z]")
_DISTRICT = re.compile(r"(?:ec|nw|se|sw|wc|br|cr|da|en|ha|ig|kt|rm|sm|tw|ub|e|n|w)\d{1,2}")
_PHONE_SIZES = (9, 13)
_ACCOUNT_SIZE = 8
_SORT_CODE_SIZE = 6
_NHS_SIZE = 10
_SHORT_RUN_CUES = cue_words("spoken_short_run_cues")


def find_spoken(tokens: Tokens, lexicon: Lexicon) -> Iterator[Found]:  # noqa: C901 - a table of rules, one a line
    """Yield every identifier that is said aloud in the text behind ``tokens``."""
    text = tokens.text
    lower = text.lower()
    if " dot " in lower or (" at " in lower and any(map(lower.__contains__, _PROVIDERS))):
        emails = _email_pattern(lexicon).finditer(text) if _EMAIL_CORE.search(text) else ()
        for found in emails:
            yield Found(found.start(), found.end(), "EMAIL", "", "email-spoken", 0.9)
    if " dot " in lower:
        for found in _URL.finditer(text):
            yield Found(found.start(), found.end(), "URL", "", "url-spoken", 0.8)
    if "underscore" in lower or "under score" in lower:
        for found in _HANDLE.finditer(text):
            yield Found(found.start(), found.end(), "HANDLE", "", "handle-spoken", 0.8)
    resume = 0
    counted = tokens.signed(COUNTED)
    letters = tokens.signed(LETTER)
    if not counted and len(letters) < _FEW_LETTERS:
        return
    figures = [at for at in tokens.in_role(TIMED) if tokens.shapes[at] == DIGITS]
    for index in sorted({*counted, *letters, *figures}):
        if index < resume or not _may_start(tokens, index):
            continue
        stop, said, items = _read_run(tokens, index, lexicon)
        if said[:1] not in ("0", "") and said[1:2] == "0" and len(said) in (11, 12) and tokens.gap(index + 1) != " ":
            continue  # "between ten and two, 07700 ..."
        if stop - index >= 2 and (found_label := _classify(tokens, index, said, items, lexicon)):  # noqa: PLR2004 - one item is no run
            yield Found(tokens.starts[index], tokens.ends[stop - 1], found_label, "", "spoken-run", 0.85)
            resume = stop


_EMAILS: dict[int, re.Pattern[str]] = {}


def _email_pattern(lexicon: Lexicon) -> re.Pattern[str]:
    pattern = _EMAILS.get(0)
    if pattern is None:
        words = "|".join(sorted({*lexicon.small_numbers, *lexicon.tens, *lexicon.repeats}))
        pattern = _EMAILS[0] = re.compile(_EMAIL.pattern.replace("NUMBERS", words), re.IGNORECASE)
    return pattern


def _may_start(tokens: Tokens, index: int) -> bool:
    if tokens.kinds[index] & NUMBER:
        return True
    key = tokens.keys[index]
    if tokens.shapes[index] == DIGITS:
        return index + 1 < len(tokens) and bool(tokens.kinds[index + 1] & NUMBER)
    if index and tokens.gap(index).endswith("&"):
        return False  # "in A&E four times"
    return (
        len(key) == 1
        and index + 2 < len(tokens)
        and _is_part(tokens, index + 1)
        and (key not in "aio" or len(tokens.keys[index + 1]) == 1)
    )


def _is_part(tokens: Tokens, index: int) -> bool:
    return (
        bool(tokens.kinds[index] & NUMBER)
        or len(tokens.keys[index]) == 1
        or tokens.shapes[index] == DIGITS
        or (
            tokens.keys[index] == "hundred"
            and tokens.keys[index - 1] in ("nine", "eight", "seven", "six", "five", "four", "three", "two", "one")
        )
    )


def _read_run(tokens: Tokens, start: int, lexicon: Lexicon) -> tuple[int, str, int]:
    said: list[str] = []
    items = repeat = 0
    index = start
    while index < len(tokens) and _is_part(tokens, index):
        if index > start and not _JOINING.fullmatch(tokens.gap(index)):
            break
        key = tokens.keys[index]
        if key == "hundred":
            said.append("00")
            items += 1
            index += 1
            continue
        if key in lexicon.repeats:
            repeat = lexicon.repeats[key]
            index += 1
            continue
        spelled = _spell(tokens, index, lexicon, said)
        said.append(spelled * (repeat or 1))
        items += repeat or 1
        repeat = 0
        index += 1
    while index > start + 1 and tokens.keys[index - 1] in ("i", "a", "o") and said and said[-1] in ("i", "a"):
        index -= 1
        items -= 1
        said.pop()
    return index, "".join(said), items


def _spell(tokens: Tokens, index: int, lexicon: Lexicon, said: list[str]) -> str:
    key = tokens.keys[index]
    if tokens.shapes[index] == DIGITS:
        return key
    if key in lexicon.tens:
        return str(lexicon.tens[key])
    number = lexicon.small_numbers.get(key)
    if number is None:
        return key
    if index and number and number <= 9 and said and tokens.keys[index - 1] in lexicon.tens:  # noqa: PLR2004 - "forty five"
        said[-1] = said[-1][:-1]
    return str(number)


def _classify(tokens: Tokens, start: int, said: str, items: int, lexicon: Lexicon) -> Label | None:
    before = set(tokens.keys[max(0, start - _CUE_WORDS) : start])
    near = set(tokens.keys[max(0, start - 5) : start])
    digits = sum(character.isdigit() for character in said)
    if said.isdigit():
        return _classify_digits(said, items, before, near, lexicon)
    label: Label | None = None
    if not digits:
        label = None
    elif _POSTCODE.fullmatch(said):
        label = "POSTCODE"
    elif _NINO.fullmatch(said):
        label = "NINO"
    elif _PLATE.fullmatch(said) and items >= _SHORTEST_RUN:
        label = "VEHICLE_REG"
    elif _DISTRICT.fullmatch(said) and (said[0] not in "enw" or said[1].isalpha() or near & {"postcode", "in", "near"}):
        label = "POSTCODE"
    elif items >= _SHORTEST_RUN or (near & _SHORT_RUN_CUES and items >= 3):  # noqa: PLR2004 - two items say little
        label = "REFERENCE"
    return label


def _is_nhs_number(said: str) -> bool:
    from stdnum.gb import nhs

    return bool(nhs.is_valid(said))


def _classify_digits(said: str, items: int, before: set[str], near: set[str], lexicon: Lexicon) -> Label | None:  # noqa: PLR0911 - a table of rules, one a line
    size = len(said)
    if said in lexicon.helplines:
        return None
    if "nhs" in before and size >= _SHORTEST_RUN:
        return "NHS_NUMBER"
    if size == _SORT_CODE_SIZE and before & {"sort", "code"}:
        return "BANK"
    if before & {"account", "sort"} and size >= 4 and near & {"account", "number", "code", "ending", "is", "and"}:  # noqa: PLR2004 - the shortest part given of an account
        return "BANK"
    if size == _NHS_SIZE and said[0] != "0" and _is_nhs_number(said):
        return "NHS_NUMBER"
    if items < _SHORTEST_RUN and not (near & _SHORT_RUN_CUES and items >= 3):  # noqa: PLR2004 - two items say little
        return "PHONE" if said[0] == "0" and size >= _PHONE_SIZES[0] else None
    if near & {"reference", "ref", "crime", "case", "custody", "urn", "cad", "badge", "collar"}:
        return "REFERENCE"
    if (
        said[0] == "0"
        or _PHONE_SIZES[0] <= size <= _PHONE_SIZES[1]
        or before & {"phone", "mobile", "ring", "call", "text", "number"}
    ):
        return "PHONE"
    return "REFERENCE"
