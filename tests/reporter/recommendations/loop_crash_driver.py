"""Kills a reporter between the steps of a recommendation; a process of its own, because it forks."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))

import crash_world
import journey_world
from loop_bench import partly, recommendation

from services.contracts import decode, topic_of
from services.errors import NotFound, StepRefused
from services.eventlog.cloudevents import new_record
from services.events import RecommendationChanged
from services.reporter.recommendations.births import recommendation_id
from services.reporter.recommendations.keeping import fold_all, lives_where, steps_of

STATEMENT = "statement-1"
ID = recommendation_id(STATEMENT, 0)
EXPECTED = ["made", "assigned", "answered", "explained", "begun", "done", "judged"]


async def walk(data: Path) -> None:
    """Walk one recommendation; every act is repeated until it was confirmed, as people and programs do."""
    async with journey_world.running(data, only=("reporter",)) as installation:
        loop = installation.reporter.recommendations
        known = {each.organisation for each in await loop.organisations.list()}
        if "housing" not in known:
            await loop.organisations.add("housing", "Housing", kind="statutory", sectors=["housing"])
        event = recommendation(STATEMENT)
        await installation.log.append([new_record(event, stage="themer", source_service="themer", revision=1)])

        async def lives():
            async with installation.reporter.database.read() as view:
                return await lives_where(view)

        await journey_world.until(lives, what="the recommendation")
        (life,) = await lives()
        if life.standing == "waiting" and not life.reopened:
            await loop.answering.answer(ID, "housing", partly(), reason="Two offices first.", by="olu")
        for text in await loop.texts.waiting():
            try:
                await loop.texts.approve(text.text, by="ada")
            except NotFound:
                continue
        for progress in ("in_progress", "done"):
            (life,) = await lives()
            if life.standing in ("partly", "in_progress"):
                await loop.answering.progress(ID, "housing", progress=progress)
        (life,) = await lives()
        if life.standing == "done":
            await loop.board.judge(ID, "no", group="group-1")
        await installation.reporter.outbox.flush()


async def look(data: Path, into: Path) -> None:
    """Write down what is wrong: a step twice or missing, a log that tells another story than the projection."""
    async with journey_world.running(data, only=("reporter",)) as installation:
        await installation.reporter.outbox.flush()
        loop, log = installation.reporter.recommendations, installation.log
        topic = topic_of(RecommendationChanged)
        sent = [
            decode(RecommendationChanged, record.value)
            for place in await log.heads([topic])
            for record in await log.read(place, 0, 1000)
        ]
        async with installation.reporter.database.read() as view:
            kept, lives = await steps_of(view, ID), await lives_where(view)
        faults = []
        if [step.step for step in kept] != EXPECTED:
            faults.append(f"steps {[step.step for step in kept]}")
        if fold_all(sent) != (lives, kept):
            faults.append("the log tells another story")
        try:
            await loop.keeping.rebuild()
        except StepRefused as refused:
            faults.append(str(refused))
        into.write_text(json.dumps(faults))


def kill_between(folder: Path, stride: int) -> dict[str, object]:
    """Kill the walk at every ``stride``-th durable step, let it go on, and look."""
    whole = folder / "whole"
    whole.mkdir(parents=True)
    code, steps = crash_world.live(lambda: walk(whole / "data"))
    faults = [] if code == 0 else [f"the undisturbed life ended with {code}"]
    killed = 0
    for step in range(1, steps + 1, stride):
        here = folder / f"step-{step}"
        here.mkdir()
        code, _ = crash_world.live(lambda: walk(here / "data"), die_at=step)  # noqa: B023 - used at once
        killed += code == crash_world.KILLED
        code, _ = crash_world.live(lambda: walk(here / "data"))  # noqa: B023 - as above
        if code:
            faults.append(f"step {step}: the recovery ended with {code}")
            continue
        crash_world.live(lambda: look(here / "data", here / "faults.json"))  # noqa: B023 - as above
        faults += [f"step {step}: {fault}" for fault in json.loads((here / "faults.json").read_text())]
    return {"steps": steps, "killed": killed, "faults": faults}


if __name__ == "__main__":
    print(json.dumps(kill_between(Path(sys.argv[1]), int(sys.argv[2]))))
