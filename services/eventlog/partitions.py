"""Which partition a record lies in: engines agree, so that a log can be moved from one to another.

The key decides (CRC-32 of its UTF-8 bytes), except where a marker names its partition.
"""

from collections.abc import Collection
from zlib import crc32

from services.errors import UnknownTopic
from services.eventlog.interface import NewRecord, TopicPartition
from services.eventlog.topics import topic_named

#: The partitions of the topics met so far; only declared ones get in, so it cannot grow.
_known: dict[str, tuple[TopicPartition, ...]] = {}


def partitions_in(topic: str) -> int:
    """Return how many partitions a topic has.

    Raises:
        UnknownTopic: no such topic is declared.
    """
    return len(_places_in(topic))


def partition_of(key: str, partitions: int) -> int:
    """Return the partition of a key among so many."""
    return crc32(key.encode()) % partitions


def place_of(record: NewRecord) -> TopicPartition:
    """Return the partition that a record belongs in.

    Raises:
        UnknownTopic: its topic is not declared, or has no partition of the number that it names.
    """
    places = _known.get(record.topic) or _places_in(record.topic)
    if record.partition is None:
        return places[partition_of(record.key, len(places))]
    if not 0 <= record.partition < len(places):
        raise UnknownTopic(f"The topic {record.topic} has no partition {record.partition}.")
    return places[record.partition]


def places_of(topics: Collection[str]) -> list[TopicPartition]:
    """Return every partition of the topics, sorted.

    Raises:
        UnknownTopic: one of them is not declared.
    """
    return [place for topic in sorted(set(topics)) for place in _places_in(topic)]


def _places_in(topic: str) -> tuple[TopicPartition, ...]:
    places = _known.get(topic)
    if places is None:
        count = topic_named(topic).partitions
        places = _known.setdefault(topic, tuple(TopicPartition(topic, number) for number in range(count)))
    return places
