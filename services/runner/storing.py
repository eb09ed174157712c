"""A service that keeps something: a database and an outbox beside what every service has."""

from collections.abc import Sequence

import sqlalchemy as sa

from services.database.histories import history_of
from services.database.opening import database_at
from services.events import Service
from services.runner.checks import NamedProbe
from services.runner.outbox import Outbox
from services.runner.parts import Parts
from services.runner.relay import Relay
from services.runner.service import RunningService
from services.runner.supervision import Task
from services.runner.worker import Worker


class StoringService(RunningService):
    """A service with a store.

    Attributes:
        database: its database, open while it runs.
        outbox: its outgoing events.
    """

    def __init__(self, name: Service, parts: Parts, *, metadata: sa.MetaData, outbox: sa.Table) -> None:
        super().__init__(name, parts)
        self.database = database_at(
            parts.settings.database_url(name),
            metadata,
            history=history_of(name),
            password_file=parts.settings.database_password_file,
            demo=parts.folder.demo,
        )
        self.outbox = Outbox(outbox, self.database, parts.log)

    def plan(self, workers: Sequence[Worker], **tasks: Task) -> None:
        """Plan what every service has, and the relay of the outbox."""
        super().plan(workers, relay=Relay(self.name, self.outbox).run, **tasks)

    def probes(self) -> Sequence[NamedProbe]:
        """Return what it asks of its parts before it is ready."""
        return (*super().probes(), NamedProbe("database", self.database.ping))

    async def start(self) -> None:
        """Open the database, then start."""
        await self.database.open()
        await super().start()

    async def stop(self) -> None:
        """Stop, then close the database."""
        await super().stop()
        await self.database.close()
