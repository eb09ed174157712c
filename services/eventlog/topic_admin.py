"""Declaring topics on a broker: plan, apply and check, for an administrator alone.

Apart from :class:`~services.eventlog.interface.EventLog` on purpose: a service's user may not make topics. Topics go by
aiokafka; access and users by :mod:`services.eventlog.broker_access`, which needs another library.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError, KafkaError, NoError, TopicAlreadyExistsError, for_code

from services.errors import LogUnavailable
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.kafka_options import client_options
from services.eventlog.kafka_troubles import find_cause, keep_quiet, meaning_of
from services.eventlog.topic_planning import (
    MOST_REPLICAS,
    PREFIX,
    Difference,
    FoundTopic,
    compare_topics,
    wanted_settings,
)
from services.eventlog.topics import Topic
from services.eventlog.trimming import every_topic

_CLIENT = "survivor-voice-topics"
#: Kafka's number for a setting that was made for this topic, not taken from the broker.
_SET_FOR_TOPIC = 1
_POLL = 0.1


class TopicAdmin:
    """The topics of one broker (or cluster), compared with the declared ones.

    Args:
        access: how to reach it, as an administrator; its prefix goes before every name.
        replicas: how many copies of each partition; as many as there are brokers, three at most, when absent.
        overrides: settings that go before the declared ones; for tests that cannot wait for an hour.
        topics: all that are declared when absent.
    """

    def __init__(
        self,
        access: KafkaAccess,
        *,
        replicas: int | None = None,
        overrides: Mapping[str, str] | None = None,
        topics: Sequence[Topic] | None = None,
    ) -> None:
        self._access = access
        self._replicas = replicas
        self._overrides = overrides
        self._topics = [
            replace(topic, name=on_broker(access, topic.name))
            for topic in (every_topic() if topics is None else topics)
        ]

    async def differences(self) -> list[Difference]:
        """Return how the broker's topics differ from the declared ones; changes nothing.

        Raises:
            LogUnavailable: it cannot be reached; the message says which of address, certificate and login is wrong.
            AccessDenied: this user is no administrator.
        """
        async with self._client() as client:
            return await self._compare(client, await self._wanted_replicas(client))

    async def apply(self) -> list[Difference]:
        """Make the topics that are missing and give those that are there their settings; return what was changed.

        What is by hand (:data:`~services.eventlog.topic_planning.BY_HAND`) is left as it is.

        Raises:
            LogUnavailable: as for :meth:`differences`; what was done before stays, and it can be called again.
            AccessDenied: this user is no administrator.
        """
        async with self._client() as client:
            replicas = await self._wanted_replicas(client)
            todo = [difference for difference in await self._compare(client, replicas) if not difference.by_hand]
            missing = {difference.name for difference in todo if difference.kind == "missing topic"}
            changed = {difference.name for difference in todo if difference.kind == "setting"}
            await self._make([topic for topic in self._topics if topic.name in missing], replicas, client)
            await self._set([topic for topic in self._topics if topic.name in changed], replicas, client)
            await self._seen(todo, replicas, client)
            return todo

    async def _compare(self, client: AIOKafkaAdminClient, replicas: int) -> list[Difference]:
        found = await self._found(client)
        ours = on_broker(self._access, PREFIX)
        return compare_topics(self._topics, found, replicas, self._overrides, ours=ours)

    async def _wanted_replicas(self, client: AIOKafkaAdminClient) -> int:
        if self._replicas is not None:
            return self._replicas
        cluster = await client.describe_cluster()
        return max(1, min(MOST_REPLICAS, len(cluster["brokers"])))

    async def _found(self, client: AIOKafkaAdminClient) -> dict[str, FoundTopic]:
        described = [topic for topic in await client.describe_topics() if not topic["is_internal"]]
        prefix = on_broker(self._access, "")
        mine = {topic["topic"]: topic["partitions"] for topic in described if topic["topic"].startswith(prefix)}
        settings = await self._settings(sorted(mine), client)
        return {
            name: FoundTopic(
                partitions=len(partitions),
                replicas=min(len(partition["replicas"]) for partition in partitions),
                settings={setting: value for setting, (value, _) in settings[name].items()},
                own=frozenset(setting for setting, (_, own) in settings[name].items() if own),
            )
            for name, partitions in mine.items()
        }

    async def _settings(self, names: Sequence[str], client: AIOKafkaAdminClient) -> dict[str, dict[str, Any]]:
        if not names:
            return {}
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        found: dict[str, dict[str, Any]] = {}
        for answer in await client.describe_configs(asked):
            for code, _, _, name, entries in answer.resources:
                _require_well(code)
                found[name] = {entry[0]: (entry[1], entry[3] == _SET_FOR_TOPIC) for entry in entries}
        return found

    async def _make(self, topics: Sequence[Topic], replicas: int, client: AIOKafkaAdminClient) -> None:
        if not topics:
            return
        new = [
            NewTopic(
                topic.name,
                topic.partitions,
                replicas,
                topic_configs=wanted_settings(topic, replicas, self._overrides),
            )
            for topic in topics
        ]
        answer = await client.create_topics(new)
        for _, code, _ in answer.topic_errors:
            if for_code(code) is not TopicAlreadyExistsError:  # somebody else was quicker
                _require_well(code)

    async def _set(self, topics: Sequence[Topic], replicas: int, client: AIOKafkaAdminClient) -> None:
        """Replace each topic's own settings by the declared ones, whole: those that are not declared go."""
        if not topics:
            return
        wanted = [
            ConfigResource(
                ConfigResourceType.TOPIC, topic.name, configs=wanted_settings(topic, replicas, self._overrides)
            )
            for topic in topics
        ]
        for answer in await client.alter_configs(wanted):
            for code, *_ in answer.resources:
                _require_well(code)

    async def _seen(self, todo: Sequence[Difference], replicas: int, client: AIOKafkaAdminClient) -> None:
        """Wait until the broker shows what was ordered: a change takes a moment to reach every broker."""
        async with asyncio.timeout(self._access.pace.patience):
            # The broker tells nobody when it is done.
            while set(todo).intersection(await self._compare(client, replicas)):  # noqa: ASYNC110
                await asyncio.sleep(_POLL)

    @contextlib.asynccontextmanager
    async def _client(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """Open a client, and give its errors their meaning."""
        keep_quiet()
        client = AIOKafkaAdminClient(**client_options(self._access, _CLIENT))
        try:
            async with asyncio.timeout(4 * self._access.pace.patience):
                await client.start()
                yield client
        except KafkaConnectionError:
            raise await find_cause(self._access) from None
        except (KafkaError, TimeoutError) as error:
            raise meaning_of(error, "looking after topics", self._access.who) from error
        finally:
            with contextlib.suppress(KafkaError, OSError):
                await client.close()


def on_broker(access: KafkaAccess, name: str) -> str:
    """Return what a topic or group is called on a broker that installations share."""
    return f"{access.prefix}.{name}" if access.prefix else name


def _require_well(code: int) -> None:
    kind = for_code(code)
    if kind is NoError:
        return
    if issubclass(kind, KafkaError):
        raise kind
    raise LogUnavailable(f"The broker refused a topic or a setting (error {code}).")
