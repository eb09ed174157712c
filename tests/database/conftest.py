"""The tables of a made-up service, and databases with them on every engine."""

import contextlib

import pytest
import sqlalchemy as sa

from services.database.opening import database_at


class Tables:
    """A made-up service's tables, new for each database.

    Attributes:
        metadata: all of them.
        counters, notes: the tables.
    """

    def __init__(self):
        self.metadata = sa.MetaData()
        self.counters = sa.Table(
            "counters",
            self.metadata,
            sa.Column("name", sa.Text, primary_key=True),
            sa.Column("value", sa.Integer),
        )
        self.notes = sa.Table(
            "notes",
            self.metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("text", sa.Text, nullable=False),
            sa.Column("counter", sa.ForeignKey("counters.name")),
            sa.Column("done", sa.Boolean),
            sa.Column("raw", sa.LargeBinary),
            sqlite_autoincrement=True,
        )


TABLES = Tables()


class Bench:
    """A database with the made-up tables, and what tests do with it.

    Attributes:
        database: open.
        stores: where it lies.
    """

    def __init__(self, database, stores, url):
        self.database = database
        self.stores = stores
        self.url = url
        self.counters = TABLES.counters
        self.notes = TABLES.notes

    async def count(self):
        async with self.database.read() as view:
            return (await view.execute(sa.select(self.counters.c.value))).scalar_one()

    async def texts(self):
        async with self.database.read() as view:
            return list((await view.execute(sa.select(self.notes.c.text).order_by(self.notes.c.id))).scalars())

    async def note(self, text="a note", **more):
        async with self.database.begin() as transaction:
            await transaction.execute(self.notes.insert().values(text=text, **more))


@pytest.fixture
async def open_bench():
    """Open the made-up service's database somewhere; closed at the end."""
    async with contextlib.AsyncExitStack() as stack:

        async def open_one(stores, url=None, **more):
            url = url or stores.url()
            database = database_at(url, Tables().metadata, **more)
            stack.push_async_callback(database.close)
            await database.open()
            return Bench(database, stores, url)

        yield open_one


@pytest.fixture
async def bench(all_stores, open_bench):
    """The made-up service's database, with a counter at nought."""
    found = await open_bench(all_stores)
    async with found.database.begin() as transaction:
        await transaction.execute(found.counters.insert().values(name="people", value=0))
    return found
