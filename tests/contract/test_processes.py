"""The contract of engines that outlive a process: what was acknowledged stays whole, and workers are replaced."""

import asyncio
import signal
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

HERE = Path(__file__).parent


async def start(script, *arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable, str(HERE / script), *map(str, arguments), stdout=asyncio.subprocess.PIPE
    )


async def test_what_was_appended_is_there_after_opening_again(durable):
    records = durable.records(50)
    await durable.log.append(records)
    subscription = await durable.alone()
    batch = await subscription.poll(max_records=20, timeout=1)
    await subscription.commit(batch)
    heads = await durable.log.heads([durable.transit])
    await durable.log.close()
    again = await durable.client()
    assert await again.heads([durable.transit]) == heads
    assert len(await durable.everything(durable.transit, again)) == 50
    assert sum((await again.cursors(durable.group, [durable.transit])).values()) == len(batch.records)


async def test_bounds_outlive_the_records_that_were_trimmed(durable):
    await durable.log.append(durable.records(50))
    before = await durable.log.heads([durable.transit])
    await durable.log.trim(before, physically=True)
    heads = await durable.log.heads([durable.transit])
    assert all(heads[place] >= head for place, head in before.items())
    await durable.log.close()
    again = await durable.client()
    assert await again.heads([durable.transit]) == heads
    assert await again.starts([durable.transit]) == heads


async def test_appends_that_were_accepted_before_a_close_are_durable(durable):
    pending = [asyncio.create_task(durable.log.append([durable.record(f"key-{n}", b"1")])) for n in range(30)]
    await asyncio.sleep(0)
    await durable.log.close()
    results = await asyncio.gather(*pending, return_exceptions=True)
    again = await durable.client()
    assert len(await durable.everything(durable.transit, again)) == results.count(None) == 30


async def test_two_clients_see_each_other(durable):
    other = await durable.client()
    subscription = await durable.alone()
    waiting = asyncio.create_task(subscription.poll(max_records=10, timeout=60))
    await asyncio.sleep(0.05)
    await other.append([durable.record("key", b"from the other")])
    batch = await asyncio.wait_for(waiting, 30)
    assert [record.value for record in batch.records] == [b"from the other"]


async def test_a_poll_here_wakes_for_an_append_in_another_process(durable):
    subscription = await durable.alone()
    waiting = asyncio.create_task(subscription.poll(max_records=10, timeout=60))
    process = await start("writing_process.py", durable.engine.url, durable.transit, "far", 1, 1)
    batch = await asyncio.wait_for(waiting, 30)
    assert [record.value for record in batch.records] == [b"0/0"]
    assert await process.wait() == 0


async def test_writers_in_several_processes_lose_and_tear_nothing(durable):
    names = ["one", "two", "three"]
    processes = [await start("writing_process.py", durable.engine.url, durable.transit, name, 5, 30) for name in names]
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    assert [len(output.split()) for output, _ in outputs] == [30, 30, 30]
    values = defaultdict(list)
    for record in await durable.everything(durable.transit):
        values[record.key].append(record.value)
    expected = [b"%d/%d" % (number, place) for number in range(30) for place in range(5)]
    assert values == dict.fromkeys(names, expected)


@pytest.mark.parametrize("after", [1, 3, 8, 20, 60])
async def test_a_process_killed_while_appending_loses_nothing_acknowledged_and_tears_no_batch(durable, after):
    process = await start("writing_process.py", durable.engine.url, durable.transit, "killed", 7, 100_000)
    assert process.stdout is not None
    acknowledged = [int(await process.stdout.readline()) for _ in range(after)][-1]
    process.send_signal(signal.SIGKILL)
    acknowledged = max([acknowledged, *(int(line) for line in (await process.stdout.read()).split(b"\n") if line)])
    await process.wait()
    values = [record.value for record in await durable.everything(durable.transit)]
    batches = len(values) // 7
    assert values == [b"%d/%d" % (number, place) for number in range(batches) for place in range(7)]
    assert batches >= acknowledged + 1
    await durable.log.append([durable.record("afterwards", b"1")])
    assert len(await durable.everything(durable.transit)) == len(values) + 1


async def test_the_partitions_of_a_killed_worker_go_to_another(durable):
    await durable.log.append(durable.records(50, keys=20))
    process = await start("working_process.py", durable.engine.url, durable.group, durable.transit, durable.output)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    await process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    await process.wait()
    subscription = await durable.alone()
    done = sum((await durable.log.cursors(durable.group, [durable.transit])).values())
    assert done >= 1
    while done < 50:
        batch = await subscription.poll(max_records=50, timeout=0.5)
        await subscription.commit(
            batch, [durable.record(record.key, record.value, durable.output) for record in batch.records]
        )
        done += len(batch.records)
    answers = Counter(record.value for record in await durable.everything(durable.output))
    assert set(answers) == {b"%d" % number for number in range(50)}


async def test_workers_in_two_processes_share_the_work(durable):
    arguments = (durable.engine.url, durable.group, durable.transit, durable.output)
    processes = [await start("working_process.py", *arguments) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    await durable.log.append(durable.records(400, keys=100))
    heads = await durable.log.heads([durable.transit])
    while await durable.log.cursors(durable.group, [durable.transit]) != heads:
        await asyncio.sleep(0.05)
    for process in processes:
        process.kill()
        await process.wait()
    answered = [sum(map(int, (await process.stdout.read()).split())) for process in processes]
    assert all(answered)
    lying = await durable.everything(durable.output)
    assert {record.value for record in lying} == {b"%d" % number for number in range(400)}
