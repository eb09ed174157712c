"""A forum of eight: no count can be shown, and the release still says something worth reading."""

import re

import pytest
from release_bench import AFTER, BOARD, NODES, OFFICER, hold, release, speak, state
from service_bench import bench_in

from services.reporter.reading import report_page
from services.reporter.sayings import read_words

ASKED = "One named worker should stay with a woman from the first call to the last."
FOUND = "When somebody rings back within a day, women stay in touch."


async def forum(bench):
    """Eight women with seats, three evenings; they agree a finding and a recommendation."""
    for number in range(3):
        await hold(
            bench,
            f"evening-{number}",
            kind="survivor_forum",
            group="forum",
            present=8,
            tallies={"felt_heard": {"yes": 8}},
        )
    await speak(bench, *range(8), group="forum", kind="survivor_forum")
    sessions = ("evening-0", "evening-1", "evening-2")
    await state(
        bench,
        "s-asked",
        "recommendation",
        ASKED,
        group="forum",
        sessions=sessions[:1],
        area="support",
        sectors=("specialist_vawg",),
        nodes=(NODES[0],),
    )
    await state(bench, "s-found", "finding", FOUND, group="forum", sessions=sessions, nodes=(NODES[0],))


async def page_of(bench, line, body):
    words = await read_words(bench.reporter.database, body)
    return report_page(line, body, area="Exampleborough", words=words)


@pytest.fixture
async def released(bench):
    await forum(bench)
    return await release(bench, "2025-Q1")


async def test_no_figure_stands_in_the_body(released):
    line, body = released
    assert line.published == 0
    assert {cell.value for table in body.tables for cell in table.cells} == {None}
    assert (body.changes, body.trend) == ((), ())


async def test_what_they_found_and_ask_for_stands_in_the_page(bench, released):
    page = await page_of(bench, *released)
    said = {sentence.text: sentence.source for section in page.sections for sentence in section.sentences}
    assert set(said) == {ASKED, FOUND}
    assert said[ASKED].startswith("A survivor forum")
    assert "At least 10 attendances" in said[FOUND]
    assert "8" not in said[ASKED]


async def test_the_page_says_which_sessions_were_held_and_what_happens_next(bench, released):
    page = await page_of(bench, *released)
    assert any("Sessions held: survivor forums" in sentence for sentence in page.summary)
    assert "Groups agreed 1 recommendation and 1 finding in their own words." in page.summary
    assert page.sections[-1].name == "next"
    assert page.not_heard


async def test_there_is_no_table_to_scroll_through_and_one_sentence_instead(bench, released):
    page = await page_of(bench, *released)
    assert [section for section in page.sections if section.table is not None] == []
    assert [section.name for section in page.sections] == ["recommendations", "findings", "not-shown", "next"]
    assert not page.has_hidden


async def test_what_is_retracted_afterwards_reads_as_withdrawn_and_stays_cited(bench, released):
    line, body = released
    await state(bench, "s-asked", "recommendation", None, revision=2)
    page = await page_of(bench, line, body)
    texts = [sentence.text for section in page.sections for sentence in section.sentences]
    assert ASKED not in texts
    assert "This sentence was withdrawn after it was published." in texts
    assert [ref.id for ref in (await bench.reporter.publishing.published(line.report))[1].statements] == [
        "s-asked",
        "s-found",
    ]


async def test_words_that_were_changed_afterwards_are_not_shown_under_the_old_citation(bench, released):
    line, body = released
    await state(bench, "s-asked", "recommendation", "Something else altogether.", revision=2)
    page = await page_of(bench, line, body)
    assert "Something else" not in str(page)
    assert "withdrawn" in str(page)


async def test_no_number_of_theirs_stands_in_the_release(released):
    _, body = released
    (ref,) = [ref for ref in body.statements if ref.kind == "recommendation"]
    assert ref.present_at_least is None
    assert [held.at_least for held in body.sessions] == [None]


async def test_the_next_quarter_does_not_repeat_what_was_cited(bench, released):
    await bench.announce()
    await speak(bench, *range(8), period="2025-Q2", group="forum", kind="survivor_forum")
    _, body = await release(bench, "2025-Q2")
    assert body.statements == ()


async def test_the_same_forum_gives_the_same_bytes(tmp_path):
    cited = set()
    for number in range(2):
        async with bench_in(tmp_path / str(number)) as bench:
            await forum(bench)
            bench.clock.move_to(AFTER["2025-Q1"])
            (line,) = await bench.reporter.publishing.publish("2025-Q1", prepared_by=OFFICER, approved_by=BOARD)
            cited.add(line.citation)
    assert len(cited) == 1
    assert re.fullmatch(r"[0-9a-f]{64}", cited.pop())
