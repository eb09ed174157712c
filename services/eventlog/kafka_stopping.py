"""Stopping aiokafka's clients for certain: their own ``stop`` waits for ever while a broker is away.

A producer that is idempotent never gives a record up; left to itself after a failure it would append its records when
the broker comes back, behind newer ones. So a producer that failed is ended, not stopped: its sender first, and only
then its connections.
"""

import asyncio
import contextlib
from collections.abc import Awaitable
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError

_LOOKS = 20
_LOOK_EVERY = 0.05


async def stop_producer(producer: AIOKafkaProducer, patience: float) -> None:
    """Send what waits and stop; end it when that takes longer than the patience."""
    if not await _done_within(producer.stop(), patience):
        await end_producer(producer)


async def end_producer(producer: AIOKafkaProducer) -> None:
    """End a producer at once: what it has not sent is not sent, and whoever waits for it gets an error."""
    producer._closed = True  # noqa: SLF001 - nothing public ends a sender that retries for ever
    sender: asyncio.Task[Any] | None = producer._sender.sender_task  # noqa: SLF001 - as above
    if sender is not None:
        for _ in range(_LOOKS):
            if sender.done():
                break
            # Once ends the sender, again ends each request that it waits for.
            sender.cancel()
            await asyncio.wait({sender}, timeout=_LOOK_EVERY)
    _fail_batches(producer._message_accumulator)  # noqa: SLF001 - as above
    await _done_within(producer.client.close(), _LOOKS * _LOOK_EVERY)


def _fail_batches(waiting: Any) -> None:
    """Give whoever waits for a batch an error; where nobody does, asyncio must not complain that nobody looked."""
    batches = [*chain.from_iterable(waiting._batches.values()), *waiting._pending_batches]  # noqa: SLF001 - as above
    # One that waits for its second try would not be found here by the library's own callback, which complains then.
    waiting._pending_batches.update(batches)  # noqa: SLF001 - as above
    waiting.fail_all(KafkaConnectionError("ended"))
    for batch in batches:
        for future in (batch.future, batch._drain_waiter):  # noqa: SLF001 - as above
            if future.done() and not future.cancelled():
                future.exception()


async def stop_consumer(consumer: AIOKafkaConsumer, patience: float) -> None:
    """Leave the group and stop; close the connections anyhow when that takes longer than the patience."""
    await _done_within(consumer.stop(), patience)
    consumer._closed = True  # noqa: SLF001 - it has no public way to be given up
    coordinator = consumer._coordinator  # noqa: SLF001 - as above
    for name in ("_coordination_task", "_heartbeat_task", "_commit_refresh_task"):
        task: asyncio.Task[Any] | None = getattr(coordinator, name, None)
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=_LOOK_EVERY)
        if task is not None and task.done() and not task.cancelled():
            task.exception()  # looked at, so that nobody complains that it never was
    if consumer._fetcher is not None:  # noqa: SLF001 - as above
        await _done_within(consumer._fetcher.close(), _LOOKS * _LOOK_EVERY)  # noqa: SLF001 - as above
    await _done_within(consumer._client.close(), _LOOKS * _LOOK_EVERY)  # noqa: SLF001 - as above


async def _done_within(step: Awaitable[Any], patience: float) -> bool:
    """Whether a step of stopping ended in time, well or not.

    It runs in a task of its own: while a broker is away ``stop`` may raise the cancellation of one of its own tasks,
    which must not look like one of ours.
    """
    task = asyncio.ensure_future(step)
    try:
        await asyncio.wait({task}, timeout=patience)
    finally:
        if not task.done():
            task.cancel()
    in_time = task.done()
    if not in_time:
        await asyncio.wait({task}, timeout=_LOOK_EVERY)
    if task.done():
        with contextlib.suppress(Exception, asyncio.CancelledError):
            task.result()
    return in_time
