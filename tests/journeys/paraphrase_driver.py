"""Kills installations while somebody withdraws on whom a published sentence rests; a process of its own: it forks.

Prints one JSON line: the durable steps of the withdrawal, how many lives were killed, and every fault.
"""

import contextlib
import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import crash_world
import journey_world

from services.contracts import decode, topic_of
from services.errors import NotFound
from services.events import StatementChanged
from services.themer.statements.wording import ChosenNode, Wording

WORDS = "People wait for a velvet answer that nobody gives."
SPOKEN = (
    "I waited months for counselling and had to tell it all again to each person.",
    "They kept me waiting for the counsellor and never said how long.",
    "The waiting list for therapy was a year and nobody rang.",
)


async def publishing_life(data: Path) -> None:
    """Three women speak, and a sentence that rests on all of them is published."""
    client = crash_world.Client(data.parent / "client.json")
    async with journey_world.running(data) as installation:
        door, themer = installation.intake.door, installation.themer
        client.remember(receipt=await door.issue_receipt())
        hers, *others = SPOKEN
        submission = journey_world.session_of(
            journey_world.said(hers, receipt=client.known["receipt"]), *(journey_world.said(text) for text in others)
        )
        accepted = await door.submit(submission)
        await journey_world.at_rest(installation)
        made = Wording(words=WORDS, nodes=(ChosenNode("mayor_2022_25", "2.1"),))
        statement = await themer.paraphrases.write(accepted.contributions, made, by="Ann")
        await themer.statements.approve(statement, by="Bea")
        client.remember(statement=statement)


async def withdrawing_life(data: Path) -> None:
    """One of them withdraws; her command is repeated until it was confirmed."""
    client = crash_world.Client(data.parent / "client.json")
    async with journey_world.running(data) as installation:
        door = installation.intake.door
        if "withdrawal" not in client.known:
            with contextlib.suppress(NotFound):
                contributor = await door.find(await door.person(receipt=client.known["receipt"]))
                client.remember(withdrawal=door.withdrawal_of(contributor))
        with contextlib.suppress(NotFound):
            await door.withdraw(await door.person(receipt=client.known["receipt"]))
        await journey_world.erased(installation, client.known["withdrawal"])


async def looking_life(data: Path, into: Path) -> None:
    """Write down what the log says of the sentence, and what is kept of its grounds."""
    async with journey_world.running(data) as installation:
        topic = topic_of(StatementChanged)
        told = []
        for place, start in (await installation.log.starts([topic])).items():
            for record in await installation.log.read(place, start, 1_000):
                event = decode(StatementChanged, record.value)
                told.append([event.state, event.revision, event.words])
        client = crash_world.Client(data.parent / "client.json")
        shown = await installation.themer.shelf.shown(client.known["statement"])
        into.write_text(json.dumps({"told": sorted(told), "state": shown.line.state, "rests_on": shown.rests_on}))


def kills(folder: Path, stride: int, offset: int) -> dict[str, object]:
    """Kill the withdrawal at every ``stride``-th durable step, let it recover, and look at what is left."""
    before = folder / "before"
    before.mkdir(parents=True)
    code, _ = crash_world.live(lambda: publishing_life(before / "data"))
    faults = [] if code == 0 else [f"the first life ended with {code}"]
    shutil.copytree(before, folder / "whole")
    code, steps = crash_world.live(lambda: withdrawing_life(folder / "whole" / "data"))
    faults += [] if code == 0 else [f"the undisturbed withdrawal ended with {code}"]
    killed = 0
    for step in range(1 + offset, steps + 1, stride):
        data = folder / f"step-{step}" / "data"
        shutil.copytree(before, data.parent)
        code, _ = crash_world.live(lambda: withdrawing_life(data), die_at=step)  # noqa: B023 - used at once
        killed += code == crash_world.KILLED
        code, _ = crash_world.live(lambda: withdrawing_life(data))  # noqa: B023 - as above
        if code:
            faults.append(f"step {step}: the recovery ended with {code}")
            continue
        found = data.parent / "found.json"
        crash_world.live(lambda: looking_life(data, found))  # noqa: B023 - as above
        seen = json.loads(found.read_text())
        if seen != {"told": [["retracted", 2, None]], "state": "retracted", "rests_on": 0}:
            faults.append(f"step {step}: {seen}")
        leaks = [name for name in journey_world.holding(data, WORDS) if not name.startswith("reporter")]
        if leaks:
            faults.append(f"step {step}: the sentence is still in {leaks}")
        shutil.rmtree(data.parent)
    return {"steps": steps, "killed": killed, "faults": faults}


if __name__ == "__main__":
    folder, *numbers = sys.argv[1:]
    print(json.dumps(kills(Path(folder), *(int(number) for number in numbers))))
