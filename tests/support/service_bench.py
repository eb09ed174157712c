"""The four services on a folder of the test's own, composed as a real installation but moved by hand: no task runs.

The event log is the one in memory. Keys are real and announced, so that everything is sealed and opened as it would be.
"""

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import journey_world
import sqlalchemy as sa

from services.bootstrap import Installation, Overrides
from services.clock import DemoClock
from services.contracts import decode, encode, topic_of
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord, Record, TopicPartition
from services.eventlog.memory import MemoryLog
from services.eventlog.partitions import place_of
from services.events import (
    ConsentChanged,
    ContributionPseudonymised,
    ContributionThemed,
    DoubtFound,
    ErasureConfirmed,
    Facts,
    PseudonymisedWords,
    SealedPart,
    SessionHeld,
    SessionSubmitted,
    ThemedNode,
)
from services.ids import seeded_ids
from services.sealing.bundles import Opener
from services.settings import read_settings

START = datetime.date(2025, 1, 15)
ALL_USES = ("count", "paraphrase", "quote")
HEADS = 10_000


class Bench:
    """Services whose handlers a test calls itself.

    Attributes:
        installation: all four, not started; their databases are open.
        log: the log in memory.
        clock: the demonstration's.
    """

    def __init__(self, data: Path, **environment: str) -> None:
        settings = read_settings(data=data, environment=environment, port=0)
        self.log = MemoryLog()
        self.data = data
        self.new_id = seeded_ids(f"bench {data.name}")
        self.installation = Installation(
            settings,
            demo=True,
            overrides=Overrides(log=self.log, new_id=self.new_id),
            environment=environment,
        )
        self.clock = DemoClock(self.installation.folder.clock_file)
        self.clock.move_to(START)
        self.intake = self.installation.intake
        self.anonymiser = self.installation.anonymiser
        self.themer = self.installation.themer
        self.reporter = self.installation.reporter
        self.keys = self.intake._keys

    async def announce(self) -> None:
        for service in (self.anonymiser, self.themer, self.reporter):
            await service.announcer.announce()

    def words_opener(self) -> Opener:
        return Opener("words", self.anonymiser._epochs)

    def pseudonymised_opener(self) -> Opener:
        return Opener("pseudonymised", self.themer._epochs)

    def facts_opener(self) -> Opener:
        return Opener("facts", self.reporter._epochs)

    async def sent(self, kind: type) -> list[Any]:
        """Return the values of every event of a kind on the log, in the order of their partitions."""
        return [decode(kind, record.value) for record in await self.records(kind)]

    async def records(self, kind: type) -> list[Record]:
        """Return every record of a kind on the log."""
        found: list[Record] = []
        for place in sorted(await self.log.heads([topic_of(kind)])):
            found += [each for each in await self.log.read(place, 0, HEADS) if not each.is_marker]
        return found

    async def rows(self, service: Any, table: sa.Table) -> list[Any]:
        """Return every row of a service's table."""
        async with service.database.read() as view:
            return list((await view.execute(table.select())).all())

    async def sealed_facts(self, contribution: str, **more: Any) -> SealedPart:
        """Return facts as intake seals them."""
        given = {
            "role": "survivor",
            "areas": ("lambeth",),
            "month": "2025-01",
            "session": "session-1",
            "kind": "survey",
            "identified": True,
        }
        sealer = await self.keys.sealer("reporter", "facts", self.clock.today(), self.new_id())
        return sealer.part(contribution, encode(Facts(**{**given, **more})))

    async def pseudonymised(
        self,
        text: str | None,
        *,
        contribution: str = "contribution-1",
        contributor: str = "contributor-1",
        revision: int = 1,
        uses: tuple[str, ...] = ALL_USES,
        doubts: Sequence[tuple[int, int, str]] = (),
        facts: SealedPart | None = None,
    ) -> Record:
        """Return a pseudonymised contribution as the themer reads it; no text: a rejected dead letter."""
        sealer = await self.keys.sealer("themer", "pseudonymised", self.clock.today(), self.new_id())
        words = None
        if text is not None:
            found = tuple(DoubtFound(start=start, end=end, reason=reason) for start, end, reason in doubts)
            words = sealer.part(contribution, encode(PseudonymisedWords(text=text, doubts=found)))
        event = ContributionPseudonymised(
            contribution=contribution,
            contributor=contributor,
            session="session-1",
            revision=revision,
            uses=uses,
            pseudonymiser="1",
            facts=facts or await self.sealed_facts(contribution),
            words=words,
        )
        return as_record(event, revision, stage="anonymiser")

    async def themed(
        self,
        *,
        contribution: str = "contribution-1",
        contributor: str = "contributor-1",
        revision: int = 1,
        state: str = "released",
        uses: tuple[str, ...] = ALL_USES,
        nodes: Sequence[str] = (),
        sectors: tuple[str, ...] = (),
        framework: str = "mayor_2022_25",
        facts: SealedPart | None = None,
        **more: Any,
    ) -> Record:
        """Return a themed contribution as the reporter reads it; more goes into its facts."""
        event = ContributionThemed(
            contribution=contribution,
            contributor=contributor,
            revision=revision,
            state=state,
            uses=uses,
            bank="1",
            pseudonymiser="1",
            facts=facts or await self.sealed_facts(contribution, **more),
            themes=tuple(ThemedNode(framework=framework, node=node, score=0.9) for node in nodes),
            sectors=sectors,
        )
        return as_record(event, revision, stage="themer")

    async def hear(self, service: Any, *events: Any) -> None:
        """Let a service's consent worker read consent and confirmations."""
        worker = next(each for each in service.workers if each.group.endswith(".consent"))
        records = [as_record(each, each.revision, stage="intake") for each in events]
        await worker._handler.handle(records)

    async def pass_everything(self, group: str, *kinds: type) -> None:
        """Move a group's cursors behind everything that lies in some topics."""
        subscription = await self.log.subscribe(group, [topic_of(kind) for kind in kinds])
        while (batch := await subscription.poll(max_records=HEADS, timeout=0)).records:
            await subscription.commit(batch)
        await subscription.close()


def as_record(event: Any, revision: int, *, stage: str = "test", offset: int = 0) -> Record:
    """Return an event as a reader finds it on the log."""
    month = getattr(event, "month", None) or getattr(event, "day", None) or "2025-01"
    return found_record(new_record(event, stage=stage, source_service=stage, revision=revision, time=month), offset)


def found_record(new: NewRecord, offset: int = 0) -> Record:
    """Return a record that was written as one that is read."""
    place: TopicPartition = place_of(new)
    return Record(*place, offset, new.key, new.attributes, new.value)


def consent(contributor: str, *uses: str, revision: int = 1) -> ConsentChanged:
    return ConsentChanged(contributor=contributor, revision=revision, uses=uses, day="2025-01-15")


def confirmed(contributor: str, service: str) -> ErasureConfirmed:
    return ErasureConfirmed(contributor=contributor, service=service, revision=1, day="2025-01-15")


def held_session(session: str = "session-1", *, revision: int = 1, present: int = 8, **more: Any) -> Record:
    given = {"kind": "survey", "areas": ("lambeth",), "month": "2025-01", "day": "2025-01-15"}
    event = SessionHeld(session=session, revision=revision, number_present=present, **{**given, **more})
    return as_record(event, revision, stage="intake")


@contextlib.asynccontextmanager
async def bench_in(data: Path, **environment: str) -> AsyncIterator[Bench]:
    """Open a bench: keys announced, databases open, and intake's writer at work."""
    bench = Bench(data, **environment)
    stateful = (bench.intake, bench.themer, bench.reporter)
    stop = asyncio.Event()
    writing = None
    try:
        for service in stateful:
            await service.database.open()
        await bench.announce()
        writing = asyncio.create_task(bench.intake.door._writer.run(stop))
        yield bench
    finally:
        stop.set()
        if writing is not None:
            await writing
        for service in stateful:
            await service.database.close()
        await bench.log.close()


async def submitted(bench: Bench) -> list[SessionSubmitted]:
    """Return the bundles that intake has sent."""
    await bench.intake.outbox.flush()
    return await bench.sent(SessionSubmitted)


def journey_sessions(people: int) -> Any:
    """Return one survey of so many people."""
    return journey_world.session_of(*[journey_world.said("They kept us waiting.") for _ in range(people)])
