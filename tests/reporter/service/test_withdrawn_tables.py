"""A published mistake: the whole table goes, two people sign it, and the same report has a next version."""

import pytest
from release_bench import BOARD, NODES, OFFICER, hold, release, speak, state

from services.errors import Conflict, InputRefused, NotFound
from services.events import ReportPublished
from services.reporter.release import citation
from services.vocabulary.frameworks import framework

TABLE = "nodes:mayor_2022_25"


@pytest.fixture
async def published(bench):
    await hold(bench, "session-2025-q1", present=80)
    await speak(bench, *range(30))
    await speak(bench, *range(100, 150), node=NODES[-1])
    await state(bench, "s1", "paraphrase", "Several people said that nobody rang back.", nodes=(NODES[0],))
    line, body = await release(bench, "2025-Q1")
    assert [ref.id for ref in body.statements] == ["s1"]
    return line


async def withdraw(bench, line, table=TABLE, *, by=OFFICER, approved_by=BOARD):
    (draft,) = await bench.reporter.publishing.prepare_withdrawal(line.report, table, prepared_by=by)
    return await bench.reporter.publishing.approve(draft.report, approved_by=approved_by)


async def test_the_table_is_gone_and_named_and_the_report_keeps_its_address(bench, published):
    line = await withdraw(bench, published)
    assert (line.report, line.version, line.state) == (published.report, 2, "published")
    found, body = await bench.reporter.publishing.published(published.report)
    assert TABLE not in {table.id for table in body.tables}
    assert [table.id for table in body.withdrawn] == [TABLE]
    assert found.citation == citation(body) != published.citation


async def test_the_event_comes_again_under_its_key_at_the_next_revision(bench, published):
    await withdraw(bench, published)
    first, second = await bench.records(ReportPublished)
    assert first.key == second.key == published.report
    events = await bench.sent(ReportPublished)
    assert [event.revision for event in events] == [1, 2]
    assert events[1].body_hash == (await bench.reporter.publishing.published(published.report))[0].citation


async def test_a_paraphrase_goes_with_the_figure_beside_which_it_stood(bench, published):
    await withdraw(bench, published)
    _, body = await bench.reporter.publishing.published(published.report)
    shown = {tuple(cell.dims.items()) for table in body.tables for cell in table.cells if cell.value is not None}
    assert (bool(body.statements)) == (((f"node:{body.frameworks[0]}", NODES[0]),) in shown)


async def test_until_it_is_approved_nothing_changes(bench, published):
    await bench.reporter.publishing.prepare_withdrawal(published.report, TABLE, prepared_by=OFFICER)
    line, body = await bench.reporter.publishing.published(published.report)
    assert (line.version, body.withdrawn) == (1, ())


async def test_one_person_cannot_withdraw_alone(bench, published):
    with pytest.raises(InputRefused, match="Two different people"):
        await withdraw(bench, published, by=BOARD)
    assert (await bench.reporter.publishing.published(published.report))[0].version == 1


@pytest.mark.parametrize("table", ["velvet", "", "people:people"])
async def test_a_table_that_is_not_there_cannot_be_withdrawn_nor_one_twice(bench, published, table):
    with pytest.raises(Conflict, match="no such table"):
        await withdraw(bench, published, table)
    await withdraw(bench, published)
    with pytest.raises(Conflict, match="no such table"):
        await withdraw(bench, published)


async def test_a_report_that_is_not_published_has_nothing_to_withdraw(bench):
    with pytest.raises(NotFound):
        await bench.reporter.publishing.prepare_withdrawal("0" * 32, TABLE, prepared_by=OFFICER)


async def test_of_two_withdrawals_prepared_at_once_the_second_waits_for_the_first(bench, published):
    (one,) = await bench.reporter.publishing.prepare_withdrawal(published.report, TABLE, prepared_by=OFFICER)
    (other,) = await bench.reporter.publishing.prepare_withdrawal(published.report, "sectors", prepared_by=OFFICER)
    with pytest.raises(NotFound):
        await bench.reporter.publishing.approve(one.report, approved_by=BOARD)
    assert (await bench.reporter.publishing.approve(other.report, approved_by=BOARD)).version == 2


async def test_the_period_stays_closed(bench, published):
    await withdraw(bench, published)
    with pytest.raises(Conflict, match="never counted again"):
        await bench.reporter.publishing.prepare("2025-Q1", prepared_by=OFFICER)


async def test_a_later_release_compares_itself_with_what_still_stands(bench, published):
    await withdraw(bench, published)
    await bench.announce()
    await speak(bench, *range(200, 290), period="2025-Q2")
    _, body = await release(bench, "2025-Q2")
    assert body.previous == (await bench.reporter.publishing.published(published.report))[0].citation
    below = {node.id for node in framework(body.frameworks[0]).nodes if node.parent is not None}
    assert body.changes
    assert not any(node in below for change in body.changes for node in change.dims.values())
