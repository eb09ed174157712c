"""The reporter as an application: its store, tasks, interface and public pages."""

from collections.abc import Sequence
from functools import partial

from aiohttp import web

from services.contracts import topic_of
from services.eventlog.topics import trimmed_by
from services.eventlog.trimming import Trimmer
from services.events import (
    ConsentChanged,
    ContributionThemed,
    ErasureConfirmed,
    RecommendationAnswered,
    SessionHeld,
    StatementChanged,
)
from services.reporter import api, pages, store
from services.reporter.editions import EDITIONS, Editions
from services.reporter.inbox import Inbox
from services.reporter.ledger_store import LedgerKey
from services.reporter.material import MaterialReader
from services.reporter.narrowing import Narrowing
from services.reporter.publishing import Publishing
from services.reporter.recommendations import pages as loop_pages
from services.reporter.recommendations.desk import Recommendations
from services.reporter.recommendations.figures import LoopCount
from services.reporter.recommendations.public_pages import RECOMMENDATIONS
from services.reporter.rowkeeping import NAME, RowKeeping, contributors_of, delete_contributors
from services.reporter.sayings import read_words
from services.reporter.statements import Statements
from services.runner.checks import NamedProbe, dead_letters_probe
from services.runner.consent import ConsentHeard
from services.runner.dead_letter_gauge import DeadLetterGauge
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
_STATEMENTS = topic_of(StatementChanged)
_ANSWERS = topic_of(RecommendationAnswered)


class Reporter(AnnouncingService, StoringService):
    """The service.

    Attributes:
        handler: what it does with what it reads; dead letters are replayed through it.
        publishing: its releases.
        recommendations: what groups asked for and what came of it.
        supervisor: its tasks.
        registry: its metrics.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(NAME, parts, metadata=store.metadata, outbox=store.outbox)
        self._epochs = parts.epoch_keys("facts")
        self.announcer = parts.announcer(self._epochs)
        ledger_key = LedgerKey(parts.keys_folder)
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
                delete=partial(delete_contributors, mark=ledger_key.mark),
                contributors_of=contributors_of,
            ),
        )
        opener = Opener("facts", self._epochs)
        rows = RowKeeping(
            opener=opener,
            erasure=self.erasure,
            database=self.database,
            outbox=self.outbox,
            clock=parts.clock,
        )
        self.recommendations = Recommendations(
            database=self.database,
            outbox=self.outbox,
            log=parts.log,
            clock=parts.clock,
        )
        statements = Statements(self.recommendations.births.follow)
        loop = StatefulHandler(
            self.database,
            self.outbox,
            {_STATEMENTS: statements.apply, _ANSWERS: self.recommendations.answering.hear},
        )
        self.handler = Inbox({_CODES: rows, _SESSIONS: rows, _STATEMENTS: loop, _ANSWERS: loop})
        self.publishing = Publishing(
            database=self.database,
            outbox=self.outbox,
            log=parts.log,
            clock=parts.clock,
            material=MaterialReader(settings=parts.settings, opener=opener, key=ledger_key, loop=LoopCount()),
        )
        self.dead_letters = DeadLetters(NAME, self.handler.topics, parts.log)
        heard = ConsentHeard(self.erasure, store.consents)
        consent, confirmed = topic_of(ConsentChanged), topic_of(ErasureConfirmed)
        metrics = parts.metrics()
        workers = (
            Worker(group=NAME, topics=self.handler.topics, handler=self.handler, log=parts.log, metrics=metrics),
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
            opening=self.recommendations.board.run,
            dead_letters=DeadLetterGauge(self.dead_letters, metrics, parts.clock).run,
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
        app[RECOMMENDATIONS] = self.recommendations
        app[EDITIONS] = Editions(
            self.publishing.published,
            partial(read_words, self.database),
            self.recommendations.reading.by_statement,
        )
        app.cleanup_ctx.append(app[EDITIONS].running)
        app.router.add_routes(
            [
                *api.routes(),
                *pages.routes(),
                *loop_pages.routes(),
                *dead_letter_routes(NAME, self.dead_letters, self.handler),
            ],
        )


def create_app(parts: Parts, shell: ShellSettings) -> web.Application:
    """Return the reporter alone as an application."""
    return host([Reporter(parts)], shell)
