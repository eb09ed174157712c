"""Brokers for the tests of this folder: one that all share, one that may be killed, and a secure one."""

import pytest
from kafka_broker import drop_topics, own_broker, shared_broker
from kafka_world import World


@pytest.fixture
async def world():
    made = World(shared_broker())
    await made.make()
    yield made
    await made.close()
    await drop_topics(made.broker, made.prefix, made.topics)


@pytest.fixture(scope="module")
def mortal():
    """A broker of the module's own, that tests may stop and kill."""
    with own_broker() as broker:
        yield broker


@pytest.fixture
async def exposed(mortal):
    """Topics of the test's own on a broker that it may stop and kill."""
    made = World(mortal)
    await made.make()
    yield made
    await made.close()


@pytest.fixture(scope="module")
def guarded():
    """A broker with TLS, SCRAM and access control."""
    with own_broker("--secure") as broker:
        yield broker
