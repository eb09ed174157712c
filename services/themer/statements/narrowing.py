"""Consent at the themer: what a person allows now, and the end of sentences that rest on more than that."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from services.contracts import decode
from services.eventlog.interface import NewRecord, Record
from services.events import ConsentChanged
from services.runner.consent import ConsentHeard
from services.themer.statements.resting import Resting


class Narrowing:
    """Applies consent and, in the same transaction, retracts what it takes the ground from."""

    def __init__(self, heard: ConsentHeard, resting: Resting) -> None:
        self._heard = heard
        self._resting = resting

    async def apply_consent(self, transaction: AsyncConnection, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Note what remains allowed; a refusal has retracted what rests on it already, with the deletion."""
        events = await self._heard.apply_consent(transaction, records)
        changed = [decode(ConsentChanged, record.value).contributor for record in records if record.value is not None]
        return [*events, *await self._resting.retract_unfounded(transaction, contributors=changed)]

    async def apply_confirmations(self, transaction: AsyncConnection, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Note that the hop before has confirmed."""
        return await self._heard.apply_confirmations(transaction, records)
