"""Settings: ``SV_*`` variables or one TOML file, each documented here; every default is safe on one machine.

A setting may be given for one service alone: ``SV_THEMER_DATABASE`` before ``SV_DATABASE``.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from services.errors import SettingsError

SERVICES = ("intake", "anonymiser", "themer", "reporter")
#: The port of each service when it runs alone; the front door has its own.
SERVICE_PORTS = {"intake": 8461, "anonymiser": 8462, "themer": 8463, "reporter": 8464}
FRONT_DOOR_PORT = 8460
LEAST_THRESHOLD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one installation (or of one service, see :meth:`for_service`).

    Attributes:
        data: the data folder.
        host: the address to listen on; without sign-in only loopback is allowed.
        port: the front door's port (0: a free one); a service alone uses its own.
        log: the event log, ``sqlite:<path>`` (default: in the data folder) or ``kafka://<host>:<port>``.
        database: a service's database, ``sqlite:<path>`` (default: in the data folder) or
            ``postgresql://<user>@<host>/<name>``; on PostgreSQL services may share one, each has a schema of its own.
        database_password_file: the file that holds the password of that PostgreSQL user, where it has one.
        keys: the folder of a service's key files (default: one in the data folder); set it for each service apart.
        threshold: least number of distinct people a published figure may stand for; never below 10.
        organisation: the name in the page header.
        service_name: the service's name on pages.
        exit_address: where *Exit this page* leads; a page with nothing personal on it.
        frameworks: one or two framework ids that releases publish.
        locked_out_after: receipts tried in a row before a pause.
        preview_address: where intake asks the anonymiser for a preview, when it runs in another process.
        subjects_address: where intake asks the themer what notes are about, likewise.
        call_token_file: the token of those calls, the same for all three (default: the data folder's token).
        kafka_ca: file of the authorities that may have signed a broker's certificate, or ``system``; empty: no TLS.
        kafka_certificate: this client's own certificate, where brokers ask for one.
        kafka_key: and its private key.
        kafka_user: the user that brokers know; empty: none.
        kafka_password_file: the file that holds that user's password.
        kafka_mechanism: how the user signs in.
        kafka_compression: how what is appended is compressed.
        kafka_retention_check: seconds between two looks of the brokers for segments to delete.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = FRONT_DOOR_PORT
    log: str = ""
    database: str = ""
    database_password_file: str = ""
    keys: str = ""
    threshold: int = LEAST_THRESHOLD
    organisation: str = "Community partnership"
    service_name: str = "Feedback and reports"
    exit_address: str = "https://www.bbc.co.uk/weather"
    frameworks: tuple[str, ...] = ("mayor_2022_25",)
    locked_out_after: int = 10
    preview_address: str = f"http://127.0.0.1:{SERVICE_PORTS['anonymiser']}"
    subjects_address: str = f"http://127.0.0.1:{SERVICE_PORTS['themer']}"
    call_token_file: str = ""
    kafka_ca: str = ""
    kafka_certificate: str = ""
    kafka_key: str = ""
    kafka_user: str = ""
    kafka_password_file: str = ""
    kafka_mechanism: str = "SCRAM-SHA-512"
    kafka_compression: str = "lz4"
    kafka_retention_check: int = 300

    def __post_init__(self) -> None:
        """Check what can be checked without touching the machine.

        Raises:
            SettingsError: a value is out of its range.
        """
        if self.threshold < LEAST_THRESHOLD:
            raise SettingsError(f"SV_THRESHOLD must be at least {LEAST_THRESHOLD}: smaller groups are never published.")
        if not 0 <= self.port <= 65535:  # noqa: PLR2004 - the range of ports
            raise SettingsError("SV_PORT must be a port number between 0 and 65535.")
        if not 1 <= len(self.frameworks) <= 2:  # noqa: PLR2004 - design section 6: a round names one or two
            raise SettingsError("SV_FRAMEWORKS must name one or two frameworks, separated by a comma.")

    @property
    def log_url(self) -> str:
        """The event log's address."""
        return self.log or f"sqlite:{self.data / 'log.sqlite3'}"

    def database_url(self, service: str) -> str:
        """Return the address of a service's database."""
        return self.database or f"sqlite:{self.data / service / f'{service}.sqlite3'}"

    def keys_folder(self, service: str) -> Path:
        """Return the folder of a service's keys."""
        return Path(self.keys) if self.keys else self.data / "keys" / service


def read_settings(
    *,
    data: Path | None = None,
    environment: Mapping[str, str] | None = None,
    service: str | None = None,
    port: int | None = None,
) -> Settings:
    """Return the settings of an installation, or those of one service.

    Args:
        data: the data folder, where a command line names one; else ``SV_DATA``, else ``./data``.
        environment: the process environment by default.
        service: where given, ``SV_<SERVICE>_<NAME>`` goes before ``SV_<NAME>``.
        port: where a command line names one.

    Raises:
        SettingsError: an unknown name, or a value of the wrong kind; never shows the value.
    """
    environment = os.environ if environment is None else environment
    given = _from_file(environment.get("SV_SETTINGS"), service)
    prefixes = ("SV_",) if service is None else ("SV_", f"SV_{service.upper()}_")
    known = {field.name for field in fields(Settings)}
    for prefix in prefixes:
        for name, value in environment.items():
            setting = name.removeprefix(prefix).lower()
            if name.startswith(prefix) and setting in known:
                given[setting] = value
    _refuse_unknown(environment, known)
    values: dict[str, object] = {name: _parse(name, value) for name, value in given.items()}
    if data is not None:
        values["data"] = data
    values.setdefault("data", Path("data"))
    if port is not None:
        values["port"] = port
    return Settings(**values)  # type: ignore[arg-type]  # _parse gives each its kind


def _from_file(path: str | None, service: str | None) -> dict[str, object]:
    """Return a settings file's values; a table named after a service goes before the rest for that service."""
    if not path:
        return {}
    try:
        with Path(path).open("rb") as file:
            found = dict(tomllib.load(file))
    except OSError:
        raise SettingsError("The file that SV_SETTINGS names cannot be read.") from None
    except tomllib.TOMLDecodeError:
        raise SettingsError("The file that SV_SETTINGS names is not TOML.") from None
    own = {name: found.pop(name, {}) for name in SERVICES}
    if not all(isinstance(table, dict) for table in own.values()):
        raise SettingsError("In the settings file a service's name begins a table, like [themer].")
    return {**found, **(own.get(service) or {})} if service else found


def _refuse_unknown(environment: Mapping[str, str], known: set[str]) -> None:
    allowed = {f"SV_{name}".upper() for name in known} | {"SV_SETTINGS"}
    allowed |= {f"SV_{service}_{name}".upper() for service in SERVICES for name in known}
    unknown = sorted(name for name in environment if name.startswith("SV_") and name not in allowed)
    if unknown:
        raise SettingsError(f"Unknown setting {unknown[0]}: see docs/settings.md for those there are.")


def _parse(name: str, value: object) -> object:
    numbers = {"port", "threshold", "locked_out_after", "kafka_retention_check"}
    if name not in {field.name for field in fields(Settings)}:
        raise SettingsError(f"Unknown setting {name} in the settings file: see docs/settings.md for those there are.")
    if name in numbers:
        try:
            return int(str(value))
        except ValueError:
            raise SettingsError(f"SV_{name.upper()} must be a whole number.") from None
    if name == "data":
        return Path(str(value)).expanduser()
    if name == "frameworks":
        items = value if isinstance(value, list) else str(value).split(",")
        return tuple(str(item).strip() for item in items if str(item).strip())
    return str(value)
