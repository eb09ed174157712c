"""Killed for real: between any two durable steps of a withdrawal, and at random moments while contributions flow."""

from pathlib import Path

import pytest
from driving import drive

DRIVER = Path(__file__).with_name("crash_driver.py")
#: Every how many steps the suite kills; ``benchmarks/kills.py`` takes every one.
STRIDE = 24


@pytest.mark.slow
def test_a_withdrawal_survives_a_kill_between_any_two_steps(tmp_path, engine):
    found = drive(DRIVER, engine, "steps", tmp_path, STRIDE, 3)
    assert found["faults"] == []
    assert found["killed"] >= 3


@pytest.mark.slow
def test_contributions_survive_random_kills_each_counted_once(tmp_path, engine):
    found = drive(DRIVER, engine, "random", tmp_path, 600, 5, 20250115)
    assert found["kills"] >= 1
    assert {name: found[name] for name in ("last", "accepted", "lost", "unknown", "uncounted", "older")} == {
        "last": 0,
        "accepted": 600,
        "lost": 0,
        "unknown": 0,
        "uncounted": 0,
        "older": 0,
    }
