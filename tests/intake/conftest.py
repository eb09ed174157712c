"""Intake as a test needs it: its own database and keys, the log in memory, its writer at work."""

import asyncio

import journey_world
import pytest
import service_bench

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
    """Holds the writer before its transaction until it is opened."""

    def __init__(self, monkeypatch, writer):
        self.opened = asyncio.Event()
        self.groups = []
        self.writer = writer
        real = writer._store_group

        async def store_group(group):
            self.groups.append(len(group))
            await self.opened.wait()
            await real(group)

        monkeypatch.setattr(writer, "_store_group", store_group)

    async def until_held(self):
        while not self.groups:
            await asyncio.sleep(0)

    async def until_waiting(self, number):
        while len(self.writer._queue) < number:
            await asyncio.sleep(0.001)


@pytest.fixture
def gate(monkeypatch, bench):
    return Gate(monkeypatch, bench.intake.door._writer)
