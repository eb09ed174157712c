"""Who may do what on a broker, worked out from the declared topics: least rights, one user a service.

A service's user is named as the service. Only the anonymiser reads submitted words, only the themer reads
pseudonymised ones, and the reporter reads neither. Nobody but an administrator may make or change a topic. On a broker
the right to erase records from a topic's front is the right to drop the topic too: brokers of ours therefore have
``delete.topic.enable=false``.
"""

from dataclasses import dataclass
from typing import Literal

from services.eventlog.topics import OUTSIDERS, WATCHED, dead_letter_group, erased_from_front, looks_after
from services.eventlog.trimming import every_topic
from services.settings import SERVICES

Resource = Literal["topic", "group"]
Operation = Literal["read", "write", "delete", "describe"]

#: Every user but the administrator.
USERS: tuple[str, ...] = (*SERVICES, *OUTSIDERS)

_ERASING: tuple[Operation, ...] = ("read", "write", "delete")
_COMPACTING: tuple[Operation, ...] = ("read", "write")


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One thing that one user may do.

    Attributes:
        user: a service, or a party outside.
        resource: of which kind.
        name: the topic's or group's whole name; never a pattern.
        operation: ``read`` and ``write`` let it describe too; ``delete`` is erasing records from a topic's front.
    """

    user: str
    resource: Resource
    name: str
    operation: Operation

    def __str__(self) -> str:
        """Return it as a person would say it."""
        return f"{self.user} may {self.operation} the {self.resource} {self.name}"


def grants() -> tuple[Grant, ...]:
    """Return everything that is allowed, in order; what is not in it is refused."""
    found: set[Grant] = set()
    for topic in every_topic():
        for writer in (*topic.writers, *topic.outside_writers):
            found.add(Grant(writer.partition(".")[0], "topic", topic.name, "write"))
        for group in topic.readers:
            service = group.partition(".")[0]
            found.add(Grant(service, "topic", topic.name, "read"))
            found.add(Grant(service, "group", group, "read"))
            if not (topic.never_parked or group.endswith(dead_letter_group(""))):
                found.add(Grant(service, "group", dead_letter_group(group), "read"))
        for reader in (*topic.whole_readers, *topic.outside_readers):
            found.add(Grant(reader, "topic", topic.name, "read"))
        # Whoever looks after a topic looks for what has to go, and appends the markers that roll the broker's segments.
        keeper = looks_after(topic)
        if erased_from_front(topic):
            found |= {Grant(keeper, "topic", topic.name, operation) for operation in _ERASING}
        elif topic.retention == "compacted":
            found |= {Grant(keeper, "topic", topic.name, operation) for operation in _COMPACTING}
    for service, groups in WATCHED.items():
        found |= {Grant(service, "group", group, "describe") for group in groups}
    found |= {Grant(party, "group", party, "read") for party in OUTSIDERS}
    return tuple(sorted(found))


def topics_of(user: str) -> list[str]:
    """Return the topics that a user may read, write or erase from, in order of name."""
    return sorted({grant.name for grant in grants() if grant.user == user and grant.resource == "topic"})
