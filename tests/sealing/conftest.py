"""What the sealing tests share: a day in the middle of an epoch."""

import datetime

import pytest


@pytest.fixture
def day():
    return datetime.date(2025, 3, 10)
