"""The themer's inbox: contributions and statements come on two topics to one group, each to its own step."""

from collections.abc import Mapping, Sequence

from services.eventlog.interface import NewRecord, Record
from services.runner.dead_letters import RejectingHandler


class Inbox:
    """Hands records on by topic; each step stores its own in one transaction, and a repeat changes nothing."""

    def __init__(self, steps: Mapping[str, RejectingHandler]) -> None:
        self._steps = steps

    async def handle(self, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Apply records topic by topic, in their order."""
        for topic, step in self._steps.items():
            chosen = [record for record in records if record.topic == topic]
            if chosen:
                await step.handle(chosen)
        return ()

    async def reject(self, record: Record, contribution: str | None) -> Sequence[NewRecord]:
        """Give up on a parked record as its own step does."""
        return await self._steps[record.topic].reject(record, contribution)
