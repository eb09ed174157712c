"""Reading partitions from any offset, outside groups."""

from collections.abc import Iterator

from aiokafka.record.memory_records import MemoryRecords

from services.errors import LogUnavailable
from services.eventlog.interface import Record, TopicPartition
from services.eventlog.kafka_questions import EARLIEST, Questions
from services.eventlog.kafka_records import record_of


async def read_records(
    questions: Questions, place: TopicPartition, remote: TopicPartition, offset: int, limit: int
) -> list[Record]:
    """Return up to ``limit`` records of a partition from ``offset`` on, skipping what was trimmed or compacted.

    Args:
        questions: asks the broker.
        place: the partition as services name it.
        remote: and as the broker does.
        offset: where to begin.
        limit: how many at most.

    Raises:
        LogUnavailable: the broker is away, or a batch was damaged on its way.
    """
    found: list[Record] = []
    position = offset
    while len(found) < limit:
        fetched = await questions.fetch(remote, position)
        if fetched is None:
            start = (await questions.bounds([remote], EARLIEST))[remote]
            if start <= position:
                return found  # behind the head
            # The batch that holds the start is given whole, what was erased before it too.
            position = offset = start
            continue
        before = position
        for record, behind in _records_in(fetched.data, place):
            position = max(position, behind)
            if record is not None and record.offset >= offset:
                found.append(record)
                if len(found) == limit:
                    return found
        if position in {before, fetched.head}:
            return found
    return found


def _records_in(data: bytes, place: TopicPartition) -> Iterator[tuple[Record | None, int]]:
    """Give each record with the offset behind it; None behind a batch whose last records were compacted away."""
    batches = MemoryRecords(data)
    while batches.has_next():
        batch = batches.next_batch()
        if not batch.validate_crc():
            raise LogUnavailable(f"A batch of {place.topic} was damaged on its way. It is tried again.")
        if not batch.is_control_batch:
            for raw in batch:
                yield record_of(place, raw), raw.offset + 1
        yield None, batch.next_offset
