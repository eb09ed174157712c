"""With access control on, every service as a user of its own: the whole line works, trimming and erasing included."""

import asyncio

import journey_world
import pytest
from journey_world import at_rest, said, session_of, until
from kafka_broker import new_prefix

from services.eventlog import topics
from services.eventlog.broker_access import BrokerAccess
from services.eventlog.opening import open_log
from services.eventlog.topic_admin import TopicAdmin
from services.eventlog.topics import DECLARED
from services.settings import SERVICES, read_settings

#: A demonstration's day is long ago by the broker's clock, which must drop nothing for that.
OFF_THE_CLOCK = {"retention.ms": "-1"}
_ERASED_SECONDS = 180.0


@pytest.fixture
async def environment(bare_secure, monkeypatch):
    """Topics with access of their own, and each service's login."""
    prefix = new_prefix()
    admin = bare_secure.access("admin", prefix)
    # Declared so, not only set so: a service's user may not look a topic's settings up on the broker.
    monkeypatch.setitem(topics._SETTINGS["transit"], "segment.ms", "1000")
    await TopicAdmin(admin, overrides=OFF_THE_CLOCK).apply()
    await asyncio.to_thread(BrokerAccess(admin).grant)
    found = {
        "SV_LOG": f"kafka://{bare_secure.broker.bootstrap}/{prefix}",
        "SV_KAFKA_CA": bare_secure.broker.ca,
        "SV_KAFKA_RETENTION_CHECK": "1",
    }
    for service in SERVICES:
        found[f"SV_{service.upper()}_KAFKA_USER"] = service
        found[f"SV_{service.upper()}_KAFKA_PASSWORD_FILE"] = bare_secure.broker.users[service]
    for name, value in found.items():
        monkeypatch.setitem(journey_world.ENVIRONMENT, name, value)
    return found


@pytest.fixture
async def services(environment, tmp_path):
    """The four services, each with a log and a login of its own."""
    made = {}
    try:
        for service in ("reporter", "themer", "anonymiser", "intake"):
            made[service] = journey_world.make_installation(tmp_path / "data", only=(service,))
            await made[service].start()
        yield made
    finally:
        for each in reversed(list(made.values())):
            await each.stop()


@pytest.mark.slow
async def test_words_are_trimmed_and_a_withdrawal_comes_to_its_end(services, environment, bare_secure):
    intake = services["intake"]
    door = intake.intake.door
    receipt = await door.issue_receipt()
    await door.submit(session_of(said("The officer listened and rang me back.", receipt=receipt), said("Nobody rang.")))
    await at_rest(intake)
    token = await door.withdraw(await door.person(receipt=receipt))

    async def confirmed():
        return set(await door.confirmations(token)) == set(SERVICES)

    await until(confirmed, seconds=_ERASED_SECONDS, what="the erasure")
    found = await door.reconcile()
    assert (found.accepted, found.withdrawn, found.on_their_way) == (2, 1, 0)
    login = {"SV_KAFKA_USER": "admin", "SV_KAFKA_PASSWORD_FILE": bare_secure.broker.users["admin"]}
    log = open_log(environment["SV_LOG"], read_settings(environment={**environment, **login}))
    try:
        transit = [topic.name for topic in DECLARED.values() if topic.retention == "transit"]
        starts, heads = await log.starts(transit), await log.heads(transit)
    finally:
        await log.close()
    words = [place for place, head in heads.items() if head]
    assert words
    assert all(starts[place] > 0 for place in words)
