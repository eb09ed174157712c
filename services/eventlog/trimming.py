"""Trims the log on a clock: transit behind its slowest declared reader, and what is kept by its own rule."""

import asyncio
from collections.abc import Collection
from datetime import date, timedelta
from itertools import chain

from services.errors import LogUnavailable
from services.eventlog.interface import EventLog, TopicPartition
from services.eventlog.topics import DECLARED, Topic, dead_letters_of, topic_named

#: Seconds of the longest pause after errors.
_LONGEST_PAUSE = 60.0


def every_topic() -> list[Topic]:
    """Return all declared topics and the dead-letter topics of their readers."""
    parked = [
        topic_named(dead_letters_of(topic.name, group))
        for topic in DECLARED.values()
        if not topic.never_parked
        for group in topic.readers
    ]
    return [*DECLARED.values(), *parked]


class Trimmer:
    """Sweeps transit topics, dead letters among them.

    A declared reader without a cursor stands at the start, so a group that was never started trims nothing. Where
    nobody is declared to read, nothing is trimmed.

    Args:
        log: the log.
        topics: those to look after; only transit ones are swept. All that are declared when absent.

    Attributes:
        failures: sweeps that failed since the last one that did not.
    """

    def __init__(self, log: EventLog, topics: Collection[Topic] | None = None) -> None:
        self._log = log
        self._topics = [
            topic for topic in (every_topic() if topics is None else topics) if topic.retention == "transit"
        ]
        self._trimmed: dict[TopicPartition, int] = {}
        self.failures = 0

    async def sweep(self) -> dict[TopicPartition, int]:
        """Trim every partition up to the lowest cursor of its declared readers.

        Returns:
            The partitions that were trimmed further than by this trimmer's last sweep, with their new starts.

        Raises:
            LogUnavailable: could not be done now; the next sweep does it.
        """
        lowest: dict[TopicPartition, int] = {}
        for group in sorted(set(chain.from_iterable(topic.readers for topic in self._topics))):
            read = [topic.name for topic in self._topics if group in topic.readers]
            for place, cursor in (await self._log.cursors(group, read)).items():
                lowest[place] = min(cursor, lowest.get(place, cursor))
        ends = {place: end for place, end in lowest.items() if end > self._trimmed.get(place, 0)}
        if ends:
            await self._log.trim(ends)
            self._trimmed |= ends
        return ends

    async def run(self, stop: asyncio.Event, *, every: float = 1.0) -> None:
        """Sweep once every so many seconds until told to stop; after an error wait longer each time.

        Args:
            stop: ends it.
            every: seconds between two sweeps.
        """
        while not stop.is_set():
            try:
                await self.sweep()
            except LogUnavailable:
                self.failures += 1
            else:
                self.failures = 0
            pause = min(every * 2.0 ** min(self.failures, 10), max(every, _LONGEST_PAUSE))
            try:
                await asyncio.wait_for(stop.wait(), pause)
            except TimeoutError:
                continue


async def tidy(log: EventLog, today: date, topics: Collection[Topic] | None = None) -> None:
    """Do what the retention of compacted and kept topics asks for: once a day, and in an erasure run.

    A later ``trim`` with ``physically`` makes it physical.

    Args:
        log: the log.
        today: the day that the records' age is counted from.
        topics: those to look after; all that are declared when absent.

    Raises:
        LogUnavailable: could not be done now; call it again.
    """
    for topic in every_topic() if topics is None else topics:
        if topic.retention == "compacted":
            await log.compact(topic.name)
        elif topic.retention == "kept" and topic.days is not None:
            await log.expire(topic.name, (today - timedelta(days=topic.days)).isoformat())
