"""Killed for real while a quarter is released and corrected: nothing half-published, each event out once by its id."""

import json
import subprocess
import sys
from pathlib import Path

import databases
import pytest

DRIVER = Path(__file__).with_name("release_crash_driver.py")
#: Every how many durable steps the suite kills; 1 takes every one.
STRIDE = 5


@pytest.fixture(params=databases.ENGINES)
def engine(request):
    """Each engine that stores may lie on, as the driver is told of it."""
    return request.param if request.param == "sqlite" else str(databases.require(request.param).root)


def drive(*arguments) -> dict:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(DRIVER), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def require_one_release(whole: dict) -> None:
    """Pass when an undisturbed life published one release and corrected it once: every other must be its like."""
    assert whole["states"] == ["applied", "published"]
    assert whole["ledger"] == ["organisations", "people"]
    assert [revision for revision, _ in whole["events"]] == [1, 2]
    assert whole["same"]


@pytest.mark.slow
def test_a_release_survives_a_kill_between_any_two_of_its_steps(tmp_path, engine):
    found = drive(engine, "steps", tmp_path, STRIDE)
    assert found["faults"] == []
    assert found["killed"] >= 3
    require_one_release(found["whole"])


@pytest.mark.slow
def test_a_release_survives_sigkill_at_random_moments(tmp_path, engine):
    found = drive(engine, "random", tmp_path, 4, 20250407)
    assert found["faults"] == []
    assert found["killed"] >= 1
    require_one_release(found["whole"])
