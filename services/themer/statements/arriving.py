"""Statements as the anonymiser sends them: kept encrypted for a reviewer, held where there is a doubt."""

import re
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock
from services.contracts import decode
from services.database.engine import Database
from services.errors import ContractBroken, NotFound
from services.eventlog.interface import NewRecord, Record
from services.events import PseudonymisedWords, StatementPseudonymised
from services.sealing.bundles import Opener
from services.themer import store
from services.themer.statements.keeping import OPEN, State, StatementRows

_DEAD_LETTER = "dead_letter_rejected"
_NO_GROUP = "no_group"
#: What the pseudonymiser puts in the place of something: ``[PERSON-1]``, ``[PLACE in Camden]``.
_TAKEN_OUT = re.compile(r"\[[A-Z][A-Z-]+")
Arrived = tuple[StatementPseudonymised, PseudonymisedWords | None]


class Arriving:
    """Handles pseudonymised statements; a revision that is not greater changes nothing."""

    def __init__(self, *, opener: Opener, rows: StatementRows, database: Database, clock: Clock) -> None:
        self._opener = opener
        self._rows = rows
        self._database = database
        self._clock = clock

    async def handle(self, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Open all, then store them in one transaction.

        Raises:
            ContractBroken, SealingError: a record cannot be read; it is parked.
        """
        opened = [self._open(decode(StatementPseudonymised, record.value)) for record in records]
        async with self._database.begin() as transaction:
            for event, words in opened:
                await self._apply(transaction, event, words)
        return ()

    async def reject(self, record: Record, contribution: str | None) -> Sequence[NewRecord]:
        """Keep a parked statement out: it stands in the list as rejected, without words.

        Raises:
            NotFound: the record is about another statement.
            ContractBroken: it cannot be read at all.
        """
        event = decode(StatementPseudonymised, record.value)
        if contribution not in (None, event.statement):
            raise NotFound("That record is about another statement.")
        async with self._database.begin() as transaction:
            await self._apply(transaction, event, None)
        return ()

    async def _apply(
        self, transaction: AsyncConnection, event: StatementPseudonymised, words: PseudonymisedWords | None
    ) -> None:
        table = store.statements
        known = (await transaction.execute(table.select().where(table.c.statement == event.statement))).one_or_none()
        if known is not None and known.input_revision >= event.revision:
            return
        if known is not None and known.state not in OPEN:
            # It has been decided: what comes later cannot change words that people approved or took back.
            seen = table.update().where(table.c.statement == event.statement)
            await transaction.execute(seen.values(input_revision=event.revision))
            return
        state, reasons = _judge(event, words)
        sealed = None
        if words is not None and state != "rejected":
            sealed = await self._rows.seal_words(transaction, event.statement, words)
        await transaction.execute(table.delete().where(table.c.statement == event.statement))
        row = {
            "statement": event.statement,
            "kind": event.kind,
            "state": state,
            "group_id": event.group,
            "session": event.session,
            "area": event.area,
            "sectors": " ".join(event.sectors),
            "reasons": " ".join(reasons),
            "input_revision": event.revision,
            "revision": 0,
            "version": 1 if known is None else known.version + 1,
            "words": sealed,
            "approvers": "",
            "received_on": self._clock.today().isoformat(),
        }
        await transaction.execute(table.insert().values(**row))
        if known is None:
            agreed = {"statement": event.statement, "session": event.session}
            await transaction.execute(sa.insert(store.statement_sessions).values(**agreed))

    def _open(self, event: StatementPseudonymised) -> Arrived:
        if event.words is None:
            return event, None
        plain = self._opener.open_part(event.words, event.statement)
        try:
            return event, msgspec.json.decode(plain, type=PseudonymisedWords)
        except msgspec.DecodeError:
            raise ContractBroken("statement.pseudonymised: sealed words do not keep their contract") from None


def _judge(event: StatementPseudonymised, words: PseudonymisedWords | None) -> tuple[State, list[str]]:
    if words is None:
        return "rejected", [_DEAD_LETTER]
    if event.group is None:
        return "rejected", [_NO_GROUP]
    reasons = sorted({doubt.reason for doubt in words.doubts})
    if _TAKEN_OUT.search(words.text):
        # A name or something like it was replaced: that is no sentence about services yet.
        reasons.append("taken-out")
    return ("held" if reasons else "received"), reasons
