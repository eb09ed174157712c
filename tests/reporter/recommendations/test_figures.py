"""What a release says of the loop: only what is public, as it stood on a day."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loop_bench import no, partly, recommendation, retracted, yes

from services.reporter.loop_figures import LoopFigures
from services.reporter.recommendations.figures import count_lives
from services.reporter.recommendations.life import Life
from services.reporter.recommendations.working_days import public_from


async def figures(loop, day=None):
    async with loop.bench.reporter.database.read() as view:
        return await loop.loop.count.figures(view, as_of=day or loop.today.isoformat())


async def test_nothing_public_gives_noughts(loop):
    assert await figures(loop) == LoopFigures()
    await loop.made()
    assert await figures(loop) == LoopFigures()


async def test_every_figure_is_counted_of_what_is_public(loop):
    for number in range(5):
        await loop.made(f"statement-{number}")
    await loop.move_to("2025-01-29")
    ids = [(await loop.life(f"statement-{number}")).recommendation for number in range(5)]
    answering, board = loop.loop.answering, loop.loop.board
    await answering.answer(ids[0], "housing", yes(due="2025-02-10"))
    await loop.move_to("2025-02-05")
    await answering.answer(ids[1], "housing", no())
    await answering.answer(ids[2], "housing", partly())
    await answering.progress(ids[2], "housing", progress="done")
    await board.judge(ids[2], "partly", group="group-1")
    await loop.hear(retracted("statement-4"))
    await loop.move_to("2025-02-27")
    assert await figures(loop) == LoopFigures(
        made=4,
        answered=3,
        median_days_to_answer=21,
        accepted=1,
        partly=1,
        declined={"no_money": 1},
        done=1,
        changed_partly=1,
        overdue=2,
    )


async def test_an_earlier_day_stays_what_it_was(loop):
    life = await loop.done()
    then = loop.today.isoformat()
    before = await figures(loop, then)
    await loop.pass_days(10)
    await loop.loop.board.judge(life.recommendation, "no", group="group-1")
    assert await figures(loop, then) == before
    assert (await figures(loop)).changed_no == 1
    assert await figures(loop, "2025-01-01") == LoopFigures()


@pytest.mark.parametrize("overdue_kind", ["answer", "date"])
async def test_late_answers_and_late_dates_are_overdue(loop, overdue_kind):
    life = await loop.public()
    if overdue_kind == "date":
        await loop.loop.answering.answer(life.recommendation, "housing", yes(due=loop.today.isoformat()))
    assert (await figures(loop)).overdue == 0
    await loop.pass_days(60)
    assert (await figures(loop)).overdue == 1


async def in_sight(loop, day=None):
    async with loop.bench.reporter.database.read() as view:
        return await loop.loop.count.in_sight(view, as_of=day or loop.today.isoformat())


async def test_nothing_is_cited_while_its_service_has_its_days_of_sight(loop):
    life = await loop.made()
    assert await in_sight(loop) == {"statement-1"}
    last = (datetime.date.fromisoformat(life.public_from) - datetime.timedelta(days=1)).isoformat()
    await loop.move_to(last)
    await loop.loop.board.open_due()
    assert await in_sight(loop) == {"statement-1"}
    await loop.move_to(life.public_from)
    await loop.loop.board.open_due()
    assert await in_sight(loop) == frozenset()
    assert await in_sight(loop, last) == {"statement-1"}, "asked again for that day it is the same"


async def test_what_nobody_is_asked_to_answer_waits_as_long_and_no_longer(loop):
    await loop.hear(recommendation(sectors=("transport",)))
    made = loop.today
    assert await in_sight(loop) == {"statement-1"}
    first = public_from(made)
    assert await in_sight(loop, (first - datetime.timedelta(days=1)).isoformat()) == {"statement-1"}
    assert await in_sight(loop, first.isoformat()) == frozenset()


async def test_what_was_taken_back_is_kept_back_by_nobody(loop):
    """Its statement is no longer an approved one: there is nothing to cite."""
    await loop.made()
    await loop.hear(retracted())
    assert await in_sight(loop) == frozenset()


days = st.dates().map(lambda day: day.isoformat())


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 400))), days)
def test_answered_is_never_more_than_made(given_lives, day):
    lives = [
        Life(
            recommendation=f"r{number}",
            statement="s",
            statement_hash="a" * 64,
            area="services",
            made_by="group",
            revision=1,
            day=day,
            made_on=day,
            published_on=day if is_public else None,
            retracted=is_retracted,
        )
        for number, (is_public, is_retracted, _) in enumerate(given_lives)
    ]
    counted = count_lives(lives, day)
    assert counted.answered <= counted.made == sum(public and not gone for public, gone, _ in given_lives)
