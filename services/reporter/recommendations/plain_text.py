"""Texts that people of a service or a board type: kept as they are, within bounds; escaped wherever they are shown."""

import unicodedata
from typing import Final

from services.errors import Finding, InputRefused

#: Longest in characters, as the contracts of the events have them.
LONGEST_LEAD: Final = 120
LONGEST_REASON: Final = 600
LONGEST_MILESTONE: Final = 200
LONGEST_TITLE: Final = 120
LONGEST_COMMISSION: Final = 600


def read_text(place: str, text: str | None, longest: int, *, lines: bool = False) -> str | None:
    """Return a text in one Unicode form without spaces at its ends; None for an empty one.

    Args:
        place: the field, for the refusal.
        text: as typed. What begins with ``=`` or looks like markup is text like any other.
        longest: in characters.
        lines: it may have several lines.

    Raises:
        InputRefused: too long, or with signs that cannot be shown; never repeats it.
    """
    if text is None:
        return None
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if not plain:
        return None
    if len(plain) > longest:
        raise InputRefused([Finding(place, f"is longer than {longest} characters", "Make it shorter.")])
    allowed = "\n" if lines else ""
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") for sign in plain if sign not in allowed):
        raise InputRefused([Finding(place, "holds signs that cannot be shown", "Type it in plain letters.")])
    return plain
