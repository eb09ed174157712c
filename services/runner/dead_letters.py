"""Dead letters: what a group could not handle, until it is replayed or rejected by a named person, oldest first.

Replay means that this group runs the same handler again; nothing is re-appended. The dead-letter group's cursor says
what is still open, so replaying or rejecting one moves it by one.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from services.errors import ContractBroken, NotFound, UnknownTopic
from services.eventlog.interface import EventLog, NewRecord, Record, TopicPartition
from services.eventlog.topics import dead_letter_group, dead_letters_of, topic_named
from services.runner.worker import Handler
from services.telemetry.logs import logger

_PAGE = 200


class RejectingHandler(Handler, Protocol):
    """A handler that can also give up on a record, so that nothing stays on its way for ever."""

    async def reject(self, record: Record, contribution: str | None) -> Sequence[NewRecord]:
        """Settle a record (or one contribution of a bundle, handling the rest) as rejected; return events to append.

        Raises:
            NotFound: the record holds no such contribution.
        """


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One open dead letter as an operator may see it: no content.

    Attributes:
        topic: where it came from.
        offset: its place among the dead letters.
        subject: the opaque id that it is about.
        reason: the class of error.
        time: the day or month of the event.
    """

    topic: str
    offset: int
    subject: str
    reason: str
    time: str | None

    def age_days(self, today: datetime.date) -> int:
        """Return its age in days (a month counts from its first day); what a fast clock wrote is new."""
        if not self.time:
            return 0
        text = self.time[:10]
        day = datetime.date.fromisoformat(text if len(text) == 10 else f"{text[:7]}-01")  # noqa: PLR2004 - YYYY-MM-DD
        return max(0, (today - day).days)


class DeadLetters:
    """The dead letters of one group.

    Attributes:
        group: whose they are.
    """

    def __init__(self, group: str, topics: Sequence[str], log: EventLog) -> None:
        self.group = group
        self._topics = [topic for topic in topics if not topic_named(topic).never_parked]
        self._log = log
        self._line = logger(group.partition(".")[0])

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of which this group may park records."""
        return tuple(self._topics)

    async def open_records(self, topic: str) -> list[Record]:
        """Return the open dead letters of a topic as they lie, oldest first.

        Raises:
            UnknownTopic: this group parks nothing of that topic.
        """
        if topic not in self._topics:
            raise UnknownTopic(f"The group {self.group} parks nothing of {topic}.")
        name = dead_letters_of(topic, self.group)
        place = TopicPartition(name, 0)
        cursor = (await self._log.cursors(dead_letter_group(self.group), [name])).get(place, 0)
        found: list[Record] = []
        while page := await self._log.read(place, cursor, _PAGE):
            found.extend(page)
            cursor = page[-1].offset + 1
        return [record for record in found if not record.is_marker]

    async def listed(self) -> list[DeadLetter]:
        """Return every open dead letter of the group, oldest first in each topic."""
        return [
            DeadLetter(
                topic,
                record.offset,
                record.attributes.subject,
                record.attributes.extensions.get("dlqreason", "unknown"),
                record.attributes.time,
            )
            for topic in self._topics
            for record in await self.open_records(topic)
        ]

    async def replay(self, topic: str, handler: Handler, *, limit: int = 1) -> int:
        """Run the handler again on up to ``limit`` dead letters of a topic; return how many it took.

        Raises:
            SurvivorVoiceError: what the handler raised; that one stays open.
        """
        done = 0
        while done < limit and await self._settle_oldest(topic, handler, reject_for=None):
            done += 1
        return done

    async def reject(
        self,
        topic: str,
        handler: RejectingHandler,
        *,
        by: str,
        contribution: str | None = None,
    ) -> None:
        """Give up on the oldest dead letter of a topic, or on one contribution of it.

        Args:
            topic: where it came from.
            handler: of this group.
            by: the name of the person who decided; it is in the log line.
            contribution: one contribution of a bundle; the rest is handled.

        Raises:
            NotFound: none is open, or it holds no such contribution.
        """
        if not await self._settle_oldest(topic, handler, reject_for=(handler, contribution)):
            raise NotFound("No dead letter of that topic is open.")
        self._line.warning("a dead letter was rejected", topic=topic, by=by)

    async def settled_ends(self) -> dict[TopicPartition, int]:
        """Return, for each dead-letter topic of the group, the offset before which everything is settled."""
        names = [dead_letters_of(topic, self.group) for topic in self._topics]
        cursors = await self._log.cursors(dead_letter_group(self.group), names) if names else {}
        return {place: cursor for place, cursor in cursors.items() if cursor}

    async def holds(self, contributor: str, contributors_of: "ContributorsOf") -> bool:
        """Whether an open dead letter is about a contributor; one that cannot be read counts as if it were."""
        for topic in self._topics:
            for record in await self.open_records(topic):
                try:
                    if contributor in contributors_of(_restored(record, topic)):
                        return True
                except ContractBroken:
                    return True
        return False

    async def _settle_oldest(
        self,
        topic: str,
        handler: Handler,
        *,
        reject_for: tuple[RejectingHandler, str | None] | None,
    ) -> bool:
        if topic not in self._topics:
            raise UnknownTopic(f"The group {self.group} parks nothing of {topic}.")
        name = dead_letters_of(topic, self.group)
        subscription = await self._log.subscribe(dead_letter_group(self.group), [name])
        try:
            batch = await subscription.poll(max_records=1, timeout=1.0)
            records = [_restored(record, topic) for record in batch.records if not record.is_marker]
            outputs: Sequence[NewRecord] = ()
            if records:
                if reject_for is None:
                    outputs = await handler.handle(records)
                else:
                    outputs = await reject_for[0].reject(records[0], reject_for[1])
            if batch.ends:
                await subscription.commit(batch, outputs)
            return bool(records)
        finally:
            await subscription.close()


class ContributorsOf(Protocol):
    """Names the contributors that a record is about."""

    def __call__(self, record: Record) -> frozenset[str]:
        """Return opaque contributor ids.

        Raises:
            ContractBroken: the record cannot be read.
        """


def _restored(record: Record, topic: str) -> Record:
    """Return a dead letter as the record that it was."""
    extensions = {name: value for name, value in record.attributes.extensions.items() if not name.startswith("dlq")}
    return replace(record, topic=topic, attributes=replace(record.attributes, extensions=extensions))
