"""Killed for real while a woman withdraws on whom a published sentence rests: it goes, whatever step it was."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("paraphrase_driver.py")
STRIDE = 30


@pytest.mark.slow
def test_a_sentence_is_retracted_whatever_step_of_the_withdrawal_is_killed(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(DRIVER), str(tmp_path), str(STRIDE), "2"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["faults"] == []
    assert found["killed"] >= 3
