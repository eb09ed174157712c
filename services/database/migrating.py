"""Migrating and comparing with alembic; imported only where there is something to migrate or to compare."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from services.database.histories import MIGRATIONS, History
from services.database.revisions import VERSIONS


def configuration(connection: sa.Connection, metadata: sa.MetaData, history: History) -> Config:
    """Return what alembic's commands need to work on one history over an open connection."""
    config = Config()
    for option, value in (
        ("script_location", MIGRATIONS),
        ("version_locations", history.folder),
        ("path_separator", "newline"),
        ("file_template", "%(rev)s_%(slug)s"),
        ("output_encoding", "utf-8"),
    ):
        config.set_main_option(option, str(value).replace("%", "%%"))
    config.attributes.update(connection=connection, metadata=metadata)
    return config


def migrate(connection: sa.Connection, metadata: sa.MetaData, history: History, *, to: str = "head") -> None:
    """Migrate a database to a revision, within the transaction of its connection: all of it or nothing."""
    command.upgrade(configuration(connection, metadata, history), to)


def context_options(metadata: sa.MetaData) -> dict[str, Any]:
    """Return how alembic compares and writes: types and defaults too, and in batches, which SQLite needs."""
    return {
        "target_metadata": metadata,
        "version_table": VERSIONS,
        "compare_type": True,
        "compare_server_default": True,
        "render_as_batch": True,
    }


def differences(connection: sa.Connection, metadata: sa.MetaData, *, besides: Collection[str] = ()) -> list[str]:
    """Return what differs between a database and the tables as they are to be, one line each; none when all agree.

    Args:
        connection: to an SQLite database (a store's PostgreSQL connection has types of its own: see ``dialect``).
        metadata: the tables as they are to be.
        besides: tables that do not count.
    """
    context = MigrationContext.configure(connection, opts=context_options(metadata))
    found: list[str] = []
    for change in compare_metadata(context, metadata):
        for one in change if isinstance(change, list) else [change]:
            line = _line_of(one)
            if line.split()[1].partition(".")[0] not in besides:
                found.append(line)
    inspector = sa.inspect(connection)
    there = set(inspector.get_table_names())
    for table in metadata.sorted_tables:
        # Alembic does not compare primary keys.
        if table.name in there:
            there_now = inspector.get_pk_constraint(table.name)["constrained_columns"]
            if there_now != table.primary_key.columns.keys():
                found.append(f"primary_key {table.name}")
    return sorted(found)


def _line_of(change: Any) -> str:
    """Return one change as ``<what> <table>[.<column>]``."""
    kind, *parts = change
    if kind.endswith("_table"):
        return f"{kind} {parts[0].name}"
    if kind.endswith("_column"):
        return f"{kind} {parts[1]}.{parts[2].name}"
    if kind.startswith("modify_"):
        return f"{kind} {parts[1]}.{parts[2]}"
    return f"{kind} {parts[0].table.name}.{parts[0].name}"
