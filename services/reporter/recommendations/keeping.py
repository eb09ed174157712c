"""Keeping recommendations: the projection of their steps, written with each step's event and rebuilt from it."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock
from services.contracts import decode, encode, topic_of
from services.database.engine import Database
from services.errors import ContractBroken, Finding, InputRefused, StepRefused
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import EventLog, NewRecord
from services.events import RecommendationChanged
from services.reporter import store
from services.reporter.recommendations.life import Life, advance, taken
from services.runner.outbox import Outbox

NAME: Final = "reporter"
TOPIC: Final = topic_of(RecommendationChanged)
_PAGE: Final = 5000


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild made, in numbers.

    Attributes:
        recommendations: that there are now.
        steps: that they are made of.
        mended: recommendations that stood otherwise before, or were not there, or should not have been.
    """

    recommendations: int
    steps: int
    mended: int


class Keeping:
    """The store of recommendations.

    Every step is taken inside a transaction that holds the projection and the finished event together.
    """

    def __init__(self, *, database: Database, outbox: Outbox, log: EventLog, clock: Clock) -> None:
        self.database = database
        self.outbox = outbox
        self._log = log
        self._clock = clock

    @property
    def today(self) -> datetime.date:
        """The day."""
        return self._clock.today()

    def day_after(self, life: Life | None) -> str:
        """Return the day of a step that nobody takes by hand: today, or the last step's when the clock went back."""
        today = self.today.isoformat()
        return today if life is None else max(today, life.day)

    async def begin_life(self, transaction: AsyncConnection, step: RecommendationChanged) -> Life:
        """Take a first step.

        Raises:
            StepRefused: it cannot be one.
        """
        return await self._take(transaction, None, step)

    async def take(self, transaction: AsyncConnection, life: Life, kind: str, *, day: str = "", **more: Any) -> Life:
        """Take one more step; what identifies the recommendation goes with it.

        Args:
            transaction: the projection and the event are written in it.
            life: as found in the same transaction.
            kind: of step.
            day: today unless given.
            more: further fields of the event.

        Raises:
            StepRefused: it may not be taken; nothing was written.
        """
        step = RecommendationChanged(
            **{
                "recommendation": life.recommendation,
                "revision": life.revision + 1,
                "statement": life.statement,
                "statement_hash": life.statement_hash,
                "state": life.state,
                "area": life.area,
                "day": day or self.today.isoformat(),
                "step": kind,
                **more,
            },
        )
        return await self._take(transaction, life, step)

    async def _take(self, transaction: AsyncConnection, life: Life | None, step: RecommendationChanged) -> Life:
        after, numbered = taken(life, step)
        if life is not None:
            table = store.recommendations
            await transaction.execute(table.delete().where(table.c.recommendation == life.recommendation))
        await transaction.execute(store.recommendations.insert().values(**row_of(after)))
        await transaction.execute(store.steps.insert().values(**step_row_of(numbered)))
        await self.outbox.put(transaction, [record_of(numbered)])
        return after

    async def rebuild(self) -> Rebuilt:
        """Make the projection anew from the topic and from what waits in the outbox; say what was made.

        Raises:
            ContractBroken: a step on the topic cannot be read or is missing; the projection stays as it was.
            LogUnavailable: the log cannot be read now; the projection stays as it was.
        """
        await self.outbox.flush()
        async with self.database.begin() as transaction:
            # The outbox first: a relay that moves a step to the log meanwhile makes it stand in both, never in neither.
            waiting = sa.select(store.outbox.c.value).where(store.outbox.c.topic == TOPIC)
            unsent = list((await transaction.execute(waiting)).scalars())
            stored: dict[tuple[str, int], bytes | None] = {}
            events = []
            for value in [*await self._on_the_log(), *unsent]:
                event = decode(RecommendationChanged, value)
                events.append(event)
                stored.setdefault((event.recommendation, event.revision), value)
            lives, steps = fold_all(events)
            if len(steps) != len(stored):
                raise ContractBroken("recommendation.changed: a step is missing or may not stand where it does")
            before = await _rows_by_recommendation(transaction)
            kept = [row_of(life) for life in lives]
            rows = [
                {
                    "recommendation": step.recommendation,
                    "revision": step.revision,
                    "day": step.day,
                    "event": stored[step.recommendation, step.revision],
                }
                for step in steps
            ]
            for table in (store.recommendations, store.steps):
                await transaction.execute(table.delete())
            if lives:
                await transaction.execute(store.recommendations.insert(), kept)
                await transaction.execute(store.steps.insert(), rows)
        after = _by_recommendation([*kept, *rows])
        mended = sum(before.get(each) != after.get(each) for each in before.keys() | after.keys())
        return Rebuilt(len(lives), len(steps), mended)

    async def _on_the_log(self) -> list[bytes | None]:
        found: list[bytes | None] = []
        for place, start in sorted((await self._log.starts([TOPIC])).items()):
            offset = start
            while page := await self._log.read(place, offset, _PAGE):
                found += [record.value for record in page if not record.is_marker]
                offset = page[-1].offset + 1
        return found


async def _rows_by_recommendation(view: AsyncConnection) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the projection by recommendation, each with its steps in order."""
    kept, steps = store.recommendations, store.steps
    queries = (kept.select(), steps.select().order_by(steps.c.recommendation, steps.c.revision))
    return _by_recommendation([dict(row) for query in queries for row in (await view.execute(query)).mappings()])


def _by_recommendation(rows: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["recommendation"], []).append(row)
    return found


async def life_of(view: AsyncConnection, recommendation: str) -> Life:
    """Return where a recommendation stands.

    Raises:
        InputRefused: there is none with that id.
    """
    column = store.recommendations.c
    found = (await view.execute(sa.select(column.life).where(column.recommendation == recommendation))).scalar()
    if found is None:
        raise unknown_recommendation()
    return read_life(found)


async def lives_where(view: AsyncConnection, *conditions: sa.ColumnElement[bool]) -> list[Life]:
    """Return the recommendations that keep some conditions, by id."""
    column = store.recommendations.c
    query = sa.select(column.life).where(*conditions).order_by(column.recommendation)
    return [read_life(found) for found in (await view.execute(query)).scalars()]


async def steps_of(view: AsyncConnection, recommendation: str) -> list[RecommendationChanged]:
    """Return the steps of a recommendation, oldest first."""
    column = store.steps.c
    query = sa.select(column.event).where(column.recommendation == recommendation).order_by(column.revision)
    return [_read_step(found) for found in (await view.execute(query)).scalars()]


async def lives_as_of(view: AsyncConnection, day: str) -> list[Life]:
    """Return where every recommendation stood at the end of a day, by id."""
    column = store.steps.c
    query = sa.select(column.event).where(column.day <= day).order_by(column.recommendation, column.revision)
    return fold_all(_read_step(found) for found in (await view.execute(query)).scalars())[0]


def fold_all(
    events: Iterable[RecommendationChanged],
) -> tuple[list[Life], list[RecommendationChanged]]:
    """Return the lives, by id, and the steps that made them; a step that was sent twice counts once.

    Steps of one recommendation may come in any order. A step that may not follow, or one that lacks a step before it,
    ends that life where it was: nothing is made up.
    """
    by_id: dict[str, dict[int, RecommendationChanged]] = {}
    for event in events:
        by_id.setdefault(event.recommendation, {}).setdefault(event.revision, event)
    lives: list[Life] = []
    steps: list[RecommendationChanged] = []
    for _, own in sorted(by_id.items()):
        life: Life | None = None
        for number, (revision, step) in enumerate(sorted(own.items()), start=1):
            try:
                if revision != number:
                    break
                life = advance(life, step)
            except StepRefused:
                break
            steps.append(step)
        if life is not None:
            lives.append(life)
    return lives, steps


def unknown_recommendation() -> InputRefused:
    """Return the refusal of an id that is not known, or not the asker's: the two are not told apart."""
    return InputRefused(
        [
            Finding(
                "recommendation",
                "is not one that waits on your organisation or was made by your group",
                "Take the id from the list.",
            )
        ],
    )


_life_decoder = msgspec.json.Decoder(Life)
_step_decoder = msgspec.json.Decoder(RecommendationChanged)
_encoder = msgspec.json.Encoder(order="deterministic")


def read_life(stored: bytes) -> Life:
    """Return a life from its row."""
    return _life_decoder.decode(stored)


def _read_step(stored: bytes) -> RecommendationChanged:
    return _step_decoder.decode(stored)


def row_of(life: Life) -> dict[str, Any]:
    """Return the row of a life."""
    return {
        "recommendation": life.recommendation,
        "statement": life.statement,
        "organisation": life.organisation,
        "group_id": life.group,
        "state": life.state,
        "public_from": life.public_from,
        "published_on": life.published_on,
        "life": _encoder.encode(life),
    }


def step_row_of(step: RecommendationChanged) -> dict[str, Any]:
    """Return the row of a step."""
    return {
        "recommendation": step.recommendation,
        "revision": step.revision,
        "day": step.day,
        "event": encode(step),
    }


def record_of(step: RecommendationChanged) -> NewRecord:
    """Return the event of a step."""
    return new_record(step, stage=NAME, source_service=NAME, revision=step.revision, time=step.day)
