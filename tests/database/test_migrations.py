"""Migrations make every table as it is declared, on every engine, whole or not at all; what is ahead is refused."""

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from services.database.engine import Database
from services.database.histories import History, history_of
from services.database.migrating import differences, migrate
from services.database.migrations import writing
from services.database.migrations.writing import STORES, tables_of
from services.database.opening import database_at
from services.database.postgresql import PostgresqlDatabase
from services.errors import DataFileError, DataFolderError

FIRST = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{name}_0001", None
def upgrade():
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text, nullable=False))
"""
SECOND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{name}_0002", "{name}_0001"
def upgrade():
    with op.batch_alter_table("notes") as batch:
        batch.add_column(sa.Column("state", sa.Text, nullable=False, server_default="new"))
        batch.alter_column("text", nullable=True)
    {after}
"""


def notes(*more):
    """The tables of a made-up service, as they are at first, or with more columns."""
    metadata = sa.MetaData()
    sa.Table(
        "notes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=bool(more)),
        *more,
    )
    return metadata


def later():
    return notes(sa.Column("state", sa.Text, nullable=False, server_default="new"))


@pytest.fixture
def history(tmp_path):
    """Write a history of one revision or of two."""

    def write(revisions, *, after="pass", name="made"):
        folder = tmp_path / f"{name}-{revisions}-{len(after)}"
        folder.mkdir(exist_ok=True)
        for number, text in enumerate((FIRST, SECOND)[:revisions], start=1):
            (folder / f"{name}_{number:04}_step.py").write_text(text.format(name=name, after=after))
        return History(name, folder)

    return write


@pytest.fixture
async def open_at(all_stores):
    """Open one database again and again, with other tables and histories."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_one(metadata, history, **more):
            database = database_at(all_stores.url("one"), metadata, history=history, **more)
            stack.push_async_callback(database.close)
            await database.open()
            return database

        yield open_one


async def standing(database):
    async with database.read() as view:
        return (await view.exec_driver_sql("SELECT version_num FROM alembic_version")).scalars().all()


async def inspect(database, question):
    async with database.read() as view:
        return await view.run_sync(question)


# What is declared and what is migrated.


@pytest.mark.parametrize("name", STORES)
def test_the_migrations_make_every_table_as_it_is_declared(name):
    """Where this fails: ``python -m services.database.migrations write "what changed"``."""
    assert [line for line in writing.changed() if line.startswith(f"{name}:")] == []


@pytest.mark.parametrize("name", STORES)
async def test_a_new_database_is_the_one_that_migrating_makes(all_stores, name):
    """A new one is made at once, from the tables; one from before goes through every step. Both are the same."""
    made = database_at(all_stores.url("made"), tables_of(name), history=history_of(name))
    empty = database_at(all_stores.url("migrated"), sa.MetaData(), history=history_of(name))
    descriptions = []
    for database in (made, empty):
        await database.open()
        async with database.begin() as transaction:
            if database is empty:
                await transaction.exec_driver_sql("DROP TABLE alembic_version")
                await transaction.run_sync(migrate, tables_of(name), history_of(name))
        await database.close()
        descriptions.append(await asyncio.to_thread(describe, database))
    assert descriptions[0] == descriptions[1]
    assert len(descriptions[0]) > len(tables_of(name).tables)


def describe(database):
    """Everything that the database itself says of its tables, in no order of columns; asked with plain dialects."""
    if isinstance(database, PostgresqlDatabase):
        return asyncio.run(_describe_on_server(database))
    made = sa.create_engine(f"sqlite:///{database._path}")
    with made.connect() as connection:
        found = _described(connection)
    made.dispose()
    return found


async def _describe_on_server(database):
    made = create_async_engine("postgresql+asyncpg://", async_creator=database._connect)
    async with made.connect() as connection:
        found = await connection.run_sync(_described)
    await made.dispose()
    return found


def _described(connection):
    inspector = sa.inspect(connection)
    found = {}
    for table in sorted(inspector.get_table_names()):
        columns = inspector.get_columns(table)
        found[table] = (
            sorted(
                (
                    column["name"],
                    str(column["type"].compile(connection.dialect)),
                    getattr(column["type"], "collation", None),
                    column["nullable"],
                    str(column["default"]),
                )
                for column in columns
            ),
            inspector.get_pk_constraint(table)["constrained_columns"],
            sorted((index["name"], index["column_names"], index["unique"]) for index in inspector.get_indexes(table)),
            sorted(tuple(each["column_names"]) for each in inspector.get_unique_constraints(table)),
            inspector.get_foreign_keys(table),
        )
    if connection.dialect.name == "sqlite":
        asked = "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%' ORDER BY name"
        found["numbered"] = connection.exec_driver_sql(asked).scalars().all()
    return found


@pytest.mark.parametrize("name", STORES)
async def test_every_text_column_sorts_by_its_bytes_and_every_number_has_64_bits(server, name):
    database = database_at(server.new(), tables_of(name), history=history_of(name))
    await database.open()
    asked = (
        "SELECT table_name, column_name, data_type, collation_name FROM information_schema.columns "
        f"WHERE table_schema = 'sv_{name}' AND table_name <> 'alembic_version'"
    )
    async with database.read() as view:
        rows = (await view.exec_driver_sql(asked)).all()
    await database.close()
    assert {row.data_type for row in rows} <= {"text", "bigint", "boolean", "bytea"}
    assert [row for row in rows if row.data_type == "text" and row.collation_name != "C"] == []


def _with(metadata, table, name, *columns):
    table(name, metadata, *columns)
    return metadata


def _typed(kind):
    found = sa.MetaData()
    sa.Table("notes", found, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", kind, nullable=False))
    return found


def _keyed():
    found = sa.MetaData()
    id_column = sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)
    sa.Table("notes", found, id_column, sa.Column("text", sa.Text, primary_key=True))
    return found


def _indexed():
    found = notes()
    sa.Index("ix_notes_text", found.tables["notes"].c.text)
    return found


@pytest.mark.parametrize(
    ("declared", "line"),
    [
        (lambda: notes(sa.Column("extra", sa.Text)), "add_column notes.extra"),
        (sa.MetaData, "remove_table notes"),
        (lambda: _with(notes(), sa.Table, "others", sa.Column("id", sa.Integer, primary_key=True)), "add_table others"),
        (lambda: _typed(sa.LargeBinary), "modify_type notes.text"),
        (_keyed, "primary_key notes"),
        (_indexed, "add_index notes.ix_notes_text"),
    ],
)
async def test_a_difference_names_the_table_and_the_column(tmp_path, history, declared, line):
    database = Database(f"sqlite:{tmp_path}/one.sqlite3", notes(), history=history(1))
    await database.open()
    async with database.begin() as transaction:
        assert await transaction.run_sync(differences, notes()) == []
        assert line in await transaction.run_sync(differences, declared())
    await database.close()


# Opening.


async def test_a_database_that_stands_further_back_is_migrated_and_keeps_what_it_holds(open_at, history):
    first = await open_at(notes(), history(1))
    async with first.begin() as transaction:
        await transaction.execute(notes().tables["notes"].insert(), [{"text": "kept"}, {"text": "too"}])
    await first.close()
    second = await open_at(later(), history(2))
    assert await standing(second) == ["made_0002"]
    async with second.begin() as transaction:
        await transaction.execute(later().tables["notes"].insert().values(text=None))
        rows = (await transaction.execute(later().tables["notes"].select().order_by(sa.column("id")))).all()
    assert [(row.text, row.state) for row in rows] == [("kept", "new"), ("too", "new"), (None, "new")]


async def test_a_migration_that_fails_half_way_leaves_the_database_as_it_was(open_at, history):
    first = await open_at(notes(), history(1))
    async with first.begin() as transaction:
        await transaction.execute(notes().tables["notes"].insert().values(text="kept"))
    await first.close()
    with pytest.raises(ZeroDivisionError):
        await open_at(later(), history(2, after="1 / 0"))
    again = await open_at(notes(), history(1))
    assert await standing(again) == ["made_0001"]
    assert await inspect(again, lambda sync: sa.inspect(sync).get_columns("notes")[-1]["name"]) == "text"
    async with again.read() as view:
        assert (await view.execute(sa.select(notes().tables["notes"].c.text))).scalars().all() == ["kept"]
    await again.close()
    assert await standing(await open_at(later(), history(2))) == ["made_0002"]


async def test_many_that_open_an_old_database_at_once_migrate_it_once(open_at, history):
    await (await open_at(notes(), history(1))).close()
    opened = await asyncio.gather(*(open_at(later(), history(2)) for _ in range(5)))
    assert [await standing(each) for each in opened] == [["made_0002"]] * 5


async def test_many_that_open_a_new_database_at_once_make_it_once(open_at, history):
    opened = await asyncio.gather(*(open_at(notes(), history(1)) for _ in range(5)))
    assert [await standing(each) for each in opened] == [["made_0001"]] * 5


async def test_a_newer_database_is_refused_and_left_as_it_was(open_at, history):
    newer = await open_at(later(), history(2))
    with pytest.raises(DataFolderError, match="written by another version: install that one") as refused:
        await open_at(notes(), history(1))
    assert "\n" not in str(refused.value)
    assert await standing(newer) == ["made_0002"]


async def test_an_sqlite_file_that_is_another_services_is_refused(tmp_path, history):
    path = tmp_path / "one.sqlite3"
    first = Database(f"sqlite:{path}", notes(), history=history(1))
    await first.open()
    await first.close()
    other = Database(f"sqlite:{path}", notes(), history=history(1, name="other"))
    with pytest.raises(DataFolderError, match="another service's"):
        await other.open()
    await other.close()


async def test_four_services_share_a_postgresql_database_each_in_a_schema_of_its_own(server):
    url = server.new()
    opened = [database_at(url, tables_of(name), history=history_of(name)) for name in STORES]
    for database in opened:
        await database.open()
    assert sorted(database.schema for database in opened) == ["sv_accounts", "sv_intake", "sv_reporter", "sv_themer"]
    for database in opened:
        async with database.read() as view:
            await view.exec_driver_sql(f'SELECT count(*) FROM "{database.schema}".alembic_version')
        await database.close()


# What was made before there were migrations.


def make_as_before(path, metadata):
    """Make a database as versions did that knew no migrations."""
    metadata = sa.MetaData() if metadata is None else metadata
    made = sa.create_engine(f"sqlite:///{path}")
    metadata.create_all(made)
    made.dispose()
    with contextlib.closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("CREATE TABLE schema_version (version INTEGER)")
        plain.execute("INSERT INTO schema_version VALUES (1)")


@pytest.mark.parametrize("name", STORES)
async def test_a_database_from_before_is_taken_over_where_its_tables_are_those_of_now(tmp_path, name):
    path = tmp_path / "one.sqlite3"
    make_as_before(path, tables_of(name))
    database = Database(f"sqlite:{path}", tables_of(name), history=history_of(name))
    await database.open()
    assert await standing(database) == [history_of(name).head]
    assert "schema_version" not in await inspect(database, lambda sync: sa.inspect(sync).get_table_names())
    await database.close()
    await database.open()
    await database.close()


@pytest.mark.parametrize("before", [None, notes(sa.Column("old", sa.Text))])
async def test_a_database_from_before_with_other_tables_is_refused_and_left_as_it_was(tmp_path, history, before):
    path = tmp_path / "one.sqlite3"
    make_as_before(path, before)
    content = path.read_bytes()
    database = Database(f"sqlite:{path}", notes(), history=history(1))
    with pytest.raises(DataFolderError, match="trial version") as refused:
        await database.open()
    await database.close()
    assert "\n" not in str(refused.value)
    with contextlib.closing(sqlite3.connect(path)) as plain:
        assert plain.execute("SELECT version FROM schema_version").fetchall() == [(1,)]
    assert len(content) == path.stat().st_size


async def test_a_database_of_another_program_is_refused(tmp_path, history):
    path = tmp_path / "one.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("CREATE TABLE invoices (id INTEGER)")
    database = Database(f"sqlite:{path}", notes(), history=history(1))
    with pytest.raises(DataFolderError, match="another program"):
        await database.open()
    await database.close()


# Histories and the tool that writes them.


def test_a_history_with_a_gap_or_without_anything_is_refused(tmp_path, history):
    with pytest.raises(DataFileError, match="not whole"):
        _ = History("made", tmp_path).head
    gap = history(2)
    (gap.folder / "made_0001_step.py").unlink()
    with pytest.raises(DataFileError, match="not whole"):
        gap.revisions()


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """The tool with one made-up store, whose tables a test changes."""
    tables = {"made": notes()}
    monkeypatch.setattr(writing, "STORES", {"made": "made up"})
    monkeypatch.setattr(writing, "tables_of", tables.__getitem__)
    monkeypatch.setattr(writing, "history_of", lambda name: History(name, tmp_path))
    return tables


def test_a_new_table_is_one_command(workshop, tmp_path):
    assert writing.write("Initial tables") == ["made_0001_initial_tables.py"]
    assert writing.changed() == []
    sa.Table("answers", workshop["made"], sa.Column("answer", sa.Text, primary_key=True))
    assert writing.changed() == ["made: add_table answers"]
    assert writing.write("Keep answers") == ["made_0002_keep_answers.py"]
    assert writing.changed() == []
    assert "answers" in (tmp_path / "made_0002_keep_answers.py").read_text()


def test_where_nothing_changed_nothing_is_written(workshop):
    writing.write("Initial tables")
    assert writing.write("Nothing") == []


def test_anew_leaves_one_revision_a_store(workshop, tmp_path):
    writing.write("Initial tables")
    workshop["made"] = later()
    writing.write("A state")
    assert writing.write("Initial tables", anew=True) == ["made_0001_initial_tables.py"]
    assert [path.name for path in tmp_path.glob("*.py")] == ["made_0001_initial_tables.py"]
    assert writing.changed() == []


def test_the_command_says_that_all_is_well():
    done = subprocess.run(
        [sys.executable, "-m", "services.database.migrations", "check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "The migrations make every table as it is.\n"), done.stdout


def test_a_service_on_sqlite_imports_neither_alembic_nor_asyncpg(tmp_path):
    """Both cost start-up time and memory: alembic is for migrating alone, asyncpg for PostgreSQL."""
    program = (
        "import asyncio, sys; from services.database.opening import database_at;"
        "from services.database.histories import history_of; from services.themer import store\n"
        "async def main():\n"
        f"    for _ in range(2):\n"
        f"        found = database_at('sqlite:{tmp_path}/x.sqlite3', store.metadata, history=history_of('themer'))\n"
        "        await found.open(); await found.ping(); await found.close()\n"
        "asyncio.run(main())\n"
        "print(sorted({'alembic', 'asyncpg', 'mako'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout.strip() == "[]"
