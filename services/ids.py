"""Opaque ids: random, or from a seed in a demonstration, so that its releases are the same each time."""

import hashlib
import os
import secrets
from collections.abc import Callable
from typing import Final

#: Makes one new id of 32 hexadecimal digits.
NewId = Callable[[], str]

_DIGITS: Final = 32
#: So many are drawn at once: the system takes longer to be asked than to answer. A forked process draws its own.
_AT_ONCE: Final = 256
_drawn: list[str] = []
os.register_at_fork(after_in_child=_drawn.clear)


def random_id() -> str:
    """Return a new id of 128 random bits."""
    try:
        return _drawn.pop()
    except IndexError:
        digits = secrets.token_hex(_AT_ONCE * _DIGITS // 2)
        last, *others = (digits[first : first + _DIGITS] for first in range(0, len(digits), _DIGITS))
        _drawn.extend(others)
        return last


def seeded_ids(seed: str) -> NewId:
    """Return a maker of ids that gives the same row of ids for the same seed; for demonstrations only."""
    made = 0

    def next_id() -> str:
        nonlocal made
        made += 1
        return hashlib.sha256(f"{seed}|{made}".encode()).hexdigest()[:32]

    return next_id
