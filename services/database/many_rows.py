"""Inserting rows as the driver takes them: a dictionary for each would take longer than storing it.

SQLite's driver lets go of the interpreter at every row and then waits for it beside a busy loop, so a few rows go into
one statement there. PostgreSQL's sends them in one go by itself, and thousands come where no loop is busy.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

import sqlalchemy as sa

Value = str | bytes | int | None
Row = dict[str, Value]
_MOST_TOGETHER = 64


def insert_many(
    connection: sa.Connection,
    table: sa.Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Value, ...]],
) -> None:
    """Insert rows of texts, bytes and whole numbers, which need no conversion on any engine; none does nothing.

    Args:
        connection: in its transaction.
        table: where they go.
        columns: whose values the rows hold, in the order of the table; other columns have no default of ours.
        rows: the values.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite" and len(rows) <= _MOST_TOGETHER:
        statement = _insertion_of_several(connection.dialect, table, columns, len(rows))
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(rows)))
    else:
        connection.exec_driver_sql(_insertion(connection.dialect, table, columns), list(rows))


@lru_cache(maxsize=16)
def _insertion(dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...]) -> str:
    statement = table.insert().compile(dialect=dialect, column_keys=columns)
    assert tuple(statement.positiontup or ()) == columns
    return statement.string


@lru_cache(maxsize=512)
def _insertion_of_several(dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...], number: int) -> str:
    statement = _insertion(dialect, table, columns)
    before, values, row = statement.rpartition("(")
    assert row.count("?") == len(columns)
    return f"{before}{', '.join([values + row] * number)}"
