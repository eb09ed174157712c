"""Structured identifiers as they are written: telephone and NHS numbers, addresses on the internet, plates, references.

Shapes come from the public rules: NHS numbers end in a check digit modulo 11 (NHS Data Dictionary), National
Insurance numbers and postcodes follow the published letter sets, plates the current and the two former schemes.
Telephone numbers are matched by shape, so that numbers kept for drama are found as well. Everything is matched in any
case and with the spaces, dots and hyphens that people put in.
"""

import re
from collections.abc import Iterator

from services.anonymiser.detection import Found, Label
from services.anonymiser.lexicon import Lexicon
from services.anonymiser.silhouette import Silhouette

_PLACEHOLDER = re.compile(
    r"\[(?=(?:PERSON|PLACE|ORG|ADDRESS|DATE|AGE|OCCUPATION|PHONE|EMAIL|URL|HANDLE|POSTCODE|NHS_NUMBER|NINO"
    r"|VEHICLE_REG|BANK|IP|REFERENCE|STATUS)\b[^\[\]\n]{0,60}(\]))",
    re.IGNORECASE,
)
_TOP = (
    r"(?:co\.uk|org\.uk|ac\.uk|gov\.uk|nhs\.uk|sch\.uk|me\.uk|com|org|net|uk|info|io|co|me|tv|app"
    r"|gg|ly|eu|edu|biz|xyz|ie)"
)
_EMAIL = re.compile(
    r"[\w.+%'-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+|[\w.+%-]{1,64} at [\w-]+\." + _TOP + r"\b",
    re.IGNORECASE,
)
_URL = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"')\]]+|(?<![@\w.])[a-z0-9][\w-]*(?:\.[\w-]+)*\." + _TOP + r"\b(?:/[^\s<>\"')\]]*)?",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<![\w@./])@[A-Za-z_][\w.]*\w|(?<![\w/])[ur]/[A-Za-z]\w{2,}"
    r"|(?<![\w@./-])[A-Za-z]\w*_[\w.]*\w|(?<![\w@./-])[A-Za-z][\w]*(?:\.[A-Za-z]\w*)*\.?_\w+"
    r"|(?<![\w@./-])(?=[a-z_.]*\d)[A-Za-z]{4,}[._]?\d{2,5}[A-Za-z_]{0,8}(?![\w-])",
)
_HANDLE_CUE = re.compile(
    r"\b(?:insta(?:gram)?|snap(?:chat)?|tiktok|twitter|facebook|discord|reddit|telegram|handle|user ?name"
    r"|gamertag|profile|screen ?name|account name|ig|sc|fb|kik)"
    r"(?: handle| name| account| user ?name| profile| page)?(?:\s?(?:is|was|called|under|as|:|="
    r"|-)\s?|\s)(?:called |under )?(?:at )?[\"'@]?([a-z][\w.]*[\d_.][\w.]*\w)",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"\b(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]?[ -]{0,2}\d[ABD-HJLNP-UW-Z]{2})\b", re.IGNORECASE)
_DISTRICT = re.compile(r"\b(?:(?:EC|NW|SE|SW|WC|BR|CR|DA|EN|HA|IG|KT|RM|SM|TW|UB)\d{1,2}[A-Z]?|(?:E|N|W)\d{1,2})\b")
_DISTRICT_LOWER = re.compile(r"\b(?:(?:ec|nw|se|sw|wc|br|cr|da|en|ha|ig|kt|rm|sm|tw|ub)\d{1,2}|(?<=in )[enw]\d{1,2})\b")
_NINO = re.compile(r"\b[A-Z]{2}(?:[ -]?\d{2}){3}[ -]?[A-D]\b", re.IGNORECASE)
_PLATE = re.compile(r"\b[A-Z]{2}[ -]?\d{2}[ -]?[A-Z]{3}\b|\b[A-Z]\d{1,3}[ -]?[A-Z]{3}\b|\b[A-Z]{3}[ -]?\d{1,3}[A-Z]\b")
_PLATE_LOWER = re.compile(
    r"\b[a-z]{2}\d{2} ?[a-hj-pr-z]{3}\b|(?<=reg )\b[a-z]\d{1,3} ?[a-z]{3}\b|(?<=reg )\b[a-z]{3} ?\d{1,3}[a-z]\b"
    r"|(?<=plate )[a-z]{3} ?\d{1,3}[a-z]\b"
)
_PLATE_SPACED = re.compile(r"\b([a-z]{2}) ?\d{2} ?([a-z]{3})\b")
_PLATE_CUE = re.compile(
    r"\b(?:reg|registration|number plate|plate|plates|licence plate|car)\b(?: number| no| plate)?"
    r"(?:'s| is| was|:| of)?\s((?=[a-z]*\d|\d+ ?[a-z])[a-z\d]{1,4} ?[a-z\d]{1,4})\b",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b", re.IGNORECASE)
_CARD = re.compile(r"\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b")
_SORT_CODE = re.compile(r"\b\d{2}[- ]\d{2}[- ]\d{2}\b(?![-/\d])")
_SORT_CODE_CUE = re.compile(
    r"sort ?code\W{0,3}(?:is|was|no\.?|number)?\W{0,3}(\d{2}[-. ]?\d{2}[-. ]?\d{2})\b", re.IGNORECASE
)
_ACCOUNT_CUE = re.compile(
    r"\b(?:account|acc|acct|a/c)\b(?: number| no\.?| num)?(?: is| was|:|,| ending| ends)?(?: in"
    r"| with)?\s{1,2}(\d[\d ]{2,10}\d)\b",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"\b(?:end(?:s|ing|ed)|last (?:four|4|three|3)(?: digits)?)(?: in| with| are| is| were)? (\d{3,4})\b", re.IGNORECASE
)
_IP = re.compile(
    r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})+\b|\b(?:[0-9a-f]{1,4}:)+:[0-9a-f]{1,4}\b",
    re.IGNORECASE,
)
_NHS = re.compile(r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b")
_NHS_CUE = re.compile(
    r"\bnhs\b\W{0,2}(?:number|no\.?|num)?\W{0,3}(?:is|was)?\W{0,3}(\d[\d -]{6,12}\d)\b", re.IGNORECASE
)
_PHONE = re.compile(r"(?<![\w.])(?:\+\d{1,3}|00\d{2}|\(?\+?44\)?|\(?0)(?:[ ().-]{0,3}\d){5,12}(?!\d)")
_PHONE_CUE = re.compile(
    r"\b(?:number|mobile|mob|phone|tel|call|ring|text|whatsapp|landline|on|at|is)\b\W{1,3}((?:\d[ -]?){6,11}\d)\b(?!/)",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:CAD|CRN|URN|CRIS|MG11|PNC|DASH|HO|MAR|LIT|INC|REF|CMP|HMP|CR|CHS|IOPC)[ :/#-]{0,2}(?:no\.? ?"
    r"|number ?|ref ?)?(?=[\w/-]*\d)[\w]+(?:[/-]\w+)*(?:/\w+)*"
    r"|\b[A-Z]\d{4}[A-Z]{2}\b|\b[A-Z]{2}\d{2}[A-Z]\d{5}\b|\b[TSA]\d{8}\b|\b\d{2}[A-Z]{2,3}\d{4,}"
    r"(?:/\d+)?\b|\b[A-Z]{1,4}[/-]\d{3,}(?:[/-]\w+)*\b"
    r"|\b\d{3,}[A-Z]{1,3}\b(?:/\w+)*|\b\d{3,}/\w+(?:/\w+)*\b|\b\w+/\d{3,}(?:/\w+)*\b|\b[A-Z]{1,3}\d{5,}[A-Z]?\b"
    r"|\b\d{2,}-\d{3,}\b",
)
_REFERENCE_LOWER = re.compile(
    r"\b(?:cad|crn|urn|cris|pnc)[ :/#-]{0,2}(?:no\.? ?|number ?|ref ?|is ?)?(?=[\w/-]*\d)\w+(?:[/-]\w+)*"
)
_REFERENCE_CUE = re.compile(
    r"\b(?:(?:crime|case|incident|custody|complaint|complaints|court|claim|police|report|file|application"
    r"|policy|log|tenancy|housing|hospital|patient|customer|client|warrant|prison|prisoner|inmate"
    r"|badge"
    r"|collar|shoulder|warrant|passport|visa|licence|driving licence|support|ticket|cad|urn|crn"
    r"|cris|home office|booking|student|homeless|rent|referral|council tax|benefit|exhibit|bail"
    r"|officer|their|his|her|my|the)\s)"
    r"?(?:reference|references|ref|refs|number|no\.?|num|id|log|case|urn|cad|crn|complaint|claim"
    r"|passport|badge)\b(?: number| no\.?)?(?:'s|s)?(?:\s(?:is|was|were|of|they gave me|she gave me"
    r"|he gave me|i was given|given))?[\s:#,-]{1,3}"
    r"((?:[A-Z]{1,4}[ /-])?(?=[\w/-]*\d)\w+(?:[/-]\w+)*(?:[ ](?=\d)\d[\w/-]*){0,3})",
    re.IGNORECASE,
)
_OFFICER = re.compile(r"\b(?:PC|DC|DS|DI|PS|PCSO|officer|sgt)[ #]{1,2}(\d{2,6}[A-Z]{0,3})\b", re.IGNORECASE)
_LONG_NUMBER = re.compile(
    r"(?<![\w£$€.,/])\d{5,}(?![\w.]?\d)(?! ?(?:pounds|quid|people|women|euros|dollars|steps|miles|words|k\b))"
)
_PRISON = re.compile(r"\b[a-z]\d{4}[a-z]{2}\b|\b[a-z]{2}\d{2}[a-z]\d{5}\b")
_DIGIT = re.compile(r"\d")
_MIXED = re.compile(r"[A-Za-z]{1,3} ?\d|\d ?[A-Za-z]{1,3}\b")
_DOMAIN = re.compile(r"\w\.(?:co|org|com|net|uk|info|io|me|tv|app|gg|ly|eu|edu|biz|xyz|ie|ac|gov|nhs|sch)\b|www\.")
_NO_HANDLES = ("covid", "catch", "life3", "section", "channel", "part", "phase")
_REFERENCE_WORDS = (
    " no.",
    " no ",
    "num",
    "ref",
    "id",
    "log",
    "case",
    "urn",
    "cad",
    "crn",
    "cris",
    "pnc",
    "complaint",
    "claim",
    "passport",
    "badge",
)
_REFERENCE_CODE = re.compile(r"C(?:AD|R|HS|MP)|URN|MG11|PNC|DASH|H(?:O|MP)|MAR|LIT|INC|REF|IOPC")
_NUMBERED_HANDLE = (b"aaaa00", b"aaaa.00")
_NAME_OF_ACCOUNT = (b"a0", b"a.a", b"a.0", b"a..")
_PLATE_OUTLINE = re.compile(rb"0a|aa[ -]00[ -]aaa")
_NINO_OUTLINE = re.compile(rb"aa(?:[ -]?00){3}[ -]?a")
_IP_SIGNS = 3
_IBAN_DIGITS = 14
_LONG_DIGITS = 5
_PHONE_DIGITS = (9, 15)
_LOCAL_PHONE_DIGITS = (7, 12)
_NHS_DIGITS = 10
_REFERENCE_DIGITS = 3


def find_identifiers(text: str, lexicon: Lexicon) -> Iterator[Found]:
    """Yield every structured identifier of ``text`` as it is written.

    A pattern runs only where the text holds enough digits, or the sign or word, that it cannot do without.
    """
    if "[" in text:
        for found in _PLACEHOLDER.finditer(text):
            yield Found(found.start(), found.start() + 1, "PLACEHOLDER", "(", "input-placeholder", 1.0)
            yield Found(found.start(1), found.end(1), "PLACEHOLDER", ")", "input-placeholder", 1.0)
    lower = text.lower()
    seen = Silhouette(text)
    digits = seen.digits
    domain = (seen.may_hold(b".a") or "www." in lower) and _DOMAIN.search(lower) is not None
    if "@" in text or "(at)" in lower or "[at]" in lower or (domain and " at " in lower):
        yield from _all(_EMAIL, text, "EMAIL", "email")
    if domain or "://" in text:
        yield from _all(_URL, text, "URL", "url")
    signs = "@" in text or "_" in text or "/" in text
    if signs or digits:
        if signs or seen.may_hold(*_NUMBERED_HANDLE):
            yield from _handles(text)
        if "_" in text or seen.may_hold(*_NAME_OF_ACCOUNT):
            yield from _cued(_HANDLE_CUE, text, "HANDLE", "handle-cue")
    if digits:
        yield from _money_and_machines(text, lower, seen)
        yield from _calls(text, lower, digits, lexicon)
        yield from _places_and_cars(text, lower, seen, lexicon)
    if digits >= _REFERENCE_DIGITS:
        yield from _references(text, lower, seen, lexicon)


def _handles(text: str) -> Iterator[Found]:
    for found in _HANDLE.finditer(text):
        if not found.group().lower().startswith(_NO_HANDLES):
            yield Found(found.start(), found.end(), "HANDLE", "", "handle", 0.9)


def _money_and_machines(text: str, lower: str, seen: Silhouette) -> Iterator[Found]:
    signs = max(text.count("."), text.count(":"))
    if signs >= _IP_SIGNS and (":" in text or seen.may_hold(b"0.0")):
        yield from _all(_IP, text, "IP", "ip")
    if seen.digits >= _IBAN_DIGITS:
        yield from _all(_IBAN, text, "BANK", "iban")
        yield from _all(_CARD, text, "BANK", "card")
    if "sort" in lower:
        yield from _cued(_SORT_CODE_CUE, text, "BANK", "sort-code")
        yield from _all(_SORT_CODE, text, "BANK", "sort-code-shape")
    if "acc" in lower or "a/c" in lower:
        yield from _cued(_ACCOUNT_CUE, text, "BANK", "account")
    if "end" in lower or "last " in lower:
        yield from _cued(_ENDING, text, "BANK", "ending")


def _calls(text: str, lower: str, digits: int, lexicon: Lexicon) -> Iterator[Found]:
    if digits >= _NHS_DIGITS:
        from stdnum.gb import nhs

        for found in _NHS.finditer(text):
            if nhs.is_valid(found.group()):
                yield Found(found.start(), found.end(), "NHS_NUMBER", "", "nhs-check-digit", 1.0)
    if "nhs" in lower:
        yield from _cued(_NHS_CUE, text, "NHS_NUMBER", "nhs-cue")
    if digits < _LOCAL_PHONE_DIGITS[0]:
        return
    for pattern, group, sizes, reason, score in (
        (_PHONE, 0, _PHONE_DIGITS, "phone", 0.9),
        (_PHONE_CUE, 1, _LOCAL_PHONE_DIGITS, "phone-cue", 0.7),
    ):
        for found in pattern.finditer(text):
            said = "".join(_DIGIT.findall(found.group(group)))
            if sizes[0] <= len(said) <= sizes[1] and said not in lexicon.helplines:
                yield Found(found.start(group), found.end(group), "PHONE", "", reason, score)


def _places_and_cars(text: str, lower: str, seen: Silhouette, lexicon: Lexicon) -> Iterator[Found]:
    letter_first = seen.may_hold(b"a0")
    postcode = seen.may_hold(b"0aa")
    insured = seen.may_match(_NINO_OUTLINE)
    plate = letter_first or seen.may_match(_PLATE_OUTLINE)
    if insured:
        yield from _all(_NINO, text, "NINO", "nino")
    if (postcode or plate) and _MIXED.search(text):
        if postcode:
            yield from _all(_POSTCODE, text, "POSTCODE", "postcode")
        if letter_first:
            yield from _all(_DISTRICT, text, "POSTCODE", "postcode-district", 0.7)
            yield from _all(_DISTRICT_LOWER, text, "POSTCODE", "postcode-district-lower", 0.6)
        if plate:
            yield from _all(_PLATE, text, "VEHICLE_REG", "plate", 0.8)
            yield from _all(_PLATE_LOWER, text, "VEHICLE_REG", "plate-lower", 0.7)
            for found in _PLATE_SPACED.finditer(text):
                if not (lexicon.kind(found.group(1)) or lexicon.kind(found.group(2))):
                    yield Found(found.start(), found.end(), "VEHICLE_REG", "", "plate-spaced", 0.7)
    if "reg" in lower or "plate" in lower or "car" in lower:
        yield from _cued(_PLATE_CUE, text, "VEHICLE_REG", "plate-cue")


def _references(text: str, lower: str, seen: Silhouette, lexicon: Lexicon) -> Iterator[Found]:
    if seen.may_hold(b"a0", b"0a", b"/", b"-") or _REFERENCE_CODE.search(text):
        yield from _all(_REFERENCE, text, "REFERENCE", "reference", 0.6)
    if any(map(lower.__contains__, _REFERENCE_WORDS)):
        yield from _all(_REFERENCE_LOWER, text, "REFERENCE", "reference-lower", 0.5)
        for found in _REFERENCE_CUE.finditer(text):
            if len(_DIGIT.findall(found.group(1))) >= _REFERENCE_DIGITS:
                yield Found(found.start(1), found.end(1), "REFERENCE", "", "reference-cue", 0.95)
    if seen.may_hold(b"a0"):
        yield from _all(_PRISON, text, "REFERENCE", "prison-number", 0.5)
    if seen.may_hold(b" 00", b"#00"):
        yield from _cued(_OFFICER, text, "REFERENCE", "officer-number")
    if seen.may_hold(b"0" * _LONG_DIGITS):
        for found in _LONG_NUMBER.finditer(text):
            if found.group() not in lexicon.helplines:
                yield Found(found.start(), found.end(), "REFERENCE", "", "long-number", 0.4)


def _all(pattern: re.Pattern[str], text: str, label: Label, reason: str, score: float = 0.9) -> Iterator[Found]:
    for found in pattern.finditer(text):
        yield Found(found.start(), found.end(), label, "", reason, score)


def _cued(pattern: re.Pattern[str], text: str, label: Label, reason: str, score: float = 0.95) -> Iterator[Found]:
    for found in pattern.finditer(text):
        yield Found(found.start(1), found.end(1), label, "", reason, score)
