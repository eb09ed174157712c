"""The topics as declared: what each carries, how long it is kept, who writes it and who reads it.

One declaration drives the engines' trimming and compaction, the topics made on a broker, and access there.
"""

from dataclasses import dataclass
from typing import Literal

from services import events
from services.contracts import topic_of
from services.errors import UnknownTopic

Retention = Literal["transit", "compacted", "kept"]

#: Partitions of a topic whose order matters per contribution; sharing out needs no more on the sizes of the design.
PARTITIONS = 4


@dataclass(frozen=True, slots=True)
class Topic:
    """One declared topic.

    Attributes:
        name: as in the log.
        retention: ``transit`` is trimmed behind the slowest declared reader and has no retention by time; ``compacted``
            keeps the newest record of a key; ``kept`` stays for ``days`` (None: for ever).
        writers: the services that may append.
        readers: the groups that read it with cursors: a service, or ``<service>.consent`` for what is never parked,
            so that consent never waits behind words.
        days: how long a kept topic stays.
        partitions: how many.
        never_parked: a record that cannot be handled stops the worker (consent, erasure and keys).
    """

    name: str
    retention: Retention
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    days: int | None = None
    partitions: int = PARTITIONS
    never_parked: bool = False


_YEAR = 366

_TOPICS = (
    Topic(topic_of(events.SessionSubmitted), "transit", ("intake",), ("anonymiser",)),
    Topic(topic_of(events.ContributionPseudonymised), "transit", ("anonymiser",), ("themer",)),
    Topic(topic_of(events.StatementPseudonymised), "transit", ("anonymiser",), ("themer",)),
    Topic(topic_of(events.ContributionThemed), "transit", ("themer",), ("reporter",)),
    Topic(topic_of(events.ContributionSettled), "kept", ("themer",), ("intake",), days=_YEAR),
    Topic(topic_of(events.ContributionCounted), "kept", ("reporter",), ("intake",), days=_YEAR),
    Topic(topic_of(events.SessionHeld), "kept", ("intake",), ("reporter",)),
    Topic(
        topic_of(events.ConsentChanged),
        "compacted",
        ("intake",),
        ("anonymiser.consent", "themer.consent", "reporter.consent"),
        never_parked=True,
    ),
    Topic(
        topic_of(events.ErasureConfirmed),
        "kept",
        ("intake", "anonymiser", "themer", "reporter"),
        ("intake.consent", "themer.consent", "reporter.consent"),
        days=_YEAR,
        never_parked=True,
    ),
    Topic(topic_of(events.SafeguardingRaised), "kept", ("intake", "themer"), (), days=_YEAR),
    Topic(topic_of(events.SafeguardingAcknowledged), "kept", ("intake",), (), days=_YEAR),
    Topic(topic_of(events.ThemeCorrected), "kept", ("themer",), (), days=_YEAR),
    Topic(topic_of(events.StatementChanged), "compacted", ("themer",), ("reporter",)),
    Topic(topic_of(events.ReportPublished), "compacted", ("reporter",), ()),
    Topic(topic_of(events.RecommendationChanged), "kept", ("reporter",), ()),
    Topic(topic_of(events.RecommendationAnswered), "kept", ("reporter",), ("reporter",), days=_YEAR),
    Topic(
        topic_of(events.KeyAnnounced),
        "compacted",
        ("intake", "anonymiser", "themer", "reporter"),
        (),
        partitions=1,
        never_parked=True,
    ),
)

DECLARED: dict[str, Topic] = {topic.name: topic for topic in _TOPICS}


def dead_letters_of(topic: str, group: str) -> str:
    """Return the name of the topic that parks a group's records of a topic."""
    return f"{topic}.dlq.{group}"


def dead_letter_group(group: str) -> str:
    """Return the group whose cursor says which dead letters were replayed or rejected."""
    return f"{group}.dead-letters"


def topic_named(name: str) -> Topic:
    """Return a declared topic, or the dead-letter topic of a declared reader.

    Raises:
        UnknownTopic: no such topic is declared.
    """
    if name in DECLARED:
        return DECLARED[name]
    source, mark, group = name.partition(".dlq.")
    topic = DECLARED.get(source)
    if not mark or topic is None or group not in topic.readers or topic.never_parked:
        raise UnknownTopic(f"The topic {name} is not declared.")
    return Topic(name, "transit", (group,), (dead_letter_group(group),), partitions=1)


def trimmed_by(group: str) -> list[Topic]:
    """Return what a group trims: the transit topics that it alone reads, and its dead letters of them."""
    own = [topic for topic in _TOPICS if topic.retention == "transit" and topic.readers == (group,)]
    return own + [topic_named(dead_letters_of(topic.name, group)) for topic in own]
