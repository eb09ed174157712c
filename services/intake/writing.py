"""The one writer of a process: submissions that arrive together share a transaction, so that a commit is paid once.

A submission is answered only when what it stored is durable.
"""

import asyncio
from collections import deque

import sqlalchemy as sa

from services.clock import Clock
from services.database.engine import Database
from services.errors import StoreUnavailable, SurvivorVoiceError
from services.intake.acceptance import Acceptance, Accepted, Arrival
from services.runner.outbox import Outbox

#: More than this many contributions are not put into one transaction, so that others do not wait long for the lock.
MOST_AT_ONCE = 4000
#: More submissions than this wait for nobody: the sender is asked to come again.
LONGEST_QUEUE = 2000


class GroupWriter:
    """Collects arrivals and stores them group by group; start it with :meth:`run` as a supervised task."""

    def __init__(self, *, acceptance: Acceptance, database: Database, outbox: Outbox, clock: Clock) -> None:
        self._acceptance = acceptance
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._queue: deque[tuple[Arrival, asyncio.Future[Accepted]]] = deque()
        self._wake = asyncio.Event()
        self._closed = False

    async def store(self, arrival: Arrival) -> Accepted:
        """Store one submission; returns when it is durable.

        Raises:
            Conflict, NotFound, InputRefused: it cannot be accepted; nothing of it was stored.
            StoreUnavailable: full disk, locked database, or too many are waiting; nothing of it was stored.
        """
        if self._closed or len(self._queue) >= LONGEST_QUEUE:
            raise StoreUnavailable("Too much is waiting to be stored: try again in a moment.")
        answer: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()
        self._queue.append((arrival, answer))
        self._wake.set()
        return await answer

    async def run(self, stop: asyncio.Event) -> None:
        """Store what arrives until ``stop``, and what is still waiting then."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not (stop.is_set() and not self._queue):
                waking = asyncio.create_task(self._wake.wait())
                await asyncio.wait({stopping, waking}, return_when=asyncio.FIRST_COMPLETED)
                waking.cancel()
                self._wake.clear()
                while self._queue:
                    await self._store_group(self._next_group())
        finally:
            self._closed = True
            stopping.cancel()
            while self._queue:
                _, answer = self._queue.popleft()
                if not answer.done():
                    answer.set_exception(StoreUnavailable("It could not be stored: try again."))

    def _next_group(self) -> list[tuple[Arrival, asyncio.Future[Accepted]]]:
        group: list[tuple[Arrival, asyncio.Future[Accepted]]] = []
        size = 0
        while self._queue:
            weight = sum(len(bundle.contributions) for bundle in self._queue[0][0].sealed.bundles)
            if group and size + weight > MOST_AT_ONCE:
                break
            size += weight
            group.append(self._queue.popleft())
        return group

    async def _store_group(self, group: list[tuple[Arrival, asyncio.Future[Accepted]]]) -> None:
        arrivals = [arrival for arrival, _ in group]
        today, at = self._clock.today().isoformat(), self._clock.minute()

        def accept(transaction: sa.Connection) -> list[Accepted | SurvivorVoiceError]:
            answers, events = self._acceptance.apply(transaction, arrivals, today=today, at=at)
            self._outbox.put_now(transaction, events)
            return answers

        try:
            answers = await self._database.transact(accept)
        except SurvivorVoiceError as trouble:
            _refuse(group, trouble)
            return
        except BaseException:
            _refuse(group, StoreUnavailable("It could not be stored: try again."))
            raise
        for (_, answer), outcome in zip(group, answers, strict=True):
            if answer.done():
                continue
            if isinstance(outcome, Accepted):
                answer.set_result(outcome)
            else:
                answer.set_exception(outcome)


def _refuse(group: list[tuple[Arrival, asyncio.Future[Accepted]]], trouble: SurvivorVoiceError) -> None:
    for _, answer in group:
        if not answer.done():
            answer.set_exception(trouble)
