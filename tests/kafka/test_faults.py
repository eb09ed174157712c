"""What a broker, a network and a process do to each other on a bad day: nothing is lost, and nothing waits for ever."""

import asyncio
import gc
import os
import signal
import sys
import time
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from cutting_proxy import CuttingProxy

from services.errors import BrokerUnreachable, Fenced, LogUnavailable

WORKER = Path(__file__).parents[1] / "support" / "kafka_worker.py"
#: A client that gives a step up soon.
SHORT = {"patience": 2.0}


async def insisted(ask, seconds=40):
    """Try again and again, as the runner does, until it works."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await ask()
        except LogUnavailable:
            assert time.monotonic() < deadline, "it did not come back"
            await asyncio.sleep(0.1)


async def worked_off(world, log, subscription, *, seconds=60):
    """Work until the group has no lag, writing one output for each record, as a stateless service does."""
    deadline = time.monotonic() + seconds
    while True:
        assert time.monotonic() < deadline, "it was not worked off"
        try:
            batch = await subscription.poll(max_records=50, timeout=0.3)
            outputs = [world.record(record.key, record.value, world.output) for record in batch.records]
            await subscription.commit(batch, outputs)
            if not batch.records and await world.lag(log) == 0:
                return
        except Fenced:
            continue
        except LogUnavailable:
            await subscription.rewind()
            await asyncio.sleep(0.1)


@asynccontextmanager
async def working(world, seconds):
    """Give a worker in a process of its own that owns something."""
    url = f"kafka://{world.broker.bootstrap}/{world.prefix}"
    words = [str(WORKER), url, world.group, world.transit, world.output, str(seconds)]
    process = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


# --- the broker is killed and comes back, in each phase ---


async def test_the_broker_is_killed_under_appends(exposed):
    log = exposed.log()
    done = 0

    async def append_all():
        nonlocal done
        for start in range(0, 3000, 50):
            records = exposed.records(50, start=start)
            await insisted(lambda records=records: log.append(records))
            done += 50

    task = asyncio.create_task(append_all())
    while done < 500:
        await asyncio.sleep(0.01)
    exposed.broker.kill()
    exposed.broker.restart()
    await task
    found = await exposed.everything(log, exposed.transit)
    assert {int(record.value) for record in found} == set(range(3000))
    # A re-send after an answer that was lost repeats the same id, which readers pass over.
    assert len({record.attributes.id for record in found}) == 3000


async def test_the_broker_is_killed_between_polling_and_committing(exposed):
    log = exposed.log(pace=SHORT)
    await log.append(exposed.records(100))
    subscription = await log.subscribe(exposed.group, [exposed.transit])
    batch = await subscription.poll(max_records=100, timeout=10)
    assert batch.records
    exposed.broker.kill()
    began = time.monotonic()
    with pytest.raises((LogUnavailable, Fenced)):
        await subscription.commit(batch, [exposed.record("out", b"1", exposed.output)])
    assert time.monotonic() - began < 10
    exposed.broker.restart()
    await subscription.rewind()
    await worked_off(exposed, log, subscription)
    assert set(await exposed.values(log, exposed.output)) >= set(range(100))


async def test_the_broker_is_killed_while_a_worker_works(exposed):
    log = exposed.log()
    await log.append(exposed.records(2000))
    subscription = await log.subscribe(exposed.group, [exposed.transit])
    task = asyncio.create_task(worked_off(exposed, log, subscription))
    while sum((await log.cursors(exposed.group, [exposed.transit])).values()) < 200:
        await asyncio.sleep(0.02)
    exposed.broker.kill()
    exposed.broker.restart()
    await task
    assert set(await exposed.values(log, exposed.output)) == set(range(2000))


async def test_with_the_broker_gone_everything_says_so_in_time_and_closes_in_time(exposed):
    log = exposed.log(pace=SHORT)
    await log.append(exposed.records(10))
    subscription = await log.subscribe(exposed.group, [exposed.transit])
    exposed.broker.kill()
    try:
        for ask in (
            log.ping,
            lambda: log.append(exposed.records(1)),
            lambda: log.heads([exposed.transit]),
            lambda: log.cursors(exposed.group, [exposed.transit]),
            lambda: log.trim(dict.fromkeys(subscription.assignment, 1)),
            lambda: log.subscribe(exposed.group, [exposed.transit]),
        ):
            async with asyncio.timeout(12):
                with pytest.raises(LogUnavailable):
                    await ask()
        async with asyncio.timeout(20):
            await log.close()
    finally:
        exposed.broker.restart()


async def test_a_log_opened_while_the_broker_is_away_works_once_it_is_there(exposed):
    exposed.broker.kill()
    log = exposed.log(pace=SHORT)
    with pytest.raises(BrokerUnreachable, match="Nothing answers"):
        await log.ping()
    exposed.broker.restart()
    await insisted(log.ping)
    await insisted(lambda: log.append(exposed.records(10)))
    assert len(await exposed.everything(log, exposed.transit)) == 10


# --- the broker is halted ---


async def test_a_halted_broker_ends_a_step_in_time_and_nothing_is_lost(exposed):
    log = exposed.log(pace=SHORT)
    await log.append([exposed.record("same", b"0")])
    os.kill(exposed.broker.pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        with pytest.raises(LogUnavailable):
            await log.append([exposed.record("same", b"1")])
        assert time.monotonic() - began < 6
    finally:
        os.kill(exposed.broker.pid, signal.SIGCONT)
    for number in range(1, 20):
        await insisted(lambda number=number: log.append([exposed.record("same", b"%d" % number)]))
    await asyncio.sleep(1)
    values = [int(record.value) for record in await exposed.everything(log, exposed.transit)]
    assert set(values) == set(range(20))
    # What was on its way when the step was given up may lie there twice, but never behind what came later.
    assert [number for number in values if number > 1] == list(range(2, 20))


async def test_a_producer_that_was_given_up_appends_nothing_later(exposed):
    async with CuttingProxy(exposed.broker.bootstrap) as proxy:
        log = exposed.log(bootstrap=proxy.bootstrap, pace=SHORT)
        await log.append([exposed.record("same", b"0")])
        proxy.swallowing = True
        with pytest.raises(LogUnavailable):
            await log.append([exposed.record("same", b"1")])
        proxy.swallowing = False
        proxy.cut_connections()
        await asyncio.sleep(3)
        direct = exposed.log()
        assert await exposed.values(direct, exposed.transit) == {0: 1}
        await insisted(lambda: log.append([exposed.record("same", b"2")]))
        assert await exposed.values(direct, exposed.transit) == {0: 1, 2: 1}
        await log.close()


async def test_a_step_that_was_given_up_complains_of_nothing_that_nobody_looked_at(exposed, caplog):
    log = exposed.log(pace=SHORT)
    await log.append(exposed.records(50))
    os.kill(exposed.broker.pid, signal.SIGSTOP)
    try:
        for _ in range(2):
            with pytest.raises(LogUnavailable):
                await log.append(exposed.records(50))
        await log.close()
    finally:
        os.kill(exposed.broker.pid, signal.SIGCONT)
    gc.collect()
    assert [record for record in caplog.records if record.name == "asyncio"] == []


# --- the network cuts, delays and swallows ---


async def test_a_network_that_cuts_loses_nothing(world):
    async with CuttingProxy(world.broker.bootstrap) as proxy:
        log = world.log(bootstrap=proxy.bootstrap)

        async def cut_again_and_again():
            while True:
                await asyncio.sleep(0.3)
                proxy.cut_connections()

        cutting = asyncio.create_task(cut_again_and_again())
        for start in range(0, 1000, 50):
            records = world.records(50, start=start)
            await insisted(lambda records=records: log.append(records))
            await asyncio.sleep(0.05)
        subscription = await insisted(lambda: log.subscribe(world.group, [world.transit]))
        await asyncio.sleep(0.5)
        cutting.cancel()
        await worked_off(world, log, subscription)
        assert set(await world.values(log, world.output)) == set(range(1000))
        await log.close()


async def test_a_slow_network_is_waited_for(world):
    async with CuttingProxy(world.broker.bootstrap) as proxy:
        log = world.log(bootstrap=proxy.bootstrap)
        proxy.delay = 0.1
        await log.append(world.records(50))
        subscription = await log.subscribe(world.group, [world.transit])
        await worked_off(world, log, subscription)
        assert await world.values(log, world.output) == dict.fromkeys(range(50), 1)
        await log.close()


async def test_a_network_that_swallows_ends_every_step_in_time(world):
    async with CuttingProxy(world.broker.bootstrap) as proxy:
        log = world.log(bootstrap=proxy.bootstrap, pace=SHORT)
        await log.append(world.records(10))
        subscription = await log.subscribe(world.group, [world.transit])
        batch = await subscription.poll(max_records=10, timeout=5)
        proxy.swallowing = True
        for ask in (lambda: subscription.commit(batch), log.ping, lambda: log.append(world.records(1))):
            async with asyncio.timeout(10):
                with pytest.raises((LogUnavailable, Fenced)):
                    await ask()
        # A poll is no step: it gives an empty batch when its time is up, and the next one goes on.
        async with asyncio.timeout(10):
            with suppress(LogUnavailable):
                assert (await subscription.poll(max_records=10, timeout=0.5)).records == ()
        proxy.swallowing = False
        proxy.cut_connections()
        await subscription.rewind()
        await worked_off(world, log, subscription)
        assert set(await world.values(log, world.output)) == set(range(10))
        await log.close()


# --- a process is halted or killed ---


async def test_a_halted_worker_loses_its_partitions_and_doubles_nothing_when_it_wakes(world):
    log = world.log()
    async with working(world, 0.5) as process:
        await log.append(world.records(20))
        assert (await process.stdout.readline()).startswith(b"has")
        process.send_signal(signal.SIGSTOP)
        subscription = await log.subscribe(world.group, [world.transit])
        await worked_off(world, log, subscription)
        assert await world.values(log, world.output) == dict.fromkeys(range(20), 1)
        process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(20):
            assert (await process.stdout.readline()).startswith(b"lost")
        assert await world.values(log, world.output) == dict.fromkeys(range(20), 1)
        assert await world.lag(log) == 0


async def test_a_killed_worker_loses_nothing(world):
    log = world.log()
    await log.append(world.records(200))
    async with working(world, 0.05) as process:
        while not (await process.stdout.readline()).startswith(b"did"):
            pass
        process.kill()
    subscription = await log.subscribe(world.group, [world.transit])
    await worked_off(world, log, subscription)
    assert set(await world.values(log, world.output)) == set(range(200))


async def test_two_workers_that_come_and_go_lose_nothing(world):
    log, other = world.log(), world.log()
    await log.append(world.records(1500))
    steady = await log.subscribe(world.group, [world.transit])
    task = asyncio.create_task(worked_off(world, log, steady))
    for _ in range(4):
        guest = await other.subscribe(world.group, [world.transit])
        for _ in range(3):
            batch = await guest.poll(max_records=30, timeout=0.3)
            outputs = [world.record(record.key, record.value, world.output) for record in batch.records]
            try:
                await guest.commit(batch, outputs)
            except Fenced:
                continue
        await guest.close()
    await task
    values = await world.values(log, world.output)
    assert set(values) == set(range(1500))
    assert await world.lag(log) == 0
