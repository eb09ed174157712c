"""A worker in another process, that tests halt and kill: answers each record with one of the same key and value.

Usage: kafka_worker.py URL GROUP TOPIC OUTPUT SECONDS. Between polling and committing it waits so many seconds. It
prints "ready" when it owns something, "has N" for each polled batch, and "did N" or "lost N" behind it.
"""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kafka_broker import BRISK
from msgspec.structs import replace as with_

from services.errors import Fenced, LogUnavailable
from services.eventlog.interface import NewRecord
from services.eventlog.kafka import KafkaLog
from services.eventlog.kafka_access import KafkaAccess


async def main(url: str, group: str, topic: str, output: str, seconds: float) -> None:
    access = replace(KafkaAccess.from_settings(url), pace=BRISK)
    subscription = await KafkaLog(access).subscribe(group, [topic])
    said = False
    while True:
        try:
            batch = await subscription.poll(max_records=20, timeout=0.2)
            if not said and subscription.assignment:
                said = True
                print("ready", flush=True)
            if not batch.records:
                continue
            print("has", len(batch.records), flush=True)
            await asyncio.sleep(seconds)
            outputs = [
                NewRecord(output, each.key, with_(each.attributes, type="t"), each.value) for each in batch.records
            ]
            await subscription.commit(batch, outputs)
            print("did", len(batch.records), flush=True)
        except Fenced:
            print("lost", len(batch.records), flush=True)
        except LogUnavailable:
            await subscription.rewind()
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], float(sys.argv[5])))
