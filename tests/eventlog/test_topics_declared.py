"""The declaration itself: least rights, and settings on a broker that neither lose nor keep too much."""

import pytest

from services.contracts import CONTRACTS, topic_of
from services.eventlog.access import USERS, Grant, grants
from services.eventlog.topics import (
    DECLARED,
    MAX_RECORD_BYTES,
    OUTSIDERS,
    WATCHED,
    broker_settings,
    erased_from_front,
    looks_after,
    topic_named,
)
from services.eventlog.trimming import every_topic
from services.events import (
    ContributionPseudonymised,
    ContributionThemed,
    SessionHeld,
    SessionSubmitted,
    StatementChanged,
    StatementPseudonymised,
)
from services.settings import SERVICES

DAY = 24 * 60 * 60 * 1000
TOPICS = {topic.name: topic for topic in every_topic()}


def readers_of(payload):
    return {
        grant.user
        for grant in grants()
        if grant.resource == "topic" and grant.operation == "read" and grant.name == topic_of(payload)
    }


def test_words_and_facts_are_read_by_the_one_service_that_needs_them():
    assert readers_of(SessionSubmitted) == {"anonymiser"}
    assert readers_of(ContributionPseudonymised) == readers_of(StatementPseudonymised) == {"themer"}
    assert readers_of(ContributionThemed) == {"reporter"}


def test_the_reporter_reads_no_words_and_only_it_and_their_writer_read_approved_sentences():
    reads = {grant.name for grant in grants() if (grant.user, grant.operation) == ("reporter", "read")}

    assert {
        topic_of(SessionSubmitted),
        topic_of(ContributionPseudonymised),
        topic_of(StatementPseudonymised),
    }.isdisjoint(reads)
    assert readers_of(StatementChanged) == {"reporter", "themer"}
    assert readers_of(SessionHeld) == {"reporter"}


def test_a_dead_letter_is_read_by_the_service_that_parked_it_alone():
    for topic in TOPICS.values():
        if ".dlq." in topic.name:
            users = {grant.user for grant in grants() if grant.name == topic.name}
            assert users == {topic.name.rpartition(".dlq.")[2].partition(".")[0]}


def test_whoever_writes_reads_or_keeps_a_cursor_by_the_declaration_may_do_so():
    found = set(grants())
    for topic in TOPICS.values():
        for writer in topic.writers:
            assert Grant(writer.partition(".")[0], "topic", topic.name, "write") in found
        for group in topic.readers:
            service = group.partition(".")[0]
            assert Grant(service, "topic", topic.name, "read") in found
            assert Grant(service, "group", group, "read") in found
        if erased_from_front(topic):
            assert Grant(looks_after(topic), "topic", topic.name, "delete") in found


def test_what_is_kept_for_ever_is_erased_by_nobody():
    erased = {grant.name for grant in grants() if grant.operation == "delete"}

    assert {name for name, topic in TOPICS.items() if not erased_from_front(topic)}.isdisjoint(erased)
    assert "sv.report.published.v1" not in erased
    assert "sv.session.held.v1" not in erased


def test_grants_name_known_users_and_declared_topics_and_no_pattern():
    groups = {group for topic in TOPICS.values() for group in topic.readers}
    watched = {group for several in WATCHED.values() for group in several}
    own = {f"{service}.dead-letters" for service in SERVICES}
    for grant in grants():
        assert grant.user in USERS
        assert grant.name in (TOPICS if grant.resource == "topic" else groups | watched | own | set(OUTSIDERS))
        assert "*" not in grant.name
    assert list(grants()) == sorted(set(grants()))


def test_parties_outside_touch_published_topics_alone():
    outside = {(grant.resource, grant.name, grant.operation) for grant in grants() if grant.user in OUTSIDERS}

    assert outside == {
        ("topic", "sv.report.published.v1", "read"),
        ("topic", "sv.recommendation.changed.v1", "read"),
        ("topic", "sv.recommendation.answered.v1", "write"),
        *(("group", party, "read") for party in OUTSIDERS),
    }


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_a_topic_is_kept_on_a_broker_as_long_as_it_is_declared(name):
    topic = TOPICS[name]
    settings = broker_settings(topic)

    assert list(settings) == sorted(settings)
    assert settings["max.message.bytes"] == str(MAX_RECORD_BYTES)
    if topic.retention == "compacted":
        assert settings["cleanup.policy"] == "compact"
        assert "retention.ms" not in settings
        assert int(settings["max.compaction.lag.ms"]) <= DAY
        assert int(settings["segment.ms"]) <= 6 * 60 * 60 * 1000
    else:
        assert settings["cleanup.policy"] == "delete"
        kept = -1 if topic.retention == "transit" or topic.days is None else topic.days * DAY
        assert int(settings["retention.ms"]) == kept


def test_segments_of_transit_topics_roll_by_the_brokers_clock_and_of_the_others_by_the_records():
    kinds = {topic.retention: broker_settings(topic)["message.timestamp.type"] for topic in TOPICS.values()}

    assert kinds == {"transit": "LogAppendTime", "compacted": "CreateTime", "kept": "CreateTime"}
    assert {broker_settings(topic)["segment.ms"] for topic in TOPICS.values() if topic.retention == "transit"} == {
        "3600000"
    }


def test_a_dead_letter_topic_keeps_what_its_source_keeps_and_is_trimmed_by_the_same_service():
    letters = topic_named("sv.session.submitted.v1.dlq.anonymiser")

    assert letters.retention == "transit"
    assert looks_after(letters) == looks_after(topic_named("sv.session.submitted.v1")) == "anonymiser"


def test_every_contract_that_is_no_marker_has_one_declared_topic():
    topics = [contract.topic for contract in CONTRACTS.values() if not contract.name.startswith("log.")]

    assert sorted(topics) == sorted(DECLARED)
