"""Waiting until a release would see everything that was said and taken back."""

import asyncio
from collections.abc import Sequence
from typing import Final

from services.contracts import topic_of
from services.errors import Held, Plain
from services.eventlog.interface import EventLog
from services.events import ConsentChanged, ContributionThemed, SessionHeld, StatementChanged
from services.reporter.rowkeeping import NAME

PATIENCE: Final = 60.0
_POLL: Final = 0.05


class Waiting:
    """What a release waits for; it is held when that does not come.

    Args:
        log: the event log.
        seconds: how long it waits.
    """

    def __init__(self, log: EventLog, *, seconds: float = PATIENCE) -> None:
        self._log = log
        self.seconds = seconds

    async def until_nothing_is_on_its_way(self) -> None:
        """Wait until consent was heard everywhere, then until the reporter has everything that was handed on.

        Raises:
            Held: it does not come to that in time; says who is behind.
        """
        behind = "the themer"
        try:
            async with asyncio.timeout(self.seconds):
                await self._passed("themer.consent", (ConsentChanged,))
                behind = "the reporter"
                await self._passed(f"{NAME}.consent", (ConsentChanged,))
                await self._passed(NAME, (ContributionThemed, SessionHeld, StatementChanged))
        except TimeoutError:
            said = f"Something is still on its way, and {behind} has not read it: see that every service runs."
            raise Held(Plain(said)) from None

    async def _passed(self, group: str, kinds: Sequence[type]) -> None:
        topics = tuple(topic_of(kind) for kind in kinds)
        heads = await self._log.heads(topics)
        while True:
            cursors = await self._log.cursors(group, topics)
            if all(cursors.get(place, 0) >= head for place, head in heads.items()):
                return
            await asyncio.sleep(_POLL)
