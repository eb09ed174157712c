"""How fast the projection of recommendations is rebuilt from its topic: 10,000 of them with 8 steps in 5 seconds.

Everything is real: the SQLite log, the reporter's SQLite store and the code that ``rebuild`` runs.

Usage: ``python benchmarks/recommendations.py [--number N] [--folder DIR]``. Exits 1 where the bar is missed.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from services.clock import RealClock
from services.database.histories import history_of
from services.database.opening import database_at
from services.eventlog.sqlite import SqliteLog
from services.events import RecommendationChanged
from services.reporter import store
from services.reporter.recommendations.keeping import Keeping, record_of
from services.reporter.recommendations.life import Life, taken
from services.runner.outbox import Outbox

STEPS = 8
BAR_SECONDS = 5.0
_AT_ONCE = 5000


def steps_of(number: int) -> list[RecommendationChanged]:
    """Return the eight steps of one recommendation: made, seen, public, answered, said why, begun, done, judged."""
    fixed = {
        "recommendation": f"{number:032x}",
        "revision": 1,
        "statement": f"{number:032x}",
        "statement_hash": "a" * 64,
        "state": "made",
        "area": "services",
        "day": "2026-03-02",
    }
    told: list[dict[str, object]] = [
        {"step": "made", "made_by": "group", "group": f"group-{number % 50}", "sectors": ("housing",)},
        {"step": "assigned", "organisation": "housing", "public_from": "2026-03-02", "answer_by": "2026-04-01"},
        {"step": "published"},
        {
            "step": "answered",
            "organisation": "housing",
            "answer": "partly",
            "reason": "no_money",
            "lead": "Head of housing options",
            "due": "2026-09-30",
        },
        {"step": "explained", "said": "We can do it at two offices this year; a third has no room."},
        {"step": "begun", "organisation": "housing"},
        {"step": "done", "organisation": "housing"},
        {"step": "judged", "changed": "partly"},
    ]
    life: Life | None = None
    steps = []
    for each in told:
        life, step = taken(life, RecommendationChanged(**{**fixed, **each}))  # type: ignore[arg-type]
        steps.append(step)
    return steps


async def measure(number: int, folder: Path) -> tuple[float, float]:
    """Fill a log and return the seconds of one rebuild: by the clock on the wall, and of the processor."""
    log = SqliteLog(folder / "log.sqlite3")
    database = database_at(f"sqlite:{folder / 'reporter.sqlite3'}", store.metadata, history=history_of("reporter"))
    await database.open()
    try:
        records = [record_of(step) for each in range(number) for step in steps_of(each)]
        for start in range(0, len(records), _AT_ONCE):
            await log.append(records[start : start + _AT_ONCE])
        outbox = Outbox(store.outbox, database, log)
        keeping = Keeping(database=database, outbox=outbox, log=log, clock=RealClock())
        began, worked = time.perf_counter(), time.process_time()
        rebuilt = (await keeping.rebuild()).recommendations
        took = time.perf_counter() - began, time.process_time() - worked
        assert rebuilt == number
        return took
    finally:
        await database.close()
        await log.close()


def main() -> int:
    """Run it and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        took, worked = asyncio.run(measure(given.number, Path(folder)))
    print(
        f"{given.number} recommendations of {STEPS} steps rebuilt in {took:.2f} s "
        f"({worked:.2f} s of the processor; bar: {BAR_SECONDS:.0f} s)"
    )
    return 0 if took <= BAR_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
