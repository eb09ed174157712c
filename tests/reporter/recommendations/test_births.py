"""From an approved statement to those who are asked."""

import datetime

import pytest
from loop_bench import recommendation

from services.reporter.recommendations.births import NO_AREA, recommendation_id


async def asked(loop):
    return sorted((life.organisation or "", life.sectors) for life in await loop.lives())


async def test_the_session_says_where_so_that_the_service_of_that_place_is_asked(loop):
    await loop.loop.organisations.add("camden", "Camden police", kind="statutory", sectors=["police"], areas=["camden"])
    await loop.hold("session-1", "camden")
    await loop.made(sectors=("police",))
    assert await asked(loop) == [("camden", ("police",))]


async def test_two_sectors_are_two_questions_and_one_that_is_nobodys_is_the_boards(loop):
    await loop.hear(recommendation(sectors=("housing", "police", "health")))
    assert await asked(loop) == [("", ("health",)), ("housing", ("housing",)), ("police", ("police",))]


@pytest.mark.parametrize("sectors", [(), ("a_sector_of_long_ago",)])
async def test_no_known_sector_is_for_the_board(loop, sectors):
    life = await loop.made(sectors=sectors)
    assert (life.organisation, life.public_from) == (None, None)
    await loop.pass_days(60)
    assert not (await loop.life()).is_public


async def test_an_area_that_is_not_one_of_the_five_is_left_for_the_board(loop):
    assert (await loop.made(area="the_weather")).area == NO_AREA


async def test_ids_hang_on_the_statement_alone(loop):
    assert (await loop.made()).recommendation == recommendation_id("statement-1", 0)
    assert recommendation_id("statement-1", 0) != recommendation_id("statement-1", 1)


async def test_a_statement_that_is_heard_on_an_earlier_day_of_a_clock_keeps_the_order_of_days(loop, monkeypatch):
    await loop.made()
    monkeypatch.setattr(type(loop.bench.clock), "today", lambda self: datetime.date(2025, 1, 2))
    await loop.hear(recommendation(revision=2, words=None))
    assert (await loop.life()).day == "2025-01-15"
