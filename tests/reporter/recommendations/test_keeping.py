"""The projection: written together with its event or not at all, and the same when it is rebuilt from the topic."""

import pytest
from loop_bench import no, recommendation, retracted, yes

from services.contracts import encode
from services.errors import ContractBroken, LogUnavailable
from services.eventlog.cloudevents import new_record
from services.reporter import store
from services.reporter.recommendations.keeping import Rebuilt


async def busy(loop):
    """Take a good many steps of every kind."""
    for number in range(6):
        await loop.made(f"statement-{number}")
    await loop.pass_days(30)
    desk = loop.loop
    one, two, three, four, *_ = [(await loop.life(f"statement-{number}")).recommendation for number in range(6)]
    await desk.answering.answer(one, "housing", yes(due="2025-06-01"), reason="Gladly.", by="olu")
    (text,) = await desk.texts.waiting()
    await desk.texts.approve(text.text, by="ada")
    await desk.answering.progress(one, "housing", progress="done")
    await desk.board.judge(one, "no", group="group-1")
    await desk.answering.answer(two, "housing", no(because="another_bodys", passed_to="police"))
    await desk.board.assign(two, "police")
    await desk.answering.answer(three, "housing", yes())
    await desk.answering.take_back(three, "housing")
    await loop.hear(retracted("statement-3"), recommendation("statement-4", revision=2, words="Listen first."))
    return four


async def test_a_rebuild_gives_the_rows_that_were_kept(loop):
    await busy(loop)
    kept = await loop.kept()
    rebuilt = await loop.loop.keeping.rebuild()
    assert await loop.kept() == kept
    assert rebuilt == Rebuilt(recommendations=6, steps=len(kept[1]), mended=0)
    assert len(kept[1]) > 20


async def test_a_projection_that_was_lost_comes_back(loop):
    await busy(loop)
    kept = await loop.kept()
    await loop.bench.reporter.outbox.flush()
    async with loop.bench.reporter.database.begin() as transaction:
        await transaction.execute(store.recommendations.delete())
        await transaction.execute(store.steps.update().values(event=b"{}"))
    assert (await loop.loop.keeping.rebuild()).mended == 6
    assert await loop.kept() == kept


async def test_what_is_still_in_the_outbox_is_part_of_a_rebuild(loop, monkeypatch):
    await loop.made()

    async def away(self):
        raise LogUnavailable("away")

    outbox = loop.bench.reporter.outbox
    monkeypatch.setattr(type(outbox), "flush", away)
    with pytest.raises(LogUnavailable):
        await loop.hear(recommendation("statement-2"))

    async def nothing(self):
        return None

    monkeypatch.setattr(type(outbox), "flush", nothing)
    kept = await loop.kept()
    assert (await loop.loop.keeping.rebuild()).recommendations == 2
    assert await loop.kept() == kept


async def test_a_topic_that_lacks_a_step_leaves_the_projection_as_it_was(loop):
    await loop.made()
    kept = await loop.kept()
    (made, assigned) = await loop.sent()
    later = type(made)(**{name: getattr(assigned, name) for name in made.__struct_fields__} | {"revision": 7})
    await loop.bench.log.append([new_record(later, stage="reporter", source_service="reporter", revision=7)])
    with pytest.raises(ContractBroken, match="missing"):
        await loop.loop.keeping.rebuild()
    assert await loop.kept() == kept


async def test_a_topic_that_cannot_be_read_leaves_the_projection_as_it_was(loop):
    await loop.made()
    kept = await loop.kept()
    (made, _) = await loop.sent()
    broken = new_record(made, stage="reporter", source_service="reporter", revision=1)
    await loop.bench.log.append([type(broken)(broken.topic, broken.key, broken.attributes, b'{"no": 1}')])
    with pytest.raises(ContractBroken):
        await loop.loop.keeping.rebuild()
    assert await loop.kept() == kept


@pytest.mark.parametrize("failing", ["put", "insert"])
async def test_a_failure_between_state_and_event_leaves_neither(loop, monkeypatch, failing):
    life = await loop.public()
    kept, sent = await loop.kept(), await loop.sent()

    async def breaks(*_, **__):
        raise RuntimeError("killed")

    if failing == "put":
        monkeypatch.setattr(type(loop.bench.reporter.outbox), "put", breaks)
    else:
        monkeypatch.setattr(loop.loop.texts, "put", breaks)
    with pytest.raises(RuntimeError):
        await loop.loop.answering.answer(life.recommendation, "housing", no(), reason="No budget.")
    monkeypatch.undo()
    assert await loop.kept() == kept
    assert await loop.sent() == sent


async def test_an_event_that_could_not_be_sent_is_sent_later(loop, monkeypatch):
    life = await loop.public()

    async def away(_):
        raise LogUnavailable("away")

    monkeypatch.setattr(loop.bench.log, "append", away)
    with pytest.raises(LogUnavailable):
        await loop.loop.answering.answer(life.recommendation, "housing", yes())
    monkeypatch.undo()
    assert (await loop.life()).state == "accepted"
    assert [step.step for step in await loop.sent()][-1] == "answered"


async def test_equal_steps_are_equal_bytes(loop):
    await loop.made()
    rows = (await loop.kept())[1]
    assert [row.event for row in rows] == [encode(step) for step in await loop.sent()]
