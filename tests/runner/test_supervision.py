"""Supervision: one task that dies is said out loud, by its class alone, and ends the process."""

import asyncio

import pytest

from services.errors import Held
from services.runner.checks import keys_probe, workers_probe
from services.runner.supervision import Supervisor, every

PLANTED = "she told Marta by the lock"


@pytest.fixture
def supervisor():
    return Supervisor("themer")


async def idle(stop):
    await stop.wait()


async def test_tasks_run_until_they_are_asked_to_stop(supervisor):
    ended = []

    async def task(stop):
        await stop.wait()
        ended.append("ended")

    supervisor.add("one", task)
    supervisor.add("two", task)
    supervisor.start()
    await asyncio.sleep(0)
    assert ended == []
    await supervisor.stop()
    assert ended == ["ended", "ended"]
    assert not supervisor.died.is_set()


async def test_nothing_runs_before_it_is_started(supervisor):
    supervisor.add("never", lambda stop: pytest.fail("ran"))
    await supervisor.stop()


@pytest.mark.parametrize("trouble", [ValueError(PLANTED), KeyError(PLANTED), BaseExceptionGroup("", [ValueError()])])
async def test_a_task_that_dies_is_named_and_logged_by_class_alone(supervisor, lines, trouble):
    async def dying(stop):
        raise trouble

    supervisor.add("worker anonymiser", idle)
    supervisor.add("doomed", dying)
    supervisor.start()
    async with asyncio.timeout(20):
        await supervisor.died.wait()
    assert supervisor.cause == "doomed"
    await supervisor.stop()
    (line,) = lines.named("a task died, so the process ends")
    assert (line["worker"], line["error"]) == ("doomed", type(trouble).__name__)
    assert PLANTED not in lines.text


async def test_a_task_that_ends_by_itself_is_no_death(supervisor):
    async def short(stop):
        return

    supervisor.add("short", short)
    supervisor.start()
    await asyncio.sleep(0.01)
    assert not supervisor.died.is_set()
    await supervisor.stop()


async def test_a_task_that_does_not_end_is_cancelled_and_that_is_no_death(supervisor, monkeypatch):
    monkeypatch.setattr("services.runner.supervision._STOP_SECONDS", 0.01)

    async def deaf(stop):
        await asyncio.Event().wait()

    supervisor.add("deaf", deaf)
    supervisor.start()
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await supervisor.stop()
    assert not supervisor.died.is_set()


async def test_stopping_again_changes_nothing(supervisor):
    supervisor.add("idle", idle)
    supervisor.start()
    await supervisor.stop()
    await supervisor.stop()
    assert supervisor.cause is None


async def test_a_clock_says_when_to_go_on_and_when_to_stop():
    stop = asyncio.Event()
    assert await every(0.001, stop)
    stop.set()
    assert not await every(60, stop)


class Standing:
    stopped = None


async def test_readiness_is_red_when_a_task_died_or_a_worker_stopped_for_good(supervisor):
    worker = Standing()
    probe = workers_probe([worker], supervisor)
    await probe.ask()
    worker.stopped = "ContractBroken"
    with pytest.raises(Held):
        await probe.ask()
    worker.stopped = None
    supervisor.died.set()
    with pytest.raises(Held):
        await probe.ask()


async def test_readiness_is_red_while_a_key_is_overdue():
    overdue = ["anonymiser-words-2025-01"]
    probe = keys_probe(lambda: overdue)
    with pytest.raises(Held):
        await probe.ask()
    overdue.clear()
    await probe.ask()
