"""A client's own connection for what is asked and ordered outside groups: bounds, cursors, reading, erasing.

aiokafka's admin client and consumers cover half of these and hide their errors, so this speaks aiokafka's protocol
classes directly: one question, one answer, tried again while its error passes and the patience lasts.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, NamedTuple, TypeVar

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    LeaderNotAvailableError,
    NodeNotReadyError,
    NoError,
    OffsetOutOfRangeError,
    TopicAuthorizationFailedError,
    UnknownError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.admin import DeleteRecordsRequest, DescribeConfigsRequest
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.offset import OffsetRequest

from services.errors import LogUnavailable, TopicUnfit
from services.eventlog.interface import TopicPartition
from services.eventlog.kafka_access import KafkaAccess
from services.eventlog.kafka_options import client_options
from services.eventlog.kafka_retrying import Gate
from services.eventlog.kafka_troubles import CLOSED, find_cause, find_silence, meaning_of
from services.eventlog.topics import MAX_RECORD_BYTES

Answer = TypeVar("Answer")
_Partition = tuple[int, int]

EARLIEST, LATEST = -2, -1
_PAUSE = 0.05
#: How long a topic that was made a moment ago may be unknown to the broker that is asked.
_SETTLING = 1.0
_TOPIC_RESOURCE = 2


class Fetched(NamedTuple):
    """One answer to a fetch.

    Attributes:
        head: the offset that the next record will get.
        data: record batches as they lie, or nothing.
    """

    head: int
    data: bytes


class Questions:
    """Asks a broker on behalf of one log; names of topics and groups are given and returned as on the broker.

    Args:
        access: how to reach it.
        name: of the client.
        gate: shared with all that connects on behalf of the log.
    """

    def __init__(self, access: KafkaAccess, name: str, gate: Gate) -> None:
        self._access = access
        self._name = name
        self._gate = gate
        self._client: AIOKafkaClient | None = None
        self._connecting = asyncio.Lock()
        self._leaders: dict[TopicPartition, int] = {}
        self._coordinators: dict[str, int] = {}
        self._closed = False

    # --- what is asked ---

    async def bounds(self, places: Collection[TopicPartition], which: int) -> dict[TopicPartition, int]:
        """Return the first offset of each partition (``EARLIEST``) or the next (``LATEST``)."""

        async def attempt() -> dict[TopicPartition, int]:
            found: dict[TopicPartition, int] = {}
            for node, topics in (await self._by_leader(dict.fromkeys(places, which))).items():
                answer = await self._send(node, OffsetRequest(-1, 0, topics))
                for topic, partitions in answer.topics:
                    for partition, code, _, offset in partitions:
                        _check(code, topic)
                        found[TopicPartition(topic, partition)] = offset
            return found

        return await self.patiently(attempt, "looking up how far the log goes")

    async def cursors(self, group: str, places: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Return a group's cursor in each partition, 0 where it has none."""
        asked = defaultdict(list)
        for place in places:
            asked[place.topic].append(place.partition)

        async def attempt() -> dict[TopicPartition, int]:
            answer = await self._send(await self._coordinator(group), OffsetFetchRequest(group, list(asked.items())))
            _check(getattr(answer, "error_code", 0), group)
            found: dict[TopicPartition, int] = {}
            for topic, partitions in answer.topics:
                for partition, offset, _, code in partitions:
                    _check(code, topic)
                    found[TopicPartition(topic, partition)] = max(offset, 0)
            return found

        return await self.patiently(attempt, f"looking up the cursors of {group}") if asked else {}

    async def fetch(self, place: TopicPartition, offset: int) -> Fetched | None:
        """Return what lies in a partition from an offset on, or None where that is out of its bounds."""

        async def attempt() -> Fetched | None:
            topics = [(place.topic, [(place.partition, offset, MAX_RECORD_BYTES)])]
            answer = await self._send(await self._leader(place), FetchRequest(0, 0, MAX_RECORD_BYTES, 0, topics))
            ((_, ((_, code, head, *_, data),)),) = answer.topics
            if for_code(code) is OffsetOutOfRangeError:
                return None
            _check(code, place.topic)
            return Fetched(head, bytes(data or b""))

        return await self.patiently(attempt, f"reading {place.topic}")

    async def delete_before(self, ends: Mapping[TopicPartition, int]) -> None:
        """Make the first offset of each partition the given one."""

        async def attempt() -> None:
            for node, topics in (await self._by_leader(ends)).items():
                answer = await self._send(node, DeleteRecordsRequest(topics, int(self._access.pace.patience * 500)))
                for topic, partitions, *_tags in answer.topics:
                    for _partition, _start, code, *_more in partitions:
                        _check(code, topic)

        if ends:
            await self.patiently(attempt, f"erasing from {min(ends).topic}")

    async def settings_of(self, topic: str, names: Collection[str]) -> dict[str, str] | None:
        """Return some settings of a topic, or None where this user may not see them."""

        async def attempt() -> dict[str, str] | None:
            request = DescribeConfigsRequest([(_TOPIC_RESOURCE, topic, sorted(names))])
            ((code, _, _, _, entries),) = (await self._send(self._any_node(), request)).resources
            if for_code(code) is TopicAuthorizationFailedError:
                return None
            _check(code, topic)
            return {entry[0]: entry[1] for entry in entries}

        return await self.patiently(attempt, f"looking up the settings of {topic}")

    async def check_topics(self, topics: Mapping[str, int]) -> None:
        """Make sure that topics are there, each with so many partitions that have a leader.

        Raises:
            TopicUnfit: one is missing or has another number of partitions.
            AccessDenied: this user may not know.
            LogUnavailable: a partition has no leader, or the broker is away.
        """
        deadline = time.monotonic() + _SETTLING

        async def attempt() -> None:
            try:
                counts = await self._look_up(sorted(topics))
            except (UnknownTopicOrPartitionError, LeaderNotAvailableError):
                if time.monotonic() >= deadline:
                    raise
                counts = {}
            for topic, expected in topics.items():
                if topic in counts and counts[topic] != expected:
                    raise TopicUnfit(
                        f"The topic {topic} has {counts[topic]} partitions on the broker, {expected} are declared. "
                        "Order would break: see survivor-voice topics check."
                    )
            if not counts and topics:
                raise NodeNotReadyError

        await self.patiently(attempt, f"looking for {', '.join(sorted(topics)) or 'the brokers'}")

    async def close(self) -> None:
        """Close the connection; whoever still asks gets an error."""
        self._closed = True
        await self._drop()

    # --- how it is asked ---

    async def patiently(self, attempt: Callable[[], Awaitable[Answer]], doing: str) -> Answer:
        """Return an attempt's answer, made again while its error is one that passes.

        Raises:
            LogUnavailable: patience is at its end, or the error does not pass.
        """
        last: BaseException | None = None
        try:
            async with asyncio.timeout(self._access.pace.patience):
                while True:
                    await self._connect()
                    try:
                        return await attempt()
                    except KafkaError as error:
                        if not _passes(error):
                            raise
                        last = error
                    self._leaders.clear()
                    self._coordinators.clear()
                    await asyncio.sleep(_PAUSE)
        except TimeoutError as error:
            if isinstance(last, KafkaConnectionError | NodeNotReadyError):
                await self._drop()
            raise await find_silence(self._access) or meaning_of(last or error, doing, self._access.who) from None
        except KafkaError as error:
            raise meaning_of(error, doing, self._access.who) from None

    async def _connect(self) -> None:
        if self._closed:
            raise LogUnavailable(CLOSED)
        if self._is_connected():
            return
        async with self._connecting:
            if self._is_connected():
                return
            await self._gate.wait()
            client = AIOKafkaClient(**client_options(self._access, self._name))
            try:
                await client.bootstrap()
            except KafkaError:
                self._gate.failed()
                await _close(client)
                raise await find_cause(self._access) from None
            except BaseException:
                self._gate.failed()
                await _close(client)
                raise
            self._gate.worked()
            self._client = client

    def _is_connected(self) -> bool:
        return self._client is not None

    async def _drop(self) -> None:
        client, self._client = self._client, None
        self._leaders.clear()
        self._coordinators.clear()
        if client is not None:
            await _close(client)

    async def _send(self, node: int, request: Any) -> Any:
        if self._client is None:
            raise LogUnavailable(CLOSED)
        return await self._client.send(node, request)

    def _any_node(self) -> int:
        node = None if self._client is None else self._client.get_random_node()
        if node is None:
            raise NodeNotReadyError
        return int(node)

    async def _coordinator(self, group: str) -> int:
        if group not in self._coordinators:
            answer = await self._send(self._any_node(), FindCoordinatorRequest(group, 0))
            _check(answer.error_code, group)
            self._coordinators[group] = answer.coordinator_id
        return self._coordinators[group]

    async def _leader(self, place: TopicPartition) -> int:
        if place not in self._leaders:
            await self._look_up([place.topic])
        leader = self._leaders.get(place, -1)
        if leader < 0:
            raise LeaderNotAvailableError
        return leader

    async def _by_leader(self, asked: Mapping[TopicPartition, int]) -> dict[int, list[tuple[str, list[_Partition]]]]:
        """Return what is asked of each partition by the broker that leads it and by topic."""
        missing = {place.topic for place in asked if place not in self._leaders}
        if missing:
            await self._look_up(sorted(missing))
        found: dict[int, dict[str, list[_Partition]]] = defaultdict(lambda: defaultdict(list))
        for place, what in asked.items():
            found[await self._leader(place)][place.topic].append((place.partition, what))
        return {node: list(topics.items()) for node, topics in found.items()}

    async def _look_up(self, topics: Collection[str]) -> dict[str, int]:
        """Learn who leads the partitions of some topics; return how many each has."""
        answer = await self._send(self._any_node(), MetadataRequest(list(topics), allow_auto_topic_creation=False))
        counts: dict[str, int] = {}
        for code, topic, _, partitions in answer.topics:
            _check(code, topic)
            counts[topic] = len(partitions)
            for _, partition, leader, *_ in partitions:
                self._leaders[TopicPartition(topic, partition)] = leader
                if leader < 0:
                    raise LeaderNotAvailableError
        return counts


def _check(code: int, name: str) -> None:
    kind = for_code(code)
    if kind is not NoError:
        raise kind(name)


def _passes(error: KafkaError) -> bool:
    """Say whether an error goes away by itself; "unknown" is the answer where a cleaner was quicker than a reader."""
    if isinstance(error, UnknownError):
        return True
    return bool(error.retriable) and not isinstance(error, UnknownTopicOrPartitionError)


async def _close(client: AIOKafkaClient) -> None:
    """Close a client whatever state it is in, in a task of its own: a cancelled one would leave sockets open."""
    closing = asyncio.ensure_future(client.close())
    await asyncio.wait({closing}, timeout=2.0)
    closing.cancel()
    with contextlib.suppress(Exception, asyncio.CancelledError):
        await closing
