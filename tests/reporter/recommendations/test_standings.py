"""Where recommendations stand today, beside their words on the pages by action and by service: what is public alone."""

import datetime

import pytest
import pytest_asyncio
from journey_world import at_rest, said, session_of, until
from loop_bench import LEAD, no, partly, recommendation, retracted, yes
from loop_world import open_loop_world

from services.events import ThemedNode
from services.reporter.recommendations.showing import standing_in_words

MAYOR = "mayor_2022_25"
NODE, ROW = "2.1", "2.1.05"
WORDS = "=Services should say <b>how long</b> the wait will be."
HIDDEN = "Ring women back on the same day."
OPEN = "Bus drivers should know whom to ring."
NOT_YET = "Where it stands today: not in the public register yet."


# --- a line of words ---


async def line_of(loop, statement="statement-1"):
    found = await loop.loop.reading.by_statement([statement])
    (shown,) = found[statement]
    return standing_in_words(shown)


async def test_nothing_is_said_before_its_day(loop):
    life = await loop.made()
    await loop.loop.answering.answer(life.recommendation, "housing", no())
    assert await loop.loop.reading.by_statement(["statement-1"]) == {}
    await loop.pass_days(20)
    assert await line_of(loop) == "Housing service: Declined. Not without more money"


async def test_an_answer_that_is_waited_for_and_one_that_is_late(loop):
    await loop.public()
    assert await line_of(loop) == "Housing service: Waiting for an answer"
    await loop.pass_days(60)
    assert await line_of(loop) == "Housing service: Waiting for an answer. The answer is overdue"


async def test_a_date_is_said_once_and_its_lack_too(loop):
    life = await loop.accepted(due="2025-06-30")
    assert await line_of(loop) == f"Housing service: Accepted, planned for 30 June 2025. {LEAD} leads"
    await loop.loop.answering.progress(life.recommendation, "housing", progress="in_progress")
    told = await line_of(loop)
    assert told == f"Housing service: Begun. Answered: accepted. {LEAD} leads. Promised for 30 June 2025"
    await loop.loop.answering.answer(life.recommendation, "housing", partly())
    told = await line_of(loop)
    assert told == (
        f"Housing service: Begun. Answered: accepted in part. Not without more money. {LEAD} leads. No date set"
    )
    await loop.loop.answering.answer(life.recommendation, "housing", yes(due="2025-03-01"))
    await loop.move_to("2025-03-02")
    assert (await line_of(loop)).endswith("Promised for 1 March 2025. The date promised has passed")


@pytest.mark.parametrize(
    ("verdict", "begins", "ends"),
    [
        ("yes", "Housing service: Closed. Answered: accepted.", "Did it change? Yes"),
        ("partly", "Housing service: Closed. Answered: accepted.", "Did it change? Partly"),
        ("no", "Housing service: Asked again: it has not changed", "Did it change? No"),
    ],
)
async def test_the_word_of_the_group_stands_with_it(loop, verdict, begins, ends):
    life = await loop.done()
    await loop.loop.board.judge(life.recommendation, verdict, group="group-1")
    told = await line_of(loop)
    assert told.startswith(begins)
    assert told.endswith(ends)


async def test_each_service_that_is_asked_is_a_line_of_its_own(loop):
    await loop.hold("session-1", "lambeth")
    await loop.hear(recommendation("both", sectors=("police", "housing")))
    await loop.pass_days(20)
    found = await loop.loop.reading.by_statement(["both", "never-said"])
    assert [each.service for each in found["both"]] == ["Housing service", "Police"]
    assert "never-said" not in found
    assert await loop.loop.reading.by_statement([]) == {}


async def test_a_body_that_is_shown_late_to_nobody_is_not_late_here(loop):
    await loop.hear(recommendation("charity", sectors=("community_faith",)))
    await loop.pass_days(90)
    (shown,) = (await loop.loop.reading.by_statement(["charity"]))["charity"]
    assert shown.overdue == ""


# --- on the pages ---


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    """A published quarter that cites two recommendations, one that nobody is asked to answer; a third is in sight."""
    async with open_loop_world(tmp_path_factory.mktemp("standings")) as found:
        nodes = tuple(ThemedNode(framework=MAYOR, node=node, score=1.0) for node in (NODE, ROW))
        await found.front.installation.intake.door.submit(
            session_of(*[said("The refuge was full.") for _ in range(30)])
        )
        await at_rest(found.front.installation)
        await found.made("asked", words=WORDS, nodes=nodes, sectors=("housing",))
        await found.made("nobody-asked", words=OPEN, nodes=nodes, sectors=("transport",))
        await found.move_to(datetime.date(2025, 3, 31))
        await found.made("in-sight", words=HIDDEN, nodes=nodes, sectors=("housing",))
        await found.move_to(datetime.date(2025, 4, 7))
        names = {"prepared_by": "Officer", "approved_by": "Board member"}
        status, answer = await found.front.call(
            "POST", "/api/reporter/v1/releases/publish", {"period": "2025-Q1", **names}
        )
        assert status == 201
        found.report = f"/reports/{answer['releases'][0]['report']}"
        yield found


async def read(world, path):
    page = await world.people["bea"].read(f"{world.report}{path}")
    assert page.status == 200
    return page


@pytest.mark.asyncio(loop_scope="module")
async def test_a_board_member_sees_where_it_stands_on_the_page_of_the_action(world):
    life = await world.life("asked")
    page = await read(world, f"/actions/{MAYOR}/{ROW}")
    assert "Where it stands today Housing service: Waiting for an answer." in page.words
    assert f'href="/recommendations/{life.recommendation}"' in page.text
    assert "=Services should say <b>how long</b> the wait will be." in page.words
    assert "<b>how long" not in page.text
    await world.loop.answering.answer(life.recommendation, "housing", partly(due="2025-06-30"))
    line = f"Housing service: Accepted in part, planned for 30 June 2025. Not without more money. {LEAD} leads."
    for path in (f"/actions/{MAYOR}/{ROW}", f"/actions/{MAYOR}/{NODE}", "/services/housing"):
        assert line in (await read(world, path)).words, path
    listed = (await read(world, f"/actions/{MAYOR}")).words
    assert "2 recommendations of groups. Where that stands: accepted in part, planned for 30 June 2025." in listed


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_in_its_days_of_sight_is_not_given_away(world):
    life = await world.life("in-sight")
    await world.loop.answering.answer(life.recommendation, "housing", no(because="not_lawful"))
    for path in ("", f"/actions/{MAYOR}/{ROW}", "/services/housing", f"/actions/{MAYOR}"):
        page = await read(world, path)
        assert HIDDEN not in page.words
        assert "The law does not allow it" not in page.words
        assert life.recommendation not in page.text


@pytest.mark.asyncio(loop_scope="module")
async def test_what_nobody_was_asked_to_answer_is_not_kept_back_for_ever(world):
    page = await read(world, f"/actions/{MAYOR}/{ROW}")
    assert OPEN in page.words
    assert NOT_YET in page.words


@pytest.mark.asyncio(loop_scope="module")
async def test_words_that_are_taken_back_take_their_standing_along(world):
    await world.put_on_the_log(retracted("asked"))

    async def gone():
        return (await world.life("asked")).retracted

    await until(gone, what="the words to go")
    page = await read(world, f"/actions/{MAYOR}/{ROW}")
    assert "how long" not in page.words
    assert "Head of housing" not in page.words
    assert "One statement that stood here has been withdrawn or changed since." in page.words
