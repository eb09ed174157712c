"""What another process does in the tests of durable engines: appends batches and says when each is durable.

Usage: writing_process.py URL TOPIC NAME SIZE COUNT. For each acknowledged batch it prints its number.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from services.eventlog.interface import Attributes, NewRecord
from services.eventlog.opening import open_log


def batch_of(topic: str, name: str, number: int, size: int) -> list[NewRecord]:
    """Return one batch: all under one key, each saying which batch and which place in it."""
    return [
        NewRecord(
            topic,
            name,
            Attributes(id=f"{name}-{number}-{place}", source="/survivor-voice/intake", type="t", subject=name),
            b"%d/%d" % (number, place),
        )
        for place in range(size)
    ]


async def main(url: str, topic: str, name: str, size: int, count: int) -> None:
    log = open_log(url)
    for number in range(count):
        await log.append(batch_of(topic, name, number, size))
        print(number, flush=True)
    await log.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
