"""A handler of a stateful service: state and outgoing events in one local transaction, the relay, then the cursor."""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.database.engine import Database
from services.eventlog.interface import NewRecord, Record
from services.runner.outbox import Outbox

Apply = Callable[[AsyncConnection, Sequence[Record]], Awaitable[Sequence[NewRecord]]]


class StatefulHandler:
    """Turns a function that applies records inside a transaction into a worker's handler.

    The function gets only records of one topic at a time, in order, and returns the events to send.
    """

    def __init__(self, database: Database, outbox: Outbox, routes: dict[str, Apply]) -> None:
        self._database = database
        self._outbox = outbox
        self._routes = routes

    async def reject(self, record: Record, contribution: str | None) -> Sequence[NewRecord]:
        """Let a record go without applying it: nothing else waits for what such a handler does."""
        del record, contribution
        return ()

    async def handle(self, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Apply all records or none, relay what they made, and return nothing for the worker to append."""
        async with self._database.begin() as transaction:
            for topic, apply in self._routes.items():
                chosen = [record for record in records if record.topic == topic]
                if chosen:
                    await self._outbox.put(transaction, await apply(transaction, chosen))
        await self._outbox.flush()
        return ()
