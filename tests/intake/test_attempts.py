"""Guesses at receipts: several wrong ones in a while make everybody wait a little, and nobody is remembered."""

import pytest

from services.intake.attempts import PAUSE_SECONDS, WINDOW_SECONDS, Attempts


class Watch:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def attempts(watch):
    return Attempts(3, now=watch)


def fail(attempts, times):
    for _ in range(times):
        attempts.failed()


def test_the_first_try_never_waits(attempts):
    assert not attempts.is_paused()


def test_one_wrong_one_less_than_the_limit_pauses_nothing(attempts):
    fail(attempts, 2)
    assert not attempts.is_paused()


def test_the_limit_pauses_everybody_and_the_pause_ends(attempts, watch):
    fail(attempts, 3)
    assert attempts.is_paused()
    watch.now += PAUSE_SECONDS - 1
    assert attempts.is_paused()
    watch.now += 1
    assert not attempts.is_paused()


def test_after_a_pause_the_count_begins_again(attempts, watch):
    fail(attempts, 3)
    watch.now += PAUSE_SECONDS
    fail(attempts, 2)
    assert not attempts.is_paused()
    fail(attempts, 1)
    assert attempts.is_paused()


def test_wrong_ones_that_lie_far_apart_are_forgotten(attempts, watch):
    for _ in range(20):
        attempts.failed()
        watch.now += WINDOW_SECONDS / 2 + 1
    assert not attempts.is_paused()


def test_nothing_about_who_tried_is_kept(attempts):
    fail(attempts, 2)
    assert set(vars(attempts)) == {"_limit", "_now", "_wrong", "_until"}
    assert all(isinstance(moment, float) for moment in attempts._wrong)
