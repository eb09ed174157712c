"""Runs lives and kills them; a process of its own, because it forks. Prints one JSON line.

The first argument says where the stores lie: ``sqlite``, ``postgresql`` (a server of its own), or the folder of a
server that the caller started and will stop.
"""

import json
import random
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import crash_world
import databases
import journey_world

#: The server of the stores; None: they are files.
server: databases.Cluster | None = None


def place(folder: Path) -> Path:
    """Return a new data folder, with new stores beside it where they lie on a server."""
    folder.mkdir(parents=True)
    if server is not None:
        journey_world.ENVIRONMENT["SV_DATABASE"] = server.new()
    return folder / "data"


def steps_between(folder: Path, stride: int, offset: int) -> dict[str, object]:
    """Kill a withdrawal at every ``stride``-th durable step, let it recover, and look at what is left."""
    data = place(folder / "whole")
    code, steps = crash_world.live(lambda: crash_world.withdrawal_life(data))
    faults = [] if code == 0 else [f"the undisturbed life ended with {code}"]
    tried = 0
    for step in range(1 + offset, steps + 1, stride):
        data = place(folder / f"step-{step}")
        code, _ = crash_world.live(lambda: crash_world.withdrawal_life(data), die_at=step)  # noqa: B023 - used at once
        if code not in (crash_world.KILLED, 0):
            faults.append(f"step {step}: the disturbed life ended with {code}")
        tried += code == crash_world.KILLED
        code, _ = crash_world.live(lambda: crash_world.withdrawal_life(data))  # noqa: B023 - as above
        if code:
            faults.append(f"step {step}: the recovery ended with {code}")
            continue
        found = folder / f"step-{step}" / "totals.json"
        crash_world.live(lambda: crash_world.totals_life(data, found))  # noqa: B023 - as above
        totals = json.loads(found.read_text())
        expected = {"accepted": 5, "withdrawn": 1, "on_their_way": 0, "rejected": 0}
        if any(totals[name] != number for name, number in expected.items()):
            faults.append(f"step {step}: {totals}")
        leaks = journey_world.holding(data, journey_world.PLANTED, "Quillmere")
        if server is not None:
            leaks += [name for name, content in server.everything().items() if b"Quillmere" in content]
        if leaks:
            faults.append(f"step {step}: her words are still in {leaks}")
        shutil.rmtree(data.parent)
    return {"steps": steps, "killed": tried, "faults": faults}


def random_kills(folder: Path, total: int, kills: int, seed: int) -> dict[str, object]:
    """Kill an installation with SIGKILL at random moments while contributions flow."""
    data = place(folder / "random")
    pick = random.Random(seed)
    done, code = 0, None
    while done < kills:
        code = crash_world.live_until_killed(
            crash_world.feeding_life(data, total=total),
            seconds=pick.uniform(0.2, 2.5),
        )
        if code == 0:
            break
        done += 1
    code = crash_world.live_until_killed(crash_world.feeding_life(data, total=total), seconds=1200)
    return {"kills": done, "last": code, **crash_world.standing(data)}


if __name__ == "__main__":
    engine, kind, folder, *numbers = sys.argv[1:]
    run = {"steps": steps_between, "random": random_kills}[kind]
    if "/" in engine:
        server = databases.Cluster.attached(Path(engine))
    elif engine != "sqlite":
        server = databases.cluster(engine)
    try:
        print(json.dumps(run(Path(folder), *(int(number) for number in numbers))))
    finally:
        if server is not None and "/" not in engine:
            server.stop()
