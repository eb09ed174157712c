"""Reads a topic from its start and keeps up with it, outside any group.

For what every process must know for itself: which keys were announced, who has confirmed an erasure.
"""

from services.eventlog.interface import EventLog, Record, TopicPartition

_READ_TOGETHER = 500


class Tail:
    """Remembers how far it has read.

    Args:
        log: the log.
        topic: a declared topic.
        markers: whether markers of the log's own are wanted too.
    """

    def __init__(self, log: EventLog, topic: str, *, markers: bool = False) -> None:
        self._log = log
        self._topic = topic
        self._markers = markers
        self._positions: dict[TopicPartition, int] = {}

    async def catch_up(self) -> list[Record]:
        """Return everything appended since the last call; the first call begins at the start.

        Records of one key come in order. What was trimmed or compacted away before it was read is passed over.

        Raises:
            UnknownTopic: the topic is not declared.
            LogUnavailable: could not be read now; the next call returns the same records.
        """
        positions = dict(self._positions)
        new: list[Record] = []
        for place, head in sorted((await self._log.heads([self._topic])).items()):
            position = positions.get(place, 0)
            while position < head:
                records = await self._log.read(place, position, _READ_TOGETHER)
                new += records
                position = records[-1].offset + 1 if records else head
            positions[place] = position
        self._positions = positions
        return [record for record in new if self._markers or not record.is_marker]
