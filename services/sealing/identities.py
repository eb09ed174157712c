"""Service identities: who may announce keys, pinned in the data folder, and the announcements that they sign."""

import hashlib
import tomllib
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.errors import IdentityChanged, SealingError
from services.events import KeyAnnounced, Service
from services.sealing import keyfiles
from services.sealing.epochs import Epoch
from services.sealing.suite import SUITE

_encoder = msgspec.json.Encoder(order="deterministic")


def fingerprint(public: bytes) -> str:
    """Return the short name of an identity's public key."""
    return hashlib.sha256(public).hexdigest()[:32]


def _signed_bytes(announcement: KeyAnnounced) -> bytes:
    return _encoder.encode(msgspec.structs.replace(announcement, signature=b""))


class Identity:
    """A service's signing identity, in its key folder."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.service = service
        path = folder / f"{service}-identity.key"
        with keyfiles.locked(folder):
            if not path.exists():
                keyfiles.write_private(path, Ed25519PrivateKey.generate().private_bytes_raw())
            self._private = Ed25519PrivateKey.from_private_bytes(keyfiles.read_private(path))
        self.public = self._private.public_key().public_bytes_raw()

    def announce(self, epoch: Epoch, public_key: bytes) -> KeyAnnounced:
        """Return the signed announcement of one epoch key."""
        draft = KeyAnnounced(
            service=epoch.service,
            key=epoch.key,
            revision=1,
            purpose=epoch.purpose,
            suite=SUITE,
            public_key=public_key,
            opens=epoch.opens.isoformat(),
            closes=epoch.closes.isoformat(),
            identity=fingerprint(self.public),
            signature=b"",
        )
        return msgspec.structs.replace(draft, signature=self._private.sign(_signed_bytes(draft)))


class Pins:
    """The identities that this installation trusts: a small file, each service's public key in hexadecimal."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pinned(self, service: str) -> bytes | None:
        """Return the pinned public key of a service, or None.

        Raises:
            SealingError: the file cannot be read as ``service = "hex"``.
        """
        if not self._path.exists():
            return None
        try:
            pins = tomllib.loads(keyfiles.read_private(self._path).decode())["pins"]
            return bytes.fromhex(pins[service]) if service in pins else None
        except (tomllib.TOMLDecodeError, KeyError, ValueError, AttributeError, TypeError):
            raise SealingError(f"The file {self._path.name} is damaged: restore it from the key backup.") from None

    def pin(self, service: str, public: bytes) -> None:
        """Pin a service's identity the first time; the same again changes nothing.

        Raises:
            IdentityChanged: another one is pinned.
        """
        with keyfiles.locked(self._path.parent):
            known = self.pinned(service)
            if known == public:
                return
            if known is not None:
                raise IdentityChanged(
                    f"The identity of {service} is not the pinned one: restore its key folder, or take the pin out of "
                    f"{self._path.name} if the change was meant.",
                )
            lines = self._path.read_text() if self._path.exists() else "[pins]\n"
            keyfiles.write_private(self._path, f'{lines}{service} = "{public.hex()}"\n'.encode())

    def verify(self, announcement: KeyAnnounced) -> None:
        """Check that an announcement comes from the pinned identity of its service.

        Raises:
            IdentityChanged: no pin, another identity, or a signature that does not hold.
        """
        public = self.pinned(announcement.service)
        if public is None or announcement.identity != fingerprint(public) or announcement.suite != SUITE:
            raise IdentityChanged(f"A key of {announcement.service} was announced by an identity that is not pinned.")
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(announcement.signature, _signed_bytes(announcement))
        except (InvalidSignature, ValueError):
            raise IdentityChanged(f"The announcement of {announcement.key} does not bear a true signature.") from None
