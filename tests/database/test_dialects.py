"""What SQL dialects do differently is one thing here on every engine: numbers, truth, text, order, time, locks."""

import ast
import datetime
import json
from importlib import import_module
from pathlib import Path

import databases
import pytest
import sqlalchemy as sa

from services.database.migrations.writing import STORES
from services.errors import ContractBroken

SERVICES = Path(__file__).resolve().parents[2] / "services"
#: In the order of their bytes; a language\'s collation would mix cases and pass over hyphens and accents.
TEXTS = sorted(
    [
        "",
        " lead",
        "-a",
        "10",
        "9",
        "A",
        "Z",
        "_",
        "a",
        "a b",
        "a-b",
        "ab",
        "b",
        "z",
        "É",
        "é",
        "ß",
        "Ω",
        "‘q’",
        "\U0001f426",
    ],
    key=str.encode,
)
KINDS = (sa.Text, sa.Integer, sa.Boolean, sa.LargeBinary)


def statements_of(folder):
    """The syntax trees of the package, with their names."""
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(folder), ast.parse(path.read_text(encoding="utf-8"))


async def test_text_is_ordered_by_its_bytes_whatever_the_databases_own_order(bench):
    for text in reversed(TEXTS):
        await bench.note(text)
    column = bench.notes.c.text
    async with bench.database.read() as view:
        up = list((await view.execute(sa.select(column).order_by(column))).scalars())
        down = list((await view.execute(sa.select(column).order_by(column.desc()))).scalars())
        least, most = (await view.execute(sa.select(sa.func.min(column), sa.func.max(column)))).one()
        below = set((await view.execute(sa.select(column).where(column < "a"))).scalars())
    assert up == TEXTS
    assert down == TEXTS[::-1]
    assert (least, most) == (TEXTS[0], TEXTS[-1])
    assert below == {text for text in TEXTS if text < "a"}


async def test_a_database_that_sorts_as_a_language_does_keeps_our_order_too(open_bench):
    """Made as many an administrator makes it: with a collation of its own."""
    server = databases.require("postgresql-15")  # the other one was built without any language's order
    icu = "LOCALE_PROVIDER icu ICU_LOCALE 'en-GB' TEMPLATE template0"
    url = server.new(icu)
    name = url.partition("@/")[2].partition("?")[0]
    assert server.sql("SELECT 'a' < 'B'", name) == "t", "this database sorts as English does"
    found = await open_bench(None, url)
    for text in ("B", "a", "é", "z"):
        await found.note(text)
    async with found.database.read() as view:
        order = list((await view.execute(sa.select(found.notes.c.text).order_by(found.notes.c.text))).scalars())
    assert order == ["B", "a", "z", "é"]


@pytest.mark.parametrize(
    "text", ["", " ends ", "line\nline\ttab", "‘quoted’ — dash", "\U0001f426", "%_\\'\"", "\x7f\x01", "é"]
)
async def test_text_comes_back_as_it_went_in(bench, text):
    await bench.note(text)
    assert await bench.texts() == [text]


@pytest.mark.parametrize("number", [0, -1, 2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)])
async def test_whole_numbers_have_sixty_four_bits(bench, number):
    """A revision outgrows 32 bits without an error on SQLite; on PostgreSQL it would be refused."""
    async with bench.database.begin() as transaction:
        await transaction.execute(sa.update(bench.counters).values(value=number))
    async with bench.database.read() as view:
        query = sa.select(bench.counters.c.value).where(bench.counters.c.value == number)
        assert (await view.execute(query)).scalar_one() == number


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**200])
async def test_a_larger_number_is_refused_by_the_same_error_and_not_shown(bench, number):
    with pytest.raises(ContractBroken) as refused:
        await bench.note("x", id=number)
    assert str(number)[:6] not in str(refused.value)
    assert refused.value.__cause__ is None
    await bench.note("after")
    assert await bench.texts() == ["after"]


@pytest.mark.parametrize("text", ["planted \ud800 half", "\udcff"])
async def test_half_a_character_is_refused_by_the_same_error(bench, text):
    with pytest.raises(ContractBroken) as refused:
        await bench.note(text)
    assert "planted" not in str(refused.value)
    await bench.note("after")
    assert await bench.texts() == ["after"]


async def test_a_nul_character_never_costs_more_than_its_own_transaction(bench):
    """PostgreSQL takes none in text, so the doors refuse it; what comes past them is refused, not half stored."""
    if bench.stores.is_sqlite:
        await bench.note("planted \0 text")
    else:
        with pytest.raises(ContractBroken) as refused:
            await bench.note("planted \0 text")
        assert "planted" not in str(refused.value)
    await bench.note("after")
    assert (await bench.texts())[-1] == "after"


async def test_truth_is_true_false_or_unknown(bench):
    for number, done in enumerate((True, False, None), start=1):
        await bench.note("x", id=number, done=done)
    column = bench.notes.c.done
    async with bench.database.read() as view:
        found = list((await view.execute(sa.select(column).order_by(bench.notes.c.id))).scalars())
        true = (await view.execute(sa.select(bench.notes.c.id).where(column))).scalars().all()
        false = (await view.execute(sa.select(bench.notes.c.id).where(~column))).scalars().all()
        least = (await view.execute(sa.select(sa.func.min(sa.cast(column, sa.Integer))))).scalar()
    assert found == [True, False, None]
    assert (true, false, least) == ([1], [2], 0)


async def test_plain_numbers_in_a_statement_are_what_functions_take(bench):
    await bench.note("2025-03-10")
    query = sa.select(sa.func.substr(bench.notes.c.text, 1, 7), bench.notes.c.id + 1, sa.func.coalesce(None, 2**40))
    async with bench.database.read() as view:
        assert tuple((await view.execute(query)).one()) == ("2025-03", 2, 2**40)


@pytest.mark.parametrize("raw", [b"", b"\0", bytes(range(256)), b"x" * 300_000])
async def test_bytes_come_back_as_they_went_in(bench, raw):
    await bench.note("x", raw=raw)
    async with bench.database.read() as view:
        assert bytes((await view.execute(sa.select(bench.notes.c.raw))).scalar_one()) == raw


async def test_a_moment_keeps_its_zone_and_json_its_kinds_because_both_are_kept_as_text(bench):
    moment = datetime.datetime(2025, 3, 30, 1, 30, tzinfo=datetime.UTC)
    kept = {"yes": True, "none": None, "large": 2**60, "text": "é\U0001f426", "list": [1, "1"]}
    await bench.note(moment.isoformat())
    await bench.note(json.dumps(kept))
    first, second = await bench.texts()
    assert datetime.datetime.fromisoformat(first) == moment
    assert datetime.datetime.fromisoformat(first).utcoffset() == datetime.timedelta(0)
    assert json.loads(second) == kept


@pytest.mark.parametrize("name", STORES)
def test_a_store_has_only_columns_that_are_the_same_on_every_engine(name):
    """No DateTime (SQLite loses its zone), no JSON, Enum, Float or Numeric: each engine has its own idea of them."""
    tables = import_module(STORES[name]).metadata.sorted_tables
    assert tables
    assert [str(column) for table in tables for column in table.columns if type(column.type) not in KINDS] == []


async def test_row_locks_are_refused_rather_than_dropped_without_a_word(bench):
    for more in ({}, {"skip_locked": True}, {"nowait": True}, {"read": True}):
        with pytest.raises(sa.exc.CompileError, match="exclude each other"):
            async with bench.database.read() as view:
                await view.execute(sa.select(bench.notes).with_for_update(**more))


async def test_what_is_there_already_is_found_before_it_is_written_so_no_dialects_upsert_is_needed(bench):
    async def put(transaction, name, value):
        known = (await transaction.execute(bench.counters.select().where(bench.counters.c.name == name))).one_or_none()
        change = bench.counters.insert() if known is None else bench.counters.update()
        if known is not None:
            change = change.where(bench.counters.c.name == name)
        await transaction.execute(change.values(name=name, value=value))

    for value in (1, 2, 3):
        async with bench.database.begin() as transaction:
            await put(transaction, "rounds", value)
    async with bench.database.read() as view:
        query = sa.select(bench.counters.c.value).where(bench.counters.c.name == "rounds")
        assert (await view.execute(query)).scalars().all() == [3]


async def test_the_rows_that_a_change_touched_are_counted(bench):
    for number in range(3):
        await bench.note("x", id=number + 1)
    async with bench.database.begin() as transaction:
        assert (
            await transaction.execute(sa.update(bench.notes).where(bench.notes.c.id < 3).values(text="y"))
        ).rowcount == 2
        assert (await transaction.execute(sa.delete(bench.notes).where(bench.notes.c.id > 7))).rowcount == 0


async def test_numbers_are_never_given_twice_not_even_after_the_last_row_went(bench):
    for _ in range(3):
        await bench.note("gone")
    async with bench.database.begin() as transaction:
        await transaction.execute(sa.delete(bench.notes))
    await bench.note("new")
    async with bench.database.read() as view:
        assert (await view.execute(sa.select(bench.notes.c.id))).scalar_one() > 3


FORBIDDEN = {
    "with_for_update",
    "on_conflict_do_update",
    "on_conflict_do_nothing",
    "now",
    "current_timestamp",
    "group_concat",
}


def test_no_statement_uses_what_only_one_dialect_has():
    found = [
        f"{path}: {node.attr}"
        for path, tree in statements_of(SERVICES)
        if path.parts[0] not in {"database", "eventlog"}
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (
            node.attr in FORBIDDEN - {"now"} or (node.attr == "now" and ast.unparse(node.value) in {"sa.func", "func"})
        )
    ]
    assert found == []


def test_statements_are_written_by_hand_in_the_database_layer_alone():
    found = [
        str(path)
        for path, tree in statements_of(SERVICES)
        if path.parts[0] not in {"database", "eventlog"}
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == "exec_driver_sql")
        or (isinstance(node, ast.Call) and ast.unparse(node.func) in {"sa.text", "sqlalchemy.text"})
    ]
    assert found == []
