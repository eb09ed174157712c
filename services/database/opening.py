"""From a setting to a database."""

import sqlalchemy as sa

from services.database.engine import Database
from services.database.histories import History


def database_at(
    url: str,
    metadata: sa.MetaData,
    *,
    history: History | None = None,
    password_file: str = "",
    demo: bool = False,
) -> Database:
    """Return the database that a setting names, not open yet.

    Args:
        url: ``sqlite:<path>`` or ``postgresql://<user>@<host>[:<port>]/<name>[?<parameters>]``.
        metadata: the service's tables.
        history: their migrations.
        password_file: where the password of a PostgreSQL server lies; empty: it asks for none.
        demo: whether it is a demonstration's; a PostgreSQL database that is not, or is, refuses the other.

    Raises:
        SettingsError: no such kind of database, or an address that cannot be used.
    """
    if url.partition(":")[0] == "postgresql":
        from services.database.postgresql import PostgresqlDatabase

        return PostgresqlDatabase(url, metadata, history=history, password_file=password_file, demo=demo)
    return Database(url, metadata, history=history)


async def probe(url: str, password_file: str = "") -> None:
    """Reach a PostgreSQL server and look whether it suits us, changing nothing.

    Raises:
        SettingsError: it refuses the user, is too old, or keeps text in another encoding.
        StoreUnavailable: it cannot be reached now.
    """
    from services.database.addresses import read_address

    await read_address(url, password_file).probe()
