"""Bringing a database to the head of its history when it is opened, inside the transaction that looks at it.

An empty one gets the tables as they are now (a test proves them equal to those that migrating makes). One that stands
further back is migrated; one that is ahead, or is another service's, is refused. Alembic is imported only where there
is something to migrate or to compare: it costs time and memory, and nearly always there is not.
"""

from typing import Final

import sqlalchemy as sa

from services.database.histories import History
from services.errors import DataFolderError

#: The table that holds the revision at which a database stands; alembic's own name and shape.
VERSIONS: Final = "alembic_version"
#: What stands there where tables have no history: those of a test.
UNVERSIONED: Final = "unversioned_0001"
#: The table in which versions before the first migration kept a number.
_BEFORE_MIGRATIONS: Final = "schema_version"

versions_table: Final = sa.Table(
    VERSIONS,
    sa.MetaData(),
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name=f"{VERSIONS}_pkc"),
)


def bring_to_head(connection: sa.Connection, metadata: sa.MetaData, history: History | None, *, name: str) -> bool:
    """Make, keep or migrate the tables of ``metadata``; return whether they were made.

    Args:
        connection: in a transaction in which nobody else does the same.
        metadata: the tables as they are to be.
        history: their history; None: they have none and are made once.
        name: what the database is called in an error.

    Raises:
        DataFolderError: of a newer version, of another service, or made by a trial version and not equal.
    """
    head = UNVERSIONED if history is None else history.head
    inspector = sa.inspect(connection)
    if inspector.has_table(VERSIONS):
        found = connection.execute(sa.select(versions_table.c.version_num)).scalar()
        if found == head:
            return False
        if history is None or found not in history.revisions():
            raise DataFolderError(_not_ours(str(found), head, name))
        from services.database.migrating import migrate

        migrate(connection, metadata, history)
        return False
    if present := set(inspector.get_table_names()):
        _adopt(connection, metadata, present, name)
    else:
        metadata.create_all(connection)
    versions_table.create(connection)
    connection.execute(versions_table.insert().values(version_num=head))
    return not present


def _not_ours(found: str, head: str, name: str) -> str:
    if found.rpartition("_")[0] != head.rpartition("_")[0]:
        return f"The database {name} is another service's: name one for each service with SV_<SERVICE>_DATABASE."
    return f"The database {name} was written by another version: install that one to use it."


def _adopt(connection: sa.Connection, metadata: sa.MetaData, present: set[str], name: str) -> None:
    """Take over a database that was made before there were migrations (on SQLite), where its tables are those of now.

    Raises:
        DataFolderError: they are not.
    """
    if _BEFORE_MIGRATIONS in present and connection.dialect.name == "sqlite":
        from services.database.migrating import differences

        if not differences(connection, metadata, besides={_BEFORE_MIGRATIONS}):
            connection.exec_driver_sql(f"DROP TABLE {_BEFORE_MIGRATIONS}")
            return
    raise DataFolderError(
        f"The database {name} holds tables of a trial version or of another program: name an empty one, or a new data "
        "folder.",
    )
