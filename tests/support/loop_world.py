"""A whole installation whose recommendations can be walked through its front door: people, services, days."""

import contextlib
import datetime
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import journey_world
from front_door import FrontDoor, open_front_door
from loop_bench import recommendation
from signed_in import Person, browser_of, make_account

from services.clock import DemoClock
from services.eventlog.cloudevents import new_record
from services.reporter.recommendations.desk import Recommendations
from services.reporter.recommendations.keeping import lives_where
from services.reporter.recommendations.life import Life

PEOPLE = {
    "olu": "responder",
    "pat": "responder",
    "bea": "board",
    "ada": "approver",
    "fay": "facilitator",
    "gus": "facilitator",
}


class LoopWorld:
    """An installation with three services and people of every role; each has a browser of her own.

    Attributes:
        front: the front door.
        people: by name, signed in.
    """

    def __init__(self, front: FrontDoor) -> None:
        self.front = front
        self.people: dict[str, Person] = {}

    @property
    def loop(self) -> Recommendations:
        return self.front.installation.reporter.recommendations

    @property
    def clock(self) -> DemoClock:
        return DemoClock(self.front.installation.folder.clock_file)

    async def set_up(self, stack: contextlib.AsyncExitStack) -> None:
        add = self.loop.organisations.add
        await add("housing", "Housing service", kind="statutory", sectors=["housing"])
        await add("police", "Police", kind="statutory", sectors=["police"])
        await add("charity", "Neighbours’ charity", kind="other", sectors=["community_faith"])
        for name, role in PEOPLE.items():
            await make_account(self.front.client, name, role)
            browser = await stack.enter_async_context(browser_of(self.front.client))
            self.people[name] = Person(browser)
            await self.people[name].sign_in(name)
        await self.loop.organisations.name_member("housing", "olu")
        await self.loop.organisations.name_speaker("group-1", "fay")

    async def pass_days(self, number: int) -> None:
        await self.move_to(self.clock.today() + datetime.timedelta(days=number))

    async def move_to(self, day: datetime.date) -> None:
        self.clock.move_to(day)
        await self.loop.board.open_due()

    async def put_on_the_log(self, event: Any) -> None:
        """Append an event as another service would."""
        await self.front.installation.log.append(
            [new_record(event, stage="themer", source_service="themer", revision=event.revision, time=event.day)]
        )

    async def lives(self, statement: str) -> list[Life]:
        async with self.front.installation.reporter.database.read() as view:
            return [life for life in await lives_where(view) if life.statement == statement]

    async def made(self, statement: str, **more: Any) -> Life:
        """Let an approved recommendation arrive on the log, and wait for the reporter."""
        await self.put_on_the_log(recommendation(statement, **more))

        async def arrived() -> bool:
            return bool(await self.lives(statement))

        await journey_world.until(arrived, what="the recommendation")
        return (await self.lives(statement))[0]

    async def life(self, statement: str) -> Life:
        return (await self.lives(statement))[0]


@contextlib.asynccontextmanager
async def open_loop_world(data: Path) -> AsyncIterator[LoopWorld]:
    """Open one in a folder."""
    async with open_front_door(data) as front, contextlib.AsyncExitStack() as stack:
        world = LoopWorld(front)
        await world.set_up(stack)
        yield world
