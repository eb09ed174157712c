"""The themer as an application: its store, tasks and the interface for reviewers."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from services.calls import SubjectsWanted
from services.contracts import topic_of
from services.eventlog.topics import trimmed_by
from services.eventlog.trimming import Trimmer
from services.events import ConsentChanged, ContributionPseudonymised, ErasureConfirmed, StatementPseudonymised
from services.runner.checks import NamedProbe, dead_letters_probe, keys_probe
from services.runner.consent import ConsentHeard
from services.runner.dead_letter_gauge import DeadLetterGauge
from services.runner.dead_letters import DeadLetters
from services.runner.epoch_ends import EpochEnd
from services.runner.erasure import Erasure, ErasureParts
from services.runner.parts import Parts
from services.runner.service import AnnouncingService
from services.runner.stateful import StatefulHandler
from services.runner.storing import StoringService
from services.runner.worker import Worker
from services.sealing.bundles import Opener
from services.sealing.datakeys import KeyEncryptionKeys
from services.themer import api, pages, statements_api, store
from services.themer.answers import NAME
from services.themer.deletion import Deletion
from services.themer.holding import Holds
from services.themer.inbox import Inbox
from services.themer.keeping import DataKeys
from services.themer.looking import answer_subjects
from services.themer.pages.doors import PARAPHRASES, SHELF, STATEMENTS
from services.themer.statements.arriving import Arriving
from services.themer.statements.forgetting import compact_statements
from services.themer.statements.keeping import StatementRows
from services.themer.statements.narrowing import Narrowing
from services.themer.statements.paraphrasing import Paraphrases
from services.themer.statements.reading import StatementShelf
from services.themer.statements.resting import Resting
from services.themer.statements.reviewing import Statements
from services.themer.tagging import tag
from services.themer.theming import Theming, contributors_of
from services.web.calls import SUBJECTS_PATH, call_route
from services.web.dead_letters import dead_letter_routes
from services.web.hosting import host
from services.web.shell import ShellSettings

_WORDS = topic_of(ContributionPseudonymised)
_STATED = topic_of(StatementPseudonymised)


class Themer(AnnouncingService, StoringService):
    """The service.

    Attributes:
        handler: what it does with pseudonymised contributions and statements; dead letters are replayed through it.
        holds: what a reviewer can do with what is held.
        statements: the acts of reviewers, second people and groups on statements.
        shelf: looks statements up.
        paraphrases: sentences put together from what several people said.
        supervisor: its tasks.
        registry: its metrics.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(NAME, parts, metadata=store.metadata, outbox=store.outbox)
        self._epochs = parts.epoch_keys("pseudonymised")
        self.announcer = parts.announcer(self._epochs)
        data_keys = DataKeys(KeyEncryptionKeys(parts.keys_folder, NAME), self.database)
        rows = StatementRows(data_keys)
        resting = Resting(rows, data_keys, parts.clock)

        async def finish() -> None:
            await data_keys.replace_generation()
            # What rested on her is retracted by now: no word of it stays on the log either.
            await compact_statements(self.outbox, parts.log)

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
                topics=(_WORDS,),
                delete=Deletion(data_keys, resting, parts.clock).delete,
                contributors_of=contributors_of,
                finish=finish,
            ),
        )
        opener = Opener("pseudonymised", self._epochs)
        theming = Theming(
            opener=opener,
            data_keys=data_keys,
            resting=resting,
            erasure=self.erasure,
            database=self.database,
            outbox=self.outbox,
            clock=parts.clock,
        )
        arriving = Arriving(opener=opener, rows=rows, database=self.database, clock=parts.clock)
        self.handler = Inbox({_WORDS: theming, _STATED: arriving})
        self.holds = Holds(
            database=self.database, outbox=self.outbox, data_keys=data_keys, resting=resting, clock=parts.clock
        )
        self.statements = Statements(
            database=self.database,
            outbox=self.outbox,
            rows=rows,
            resting=resting,
            clock=parts.clock,
            log=parts.log,
        )
        self.shelf = StatementShelf(database=self.database, rows=rows, resting=resting, clock=parts.clock)
        self.paraphrases = Paraphrases(
            database=self.database, rows=rows, resting=resting, clock=parts.clock, new_id=parts.new_id
        )
        self.dead_letters = DeadLetters(NAME, [_WORDS, _STATED], parts.log)
        self._end = EpochEnd(
            service=NAME,
            topic=_WORDS,
            keys=self._epochs,
            folder=parts.keys_folder,
            log=parts.log,
            clock=parts.clock,
            also=(_STATED,),
        )
        heard = Narrowing(ConsentHeard(self.erasure, store.consents), resting)
        consent, confirmed = topic_of(ConsentChanged), topic_of(ErasureConfirmed)
        metrics = parts.metrics()
        workers = (
            Worker(
                group=NAME,
                topics=(_WORDS, _STATED),
                handler=self.handler,
                log=parts.log,
                metrics=metrics,
                saw_marker=self._end.saw,
            ),
            Worker(
                group=f"{NAME}.consent",
                topics=(consent, confirmed),
                handler=StatefulHandler(
                    self.database,
                    self.outbox,
                    {consent: heard.apply_consent, confirmed: heard.apply_confirmations},
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
            ends=self._end.run,
            dead_letters=DeadLetterGauge(self.dead_letters, metrics, parts.clock).run,
        )

    async def start(self) -> None:
        """Read the concept bank first: a broken one is said at once, not by parked records."""
        await asyncio.to_thread(tag, "")
        await super().start()

    def probes(self) -> Sequence[NamedProbe]:
        """Return what it asks of its parts before it is ready."""
        return (
            *super().probes(),
            dead_letters_probe(self.dead_letters, self.parts.clock),
            keys_probe(self._end.overdue),
        )

    def attach(self, app: web.Application) -> None:
        """Put the reviewers' interface and pages into an application."""
        app[api.HOLDS] = self.holds
        app[STATEMENTS] = self.statements
        app[SHELF] = self.shelf
        app[PARAPHRASES] = self.paraphrases
        app.router.add_routes(
            [
                *api.routes(),
                *statements_api.routes(),
                *pages.routes(),
                *dead_letter_routes(NAME, self.dead_letters, self.handler),
            ],
        )

    def answer_calls(self) -> web.RouteDef:
        """Return the route by which intake in another process asks what notes are about."""
        opener = Opener("pseudonymised", self._epochs)
        token_file = self.parts.call_token_file
        return call_route(SUBJECTS_PATH, SubjectsWanted, opener, answer_subjects, token_file=token_file)


def create_app(parts: Parts, shell: ShellSettings) -> web.Application:
    """Return the themer alone as an application."""
    return host([Themer(parts)], shell)
