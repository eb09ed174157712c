"""On a real broker with SCRAM users and ACLs, each user may do what is declared for it, and nothing else."""

import asyncio
import time
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import TopicAuthorizationFailedError
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType
from kafka_broker import opened

from services.contracts import topic_of
from services.errors import AccessDenied, LoginRefused, LogUnavailable
from services.eventlog.access import USERS, grants
from services.eventlog.broker_access import BrokerAccess
from services.eventlog.cloudevents import marker_record
from services.eventlog.interface import TopicPartition as Place
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.topic_admin import TopicAdmin
from services.eventlog.trimming import every_topic
from services.events import (
    ConsentChanged,
    ContributionPseudonymised,
    ContributionThemed,
    LogSwept,
    SessionSubmitted,
    StatementPseudonymised,
)

TOPICS = [topic.name for topic in every_topic()]
GROUPS = sorted({grant.name for grant in grants() if grant.resource == "group"})
SUBMITTED, PSEUDONYMISED = topic_of(SessionSubmitted), topic_of(ContributionPseudonymised)

REFUSALS = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
}


class _Silent:
    def log(self, *_):
        pass


def declared(user, resource, *operations):
    return {
        grant.name
        for grant in grants()
        if (grant.user, grant.resource) == (user, resource) and grant.operation in operations
    }


def written(secure, user):
    """Return the topics to which a user can write."""
    outcomes = {}
    producer = Producer(
        {**secure.options(user), "enable.idempotence": True, "delivery.timeout.ms": 20000}, logger=_Silent()
    )
    for topic in TOPICS:
        producer.produce(
            topic,
            key=b"someone",
            value=b"{}",
            partition=0,
            on_delivery=lambda error, message: outcomes.update({message.topic(): error}),
        )
        producer.poll(0)
    producer.flush(30)
    refusals = {topic: error.code() for topic, error in outcomes.items() if error is not None}
    assert set(refusals.values()) <= {KafkaError.TOPIC_AUTHORIZATION_FAILED}
    assert outcomes.keys() == set(TOPICS)
    return outcomes.keys() - refusals.keys()


async def read(secure, user):
    """Return the topics whose record a user gets."""
    turns = asyncio.Semaphore(4)
    got = await asyncio.gather(*(_gets(secure.access(user), topic, turns) for topic in TOPICS))
    return {topic for topic, each in zip(TOPICS, got, strict=True) if each}


async def _gets(access, topic, turns):
    """Whether a user gets the record of a topic; else it was refused, and told so."""
    async with turns, asyncio.timeout(30):
        consumer = AIOKafkaConsumer(topic, **access.connection_options(), auto_offset_reset="earliest")
        try:
            await consumer.start()
            return (await consumer.getone()).topic == topic
        except TopicAuthorizationFailedError:
            return False
        finally:
            await consumer.stop()


def allowed(futures):
    """Return the keys of what was not refused."""
    found = set()
    for key, future in futures.items():
        try:
            error = _inner_error(future.result(timeout=30))
        except KafkaException as trouble:
            error = trouble.args[0]
        if error is None:
            found.add(key)
        else:
            assert error.code() in REFUSALS, error
    return found


def _inner_error(answer):
    """Return the refusal that some answers hold for each partition instead of raising it."""
    errors = [place.error for place in getattr(answer, "topic_partitions", None) or [] if place.error is not None]
    return errors[0] if errors else None


@pytest.fixture(scope="module")
def filled(secure):
    """The broker with a record in each topic, and its place for cursors made."""
    assert written(secure, "admin") == set(TOPICS)
    admin = AdminClient(secure.options("admin"), logger=_Silent())
    cursors = [ConsumerGroupTopicPartitions("nobody", [TopicPartition(SUBMITTED, 0, 0)])]
    deadline = time.monotonic() + 30
    while True:
        try:
            error = _inner_error(*[each.result(30) for each in admin.alter_consumer_group_offsets(cursors).values()])
        except KafkaException as trouble:
            error = trouble.args[0]
        if error is None:
            return secure
        # The first cursor ever makes the topic of cursors, which takes a moment.
        assert time.monotonic() < deadline, error
        time.sleep(0.1)


@pytest.mark.parametrize("user", USERS)
def test_a_user_writes_to_its_own_topics_and_to_no_other(filled, user):
    assert written(filled, user) == declared(user, "topic", "write")


@pytest.mark.parametrize("user", USERS)
async def test_a_user_reads_its_own_topics_and_no_other(filled, user):
    assert await read(filled, user) == declared(user, "topic", "read")


async def test_words_are_read_by_one_service_each_and_by_nobody_else(filled):
    readers = {topic: set() for topic in TOPICS}
    for user in USERS:
        for topic in await read(filled, user):
            readers[topic].add(user)

    assert readers[SUBMITTED] == {"anonymiser"}
    assert readers[PSEUDONYMISED] == readers[topic_of(StatementPseudonymised)] == {"themer"}
    assert readers[topic_of(ContributionThemed)] == {"reporter"}
    assert {topic for topic, users in readers.items() if "responder" in users} == {
        "sv.report.published.v1",
        "sv.recommendation.changed.v1",
    }


@pytest.mark.parametrize("user", USERS)
def test_a_user_erases_from_its_own_topics_and_from_no_other(filled, user):
    admin = AdminClient(filled.options(user), logger=_Silent())
    places = [TopicPartition(topic, 1 if topic_partitions(topic) > 1 else 0, 0) for topic in TOPICS]

    done = admin.delete_records(places, request_timeout=30)

    assert {place.topic for place in allowed(done)} == declared(user, "topic", "delete")


def topic_partitions(name):
    return next(topic.partitions for topic in every_topic() if topic.name == name)


@pytest.mark.parametrize("user", USERS)
def test_a_user_moves_its_own_groups_cursors_and_no_others(filled, user):
    admin = AdminClient(filled.options(user), logger=_Silent())
    # Of a topic that the user may read: the group alone is asked about here.
    cursors = [TopicPartition(min(declared(user, "topic", "read")), 0, 0)]
    moved = set()
    for group in GROUPS:
        asked = [ConsumerGroupTopicPartitions(group, cursors)]
        moved |= allowed(admin.alter_consumer_group_offsets(asked, request_timeout=30))

    assert moved == declared(user, "group", "read")


@pytest.mark.parametrize("user", USERS)
def test_a_user_sees_the_cursors_that_it_waits_for_and_no_others(filled, user):
    admin = AdminClient(filled.options(user), logger=_Silent())
    seen = set()
    for group in GROUPS:
        done = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=30)
        seen |= allowed(done)

    assert seen == declared(user, "group", "read", "describe")


@pytest.mark.parametrize("user", USERS)
def test_a_user_makes_changes_and_drops_no_topic(filled, user):
    admin = AdminClient(filled.options(user), logger=_Silent())
    own = min(declared(user, "topic", "write"))

    made = admin.create_topics([NewTopic("sv.other.v1", 1, 1)], request_timeout=30)
    setting = ConfigEntry("retention.ms", "1", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, own, incremental_configs=[setting])
    changed = admin.incremental_alter_configs([resource], request_timeout=30)

    assert allowed(made) == set()
    assert allowed(changed) == set()
    for topic in sorted(declared(user, "topic", "write", "delete")):
        with pytest.raises(KafkaException):
            admin.delete_topics([topic], request_timeout=30)[topic].result(timeout=30)
    assert set(TOPICS) <= set(AdminClient(filled.options("admin"), logger=_Silent()).list_topics(timeout=30).topics)


@pytest.mark.parametrize("user", USERS)
async def test_a_users_topics_are_looked_after_by_the_administrator_alone(filled, user):
    with pytest.raises(AccessDenied):
        BrokerAccess(filled.access(user)).grant()


async def test_a_wrong_password_and_a_client_without_a_login_are_refused(filled, tmp_path):
    wrong = tmp_path / "password"
    wrong.write_text("not this one", encoding="utf-8")

    with pytest.raises(LoginRefused):
        await TopicAdmin(replace(filled.access("intake"), password_file=str(wrong))).differences()
    with pytest.raises(LogUnavailable):
        await TopicAdmin(KafkaAccess(brokers=filled.access("intake").brokers)).differences()


async def test_the_log_of_a_service_works_with_its_own_user_and_with_no_other(filled):
    words = Place(SUBMITTED, 0)

    async with opened(filled.access("anonymiser")) as log:
        assert (await log.heads([SUBMITTED]))[words] > 0
        assert await log.cursors("anonymiser", [SUBMITTED])
    async with opened(filled.access("themer")) as log:
        with pytest.raises(AccessDenied, match="topics apply"):
            await log.read(words, 0, 1)
    async with opened(filled.access("intake")) as log:
        await log.append([marker_record(LogSwept(sweep="sweep-1"), SUBMITTED, 0, source_service="intake")])
        with pytest.raises(AccessDenied):
            await log.read(words, 0, 1)
    async with opened(filled.access("reporter")) as log:
        assert await log.cursors("themer.consent", [topic_of(ConsentChanged)])
        with pytest.raises(AccessDenied):
            await log.cursors("anonymiser", [SUBMITTED])
