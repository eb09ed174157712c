"""Killed for real while a quarter is released and corrected: nothing half-published, each event out once by its id."""

from pathlib import Path

import pytest
from driving import drive

DRIVER = Path(__file__).with_name("release_crash_driver.py")
#: Every how many durable steps the suite kills; 1 takes every one.
STRIDE = 5


def require_one_release(whole: dict) -> None:
    """Pass when an undisturbed life published one release and corrected it once: every other must be its like."""
    assert whole["states"] == ["applied", "published"]
    assert whole["ledger"] == ["organisations", "people"]
    assert [revision for revision, _ in whole["events"]] == [1, 2]
    assert whole["same"]


@pytest.mark.slow
def test_a_release_survives_a_kill_between_any_two_of_its_steps(tmp_path, engine):
    found = drive(DRIVER, engine, "steps", tmp_path, STRIDE)
    assert found["faults"] == []
    assert found["killed"] >= 3
    require_one_release(found["whole"])


@pytest.mark.slow
def test_a_release_survives_sigkill_at_random_moments(tmp_path, engine):
    found = drive(DRIVER, engine, "random", tmp_path, 4, 20250407)
    assert found["faults"] == []
    assert found["killed"] >= 1
    require_one_release(found["whole"])
