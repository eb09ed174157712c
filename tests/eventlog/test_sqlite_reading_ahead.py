"""While a commit is written the next records are read already; nobody may be able to tell but by the clock."""

import asyncio

import pytest

from services.errors import Fenced

GROUP = "anonymiser"


def offsets(batch):
    return {(record.partition, record.offset) for record in batch.records}


async def joined(log, made):
    return await log.subscribe(GROUP, [made.transit])


async def taken(subscription, many=10):
    return await subscription.poll(max_records=many, timeout=0.2)


async def everything(subscription, many=10):
    found = []
    while (batch := await taken(subscription, many)).records:
        found += [(record.partition, record.offset) for record in batch.records]
        await subscription.commit(batch)
    return found


async def test_every_record_comes_once_however_large_the_batches_are(opened, made):
    log = opened()
    await log.append(made.records(200))
    found = []
    subscription = await joined(log, made)
    for many in (10, 10, 3, 50, 7, 7, 1, 200, 10):
        batch = await taken(subscription, many)
        assert len(batch.records) <= many
        found += [(record.partition, record.offset) for record in batch.records]
        await subscription.commit(batch)
    assert len(found) == len(set(found)) == 200


async def test_what_a_commit_itself_writes_is_read_by_the_next_poll(opened, made):
    log = opened()
    await log.append([made.record()])
    subscription = await joined(log, made)
    await subscription.commit(await taken(subscription), [made.record(value=b'"its own"')])
    assert [record.value for record in (await taken(subscription)).records] == [b'"its own"']


async def test_a_poll_during_a_commit_goes_on_behind_the_last_one(opened, made):
    log = opened()
    await log.append(made.records(60))
    subscription = await joined(log, made)
    seen = []
    for _ in range(6):
        batch = await taken(subscription)
        seen += sorted(offsets(batch))
        committing = asyncio.create_task(subscription.commit(batch))
        between = await taken(subscription)
        seen += sorted(offsets(between))
        await committing
        await subscription.commit(between)
    assert len(seen) == len(set(seen)) == 60


async def test_a_rewind_forgets_what_was_read_ahead(opened, made):
    log = opened()
    await log.append(made.records(30))
    subscription = await joined(log, made)
    await subscription.commit(await taken(subscription))
    second = await taken(subscription)
    await subscription.rewind()
    again = await everything(subscription)
    assert offsets(second) <= set(again)
    assert len(again) == 20


async def test_what_was_read_ahead_and_trimmed_then_is_not_given_out(opened, made):
    log = opened()
    await log.append(made.records(40))
    subscription = await joined(log, made)
    await subscription.commit(await taken(subscription))
    await log.trim(await log.heads([made.transit]))
    assert not (await taken(subscription)).records


async def test_another_worker_that_joins_gets_its_share_although_it_was_read_ahead(opened, made):
    log = opened()
    await log.append(made.records(40))
    first = await joined(log, made)
    await first.commit(await taken(first))
    second = await joined(log, made)
    kept = await taken(first, 40)
    assert {record.place for record in kept.records} <= first.assignment
    assert not first.assignment & second.assignment


async def test_a_worker_of_another_process_that_joins_fences_what_was_read_ahead(opened, made):
    log, other = opened(), opened()
    await log.append(made.records(40))
    first = await joined(log, made)
    await first.commit(await taken(first))
    second = await joined(other, made)
    stale = await taken(first)
    if {record.place for record in stale.records} & second.assignment:
        with pytest.raises(Fenced):
            await first.commit(stale)
    found = await everything(first) + await everything(second)
    assert len(found) == len(set(found))


async def test_closing_the_log_while_something_is_read_ahead_is_quiet(opened, made):
    log = opened()
    await log.append(made.records(40))
    subscription = await joined(log, made)
    await subscription.commit(await taken(subscription))
    await log.close()
