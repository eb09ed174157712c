"""Having a broker compact: it does so by itself, on its own clock, but never in the segment that it still writes to."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.errors import AccessDenied
from services.eventlog.interface import TopicPartition
from services.eventlog.kafka_questions import LATEST
from services.eventlog.kafka_reading import read_records
from services.eventlog.kafka_sweeping import SWEPT_TYPE, Sweeper

if TYPE_CHECKING:
    from services.eventlog.kafka import KafkaLog

_LOOK_EVERY = 0.1
_READ_TOGETHER = 500


@dataclass(slots=True)
class _State:
    """What is known of one partition: its head when nothing was to be done, and when our last marker was written."""

    clean: int = 0
    marked: float | None = None
    hidden: bool = False


class Compactor:
    """Lets a broker compact partitions that nobody writes to any more."""

    def __init__(self, log: "KafkaLog", sweeper: Sweeper) -> None:
        self._log = log
        self._sweeper = sweeper
        self._states: dict[TopicPartition, _State] = {}

    async def compact(self, places: Collection[TopicPartition]) -> None:
        """Append a marker to each partition that holds something older than the newest of its key.

        At most one for each segment's time; where segments are shorter than this client's patience it returns when
        the broker has compacted. A writer that may not read the topic writes its marker wherever something was
        appended since the last one.

        Raises:
            LogUnavailable: could not be done now.
        """
        deadline = time.monotonic() + self._log.access.pace.patience
        waiting = set(places)
        while True:
            waiting = {place for place in sorted(waiting) if not await self._is_clean(place)}
            if not waiting:
                return
            segment = await self._sweeper.segment_seconds(min(waiting).topic)
            for place in sorted(waiting):
                state = self._states[place]
                if state.marked is None or time.monotonic() - state.marked > segment:
                    offset, _ = await self._sweeper.mark(place)
                    state.marked = time.monotonic()
                    if state.hidden:
                        state.clean = offset + 1
            if time.monotonic() + segment > deadline:
                return
            await asyncio.sleep(_LOOK_EVERY)

    async def _is_clean(self, place: TopicPartition) -> bool:
        """Whether each key lies in a partition once, sweep markers apart."""
        state = self._states.setdefault(place, _State())
        remote = self._log.remote(place)
        head = (await self._log.questions.bounds([remote], LATEST))[remote]
        if head == state.clean:
            return True
        try:
            once = await self._holds_each_key_once(place, remote)
        except AccessDenied:
            state.hidden = True
            return False
        if once:
            state.clean = head
        return once

    async def _holds_each_key_once(self, place: TopicPartition, remote: TopicPartition) -> bool:
        keys: set[str] = set()
        position = 0
        while records := await read_records(self._log.questions, place, remote, position, _READ_TOGETHER):
            for record in records:
                if record.attributes.type == SWEPT_TYPE:
                    continue
                if record.key in keys:
                    return False
                keys.add(record.key)
            position = records[-1].offset + 1
        return True
