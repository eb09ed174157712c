"""The words beside a body: those that stand now and are the very ones that it cites, and no others."""

import msgspec
import pytest
import released
import service_bench

from services.reporter import store
from services.reporter.reading import _source
from services.reporter.release import StatementRef
from services.reporter.sayings import on_nodes, on_sector, read_words
from services.reporter.statements import words_hash_of

CITED = "We waited for months."


@pytest.fixture
async def database(tmp_path):
    async with service_bench.bench_in(tmp_path) as bench:
        yield bench.reporter.database


@pytest.fixture
def keep(database):
    async def put(**changes):
        plain = {
            "statement": "s-1",
            "revision": 1,
            "kind": "finding",
            "state": "approved",
            "day": released.DAY,
            "words": CITED,
            "words_hash": words_hash_of(CITED),
            "nodes": "[]",
            "approvers": "[]",
            "group_id": None,
            "sessions": "[]",
            "area": None,
            "sectors": "[]",
            "measures": "[]",
        }
        async with database.begin() as transaction:
            await transaction.execute(store.statements.insert().values(**plain | changes))

    return put


def citing(body, sha256):
    return msgspec.structs.replace(body, statements=(StatementRef("s-1", sha256),))


async def test_words_that_stand_as_cited_are_read(database, keep, body):
    await keep()
    assert await read_words(database, citing(body, words_hash_of(CITED))) == {"s-1": CITED}


async def test_words_that_were_retracted_or_are_no_longer_the_cited_ones_are_not(database, keep, body):
    await keep(state="retracted", words=None)
    assert await read_words(database, citing(body, words_hash_of(CITED))) == {}


async def test_other_words_under_the_same_id_are_not_shown(database, keep, body):
    await keep(words="We waited for years.", words_hash=words_hash_of("We waited for years."))
    assert await read_words(database, citing(body, words_hash_of(CITED))) == {}


async def test_statements_that_the_body_does_not_cite_stay_unread(database, keep, body):
    await keep(statement="s-2")
    assert await read_words(database, citing(body, words_hash_of(CITED))) == {}
    assert await read_words(database, msgspec.structs.replace(body, statements=())) == {}


def test_a_paraphrase_stands_only_beside_a_published_figure_and_never_with_a_service(body):
    name = released.WANDSWORTH
    hidden = msgspec.structs.replace(
        body,
        tables=tuple(
            msgspec.structs.replace(
                table,
                cells=tuple(
                    msgspec.structs.replace(cell, value=None, symbol="[c]")
                    if cell.dims.get(f"node:{name}") == "SS"
                    else cell
                    for cell in table.cells
                ),
            )
            for table in body.tables
        ),
    )
    refs = tuple(
        StatementRef(f"p-{node}", "5" * 64, (f"{name}:{node}",), "paraphrase", None, ("housing",))
        for node in ("AB", "SS")
    )
    told = msgspec.structs.replace(hidden, statements=refs)
    assert [ref.id for ref in on_nodes(told, name, ["AB", "SS"])] == ["p-AB"]
    assert on_sector(told, "housing") == ()


@pytest.mark.parametrize(
    ("sectors", "told"),
    [
        (("specialist_vawg",), "specialist VAWG service"),
        (("police", "health"), "police and health"),
    ],
)
def test_whom_a_recommendation_is_for_reads_as_a_sentence_and_keeps_its_capitals(sectors, told):
    ref = StatementRef("s-1", "a" * 64, (), "recommendation", None, sectors)
    assert told in _source(ref, ())
