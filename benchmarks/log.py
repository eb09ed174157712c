"""The SQLite engine of the event log as ratios: what it adds to the bare database, measured in the same run.

Bars (docs: the event backbone): appending in batches of 100 is at least 0.7 of a bare ``executemany`` on the same
schema; a whole step (consume, produce, move the cursor, trimming once a second) is at least 0.8 of appending; 128
writers at once get at least 10 times the records of one; a 1 KiB payload takes at most 1.45 times its size.

Usage: ``python benchmarks/log.py [--rounds N] [--folder DIR]``. Exits 1 where a bar is missed.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from services import events
from services.contracts import CONTRACTS, topic_of
from services.eventlog.interface import Attributes, NewRecord
from services.eventlog.packing import pack
from services.eventlog.sqlite import SqliteLog
from services.eventlog.sqlite_file import connect, prepare_file
from services.eventlog.trimming import Trimmer

BATCH = 100
BATCHES = 60
#: Everything is written so often, so that it lasts for seconds: checkpoints have their part in all of it, and in a step
#: trimming once a second.
REPEATS = 15
WRITERS = 128
SIZE = 1024
_PAYLOAD = events.ContributionPseudonymised
_SOURCE = events.SessionSubmitted


def records(payload: type[events.Payload], count: int, size: int = SIZE) -> list[NewRecord]:
    """Return records of incompressible values under as many keys."""
    contract = CONTRACTS[payload]
    return [
        NewRecord(
            contract.topic,
            key,
            Attributes(
                id=os.urandom(16).hex(),
                source="/survivor-voice/intake",
                type=contract.type,
                subject=key,
                time="2026-03-01T00:00:00Z",
                dataschema=f"events/{contract.schema_name}",
            ),
            os.urandom(size),
        )
        for key in (os.urandom(16).hex() for _ in range(count))
    ]


def bare(path: Path, batches: list[list[NewRecord]]) -> float:
    """Return records a second of ``executemany`` in one transaction a batch."""
    if not path.exists():
        prepare_file(path, patience=10)
    connection = connect(path, patience=10)
    (position,) = connection.execute("SELECT coalesce(max(position) + 1, 0) FROM record").fetchone()
    rows = [
        [(1, record.key, pack(record.attributes, record.topic, record.key), record.value) for record in batch]
        for batch in batches
    ]
    began = time.perf_counter()
    for batch in rows:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO record (place, position, key, attributes, value) VALUES (?, ?, ?, ?, ?)",
            [(place, position + number, *rest) for number, (place, *rest) in enumerate(batch)],
        )
        connection.execute("COMMIT")
        position += len(batch)
    taken = time.perf_counter() - began
    connection.close()
    return len(batches) * BATCH / taken


async def append(log: SqliteLog, batches: list[list[NewRecord]]) -> float:
    """Return records a second of appending batch after batch."""
    began = time.perf_counter()
    for batch in batches:
        await log.append(batch)
    return len(batches) * BATCH / (time.perf_counter() - began)


async def step(log: SqliteLog, batches: list[list[NewRecord]]) -> float:
    """Return records a second of consuming, answering each record with one and committing both together."""
    for batch in batches:
        await log.append(batch)
    outputs = records(_PAYLOAD, BATCH)
    subscription = await log.subscribe("anonymiser", [topic_of(_SOURCE)])
    stop = asyncio.Event()
    trimming = asyncio.create_task(Trimmer(log).run(stop))
    done = 0
    began = time.perf_counter()
    while done < len(batches) * BATCH:
        batch_read = await subscription.poll(max_records=BATCH, timeout=1)
        await subscription.commit(batch_read, outputs[: len(batch_read.records)])
        done += len(batch_read.records)
    taken = time.perf_counter() - began
    stop.set()
    await trimming
    await subscription.close()
    return done / taken


async def writers(log: SqliteLog, count: int, each: int) -> float:
    """Return records a second of so many writers that each append one record at a time."""
    pending = [[record] for record in records(_SOURCE, count * each)]

    async def write(own: list[list[NewRecord]]) -> None:
        for record in own:
            await log.append(record)

    began = time.perf_counter()
    await asyncio.gather(*(write(pending[number::count]) for number in range(count)))
    return count * each / (time.perf_counter() - began)


async def on_new_log(folder: Path, name: str, measure: Callable[[SqliteLog], Awaitable[float]]) -> float:
    """Return a measurement on a log of its own."""
    log = SqliteLog(folder / f"{name}.sqlite3")
    try:
        return await measure(log)
    finally:
        await log.close()


async def stored(folder: Path) -> float:
    """Return the size of the file, its write-ahead log emptied, over the size of the values in it."""
    log = SqliteLog(folder / "stored.sqlite3")
    count = 20_000
    everything = records(_SOURCE, count)
    for start in range(0, count, BATCH):
        await log.append(everything[start : start + BATCH])
    await log.trim({}, physically=True)
    size = (folder / "stored.sqlite3").stat().st_size
    await log.close()
    return size / (count * SIZE)


async def measure_all(folder: Path, rounds: int) -> list[tuple[str, float, str, float, bool]]:
    """Return for each bar its name, the figure, what was compared, the bar and whether it is kept."""
    found: dict[str, list[float]] = {"bare": [], "append": [], "step": [], "one": [], "many": []}
    for number in range(rounds):  # interleaved, so that a disk that slows down slows all of them
        batches = [records(_SOURCE, BATCH) for _ in range(BATCHES)] * REPEATS
        found["bare"].append(bare(folder / f"bare{number}.sqlite3", batches))
        found["append"].append(await on_new_log(folder, f"append{number}", partial(append, batches=batches)))
        found["step"].append(await on_new_log(folder, f"step{number}", partial(step, batches=batches)))
        found["one"].append(await on_new_log(folder, f"one{number}", partial(writers, count=1, each=200)))
        found["many"].append(await on_new_log(folder, f"many{number}", partial(writers, count=WRITERS, each=50)))
    rate = {name: statistics.median(values) for name, values in found.items()}
    size = await stored(folder)
    return [
        (
            "append / bare executemany",
            rate["append"] / rate["bare"],
            f"{rate['append']:,.0f} / {rate['bare']:,.0f}",
            0.7,
            True,
        ),
        ("step / append", rate["step"] / rate["append"], f"{rate['step']:,.0f} / {rate['append']:,.0f}", 0.8, True),
        (
            f"{WRITERS} writers / 1 writer",
            rate["many"] / rate["one"],
            f"{rate['many']:,.0f} / {rate['one']:,.0f}",
            10,
            True,
        ),
        ("stored bytes / payload bytes", size, "20,000 x 1 KiB", 1.45, False),
    ]


def main() -> int:
    """Measure, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description="Ratios of the event log on SQLite.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured; the median counts")
    parser.add_argument("--folder", type=Path, help="where the files are made; a temporary folder when absent")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        table = asyncio.run(measure_all(Path(folder), options.rounds))
    kept = True
    print(f"{'measured':30} {'ratio':>7} {'bar':>8}   records a second")
    for name, ratio, compared, bar, at_least in table:
        good = ratio >= bar if at_least else ratio <= bar
        kept = kept and good
        sign = ">=" if at_least else "<="
        print(f"{name:30} {ratio:7.2f} {sign} {bar:5}   {compared}{'' if good else '   MISSED'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
