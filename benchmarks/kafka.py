"""The log on Apache Kafka against bare loops on the same broker, as ratios in one run.

Usage: python benchmarks/kafka.py [--rounds N] [--records N]. The broker is the one that KAFKA_BOOTSTRAP names, or one
that deploy/kafka starts for the run. Every side sends the same keys, values of 1 KiB and headers, with the same
options; rounds alternate, and the ratio is that of the medians. Exits 1 where a bar is missed.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import TopicPartition as Place
from confluent_kafka import Consumer, Producer
from confluent_kafka import TopicPartition as Offset

from services import events
from services.contracts import CONTRACTS, topic_of
from services.eventlog.interface import Attributes, NewRecord, Record
from services.eventlog.kafka import KafkaLog
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.kafka_options import consumer_options, producer_options
from services.eventlog.topics import broker_settings, topic_named

INPUT, OUTPUT = topic_of(events.SessionSubmitted), topic_of(events.ContributionPseudonymised)
TYPES = {contract.topic: contract.type for contract in CONTRACTS.values()}
VALUE = os.urandom(768).hex()[:1024].encode()
BATCH = 100
BARS = {
    "append / bare aiokafka": 0.8,
    "step / bare aiokafka": 0.6,
    "step / bare confluent-kafka": 0.5,
}
_BROKER = Path(__file__).parents[1] / "deploy" / "kafka" / "broker.py"


def record(number: int, topic: str) -> NewRecord:
    attributes = Attributes(
        id=f"{number:032x}",
        source="/survivor-voice/intake",
        type=TYPES[topic],
        subject=f"subject-{number}",
        time="2026-03-01T00:00:00Z",
        dataschema=f"events/{topic}.json",
    )
    return NewRecord(topic, f"subject-{number}", attributes, VALUE)


def answer(found: Record) -> NewRecord:
    """The transformation of every side: another type and topic, the same key and value."""
    kept = found.attributes
    attributes = Attributes(kept.id, kept.source, TYPES[OUTPUT], kept.subject, kept.time, kept.dataschema)
    return NewRecord(OUTPUT, found.key, attributes, found.value)


class Bench:
    """Topics and logs of one run."""

    def __init__(self, bootstrap: str, records: int) -> None:
        self.bootstrap = bootstrap
        self.records = records
        self.runs = 0

    async def fresh(self) -> tuple[KafkaAccess, str, str]:
        """Make topics for one round; return the access and their names on the broker."""
        self.runs += 1
        prefix = f"bench-{os.getpid()}-{self.runs}"
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        new = [
            NewTopic(f"{prefix}.{name}", 4, 1, topic_configs=broker_settings(topic_named(name)))
            for name in (INPUT, OUTPUT)
        ]
        await admin.create_topics(new)
        await admin.close()
        log = KafkaLog(KafkaAccess(brokers=(self.bootstrap,), prefix=prefix))
        await log.heads([INPUT, OUTPUT])
        await log.close()
        return KafkaAccess(brokers=(self.bootstrap,), prefix=prefix), f"{prefix}.{INPUT}", f"{prefix}.{OUTPUT}"

    async def fill(self, access: KafkaAccess) -> None:
        """Append what the steps of a round read."""
        log = KafkaLog(access)
        for start in range(0, self.records, 1000):
            await log.append([record(number, INPUT) for number in range(start, min(start + 1000, self.records))])
        await log.close()

    # --- appending ---

    async def append_ours(self) -> float:
        """Append in batches through the log; return records a second."""
        access, *_ = await self.fresh()
        log = KafkaLog(access)
        await log.append([record(0, OUTPUT)])
        batches = self.batches()
        began = time.perf_counter()
        for batch in batches:
            await log.append(batch)
        seconds = time.perf_counter() - began
        await log.close()
        return self.records / seconds

    async def append_bare(self) -> float:
        """Append the same through aiokafka's producer alone."""
        access, topic, _ = await self.fresh()
        messages = [KafkaLog(access).messages_of(batch) for batch in self.batches()]
        producer = AIOKafkaProducer(**producer_options(access, "bare"))
        await producer.start()
        await producer.send_and_wait(topic, b"warm", partition=0)
        began = time.perf_counter()
        for batch in messages:
            await asyncio.gather(
                *[
                    await producer.send(topic, each.value, each.key, each.place.partition, each.timestamp, each.headers)
                    for each in batch
                ]
            )
        seconds = time.perf_counter() - began
        await producer.stop()
        return self.records / seconds

    def batches(self) -> list[list[NewRecord]]:
        """Return what is appended."""
        return [
            [record(number, INPUT) for number in range(start, start + BATCH)] for start in range(0, self.records, BATCH)
        ]

    # --- stepping ---

    async def step_ours(self) -> float:
        """Consume, transform, produce and commit through the log; return records a second."""
        access, *_ = await self.fresh()
        await self.fill(access)
        log = KafkaLog(access)
        await log.append([record(0, OUTPUT)])
        subscription = await log.subscribe("anonymiser", [INPUT])
        began, done = time.perf_counter(), 0
        while done < self.records:
            batch = await subscription.poll(max_records=BATCH, timeout=1)
            await subscription.commit(batch, [answer(found) for found in batch.records])
            done += len(batch.records)
        seconds = time.perf_counter() - began
        await log.close()
        return self.records / seconds

    async def step_bare(self) -> float:
        """Do the same with aiokafka alone."""
        access, topic, output = await self.fresh()
        await self.fill(access)
        producer = AIOKafkaProducer(**producer_options(access, "bare"))
        await producer.start()
        await producer.send_and_wait(output, b"warm", partition=0)
        consumer = AIOKafkaConsumer(topic, **consumer_options(access, "bare", f"{access.prefix}.bare"))
        await consumer.start()
        began, done = time.perf_counter(), 0
        while done < self.records:
            found = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
            sent, ends = [], {}
            for place, messages in found.items():
                for message in messages:
                    headers = list(message.headers)
                    headers[3] = ("ce_type", TYPES[OUTPUT].encode())
                    sent.append(await producer.send(output, message.value, message.key, place.partition, None, headers))
                ends[Place(place.topic, place.partition)] = messages[-1].offset + 1
                done += len(messages)
            await asyncio.gather(*sent)
            if ends:
                await consumer.commit(ends)
        seconds = time.perf_counter() - began
        await consumer.stop()
        await producer.stop()
        return self.records / seconds

    async def step_confluent(self) -> float:
        """Do the same with confluent-kafka alone."""
        access, topic, output = await self.fresh()
        await self.fill(access)
        return await asyncio.to_thread(self._step_confluent, access, topic, output)

    def _step_confluent(self, access: KafkaAccess, topic: str, output: str) -> float:
        common = {"bootstrap.servers": self.bootstrap}
        producer = Producer(
            {
                **common,
                "enable.idempotence": True,
                "acks": "all",
                "compression.type": access.compression,
                "linger.ms": 0.5,
                "batch.size": 262144,
            }
        )
        producer.produce(output, b"warm", partition=0)
        producer.flush()
        consumer = Consumer(
            {
                **common,
                "group.id": f"{access.prefix}.confluent",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
            }
        )
        consumer.subscribe([topic])
        while not consumer.assignment():
            first = consumer.consume(1, 0.1)
            if first:
                consumer.seek(Offset(first[0].topic(), first[0].partition(), first[0].offset()))
        began, done = time.perf_counter(), 0
        while done < self.records:
            messages = consumer.consume(BATCH, 1.0)
            ends: dict[int, int] = {}
            for message in messages:
                headers = list(message.headers())
                headers[3] = ("ce_type", TYPES[OUTPUT].encode())
                producer.produce(output, message.value(), message.key(), partition=message.partition(), headers=headers)
                ends[message.partition()] = message.offset() + 1
            producer.flush()
            if ends:
                offsets = [Offset(topic, partition, end) for partition, end in ends.items()]
                consumer.commit(offsets=offsets, asynchronous=False)
            done += len(messages)
        seconds = time.perf_counter() - began
        consumer.close()
        return self.records / seconds

    # --- sharing ---

    async def share(self) -> float:
        """Return the seconds until a second worker has its half and the first knows of it."""
        access, *_ = await self.fresh()
        log, other = KafkaLog(access), KafkaLog(access)
        one = await log.subscribe("anonymiser", [INPUT])
        while len(one.assignment) != 4:
            await one.poll(max_records=1, timeout=0.1)
        began = time.perf_counter()
        two = await other.subscribe("anonymiser", [INPUT])
        while not len(one.assignment) == len(two.assignment) == 2:
            await one.poll(max_records=1, timeout=0.01)
        seconds = time.perf_counter() - began
        await log.close()
        await other.close()
        return seconds


async def compare(rounds: int, **sides: Callable[[], Awaitable[float]]) -> dict[str, float]:
    """Return the median of each side's rounds, which alternate."""
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            found[name].append(await side())
    return {name: statistics.median(values) for name, values in found.items()}


async def run(bootstrap: str, rounds: int, records: int) -> int:
    bench = Bench(bootstrap, records)
    append = await compare(rounds, ours=bench.append_ours, bare=bench.append_bare)
    step = await compare(rounds, ours=bench.step_ours, bare=bench.step_bare, confluent=bench.step_confluent)
    joining = statistics.median([await bench.share() for _ in range(rounds)])
    print(f"append of {BATCH}: ours {append['ours']:,.0f}/s, bare aiokafka {append['bare']:,.0f}/s")
    print(
        f"step of {BATCH}: ours {step['ours']:,.0f}/s, bare aiokafka {step['bare']:,.0f}/s, "
        f"bare confluent-kafka {step['confluent']:,.0f}/s"
    )
    ratios = {
        "append / bare aiokafka": append["ours"] / append["bare"],
        "step / bare aiokafka": step["ours"] / step["bare"],
        "step / bare confluent-kafka": step["ours"] / step["confluent"],
    }
    kept = True
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f} (bar {BARS[name]})")
        kept = kept and ratio >= BARS[name]
    print(f"a second worker has its share after {joining:.2f} s (bar 1)")
    return 0 if kept and joining <= 1 else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--records", type=int, default=10_000)
    given = parser.parse_args()
    named = os.environ.get("KAFKA_BOOTSTRAP")
    if named:
        return asyncio.run(run(named, given.rounds, given.records))
    with tempfile.TemporaryDirectory(prefix="sv-kafka-") as folder:
        started = subprocess.run(
            [sys.executable, str(_BROKER), "start", "--folder", folder], capture_output=True, text=True, check=True
        )
        try:
            return asyncio.run(run(json.loads(started.stdout)["bootstrap"], given.rounds, given.records))
        finally:
            subprocess.run([sys.executable, str(_BROKER), "kill", "--folder", folder], check=False)


if __name__ == "__main__":
    sys.exit(main())
