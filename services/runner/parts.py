"""What the composition hands to a service: settings, folder, clock, ids, the log, and where keys and pins lie."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry

from services.clock import Clock
from services.datafolder import DataFolder
from services.eventlog.interface import EventLog
from services.events import Service
from services.ids import NewId, random_id
from services.runner.announcements import Announcer, PublicKeys
from services.sealing.epochs import EpochKeys, Purpose
from services.sealing.identities import Identity, Pins
from services.settings import Settings
from services.telemetry.metrics import WorkerMetrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of one service.

    Attributes:
        service: which.
        settings: as they hold for this service.
        folder: the data folder.
        clock: what day it is.
        log: the event log; whoever opened it closes it.
        new_id: makes opaque ids.
        pick: picks a number below its argument; seeded in a demonstration.
        registry: the service's metrics.
    """

    service: Service
    settings: Settings
    folder: DataFolder
    clock: Clock
    log: EventLog
    new_id: NewId = random_id
    pick: Callable[[int], int] = secrets.randbelow
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    @property
    def keys_folder(self) -> Path:
        """The folder of this service's keys."""
        return self.settings.keys_folder(self.service)

    @property
    def pins(self) -> Pins:
        """The identities that this installation trusts."""
        return Pins(self.folder.path / "keys" / "identities.toml")

    @property
    def call_token_file(self) -> Path:
        """Where the token of the calls between services lies."""
        return Path(self.settings.call_token_file) if self.settings.call_token_file else self.folder.token_file

    def public_keys(self) -> PublicKeys:
        """Return a directory of other services' keys, filled from the log."""
        return PublicKeys(self.log, self.pins)

    def epoch_keys(self, purpose: Purpose) -> EpochKeys:
        """Return this service's epochs for one purpose."""
        return EpochKeys(self.keys_folder, self.service, purpose)

    def announcer(self, keys: EpochKeys) -> Announcer:
        """Return the task that makes and announces this service's epochs."""
        return Announcer(
            service=self.service,
            identity=Identity(self.keys_folder, self.service),
            pins=self.pins,
            keys=keys,
            log=self.log,
            clock=self.clock,
        )

    def metrics(self) -> WorkerMetrics:
        """Return what this service's workers measure; call it once."""
        return WorkerMetrics(self.service, self.registry)
