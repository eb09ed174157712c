"""A worker in another process: answers each record with one of the same key and value.

Usage: working_process.py URL GROUP TOPIC OUTPUT. It prints "ready" when it owns something and the size of each
committed batch.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from msgspec.structs import replace

from services.errors import Fenced
from services.eventlog.interface import NewRecord, Record
from services.eventlog.opening import open_log


def answer(record: Record, topic: str) -> NewRecord:
    attributes = replace(record.attributes, type="org.survivorvoice.contribution.pseudonymised.v1")
    return NewRecord(topic, record.key, attributes, record.value)


async def main(url: str, group: str, topic: str, output: str) -> None:
    log = open_log(url)
    subscription = await log.subscribe(group, [topic])
    said = False
    while True:
        batch = await subscription.poll(max_records=10, timeout=0.2)
        if not said and subscription.assignment:
            said = True
            print("ready", flush=True)
        try:
            await subscription.commit(batch, [answer(record, output) for record in batch.records])
        except Fenced:
            continue
        if batch.records:
            print(len(batch.records), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
