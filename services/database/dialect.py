"""How our tables and statements are written for PostgreSQL, so that they mean what they mean on SQLite.

- Text is kept and compared byte by byte (``COLLATE "C"``), whatever the database's own collation: the same order on
  both engines, and so the same bytes in a release.
- Whole numbers have 64 bits, as on SQLite; PostgreSQL's ``INTEGER`` has 32 and would refuse a large revision.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql import asyncpg, base

#: The name under which engines are made for it.
DRIVER: Final = "postgresql+store"
#: The one type that SQLAlchemy gives to a number of up to 31 bits that stands in a statement by itself.
_PLAIN_NUMBER: Final = sa.literal(0).type


class _Types(base.PGTypeCompiler):
    def visit_INTEGER(self, type_: Any, **kw: Any) -> str:  # noqa: N802 - SQLAlchemy's own name
        del type_, kw
        return "BIGINT"


class _Tables(base.PGDDLCompiler):
    def get_column_specification(self, column: sa.Column[Any], **kwargs: Any) -> str:
        stated: str = super().get_column_specification(column, **kwargs)  # type: ignore[no-untyped-call]
        return f'{stated} COLLATE "C"' if isinstance(column.type, sa.String) else stated


class _Statements(asyncpg.PGCompiler_asyncpg):
    def visit_cast(self, cast: Any, **kwargs: Any) -> str:
        if isinstance(cast.type, sa.Integer) and isinstance(cast.clause.type, sa.Boolean):
            # The server turns a truth value into its INTEGER only, never into BIGINT.
            return f"CAST({self.process(cast.clause, **kwargs)} AS INTEGER)"
        stated: str = super().visit_cast(cast, **kwargs)  # type: ignore[no-untyped-call]
        return stated

    def render_bind_cast(self, type_: Any, dbapi_type: Any, sqltext: str) -> str:
        if type_ is _PLAIN_NUMBER:
            # A plain number in a statement, not a column's: functions such as substr take INTEGER alone.
            return f"{sqltext}::INTEGER"
        stated: str = super().render_bind_cast(type_, dbapi_type, sqltext)  # type: ignore[no-untyped-call]
        return stated


class StoreDialect(asyncpg.PGDialect_asyncpg):
    """PostgreSQL through asyncpg, for the stores."""

    supports_statement_cache = True
    type_compiler_cls = _Types
    ddl_compiler = _Tables
    statement_compiler = _Statements
    colspecs = {**asyncpg.PGDialect_asyncpg.colspecs, sa.Integer: asyncpg.AsyncpgBigInteger}  # noqa: RUF012 - as above


registry.register(DRIVER.replace("+", "."), __name__, StoreDialect.__name__)
