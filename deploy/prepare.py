# ruff: noqa: INP001 - a script of its own, run by its path
"""Makes what deploy/compose.yaml needs: passwords, a certificate, folders and a file ``.env``; keeps what is there.

::

    python deploy/prepare.py [--folder DIR] [--uid N] [--gid N]

Everything lies in ``secrets/`` (what each container may see, and no more) and ``state/`` (what it keeps) below the
folder, which is this file's by default. Run it as the user that is to own them; as root it gives them to ``--uid``.
"""

import argparse
import json
import os
import secrets
import shutil
import string
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "kafka"))

from broker import USERS  # noqa: E402 - beside this file, not on the path
from certificate import make_certificates, write_private  # noqa: E402 - as above
from java import Trouble  # noqa: E402 - as above

SERVICES = ("intake", "anonymiser", "themer", "reporter")
WITH_DATABASE = ("intake", "themer", "reporter")
#: The user of the image, where nobody else was named.
OWN_UID = 10001
#: As services/datafolder.py writes it: the mounts below a data folder would else make it look like somebody else's.
MARKER = {"format": 1, "demo": False}


def prepare(folder: Path, owner: tuple[int, int]) -> None:
    """Make whatever is missing.

    Raises:
        Trouble: the ``cryptography`` package is missing.
        OSError: a file or folder cannot be made.
    """
    hidden = folder / "secrets"
    passwords = {user: _password(hidden / "kafka" / f"{user}.password") for user in USERS}
    database = {user: _password(hidden / "postgres" / f"{user}.password") for user in ("postgres", *WITH_DATABASE)}
    kafka = hidden / "kafka"
    if not (kafka / "ca.pem").exists():
        # The services sign in with passwords: none of them needs a certificate of its own.
        make_certificates(kafka, users=())
    _write(kafka / "server.properties", _settings(passwords["admin"]))
    for user in ("admin", *SERVICES):
        _write(hidden / user / f"{user}.password", passwords[user])
        _write(hidden / user / "ca.pem", (kafka / "ca.pem").read_text(encoding="utf-8"))
    for service in WITH_DATABASE:
        _write(hidden / service / "database.password", database[service])
    # Nobody but these three knows it: with it a preview can be asked for, and nothing else.
    call = _password(hidden / "intake" / "call.token")
    for service in ("anonymiser", "themer"):
        _write(hidden / service / "call.token", call)
    state = folder / "state"
    shared = ("pins", "accounts", "kafka", "postgres", "postgres-socket", "door/data", "door/config")
    for name in (*shared, *(f"{service}/{part}" for service in SERVICES for part in ("data", "keys"))):
        (state / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    for service in SERVICES:
        marker = state / service / "data" / "survivor-voice.json"
        if not marker.exists():
            marker.write_text(json.dumps(MARKER), encoding="utf-8")
    _write(folder / ".env", f"SV_UID={owner[0]}\nSV_GID={owner[1]}\n{_kept(folder / '.env')}")
    for path in (hidden, state):
        path.chmod(0o700)
        _give(path, owner)


def _settings(password: str) -> str:
    """Return the broker's settings: those of the secure broker that the tests start, at the places in the container."""
    text = "".join(
        (HERE / "kafka" / f"{name}.properties.in").read_text(encoding="utf-8") for name in ("server", "secure")
    )
    return string.Template(text).substitute(
        protocol="SASL_SSL",
        broker_port=9093,
        controller_port=9094,
        data="/var/lib/kafka/data",
        admin_password=password,
        keystore="/etc/survivor-voice/secrets/broker.pem",
        ca="/etc/survivor-voice/secrets/ca.pem",
    )


def _password(path: Path) -> str:
    if not path.exists():
        _write(path, secrets.token_urlsafe(32))
    return path.read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_private(path, text.encode())


def _kept(path: Path) -> str:
    """Return the lines of ``.env`` that are not ours."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return "".join(line for line in lines if not line.startswith(("SV_UID=", "SV_GID=")))


def _give(folder: Path, owner: tuple[int, int]) -> None:
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, *owner)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare, and say what comes next; return the exit code."""
    parser = argparse.ArgumentParser(description="Makes passwords, a certificate and folders for compose.yaml.")
    parser.add_argument("--folder", type=Path, default=HERE, metavar="DIR", help="default: deploy")
    parser.add_argument("--uid", type=int, default=os.geteuid() or OWN_UID, help="who is to own them")
    parser.add_argument("--gid", type=int, default=os.getegid() or OWN_UID)
    given = parser.parse_args(arguments)
    try:
        prepare(given.folder, (given.uid, given.gid))
    except (Trouble, OSError) as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    sys.stdout.write("Ready: docker compose -f deploy/compose.yaml up --build\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
