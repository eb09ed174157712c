"""Which records of several partitions a batch takes: some of each, and else the oldest, whatever their partition."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.eventlog.interface import TopicPartition
from services.eventlog.sqlite_file import connect, prepare_file
from services.eventlog.sqlite_known import Known
from services.eventlog.sqlite_reading import Claim, read_oldest
from services.eventlog.sqlite_turn import Turn


@pytest.fixture
def file(tmp_path):
    prepare_file(tmp_path / "read.sqlite3", patience=1)
    connection = connect(tmp_path / "read.sqlite3", patience=1)
    yield connection
    connection.close()


def written(connection, topic, partitions):
    """Write one record after another, each in one of the partitions and with its number as its value."""
    connection.execute("DELETE FROM record")
    connection.execute("DELETE FROM place")
    turn = Turn(connection, Known())
    turn.append(
        [
            (TopicPartition(topic, partition), f"{number}", b"", b"%d" % number)
            for number, partition in enumerate(partitions)
        ]
    )
    turn.flush()


def waiting(connection, *, after=None):
    """Return every partition that has something, with the offset to read from."""
    found = connection.execute("SELECT topic, partition, id, head FROM place ORDER BY partition").fetchall()
    after = after or {}
    return [
        (Claim(TopicPartition(topic, partition), number, 1, head, 0, 0), after.get(partition, 0))
        for topic, partition, number, head in found
        if after.get(partition, 0) < head
    ]


def numbers(found):
    return sorted(int(record.value) for records in found for record in records)


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Attributes do not matter here."""
    monkeypatch.setattr("services.eventlog.sqlite_reading.unpack", lambda *_: None)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(partitions=st.lists(st.integers(0, 3), max_size=80), limit=st.integers(1, 30))
def test_reading_on_and_on_takes_every_record_once_and_each_partition_in_order(file, made, partitions, limit):
    written(file, made.transit, partitions)
    after, met = {}, []
    while left := waiting(file, after=after):
        found = read_oldest(file, left, limit)
        assert 0 < sum(map(len, found)) <= limit
        for records in found:
            offsets = [record.offset for record in records]
            first = after.get(records[0].partition, 0)
            assert offsets == list(range(first, first + len(records)))
            assert len({record.partition for record in records}) == 1
            after[records[0].partition] = offsets[-1] + 1
        met += numbers(found)
    assert sorted(met) == list(range(len(partitions)))


def test_partitions_that_were_written_together_are_read_together(file, made):
    written(file, made.transit, [0, 1, 2, 3] * 25)
    assert numbers(read_oldest(file, waiting(file), 40)) == list(range(40))


def test_what_is_new_in_one_partition_does_not_wait_for_all_that_is_older_in_another(file, made):
    written(file, made.transit, [0] * 500 + [1] * 3)
    found = numbers(read_oldest(file, waiting(file), 40))
    assert found == [*range(37), 500, 501, 502]


def test_even_the_smallest_batch_goes_to_the_oldest(file, made):
    written(file, made.transit, [2, 1, 0])
    assert numbers(read_oldest(file, waiting(file), 1)) == [0]


def test_what_was_compacted_away_leaves_gaps_and_holds_nothing_up(file, made):
    written(file, made.transit, [0, 1] * 50)
    file.execute("DELETE FROM record WHERE row % 10 <> 0")
    found = read_oldest(file, waiting(file), 100)
    assert sum(map(len, found)) == 10
