"""Data keys: one a contributor, destroyed for ever, and a key-encryption key that every erasure run replaces."""

import pytest

from services.errors import DestroyedDataKey, SealBroken, UnknownKey
from services.sealing.datakeys import KeyEncryptionKeys
from services.themer import store


@pytest.fixture
def keeping(themer):
    return themer.holds._data_keys


def generations(bench):
    return KeyEncryptionKeys(bench.data / "keys" / "themer", "themer").generations()


async def made(themer, keeping, *contributors):
    async with themer.database.begin() as transaction:
        return await keeping.for_writing(transaction, contributors)


async def read(themer, keeping, contributor):
    async with themer.database.read() as view:
        return await keeping.for_reading(view, contributor)


async def destroy(themer, keeping, *contributors, day="2025-01-15"):
    async with themer.database.begin() as transaction:
        await keeping.destroy(transaction, list(contributors), day)


async def test_a_key_is_made_once_and_found_again(themer, keeping):
    first = await made(themer, keeping, "c1", "c2", "c1")
    again = await made(themer, keeping, "c1")
    assert again["c1"].raw == first["c1"].raw != first["c2"].raw
    assert (await read(themer, keeping, "c2")).raw == first["c2"].raw


async def test_keys_lie_wrapped_and_each_names_its_generation(bench, themer, keeping):
    keys = await made(themer, keeping, "c1")
    (row,) = await bench.rows(themer, store.data_keys)
    assert row.generation == 1
    assert keys["c1"].raw not in row.wrapped


async def test_the_key_that_wraps_them_is_in_no_database(bench, themer, keeping):
    await made(themer, keeping, "c1")
    (path,) = (bench.data / "keys" / "themer").glob("themer-kek-*.key")
    assert path.stat().st_mode & 0o077 == 0
    content = path.read_bytes()
    for database in bench.data.rglob("*.sqlite3*"):
        assert content not in database.read_bytes()


async def test_a_key_that_was_never_here_is_not_taken_for_an_erased_one(themer, keeping):
    with pytest.raises(UnknownKey):
        await read(themer, keeping, "nobody")


async def test_a_destroyed_key_reads_as_erased_and_is_never_made_again(themer, keeping):
    await made(themer, keeping, "c1", "c2")
    await destroy(themer, keeping, "c1")
    with pytest.raises(DestroyedDataKey):
        await read(themer, keeping, "c1")
    with pytest.raises(DestroyedDataKey):
        await made(themer, keeping, "c2", "c1")
    await read(themer, keeping, "c2")


async def test_a_key_can_be_destroyed_before_it_was_ever_made(themer, keeping):
    await destroy(themer, keeping, "never-seen")
    with pytest.raises(DestroyedDataKey):
        await made(themer, keeping, "never-seen")


async def test_destroying_again_keeps_the_first_day(bench, themer, keeping):
    await destroy(themer, keeping, "c1", day="2025-01-15")
    await destroy(themer, keeping, "c1", "c2", day="2025-02-01")
    rows = {row.contributor: row.destroyed_on for row in await bench.rows(themer, store.destroyed_keys)}
    assert rows == {"c1": "2025-01-15", "c2": "2025-02-01"}


async def test_a_new_generation_opens_the_same_keys_and_the_old_file_is_gone(bench, themer, keeping):
    keys = await made(themer, keeping, "c1", "c2")
    old = {row.contributor: row.wrapped for row in await bench.rows(themer, store.data_keys)}
    await keeping.replace_generation()
    assert generations(bench) == [2]
    assert (await read(themer, keeping, "c1")).raw == keys["c1"].raw
    for row in await bench.rows(themer, store.data_keys):
        assert row.generation == 2
        assert row.wrapped != old[row.contributor]
    with pytest.raises(UnknownKey):
        KeyEncryptionKeys(bench.data / "keys" / "themer", "themer").unwrap("c1", old["c1"], 1)


async def test_replacing_with_nobody_left_still_destroys_the_old_generation(bench, themer, keeping):
    await made(themer, keeping, "c1")
    await destroy(themer, keeping, "c1")
    await keeping.replace_generation()
    assert generations(bench) == [2]


async def test_a_wrapped_key_of_one_person_opens_for_nobody_else(bench, themer, keeping):
    await made(themer, keeping, "c1", "c2")
    (row, *_) = await bench.rows(themer, store.data_keys)
    other = "c2" if row.contributor == "c1" else "c1"
    with pytest.raises(SealBroken):
        KeyEncryptionKeys(bench.data / "keys" / "themer", "themer").unwrap(other, row.wrapped, row.generation)


class Killed(BaseException):
    """Stands for the end of the process at a place of the test's choice."""


@pytest.mark.parametrize("place", ["before_rewrapping", "before_destroying"])
async def test_a_kill_while_the_generation_is_replaced_loses_no_key_and_is_made_good(
    bench, themer, keeping, monkeypatch, place
):
    keys = await made(themer, keeping, "c1", "c2")
    name = {"before_rewrapping": "wrap", "before_destroying": "destroy_before"}[place]

    def die(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(KeyEncryptionKeys, name, die)
        with pytest.raises(Killed):
            await keeping.replace_generation()
    # Both generations are on disk, so whichever the rows name, they open.
    assert generations(bench) == [1, 2]
    assert (await read(themer, keeping, "c1")).raw == keys["c1"].raw
    # Somebody new arrives before the next run: her key is wrapped under the newest generation.
    newcomer = (await made(themer, keeping, "c3"))["c3"]
    await keeping.replace_generation()
    assert generations(bench) == [3]
    assert (await read(themer, keeping, "c2")).raw == keys["c2"].raw
    assert (await read(themer, keeping, "c3")).raw == newcomer.raw
    assert {row.generation for row in await bench.rows(themer, store.data_keys)} == {3}


async def test_another_instance_wraps_under_the_generation_that_was_made_last(bench, themer, keeping):
    await made(themer, keeping, "c1")
    await keeping.replace_generation()
    await made(themer, keeping, "c2")
    rows = {row.contributor: row.generation for row in await bench.rows(themer, store.data_keys)}
    assert rows == {"c1": 2, "c2": 2}
