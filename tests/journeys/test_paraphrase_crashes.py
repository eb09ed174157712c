"""Killed for real while a woman withdraws on whom a published sentence rests: it goes, whatever step it was."""

from pathlib import Path

import pytest
from driving import drive

DRIVER = Path(__file__).with_name("paraphrase_driver.py")
STRIDE = 30


@pytest.mark.slow
def test_a_sentence_is_retracted_whatever_step_of_the_withdrawal_is_killed(tmp_path):
    found = drive(DRIVER, tmp_path, STRIDE, 2, seconds=600)
    assert found["faults"] == []
    assert found["killed"] >= 3
