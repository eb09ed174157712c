"""The anonymiser as an application: workers and health; no pages, no database."""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from services.anonymiser.forgetting import Forgetting
from services.anonymiser.preview import answer_preview
from services.anonymiser.pseudonymisation import Passage, pseudonymise
from services.anonymiser.redacting import NAME, NAME_OF_READER, Redaction
from services.calls import PreviewWanted
from services.contracts import topic_of
from services.errors import LogUnavailable
from services.eventlog.topics import trimmed_by
from services.eventlog.trimming import Trimmer
from services.events import ConsentChanged, ContributionPseudonymised, SessionSubmitted, StatementPseudonymised
from services.runner.checks import NamedProbe, dead_letters_probe, keys_probe
from services.runner.dead_letter_gauge import DeadLetterGauge
from services.runner.dead_letters import DeadLetters
from services.runner.epoch_ends import EpochCloser, EpochEnd
from services.runner.parts import Parts
from services.runner.service import AnnouncingService
from services.runner.supervision import every
from services.runner.worker import Pace, Worker
from services.sealing.bundles import Opener
from services.telemetry.logs import logger
from services.web.calls import PREVIEW_PATH, call_route
from services.web.dead_letters import dead_letter_routes
from services.web.hosting import host
from services.web.shell import ShellSettings

_CLOSE_EVERY = 5.0
_WORDS = topic_of(SessionSubmitted)


class Anonymiser(AnnouncingService):
    """The service.

    Attributes:
        handler: what it does with submitted bundles; dead letters are replayed through it.
        supervisor: its tasks.
        registry: its metrics.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__(NAME, parts)
        self._epochs = parts.epoch_keys("words")
        self.announcer = parts.announcer(self._epochs)
        keys = parts.public_keys()
        self.handler = Redaction(opener=Opener("words", self._epochs), keys=keys, clock=parts.clock)
        self.dead_letters = DeadLetters(NAME, [_WORDS], parts.log)
        self._end = EpochEnd(
            service=NAME,
            topic=_WORDS,
            keys=self._epochs,
            folder=parts.keys_folder,
            log=parts.log,
            clock=parts.clock,
        )
        self._closer = EpochCloser(
            sealer=NAME,
            owner=NAME_OF_READER,
            purpose="pseudonymised",
            topic=topic_of(ContributionPseudonymised),
            keys=keys,
            also=(topic_of(StatementPseudonymised),),
        )
        self._closed: set[str] = set()
        metrics = parts.metrics()
        workers = (
            Worker(
                group=NAME,
                topics=(_WORDS,),
                handler=self.handler,
                log=parts.log,
                metrics=metrics,
                pace=Pace(batch=8),
                saw_marker=self._end.saw,
            ),
            Worker(
                group=f"{NAME}.consent",
                topics=(topic_of(ConsentChanged),),
                handler=Forgetting(log=parts.log, clock=parts.clock),
                log=parts.log,
                metrics=metrics,
                pace=Pace(batch=50),
            ),
        )
        trimmer = Trimmer(parts.log, trimmed_by(NAME))
        self.plan(
            workers,
            announcer=self.announcer.run,
            ends=self._end.run,
            closing=self._close_epochs,
            trimmer=trimmer.run,
            dead_letters=DeadLetterGauge(self.dead_letters, metrics, parts.clock).run,
        )

    async def start(self) -> None:
        """Read the word lists first: a broken one is said at once, not by parked records."""
        await asyncio.to_thread(pseudonymise, [Passage("first", "")])
        await super().start()

    def probes(self) -> Sequence[NamedProbe]:
        """Return what it asks of its parts before it is ready."""
        return (
            *super().probes(),
            dead_letters_probe(self.dead_letters, self.parts.clock),
            keys_probe(self._end.overdue),
        )

    def attach(self, app: web.Application) -> None:
        """Put the operators' interface into an application; it has no pages."""
        app.router.add_routes(dead_letter_routes(NAME, self.dead_letters, self.handler))

    def answer_calls(self) -> web.RouteDef:
        """Return the route by which intake in another process asks for previews."""
        opener = Opener("words", self._epochs)
        token_file = self.parts.call_token_file
        return call_route(PREVIEW_PATH, PreviewWanted, opener, answer_preview, token_file=token_file)

    async def _close_epochs(self, stop: asyncio.Event) -> None:
        # Stateless: after a restart the markers are sent once more, which changes nothing.
        while True:
            try:
                for key, markers in await self._closer.markers(self.parts.clock.today(), self._closed):
                    await self.parts.log.append(markers)
                    self._closed.add(key)
            except LogUnavailable as trouble:
                logger(NAME).warning("closing epochs waits", error=trouble)
            if not await every(_CLOSE_EVERY, stop):
                return


def create_app(parts: Parts, shell: ShellSettings) -> web.Application:
    """Return the anonymiser alone as an application."""
    return host([Anonymiser(parts)], shell)
