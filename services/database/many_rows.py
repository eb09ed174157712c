"""Inserting thousands of rows as the driver takes them: a dictionary for each row would take longer than storing it."""

from collections.abc import Sequence
from functools import lru_cache

import sqlalchemy as sa


def insert_many(
    connection: sa.Connection,
    table: sa.Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[str | int | None, ...]],
) -> None:
    """Insert rows of texts and whole numbers, which need no conversion on any engine; none does nothing.

    Args:
        connection: in its transaction.
        table: where they go.
        columns: whose values the rows hold, in the order of the table; other columns have no default of ours.
        rows: the values.
    """
    if rows:
        connection.exec_driver_sql(_insertion(connection.dialect, table, columns), list(rows))


@lru_cache(maxsize=16)
def _insertion(dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...]) -> str:
    statement = table.insert().compile(dialect=dialect, column_keys=columns)
    assert tuple(statement.positiontup or ()) == columns
    return statement.string
