"""Intake as an application: its stores, tasks, interface and pages."""

import asyncio
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from aiohttp import web

from services.contracts import decode, topic_of
from services.errors import LogUnavailable, StoreUnavailable
from services.eventlog.interface import Record
from services.events import ContributionCounted, ContributionSettled, ErasureConfirmed, SessionSubmitted
from services.intake import api, pages, store
from services.intake.acceptance import Acceptance
from services.intake.asking import Preview, Subjects, preview_by_call, subjects_by_call
from services.intake.attempts import ATTEMPTS, Attempts
from services.intake.concerns import Concerns
from services.intake.consent import Consent, delete_contributors
from services.intake.deliveries import Deliveries
from services.intake.door import Door
from services.intake.file_api import DELIVERIES
from services.intake.receipts import InstallationSecret
from services.intake.reconciliation import ConfirmationsHeard, apply_counted, apply_settled
from services.intake.writeup.closing_pages import closing_routes
from services.intake.writeup.desk import Desk
from services.intake.writeup.keeping import Drafts
from services.intake.writeup.pages import DESK
from services.intake.writeup.pages import routes as write_up_routes
from services.intake.writeup.person_pages import person_routes
from services.intake.writeup.preview_pages import preview_routes
from services.intake.writeup.statement_pages import statement_routes
from services.intake.writing import GroupWriter
from services.runner.checks import NamedProbe, dead_letters_probe
from services.runner.dead_letter_gauge import DeadLetterGauge
from services.runner.dead_letters import DeadLetters
from services.runner.epoch_ends import EpochCloser
from services.runner.erasure import Erasure, ErasureParts
from services.runner.parts import Parts
from services.runner.stateful import StatefulHandler
from services.runner.storing import StoringService
from services.runner.supervision import every
from services.runner.worker import Worker
from services.telemetry.logs import logger
from services.web.dead_letters import dead_letter_routes
from services.web.hosting import host
from services.web.shell import ShellSettings

NAME: Final = "intake"
_CLOSE_EVERY = 5.0


class Intake(StoringService):
    """The service.

    Attributes:
        door: what can be asked of it.
        deliveries: takes whole files.
        desk: the write-up of sessions; while the preview cannot be reached its drafts wait.
        supervisor: its tasks.
        registry: its metrics.
    """

    def __init__(self, parts: Parts, *, preview: Preview | None = None, subjects: Subjects | None = None) -> None:
        super().__init__(NAME, parts, metadata=store.metadata, outbox=store.outbox)
        self._keys = parts.public_keys()
        secret = InstallationSecret(parts.keys_folder)
        self.erasure = Erasure(
            ErasureParts(
                service=NAME,
                refusals=store.refusals,
                heard=store.heard,
                database=self.database,
                outbox=self.outbox,
                log=parts.log,
                clock=parts.clock,
                group=NAME,
                topics=(),
                delete=delete_contributors,
                contributors_of=_contributors_of,
            ),
        )
        consent = Consent(
            database=self.database,
            outbox=self.outbox,
            erasure=self.erasure,
            clock=parts.clock,
            new_id=parts.new_id,
        )
        acceptance = Acceptance(seat_hash=secret.seat_hash, new_id=parts.new_id)
        writer = GroupWriter(
            acceptance=acceptance,
            database=self.database,
            outbox=self.outbox,
            clock=parts.clock,
        )
        concerns = Concerns(database=self.database, outbox=self.outbox, clock=parts.clock)
        self.door = Door(
            concerns=concerns,
            database=self.database,
            writer=writer,
            consent=consent,
            keys=self._keys,
            secret=secret,
            clock=parts.clock,
            new_id=parts.new_id,
            pick=parts.pick,
        )
        self.deliveries = Deliveries(
            folder=parts.folder.path / NAME,
            database=self.database,
            outbox=self.outbox,
            acceptance=acceptance,
            concerns=concerns,
            keys=self._keys,
            secret=secret,
            clock=parts.clock,
            new_id=parts.new_id,
        )
        self.desk = Desk(
            drafts=Drafts(database=self.database, folder=parts.keys_folder, clock=parts.clock),
            door=self.door,
            concerns=concerns,
            clock=parts.clock,
            preview=preview or preview_by_call(parts, self._keys),
            subjects=subjects or subjects_by_call(parts, self._keys),
            frameworks=parts.settings.frameworks,
        )
        metrics = parts.metrics()
        self.dead_letters = DeadLetters(NAME, [topic_of(ContributionSettled), topic_of(ContributionCounted)], parts.log)
        settled, counted = topic_of(ContributionSettled), topic_of(ContributionCounted)
        self.handler = StatefulHandler(
            self.database,
            self.outbox,
            {settled: apply_settled, counted: apply_counted},
        )
        workers = (
            Worker(
                group=NAME,
                topics=(settled, counted),
                handler=self.handler,
                log=parts.log,
                metrics=metrics,
            ),
            Worker(
                group=f"{NAME}.consent",
                topics=(topic_of(ErasureConfirmed),),
                handler=StatefulHandler(
                    self.database,
                    self.outbox,
                    {topic_of(ErasureConfirmed): ConfirmationsHeard(self.erasure, consent).apply},
                ),
                log=parts.log,
                metrics=metrics,
            ),
        )
        self._closer = EpochCloser(
            sealer=NAME,
            owner="anonymiser",
            purpose="words",
            topic=topic_of(SessionSubmitted),
            keys=self._keys,
        )
        self.plan(
            workers,
            writer=writer.run,
            erasure=self.erasure.run,
            epochs=self._close_epochs,
            drafts=self.desk.tidy,
            dead_letters=DeadLetterGauge(self.dead_letters, metrics, parts.clock).run,
        )

    def probes(self) -> Sequence[NamedProbe]:
        """Return what it asks of its parts before it is ready."""
        return (*super().probes(), dead_letters_probe(self.dead_letters, self.parts.clock))

    def attach(self, app: web.Application) -> None:
        """Put the door and its routes into an application."""
        app[api.DOOR] = self.door
        app[DELIVERIES] = self.deliveries
        app[DESK] = self.desk
        app[ATTEMPTS] = Attempts(self.parts.settings.locked_out_after)
        app.router.add_routes(
            [
                *api.routes(),
                *pages.routes(),
                *write_up_routes(),
                *preview_routes(),
                *statement_routes(),
                *person_routes(),
                *closing_routes(),
                *dead_letter_routes(NAME, self.dead_letters, self.handler),
            ],
        )

    async def close_ended_epochs(self) -> None:
        """Say on the log that nothing more is sealed to epochs that have ended; once for each."""
        async with self.database.read() as view:
            closed = set((await view.execute(sa.select(store.closed_epochs.c.key))).scalars())
        for key, markers in await self._closer.markers(self.parts.clock.today(), closed):
            async with self.database.begin() as transaction:
                await self.outbox.put(transaction, markers)
                await transaction.execute(store.closed_epochs.insert().values(key=key))

    async def _close_epochs(self, stop: asyncio.Event) -> None:
        while True:
            try:
                await self.close_ended_epochs()
            except (LogUnavailable, StoreUnavailable) as trouble:
                logger(NAME).warning("closing epochs waits", error=trouble)
            if not await every(_CLOSE_EVERY, stop):
                return


def _contributors_of(record: Record) -> frozenset[str]:
    return frozenset(said.contributor for said in decode(SessionSubmitted, record.value).contributions)


def create_app(parts: Parts, shell: ShellSettings) -> web.Application:
    """Return intake alone as an application."""
    return host([Intake(parts)], shell)
