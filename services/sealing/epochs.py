"""Epochs: a service's private keys by month or year, made ahead, and destroyed when nothing needs them.

A key id is ``<service>-<purpose>-<epoch>``, the epoch ``2025-03`` (words, pseudonymised) or ``2025`` (facts). A
destroyed key leaves a dated empty file, so that it can be told from one that was never here.
"""

import calendar
import dataclasses
import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from services.errors import DestroyedEpochKey, SealingError, UnknownKey
from services.events import Service
from services.sealing import keyfiles
from services.sealing.suite import PrivateKey

Purpose = Literal["words", "facts", "pseudonymised"]

#: A new epoch is made this long before the running one ends.
AHEAD = datetime.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch key as a person may see it: an id and dates, never the key.

    Attributes:
        key: the key id.
        service: whose it is.
        purpose: what is sealed to it.
        opens: first day of use.
        closes: last day of use.
        destroyed: the day of its destruction, or None.
    """

    key: str
    service: Service
    purpose: Purpose
    opens: datetime.date
    closes: datetime.date
    destroyed: datetime.date | None = None


class _KeyFile(msgspec.Struct, frozen=True):
    epoch: Epoch
    private: bytes


class _Tombstone(msgspec.Struct, frozen=True):
    epoch: Epoch
    destroyed: datetime.date


def epoch_for(service: Service, purpose: Purpose, day: datetime.date) -> Epoch:
    """Return the epoch that a day falls in: yearly for facts, else monthly."""
    if purpose == "facts":
        opens, closes = datetime.date(day.year, 1, 1), datetime.date(day.year, 12, 31)
        name = f"{day.year:04d}"
    else:
        opens = day.replace(day=1)
        closes = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        name = f"{day.year:04d}-{day.month:02d}"
    return Epoch(f"{service}-{purpose}-{name}", service, purpose, opens, closes)


class EpochKeys:
    """A service's key folder: one private file an epoch, shared by the service's instances."""

    def __init__(self, folder: Path, service: Service, purpose: Purpose) -> None:
        self._folder = folder
        self._service = service
        self._purpose = purpose
        self._loaded: dict[str, PrivateKey] = {}

    def ensure(self, day: datetime.date) -> list[Epoch]:
        """Make the epoch of ``day``, and the next one when this one ends within a week; return those in use or to come.

        Raises:
            DestroyedEpochKey: the epoch of the day was destroyed (the clock went back).
        """
        wanted = [epoch_for(self._service, self._purpose, day)]
        if wanted[0].closes - day < AHEAD:
            wanted.append(epoch_for(self._service, self._purpose, wanted[0].closes + datetime.timedelta(days=1)))
        with keyfiles.locked(self._folder):
            for epoch in wanted:
                if self._tombstone(epoch.key).exists():
                    raise DestroyedEpochKey(f"The key {epoch.key} was destroyed: has the clock been set back?")
                if not self._file(epoch.key).exists():
                    content = msgspec.json.encode(_KeyFile(epoch, PrivateKey.generate().raw))
                    keyfiles.write_private(self._file(epoch.key), content)
        return wanted

    def private_key(self, key: str) -> PrivateKey:
        """Return a private key of this folder.

        Raises:
            UnknownKey: never seen here.
            DestroyedEpochKey: it was destroyed.
        """
        if not self._file(key).exists():
            self._loaded.pop(key, None)
            if self._tombstone(key).exists():
                raise DestroyedEpochKey(f"The key {key} was destroyed while something still needed it.")
            raise UnknownKey(f"The key {key} is not in this service's key folder.")
        if key not in self._loaded:
            self._loaded[key] = PrivateKey(self._read(self._file(key)).private)
        return self._loaded[key]

    def destroy(self, key: str, day: datetime.date) -> None:
        """Destroy one key for ever, leaving a dated empty row; doing it again changes nothing."""
        with keyfiles.locked(self._folder):
            if self._file(key).exists():
                epoch = self._read(self._file(key)).epoch
                content = msgspec.json.encode(_Tombstone(epoch, day))
                keyfiles.write_private(self._tombstone(key), content)
                keyfiles.destroy(self._file(key))
        self._loaded.pop(key, None)

    def listed(self) -> list[Epoch]:
        """Return every epoch of this folder, destroyed ones too, by first day."""
        found: list[Epoch] = []
        if self._folder.is_dir():
            found.extend(self._read(path).epoch for path in self._folder.glob(f"{self._service}-{self._purpose}-*.key"))
            for path in self._folder.glob(f"{self._service}-{self._purpose}-*.destroyed"):
                row = msgspec.json.decode(keyfiles.read_private(path), type=_Tombstone)
                found.append(dataclasses.replace(row.epoch, destroyed=row.destroyed))
        return sorted(found, key=lambda epoch: (epoch.opens, epoch.key))

    def public_bytes(self, key: str) -> bytes:
        """Return the public half of one key (see :meth:`private_key` for errors)."""
        return self.private_key(key).public.raw

    def _file(self, key: str) -> Path:
        return self._folder / f"{self._safe(key)}.key"

    def _tombstone(self, key: str) -> Path:
        return self._folder / f"{self._safe(key)}.destroyed"

    def _safe(self, key: str) -> str:
        if not key.startswith(f"{self._service}-{self._purpose}-") or not key.replace("-", "").isalnum():
            raise UnknownKey("A sealed part names a key that is not one of this service's.")
        return key

    def _read(self, path: Path) -> _KeyFile:
        try:
            return msgspec.json.decode(keyfiles.read_private(path), type=_KeyFile)
        except msgspec.DecodeError:
            raise SealingError(f"The key file {path.name} is damaged: restore it from the key backup.") from None
