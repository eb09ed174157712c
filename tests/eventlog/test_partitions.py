"""Which partition a record belongs in, and how partitions are shared out."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import UnknownTopic
from services.eventlog.interface import Attributes, NewRecord, TopicPartition
from services.eventlog.partitions import partition_of, partitions_in, place_of, places_of
from services.eventlog.sharing import share_out

ATTRIBUTES = Attributes(id="i", source="s", type="t", subject="k")
PLACES = [TopicPartition(topic, number) for topic in ("one", "two") for number in range(4)]
members = st.dictionaries(
    st.integers(1, 1000), st.sampled_from([frozenset(PLACES), frozenset(PLACES[:4]), frozenset(PLACES[4:])]), max_size=9
)


@pytest.mark.parametrize(("key", "expected"), [("a", 3), ("key-1", 2), ("", 0), ("ü", 1)])
def test_the_partition_of_a_key_never_changes_between_versions(key, expected):
    assert partition_of(key, 4) == expected


@given(st.text(), st.integers(1, 64))
def test_a_key_has_one_partition_and_it_exists(key, partitions):
    assert 0 <= partition_of(key, partitions) < partitions
    assert partition_of(key, partitions) == partition_of(key, partitions)


def test_many_keys_spread_evenly():
    spread = Counter(partition_of(f"{number:032x}", 4) for number in range(4000))
    assert all(900 < count < 1100 for count in spread.values())


def test_a_record_goes_where_its_key_says(made):
    record = made.record("a")
    assert place_of(record) == TopicPartition(made.transit, 3)


def test_a_marker_goes_where_it_says(made):
    assert place_of(NewRecord(made.transit, "a", ATTRIBUTES, b"", partition=1)) == TopicPartition(made.transit, 1)


@pytest.mark.parametrize("partition", [-1, 4, 400])
def test_a_partition_that_is_not_there_is_refused(made, partition):
    with pytest.raises(UnknownTopic, match=f"no partition {partition}"):
        place_of(NewRecord(made.transit, "a", ATTRIBUTES, b"", partition=partition))


def test_a_topic_of_one_partition_takes_every_key(made):
    assert {place_of(made.record(f"key-{n}", topic=made.single)).partition for n in range(50)} == {0}


def test_places_are_named_once_and_sorted(made):
    places = places_of([made.transit, made.single, made.transit])
    assert places == sorted(set(places))
    assert len(places) == 5


def test_dead_letters_have_one_partition(made):
    assert partitions_in(f"{made.transit}.dlq.anonymiser") == 1


@pytest.mark.parametrize("topic", ["sv.no", "sv.session.submitted.v1.dlq.reporter", "sv.consent.changed.v1.dlq.themer"])
def test_what_is_not_declared_has_no_partitions(topic):
    with pytest.raises(UnknownTopic, match="is not declared"):
        partitions_in(topic)


@given(members)
def test_every_partition_has_exactly_one_owner_that_reads_it(shares):
    owners = share_out(shares)
    assert set(owners) == frozenset().union(*shares.values())
    assert all(place in shares[owner] for place, owner in owners.items())


@given(st.sets(st.integers(1, 1000), min_size=1, max_size=12))
def test_shares_of_equal_members_differ_by_at_most_one(numbers):
    owners = share_out(dict.fromkeys(numbers, frozenset(PLACES)))
    sizes = [list(owners.values()).count(number) for number in numbers]
    assert max(sizes) - min(sizes) <= 1


@given(members)
def test_the_share_out_does_not_depend_on_the_order_of_members(shares):
    assert share_out(dict(reversed(shares.items()))) == share_out(shares)


def test_without_members_nothing_is_shared_out():
    assert share_out({}) == {}
