"""The event log as services see it: a few calls that SQLite, memory and Apache Kafka can all keep.

Delivery is at least once; effects happen once, because readers apply only a greater revision
(see :mod:`services.events`).

* ``append`` is durable when it returns, in the order given for each key.
* ``poll`` gives a batch that is contiguous in each partition; markers are in it and the runner hides them from
  handlers.
* ``commit(batch, outputs)`` makes the outputs durable first and moves the group's cursors then, or raises and moves
  nothing.
* A worker that lost a partition to another gets :class:`~services.errors.Fenced` from ``commit``: it drops the batch.
* A group without a cursor stands at the start of every partition.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec

from services.contracts import MARKER_TYPES


class TopicPartition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


# What there is one of for every record is a struct: a tenth of a dataclass's time to make, and none for the collector.


class Attributes(msgspec.Struct, frozen=True, gc=False):
    """The CloudEvents 1.0.2 attributes of a record (``datacontenttype`` is always ``application/json``).

    Attributes:
        id: equal for a re-send.
        source: ``/survivor-voice/<service>``.
        type: the contract's type.
        subject: an opaque id.
        time: an RFC 3339 day or month start, as the contract allows; absent on markers.
        dataschema: the name of the contract's schema file.
        traceparent: W3C trace context; ends at the anonymiser.
        extensions: further attributes (``epoch``, ``dlq...``), names in lower case letters and digits.
    """

    id: str
    source: str
    type: str
    subject: str
    time: str | None = None
    dataschema: str | None = None
    traceparent: str | None = None
    extensions: Mapping[str, str] = msgspec.field(default_factory=dict)


class NewRecord(msgspec.Struct, frozen=True, gc=False):
    """A record to append.

    Attributes:
        topic: a declared topic.
        key: the record key; it decides the partition (and what compaction keeps).
        attributes: CloudEvents attributes.
        value: JSON bytes, or None for a tombstone.
        partition: given only for markers; else the key decides.
    """

    topic: str
    key: str
    attributes: Attributes
    value: bytes | None
    partition: int | None = None


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record as it lies in the log."""

    topic: str
    partition: int
    offset: int
    key: str
    attributes: Attributes
    value: bytes | None

    @property
    def place(self) -> TopicPartition:
        """The partition that it lies in."""
        return TopicPartition(self.topic, self.partition)

    @property
    def is_marker(self) -> bool:
        """Whether it is a marker of the log's own, which no handler sees."""
        return self.attributes.type in MARKER_TYPES


@dataclass(frozen=True, slots=True)
class Batch:
    """Records polled together: contiguous in each partition, partitions in any order.

    Attributes:
        records: in offset order within a partition.
        ends: for each partition in the batch the cursor that a commit stores (offset behind the last record).
    """

    records: tuple[Record, ...]
    ends: Mapping[TopicPartition, int]


class Subscription(Protocol):
    """One worker of a group. The partitions of the topics are shared out among the group's live workers."""

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that this worker owns now."""

    async def poll(self, *, max_records: int, timeout: float) -> Batch:  # noqa: ASYNC109 - Kafka's own shape: an empty batch, not an error
        """Return the next records of the owned partitions, or an empty batch after ``timeout`` seconds.

        Each call goes on behind the last one, committed or not.

        Raises:
            LogUnavailable: back off and try again.
        """

    async def commit(self, batch: Batch, outputs: Sequence[NewRecord] = ()) -> None:
        """Make the outputs durable, then move the group's cursors behind the batch.

        Raises:
            Fenced: another worker owns a partition of the batch now, or it was polled before a rewind; nothing was
                moved, and the next poll starts at the cursors.
            LogUnavailable: nothing was moved; rewind and try again.
        """

    async def rewind(self) -> None:
        """Forget what was polled and not committed: the next poll starts at the cursors."""

    async def close(self) -> None:
        """Leave the group at once, so that others take over without waiting."""


class EventLog(Protocol):
    """The log itself."""

    async def append(self, records: Sequence[NewRecord]) -> None:
        """Append records durably, in order for each key; durable when this returns.

        Raises:
            UnknownTopic: a topic is not declared; nothing was appended.
            LogUnavailable: full disk, locked, broker away. Some may have been appended: send all of them again.
        """

    async def read(self, place: TopicPartition, offset: int, limit: int) -> list[Record]:
        """Return up to ``limit`` records from ``offset`` on, skipping what was trimmed or compacted."""

    async def heads(self, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return for every partition of the topics the offset that the next record will get."""

    async def starts(self, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return for every partition the first offset that was not trimmed (its head when all was)."""

    async def cursors(self, group: str, topics: Collection[str]) -> dict[TopicPartition, int]:
        """Return the group's cursor for every partition of the topics; 0 where it has none."""

    async def subscribe(self, group: str, topics: Collection[str]) -> Subscription:
        """Join a group as one more worker."""

    async def trim(self, ends: Mapping[TopicPartition, int], *, physically: bool = False) -> None:
        """Erase all records before the given offsets.

        With ``physically`` it returns only when no byte of them, nor of anything erased before, is left in the log's
        files; without ends that is all it does. An engine may append sweep markers of its own to that end.

        Raises:
            LogUnavailable: could not be done or not be proven now; try again.
        """

    async def compact(self, topic: str) -> None:
        """Keep only the newest record of each key of a compacted topic (and no tombstones older than it).

        An engine may append sweep markers of its own to that end. A broker compacts on its own clock: there it may
        return before that is done.
        """

    async def expire(self, topic: str, before: str) -> None:
        """Erase, from the front of each partition of a kept topic, the records whose time is before a day or month.

        It stops at the first record that is not older; one without a time goes with its older neighbours behind it.

        Args:
            topic: a kept topic.
            before: an ISO day or month, the first that stays.

        Raises:
            UnknownTopic: the topic is not declared.
            LogUnavailable: could not be done now; try again.
        """

    async def ping(self) -> None:
        """Raise LogUnavailable when the log cannot be written now."""

    async def close(self) -> None:
        """Release files and threads; appends that were accepted are durable."""
