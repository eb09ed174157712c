"""PostgreSQL is killed under a running installation: one line says so, nothing dies, nothing is lost, it goes on."""

import asyncio
import contextlib
import json

import pytest

from services.errors import StoreUnavailable, SurvivorVoiceError


def events_in(stream):
    return [json.loads(line)["event"] for line in stream.getvalue().splitlines()]


@pytest.mark.slow
async def test_an_installation_outlives_the_death_of_its_database_and_loses_nothing(
    tmp_path, journey, own_server, monkeypatch, quiet_logs
):
    monkeypatch.setitem(journey.ENVIRONMENT, "SV_DATABASE", own_server.new())
    async with journey.running(tmp_path / "data") as installation:
        door = installation.intake.door
        accepted = 0

        async def submit(number):
            """As a sender does: the same key again until it is confirmed."""
            said = [journey.said(f"They kept us waiting for {number} months.") for _ in range(3)]
            while True:
                with contextlib.suppress(SurvivorVoiceError):
                    return await door.submit(journey.session_of(*said), idempotency_key=f"{number}", body=b"the same")
                await asyncio.sleep(0.05)

        for death in range(3):
            sending = [asyncio.create_task(submit(f"{death}-{number}")) for number in range(6)]
            await asyncio.sleep(0.02 * death)
            await asyncio.to_thread(own_server.kill)
            with pytest.raises(StoreUnavailable):
                await door.make_group("Not now", seated=False)
            await asyncio.sleep(0.3)
            await asyncio.to_thread(own_server.start)
            accepted += sum(len(found.contributions) for found in await asyncio.gather(*sending))
            await journey.at_rest(installation)
        found = await door.reconcile()
        assert not any(service.supervisor.died.is_set() for service in installation.services)
        for service in (installation.themer, installation.reporter, installation.intake):
            assert await service.dead_letters.listed() == []
    assert (found.accepted, found.on_their_way, found.rejected) == (accepted, 0, 0) == (54, 0, 0)
    assert found.counted + found.held + found.uncounted == 54
    events = events_in(quiet_logs)
    # Once for each of the three services and each death, and never again until it is back.
    assert 3 <= events.count("the database is away") <= 9
    assert events.count("the database is back") == events.count("the database is away")
