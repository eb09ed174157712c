"""The demonstration on a real broker, with and without a database server: the same releases, byte for byte."""

import databases
import pytest
from kafka_broker import new_prefix, shared_broker
from small_demonstration import run_small

from services.demo.places import OFF_THE_CLOCK, declare_log
from services.errors import DataFolderError
from services.eventlog.interface import Attributes, NewRecord
from services.eventlog.kafka import KafkaLog
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.topic_admin import TopicAdmin
from services.eventlog.trimming import every_topic
from services.settings import read_settings
from services.telemetry.logs import set_up_logs


@pytest.fixture(autouse=True)
def _quiet():
    set_up_logs(level=40)
    yield
    set_up_logs()


@pytest.fixture(params=databases.ENGINES)
def environment(request, tmp_path):
    """A log on the broker with stores on each engine."""
    databases.require_installed(request.param)
    stores = databases.stores_on(request.param, tmp_path)
    yield {"SV_LOG": f"kafka://{shared_broker().bootstrap}/{new_prefix()}", **stores.environment}
    stores.give_back()


async def test_its_release_has_the_same_bytes_as_on_one_machine(environment, tmp_path):
    await declare_log(read_settings(data=tmp_path / "broker", environment=environment))
    there = await run_small(tmp_path / "broker", environment=environment)
    here = await run_small(tmp_path / "one-machine")

    assert len(there.citations) == 1
    assert there.citations == here.citations
    assert there.line() == here.line()


async def test_topics_that_were_used_are_refused(tmp_path):
    environment = {"SV_LOG": f"kafka://{shared_broker().bootstrap}/{new_prefix()}"}
    settings = read_settings(data=tmp_path, environment=environment)
    await declare_log(settings)
    await declare_log(settings)
    log = KafkaLog(KafkaAccess.from_settings(settings.log_url))
    try:
        attributes = Attributes(id="1", source="/survivor-voice/intake", type="t", subject="s")
        await log.append([NewRecord("sv.session.held.v1", "session", attributes, b"{}")])
    finally:
        await log.close()
    with pytest.raises(DataFolderError, match="have been used"):
        await declare_log(settings)


async def test_a_broker_drops_nothing_for_the_age_that_the_demonstrations_clock_gives_it(tmp_path):
    settings = read_settings(
        data=tmp_path, environment={"SV_LOG": f"kafka://{shared_broker().bootstrap}/{new_prefix()}"}
    )
    await declare_log(settings)
    access = KafkaAccess.from_settings(settings.log_url)

    assert await TopicAdmin(access, overrides=OFF_THE_CLOCK).differences() == []
    differing = {difference.name for difference in await TopicAdmin(access).differences()}
    for_a_year = {
        f"{access.prefix}.{topic.name}" for topic in every_topic() if topic.retention == "kept" and topic.days
    }
    assert for_a_year <= differing
