"""The reporter's inbox: what its group reads, each topic handled by the part that keeps it."""

from collections.abc import Mapping, Sequence

from services.eventlog.interface import NewRecord, Record
from services.runner.dead_letters import RejectingHandler


class Inbox:
    """Hands records on by topic, so that one worker reads everything the group reads.

    Args:
        handlers: by topic; one handler may stand for several.
    """

    def __init__(self, handlers: Mapping[str, RejectingHandler]) -> None:
        self._handlers = dict(handlers)

    @property
    def topics(self) -> tuple[str, ...]:
        """What is read."""
        return tuple(self._handlers)

    async def handle(self, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Let each handler take its records together, in their order.

        Each handler is a transaction of its own and applies only what is new to it, so that a batch that failed
        half way is handled again without harm.
        """
        made: list[NewRecord] = []
        for handler in dict.fromkeys(self._handlers.values()):
            own = [record for record in records if self._handlers[record.topic] is handler]
            if own:
                made += await handler.handle(own)
        return made

    async def reject(self, record: Record, contribution: str | None) -> Sequence[NewRecord]:
        """Give up on a record, as the part that keeps its topic does."""
        return await self._handlers[record.topic].reject(record, contribution)
