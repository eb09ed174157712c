"""Intake as a test needs it: its own database and keys, the log in memory, its writer at work."""

import journey_world
import pytest
import service_bench

from services.intake.submissions import Submission, SubmittedContribution


@pytest.fixture
async def bench(tmp_path):
    async with service_bench.bench_in(tmp_path) as found:
        yield found


@pytest.fixture
def door(bench):
    return bench.intake.door


@pytest.fixture
def said():
    """Make a contribution with some words, whatever they are."""

    def make(text: str = "They kept us waiting.", **more) -> SubmittedContribution:
        return journey_world.said(text, **more)

    return make


@pytest.fixture
def session_of():
    """Make a session; by default a survey, in which each contribution is a person."""

    def make(*contributions, **more) -> Submission:
        return journey_world.session_of(*contributions, **more)

    return make
