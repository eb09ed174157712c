"""Erasing from a broker's disk: by offset at once, and the bytes when the segments that hold them are deleted.

A broker never deletes the segment that it still writes to, and a quiet partition writes to one for ever. So after an
erasure this appends a *sweep marker*, waits until a segment as old as that has to roll, appends another, which makes it
roll, and erases up to that one as soon as the declared readers have passed it. When the broker has then looked for
segments to delete, every byte before the first marker is gone: that is the proof, made of offsets and times alone.

What is known of it lies in this process; after a restart a sweep begins anew and takes once more the segment's time.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.contracts import CONTRACTS
from services.errors import LogUnavailable, StillOnDisk
from services.eventlog.cloudevents import marker_record
from services.eventlog.interface import TopicPartition
from services.eventlog.kafka_questions import EARLIEST, LATEST
from services.eventlog.kafka_reading import read_records
from services.eventlog.topics import broker_settings, topic_named
from services.events import LogSwept

if TYPE_CHECKING:
    from services.eventlog.kafka import KafkaLog

SWEPT_TYPE = CONTRACTS[LogSwept].type
_LOOK_EVERY = 0.1
#: Beyond what the broker needs by its settings, for its scheduler and its disk: seconds, and a part of its interval.
_MARGIN = 1.0
_PART = 1.2
_READ_TOGETHER = 500
_TIMES = ("segment.ms", "file.delete.delay.ms")


@dataclass(slots=True)
class _Sweep:
    """One sweep of one partition.

    Attributes:
        first: the offset of the first marker; everything before it goes.
        since: when it was written, by this process's own clock.
        stamp: and by the broker's, in milliseconds.
        second: the offset of the marker that made the segment of the first one roll.
        alone: whether nothing but markers lies between the two.
        cleared: when the partition's start had passed the second.
    """

    first: int
    since: float
    stamp: int
    second: int | None = None
    alone: bool = False
    cleared: float | None = None


@dataclass(slots=True)
class _State:
    """What is known of one partition: erased up to, physically gone up to, and the sweep under way."""

    erased: int = 0
    gone: int = 0
    sweep: _Sweep | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Sweeper:
    """Erases for one log and knows what of it still lies on the broker's disk."""

    def __init__(self, log: "KafkaLog") -> None:
        self._log = log
        self._states: dict[TopicPartition, _State] = {}
        self._times: dict[str, tuple[float, float]] = {}
        self._running: asyncio.Task[None] | None = None
        self._marks = 0

    async def erase(self, ends: Mapping[TopicPartition, int]) -> None:
        """Erase everything before the given offsets; nobody can read it when this returns.

        Raises:
            LogUnavailable: could not be done now.
        """
        new = [place for place, end in ends.items() if end > 0 and not self._has_erased(place, end)]
        if not new:
            return
        remote = {self._log.remote(place): place for place in new}
        heads = await self._log.questions.bounds(list(remote), LATEST)
        starts = await self._log.questions.bounds(list(remote), EARLIEST)
        clamped = {place: min(ends[remote[place]], heads[place]) for place in remote}
        await self._log.questions.delete_before({place: end for place, end in clamped.items() if end > starts[place]})
        for place, end in clamped.items():
            state = self._states.setdefault(remote[place], _State())
            state.erased = max(state.erased, end)
        if self._running is None and any(topic_named(place.topic).retention == "transit" for place in new):
            self._running = asyncio.create_task(self._run(), name="event log sweeper")

    async def finish(self, ends: Mapping[TopicPartition, int]) -> None:
        """Return when no byte of what was erased before the given offsets is left on the broker's disk.

        Without any, nothing of what this log has erased from topics in transit.

        Raises:
            StillOnDisk: it takes longer than one call waits; the next one goes on from here.
            LogUnavailable: could not be done now.
        """
        owed = {
            place: state.erased if not ends else min(ends[place], state.erased)
            for place, state in self._states.items()
            if place in ends or (not ends and topic_named(place.topic).retention == "transit")
        }
        deadline = time.monotonic() + self._log.access.pace.patience
        while owed:
            waits = await asyncio.gather(*(self._advance(place, end) for place, end in owed.items()))
            owed = {place: owed[place] for place, wait in zip(list(owed), waits, strict=True) if wait is not None}
            longest = max((wait for wait in waits if wait is not None), default=0.0)
            if owed and time.monotonic() + longest > deadline:
                raise StillOnDisk(
                    f"What was erased from {min(owed).topic} cannot be read any more, but the broker's disk holds it "
                    "until its segments roll and every reader has passed. It is seen to and looked at again."
                )
            await asyncio.sleep(_LOOK_EVERY if owed else 0)

    def _has_erased(self, place: TopicPartition, end: int) -> bool:
        return place in self._states and self._states[place].erased >= end

    async def mark(self, place: TopicPartition) -> tuple[int, int]:
        """Append a sweep marker to a partition; return its offset and its time on the broker."""
        self._marks += 1
        name = hashlib.sha256(f"{self._log.name}/{self._marks}/{time.time_ns()}".encode()).hexdigest()[:16]
        record = marker_record(LogSwept(sweep=f"sweep-{name}"), place.topic, place.partition, source_service="log")
        (written,) = await self._log.writer.append(self._log.messages_of([record]))
        return written.offset, written.timestamp

    async def segment_seconds(self, topic: str) -> float:
        """Return how long the broker writes to one segment of a topic at most."""
        return (await self._times_of(topic))[0]

    async def close(self) -> None:
        """End the sweeping in the background."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def _run(self) -> None:
        """Sweep what is in transit on a slow clock, so that a quiet partition lets go of its last bytes too."""
        while True:
            await asyncio.sleep(self._log.access.pace.sweep_every)
            for place, state in list(self._states.items()):
                if topic_named(place.topic).retention == "transit":
                    with contextlib.suppress(LogUnavailable):  # the next round tries again
                        await self._advance(place, state.erased)

    async def _advance(self, place: TopicPartition, end: int) -> float | None:
        """Take the sweep of a partition as far as it can go now.

        Returns:
            None when everything before ``end`` is gone; else the seconds to wait at least.
        """
        state = self._states[place]
        async with state.turn:
            if state.gone >= end:
                return None
            segment, removal = await self._times_of(place.topic)
            if state.sweep is None:
                first, stamp = await self.mark(place)
                state.sweep = _Sweep(first, time.monotonic(), stamp)
            sweep = state.sweep
            if sweep.second is None:
                left = sweep.since + segment + _LOOK_EVERY - time.monotonic()
                if left > 0:
                    return left + removal
                second, stamp = await self.mark(place)
                if stamp - sweep.stamp <= segment * 1000:  # the broker's clock was set back meanwhile
                    sweep.since = time.monotonic()
                    return segment + removal
                sweep.alone = await self._behind_markers(place, sweep.first) > second
                sweep.second = second
            if sweep.cleared is None:
                if not await self._pass(place, state, sweep.second):
                    return removal
                sweep.cleared = time.monotonic()
            left = sweep.cleared + removal - time.monotonic()
            if left > 0:
                return left
            state.gone = max(state.gone, sweep.second + 1 if sweep.alone else sweep.first)
            state.sweep = None
            return None if state.gone >= end else segment + removal

    async def _pass(self, place: TopicPartition, state: _State, offset: int) -> bool:
        """Move the partition's start to an offset, where everybody who must read what lies before has done so."""
        remote = self._log.remote(place)
        if (await self._log.questions.bounds([remote], EARLIEST))[remote] >= offset:
            return True
        end = max(state.erased, await self._lowest_cursor(place))
        end = await self._behind_markers(place, end)
        if end < offset:
            return False
        await self._log.questions.delete_before({remote: end})
        state.erased = max(state.erased, end)
        return True

    async def _lowest_cursor(self, place: TopicPartition) -> int:
        """Return how far all declared readers of a topic in transit have come."""
        topic = topic_named(place.topic)
        if topic.retention != "transit" or not topic.readers:
            return 0
        remote = self._log.remote(place)
        cursors = [await self._log.questions.cursors(self._log.named(group), [remote]) for group in topic.readers]
        return min(found.get(remote, 0) for found in cursors)

    async def _behind_markers(self, place: TopicPartition, offset: int) -> int:
        """Return the offset behind the unbroken row of sweep markers that begins at an offset."""
        while True:
            records = await read_records(self._log.questions, place, self._log.remote(place), offset, _READ_TOGETHER)
            for record in records:
                if record.attributes.type != SWEPT_TYPE:
                    return offset
                offset = record.offset + 1
            if len(records) < _READ_TOGETHER:
                return offset

    async def _times_of(self, topic: str) -> tuple[float, float]:
        """Return how long a segment is written to and how long one to be deleted may still lie there, in seconds.

        Where this user may not see the topic's settings on the broker they are taken as declared; ``survivor-voice
        topics check`` finds a difference.
        """
        if topic not in self._times:
            declared = broker_settings(topic_named(topic))
            named = await self._log.questions.settings_of(self._log.named(topic), _TIMES)
            segment, delay = (float((named or {}).get(name) or declared[name]) / 1000 for name in _TIMES)
            self._times[topic] = segment, _PART * self._log.access.pace.retention_check + delay + _MARGIN
        return self._times[topic]
