"""The bell: no ring is lost, nobody waits for ever, any thread may ring."""

import asyncio
import threading

from services.eventlog.bell import Bell


async def test_who_waits_is_woken():
    bell = Bell()
    waiting = asyncio.create_task(bell.wait_beyond(bell.count, 60))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    bell.ring()
    await asyncio.wait_for(waiting, 10)
    assert bell.count == 1


async def test_a_ring_between_looking_and_waiting_is_not_lost():
    bell = Bell()
    seen = bell.count
    bell.ring()
    await asyncio.wait_for(bell.wait_beyond(seen, 60), 10)
    assert bell.count > seen


async def test_waiting_ends_when_the_time_is_up():
    bell = Bell()
    await asyncio.wait_for(bell.wait_beyond(bell.count, 0.01), 10)
    assert bell.count == 0
    assert bell._waiting == {}


async def test_another_thread_may_ring_for_many():
    bell = Bell()
    waiting = [asyncio.create_task(bell.wait_beyond(bell.count, 60)) for _ in range(20)]
    await asyncio.sleep(0.01)
    thread = threading.Thread(target=bell.ring)
    thread.start()
    await asyncio.wait_for(asyncio.gather(*waiting), 10)
    thread.join()
    assert bell._waiting == {}


async def test_one_that_gives_up_is_forgotten():
    bell = Bell()
    waiting = asyncio.create_task(bell.wait_beyond(bell.count, 60))
    await asyncio.sleep(0.01)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert bell._waiting == {}
    bell.ring()
    assert bell.count == 1


async def test_closing_wakes_everyone_and_later_ones_do_not_wait():
    bell = Bell()
    waiting = asyncio.create_task(bell.wait_beyond(bell.count, 60))
    await asyncio.sleep(0.01)
    bell.close()
    await asyncio.wait_for(waiting, 10)
    await asyncio.wait_for(bell.wait_beyond(bell.count, 60), 10)
    assert waiting.done()


async def test_a_watched_change_rings():
    bell = Bell()
    changed = threading.Event()

    def look():
        return changed.is_set()

    thread = threading.Thread(target=bell.watch, args=(look, 0.005))
    thread.start()
    waiting = asyncio.create_task(bell.wait_beyond(bell.count, 60))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    changed.set()
    await asyncio.wait_for(waiting, 10)
    bell.close()
    thread.join(10)
    assert not thread.is_alive()


def test_a_waiter_of_a_loop_that_is_gone_does_not_stop_the_others():
    bell = Bell()
    loop = asyncio.new_event_loop()
    future = loop.create_future()
    bell._waiting[future] = loop
    loop.close()
    bell.ring()
    assert bell.count == 1
    assert not future.done()
