"""The outline of a text: which kinds of characters follow one another, so that a pattern runs only where it can match.

Looking for ``b"a0"`` (a letter, then a digit) in an outline costs next to nothing; running twenty patterns over a
text in which no letter stands before a digit is most of what reading it would cost. An outline may say that a pattern
could match where it does not; never the other way round. For a text beyond ASCII it says so of every pattern.
"""

import re
from typing import Final

_DIGIT = re.compile(r"\d")
_OUTLINE: Final = bytes(
    ord("a") if chr(code).isascii() and chr(code).isalpha() else ord("0") if chr(code).isdecimal() else code
    for code in range(128)
) + bytes(range(128, 256))


class Silhouette:
    """One text's outline.

    Attributes:
        plain: whether the text is in ASCII; if it is not, nothing is ruled out.
        outline: the text with ``a`` for every letter and ``0`` for every digit.
        digits: how many digits the text holds.
    """

    __slots__ = ("digits", "outline", "plain")

    def __init__(self, text: str) -> None:
        self.plain = text.isascii()
        self.outline = text.encode("ascii", "replace").translate(_OUTLINE)
        self.digits = self.outline.count(b"0") if self.plain else len(_DIGIT.findall(text))

    def may_hold(self, *parts: bytes) -> bool:
        """Tell whether one of the outlines ``parts`` may stand in the text."""
        if not self.plain:
            return True
        outline = self.outline
        for part in parts:  # noqa: SIM110 - a loop costs half of any() with a generator
            if part in outline:
                return True
        return False

    def may_match(self, pattern: re.Pattern[bytes]) -> bool:
        """Tell whether a pattern of outlines may match somewhere in the text."""
        return not self.plain or pattern.search(self.outline) is not None
