"""Writing a revision for each store whose tables have changed, and saying which have: a maintainer's tool.

The tables are named by their modules, not imported: a service's store stands above the database in the layers, and
nothing but this tool needs them all.
"""

import contextlib
import io
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

import sqlalchemy as sa
from alembic import command

from services.database.histories import History, history_of
from services.database.migrating import configuration, differences, migrate

#: Each history with the module that declares its tables.
STORES: Final = {
    "intake": "services.intake.store",
    "themer": "services.themer.store",
    "reporter": "services.reporter.store",
    "accounts": "services.web.accounts.store",
}


def tables_of(name: str) -> sa.MetaData:
    """Return the tables of a store as they are now."""
    found: sa.MetaData = import_module(STORES[name]).metadata
    return found


def write(message: str, *, anew: bool = False) -> list[str]:
    """Write a revision for every store whose tables have changed; return the names of the files.

    Args:
        message: what it does, in a few words; they end up in the file's name.
        anew: forget every revision first, so that each store gets a single one. For the time before the first release
            alone: databases that exist already are refused afterwards.
    """
    written: list[str] = []
    for name in STORES:
        history = history_of(name)
        if anew:
            for path in history.folder.glob(f"{name}_[0-9]*.py"):
                path.unlink()
        before = {path.name for path in history.folder.glob("*.py")}
        _write_one(history, tables_of(name), message)
        written += sorted({path.name for path in history.folder.glob("*.py")} - before)
    return written


def changed() -> list[str]:
    """Return where migrating ends with other tables than those of now: one line each, with the store's name."""
    found: list[str] = []
    for name in STORES:
        with _empty() as connection:
            migrate(connection, tables_of(name), history_of(name))
            found += [f"{name}: {line}" for line in differences(connection, tables_of(name))]
    return found


def _write_one(history: History, metadata: sa.MetaData, message: str) -> None:
    with _empty() as connection:
        known = sorted(history.folder.glob(f"{history.name}_[0-9]*.py"))
        if known:
            migrate(connection, metadata, history)
        config = configuration(connection, metadata, history)
        config.attributes["directives"] = _drop_empty
        config.stdout = io.StringIO()
        command.revision(
            config,
            message,
            autogenerate=True,
            rev_id=history.id_of(len(known) + 1),
            version_path=str(history.folder),
        )


def _drop_empty(_: object, __: object, directives: list[Any]) -> None:
    """Let no revision be written where nothing has changed."""
    if directives and directives[0].upgrade_ops.is_empty():
        directives.clear()


@contextlib.contextmanager
def _empty() -> Iterator[sa.Connection]:
    """Give an empty database in memory, in a transaction that is thrown away."""
    engine = sa.create_engine("sqlite://")
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()
