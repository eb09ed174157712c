"""The four services as processes of their own on a real broker and a real database server: shared out, and killed."""

import asyncio
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import databases
import fleet_feeding
import pytest
from fleet import Fleet, declare
from kafka_broker import new_prefix, shared_broker

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def bootstrap():
    databases.require_installed("postgresql")
    return shared_broker().bootstrap


def ran(script, *words, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(BENCHMARKS / script), "--json", *words],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.stdout, done.stderr[-4000:]
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_two_instances_share_the_work_and_publish_what_one_machine_publishes(bootstrap):
    _, found = ran("cluster.py", "--contributions", "400", KAFKA_BOOTSTRAP=bootstrap)

    assert found["same release"]
    for layout in ("SQLite", "Kafka", "shared out"):
        assert found[layout]["totals"]["accepted"] == 400
        assert found[layout]["totals"]["on_their_way"] == 0
    handled = found["shared out"]["records handled"]
    assert sum(handled[f"anonymiser-{number}"] for number in (1, 2)) == 4
    assert sum(handled[f"themer-{number}"] for number in (1, 2)) == 400
    assert all(handled[f"themer-{number}"] for number in (1, 2))


@pytest.mark.slow
def test_killed_at_random_nothing_is_lost_doubled_or_older(bootstrap):
    code, found = ran("kills_kafka.py", "--contributions", "240", "--kills", "6", "--seed", "3")

    assert {name: found[name] for name in ("lost", "double", "older", "left in outboxes")} == {
        "lost": 0,
        "double": 0,
        "older": 0,
        "left in outboxes": 0,
    }
    assert found["accepted"] == 240
    assert found["kills"] == 6
    assert {"broker", "database"} < set(found["killed"])
    assert found["same release"]
    assert code == 0


#: Longer than a silent worker keeps its partitions.
_STALL_SECONDS = 14.0
_HANDLERS = ("anonymiser-1", "themer-1")


def standing(url, expected):
    """Return what the three stores say of each other, past all of our code."""
    spec = importlib.util.spec_from_file_location("kills_kafka", BENCHMARKS / "kills_kafka.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return asyncio.run(module.standing(url, expected))


@pytest.mark.slow
def test_two_that_stall_lose_their_partitions_to_two_others_and_the_equation_holds(bootstrap, tmp_path):
    """Those that stalled wake up with half a step in their hands, and fight for what others have by then."""
    log, url = f"kafka://{bootstrap}/{new_prefix()}", databases.cluster("postgresql").new()
    asyncio.run(declare(log))
    with Fleet(tmp_path / "fleet", {"SV_LOG": log, "SV_DATABASE": url}) as fleet:
        stalled = [each for each in fleet.instances if each.name in _HANDLERS]
        fleet_feeding.feed(fleet, 200, tmp_path / "confirmed")
        for each in stalled:
            os.kill(each.pid, signal.SIGSTOP)
        fleet_feeding.feed(fleet, 400, tmp_path / "confirmed")
        time.sleep(_STALL_SECONDS)
        for each in stalled:
            os.kill(each.pid, signal.SIGCONT)
        totals = fleet_feeding.until_reconciled(fleet, 400, 180)
        assert [each.deaths for each in stalled] == [0, 0]
        found = standing(url, 400)
    assert totals["accepted"] == 400 == totals["counted"] + totals["held"] + totals["uncounted"]
    assert {name: found[name] for name in ("lost", "double", "older", "left in outboxes")} == {
        "lost": 0,
        "double": 0,
        "older": 0,
        "left in outboxes": 0,
    }
