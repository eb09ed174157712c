"""Recommendations on a bench: statements as the themer sends them, services that answer, days that pass."""

import datetime
from typing import Any

from service_bench import Bench, as_record, held_session

from services.events import RecommendationAnswered, RecommendationChanged, StatementChanged
from services.reporter import store
from services.reporter.recommendations.answers import Answer
from services.reporter.recommendations.keeping import lives_where
from services.reporter.recommendations.life import Life

WORDS = "Housing officers should see each woman alone before they decide. Every officer should be trained."
LEAD = "Head of housing options"


class LoopBench:
    """A bench with three services: housing and police (statutory), and a charity that is shown as late to nobody.

    Attributes:
        bench: the services moved by hand.
        loop: the reporter's recommendations.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.loop = bench.reporter.recommendations

    async def set_up(self) -> None:
        add = self.loop.organisations.add
        await add("housing", "Housing service", kind="statutory", sectors=["housing"])
        await add("police", "Police", kind="statutory", sectors=["police"], areas=["lambeth"])
        await add("charity", "Neighbours’ charity", kind="other", sectors=["community_faith"])

    @property
    def today(self) -> datetime.date:
        return self.bench.clock.today()

    async def pass_days(self, number: int) -> None:
        """Let days pass, and the calendar do what is due."""
        await self.move_to(self.today + datetime.timedelta(days=number))

    async def move_to(self, day: datetime.date | str) -> None:
        self.bench.clock.move_to(datetime.date.fromisoformat(day) if isinstance(day, str) else day)
        await self.loop.board.open_due()

    async def hear(self, *events: Any) -> None:
        """Let the reporter read events, as its worker would."""
        records = [as_record(each, each.revision, stage="themer") for each in events]
        await self.bench.reporter.handler.handle(records)

    async def hold(self, session: str, *areas: str) -> None:
        await self.bench.reporter.handler.handle([held_session(session, areas=areas)])

    async def lives(self) -> list[Life]:
        async with self.bench.reporter.database.read() as view:
            return await lives_where(view)

    async def life(self, statement: str = "statement-1") -> Life:
        (found,) = [life for life in await self.lives() if life.statement == statement]
        return found

    async def made(self, statement: str = "statement-1", **more: Any) -> Life:
        """Let an approved recommendation arrive; return the one that it became."""
        await self.hear(recommendation(statement, **more))
        return await self.life(statement)

    async def public(self, statement: str = "statement-1", **more: Any) -> Life:
        """The same, fourteen working days later."""
        await self.made(statement, **more)
        await self.pass_days(20)
        return await self.life(statement)

    async def accepted(self, statement: str = "statement-1", **more: Any) -> Life:
        life = await self.public(statement)
        taken = await self.loop.answering.answer(life.recommendation, "housing", yes(**more))
        return taken.life

    async def done(self, statement: str = "statement-1") -> Life:
        life = await self.accepted(statement)
        taken = await self.loop.answering.progress(life.recommendation, "housing", progress="done")
        return taken.life

    async def sent(self) -> list[RecommendationChanged]:
        """Return the steps on the log, by recommendation and revision."""
        await self.bench.reporter.outbox.flush()
        found = await self.bench.sent(RecommendationChanged)
        return sorted(found, key=lambda step: (step.recommendation, step.revision))

    async def kept(self) -> tuple[list[Any], list[Any]]:
        """Return the rows of the projection."""
        rows = await self.bench.rows(self.bench.reporter, store.recommendations)
        steps = await self.bench.rows(self.bench.reporter, store.steps)
        return sorted(rows), sorted(steps)


def recommendation(statement: str = "statement-1", *, revision: int = 1, words: str | None = WORDS, **more: Any) -> Any:
    """Return an approved recommendation of a group for the housing service; without words a retracted one."""
    given: dict[str, Any] = {
        "area": "services",
        "sectors": ("housing",),
        "group": "group-1",
        "sessions": ("session-1",),
        "day": "2025-01-15",
        "approvers": ("reviewer", "panel"),
    }
    return StatementChanged(
        statement=statement,
        revision=revision,
        kind="recommendation",
        state="retracted" if words is None else "approved",
        words=words,
        **{**given, **more},
    )


def retracted(statement: str = "statement-1", *, revision: int = 2, **more: Any) -> Any:
    return recommendation(statement, revision=revision, words=None, **more)


def yes(**more: Any) -> Answer:
    return Answer(**{"answer": "accepted", "lead": LEAD, **more})


def partly(**more: Any) -> Answer:
    return Answer(**{"answer": "partly", "because": "no_money", "lead": LEAD, **more})


def no(**more: Any) -> Answer:
    return Answer(**{"answer": "declined", "because": "no_money", **more})


def answered(recommendation_id: str, *, revision: int = 1, organisation: str = "housing", **more: Any) -> Any:
    """Return an answer as a service's program sends it to the inbox."""
    given = {"answer": "accepted", "lead": LEAD, "day": "2025-01-15"}
    return RecommendationAnswered(
        recommendation=recommendation_id,
        revision=revision,
        organisation=organisation,
        **{**given, **more},
    )
