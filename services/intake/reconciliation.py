"""Reconciling: what was accepted is held, rejected, withdrawn, counted, uncounted, or still on its way."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contracts import decode
from services.database.engine import Database
from services.eventlog.interface import NewRecord, Record
from services.events import ContributionCounted, ContributionSettled, ErasureConfirmed
from services.intake import store
from services.intake.consent import Consent
from services.runner.erasure import Erasure


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Where everything that was accepted stands: ``accepted`` is the sum of all the others.

    Attributes:
        accepted: contributions accepted.
        held: with a reviewer.
        rejected: by rule or by a named person.
        withdrawn: outranks counted.
        counted: in the reporter's rows.
        uncounted: released, but its uses do not include counting.
        on_their_way: none of these yet.
    """

    accepted: int
    held: int
    rejected: int
    withdrawn: int
    counted: int
    uncounted: int
    on_their_way: int


async def apply_settled(transaction: AsyncConnection, records: Sequence[Record]) -> Sequence[NewRecord]:
    """Note where contributions stand at the themer; older revisions change nothing."""
    await _apply(transaction, "settled", [decode(ContributionSettled, record.value) for record in records])
    return ()


async def apply_counted(transaction: AsyncConnection, records: Sequence[Record]) -> Sequence[NewRecord]:
    """Note where contributions stand at the reporter; older revisions change nothing."""
    await _apply(transaction, "counted", [decode(ContributionCounted, record.value) for record in records])
    return ()


async def _apply(
    transaction: AsyncConnection,
    column: str,
    heard: Sequence[ContributionSettled | ContributionCounted],
) -> None:
    table = store.contributions
    revision = table.c[f"{column}_revision"]
    await transaction.execute(
        table.update()
        .where(table.c.contribution == sa.bindparam("subject"), revision < sa.bindparam("new_revision"))
        .values({column: sa.bindparam("new_state"), f"{column}_revision": sa.bindparam("new_revision")}),
        [{"subject": each.contribution, "new_state": each.state, "new_revision": each.revision} for each in heard],
    )


class ConfirmationsHeard:
    """Applies the confirmations of an erasure: to the erasure itself, and to what a person is told."""

    def __init__(self, erasure: Erasure, consent: Consent) -> None:
        self._erasure = erasure
        self._consent = consent

    async def apply(self, transaction: AsyncConnection, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Note confirmations; a repeated one changes nothing."""
        heard = [decode(ErasureConfirmed, record.value) for record in records]
        await self._erasure.hear(transaction, heard)
        await self._consent.hear(transaction, heard)
        return ()


async def reconcile(database: Database) -> Reconciliation:
    """Return where everything stands."""
    table = store.contributions.c
    query = sa.select(table.settled, table.counted, sa.func.count()).group_by(table.settled, table.counted)
    totals = dict.fromkeys(("held", "rejected", "withdrawn", "counted", "uncounted", "on_their_way"), 0)
    async with database.read() as view:
        for settled, counted, number in (await view.execute(query)).all():
            if settled in ("held", "rejected", "withdrawn"):
                totals[settled] += number
            elif counted in ("counted", "uncounted"):
                totals[counted] += number
            else:
                totals["on_their_way"] += number
    return Reconciliation(accepted=sum(totals.values()), **totals)
