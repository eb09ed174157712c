"""A few moves on a real broker, with topics of their own for each test."""

from collections import Counter
from dataclasses import replace

from kafka_broker import BRISK, Broker, make_topics, new_prefix

from services import events
from services.contracts import CONTRACTS, topic_of
from services.eventlog.interface import Attributes, NewRecord
from services.eventlog.kafka import KafkaLog
from services.eventlog.topics import dead_letters_of

TRANSIT = topic_of(events.SessionSubmitted)
OUTPUT = topic_of(events.ContributionPseudonymised)
COMPACTED = topic_of(events.ConsentChanged)
KEPT = topic_of(events.ContributionSettled)
GROUP = "anonymiser"
TYPES = {contract.topic: contract.type for contract in CONTRACTS.values()}


class World:
    """Topics of one test on a broker, and the logs that it opens on them."""

    transit, output, compacted, kept, group = TRANSIT, OUTPUT, COMPACTED, KEPT, GROUP
    parked = dead_letters_of(TRANSIT, GROUP)
    topics = (TRANSIT, OUTPUT, COMPACTED, KEPT, parked)

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.prefix = new_prefix()
        self.logs: list[KafkaLog] = []
        self._made = 0

    async def make(self, **overrides) -> None:
        await make_topics(self.broker, self.prefix, self.topics, overrides=overrides)

    def log(self, *, bootstrap=None, **more) -> KafkaLog:
        """Open a log; ``pace`` takes the names of what is different in it."""
        pace = replace(BRISK, **more.pop("pace", {}))
        log = KafkaLog(
            self.broker.access(self.prefix, brokers=(bootstrap or self.broker.bootstrap,), pace=pace, **more)
        )
        self.logs.append(log)
        return log

    async def close(self) -> None:
        for log in self.logs:
            await log.close()

    def record(self, key, value=b"{}", topic=TRANSIT, **more) -> NewRecord:
        self._made += 1
        attributes = Attributes(
            id=f"{self._made:032x}", source="/survivor-voice/intake", type=TYPES.get(topic, TYPES[TRANSIT]), subject=key
        )
        return NewRecord(topic, key, attributes, value, **more)

    def records(self, count, topic=TRANSIT, keys=7, start=0):
        return [self.record(f"key-{n % keys}", b"%d" % n, topic) for n in range(start, start + count)]

    async def everything(self, log, topic):
        found = []
        for place, head in sorted((await log.heads([topic])).items()):
            position = 0
            while position < head and (records := await log.read(place, position, 1000)):
                found += records
                position = records[-1].offset + 1
        return [record for record in found if not record.is_marker]

    async def values(self, log, topic) -> Counter:
        return Counter(int(record.value) for record in await self.everything(log, topic))

    async def lag(self, log) -> int:
        cursors = await log.cursors(GROUP, [TRANSIT])
        return sum(head - cursors[place] for place, head in (await log.heads([TRANSIT])).items())
