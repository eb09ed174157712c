"""Killed for real between the durable steps of a recommendation: each step happens once, and the log tells the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("loop_crash_driver.py")
#: Every how many durable steps the walk is killed; 1 takes every one.
STRIDE = 9


@pytest.mark.slow
def test_a_recommendation_survives_a_kill_between_its_steps(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(DRIVER), str(tmp_path), str(STRIDE)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["faults"] == []
    assert found["killed"] >= 3
