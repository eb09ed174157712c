"""The recommendations of an installation, composed: what pages, interface, commands and a demonstration speak to."""

from services.clock import Clock
from services.database.engine import Database
from services.eventlog.interface import EventLog
from services.reporter.recommendations.answering import Answering
from services.reporter.recommendations.births import Births
from services.reporter.recommendations.board import Board
from services.reporter.recommendations.drafts import Drafts
from services.reporter.recommendations.figures import LoopCount
from services.reporter.recommendations.keeping import Keeping
from services.reporter.recommendations.organisations import Organisations
from services.reporter.recommendations.reading import Reading
from services.reporter.recommendations.texts import Texts
from services.runner.outbox import Outbox


class Recommendations:
    """Everything about recommendations.

    Attributes:
        keeping: the projection, and ``rebuild``.
        organisations: who is asked, and who answers for whom.
        births: what follows from statements.
        texts: what approvers read.
        answering: what services do.
        board: what the board, the groups and the day do.
        count: the figures for releases.
        reading: what is shown to whom.
        drafts: answers begun on the pages.
    """

    def __init__(self, *, database: Database, outbox: Outbox, log: EventLog, clock: Clock) -> None:
        self.keeping = Keeping(database=database, outbox=outbox, log=log, clock=clock)
        self.organisations = Organisations(database)
        self.births = Births(self.keeping)
        self.texts = Texts(self.keeping, self.births)
        self.answering = Answering(self.keeping, self.texts)
        self.board = Board(self.keeping, self.births, self.texts)
        self.count = LoopCount()
        self.reading = Reading(database, clock)
        self.drafts = Drafts(database)
