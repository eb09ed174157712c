"""Epoch keys: made ahead, told apart when unknown or destroyed, and never made again after their end."""

import datetime
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import DestroyedEpochKey, SealingError, UnknownKey
from services.sealing.bundles import BundleSealer, Opener
from services.sealing.epochs import AHEAD, EpochKeys, epoch_for
from services.sealing.suite import PublicKey

MARCH, APRIL = "anonymiser-words-2025-03", "anonymiser-words-2025-04"
days = st.dates(datetime.date(2000, 1, 1), datetime.date(2199, 12, 31))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def keys(folder):
    return EpochKeys(folder, "anonymiser", "words")


@given(day=days, purpose=st.sampled_from(["words", "pseudonymised"]))
def test_words_have_an_epoch_a_month(day, purpose):
    epoch = epoch_for("themer", purpose, day)
    assert epoch.key == f"themer-{purpose}-{day:%Y-%m}"
    assert epoch.opens.day == 1
    assert epoch.opens <= day <= epoch.closes
    assert (epoch.closes + datetime.timedelta(days=1)).day == 1
    assert (epoch.opens.month, epoch.destroyed) == (epoch.closes.month, None)


@given(day=days)
def test_facts_have_an_epoch_a_year(day):
    epoch = epoch_for("reporter", "facts", day)
    assert epoch.key == f"reporter-facts-{day.year}"
    assert (epoch.opens, epoch.closes) == (datetime.date(day.year, 1, 1), datetime.date(day.year, 12, 31))


@given(day=days, purpose=st.sampled_from(["words", "facts"]))
def test_epochs_follow_each_other_without_a_gap(day, purpose):
    epoch = epoch_for("reporter", purpose, day)
    following = epoch_for("reporter", purpose, epoch.closes + datetime.timedelta(days=1))
    assert following.opens - epoch.closes == datetime.timedelta(days=1)
    assert following.key > epoch.key


def test_the_epoch_of_the_day_is_made(keys, day):
    assert [epoch.key for epoch in keys.ensure(day)] == [MARCH]
    assert [epoch.key for epoch in keys.listed()] == [MARCH]


@pytest.mark.parametrize(("number", "ahead"), [(24, False), (25, True), (31, True)])
def test_the_next_epoch_is_made_a_week_ahead(keys, number, ahead):
    day = datetime.date(2025, 3, number)
    assert ((datetime.date(2025, 3, 31) - day) < AHEAD) is ahead
    assert [epoch.key for epoch in keys.ensure(day)] == ([MARCH, APRIL] if ahead else [MARCH])


def test_making_sure_again_keeps_the_same_key(keys, day):
    keys.ensure(day)
    before = keys.public_bytes(MARCH)
    keys.ensure(day + datetime.timedelta(days=3))
    assert keys.public_bytes(MARCH) == before
    assert EpochKeys(keys._folder, "anonymiser", "words").public_bytes(MARCH) == before


def test_each_epoch_has_a_key_of_its_own(keys):
    keys.ensure(datetime.date(2025, 3, 31))
    assert keys.public_bytes(MARCH) != keys.public_bytes(APRIL)


def test_what_is_sealed_to_an_epoch_opens_with_its_folder(keys, day):
    keys.ensure(day)
    sealer = BundleSealer(purpose="words", bundle="b1", key=MARCH, public=PublicKey(keys.public_bytes(MARCH)))
    assert Opener("words", keys).open_part(sealer.part("c1", b"said"), "c1") == b"said"


def test_an_epoch_that_was_never_here_is_unknown(keys, day):
    keys.ensure(day)
    with pytest.raises(UnknownKey):
        keys.private_key(APRIL)


@pytest.mark.parametrize(
    "name",
    [
        "themer-words-2025-03",
        "anonymiser-facts-2025",
        "anonymiser-words-../../etc",
        "anonymiser-words-2025-03.key",
        "anonymiser-words-2025/03",
        "",
        "anonymiser-words-\n",
    ],
)
def test_a_name_that_is_none_of_our_keys_is_unknown_and_leads_to_no_file(keys, day, name):
    keys.ensure(day)
    with pytest.raises(UnknownKey):
        keys.private_key(name)


def test_a_destroyed_key_is_told_from_an_unknown_one(keys, folder, day):
    keys.ensure(day)
    assert keys.private_key(MARCH)
    keys.destroy(MARCH, day)
    for again in (keys, EpochKeys(folder, "anonymiser", "words")):
        with pytest.raises(DestroyedEpochKey):
            again.private_key(MARCH)
        with pytest.raises(DestroyedEpochKey):
            again.public_bytes(MARCH)


def test_a_key_that_another_process_destroyed_is_not_used_from_memory(keys, folder, day):
    keys.ensure(day)
    assert keys.private_key(MARCH)
    EpochKeys(folder, "anonymiser", "words").destroy(MARCH, day)
    with pytest.raises(DestroyedEpochKey):
        keys.private_key(MARCH)


def test_a_destroyed_epoch_is_never_made_again(keys, folder, day):
    keys.ensure(day)
    keys.destroy(MARCH, day)
    for _ in range(2):
        with pytest.raises(DestroyedEpochKey, match="clock"):
            keys.ensure(day)
    assert not (folder / f"{MARCH}.key").exists()


def test_the_next_epoch_is_made_after_one_was_destroyed(keys):
    keys.ensure(datetime.date(2025, 3, 10))
    keys.destroy(MARCH, datetime.date(2025, 4, 2))
    assert [epoch.key for epoch in keys.ensure(datetime.date(2025, 4, 2))] == [APRIL]


def test_destroying_twice_keeps_the_first_date(keys, day):
    keys.ensure(day)
    keys.destroy(MARCH, day)
    keys.destroy(MARCH, day + datetime.timedelta(days=9))
    assert [epoch.destroyed for epoch in keys.listed()] == [day]


def test_destroying_what_was_never_here_leaves_no_trace(keys, folder, day):
    keys.ensure(day)
    keys.destroy(APRIL, day)
    with pytest.raises(UnknownKey):
        keys.private_key(APRIL)
    assert [epoch.key for epoch in keys.listed()] == [MARCH]


def test_the_dated_row_of_a_destroyed_key_holds_nothing_of_the_key(keys, folder, day):
    keys.ensure(day)
    private = keys.private_key(MARCH).raw
    whole = (folder / f"{MARCH}.key").read_bytes()
    keys.destroy(MARCH, day)
    row = (folder / f"{MARCH}.destroyed").read_bytes()
    assert b"private" in whole
    assert b"private" not in row
    assert all(
        private[start : start + 8] not in path.read_bytes() for path in folder.iterdir() for start in (0, 40, 88)
    )


def test_epochs_are_listed_by_first_day_destroyed_ones_too(keys):
    for month in (5, 3, 4):
        keys.ensure(datetime.date(2025, month, 1))
    keys.destroy(MARCH, datetime.date(2025, 5, 2))
    assert [(epoch.key[-2:], epoch.destroyed is None) for epoch in keys.listed()] == [
        ("03", False),
        ("04", True),
        ("05", True),
    ]


def test_a_folder_that_is_not_there_lists_nothing(keys):
    assert keys.listed() == []


def test_services_and_purposes_do_not_see_each_others_keys(folder, day):
    EpochKeys(folder, "anonymiser", "words").ensure(day)
    assert EpochKeys(folder, "themer", "words").listed() == []
    assert EpochKeys(folder, "anonymiser", "pseudonymised").listed() == []


@pytest.mark.parametrize("content", [b"", b"not a key", b'{"epoch": 3}'])
def test_a_damaged_key_file_says_what_to_do_and_shows_nothing_of_itself(keys, folder, day, content):
    keys.ensure(day)
    (folder / f"{MARCH}.key").write_bytes(content)
    with pytest.raises(SealingError, match="restore") as damaged:
        EpochKeys(folder, "anonymiser", "words").private_key(MARCH)
    assert "not a key" not in str(damaged.value)
    assert damaged.value.__cause__ is None


def test_no_private_byte_shows_in_any_words_about_a_key(keys, day):
    (epoch,) = keys.ensure(day)
    private = keys.private_key(MARCH)
    shown = "".join(repr(thing) + str(thing) for thing in (epoch, keys, private, private.public, keys.listed()))
    for form in (private.raw.hex(), repr(private.raw), repr(private.raw[:16])[2:-1]):
        assert form not in shown


def test_errors_about_a_key_show_no_private_byte(keys, day):
    keys.ensure(day)
    private = keys.private_key(MARCH).raw
    keys.destroy(MARCH, day)
    with pytest.raises(DestroyedEpochKey) as destroyed:
        keys.private_key(MARCH)
    assert MARCH in str(destroyed.value)
    assert private.hex()[:16] not in repr(destroyed.value)


def test_two_processes_that_make_sure_at_once_make_one_key(folder):
    script = textwrap.dedent("""
        import datetime, sys
        from pathlib import Path
        from services.sealing.epochs import EpochKeys
        sys.stdin.readline()
        keys = EpochKeys(Path(sys.argv[1]), "anonymiser", "words")
        keys.ensure(datetime.date(2025, 3, 31))
        print(*(keys.public_bytes(epoch.key).hex() for epoch in keys.listed()))
    """)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in running:
        process.stdin.write("now\n")
        process.stdin.flush()
    seen = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(set(seen)) == 1
    assert len(seen[0].split()) == 2
    assert sorted(path.name for path in folder.iterdir()) == [".lock", f"{MARCH}.key", f"{APRIL}.key"]
