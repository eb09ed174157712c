"""Deleting what the themer keeps of a contributor: her words, her codes, her key, and sentences that rest on her."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock, month_of
from services.eventlog.interface import NewRecord
from services.themer import store
from services.themer.answers import settled
from services.themer.keeping import DataKeys
from services.themer.statements.resting import Resting


class Deletion:
    """Deletes everything of some contributors; the same again changes nothing."""

    def __init__(self, data_keys: DataKeys, resting: Resting, clock: Clock) -> None:
        self._data_keys = data_keys
        self._resting = resting
        self._clock = clock

    async def delete(self, transaction: AsyncConnection, contributors: Sequence[str]) -> Sequence[NewRecord]:
        """Destroy their keys, delete their words and codes, and say of each contribution that it is withdrawn.

        Paraphrases that rest on them are retracted in the same transaction.
        """
        today = self._clock.today()
        table = store.contributions
        gone: list[Any] = list(
            (
                await transaction.execute(
                    sa.select(table.c.contribution, table.c.contributor, table.c.revision)
                    .where(table.c.contributor.in_(contributors))
                    .order_by(table.c.contribution),
                )
            ).all(),
        )
        await self._data_keys.destroy(transaction, contributors, today.isoformat())
        if gone:
            ids = [row.contribution for row in gone]
            await transaction.execute(table.delete().where(table.c.contributor.in_(contributors)))
            await transaction.execute(store.decisions.delete().where(store.decisions.c.contribution.in_(ids)))
        await transaction.execute(store.consents.delete().where(store.consents.c.contributor.in_(contributors)))
        month = month_of(today)
        unfounded = await self._resting.retract_unfounded(transaction, contributors=contributors)
        withdrawn = [settled(row.contribution, row.contributor, row.revision + 1, "withdrawn", month) for row in gone]
        return [*unfounded, *withdrawn]
