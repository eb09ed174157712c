"""Where a PostgreSQL database is: an address as the setting gives it, the password beside it, and connecting."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from services.errors import SettingsError, StoreUnavailable, SurvivorVoiceError

_SHAPE: Final = "SV_DATABASE must be sqlite:<path> or postgresql://<user>@<host>/<name>."
#: What may stand behind the question mark; all else would be handed to the server unseen.
_PARAMETERS: Final = ("host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "target_session_attrs")
_LOOPBACK: Final = frozenset({"", "localhost", "127.0.0.1", "[::1]"})
_CONNECT_SECONDS: Final = 10
_LEAST_VERSION: Final = 14
_AWAY: Final = "The database server cannot be reached: see that it runs and that SV_DATABASE names it."
_NO_CERTIFICATE: Final = "The database server's certificate cannot be checked: name its CA with ?sslrootcert=<file>."
#: What asyncpg raises as a bare ConnectionError: the server declined TLS.
_NO_TLS: Final = "The database server offers no TLS: set it up there, or end the address with ?sslmode=disable."
#: States in which the server refuses whoever asks: invalid authorisation, password, database, or rights.
_REFUSALS: Final = {
    "28000": "The database server refuses that user: check SV_DATABASE and the server's pg_hba.conf.",
    "28P01": "The database server refuses the password: check SV_DATABASE and SV_DATABASE_PASSWORD_FILE.",
    "3D000": "There is no such database on that server: make it first, or check SV_DATABASE.",
    "42501": "That user may not do this in the database: see docs/settings.md for the rights it needs.",
}


@dataclass(frozen=True, slots=True)
class Address:
    """A PostgreSQL database.

    Attributes:
        dsn: its address, without a password.
        password_file: where the password lies; empty: there is none.
    """

    dsn: str
    password_file: str

    async def connect(self, settings: dict[str, str], *, patience: float | None) -> Any:
        """Return a connection.

        Args:
            settings: of the session.
            patience: seconds that a statement may take.

        Raises:
            SettingsError: the server refuses user, password, database or certificate.
            StoreUnavailable: it cannot be reached now.
        """
        try:
            return await asyncpg.connect(
                self.dsn,
                password=self._password(),
                server_settings=settings,
                timeout=_CONNECT_SECONDS,
                command_timeout=patience,
            )
        except asyncpg.ClientConfigurationError:
            raise SettingsError(_NO_CERTIFICATE) from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as refused:
            raise refusal(getattr(refused, "sqlstate", None) or "") from None
        except ssl.SSLError:
            raise SettingsError(_NO_CERTIFICATE) from None
        except OSError as trouble:
            if type(trouble) is ConnectionError:
                raise SettingsError(_NO_TLS) from None
            raise StoreUnavailable(_AWAY) from None

    async def probe(self) -> None:
        """Connect, and look whether the server suits us.

        Raises:
            SettingsError: it refuses the user, is too old, or keeps text in another encoding.
            StoreUnavailable: it cannot be reached now.
        """
        connection = await self.connect({}, patience=_CONNECT_SECONDS)
        try:
            await require_suitable(connection)
        finally:
            await connection.close()

    def _password(self) -> str | None:
        if not self.password_file:
            return None
        try:
            return Path(self.password_file).read_text(encoding="utf-8").splitlines()[0]
        except (OSError, UnicodeDecodeError, IndexError):
            raise SettingsError("The file that SV_DATABASE_PASSWORD_FILE names holds no password.") from None


async def require_suitable(connection: Any) -> None:
    """Refuse a server that is too old, or a database that keeps its text in another encoding (SettingsError)."""
    if connection.get_server_version().major < _LEAST_VERSION:
        raise SettingsError(f"The database server must be PostgreSQL {_LEAST_VERSION} or newer.")
    if await connection.fetchval("SHOW server_encoding") != "UTF8":
        raise SettingsError("The database must keep its text as UTF8: make it with ENCODING 'UTF8'.")


def refusal(state: str) -> SurvivorVoiceError:
    """Return the error for a connection that the server did not give, by its SQLSTATE."""
    return SettingsError(_REFUSALS[state]) if state in _REFUSALS else StoreUnavailable(_AWAY)


def read_address(url: str, password_file: str) -> Address:
    """Return where a setting points to.

    A server on another machine is asked for TLS with a certificate that names it, unless ``sslmode`` says otherwise.

    Raises:
        SettingsError: not an address of that kind, one with a password in it, or with an unknown parameter. It never
            shows the address.
    """
    try:
        parts = urlsplit(url)
        given = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise SettingsError(_SHAPE) from None
    user, _, hosts = parts.netloc.rpartition("@")
    if parts.scheme != "postgresql" or not user or not parts.path.strip("/") or "/" in parts.path[1:] or parts.fragment:
        raise SettingsError(_SHAPE)
    if ":" in user:
        raise SettingsError(
            "A password does not belong into SV_DATABASE: write it into a file and name that in "
            "SV_DATABASE_PASSWORD_FILE."
        )
    if set(given) - set(_PARAMETERS):
        raise SettingsError(f"In SV_DATABASE only these may stand behind the question mark: {', '.join(_PARAMETERS)}.")
    if "sslrootcert" in given and not Path(given["sslrootcert"]).is_file():
        raise SettingsError(_NO_CERTIFICATE)
    if "sslmode" not in given and not _is_here(hosts, given.get("host", "")):
        given["sslmode"] = "verify-full"
    return Address(urlunsplit(parts._replace(query=urlencode(given))), password_file)


def _is_here(hosts: str, parameter: str) -> bool:
    """Whether all hosts are this machine: loopback, or the folder of a socket."""
    named = [host for host in (*hosts.split(","), *parameter.split(",")) if host]
    return all(host.startswith("/") or _without_port(host) in _LOOPBACK for host in named)


def _without_port(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host
