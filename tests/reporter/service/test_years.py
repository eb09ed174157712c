"""Years: counted by themselves, proved together with their quarters, and never changed by one withdrawal."""

import pytest
from release_bench import AFTER, BOARD, OFFICER, figures, passed, release, speak
from service_bench import confirmed, consent

from services.errors import Conflict, Held, InputRefused
from services.reporter import store

QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")


async def quarters(bench, *, each=24):
    """Publish four quarters in which the same people spoke, and some more."""
    for number, period in enumerate(QUARTERS):
        bench.clock.move_to(AFTER[period].replace(day=1))
        await bench.announce()
        await speak(bench, *range(each), *range(100 * (number + 1), 100 * (number + 1) + 12), period=period)
        await release(bench, period)


async def test_a_year_counts_each_person_once_and_is_not_the_sum_of_its_quarters(bench):
    await quarters(bench)
    _, body = await release(bench, "2025")
    # 24 who came each quarter and four times 12 others are 72 people, who stand in the quarters 144 times.
    assert set(figures(body)) == {70}


async def test_only_a_years_release_has_tables_of_two_characteristics_and_none_of_show_of_hands(bench):
    await quarters(bench)
    _, year = await release(bench, "2025")
    _, quarter = await bench.reporter.publishing.published(
        next(line.report for line in await bench.reporter.publishing.listed() if line.period == "2025-Q4")
    )
    assert "sex:age_band" in {table.id for table in year.tables}
    assert "sex:age_band" not in {table.id for table in quarter.tables}
    assert any(table.counts.startswith("answers:") for table in quarter.tables)
    assert not any(table.counts.startswith("answers:") for table in year.tables)


async def test_a_year_whose_quarter_is_open_is_held(bench):
    await speak(bench, *range(24))
    bench.clock.move_to(AFTER["2025"])
    with pytest.raises(Held, match="publish its quarters first"):
        await bench.reporter.publishing.prepare("2025", prepared_by=OFFICER)


async def test_a_year_that_is_not_over_is_refused(bench):
    bench.clock.move_to(AFTER["2025-Q3"])
    with pytest.raises(InputRefused, match="not over yet"):
        await bench.reporter.publishing.prepare("2025", prepared_by=OFFICER)


async def test_a_year_closes_its_quarters_in_which_nobody_was_counted(bench):
    await speak(bench, *range(24))
    await release(bench, "2025-Q1")
    await release(bench, "2025")
    closed = {row.period for row in await bench.rows(bench.reporter, store.periods)}
    assert closed == set(QUARTERS)
    await bench.announce()
    await speak(bench, 900, period="2025-Q3")
    late = [row for row in await bench.rows(bench.reporter, store.rows) if row.contributor == "contributor-900"]
    assert [row.period for row in late] == ["2026-Q1"]


async def test_the_same_year_again_is_a_conflict(bench):
    await quarters(bench)
    await release(bench, "2025")
    with pytest.raises(Conflict, match="never counted again"):
        await bench.reporter.publishing.prepare("2025", prepared_by=OFFICER)


async def test_a_withdrawal_does_not_give_a_year_anew_that_would_show_who_left(bench):
    await quarters(bench)
    line, body = await release(bench, "2025")
    await bench.hear(bench.reporter, consent("contributor-3"), confirmed("contributor-3", "themer"))
    await passed(bench)
    with pytest.raises(Held, match="Too few people joined or left"):
        await bench.reporter.publishing.prepare("2025", prepared_by=OFFICER)
    assert await bench.reporter.publishing.published(line.report) == (line, body)


async def test_an_erasure_removes_her_hash_from_the_ledger_and_no_other(bench):
    await quarters(bench)
    await release(bench, "2025")
    before = {row.mark for row in await bench.rows(bench.reporter, store.ledger_people)}
    assert len(before) == 72
    await bench.hear(bench.reporter, consent("contributor-3"))
    after = {row.mark for row in await bench.rows(bench.reporter, store.ledger_people)}
    assert len(before - after) == 1
    assert after < before


async def test_the_ledger_keeps_hashes_and_no_contributor(bench):
    await quarters(bench, each=15)
    await release(bench, "2025")
    for row in await bench.rows(bench.reporter, store.ledger_people):
        assert len(row.mark) == 64
        assert "contributor" not in row.mark
    assert all(b"contributor-" not in row.printed for row in await bench.rows(bench.reporter, store.ledger))


async def test_who_no_longer_allows_counting_is_in_her_quarter_and_not_in_the_year(bench):
    await speak(bench, *range(30))
    await release(bench, "2025-Q1")
    for number in range(12):
        await bench.hear(bench.reporter, consent(f"contributor-{number}", "paraphrase"))
    _, body = await release(bench, "2025")
    assert all(figure <= 20 for figure in figures(body))  # 18 are left


async def test_two_people_sign_a_year_too(bench):
    await quarters(bench, each=12)
    bench.clock.move_to(AFTER["2025"])
    (line,) = await bench.reporter.publishing.prepare("2025", prepared_by=OFFICER)
    with pytest.raises(InputRefused, match="Two different people"):
        await bench.reporter.publishing.approve(line.report, approved_by=OFFICER)
    assert (await bench.reporter.publishing.approve(line.report, approved_by=BOARD)).state == "published"
