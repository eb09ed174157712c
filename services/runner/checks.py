"""Readiness: what every service asks of its parts before it calls itself ready.

A probe returns nothing when all is well, and raises with a plain reason when it is not.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.clock import Clock
from services.errors import Held
from services.runner.dead_letters import DeadLetters
from services.runner.supervision import Supervisor
from services.runner.worker import Worker

Probe = Callable[[], Awaitable[None]]

#: A dead letter that waits longer than this turns readiness red.
DEAD_LETTER_DAYS = 7


@dataclass(frozen=True, slots=True)
class NamedProbe:
    """One question about one part."""

    name: str
    ask: Probe


def workers_probe(workers: Sequence[Worker], supervisor: Supervisor) -> NamedProbe:
    """Red when a worker stopped for good, or a task died."""

    async def ask() -> None:
        if supervisor.died.is_set():
            raise Held("a task died")
        if any(worker.stopped for worker in workers):
            raise Held("a worker stopped at a record that may never be parked")

    return NamedProbe("workers", ask)


def dead_letters_probe(dead_letters: DeadLetters, clock: Clock) -> NamedProbe:
    """Red when the oldest open dead letter is too old."""

    async def ask() -> None:
        ages = [letter.age_days(clock.today()) for letter in await dead_letters.listed()]
        if ages and max(ages) > DEAD_LETTER_DAYS:
            raise Held("a dead letter is too old")

    return NamedProbe("dead letters", ask)


def keys_probe(overdue: Callable[[], Sequence[str]]) -> NamedProbe:
    """Red when an epoch key that should have been destroyed is still there."""

    async def ask() -> None:
        if overdue():
            raise Held("an epoch key is overdue for destruction")

    return NamedProbe("epoch keys", ask)
