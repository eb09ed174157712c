"""Kills a reporter while it releases and corrects a quarter; a process of its own, because it forks.

Prints one JSON line. Arguments: ``sqlite`` or the folder of a server of stores, ``steps`` or ``random``, a folder, and
every how many durable steps it is killed, or how often at random moments and the seed of these.
"""

import datetime
import json
import random
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import crash_world
import databases
import journey_world

from services.clock import DemoClock
from services.contracts import decode, topic_of
from services.errors import Conflict, NotFound
from services.eventlog.sqlite import SqliteLog
from services.events import ReportPublished
from services.reporter import store

PERIOD, WITHDRAWN = "2025-Q1", "sectors"
#: The server of the stores; None: they are files.
server: databases.Cluster | None = None


async def _keep_all(_: SqliteLog, topic: str) -> None:
    """Compact nothing: whatever went out is to be seen."""


SqliteLog.compact = _keep_all


def spoken(number: int) -> dict[str, object]:
    """Return the row of one woman."""
    return {
        "contribution": f"c{number}", "contributor": f"w{number}", "input_revision": 1, "revision": 1,
        "state": "counted", "uses": "count", "group_id": None, "session": "s1", "kind": "survey", "role": "survivor",
        "areas": ("lambeth", "camden")[number % 2], "month": "2025-02", "period": PERIOD, "identified": True,
        "nodes": "mayor_2022_25:1.1", "sectors": ("police", "housing")[number % 3 == 0], "forms": "",
        "characteristics": "", "stance": "neutral", "uncovered": False, "bank": "b", "pseudonymiser": "p",
    }  # fmt: skip


async def release(data: Path) -> None:
    """Release a quarter and withdraw a table of it; every act is repeated until it was confirmed, as people do."""
    async with journey_world.running(data, only=("reporter",)) as installation:
        DemoClock(installation.folder.clock_file).move_to(datetime.date(2025, 4, 7))
        reporter = installation.reporter
        async with reporter.database.begin() as transaction:
            if not (await transaction.execute(store.rows.select().limit(1))).all():
                await transaction.execute(store.rows.insert(), [spoken(number) for number in range(60)])
        publishing = reporter.publishing
        if not await publishing.listed(published_only=True):
            (line,) = await publishing.prepare(PERIOD, prepared_by="Officer")
            await publishing.approve(line.report, approved_by="Board member")
        (line,) = await publishing.listed(published_only=True)
        if line.version == 1:
            (smaller,) = await publishing.prepare_withdrawal(line.report, WITHDRAWN, prepared_by="Officer")
            await publishing.approve(smaller.report, approved_by="Board member")
        await twice(publishing, line.report)
        await reporter.outbox.flush()


async def twice(publishing, report: str) -> None:
    """Try what is done already once more: it must be refused."""
    for act in (
        lambda: publishing.prepare(PERIOD, prepared_by="Officer"),
        lambda: publishing.prepare_withdrawal(report, WITHDRAWN, prepared_by="Officer"),
        lambda: publishing.approve(report, approved_by="Board member"),
    ):
        try:
            await act()
        except (Conflict, NotFound):
            continue
        raise AssertionError("what was published was published again")


def half_published(data: Path) -> list[str]:
    """Return what is wrong in a store that nobody has opened since its reporter was killed."""

    def number(query: str) -> int:
        return int(crash_world.asked(data, "reporter", query)[0][0])

    try:
        published = number("SELECT count(*) FROM releases WHERE state = 'published'")
    except Exception as trouble:  # noqa: BLE001 - killed before there were tables
        return [] if "releases" in str(trouble) or "unable to open" in str(trouble) else [type(trouble).__name__]
    version = number("SELECT coalesce(max(version), 0) FROM releases WHERE state = 'published'")
    applied = number("SELECT count(*) FROM releases WHERE state = 'applied'")
    faults = []
    if number("SELECT count(*) FROM ledger") != 2 * published or published > 1:
        faults.append("the ledger does not hold what is published")
    if number("SELECT count(*) FROM periods") != published:
        faults.append("the period is closed without a release, or open with one")
    if version != published + applied:
        faults.append("the version does not tell how often it was corrected")
    return faults


async def look(data: Path, into: Path) -> None:
    """Write down what stands and what went out."""
    async with journey_world.running(data, only=("reporter",)) as installation:
        await installation.reporter.outbox.flush()
        records = [
            record
            for place in await installation.log.heads([topic_of(ReportPublished)])
            for record in await installation.log.read(place, 0, 1000)
        ]
        async with installation.reporter.database.read() as view:
            states = sorted(row.state for row in (await view.execute(store.releases.select())).all())
            ledger = sorted(row.population for row in (await view.execute(store.ledger.select())).all())
        ids = {record.attributes.id: record.value for record in records}
        events = sorted((event.revision, event.body_hash) for event in map(_event, ids.values()))
        same = all(ids[record.attributes.id] == record.value for record in records)
        into.write_text(json.dumps({"states": states, "ledger": ledger, "events": events, "same": same}))


def _event(value: bytes) -> ReportPublished:
    return decode(ReportPublished, value)


def place(folder: Path) -> Path:
    """Return a new data folder, with new stores beside it where they lie on a server."""
    folder.mkdir(parents=True)
    if server is not None:
        journey_world.ENVIRONMENT["SV_DATABASE"] = server.new()
    return folder / "data"


def seen(data: Path) -> dict[str, object]:
    """Return what a look gives."""
    found = data.parent / "found.json"
    crash_world.live(lambda: look(data, found))
    return json.loads(found.read_text())


def steps_between(folder: Path, stride: int) -> dict[str, object]:
    """Kill the releasing at every ``stride``-th durable step, look, let it go on, and look again."""
    data = place(folder / "whole")
    code, steps = crash_world.live(lambda: release(data))
    faults = [] if code == 0 else [f"the undisturbed life ended with {code}"]
    whole, killed = seen(data), 0
    for step in range(1, steps + 1, stride):
        data = place(folder / f"step-{step}")
        code, _ = crash_world.live(lambda: release(data), die_at=step)  # noqa: B023 - used at once
        killed += code == crash_world.KILLED
        faults += [f"step {step}: {fault}" for fault in half_published(data)]
        code, _ = crash_world.live(lambda: release(data))  # noqa: B023 - as above
        if code:
            faults.append(f"step {step}: the recovery ended with {code}")
        elif seen(data) != whole:
            faults.append(f"step {step}: {seen(data)}")
        shutil.rmtree(data.parent)
    return {"steps": steps, "killed": killed, "faults": faults, "whole": whole}


def random_kills(folder: Path, kills: int, seed: int) -> dict[str, object]:
    """Kill installations with SIGKILL at random moments, look, let each go on, and look again."""
    pick = random.Random(seed)
    data = place(folder / "whole")
    crash_world.live(lambda: release(data))
    whole, faults, killed = seen(data), [], 0
    for number in range(kills):
        data = place(folder / f"kill-{number}")
        code = crash_world.live_until_killed(lambda: release(data), seconds=pick.uniform(0.3, 2.5))  # noqa: B023 - at once
        killed += code < 0
        faults += [f"kill {number}: {fault}" for fault in half_published(data)]
        code, _ = crash_world.live(lambda: release(data))  # noqa: B023 - as above
        if code or seen(data) != whole:
            faults.append(f"kill {number}: the recovery ended with {code}: {seen(data)}")
        shutil.rmtree(data.parent)
    return {"killed": killed, "faults": faults, "whole": whole}


if __name__ == "__main__":
    engine, kind, root, *numbers = sys.argv[1:]
    run = {"steps": steps_between, "random": random_kills}[kind]
    if engine != "sqlite":
        server = databases.Cluster.attached(Path(engine))
    print(json.dumps(run(Path(root), *(int(number) for number in numbers))))
