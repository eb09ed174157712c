"""What paraphrases rest on: retracted by themselves as soon as one person withdraws, narrows, or is kept out.

Everything that can take the ground away (a refusal, narrower uses, a reviewer's rejection, a new revision that is held)
calls :meth:`Resting.retract_unfounded` inside the very transaction that takes it away, so that the retraction is
durable with it and leaves through the same outbox, before any confirmation of an erasure.
"""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock
from services.eventlog.interface import NewRecord
from services.events import PseudonymisedWords
from services.themer import store
from services.themer.keeping import DataKeys
from services.themer.statements.keeping import WORDS, StatementRows

USE = "paraphrase"
_AT_ONCE = 500


class Resting:
    """The grounds of paraphrases."""

    def __init__(self, rows: StatementRows, data_keys: DataKeys, clock: Clock) -> None:
        self._rows = rows
        self._data_keys = data_keys
        self._clock = clock

    async def retract_unfounded(
        self,
        transaction: AsyncConnection,
        *,
        contributors: Collection[str] = (),
        contributions: Collection[str] = (),
    ) -> Sequence[NewRecord]:
        """Retract every paraphrase that rests on some people or contributions and may not any more.

        Call it after the change itself was written in ``transaction``; returns events to send.
        """
        table = store.statement_grounds.c
        found: set[str] = set()
        for column, ids in ((table.contributor, contributors), (table.contribution, contributions)):
            ordered = sorted(set(ids))
            for first in range(0, len(ordered), _AT_ONCE):
                query = sa.select(table.statement).where(column.in_(ordered[first : first + _AT_ONCE]))
                found.update((await transaction.execute(query)).scalars())
        events: list[NewRecord] = []
        for statement in sorted(found):
            rest = [row.contribution for row in await self.grounds(transaction, statement)]
            if len(await self.founded(transaction, rest)) < len(rest):
                row = await self._rows.row(transaction, statement)
                events.extend(await self._rows.end(transaction, row, "retracted", self._clock.today()))
                await self._rows.note_decision(
                    transaction, statement, "unfounded", by="rule", role="rule", day=self._clock.today()
                )
        return events

    async def grounds(self, view: AsyncConnection, statement: str) -> list[Any]:
        """Return the contributions, with their contributors, that a paraphrase rests on."""
        table = store.statement_grounds
        query = table.select().where(table.c.statement == statement).order_by(table.c.contribution)
        return list((await view.execute(query)).all())

    async def founded(self, view: AsyncConnection, contributions: Collection[str]) -> dict[str, str]:
        """Return those of some contributions that a paraphrase may rest on now, each with its contributor.

        Released, neither refused nor erased, and the use is among both the contribution's and its contributor's latest.
        """
        table, latest, refused = store.contributions, store.consents, store.refusals
        query = (
            sa.select(table.c.contribution, table.c.contributor, table.c.uses, latest.c.uses.label("latest"))
            .outerjoin(latest, latest.c.contributor == table.c.contributor)
            .outerjoin(refused, refused.c.contributor == table.c.contributor)
            .where(
                table.c.contribution.in_(sorted(set(contributions))),
                table.c.state == "released",
                refused.c.contributor.is_(None),
            )
        )
        rows: list[Any] = list((await view.execute(query)).all())
        return {row.contribution: row.contributor for row in rows if allows(row.uses, row.latest)}

    async def texts(self, view: AsyncConnection, contributions: Collection[str]) -> list[PseudonymisedWords]:
        """Return the pseudonymised words of some contributions, in the order of their ids."""
        table = store.contributions
        query = (
            table.select().where(table.c.contribution.in_(sorted(set(contributions)))).order_by(table.c.contribution)
        )
        found = []
        for row in (await view.execute(query)).all():
            key = await self._data_keys.for_reading(view, row.contributor)
            plain = key.open(row.contribution, WORDS, row.words)
            found.append(msgspec.json.decode(plain, type=PseudonymisedWords))
        return found


def allows(uses: str, latest: str | None) -> bool:
    """Say whether a contribution's uses and its contributor's latest (None: never narrowed) both hold the use."""
    return USE in uses.split() and (latest is None or USE in latest.split())
