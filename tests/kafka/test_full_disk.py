"""The disk of the broker is full: one line says so, nothing accepted is lost, and it goes on once there is room.

A broker whose only disk takes nothing more ends itself.
"""

import asyncio
import contextlib

import full_disk
import journey_world
import pytest
from kafka_broker import new_prefix
from kafka_world import World

from services.errors import LogUnavailable, SurvivorVoiceError
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.topic_admin import TopicAdmin

OFF_THE_CLOCK = {"retention.ms": "-1"}
_REST_SECONDS = 120.0


@pytest.fixture(scope="module", params=full_disk.WAYS, ids=str)
def made(request):
    with full_disk.WAYS[request.param]() as found:
        yield found


@pytest.fixture
def disk(made):
    """A disk with room on it, whatever the test before did."""
    made.make_room()
    made.broker.restart()
    return made


async def goes_on(log):
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(LogUnavailable):
                return await log.ping()
            await asyncio.sleep(0.1)


async def test_appending_fails_with_a_line_and_nothing_acknowledged_is_lost(disk):
    world = World(disk.broker)
    await world.make()
    log = world.log(pace={"patience": 5.0})
    await log.append(world.records(200))
    acknowledged, lines = 200, []

    disk.fill()
    async with asyncio.timeout(60):
        while not lines or not lines[-1].startswith("Nothing answers"):
            try:
                await log.append(world.records(50, start=acknowledged))
                acknowledged += 50  # the last block of a file may have had room for it
            except LogUnavailable as refused:
                lines.append(str(refused))
    assert all("\n" not in line and ("disk" in line or "in time" in line) for line in lines)
    assert lines[-1] == (
        f"Nothing answers at {disk.broker.bootstrap}. Check SV_LOG, that the broker runs, and that its disk has room."
    )
    with pytest.raises(LogUnavailable) as pinged:
        await log.ping()
    assert str(pinged.value) == lines[-1]

    disk.make_room()
    disk.broker.restart()
    await goes_on(log)
    assert set(await world.values(log, world.transit)) >= set(range(acknowledged))
    await log.append(world.records(50, start=acknowledged))
    assert set(await world.values(log, world.transit)) == set(range(acknowledged + 50))
    await world.close()


async def ended(broker):
    """Wait until a broker has ended itself, which takes it a while; return what the script says of it then."""
    async with asyncio.timeout(120):
        while True:
            try:
                await asyncio.to_thread(broker.told, "status")
            except RuntimeError as gone:
                return str(gone)
            await asyncio.sleep(0.2)


async def test_the_script_says_why_the_broker_is_gone():
    with full_disk.limited() as disk:
        world = World(disk.broker)
        await world.make()
        log = world.log(compression="none", pace={"patience": 5.0})
        # A topic's files are made some time after the topic: there have to be some that can be too short.
        await log.append([world.record("large", b"small")])
        disk.fill(most=200_000)  # its own log has room for what it has to say
        with pytest.raises(LogUnavailable):
            await log.append([world.record("large", bytes(400_000))])
        await world.close()
        told = await ended(disk.broker)
        assert "its disk is full" in told
        assert str(disk.broker.folder) in told


@pytest.mark.slow
async def test_after_there_is_room_again_the_equation_holds(disk, tmp_path, monkeypatch):
    url = f"kafka://{disk.broker.bootstrap}/{new_prefix()}"
    # A demonstration's day is long ago by the broker's clock, which must drop nothing for that.
    await TopicAdmin(KafkaAccess.from_settings(url), overrides=OFF_THE_CLOCK).apply()
    monkeypatch.setitem(journey_world.ENVIRONMENT, "SV_LOG", url)
    async with journey_world.running(tmp_path / "data") as installation:
        door = installation.intake.door

        async def submit(number):
            """As a sender does: the same key again until it is confirmed."""
            said = [journey_world.said(f"They kept us waiting for {number} months.") for _ in range(5)]
            session = journey_world.session_of(*said)
            while True:
                with contextlib.suppress(SurvivorVoiceError):
                    return await door.submit(session, idempotency_key=f"{number}", body=b"the same")
                await asyncio.sleep(0.1)

        confirmed = [await submit(number) for number in range(4)]
        disk.fill()
        sending = [asyncio.create_task(submit(number)) for number in range(4, 12)]
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(LogUnavailable):
                    await installation.intake.parts.log.ping()
                    await asyncio.sleep(0.1)
                    continue
                break
        await asyncio.sleep(1)
        disk.make_room()
        await asyncio.to_thread(disk.broker.restart)
        confirmed += await asyncio.gather(*sending)

        async def rested():
            return (await door.reconcile()).on_their_way == 0

        await journey_world.until(rested, seconds=_REST_SECONDS, what="rest")
        found = await door.reconcile()
        assert sum(len(each.contributions) for each in confirmed) == found.accepted == 60
        assert found.counted + found.held + found.uncounted == found.accepted
        assert (found.rejected, found.withdrawn) == (0, 0)
        assert not any(service.supervisor.died.is_set() for service in installation.services)
        for service in (installation.anonymiser, installation.themer, installation.reporter):
            assert await service.dead_letters.listed() == []
