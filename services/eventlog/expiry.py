"""Which records of a kept topic have passed their time.

Worked out from the records' own times through the interface alone, so that every engine erases the same ones.
"""

from services.eventlog.interface import EventLog, TopicPartition

_READ_TOGETHER = 500


async def expired_ends(log: EventLog, topic: str, before: str) -> dict[TopicPartition, int]:
    """Return for each partition of a topic the offset up to which records are older than a day.

    A log is erased from its front only (a broker can do no other), so this stops at the first record whose time is
    not before the day. A record without a time goes with its older neighbours behind it.

    Args:
        log: the log.
        topic: a kept topic.
        before: an ISO day or a month, ``2026-03-01`` or ``2026-03``: the first that stays.

    Raises:
        UnknownTopic: the topic is not declared.
        LogUnavailable: could not be read now.
    """
    ends: dict[TopicPartition, int] = {}
    heads = await log.heads([topic])
    for place, position in (await log.starts([topic])).items():
        end = await _end_in(log, place, position, heads[place], before)
        if end > position:
            ends[place] = end
    return ends


async def _end_in(log: EventLog, place: TopicPartition, position: int, head: int, before: str) -> int:
    end = position
    while position < head:
        records = await log.read(place, position, _READ_TOGETHER)
        for record in records:
            time = record.attributes.time
            if time is not None and time[: len(before)] >= before:
                return end
            if time is not None:
                end = record.offset + 1
        if not records:
            break
        position = records[-1].offset + 1
    return end
