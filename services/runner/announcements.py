"""Announcing a service's public keys on the log, and learning those of others from it."""

import asyncio
import datetime

from services import events
from services.clock import Clock
from services.contracts import decode, topic_of
from services.errors import IdentityChanged, LogUnavailable
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import EventLog
from services.eventlog.tail import Tail
from services.events import Service
from services.runner.supervision import every
from services.sealing.bundles import BundleSealer
from services.sealing.directory import KeyDirectory
from services.sealing.epochs import EpochKeys, Purpose
from services.sealing.identities import Identity, Pins
from services.telemetry.logs import logger

_TOPIC = topic_of(events.KeyAnnounced)
_LOOK_EVERY = 1.0


class PublicKeys:
    """Other services' public keys, kept up from the log."""

    def __init__(self, log: EventLog, pins: Pins) -> None:
        self._directory = KeyDirectory(pins)
        self._tail = Tail(log, _TOPIC)
        self._catching_up = asyncio.Lock()
        self._announced: set[str] = set()

    async def catch_up(self) -> None:
        """Learn what was announced since the last call.

        An announcement that is not from the pinned identity is refused and said in the log: nothing is sealed to it.

        Raises:
            LogUnavailable: try again.
        """
        async with self._catching_up:
            for record in await self._tail.catch_up():
                if record.is_marker or record.value is None:
                    continue
                announcement = decode(events.KeyAnnounced, record.value)
                try:
                    self._directory.learn(announcement)
                except IdentityChanged as refused:
                    logger(announcement.service).error(
                        "an announcement was refused", key=announcement.key, error=refused
                    )
                    continue
                self._announced.add(announcement.key)

    async def sealer(self, service: Service, purpose: Purpose, day: datetime.date, bundle: str) -> BundleSealer:
        """Return a sealer of one bundle, looking at the log once more when no key of the day is known.

        Raises:
            KeyAwaited: none was announced for that day.
        """
        if not self._directory.knows(service, purpose, day):
            await self.catch_up()
        return self._directory.sealer(service, purpose, day, bundle)

    async def closed_before(self, service: Service, purpose: Purpose, day: datetime.date) -> list[str]:
        """Return the ids of a service's keys whose last day is before ``day``, oldest first."""
        await self.catch_up()
        return [known.key for known in self._directory.closed_before(service, purpose, day)]

    async def is_announced(self, key: str) -> bool:
        """Whether a key id has been announced on this log."""
        await self.catch_up()
        return key in self._announced


class Announcer:
    """Makes a service's epochs ahead of time and announces them; a supervised task."""

    def __init__(
        self,
        *,
        service: Service,
        identity: Identity,
        pins: Pins,
        keys: EpochKeys,
        log: EventLog,
        clock: Clock,
    ) -> None:
        self._service = service
        self._identity = identity
        self._pins = pins
        self._keys = keys
        self._log = log
        self._clock = clock
        self._known = PublicKeys(log, pins)
        self._seen: tuple[str, ...] = ()
        self._line = logger(service)

    async def announce(self) -> None:
        """Make the epochs of today (and the next, a week ahead) and announce those that are not on the log yet.

        Raises:
            IdentityChanged: this service's identity is not the pinned one.
            LogUnavailable: try again.
        """
        self._pins.pin(self._service, self._identity.public)
        epochs = self._keys.ensure(self._clock.today())
        names = tuple(epoch.key for epoch in epochs)
        if names == self._seen:
            return
        for epoch in epochs:
            if not await self._known.is_announced(epoch.key):
                payload = self._identity.announce(epoch, self._keys.public_bytes(epoch.key))
                record = new_record(
                    payload,
                    stage=self._service,
                    source_service=self._service,
                    revision=1,
                    time=payload.opens,
                )
                await self._log.append([record])
                self._line.info("a key was announced", key=epoch.key)
        self._seen = names

    async def run(self, stop: asyncio.Event) -> None:
        """Announce whenever a new epoch is due, until ``stop``."""
        while await every(_LOOK_EVERY, stop):
            try:
                await self.announce()
            except LogUnavailable as trouble:
                self._line.warning("the announcement waits", error=trouble)
