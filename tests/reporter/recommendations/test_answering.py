"""What a service may answer, and every way in which it may not."""

import asyncio
import datetime

import msgspec
import pytest
from loop_bench import answered, no, partly, yes
from service_bench import as_record

from services.errors import ContractBroken, InputRefused, StepRefused


@pytest.fixture
async def life(loop):
    return await loop.public()


def answering(loop):
    return loop.loop.answering


async def unchanged(loop, before):
    rows = await loop.kept()
    return rows == before


async def test_the_same_answer_twice_changes_nothing_and_says_so(loop, life):
    first = await answering(loop).answer(life.recommendation, "housing", partly(due="2025-05-01"), reason="No budget.")
    kept = await loop.kept()
    again = await answering(loop).answer(life.recommendation, "housing", partly(due="2025-05-01"), reason="No budget.")
    assert (first.changed, first.text_waits, again.changed) == (True, True, False)
    assert await unchanged(loop, kept)
    assert len(await loop.loop.texts.waiting()) == 1


async def test_an_answer_may_be_changed_and_its_text_goes_with_it(loop, life):
    await answering(loop).answer(life.recommendation, "housing", no(), reason="No budget.")
    after = await answering(loop).answer(life.recommendation, "housing", yes())
    assert after.life.state == "accepted"
    assert await loop.loop.texts.waiting() == []


async def test_other_words_for_the_same_answer_wait_for_an_approver_alone(loop, life):
    await answering(loop).answer(life.recommendation, "housing", no())
    revision = (await loop.life()).revision
    taken = await answering(loop).answer(life.recommendation, "housing", no(), reason="We have no budget.")
    assert (taken.changed, taken.text_waits, taken.life.revision) == (True, True, revision)


@pytest.mark.parametrize("organisation", ["police", "charity", "nobody"])
async def test_another_organisation_is_refused_as_if_there_were_none(loop, life, organisation):
    kept = await loop.kept()
    with pytest.raises(InputRefused) as wrong:
        await answering(loop).answer(life.recommendation, organisation, yes())
    with pytest.raises(InputRefused) as unknown:
        await answering(loop).answer("0" * 32, organisation, yes())
    assert str(wrong.value) == str(unknown.value)
    assert await unchanged(loop, kept)


async def test_a_date_in_the_past_is_refused(loop, life):
    yesterday = (loop.today - datetime.timedelta(days=1)).isoformat()
    with pytest.raises(StepRefused, match="in the past"):
        await answering(loop).answer(life.recommendation, "housing", yes(due=yesterday))
    taken = await answering(loop).answer(life.recommendation, "housing", yes(due=loop.today.isoformat()))
    assert taken.changed


@pytest.mark.parametrize("due", ["tomorrow", "2025-13-01", "=1+1"])
async def test_what_is_no_date_is_refused(loop, life, due):
    with pytest.raises(InputRefused, match="not a day"):
        await answering(loop).answer(life.recommendation, "housing", yes(due=due))


@pytest.mark.parametrize(
    ("answer", "reason", "place"),
    [
        (yes(lead="x" * 121), None, "lead"),
        (yes(lead="two\nlines"), None, "lead"),
        (yes(lead="nul\0"), None, "lead"),
        (no(), "x" * 601, "reason"),
        (no(), "a\u2028b", "reason"),
        (no(because="another_bodys", passed_to="the_moon"), None, "passed_to"),
    ],
)
async def test_text_that_cannot_be_kept_is_refused_and_not_repeated(loop, life, answer, reason, place):
    kept = await loop.kept()
    with pytest.raises(InputRefused) as refused:
        await answering(loop).answer(life.recommendation, "housing", answer, reason=reason)
    assert refused.value.findings[0].place == place
    assert "xxx" not in str(refused.value)
    assert await unchanged(loop, kept)


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "<script>alert(1)</script>", "+44", "@here", "{{ 7 * 7 }}"])
async def test_text_of_any_kind_stays_text(loop, life, text):
    taken = await answering(loop).answer(life.recommendation, "housing", yes(lead=text), reason=text)
    assert taken.life.given.lead == text
    assert [waiting.words for waiting in await loop.loop.texts.waiting()] == [text]


async def test_two_who_answer_at_once_are_told_apart(loop, life):
    both = await asyncio.gather(
        answering(loop).answer(life.recommendation, "housing", yes(), at=life.revision),
        answering(loop).answer(life.recommendation, "housing", no(), at=life.revision),
        return_exceptions=True,
    )
    refused = [each for each in both if isinstance(each, StepRefused)]
    assert len(refused) == 1
    assert "changed since you opened it" in str(refused[0])
    assert [step.step for step in await loop.sent()].count("answered") == 1


async def test_the_same_answer_from_two_at_once_is_one(loop, life):
    both = await asyncio.gather(
        *(answering(loop).answer(life.recommendation, "housing", yes(), at=life.revision) for _ in range(2))
    )
    assert sorted(taken.changed for taken in both) == [False, True]


async def test_an_answer_is_taken_back_until_something_is_built_on_it(loop, life):
    await answering(loop).answer(life.recommendation, "housing", yes(), reason="Gladly.")
    taken = await answering(loop).take_back(life.recommendation, "housing")
    assert (taken.life.state, await loop.loop.texts.waiting()) == ("public", [])
    await answering(loop).answer(life.recommendation, "housing", yes(), reason="Gladly.")
    (text,) = await loop.loop.texts.waiting()
    await loop.loop.texts.approve(text.text, by="reader")
    with pytest.raises(StepRefused, match="taken back any more"):
        await answering(loop).take_back(life.recommendation, "housing")


async def test_progress_goes_forward_and_twice_is_once(loop, life):
    await answering(loop).answer(life.recommendation, "housing", yes())
    states = []
    for progress in ("in_progress", "in_progress", "done", "done"):
        taken = await answering(loop).progress(life.recommendation, "housing", progress=progress)
        states.append((taken.life.state, taken.changed))
    assert states == [("in_progress", True), ("in_progress", False), ("done", True), ("done", False)]
    with pytest.raises(StepRefused, match="waits for the word of its group"):
        await answering(loop).answer(life.recommendation, "housing", no())


@pytest.mark.parametrize("progress", ["sung", ""])
async def test_progress_that_says_nothing_is_refused(loop, life, progress):
    with pytest.raises(InputRefused):
        await answering(loop).progress(life.recommendation, "housing", progress=progress or None)


async def test_no_progress_and_no_milestone_without_an_answer(loop, life):
    with pytest.raises(StepRefused, match="no answer yet"):
        await answering(loop).progress(life.recommendation, "housing", progress="done")
    with pytest.raises(StepRefused, match="taken on"):
        await answering(loop).progress(life.recommendation, "housing", milestone="Half way.")


async def test_a_query_is_for_the_days_of_sight_and_stops_nothing(loop):
    life = await loop.made()
    await answering(loop).query(life.recommendation, "housing", "fact")
    assert (await loop.life()).public_from == life.public_from
    with pytest.raises(InputRefused, match="list"):
        await answering(loop).query(life.recommendation, "housing", "I dislike it")
    await loop.pass_days(30)
    with pytest.raises(StepRefused, match="days of sight"):
        await answering(loop).query(life.recommendation, "housing", "fact")


async def test_a_clock_that_went_back_is_named_and_nothing_is_kept(loop, life, monkeypatch):
    kept = await loop.kept()
    monkeypatch.setattr(type(loop.bench.clock), "today", lambda self: datetime.date(2025, 1, 1))
    with pytest.raises(StepRefused, match="clock"):
        await answering(loop).answer(life.recommendation, "housing", yes())
    assert await loop.loop.board.open_due() == 0
    assert await unchanged(loop, kept)


# --- the inbox topic ---


async def test_an_answer_comes_as_an_event_and_again_changes_nothing(loop, life):
    event = answered(life.recommendation, progress="in_progress", milestone="Two were trained.", reason="Gladly.")
    await loop.hear(event)
    kept = await loop.kept()
    await loop.hear(event)
    assert (await loop.life()).state == "in_progress"
    assert await unchanged(loop, kept)
    assert sorted(text.kind for text in await loop.loop.texts.waiting()) == ["milestone", "reason"]


async def test_only_a_greater_revision_is_taken(loop, life):
    await loop.hear(answered(life.recommendation, revision=2))
    await loop.hear(answered(life.recommendation, revision=1, answer="declined", because="no_money", lead=None))
    assert (await loop.life()).state == "accepted"
    await loop.hear(answered(life.recommendation, revision=3, progress="done"))
    assert (await loop.life()).state == "done"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"organisation": "police"}, InputRefused),
        ({"due": "2025-01-01"}, StepRefused),
        ({"answer": "declined", "lead": None}, StepRefused),
        ({"progress": "done", "answer": "declined", "because": "no_money", "lead": None}, StepRefused),
    ],
)
async def test_an_event_that_may_not_be_is_refused_whole(loop, life, more, error):
    kept = await loop.kept()
    with pytest.raises(error):
        await loop.hear(answered(life.recommendation, **more))
    assert await unchanged(loop, kept)
    assert await loop.loop.texts.waiting() == []


async def test_an_event_for_an_unknown_recommendation_is_refused(loop):
    with pytest.raises(InputRefused):
        await loop.hear(answered("unknown"))


async def test_an_event_that_does_not_keep_its_contract_is_parked(loop, life):
    record = as_record(answered(life.recommendation), 1)
    broken = msgspec.structs.replace(record, value=b"{}")
    with pytest.raises(ContractBroken):
        await loop.bench.reporter.handler.handle([broken])
    assert await loop.bench.reporter.handler.reject(record, None) == ()
