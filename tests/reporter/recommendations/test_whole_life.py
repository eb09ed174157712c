"""One recommendation from what a group asked for to what it says of what was done."""

import msgspec
import pytest
from loop_bench import LEAD, no, partly, recommendation, retracted, yes

from services.errors import InputRefused, StepRefused
from services.reporter.recommendations.keeping import steps_of


async def kinds(loop, life):
    async with loop.bench.reporter.database.read() as view:
        return [step.step for step in await steps_of(view, life.recommendation)]


async def test_it_is_made_seen_answered_done_judged_no_and_asked_again(loop):
    life = await loop.made()
    assert (life.state, life.organisation, life.group, life.area) == ("in_sight", "housing", "group-1", "services")
    assert (life.assigned_on, life.public_from) == ("2025-01-15", "2025-01-29")

    await loop.move_to("2025-01-28")
    assert (await loop.life()).state == "in_sight"
    await loop.move_to("2025-01-29")
    life = await loop.life()
    assert (life.state, life.answer_by) == ("public", "2025-02-26")

    answering = loop.loop.answering
    taken = await answering.answer(life.recommendation, "housing", partly(due="2025-03-31"))
    assert (taken.life.state, taken.life.given.lead, taken.life.given.due) == ("partly", LEAD, "2025-03-31")
    taken = await answering.progress(life.recommendation, "housing", progress="in_progress")
    assert taken.life.state == "in_progress"
    taken = await answering.progress(life.recommendation, "housing", progress="done")
    assert taken.life.state == "done"

    life = await loop.loop.board.judge(life.recommendation, "no", group="group-1")
    assert (life.state, life.changed, life.reopened) == ("reopened", "no", 1)
    assert await kinds(loop, life) == [
        "made", "assigned", "published", "answered", "begun", "done", "judged",
    ]  # fmt: skip
    taken = await answering.answer(life.recommendation, "housing", yes())
    assert taken.life.state == "accepted"


@pytest.mark.parametrize("word", ["yes", "partly"])
async def test_a_group_that_says_yes_or_partly_closes_it(loop, word):
    life = await loop.done()
    life = await loop.loop.board.judge(life.recommendation, word, group="group-1")
    assert (life.state, life.changed) == ("closed", word)
    with pytest.raises(StepRefused, match="is closed"):
        await loop.loop.answering.answer(life.recommendation, "housing", no())


async def test_the_events_are_the_steps_and_never_hold_the_words(loop):
    life = await loop.accepted()
    sent = await loop.sent()
    assert [(step.revision, step.step, step.state) for step in sent] == [
        (1, "made", "made"),
        (2, "assigned", "in_sight"),
        (3, "published", "public"),
        (4, "answered", "accepted"),
    ]
    assert {step.statement_hash for step in sent} == {life.statement_hash}
    assert not any(b"Housing officers" in record.value for record in await loop.bench.records(type(sent[0])))


async def test_the_same_statement_again_makes_no_second_one(loop):
    await loop.made()
    await loop.hear(recommendation(revision=1))
    await loop.hear(recommendation(revision=2))
    assert len(await loop.lives()) == 1
    assert [step.step for step in await loop.sent()] == ["made", "assigned"]


async def test_a_finding_becomes_no_recommendation(loop):
    await loop.hear(msgspec.structs.replace(recommendation(), kind="finding"))
    assert await loop.lives() == []


async def test_a_retraction_takes_the_words_and_leaves_citation_and_history(loop):
    life = await loop.accepted()
    await loop.hear(retracted())
    after = await loop.life()
    assert (after.state, after.is_public, after.statement_hash) == ("retracted", True, life.statement_hash)
    assert (await kinds(loop, life))[-1] == "retracted"
    with pytest.raises(StepRefused, match="taken back"):
        await loop.loop.answering.answer(life.recommendation, "housing", no())


async def test_what_is_retracted_in_its_days_of_sight_never_becomes_public(loop):
    await loop.made()
    await loop.hear(retracted())
    await loop.pass_days(60)
    assert not (await loop.life()).is_public


async def test_new_words_after_a_retraction_bring_new_days_of_sight(loop):
    await loop.made()
    await loop.hear(retracted())
    await loop.pass_days(30)
    await loop.hear(recommendation(revision=3, words="Officers should listen first."))
    life = await loop.life()
    assert (life.state, life.public_from) == ("in_sight", "2025-02-28")
    await loop.move_to("2025-02-28")
    assert (await loop.life()).state == "public"


async def test_the_board_assigns_what_names_nobody_and_passes_on_what_is_anothers(loop):
    life = await loop.made(sectors=(), area=None)
    assert (life.state, life.organisation) == ("made", None)
    with pytest.raises(InputRefused, match="five"):
        await loop.loop.board.assign(life.recommendation, "housing")
    life = await loop.loop.board.assign(life.recommendation, "housing", area="services")
    assert (life.state, life.area) == ("in_sight", "services")
    await loop.pass_days(30)
    passed = no(because="another_bodys", passed_to="police")
    await loop.loop.answering.answer(life.recommendation, "housing", passed)
    life = await loop.loop.board.assign(life.recommendation, "police")
    assert (life.state, life.organisation, life.given) == ("public", "police", None)
    assert life.answer_by == "2025-03-14"


async def test_what_was_declined_for_another_reason_is_not_passed_on(loop):
    life = await loop.public()
    await loop.loop.answering.answer(life.recommendation, "housing", no())
    with pytest.raises(StepRefused, match="declined"):
        await loop.loop.board.assign(life.recommendation, "police")
