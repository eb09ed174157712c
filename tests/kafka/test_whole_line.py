"""The four services as processes of their own on a real broker and a real database server: shared out, and killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import databases
import pytest
from kafka_broker import shared_broker

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
