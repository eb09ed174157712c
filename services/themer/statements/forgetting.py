"""Leaving no byte of words that were taken back: on the log, in the outbox and in the database's files."""

from services.contracts import topic_of
from services.database.engine import Database
from services.errors import LogUnavailable, StoreUnavailable
from services.eventlog.interface import EventLog
from services.events import StatementChanged
from services.runner.outbox import Outbox
from services.telemetry.logs import logger
from services.themer.answers import NAME


async def compact_statements(outbox: Outbox, log: EventLog) -> None:
    """Have the log keep the newest record of each statement alone: retractions take the place of words.

    Raises:
        LogUnavailable, StoreUnavailable: not now.
    """
    await outbox.flush()
    await log.compact(topic_of(StatementChanged))
    await log.trim({}, physically=True)


async def forget_words(outbox: Outbox, database: Database, log: EventLog) -> None:
    """Send what waits, then leave no byte of retracted words; what cannot be done now is done by the next tidying."""
    try:
        await compact_statements(outbox, log)
        await outbox.clear()
        await database.erase_physically()
    except (LogUnavailable, StoreUnavailable) as trouble:
        logger(NAME).warning("an erasure waits", error=trouble)
