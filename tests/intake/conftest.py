"""Intake as a test needs it: its own database and keys, the log in memory, its writer at work."""

import asyncio

import journey_world
import pytest
import service_bench

from services.intake.acceptance import Acceptance
from services.intake.submissions import Submission, SubmittedContribution


@pytest.fixture
async def bench(tmp_path, stores):
    async with service_bench.bench_in(tmp_path, **stores.environment) as found:
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


class Gate:
    """Holds the writer in its transaction until it is opened."""

    def __init__(self, monkeypatch, writer):
        self.opened = asyncio.Event()
        self.groups = []
        self.writer = writer
        real = Acceptance.apply

        async def apply(acceptance, transaction, arrivals, **more):
            self.groups.append(len(arrivals))
            await self.opened.wait()
            return await real(acceptance, transaction, arrivals, **more)

        monkeypatch.setattr(Acceptance, "apply", apply)

    async def until_held(self):
        while not self.groups:
            await asyncio.sleep(0)

    async def until_waiting(self, number):
        while len(self.writer._queue) < number:
            await asyncio.sleep(0.001)


@pytest.fixture
def gate(monkeypatch, bench):
    return Gate(monkeypatch, bench.intake.door._writer)
