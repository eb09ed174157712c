"""The end of an epoch: the sealer's markers, and the owner's destruction of the private key.

A sealer that will never seal to an epoch again appends a marker to every partition of the topics that carry what it
seals. The owner destroys the private key when its last day has passed, its group has passed the markers of every
partition, and no dead letter of these topics is open.
"""

import asyncio
import datetime
from collections.abc import Collection
from pathlib import Path

import msgspec

from services import events
from services.clock import Clock
from services.contracts import decode
from services.errors import LogUnavailable
from services.eventlog.cloudevents import marker_record
from services.eventlog.interface import EventLog, NewRecord, Record, TopicPartition
from services.eventlog.topics import topic_named
from services.events import Service
from services.runner.announcements import PublicKeys
from services.runner.dead_letters import DeadLetters
from services.runner.supervision import every
from services.sealing import keyfiles
from services.sealing.epochs import EpochKeys, Purpose
from services.telemetry.logs import logger

#: A sealer waits a day after an epoch's last, so that every instance has moved on.
GRACE = datetime.timedelta(days=1)
#: An owner whose old key is still there after this long turns readiness red.
OVERDUE = datetime.timedelta(days=7)
_LOOK_EVERY = 1.0


class EpochCloser:
    """A sealer's part: says on every partition that it seals nothing more to the epochs that have ended."""

    def __init__(
        self,
        *,
        sealer: Service,
        owner: Service,
        purpose: Purpose,
        topic: str,
        keys: PublicKeys,
        also: tuple[str, ...] = (),
    ) -> None:
        self._sealer = sealer
        self._owner = owner
        self._purpose = purpose
        self._topics = (topic, *also)
        self._keys = keys

    async def markers(self, today: datetime.date, closed: Collection[str]) -> list[tuple[str, list[NewRecord]]]:
        """Return, for each ended epoch that is not in ``closed``, its key id and a marker for every partition."""
        ended = await self._keys.closed_before(self._owner, self._purpose, today - GRACE)
        return [
            (
                key,
                [
                    marker_record(
                        events.EpochClosed(key=key, sealer=self._sealer),
                        topic,
                        partition,
                        source_service=self._sealer,
                    )
                    for topic in self._topics
                    for partition in range(topic_named(topic).partitions)
                ],
            )
            for key in ended
            if key not in closed
        ]


class EpochEnd:
    """An owner's part: remembers the markers that its workers met, and destroys keys that nothing needs any more."""

    def __init__(
        self,
        *,
        service: Service,
        topic: str,
        keys: EpochKeys,
        folder: Path,
        log: EventLog,
        clock: Clock,
        also: tuple[str, ...] = (),
    ) -> None:
        self._service = service
        self._topics = (topic, *also)
        self._keys = keys
        self._folder = folder
        self._log = log
        self._clock = clock
        self._dead_letters = DeadLetters(service, self._topics, log)
        self._line = logger(service)

    def saw(self, record: Record) -> None:
        """Note a marker before the cursor moves behind it; a marker of another kind is passed over."""
        if record.topic not in self._topics or record.value is None or "epoch_closed" not in record.attributes.type:
            return
        key = decode(events.EpochClosed, record.value).key
        with keyfiles.locked(self._folder):
            offsets = self._markers(key)
            place = self._place(record.topic, record.partition)
            offsets[place] = max(record.offset, offsets.get(place, 0))
            keyfiles.write_private(self._path(key), msgspec.json.encode(offsets))

    async def sweep(self) -> list[str]:
        """Destroy every key that nothing needs any more; return their ids.

        Raises:
            LogUnavailable: try again.
        """
        today = self._clock.today()
        destroyed = []
        for epoch in self._keys.listed():
            if epoch.destroyed is None and epoch.closes < today - GRACE and await self._is_free(epoch.key):
                self._keys.destroy(epoch.key, today)
                self._path(epoch.key).unlink(missing_ok=True)
                self._line.info("an epoch key was destroyed", key=epoch.key)
                destroyed.append(epoch.key)
        return destroyed

    def overdue(self) -> list[str]:
        """Return the keys that should have been destroyed by now."""
        limit = self._clock.today() - OVERDUE
        return [epoch.key for epoch in self._keys.listed() if epoch.destroyed is None and epoch.closes < limit]

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep on a clock until ``stop``."""
        while await every(_LOOK_EVERY, stop):
            try:
                await self.sweep()
            except LogUnavailable as trouble:
                self._line.warning("closing epochs waits", error=trouble)

    async def _is_free(self, key: str) -> bool:
        offsets = self._markers(key)
        cursors = await self._log.cursors(self._service, self._topics)
        for topic in self._topics:
            for partition in range(topic_named(topic).partitions):
                offset = offsets.get(self._place(topic, partition))
                if offset is None or cursors.get(TopicPartition(topic, partition), 0) <= offset:
                    return False
        return not await self._dead_letters.listed()

    def _place(self, topic: str, partition: int) -> str:
        """Return how a partition is written down; the first topic's as they always were, by number alone."""
        return str(partition) if topic == self._topics[0] else f"{topic}/{partition}"

    def _markers(self, key: str) -> dict[str, int]:
        path = self._path(key)
        return msgspec.json.decode(keyfiles.read_private(path), type=dict[str, int]) if path.exists() else {}

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.markers"
