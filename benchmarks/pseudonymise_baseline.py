"""The baseline to beat: a name list, capitals inside a sentence, and a few patterns; no context, memory or keep list.

It is what most people write first, and is scored in the same run as ours by ``pseudonymise_score.py``.
"""

import re
from typing import Any

from services.anonymiser.lexicon import GIVEN, ORDINARY, SURNAME, lexicon

_PATTERNS = re.compile(
    r"(?P<EMAIL>[\w.+-]+@[\w-]+\.[\w.-]+)|(?P<URL>https?://\S+|www\.\S+)|(?P<PHONE>(?:\+44|0)[\d ]{9,13}\d)"
    r"|(?P<POSTCODE>\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b)|(?P<DATE>\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b)"
    r"|(?P<NINO>\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b)|(?P<REFERENCE>\b\d{6,}\b)|(?P<HANDLE>(?<!\w)@\w+)"
)
_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_END = re.compile(r"[.!?\n]\s*$")


def find(text: str) -> list[tuple[int, int, str, str]]:
    """Return start, end, label and replacement of everything the baseline would take out."""
    found = [
        (each.start(), each.end(), str(each.lastgroup), f"[{each.lastgroup}]") for each in _PATTERNS.finditer(text)
    ]
    kinds: dict[str, int] = lexicon().kinds
    numbers: dict[str, int] = {}
    for each in _WORD.finditer(text):
        word = each.group()
        kind = kinds.get(word.lower(), 0)
        listed = kind & (GIVEN | SURNAME) and not kind & ORDINARY
        opens = each.start() == 0 or _SENTENCE_END.search(text[max(0, each.start() - 3) : each.start()])
        if listed or (word[0].isupper() and not opens and word != "I"):
            number = numbers.setdefault(word.lower(), len(numbers) + 1)
            found.append((each.start(), each.end(), "PERSON", f"[PERSON-{number}]"))
    return sorted(found)


def run(text: str) -> dict[str, Any]:
    """Return the answer in the shape of the command's lines; nothing is ever held."""
    spans = [
        {"start": start, "end": end, "label": label, "replacement": replacement}
        for start, end, label, replacement in find(text)
    ]
    return {"spans": spans, "held": False}
