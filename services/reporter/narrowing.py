"""Consent at the reporter: whoever no longer allows counting leaves every count that is not published yet."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock, month_of
from services.contracts import decode
from services.eventlog.interface import NewRecord, Record
from services.events import ConsentChanged
from services.reporter import store
from services.reporter.rowkeeping import closed_periods, counted
from services.runner.consent import ConsentHeard


class Narrowing:
    """Applies consent to the rows that are there already."""

    def __init__(self, heard: ConsentHeard, clock: Clock) -> None:
        self._heard = heard
        self._clock = clock

    async def apply(self, transaction: AsyncConnection, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Write refusals and remaining uses, then count or uncount the rows of those who changed them."""
        events = list(await self._heard.apply_consent(transaction, records))
        changed = {decode(ConsentChanged, record.value).contributor for record in records if record.value is not None}
        closed = await closed_periods(transaction)
        table, consents = store.rows, store.consents
        query = (
            sa.select(
                table.c.contribution, table.c.revision, table.c.state, table.c.period, table.c.uses, consents.c.uses
            )
            .join(consents, consents.c.contributor == table.c.contributor)
            .where(table.c.contributor.in_(sorted(changed)), table.c.state.in_(("counted", "uncounted")))
            .order_by(table.c.contribution)
        )
        month = month_of(self._clock.today())
        for contribution, revision, state, period, own, remaining in (await transaction.execute(query)).all():
            counts = "count" in own.split() and "count" in remaining.split()
            wanted = "counted" if counts else "uncounted"
            if wanted == state or period in closed:
                continue
            await transaction.execute(
                table.update().where(table.c.contribution == contribution).values(state=wanted, revision=revision + 1),
            )
            events.append(counted(contribution, revision + 1, month, counts=counts))
        return events
