"""What plan, apply and check show: every difference, each by a line that a person can act on, and no other."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.eventlog.access import Grant
from services.eventlog.topic_planning import (
    BY_HAND,
    Difference,
    FoundTopic,
    compare_access,
    compare_topics,
    wanted_settings,
)
from services.eventlog.topics import topic_named
from services.eventlog.trimming import every_topic

TOPICS = every_topic()
REPORT = topic_named("sv.report.published.v1")


def as_declared(replicas=1, overrides=None):
    """Return a broker's topics as they are when everything was applied."""
    return {
        topic.name: FoundTopic(
            topic.partitions,
            replicas,
            {"compression.type": "producer", **wanted_settings(topic, replicas, overrides)},
            frozenset(wanted_settings(topic, replicas, overrides)),
        )
        for topic in TOPICS
    }


def with_report(**changes):
    found = as_declared()
    return {**found, REPORT.name: replace(found[REPORT.name], **changes)}


@pytest.mark.parametrize("replicas", [1, 2, 3])
def test_a_broker_as_declared_shows_no_difference(replicas):
    assert compare_topics(TOPICS, as_declared(replicas), replicas) == []


def test_an_empty_broker_lacks_every_topic_in_the_order_of_declaration():
    found = compare_topics(TOPICS, {}, 1)

    assert [difference.name for difference in found] == [topic.name for topic in TOPICS]
    assert {difference.kind for difference in found} == {"missing topic"}


@given(missing=st.sets(st.sampled_from([topic.name for topic in TOPICS])))
def test_exactly_what_is_missing_is_shown(missing):
    found = {name: topic for name, topic in as_declared().items() if name not in missing}

    assert {difference.name for difference in compare_topics(TOPICS, found, 1)} == missing


@given(setting=st.sampled_from(sorted(wanted_settings(REPORT, 1))), value=st.sampled_from(["5", "other", ""]))
def test_a_setting_of_another_value_is_shown_with_both_values(setting, value):
    found = as_declared()[REPORT.name]
    changed = {**found.settings, setting: value}
    if found.settings[setting] == value:
        return

    (difference,) = compare_topics(TOPICS, with_report(settings=changed), 1)

    assert difference.kind == "setting"
    assert f"{setting}={value}, declared is {found.settings[setting]}" in difference.text


@pytest.mark.parametrize(
    ("name", "broker"),
    [("min.cleanable.dirty.ratio", "0.10"), ("delete.retention.ms", "604800000.0"), ("cleanup.policy", "compact")],
)
def test_a_number_that_is_written_otherwise_is_no_difference(name, broker):
    settings = {**as_declared()[REPORT.name].settings, name: broker}

    assert compare_topics(TOPICS, with_report(settings=settings), 1) == []


def test_a_setting_that_somebody_added_is_shown_and_a_brokers_default_is_not():
    found = as_declared()[REPORT.name]
    settings = {**found.settings, "segment.bytes": "1024"}

    assert compare_topics(TOPICS, with_report(settings=settings), 1) == []
    (difference,) = compare_topics(TOPICS, with_report(settings=settings, own=found.own | {"segment.bytes"}), 1)
    assert difference.text.endswith("has segment.bytes=1024, declared is none")


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"partitions": 1}, "partitions", "has 1 partition, declared are 4"),
        ({"partitions": 8}, "partitions", "has 8 partitions"),
        ({"replicas": 0}, "replicas", "0 replicas, wanted are 1"),
    ],
)
def test_what_cannot_be_mended_without_loss_is_by_hand(changes, kind, said):
    (difference,) = compare_topics(TOPICS, with_report(**changes), 1)

    assert difference.kind == kind
    assert difference.by_hand
    assert said in difference.text
    assert str(difference).startswith(f"{kind}: {REPORT.name}")


def test_more_replicas_than_wanted_are_well():
    assert compare_topics(TOPICS, with_report(replicas=3), 1) == []


def test_three_replicas_want_two_in_step_before_a_record_is_acknowledged():
    assert [wanted_settings(REPORT, count)["min.insync.replicas"] for count in (1, 2, 3, 5)] == ["1", "1", "2", "2"]


def test_a_topic_of_ours_that_is_not_declared_is_shown_and_other_peoples_are_not():
    strangers = {name: FoundTopic(1, 1, {}) for name in ("sv.old.v1", "orders", "__consumer_offsets", "svelte")}

    found = compare_topics(TOPICS, {**as_declared(), **strangers}, 1)
    shared = compare_topics(TOPICS, {**as_declared(), "mine.sv.old.v1": FoundTopic(1, 1, {})}, 1, ours="mine.sv.")

    assert [(difference.kind, difference.name) for difference in found] == [("undeclared topic", "sv.old.v1")]
    assert [difference.name for difference in shared] == ["mine.sv.old.v1"]


def test_what_a_test_sets_goes_before_the_declaration():
    quick = {"segment.ms": "1000"}

    assert compare_topics(TOPICS, as_declared(overrides=quick), 1, quick) == []
    assert len(compare_topics(TOPICS, as_declared(overrides=quick), 1)) == len(TOPICS)


def test_access_is_shown_missing_in_order_and_too_much_as_it_was_said():
    read = Grant("themer", "topic", "sv.a.v1", "read")
    write = Grant("themer", "topic", "sv.a.v1", "write")

    found = compare_access([read, write], {write}, ["stranger may read the topic sv.a.v1"])

    assert found == [
        Difference("missing access", "themer", "themer may write the topic sv.a.v1", write),
        Difference("surplus access", "stranger may read the topic sv.a.v1", "stranger may read the topic sv.a.v1"),
    ]
    assert not any(difference.by_hand for difference in found)
    assert {"missing topic", "setting", "missing access"}.isdisjoint(BY_HAND)
