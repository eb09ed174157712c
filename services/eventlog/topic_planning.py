"""What differs between the declared topics and those on a broker: pure comparison, for plan, apply and check."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.eventlog.access import Grant
from services.eventlog.topics import Topic, broker_settings

#: What begins so is ours, declared or not.
PREFIX = "sv."
MOST_REPLICAS = 3

Kind = Literal[
    "missing topic", "undeclared topic", "partitions", "replicas", "setting",
    "missing access", "surplus access", "missing user",
]  # fmt: skip

#: What apply never does: it could lose data, or break the order of records of one key.
BY_HAND: frozenset[Kind] = frozenset({"undeclared topic", "partitions", "replicas"})


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as a broker has it.

    Attributes:
        partitions: how many.
        replicas: the least number of replicas of a partition.
        settings: every setting in force, by Kafka's names.
        own: the names of those that were set for this topic and are not the broker's defaults.
    """

    partitions: int
    replicas: int
    settings: Mapping[str, str]
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on the broker that is not as declared.

    Attributes:
        kind: what differs.
        name: of the topic, or the user.
        text: a line for a person.
        grant: the access that is missing or too much.
    """

    kind: Kind
    name: str
    text: str
    grant: Grant | None = None

    @property
    def by_hand(self) -> bool:
        """Whether apply leaves it to a person."""
        return self.kind in BY_HAND

    def __str__(self) -> str:
        """Return the line, with its kind in front."""
        return f"{self.kind}: {self.text}"


def wanted_settings(topic: Topic, replicas: int, overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a topic's settings on a broker that keeps so many replicas.

    Args:
        topic: as declared.
        replicas: how many copies of each partition.
        overrides: settings that go before the declared ones; for tests that cannot wait for an hour.
    """
    safe = {"min.insync.replicas": "2" if replicas >= MOST_REPLICAS else "1"}
    return dict(sorted({**broker_settings(topic), **safe, **(overrides or {})}.items()))


def compare_topics(
    declared: Sequence[Topic],
    found: Mapping[str, FoundTopic],
    replicas: int,
    overrides: Mapping[str, str] | None = None,
    *,
    ours: str = PREFIX,
) -> list[Difference]:
    """Return how the topics of a broker differ from the declared ones, in order of declaration, strangers last.

    Args:
        declared: every topic there should be.
        found: every topic there is, by name.
        replicas: how many copies of each partition there should be.
        overrides: see :func:`wanted_settings`.
        ours: with what the name of a topic begins that nobody else may use.
    """
    differences: list[Difference] = []
    for topic in declared:
        here = found.get(topic.name)
        if here is None:
            text = f"{topic.name} with {_counted(topic.partitions, 'partition')}, {topic.retention}"
            differences.append(Difference("missing topic", topic.name, text))
        else:
            differences += _compare_topic(topic, here, replicas, wanted_settings(topic, replicas, overrides))
    names = {topic.name for topic in declared}
    strangers = sorted(name for name in found if name.startswith(ours) and name not in names)
    return differences + [
        Difference("undeclared topic", name, f"{name} is not declared: look what it holds, then drop it by hand")
        for name in strangers
    ]


def _compare_topic(topic: Topic, here: FoundTopic, replicas: int, wanted: Mapping[str, str]) -> list[Difference]:
    name = topic.name
    differences: list[Difference] = []
    if here.partitions != topic.partitions:
        text = (
            f"{name} has {_counted(here.partitions, 'partition')}, declared are {topic.partitions}: a key would move "
            "to another partition, so stop the services, let them run empty, drop the topic and apply"
        )
        differences.append(Difference("partitions", name, text))
    if here.replicas < replicas:
        text = f"{name} has {_counted(here.replicas, 'replica')}, wanted are {replicas}: reassign its partitions"
        differences.append(Difference("replicas", name, text))
    for setting, value in wanted.items():
        is_value = here.settings.get(setting)
        if is_value is None or not _same(is_value, value):
            text = f"{name} has {setting}={is_value}, declared is {value}"
            differences.append(Difference("setting", name, text))
    for setting in sorted(here.own - wanted.keys()):
        text = f"{name} has {setting}={here.settings.get(setting)}, declared is none"
        differences.append(Difference("setting", name, text))
    return differences


def compare_access(declared: Collection[Grant], missing: Collection[Grant], surplus: Sequence[str]) -> list[Difference]:
    """Return the access that is missing and that is too much.

    Args:
        declared: every grant there should be.
        missing: those of them that the broker does not have.
        surplus: each grant on our topics, groups or users that is not declared, as a line.
    """
    lacking = [Difference("missing access", grant.user, str(grant), grant) for grant in declared if grant in missing]
    return lacking + [Difference("surplus access", line, line) for line in surplus]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _same(one: str, other: str) -> bool:
    """Whether two settings are the same: brokers write numbers their own way, and policies in any order."""
    if one == other:
        return True
    try:
        return float(one) == float(other)
    except ValueError:
        return sorted(one.split(",")) == sorted(other.split(","))
