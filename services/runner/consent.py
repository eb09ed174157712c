"""Consent as stateful services hear it: narrowed uses are kept beside what she said; a refusal begins an erasure."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contracts import decode
from services.eventlog.interface import NewRecord, Record
from services.events import ConsentChanged, ErasureConfirmed
from services.runner.erasure import Erasure


def consents_table(metadata: sa.MetaData) -> sa.Table:
    """Declare, among a service's tables, the uses that remain for those who narrowed them."""
    return sa.Table(
        "consents",
        metadata,
        sa.Column("contributor", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("uses", sa.Text, nullable=False),
    )


class ConsentHeard:
    """Applies consent and confirmations inside a transaction."""

    def __init__(self, erasure: Erasure, consents: sa.Table) -> None:
        self._erasure = erasure
        self._consents = consents

    async def apply_consent(self, transaction: AsyncConnection, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Write refusals first, then the uses that remain; an older revision changes nothing."""
        changes = [decode(ConsentChanged, record.value) for record in records if record.value is not None]
        events = await self._erasure.refuse(transaction, [each.contributor for each in changes if not each.uses])
        table = self._consents
        for each in changes:
            if not each.uses:
                continue
            known = (
                await transaction.execute(sa.select(table.c.revision).where(table.c.contributor == each.contributor))
            ).scalar()
            if known is not None and known >= each.revision:
                continue
            await transaction.execute(table.delete().where(table.c.contributor == each.contributor))
            if not await self._erasure.refused(transaction, [each.contributor]):
                await transaction.execute(
                    table.insert().values(
                        contributor=each.contributor,
                        revision=each.revision,
                        uses=" ".join(each.uses),
                    ),
                )
        return events

    async def apply_confirmations(self, transaction: AsyncConnection, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Note that the hop before has confirmed."""
        await self._erasure.hear(transaction, [decode(ErasureConfirmed, record.value) for record in records])
        return ()
