"""What goes wrong on PostgreSQL, as errors of our own tree: the server's texts quote values, so they stay here."""

import contextlib
from collections.abc import Iterator
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from services.errors import ContractBroken, SettingsError, StoreContended, StoreUnavailable, SurvivorVoiceError

UNREACHABLE: Final = "The database server went away: it is tried again until it is back."
_SLOW: Final = "The database server did not answer in time: it is tried again."
_FULL: Final = "The database server's disk is full: free some space; nothing was accepted."
_BUSY: Final = "The database server takes no more connections: raise max_connections, or try again."
_READ_ONLY: Final = "The database can only be read: name the primary server in SV_DATABASE."
_DAMAGED: Final = "The database is damaged: restore it from a backup."
_LOST: Final = "Another transaction was quicker: try again."
_LOCKED: Final = "The database is locked by another program: try again."
_RIGHTS: Final = "That user may not do this in the database: see docs/settings.md for the rights it needs."

#: By SQLSTATE (five characters) or its class (two): PostgreSQL's appendix A.
_STATES: Final[dict[str, tuple[type[SurvivorVoiceError], str]]] = {
    "40001": (StoreContended, _LOST),
    "40P01": (StoreContended, _LOST),
    "55P03": (StoreContended, _LOCKED),
    "57014": (StoreUnavailable, _SLOW),
    "53300": (StoreUnavailable, _BUSY),
    "53100": (StoreUnavailable, _FULL),
    "25006": (StoreUnavailable, _READ_ONLY),
    "42501": (StoreUnavailable, _RIGHTS),
    "08": (StoreUnavailable, UNREACHABLE),
    "53": (StoreUnavailable, _BUSY),
    "57": (StoreUnavailable, UNREACHABLE),
    "58": (StoreUnavailable, UNREACHABLE),
    "XX": (StoreUnavailable, _DAMAGED),
}


def error_of(trouble: DBAPIError) -> SurvivorVoiceError:
    """Return what an error of the driver means to us."""
    found = _by_state(trouble.orig)
    if found is not None:
        return found
    if trouble.connection_invalidated:
        return StoreUnavailable(UNREACHABLE)
    cause = trouble.orig.__cause__ if trouble.orig is not None else None
    return ContractBroken(f"The database refused a row ({type(cause or trouble.orig).__name__}).")


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn whatever a transaction raises into an error of our own tree; nothing else of it goes on.

    What the settings could mend (a password that was changed) passes by itself once they are mended: while a service
    runs it is no reason to give anything up. A connection that dies while it is being set up raises the driver's own
    errors, which SQLAlchemy has not wrapped yet.
    """
    from asyncpg import InterfaceError, InternalClientError, PostgresError

    try:
        yield
    except PostgresError as refused:
        raise _by_state(refused) or StoreUnavailable(UNREACHABLE) from None
    except (InterfaceError, InternalClientError):
        raise StoreUnavailable(UNREACHABLE) from None
    except DBAPIError as trouble:
        raise error_of(trouble) from None
    except SettingsError as refused:
        raise StoreUnavailable(str(refused)) from None
    except PoolTimeoutError:
        raise StoreUnavailable(_SLOW) from None
    except TimeoutError:
        raise StoreUnavailable(_SLOW) from None
    except ConnectionError:
        raise StoreUnavailable(UNREACHABLE) from None


def _by_state(trouble: BaseException | None) -> SurvivorVoiceError | None:
    state = str(getattr(trouble, "sqlstate", None) or "")
    found = _STATES.get(state) or _STATES.get(state[:2])
    return None if found is None else found[0](found[1])
