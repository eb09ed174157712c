"""The directory of other services' public keys, filled from verified announcements."""

import datetime

from services.errors import IdentityChanged, KeyAwaited
from services.events import KeyAnnounced, Service
from services.sealing.bundles import BundleSealer
from services.sealing.epochs import Purpose
from services.sealing.identities import Pins
from services.sealing.suite import PublicKey


class KeyDirectory:
    """Which public key to seal to on a day."""

    def __init__(self, pins: Pins) -> None:
        self._pins = pins
        self._announced: dict[str, KeyAnnounced] = {}
        self._public: dict[str, PublicKey] = {}

    def learn(self, announcement: KeyAnnounced) -> None:
        """Take in one announcement.

        Raises:
            IdentityChanged: not from the pinned identity, or another key under a known id.
        """
        self._pins.verify(announcement)
        known = self._announced.get(announcement.key)
        if known is not None and known.public_key != announcement.public_key:
            raise IdentityChanged(f"Another key was announced under the name {announcement.key}.")
        self._announced[announcement.key] = announcement

    def knows(self, service: Service, purpose: Purpose, day: datetime.date) -> bool:
        """Whether there is a key to seal to on a day."""
        return self._find(service, purpose, day) is not None

    def sealer(self, service: Service, purpose: Purpose, day: datetime.date, bundle: str) -> BundleSealer:
        """Return a sealer of one bundle to a service's key of the day.

        Raises:
            KeyAwaited: no key was announced for that day; wait, or make one.
        """
        found = self._find(service, purpose, day)
        if found is None:
            raise KeyAwaited(f"No key of {service} for {purpose} was announced for {day.isoformat()}.")
        if found.key not in self._public:
            self._public[found.key] = PublicKey(found.public_key)
        return BundleSealer(purpose=purpose, bundle=bundle, key=found.key, public=self._public[found.key])

    def closed_before(self, service: Service, purpose: Purpose, day: datetime.date) -> list[KeyAnnounced]:
        """Return the keys whose last day is before ``day``, oldest first."""
        return sorted(
            (
                known
                for known in self._announced.values()
                if known.service == service and known.purpose == purpose and known.closes < day.isoformat()
            ),
            key=lambda known: known.closes,
        )

    def _find(self, service: Service, purpose: Purpose, day: datetime.date) -> KeyAnnounced | None:
        text = day.isoformat()
        fitting = [
            known
            for known in self._announced.values()
            if known.service == service and known.purpose == purpose and known.opens <= text <= known.closes
        ]
        return max(fitting, key=lambda known: known.key, default=None)
