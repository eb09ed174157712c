"""PostgreSQL as a neighbour: killed, hung, locked, full of others; one line each, and it comes back by itself."""

import asyncio
import io
import json
import logging

import asyncpg
import pytest
import sqlalchemy as sa
import structlog

from services.database import postgresql, postgresql_errors
from services.database.opening import database_at
from services.errors import DataFolderError, SettingsError, StoreContended, StoreUnavailable
from services.telemetry.logs import set_up_logs

PLANTED = "a planted sentence that no error shows"


@pytest.fixture(autouse=True)
def lines():
    """What was logged, as JSON lines."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()
    set_up_logs(stream)

    def found(*events):
        read = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [line["event"] for line in read if line["event"] in events]

    yield found
    root.handlers, root.level = before
    structlog.reset_defaults()


@pytest.fixture
async def own(own_server, open_bench):
    """A database on a server that the test may kill."""
    found = await open_bench(None, own_server.new())
    async with found.database.begin() as transaction:
        await transaction.execute(found.counters.insert().values(name="people", value=0))
    return found


@pytest.fixture
async def beside(bench):
    """A connection of another program to the same database."""
    if bench.stores.is_sqlite:
        pytest.skip("SQLite locks whole files")
    plain = await asyncpg.connect(bench.url, server_settings={"search_path": "sv_store"})
    yield plain
    await plain.close()


async def test_a_server_that_is_killed_in_a_transaction_keeps_nothing_of_it_and_all_before_it(own, own_server, lines):
    await own.note("before")

    async def write_while_it_dies():
        async with own.database.begin() as transaction:
            await transaction.execute(own.notes.insert().values(text=PLANTED))
            own_server.kill()
            await transaction.execute(own.notes.insert().values(text="never"))

    with pytest.raises(StoreUnavailable) as away:
        await write_while_it_dies()
    assert "\n" not in str(away.value)
    assert "planted" not in str(away.value)
    for _ in range(5):
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            await own.note("not now")
        with pytest.raises(StoreUnavailable):
            await own.texts()
        with pytest.raises(StoreUnavailable):
            await own.database.ping()
    assert lines("the database is away", "the database is back") == ["the database is away"]
    own_server.start()
    await own.note("after")
    assert await own.texts() == ["before", "after"]
    assert lines("the database is away", "the database is back") == ["the database is away", "the database is back"]


async def test_a_server_that_was_restarted_between_two_transactions_is_not_noticed_by_a_writer(own, own_server):
    await asyncio.gather(*(own.texts() for _ in range(4)))
    own_server.shut_down()
    own_server.start()
    await own.note("after")
    assert await own.texts() == ["after"]


async def test_a_server_that_is_killed_before_the_commit_leaves_nothing_and_calls_nobody(own, own_server):
    called = []

    async def commit_into_the_void():
        async with own.database.begin() as transaction:
            postgresql_after_commit(transaction, called)
            await transaction.execute(own.notes.insert().values(text="never"))
            own_server.kill()

    with pytest.raises(StoreUnavailable):
        await commit_into_the_void()
    own_server.start()
    assert called == []
    assert await own.texts() == []


def postgresql_after_commit(transaction, called):
    transaction.info[postgresql.COMMITTED].append(lambda: called.append(1))


@pytest.mark.parametrize("way", ["closed", "server"])
async def test_a_connection_that_dies_while_it_is_set_up_is_a_server_that_is_away(own, own_server, monkeypatch, way):
    """What is asked of it before its first statement raises the driver's own errors."""
    database = own.database
    connect = database._connect

    async def connect_and_lose():
        connection = await connect()
        if way == "closed":
            connection.terminate()
        else:
            own_server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'sv_%'")
        return connection

    with monkeypatch.context() as losing:
        losing.setattr(database, "_connect", connect_and_lose)
        # A new pool, as after the server went away; the old one's connections are closed.
        await database.close()
        database._engine = database._new_engine()
        with pytest.raises(StoreUnavailable, match="went away"):
            await database.ping()
    database._engine = database._new_engine()
    await database.ping()


async def test_a_server_that_hangs_does_not_hang_the_service(own_server, open_bench, monkeypatch):
    monkeypatch.setattr(postgresql, "_STATEMENT_SECONDS", 0.3)
    monkeypatch.setattr("services.database.addresses._CONNECT_SECONDS", 0.3)
    own = await open_bench(None, own_server.new())
    own_server.pause()
    try:
        with pytest.raises(StoreUnavailable):
            async with asyncio.timeout(20):
                await own.note("not now")
    finally:
        own_server.go_on()
    async with asyncio.timeout(20):
        await own.note("after")
    assert await own.texts() == ["after"]


async def test_the_service_is_cut_off_by_an_administrator_and_comes_back(bench, beside):
    async def write_while_cut():
        async with bench.database.begin() as transaction:
            await transaction.execute(bench.notes.insert().values(text="never"))
            await beside.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()",
            )
            await transaction.execute(bench.notes.insert().values(text="never"))

    with pytest.raises(StoreUnavailable):
        await write_while_cut()
    await bench.note("after")
    assert await bench.texts() == ["after"]


async def test_a_deadlock_with_another_program_is_lost_once_and_then_won(bench, beside):
    for name in ("a", "b"):
        await beside.execute("INSERT INTO counters VALUES ($1, 0)", name)
    tries = []
    other = beside.transaction()
    await other.start()
    await beside.execute("UPDATE counters SET value = 10 WHERE name = 'b'")

    async def cross(transaction):
        tries.append(1)
        for name in ("a", "b"):
            table = bench.counters
            await transaction.execute(sa.update(table).where(table.c.name == name).values(value=table.c.value + 1))

    ours = asyncio.create_task(bench.database.write(cross))
    await asyncio.sleep(0.05)
    try:
        await beside.execute("UPDATE counters SET value = 10 WHERE name = 'a'")
        await other.commit()
    except asyncpg.DeadlockDetectedError:
        await other.rollback()
    await ours
    async with bench.database.read() as view:
        found = dict((await view.execute(sa.select(bench.counters.c.name, bench.counters.c.value))).all())
    assert {found["a"], found["b"]} in ({11}, {1})
    assert len(tries) <= 3


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
async def test_whatever_a_transaction_loses_by_is_tried_again_and_never_for_ever(bench, state):
    if bench.stores.is_sqlite:
        pytest.skip("these are states of PostgreSQL")
    tries = []

    async def lose_twice(transaction):
        tries.append(1)
        await transaction.execute(bench.notes.insert().values(text=f"try {len(tries)}"))
        if len(tries) < 3:
            await transaction.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")

    await bench.database.write(lose_twice)
    assert await bench.texts() == ["try 3"]

    async def always(transaction):
        await transaction.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$")

    with pytest.raises(StoreContended):
        await bench.database.write(always)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("53100", "disk is full"),
        ("53300", "no more connections"),
        ("57014", "did not answer in time"),
        ("57P01", "went away"),
        ("25006", "only be read"),
        ("42501", "may not"),
        ("XX001", "damaged"),
        ("58030", "went away"),
    ],
)
async def test_what_the_server_cannot_do_now_is_said_and_nothing_is_given_up(bench, state, said):
    if bench.stores.is_sqlite:
        pytest.skip("these are states of PostgreSQL")
    raising = f"DO $$ BEGIN RAISE EXCEPTION '{PLANTED}' USING ERRCODE = '{state}'; END $$"

    async def fail(transaction):
        await transaction.exec_driver_sql(raising)

    with pytest.raises(StoreUnavailable, match=said) as refused:
        await bench.database.write(fail)
    assert "planted" not in str(refused.value)
    assert refused.value.__cause__ is None
    await bench.note("after")


async def test_another_program_that_holds_a_table_is_said_after_a_while(bench, beside):
    await bench.note("before")
    async with beside.transaction():
        await beside.execute("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")

        async def wait_a_little(transaction):
            await transaction.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            await transaction.execute(bench.notes.insert().values(text="never"))

        with pytest.raises(StoreContended, match="locked by another program"):
            await bench.database.write(wait_a_little)
    assert await bench.texts() == ["before"]


async def test_a_password_that_is_changed_while_the_service_runs_is_waited_for(own, own_server, tmp_path):
    """What the settings could mend parks no record: it is the store that is away."""
    own_server.sql("CREATE ROLE changer LOGIN SUPERUSER PASSWORD 'first'")
    own_server.require_password("changer")
    file = tmp_path / "password"
    file.write_text("first")
    name = own.url.partition("@/")[2].partition("?")[0]
    database = database_at(own_server.url(name, "changer"), sa.MetaData(), password_file=str(file))
    await database.open()
    own_server.sql("ALTER ROLE changer PASSWORD 'second'")
    own_server.shut_down()
    own_server.start()
    with pytest.raises(StoreUnavailable, match="SV_DATABASE_PASSWORD_FILE"):
        await database.ping()
    file.write_text("second\n")
    await database.ping()
    await database.close()


async def test_a_user_who_may_not_make_a_schema_is_told_what_an_administrator_can_do(server):
    url = server.new()
    name = url.partition("@/")[2].partition("?")[0]
    role = f"keeper_of_{name}"
    server.sql(f"CREATE ROLE {role} LOGIN", name)
    server.sql(f"REVOKE CREATE ON DATABASE {name} FROM PUBLIC", name)
    database = database_at(server.url(name, role), sa.MetaData())
    with pytest.raises(SettingsError, match="CREATE SCHEMA sv_store AUTHORIZATION"):
        await database.open()
    server.sql(f"CREATE SCHEMA sv_store AUTHORIZATION {role}", name)
    await database.open()
    await database.ping()
    await database.close()


@pytest.mark.parametrize("demo", [True, False])
async def test_a_demonstration_and_real_data_never_share_tables(server, demo):
    url = server.new()
    first = database_at(url, sa.MetaData(), demo=demo)
    await first.open()
    await first.close()
    other = database_at(url, sa.MetaData(), demo=not demo)
    with pytest.raises(DataFolderError, match="real data" if not demo else "a demonstration"):
        await other.open()
    await other.close()
    await first.open()
    await first.close()


async def test_a_server_whose_defaults_are_strict_changes_nothing(server, open_bench):
    url = server.new()
    name = url.partition("@/")[2].partition("?")[0]
    server.sql(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'", name)
    server.sql(f"ALTER DATABASE {name} SET timezone = 'Pacific/Auckland'", name)
    found = await open_bench(None, url)
    other = await open_bench(None, url)
    async with found.database.begin() as transaction:
        await transaction.execute(found.counters.insert().values(name="people", value=0))

    async def add_one(each):
        async with each.database.begin() as transaction:
            value = (await transaction.execute(sa.select(found.counters.c.value))).scalar_one()
            await transaction.execute(sa.update(found.counters).values(value=value + 1))

    await asyncio.gather(*(add_one(each) for each in [found, other] * 8))
    assert await found.count() == 16
    async with found.database.read() as view:
        assert (await view.exec_driver_sql("SHOW timezone")).scalar() == "UTC"


async def test_clearing_takes_dead_rows_out_of_the_tables(bench, beside):
    for number in range(20):
        await bench.note(f"{PLANTED} {number}")
    async with bench.database.begin() as transaction:
        await transaction.execute(sa.delete(bench.notes))
    await bench.database.erase_physically()
    await beside.execute("SELECT pg_stat_force_next_flush()")
    assert await beside.fetchval("SELECT pg_relation_size('sv_store.notes')") == 0


def test_every_state_has_one_line():
    assert all(text.endswith(".") and "\n" not in text for _, text in postgresql_errors._STATES.values())
