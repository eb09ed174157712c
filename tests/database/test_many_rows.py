"""Many rows at once, on every engine: what comes out is what went in, as with one row at a time."""

import pytest
import sqlalchemy as sa

from services.database.many_rows import insert_many
from services.errors import ContractBroken

COLUMNS = ("name", "value")


async def put(bench, rows, columns=COLUMNS):
    async with bench.database.begin() as transaction:
        await transaction.run_sync(insert_many, bench.counters, columns, rows)


async def counters(bench):
    async with bench.database.read() as view:
        chosen = sa.select(bench.counters).where(bench.counters.c.name != "people").order_by(bench.counters.c.name)
        return [tuple(row) for row in await view.execute(chosen)]


@pytest.mark.parametrize("count", [0, 1, 2, 64, 65, 1_500])
async def test_any_number_of_rows_goes_in(bench, count):
    rows = [(f"{number:05}", number * 2**33) for number in range(count)]
    await put(bench, rows)
    assert await counters(bench) == rows


async def test_texts_and_nothing_are_kept_as_they_are(bench):
    rows = [("", None), ("%s ? $1 :name", -1), ("ß’\U0001f426", 2**63 - 1)]
    await put(bench, rows)
    assert sorted(await counters(bench)) == sorted(rows)


async def test_columns_that_are_left_out_are_empty(bench):
    await put(bench, [("alone",)], columns=("name",))
    assert await counters(bench) == [("alone", None)]


async def test_a_row_that_is_refused_takes_all_of_them_with_it(bench):
    with pytest.raises(ContractBroken):
        await put(bench, [("one", 1), ("two", 2), ("one", 3)])
    assert await counters(bench) == []


async def test_columns_in_another_order_than_the_tables_are_refused(bench):
    with pytest.raises(AssertionError):
        await put(bench, [(1, "one")], columns=("value", "name"))
