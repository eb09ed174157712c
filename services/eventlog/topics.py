"""The topics as declared: what each carries, how long it is kept, who writes it and who reads it.

One declaration drives the engines' trimming and compaction, the topics made on a broker
(:mod:`services.eventlog.topic_admin`), access there (:mod:`services.eventlog.access`) and the AsyncAPI document
(:mod:`services.eventlog.asyncapi`).
"""

from dataclasses import dataclass
from datetime import timedelta
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
        whole_readers: the services that read it from its start for themselves, outside any group.
        outside_readers: parties of :data:`OUTSIDERS` that may read it.
        outside_writers: parties that may append to it.
    """

    name: str
    retention: Retention
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    days: int | None = None
    partitions: int = PARTITIONS
    never_parked: bool = False
    whole_readers: tuple[str, ...] = ()
    outside_readers: tuple[str, ...] = ()
    outside_writers: tuple[str, ...] = ()


#: Parties outside the installation, each with a user of its own on a broker: a responding service that reads what was
#: published and answers recommendations.
OUTSIDERS = ("responder",)

#: Whose cursors a service waits for beside its own: a release waits until consent was heard at the themer.
WATCHED: dict[str, tuple[str, ...]] = {"reporter": ("themer.consent",)}

_SERVICES = ("intake", "anonymiser", "themer", "reporter")
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
        _SERVICES,
        ("intake.consent", "themer.consent", "reporter.consent"),
        days=_YEAR,
        never_parked=True,
        whole_readers=("anonymiser",),
    ),
    Topic(topic_of(events.SafeguardingRaised), "kept", ("intake", "themer"), (), days=_YEAR),
    Topic(topic_of(events.SafeguardingAcknowledged), "kept", ("intake",), (), days=_YEAR),
    Topic(topic_of(events.ThemeCorrected), "kept", ("themer",), (), days=_YEAR),
    Topic(topic_of(events.StatementChanged), "compacted", ("themer",), ("reporter",)),
    Topic(topic_of(events.ReportPublished), "compacted", ("reporter",), (), outside_readers=OUTSIDERS),
    Topic(topic_of(events.RecommendationChanged), "kept", ("reporter",), (), outside_readers=OUTSIDERS),
    Topic(
        topic_of(events.RecommendationAnswered),
        "kept",
        ("reporter",),
        ("reporter",),
        days=_YEAR,
        outside_writers=OUTSIDERS,
    ),
    Topic(
        topic_of(events.KeyAnnounced),
        "compacted",
        _SERVICES,
        (),
        partitions=1,
        never_parked=True,
        whole_readers=_SERVICES,
    ),
)

DECLARED: dict[str, Topic] = {topic.name: topic for topic in _TOPICS}


#: The most that one record may take, with its headers: a bundle has 512 KB at most.
MAX_RECORD_BYTES = 1024 * 1024


def _milliseconds(**time: float) -> str:
    return str(int(timedelta(**time).total_seconds() * 1000))


#: What a broker is told of a topic by its retention. A segment that is still written to is neither deleted nor
#: compacted, so each rolls on a clock; a record's own time is a day or a month and rolls nothing, so transit topics,
#: which must be erased soonest, go by the broker's time of appending.
_SETTINGS: dict[Retention, dict[str, str]] = {
    "transit": {
        "cleanup.policy": "delete",
        # A long stop must not lose data: readers' cursors trim, never a clock.
        "retention.ms": "-1",
        "segment.ms": _milliseconds(hours=1),
        "message.timestamp.type": "LogAppendTime",
        "file.delete.delay.ms": "0",
    },
    "compacted": {
        "cleanup.policy": "compact",
        "min.cleanable.dirty.ratio": "0.1",
        "max.compaction.lag.ms": _milliseconds(days=1),
        "segment.ms": _milliseconds(hours=6),
        # How long a reader that is late still sees a tombstone.
        "delete.retention.ms": _milliseconds(days=7),
        "message.timestamp.type": "CreateTime",
        "file.delete.delay.ms": "0",
    },
    "kept": {
        "cleanup.policy": "delete",
        "segment.ms": _milliseconds(days=7),
        "message.timestamp.type": "CreateTime",
        "file.delete.delay.ms": "0",
    },
}


def broker_settings(topic: Topic) -> dict[str, str]:
    """Return the settings that a topic has on a broker, by Kafka's names, in order of name."""
    found = {**_SETTINGS[topic.retention], "max.message.bytes": str(MAX_RECORD_BYTES), "retention.bytes": "-1"}
    if topic.retention == "kept":
        found["retention.ms"] = "-1" if topic.days is None else _milliseconds(days=topic.days)
    return dict(sorted(found.items()))


def erased_from_front(topic: Topic) -> bool:
    """Whether records leave a topic from its front: in transit behind its readers, kept ones by a declared age."""
    return topic.retention == "transit" or (topic.retention == "kept" and topic.days is not None)


def looks_after(topic: Topic) -> str:
    """Return the service that erases from a topic: who trims what is in transit, else its first writer."""
    return (topic.readers if topic.retention == "transit" else topic.writers)[0].partition(".")[0]


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
