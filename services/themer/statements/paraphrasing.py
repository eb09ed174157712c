"""Paraphrases: one sentence of a reviewer's own, put together from what several people said who all allow it.

Who may be used is asked when the texts are listed, when one is opened, when the sentence is written and again when it
is approved; what it rests on is kept, so that it goes by itself when one of them changes her mind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock
from services.database.engine import Database
from services.errors import Finding, InputRefused, NotFound, Plain
from services.ids import NewId
from services.themer import store
from services.themer.answers import Codes
from services.themer.statements.keeping import StatementRows
from services.themer.statements.resting import USE, Resting, allows
from services.themer.statements.wording import Wording, check_wording
from services.vocabulary.frameworks import framework
from services.vocabulary.statements import statement_rules

MOST_SOURCES = 30
_LEAST_SOURCES = 2
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Source:
    """One contribution that a paraphrase may rest on: no text."""

    contribution: str
    month: str
    sectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceText:
    """One contribution as its reviewer sees it: pseudonymised."""

    contribution: str
    text: str


class Paraphrases:
    """What a reviewer does with what several people said."""

    def __init__(
        self, *, database: Database, rows: StatementRows, resting: Resting, clock: Clock, new_id: NewId
    ) -> None:
        self._database = database
        self._rows = rows
        self._resting = resting
        self._clock = clock
        self._new_id = new_id

    async def sources(self, framework_id: str, node: str) -> list[Source]:
        """Return what was said on a node by people who allow it, one month after another; at most so many.

        Raises:
            NotFound: no such framework or node.
        """
        framework(framework_id).node(node)
        found: list[Source] = []
        after = ("", "")
        async with self._database.read() as view:
            while len(found) < MOST_SOURCES and (rows := await self._released(view, after)):
                after = (rows[-1].month, rows[-1].contribution)
                for row in rows:
                    codes = msgspec.json.decode(row.codes, type=Codes)
                    spoken_of = any(each.framework == framework_id and each.node == node for each in codes.themes)
                    if spoken_of and allows(row.uses, row.latest):
                        found.append(Source(row.contribution, row.month, codes.sectors))
        return found[:MOST_SOURCES]

    async def text_of(self, contribution: str) -> SourceText:
        """Return the pseudonymised words of one contribution that a paraphrase may rest on now.

        Raises:
            NotFound: there is no such contribution, or it may not be used.
        """
        async with self._database.read() as view:
            if not await self._resting.founded(view, [contribution]):
                raise NotFound(Plain("There is no such contribution that may be put in other words."))
            (words,) = await self._resting.texts(view, [contribution])
        return SourceText(contribution, words.text)

    async def write(self, contributions: Sequence[str], wording: Wording, *, by: str) -> str:
        """Keep a paraphrase for a second person to approve, with what it rests on; return its id.

        Raises:
            NotFound: a contribution is not there or may not be used.
            InputRefused: too few people, a broken rule, or nobody's name.
        """
        rest = sorted(set(contributions))
        if not by.strip():
            raise InputRefused([Finding("by", "missing", "Give the name of the person who decides.")])
        if wording.same_as is not None:
            raise InputRefused([Finding("same_as", "not for a paraphrase", "Leave it out.")])
        least = statement_rules().least_people
        if len(rest) > MOST_SOURCES:
            raise InputRefused([Finding("contributions", "too many", f"Choose at most {MOST_SOURCES}.")])
        today = self._clock.today()
        made = self._new_id()

        async def work(transaction: AsyncConnection) -> None:
            founded = await self._resting.founded(transaction, rest)
            if len(founded) < len(rest):
                raise NotFound(Plain("There is no such contribution that may be put in other words."))
            if len(set(founded.values())) < max(least, _LEAST_SOURCES):
                raise InputRefused(
                    [Finding("contributions", "too few people", f"Choose what at least {least} people said.")],
                )
            settled = check_wording("paraphrase", wording, await self._resting.texts(transaction, rest))
            sealed = await self._rows.seal_wording(transaction, made, settled)
            row = {
                "statement": made,
                "kind": "paraphrase",
                "state": "worded",
                "sectors": "",
                "reasons": "",
                "input_revision": 0,
                "revision": 0,
                "version": 1,
                "wording": sealed,
                "worded_by": by.strip(),
                "worded_role": "reviewer",
                "approvers": "",
                "received_on": today.isoformat(),
            }
            await transaction.execute(store.statements.insert().values(**row))
            await transaction.execute(
                store.statement_grounds.insert(),
                [{"statement": made, "contribution": each, "contributor": founded[each]} for each in rest],
            )
            await self._rows.note_decision(transaction, made, "worded", by=by.strip(), role="reviewer", day=today)

        await self._database.write(work)
        return made

    async def _released(self, view: AsyncConnection, after: tuple[str, str]) -> list[Any]:
        table, latest, refused = store.contributions, store.consents, store.refusals
        query = (
            sa.select(table.c.contribution, table.c.month, table.c.codes, table.c.uses, latest.c.uses.label("latest"))
            .outerjoin(latest, latest.c.contributor == table.c.contributor)
            .outerjoin(refused, refused.c.contributor == table.c.contributor)
            .where(
                table.c.state == "released",
                table.c.uses.contains(USE),
                refused.c.contributor.is_(None),
                sa.tuple_(table.c.month, table.c.contribution) > sa.tuple_(*map(sa.literal, after)),
            )
            .order_by(table.c.month, table.c.contribution)
            .limit(_AT_ONCE)
        )
        return list((await view.execute(query)).all())
