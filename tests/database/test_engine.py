"""What is SQLite's alone: files, their bytes and locks, a full disk; transactions are tested on every engine beside."""

import sqlite3

import pytest
import sqlalchemy as sa

from services.database import engine
from services.database.engine import Database
from services.errors import DataFolderError, SettingsError, StoreUnavailable

PLANTED = "a planted sentence that must be gone"


def tables():
    """The tables of a made-up service, new for each database."""
    metadata = sa.MetaData()
    counters = sa.Table(
        "counters", metadata, sa.Column("name", sa.String, primary_key=True), sa.Column("value", sa.Integer)
    )
    notes = sa.Table(
        "notes",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("counter", sa.ForeignKey("counters.name")),
    )
    return metadata, counters, notes


METADATA, COUNTERS, NOTES = tables()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "themer" / "themer.sqlite3"


@pytest.fixture
async def database(path):
    database = Database(f"sqlite:{path}", tables()[0])
    await database.open()
    async with database.begin() as transaction:
        await transaction.execute(COUNTERS.insert().values(name="people", value=0))
    yield database
    await database.close()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(engine, "_BUSY_SECONDS", 0.05)


async def count(database):
    async with database.read() as transaction:
        return (await transaction.execute(sa.select(COUNTERS.c.value))).scalar_one()


async def texts(database):
    async with database.read() as transaction:
        return list((await transaction.execute(sa.select(NOTES.c.text).order_by(NOTES.c.id))).scalars())


async def note(database, text=PLANTED, **more):
    async with database.begin() as transaction:
        await transaction.execute(NOTES.insert().values(text=text, **more))


def plainly(path, *statements):
    """Run statements through a connection of another program."""
    other = sqlite3.connect(path, isolation_level=None, timeout=0.05)
    try:
        for statement in statements:
            other.execute(statement)
    finally:
        other.close()


async def test_what_was_erased_is_in_no_file_any_more(database, path):
    for number in range(50):
        await note(database, f"{PLANTED} {number} " + "x" * 500)
    await note(database, "this one stays")
    assert PLANTED.encode() in everything_in(path.parent)
    async with database.begin() as transaction:
        await transaction.execute(sa.delete(NOTES).where(NOTES.c.text.startswith(PLANTED)))
    await database.erase_physically()
    left = everything_in(path.parent)
    assert PLANTED.encode() not in left
    assert b"this one stays" in left


async def test_what_was_overwritten_is_in_no_file_any_more(database, path):
    await note(database, PLANTED)
    async with database.begin() as transaction:
        await transaction.execute(sa.update(NOTES).values(text="short"))
    await database.erase_physically()
    assert PLANTED.encode() not in everything_in(path.parent)


async def test_erasing_waits_for_a_reader_and_says_so_when_it_stays(database, path, monkeypatch, impatient):
    monkeypatch.setattr(engine, "_TRUNCATE_TRIES", 2)
    monkeypatch.setattr(engine, "_TRUNCATE_PAUSE", 0)
    await database.close()
    await database.open()
    await note(database, PLANTED)
    async with database.read() as transaction:
        assert (await transaction.execute(sa.select(NOTES.c.text))).scalar_one() == PLANTED
        async with database.begin() as other:
            await other.execute(sa.delete(NOTES))
        with pytest.raises(StoreUnavailable, match="write-ahead log"):
            await database.erase_physically()
    await database.erase_physically()
    assert PLANTED.encode() not in everything_in(path.parent)


def everything_in(folder):
    return b"\x00".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


async def test_files_are_their_owners_alone(database, path):
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_deletes_overwrite_and_commits_reach_the_disk(database):
    async with database.read() as transaction:
        found = {
            pragma: (await transaction.exec_driver_sql(f"PRAGMA {pragma}")).scalar_one()
            for pragma in ("secure_delete", "synchronous", "journal_mode", "foreign_keys")
        }
    assert found == {"secure_delete": 1, "synchronous": 2, "journal_mode": "wal", "foreign_keys": 1}


@pytest.mark.parametrize("content", [PLANTED.encode() * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
async def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    database = Database(f"sqlite:{path}", tables()[0])
    with pytest.raises((DataFolderError, StoreUnavailable)) as refused:
        await database.open()
    await database.close()
    assert "planted" not in str(refused.value)
    assert path.read_bytes() == content


@pytest.mark.parametrize("url", ["", "sqlite:", "mysql://host/name", "voices.sqlite3", "sqlite"])
def test_an_address_of_another_kind_is_refused_without_being_shown(url):
    with pytest.raises(SettingsError, match="SV_DATABASE") as refused:
        Database(url, tables()[0])
    assert url in {"", "sqlite:", "sqlite"} or url not in str(refused.value)


async def test_a_database_that_another_program_holds_is_unavailable_and_comes_back(database, path, impatient):
    await database.close()
    await database.open()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StoreUnavailable, match="locked") as locked:
            await note(database)
        with pytest.raises(StoreUnavailable, match="locked"):
            await database.ping()
    finally:
        holder.rollback()
        holder.close()
    assert "planted" not in str(locked.value)
    assert locked.value.__cause__ is None
    await note(database, "after")
    assert await texts(database) == ["after"]


async def test_a_database_that_is_held_when_it_is_opened_is_unavailable(database, path, impatient):
    await database.close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StoreUnavailable, match="locked"):
            await database.open()
    finally:
        holder.close()
        await database.close()


async def test_a_full_disk_is_unavailable_and_nothing_was_written(database):
    async def fill():
        async with database.begin() as transaction:
            pages = (await transaction.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await transaction.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
            for _ in range(200):
                await transaction.execute(NOTES.insert().values(text=PLANTED * 30))

    with pytest.raises(StoreUnavailable, match="full") as full:
        await fill()
    assert "planted" not in str(full.value)
    assert full.value.__cause__ is None
    assert await texts(database) == []


async def test_a_ping_of_a_database_that_can_only_be_read_fails(database, path):
    async with database.read() as transaction:
        await transaction.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StoreUnavailable, match="check the disk"):
        await database.ping()


async def test_a_large_transaction_has_more_room_while_it_lasts(database):
    async def room(connection):
        return (await connection.exec_driver_sql("PRAGMA cache_size")).scalar_one()

    async def fail():
        async with database.begin(is_large=True) as transaction:
            assert await room(transaction) == -engine._LARGE_ROOM
            await transaction.execute(NOTES.insert().values(text="undone"))
            raise ZeroDivisionError

    async with database.begin(is_large=True) as transaction:
        assert await room(transaction) == -engine._LARGE_ROOM
        await transaction.execute(NOTES.insert().values(text="kept"))
    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.begin() as transaction, database.read() as view:
        assert [await room(transaction), await room(view)] == [-engine._ROOM] * 2
    assert await texts(database) == ["kept"]
