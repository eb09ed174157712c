"""Statements as they arrive: kept encrypted under a key of their own, held where there is a doubt, each once."""

import pytest
from statement_bench import FINDING, wording

from services.errors import ContractBroken, DestroyedDataKey, NotFound
from services.eventlog.interface import Attributes, Record
from services.themer import store


async def row_of(bench, statement="statement-1"):
    (row,) = [row for row in await bench.rows(bench.themer, store.statements) if row.statement == statement]
    return row


async def test_it_waits_for_a_reviewer_with_what_the_group_said_of_it(bench):
    await bench.arrived(kind="recommendation", area="information")
    shown = await bench.shelf.shown("statement-1")
    assert (shown.line.state, shown.line.kind, shown.area, shown.line.group) == (
        "received",
        "recommendation",
        "information",
        "group-1",
    )
    assert (shown.text, shown.sessions, shown.wording) == (FINDING, ("session-1",), None)
    assert shown.decisions == ()


async def test_no_word_of_it_lies_open_in_any_file(bench):
    await bench.arrived("The velvet desk upstairs never answers.")
    await bench.statements.word("statement-1", wording("The velvet desk never answers."), by="Ann")
    assert b"velvet" not in b"".join(path.read_bytes() for path in bench.data.rglob("*") if path.is_file())


async def test_each_statement_has_a_key_of_its_own_that_goes_with_its_words(bench):
    await bench.arrived()
    await bench.arrived(statement="statement-2")
    keys = await bench.rows(bench.themer, store.data_keys)
    assert {row.contributor for row in keys} == {"statement-1", "statement-2"}
    before = await row_of(bench)
    await bench.statements.retract("statement-1", by="Ann")
    async with bench.themer.database.read() as view:
        with pytest.raises(DestroyedDataKey):
            await bench.themer.holds._data_keys.for_reading(view, "statement-1")
    assert before.words is not None
    assert (await row_of(bench)).words is None
    assert (await bench.shelf.shown("statement-2")).text == FINDING


@pytest.mark.parametrize(
    ("text", "doubts", "reasons"),
    [
        ("The blorvix desk is closed.", [(4, 11, "unexplained-word")], "unexplained-word"),
        ("[PERSON-1] never rings back.", [], "taken-out"),
        ("At [PLACE in Camden] nobody rings.", [(0, 2, "possible-name")], "possible-name taken-out"),
    ],
)
async def test_a_doubt_or_something_taken_out_holds_it(bench, text, doubts, reasons):
    await bench.arrived(text, doubts=doubts)
    row = await row_of(bench)
    assert (row.state, row.reasons) == ("held", reasons)
    await bench.statements.word("statement-1", wording("Nobody rings back."), by="Ann")
    await bench.statements.unword("statement-1", by="Ann")
    assert (await row_of(bench)).state == "held", "taking a wording back does not lift the hold"


async def test_the_same_revision_again_changes_nothing(bench):
    await bench.arrived()
    await bench.statements.word("statement-1", wording(), by="Ann")
    await bench.arrived("Other words.")
    assert (await row_of(bench)).state == "worded"


async def test_a_greater_revision_takes_the_place_of_what_is_not_decided(bench):
    await bench.arrived()
    await bench.statements.word("statement-1", wording(), by="Ann")
    await bench.arrived("Other words.", revision=2)
    shown = await bench.shelf.shown("statement-1")
    assert (shown.text, shown.wording, shown.line.state) == ("Other words.", None, "received")
    assert shown.line.version > 2


@pytest.mark.parametrize("decided", ["approved", "retracted"])
async def test_what_was_decided_is_not_changed_by_anything_that_comes_later(bench, decided):
    await bench.approved()
    if decided == "retracted":
        await bench.statements.retract("statement-1", by="Cec")
    before = await bench.told()
    await bench.arrived("Other words.", revision=2)
    assert await bench.told() == before
    assert (await row_of(bench)).state == decided


async def test_one_that_lost_its_words_on_the_way_is_rejected_and_says_so(bench):
    await bench.arrived(None)
    row = await row_of(bench)
    assert (row.state, row.reasons, row.words) == ("rejected", "dead_letter_rejected", None)


async def test_one_of_no_group_is_rejected_by_rule(bench):
    await bench.arrived(group=None)
    row = await row_of(bench)
    assert (row.state, row.reasons, row.words) == ("rejected", "no_group", None)


async def test_a_parked_one_can_be_given_up(bench):
    record = await bench.pseudonymised_statement(
        FINDING, statement="statement-1", doubts=(), revision=1, kind="finding", session="session-1", group="group-1"
    )
    with pytest.raises(NotFound):
        await bench.themer.handler.reject(record, "statement-9")
    await bench.themer.handler.reject(record, "statement-1")
    assert (await row_of(bench)).state == "rejected"


async def test_what_is_no_statement_breaks_its_contract(bench):
    topic = "sv.statement.pseudonymised.v1"
    attributes = Attributes(id="1", source="/x", type="org.survivorvoice.statement.pseudonymised.v1", subject="x")
    with pytest.raises(ContractBroken) as broken:
        await bench.themer.handler.handle([Record(topic, 0, 0, "x", attributes, b'{"statement": "Quillmere"}')])
    assert "Quillmere" not in str(broken.value)


async def test_the_list_counts_by_state(bench):
    await bench.approved()
    await bench.arrived(statement="statement-2")
    await bench.arrived("[PERSON-1] waits.", statement="statement-3")
    assert await bench.shelf.counts() == {"approved": 1, "held": 1, "received": 1}


async def test_a_new_generation_of_keys_leaves_statements_readable(bench):
    await bench.arrived()
    await bench.themer.holds._data_keys.replace_generation()
    assert (await bench.shelf.shown("statement-1")).text == FINDING
