"""Holds: doubtful contributions wait for a reviewer, who sees the pseudonymised text with the doubts marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock, month_of
from services.contracts import encode
from services.database.engine import Database
from services.errors import Conflict, Finding, InputRefused, NotFound, Plain
from services.events import DoubtFound, PseudonymisedWords, SealedPart, Use
from services.runner.outbox import Outbox
from services.themer import store
from services.themer.answers import Codes, Standing, ThemedState, codes_of, settled, themed
from services.themer.keeping import DataKeys
from services.themer.statements.resting import Resting
from services.themer.tagging import bank_version, tag
from services.themer.theming import WORDS_FIELD

REMOVED = "[REMOVED]"


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One held contribution in the list: no text."""

    contribution: str
    month: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldText:
    """One held contribution as its reviewer sees it: pseudonymised, with the doubts."""

    contribution: str
    text: str
    doubts: tuple[DoubtFound, ...]


class Holds:
    """What a reviewer can do with held contributions."""

    def __init__(
        self, *, database: Database, outbox: Outbox, data_keys: DataKeys, resting: Resting, clock: Clock
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._data_keys = data_keys
        self._resting = resting
        self._clock = clock

    async def listed(self) -> list[HeldLine]:
        """Return every held contribution, oldest month first."""
        table = store.contributions.c
        query = sa.select(table.contribution, table.month, table.reasons).where(table.state == "held")
        async with self._database.read() as view:
            rows = (await view.execute(query.order_by(table.month, table.contribution))).all()
        return [HeldLine(row.contribution, row.month, tuple(row.reasons.split())) for row in rows]

    async def text_of(self, contribution: str) -> HeldText:
        """Return a held contribution's pseudonymised text with its doubts.

        Raises:
            NotFound: no such contribution is held.
        """
        async with self._database.read() as view:
            _, words = await self._held(view, contribution)
        return HeldText(contribution, words.text, words.doubts)

    async def release(self, contribution: str, *, by: str, remove: Sequence[tuple[int, int]] = ()) -> None:
        """Let a held contribution go on, after the reviewer has removed what must not stay.

        Args:
            contribution: which.
            by: the reviewer's name or role.
            remove: stretches of the pseudonymised text to replace.

        Raises:
            NotFound: no such contribution is held.
            InputRefused: a stretch lies outside the text, or nobody's name is given.
        """
        _require_name(by)
        async with self._database.begin() as transaction:
            row, words = await self._held(transaction, contribution)
            text = _without(words.text, remove)
            key = (await self._data_keys.for_writing(transaction, [row.contributor]))[row.contributor]
            sealed = key.seal(contribution, WORDS_FIELD, encode(PseudonymisedWords(text=text)))
            await self._decide(transaction, row, "released", by=by, words=sealed, codes=codes_of(tag(text)))
        await self._outbox.flush()

    async def reject(self, contribution: str, *, by: str, reason: str = "reviewer") -> None:
        """Keep a contribution out for good; its words are deleted.

        Raises:
            NotFound: there is no such contribution.
            Conflict: it is rejected already.
            InputRefused: nobody's name is given.
        """
        _require_name(by)
        async with self._database.begin() as transaction:
            row = await self._row(transaction, contribution)
            if row.state == "rejected":
                raise Conflict(Plain("It is rejected already."))
            await self._decide(transaction, row, "rejected", by=by, words=None, codes=Codes(), reason=reason)
        await self._outbox.flush()

    async def _decide(
        self,
        transaction: AsyncConnection,
        row: sa.Row[Any],
        state: ThemedState,
        *,
        by: str,
        words: bytes | None,
        codes: Codes,
        reason: str | None = None,
    ) -> None:
        today = self._clock.today()
        revision = row.revision + 1
        standing = Standing(
            contribution=row.contribution,
            contributor=row.contributor,
            revision=revision,
            uses=msgspec.convert(tuple(row.uses.split()), tuple[Use, ...]),
            bank=bank_version(),
            pseudonymiser=row.pseudonymiser,
            facts=msgspec.json.decode(row.facts, type=SealedPart),
            codes=codes,
        )
        table = store.contributions
        await transaction.execute(
            table.update()
            .where(table.c.contribution == row.contribution)
            .values(
                state=state,
                revision=revision,
                words=words,
                codes=msgspec.json.encode(codes),
                bank=bank_version(),
                reasons="" if state == "released" else row.reasons,
            ),
        )
        await transaction.execute(
            store.decisions.insert().values(
                contribution=row.contribution,
                state=state,
                by=by,
                reason=reason,
                day=today.isoformat(),
            ),
        )
        month = month_of(today)
        unfounded = await self._resting.retract_unfounded(transaction, contributions=[row.contribution])
        await self._outbox.put(
            transaction,
            [
                *unfounded,
                themed(standing, state, month),
                settled(row.contribution, row.contributor, revision, state, month, reason=reason),
            ],
        )

    async def _held(
        self,
        view: AsyncConnection,
        contribution: str,
    ) -> tuple[sa.Row[Any], PseudonymisedWords]:
        row = await self._row(view, contribution)
        if row.state != "held":
            raise NotFound("No such contribution is held.")
        key = await self._data_keys.for_reading(view, row.contributor)
        plain = key.open(contribution, WORDS_FIELD, row.words)
        return row, msgspec.json.decode(plain, type=PseudonymisedWords)

    async def _row(self, view: AsyncConnection, contribution: str) -> sa.Row[Any]:
        table = store.contributions
        row = (await view.execute(table.select().where(table.c.contribution == contribution))).one_or_none()
        if row is None:
            raise NotFound("There is no such contribution.")
        return row


def _without(text: str, remove: Sequence[tuple[int, int]]) -> str:
    if any(not 0 <= start < end <= len(text) for start, end in remove):
        raise InputRefused([Finding("remove", "outside the text", "Mark a stretch of this text.")])
    joined: list[tuple[int, int]] = []
    for start, end in sorted(remove):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    for start, end in reversed(joined):
        text = text[:start] + REMOVED + text[end:]
    return text


def _require_name(by: str) -> None:
    if not by.strip():
        raise InputRefused([Finding("by", "missing", "Give the name of the person who decides.")])
