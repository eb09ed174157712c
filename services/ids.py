"""Opaque ids: random, or from a seed in a demonstration, so that its releases are the same each time."""

import hashlib
import secrets
from collections.abc import Callable

#: Makes one new id of 32 hexadecimal digits.
NewId = Callable[[], str]


def random_id() -> str:
    """Return a new id of 128 random bits."""
    return secrets.token_hex(16)


def seeded_ids(seed: str) -> NewId:
    """Return a maker of ids that gives the same row of ids for the same seed; for demonstrations only."""
    made = 0

    def next_id() -> str:
        nonlocal made
        made += 1
        return hashlib.sha256(f"{seed}|{made}".encode()).hexdigest()[:32]

    return next_id
