"""A real broker with TLS, SCRAM users and ACLs; loudly skipped where none can be started, and failed in CI."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kafka_broker import Broker, own_broker

from services.eventlog.access import USERS
from services.eventlog.broker_access import BrokerAccess
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.topic_admin import TopicAdmin


@dataclass(frozen=True)
class Secure:
    """A secure broker and the ways into it."""

    broker: Broker

    def access(self, user: str, prefix: str = "") -> KafkaAccess:
        """Return how a user of ours reaches it."""
        return self.broker.access(prefix, ca=self.broker.ca, user=user, password_file=self.broker.users[user])

    def by_certificate(self, owner: str, **more: Any) -> KafkaAccess:
        """Return how a user of ours reaches it with a certificate instead of a password."""
        file = self.broker.certificates[owner]
        door = (self.broker.certificate_bootstrap,)
        return self.broker.access(**{"brokers": door, "ca": self.broker.ca, "certificate": file, "key": file, **more})

    def password(self, user: str) -> str:
        """Return a user's password."""
        return Path(self.broker.users[user]).read_text(encoding="utf-8")

    def options(self, user: str) -> dict[str, Any]:
        """Return the options of another library's client."""
        return {
            "bootstrap.servers": self.broker.bootstrap,
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": self.broker.ca,
            "sasl.mechanisms": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": self.password(user),
            "log_level": 0,
        }


@pytest.fixture(scope="session")
def bare_secure() -> Iterator[Secure]:
    """A secure broker without a topic."""
    with own_broker("--secure") as broker:
        yield Secure(broker)


@pytest.fixture(scope="session")
def secure(bare_secure) -> Secure:
    """The same with every declared topic and access."""
    admin = bare_secure.access("admin")
    asyncio.run(TopicAdmin(admin).apply())
    BrokerAccess(admin).grant()
    assert {*USERS, "admin"} == set(bare_secure.broker.users)
    return bare_secure
