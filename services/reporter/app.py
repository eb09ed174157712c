"""The reporter as an application: its store, tasks, interface and public pages."""

from collections.abc import Sequence

from aiohttp import web

from services.contracts import topic_of
from services.eventlog.topics import trimmed_by
from services.eventlog.trimming import Trimmer
from services.events import ConsentChanged, ContributionThemed, ErasureConfirmed, SessionHeld
from services.reporter import api, pages, store
from services.reporter.narrowing import Narrowing
from services.reporter.publishing import Publishing
from services.reporter.rowkeeping import NAME, RowKeeping, contributors_of, delete_contributors
from services.runner.checks import NamedProbe, dead_letters_probe
from services.runner.consent import ConsentHeard
from services.runner.dead_letters import DeadLetters
from services.runner.erasure import Erasure, ErasureParts
from services.runner.parts import Parts
from services.runner.service import AnnouncingService
from services.runner.stateful import StatefulHandler
from services.runner.storing import StoringService
from services.runner.worker import Worker
from services.sealing.bundles import Opener
from services.web.dead_letters import dead_letter_routes
from services.web.hosting import host
from services.web.shell import ShellSettings

_CODES = topic_of(ContributionThemed)
_SESSIONS = topic_of(SessionHeld)


class Reporter(AnnouncingService, StoringService):
    """The service.

    Attributes:
        handler: what it does with themed contributions; dead letters are replayed through it.
        publishing: its releases.
        supervisor: its tasks.
        registry: its metrics.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(NAME, parts, metadata=store.metadata, outbox=store.outbox, version=store.VERSION)
        self._epochs = parts.epoch_keys("facts")
        self.announcer = parts.announcer(self._epochs)
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
                topics=(_CODES,),
                delete=delete_contributors,
                contributors_of=contributors_of,
            ),
        )
        self.handler = RowKeeping(
            opener=Opener("facts", self._epochs),
            erasure=self.erasure,
            database=self.database,
            outbox=self.outbox,
            clock=parts.clock,
        )
        self.publishing = Publishing(
            database=self.database,
            outbox=self.outbox,
            log=parts.log,
            clock=parts.clock,
            settings=parts.settings,
        )
        self.dead_letters = DeadLetters(NAME, [_CODES, _SESSIONS], parts.log)
        heard = ConsentHeard(self.erasure, store.consents)
        consent, confirmed = topic_of(ConsentChanged), topic_of(ErasureConfirmed)
        metrics = parts.metrics()
        workers = (
            Worker(group=NAME, topics=(_CODES, _SESSIONS), handler=self.handler, log=parts.log, metrics=metrics),
            Worker(
                group=f"{NAME}.consent",
                topics=(consent, confirmed),
                handler=StatefulHandler(
                    self.database,
                    self.outbox,
                    {consent: Narrowing(heard, parts.clock).apply, confirmed: heard.apply_confirmations},
                ),
                log=parts.log,
                metrics=metrics,
            ),
        )
        trimmer = Trimmer(parts.log, trimmed_by(NAME))
        self.plan(
            workers,
            announcer=self.announcer.run,
            erasure=self.erasure.run,
            trimmer=trimmer.run,
        )

    def probes(self) -> Sequence[NamedProbe]:
        """Return what it asks of its parts before it is ready."""
        return (
            *super().probes(),
            dead_letters_probe(self.dead_letters, self.parts.clock),
        )

    def attach(self, app: web.Application) -> None:
        """Put the interface and the public pages into an application."""
        app[api.PUBLISHING] = self.publishing
        app.router.add_routes(
            [*api.routes(), *pages.routes(), *dead_letter_routes(NAME, self.dead_letters, self.handler)],
        )


def create_app(parts: Parts, shell: ShellSettings) -> web.Application:
    """Return the reporter alone as an application."""
    return host([Reporter(parts)], shell)
