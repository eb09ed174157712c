"""Free texts: nobody sees one before somebody else has read it."""

import pytest
from loop_bench import no, retracted, yes

from services.errors import InputRefused, NotFound, StepRefused
from services.reporter.recommendations.keeping import steps_of

WORDS = "We have no budget for it this year."


@pytest.fixture
async def text(loop):
    life = await loop.public()
    await loop.loop.answering.answer(life.recommendation, "housing", no(), reason=WORDS, by="olu")
    (found,) = await loop.loop.texts.waiting()
    return found


async def shown(loop):
    (one,) = await loop.loop.reading.public()
    return one


async def test_the_listed_reason_shows_at_once_and_the_words_when_they_were_read(loop, text):
    assert ((await shown(loop)).reason, (await shown(loop)).own_words) == ("Not without more money", "")
    await loop.loop.texts.approve(text.text, by="ada")
    assert (await shown(loop)).own_words == WORDS
    assert (await loop.sent())[-1].said == WORDS


async def test_nobody_reads_their_own(loop, text):
    for act in (loop.loop.texts.approve, loop.loop.texts.refuse):
        with pytest.raises(StepRefused, match="Somebody else"):
            await act(text.text, by="Olu")
    assert (await shown(loop)).own_words == ""


async def test_a_refused_text_is_deleted_and_never_shown(loop, text):
    await loop.loop.texts.refuse(text.text, by="ada")
    assert (await shown(loop)).own_words == ""
    (kept,) = await loop.loop.texts.of_recommendation(text.recommendation)
    assert (kept.state, kept.words) == ("refused", "")
    with pytest.raises(NotFound):
        await loop.loop.texts.approve(text.text, by="ada")


async def test_a_text_is_decided_once(loop, text):
    await loop.loop.texts.approve(text.text, by="ada")
    with pytest.raises(NotFound):
        await loop.loop.texts.refuse(text.text, by="eve")
    assert [step.step for step in await loop.sent()].count("explained") == 1


async def test_a_text_of_a_recommendation_that_was_taken_back_goes_on_waiting(loop, text):
    await loop.hear(retracted())
    with pytest.raises(StepRefused, match="taken back"):
        await loop.loop.texts.approve(text.text, by="ada")
    assert [each.text for each in await loop.loop.texts.waiting()] == [text.text]


async def test_a_milestone_shows_in_the_history_once_it_was_read(loop):
    life = await loop.accepted()
    await loop.loop.answering.progress(life.recommendation, "housing", milestone="Two officers were trained.")
    _, before = await loop.loop.reading.public_one(life.recommendation)
    (text,) = await loop.loop.texts.waiting()
    await loop.loop.texts.approve(text.text, by="ada")
    _, after = await loop.loop.reading.public_one(life.recommendation)
    assert "Two officers were trained." not in [line.words for line in before]
    assert "Two officers were trained." in [line.words for line in after]


async def test_what_the_board_asks_for_begins_when_it_was_read_and_is_marked_as_its_own(loop):
    board = loop.loop.board
    await board.commission("Publish waiting times.", area="information", organisation="police", by="bea")
    assert await loop.lives() == []
    (text,) = await loop.loop.texts.waiting()
    with pytest.raises(StepRefused):
        await loop.loop.texts.approve(text.text, by="bea")
    await loop.loop.texts.approve(text.text, by="ada")
    (life,) = await loop.lives()
    assert (life.made_by, life.group, life.organisation, life.state) == ("board", None, "police", "in_sight")
    await loop.pass_days(30)
    one = await shown(loop)
    assert (one.said, one.said_by) == ("Publish waiting times.", "The board")


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"words": "  "}, "words"),
        ({"words": "x" * 601}, "words"),
        ({"area": "the weather"}, "area"),
        ({"organisation": "nobody"}, "organisation"),
    ],
)
async def test_a_commission_that_lacks_something_is_refused(loop, more, place):
    given = {"words": "Publish waiting times.", "area": "information", "organisation": "police", "by": "bea", **more}
    with pytest.raises(InputRefused) as refused:
        await loop.loop.board.commission(given.pop("words"), **given)
    assert refused.value.findings[0].place == place
    assert await loop.loop.texts.waiting() == []


async def test_the_board_judges_its_own_and_no_groups(loop):
    await loop.loop.board.commission("Publish them.", area="information", organisation="housing", by="bea")
    (text,) = await loop.loop.texts.waiting()
    await loop.loop.texts.approve(text.text, by="ada")
    (own,) = await loop.lives()
    await loop.loop.answering.answer(own.recommendation, "housing", yes())
    await loop.loop.answering.progress(own.recommendation, "housing", progress="done")
    with pytest.raises(InputRefused):
        await loop.loop.board.judge(own.recommendation, "yes", group="group-1")
    assert (await loop.loop.board.judge(own.recommendation, "partly", group=None)).state == "closed"
    groups = await loop.done("statement-2")
    with pytest.raises(InputRefused):
        await loop.loop.board.judge(groups.recommendation, "yes", group=None)
    with pytest.raises(InputRefused):
        await loop.loop.board.judge(groups.recommendation, "yes", group="group-2")


async def test_the_history_of_a_text_is_in_the_events(loop, text):
    await loop.loop.texts.approve(text.text, by="ada")
    async with loop.bench.reporter.database.read() as view:
        steps = await steps_of(view, text.recommendation)
    assert steps == await loop.sent()
