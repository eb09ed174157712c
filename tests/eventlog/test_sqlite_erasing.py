"""Erasing from the disk: after a physical trim no file of the folder holds a byte of what was trimmed."""

import asyncio
import random
import sqlite3

import pytest

from services.errors import LogUnavailable

MARK = b"planted-marker-"


def copies(folder, mark=MARK):
    """Return how often the mark stands in the files of a folder."""
    return sum(path.read_bytes().count(mark) for path in folder.rglob("*") if path.is_file())


async def test_a_marked_value_is_in_the_files_before_and_in_none_after(opened, made, tmp_path):
    log = opened()
    await log.append([made.record(f"key-{n}", MARK + b"%d" % n) for n in range(200)])
    assert copies(tmp_path) >= 200
    await log.trim(await log.heads([made.transit]), physically=True)
    assert copies(tmp_path) == 0
    assert {path.name for path in tmp_path.iterdir()} >= {"log.sqlite3", "log.sqlite3-wal"}


async def test_keys_and_attributes_go_with_the_value(opened, made, tmp_path):
    log = opened()
    mark = "planted-key"
    record = made.record(mark, None, id=f"{mark}-id", subject=f"{mark}-subject", extensions={"epoch": f"{mark}-epoch"})
    await log.append([record])
    assert copies(tmp_path, mark.encode()) > 0
    await log.trim(await log.heads([made.transit]), physically=True)
    assert copies(tmp_path, mark.encode()) == 0


async def test_only_what_still_lives_is_left(opened, made, tmp_path):
    log = opened()
    await log.append([made.record("same", MARK + b"%d" % n) for n in range(100)])
    (place,) = [place for place, head in (await log.heads([made.transit])).items() if head]
    await log.trim({place: 60}, physically=True)
    assert copies(tmp_path) == 40


async def test_large_values_on_pages_of_their_own_go_too(opened, made, tmp_path):
    log = opened()
    await log.append([made.record(f"key-{n}", MARK * 5000) for n in range(8)])
    await log.append([made.record("stays", b"stays", made.output)])
    await log.trim(await log.heads([made.transit]), physically=True)
    assert copies(tmp_path) == 0
    assert copies(tmp_path, b"stays") > 0


@pytest.mark.parametrize("seed", range(6))
async def test_no_order_of_appending_and_trimming_leaves_a_copy_behind(opened, made, tmp_path, seed):
    chance = random.Random(seed)
    log = opened()
    for _ in range(25):
        topic = chance.choice([made.transit, made.output, made.kept])
        sizes = [chance.choice([0, 30, 700, 3000, 9000, 40_000]) for _ in range(chance.randrange(1, 30))]
        await log.append([made.record(f"key-{chance.random()}", MARK + bytes(size), topic) for size in sizes])
        heads = await log.heads([made.transit, made.output, made.kept])
        await log.trim({place: chance.randrange(head + 1) for place, head in heads.items()})
    heads = await log.heads([made.transit, made.output, made.kept])
    starts = await log.starts([made.transit, made.output, made.kept])
    living = sum(heads[place] - starts[place] for place in heads)
    await log.trim({}, physically=True)
    assert copies(tmp_path) == living
    await log.trim(heads, physically=True)
    assert copies(tmp_path) == 0


async def test_what_was_compacted_goes_with_the_next_physical_trim(opened, made, tmp_path):
    log = opened()
    await log.append([made.record("same", MARK + b"%d" % n, made.compacted) for n in range(50)])
    await log.compact(made.compacted)
    await log.trim({}, physically=True)
    assert copies(tmp_path) == 1


async def test_what_has_expired_goes_with_the_next_physical_trim(opened, made, tmp_path):
    log = opened()
    await log.append([made.record("same", MARK, made.kept, time="2024-01-01T00:00:00Z") for _ in range(50)])
    await log.expire(made.kept, "2025-01-01")
    await log.trim({}, physically=True)
    assert copies(tmp_path) == 0


async def test_it_waits_for_a_reader_of_another_program(opened, made, tmp_path):
    log = opened(patience=20)
    await log.append([made.record(value=MARK)])
    reader = sqlite3.connect(tmp_path / "log.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM record").fetchone()
    trimming = asyncio.create_task(log.trim(await log.heads([made.transit]), physically=True))
    await asyncio.sleep(0.3)
    assert not trimming.done()
    reader.execute("COMMIT")
    await trimming
    reader.close()
    assert copies(tmp_path) == 0


async def test_it_says_so_when_a_reader_never_leaves_and_works_later(opened, made, tmp_path):
    log = opened(patience=0.3)
    await log.append([made.record(value=MARK)])
    reader = sqlite3.connect(tmp_path / "log.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM record").fetchone()
    heads = await log.heads([made.transit])
    with pytest.raises(LogUnavailable, match="erasing could not be finished"):
        await log.trim(heads, physically=True)
    assert await log.starts([made.transit]) == heads
    reader.execute("COMMIT")
    reader.close()
    await log.trim(heads, physically=True)
    assert copies(tmp_path) == 0


async def test_appends_go_on_while_it_waits_for_a_reader(opened, made, tmp_path):
    log = opened(patience=20)
    await log.append([made.record(value=MARK)])
    reader = sqlite3.connect(tmp_path / "log.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM record").fetchone()
    trimming = asyncio.create_task(log.trim({}, physically=True))
    for number in range(5):
        await log.append([made.record(value=b"%d" % number)])
    assert not trimming.done()
    reader.execute("COMMIT")
    reader.close()
    await trimming
    assert sum((await log.heads([made.transit])).values()) == 6


async def test_it_works_while_another_client_polls(opened, made, tmp_path):
    log, other = opened(), opened()
    subscription = await other.subscribe("anonymiser", [made.transit])
    polling = asyncio.create_task(subscription.poll(max_records=10, timeout=60))
    await asyncio.sleep(0.05)
    await log.append([made.record(value=MARK)])
    batch = await polling
    await subscription.commit(batch)
    waiting = asyncio.create_task(subscription.poll(max_records=10, timeout=60))
    await log.trim(batch.ends, physically=True)
    assert copies(tmp_path) == 0
    waiting.cancel()


async def test_a_long_trim_is_done_in_pieces_and_lets_appends_between(opened, made):
    log = opened()
    await log.append([made.record("same", b"%d" % n) for n in range(9000)])
    trimming = asyncio.create_task(log.trim(await log.heads([made.transit])))
    await asyncio.sleep(0)
    await log.append([made.record("same", b"between")])
    await trimming
    (place,) = [place for place, head in (await log.heads([made.transit])).items() if head]
    assert [record.value for record in await log.read(place, 0, 10)] == [b"between"]


async def test_a_file_is_for_its_owner_alone(opened, made, tmp_path):
    log = opened()
    await log.append([made.record()])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


async def test_a_file_that_others_could_read_is_closed_to_them(opened, made, tmp_path):
    log = opened()
    await log.append([made.record()])
    await log.close()
    (tmp_path / "log.sqlite3").chmod(0o644)
    again = opened()
    await again.append([made.record()])
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


async def test_a_missing_folder_is_made_for_its_owner_alone(opened, made, tmp_path):
    log = opened("new/deeper/log.sqlite3")
    await log.append([made.record()])
    assert (tmp_path / "new" / "deeper").stat().st_mode & 0o777 == 0o700
