"""``survivor-voice keys``: ids and dates of keys, never keys; and making the epochs that are due."""

import asyncio
import json
from pathlib import Path

from services.commands.session import announce_all, settings_for
from services.datafolder import DataFolder
from services.events import Service
from services.sealing.datakeys import KeyEncryptionKeys
from services.sealing.epochs import EpochKeys, Purpose
from services.sealing.identities import Pins, fingerprint

_OWNERS: tuple[tuple[Service, Purpose], ...] = (
    ("anonymiser", "words"),
    ("themer", "pseudonymised"),
    ("reporter", "facts"),
)


def run(data: Path | None, *, step: str, as_json: bool) -> int:
    """List keys, or make and announce the epochs that are due and print the pins."""
    settings = settings_for(data)
    folder = DataFolder.open(settings.data)
    if step == "init":
        asyncio.run(announce_all(settings))
    rows = [
        {
            "key": epoch.key,
            "opens": epoch.opens.isoformat(),
            "closes": epoch.closes.isoformat(),
            "destroyed": epoch.destroyed.isoformat() if epoch.destroyed else None,
        }
        for service, purpose in _OWNERS
        for epoch in EpochKeys(settings.keys_folder(service), service, purpose).listed()
    ]
    generations = KeyEncryptionKeys(settings.keys_folder("themer"), "themer").generations()
    pins = Pins(folder.path / "keys" / "identities.toml")
    identities = {service: fingerprint(public) for service, _ in _OWNERS if (public := pins.pinned(service))}
    if as_json:
        print(json.dumps({"epochs": rows, "generations": generations, "identities": identities}))
        return 0
    for row in rows:
        state = f"destroyed on {row['destroyed']}" if row["destroyed"] else f"{row['opens']} to {row['closes']}"
        print(f"{row['key']:<36} {state}")
    for service, name in identities.items():
        print(f"identity of {service:<24} {name}")
    for generation in generations:
        print(f"key-encryption key of the themer, generation {generation}")
    if not rows:
        print("There are no keys yet: survivor-voice serve makes them, or survivor-voice keys init.")
    return 0
