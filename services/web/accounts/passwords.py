"""Passwords: argon2id with 19 MiB, two passes and one lane (OWASP Password Storage), and how long they must be.

The memory-hungry profile of RFC 9106 takes 2 GiB a try, with which anybody could stop the service; this one does not.
"""

import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.errors import Finding, InputRefused

SHORTEST: Final = 12
LONGEST: Final = 200
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(name: str, password: str) -> str:
    """Return the slow hash of a new password, with its own random salt.

    Raises:
        InputRefused: too short, too long, or nothing but the name; never repeats it.
    """
    whole = _settled(password)
    if not SHORTEST <= len(whole) <= LONGEST:
        rule = f"it must have {SHORTEST} to {LONGEST} characters"
        raise InputRefused([Finding("password", rule, "Three or four unrelated words are easy to keep in mind.")])
    if whole.casefold() == name.casefold() or len(set(whole)) == 1:
        raise InputRefused([Finding("password", "it is too easy to guess", "Choose three or four unrelated words.")])
    return _HASHER.hash(whole)


def is_right(stored: str, password: str) -> bool:
    """Say whether a password belongs to a stored hash; takes about 30 ms whatever the answer."""
    try:
        return _HASHER.verify(stored, _settled(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False


@cache
def hash_of_nobody() -> str:
    """Return a hash that no password fits: compared for unknown names, so that they take as long as known ones."""
    return _HASHER.hash("\0nobody")


def _settled(password: str) -> str:
    """Return a password in one Unicode form: two keyboards may write the same letter differently."""
    return unicodedata.normalize("NFC", password)
