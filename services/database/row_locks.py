"""Row locks, which a store never asks for."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


def refuse_row_locks(dialect: Dialect) -> None:
    """Let a statement that asks for row locks fail when it is compiled, on every engine alike.

    SQLite would drop ``FOR UPDATE`` and ``SKIP LOCKED`` without a word. Writers exclude each other anyway.
    """
    compiler = dialect.statement_compiler

    class _WithoutRowLocks(compiler):  # type: ignore[misc,valid-type]  # whatever the dialect's own is
        def for_update_clause(self, select: Any, **kw: Any) -> str:
            del select, kw
            raise sa.exc.CompileError("Row locks are not for stores: writing transactions exclude each other.")

    dialect.statement_compiler = _WithoutRowLocks
