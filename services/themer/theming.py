"""The themer's step: pseudonymised words in; codes out, or a hold where a doubt was found."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock, month_of
from services.contracts import decode, encode
from services.database.engine import Database
from services.errors import ContractBroken, NotFound
from services.eventlog.interface import NewRecord, Record
from services.events import ContributionPseudonymised, PseudonymisedWords
from services.runner.erasure import Erasure
from services.runner.outbox import Outbox
from services.sealing.bundles import Opener
from services.themer import store
from services.themer.answers import Codes, Standing, ThemedState, codes_of, settled, themed
from services.themer.keeping import DataKeys
from services.themer.statements.resting import Resting
from services.themer.tagging import Tagged, bank_version, tag

WORDS_FIELD = "words"
_DEAD_LETTER = "dead_letter_rejected"


@dataclass(frozen=True, slots=True)
class _Arrived:
    event: ContributionPseudonymised
    words: PseudonymisedWords | None
    tagged: Tagged | None


class Theming:
    """Handles pseudonymised contributions; a revision that is not greater changes nothing."""

    def __init__(
        self,
        *,
        opener: Opener,
        data_keys: DataKeys,
        resting: Resting,
        erasure: Erasure,
        database: Database,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._opener = opener
        self._data_keys = data_keys
        self._resting = resting
        self._erasure = erasure
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def handle(self, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Open and tag first, so that the database is not locked meanwhile; then store and answer in one transaction.

        Raises:
            ContractBroken, SealingError: a record cannot be read; it is parked.
        """
        opened = [self._open(decode(ContributionPseudonymised, record.value)) for record in records]
        tagged = await asyncio.to_thread(_tag_all, [words for _, words in opened])
        newest: dict[str, _Arrived] = {}
        for (event, words), tags in zip(opened, tagged, strict=True):
            known = newest.get(event.contribution)
            if known is None or known.event.revision < event.revision:
                newest[event.contribution] = _Arrived(event, words, tags)
        async with self._database.begin() as transaction:
            await self._outbox.put(transaction, await self._apply(transaction, list(newest.values())))
        await self._outbox.flush()
        return ()

    async def reject(self, record: Record, contribution: str | None) -> Sequence[NewRecord]:
        """Settle a parked contribution as rejected: it goes on as if a named person had let it go without words.

        Raises:
            NotFound: the record is about another contribution.
            ContractBroken: it cannot be read at all.
        """
        event = decode(ContributionPseudonymised, record.value)
        if contribution not in (None, event.contribution):
            raise NotFound("That record is about another contribution.")
        gone = msgspec.structs.replace(event, words=None)
        async with self._database.begin() as transaction:
            await self._outbox.put(transaction, await self._apply(transaction, [_Arrived(gone, None, None)]))
        await self._outbox.flush()
        return ()

    async def _apply(self, transaction: AsyncConnection, arrived: Sequence[_Arrived]) -> Sequence[NewRecord]:
        month = month_of(self._clock.today())
        known = await _known(transaction, [each.event.contribution for each in arrived])
        fresh = [
            each
            for each in arrived
            if each.event.contribution not in known or known[each.event.contribution][0] < each.event.revision
        ]
        refused = await self._erasure.refused(transaction, [each.event.contributor for each in fresh])
        kept = [each for each in fresh if each.event.contributor not in refused]
        keys = await self._data_keys.for_writing(
            transaction,
            [each.event.contributor for each in kept if each.words is not None],
        )
        answers = [
            settled(each.event.contribution, each.event.contributor, 1, "withdrawn", month)
            for each in fresh
            if each.event.contributor in refused
        ]
        rows = []
        for each in kept:
            event = each.event
            revision = known.get(event.contribution, (0, 0))[1] + 1
            state, reasons, codes = _judge(each)
            words = None
            if each.words is not None:
                words = keys[event.contributor].seal(event.contribution, WORDS_FIELD, encode(each.words))
            rows.append(
                {
                    "contribution": event.contribution,
                    "contributor": event.contributor,
                    "session": event.session,
                    "input_revision": event.revision,
                    "revision": revision,
                    "state": state,
                    "uses": " ".join(event.uses),
                    "words": words,
                    "facts": encode(event.facts),
                    "codes": msgspec.json.encode(codes),
                    "pseudonymiser": event.pseudonymiser,
                    "bank": bank_version(),
                    "reasons": " ".join(reasons),
                    "safeguarding": each.tagged is not None and each.tagged.safeguarding,
                    "month": month,
                },
            )
            standing = Standing(
                contribution=event.contribution,
                contributor=event.contributor,
                revision=revision,
                uses=event.uses,
                bank=bank_version(),
                pseudonymiser=event.pseudonymiser,
                facts=event.facts,
                codes=codes,
            )
            if state == "released" or event.contribution in known:
                answers.append(themed(standing, state, month))
            reason = _DEAD_LETTER if state == "rejected" else None
            answers.append(settled(event.contribution, event.contributor, revision, state, month, reason=reason))
        table = store.contributions
        again = [row["contribution"] for row in rows if row["contribution"] in known]
        if again:
            await transaction.execute(table.delete().where(table.c.contribution.in_(again)))
        if rows:
            await transaction.execute(table.insert(), rows)
        # A new revision may be held, or allow less: what rests on the old one is looked at again.
        answers.extend(await self._resting.retract_unfounded(transaction, contributions=again))
        return answers

    def _open(self, event: ContributionPseudonymised) -> tuple[ContributionPseudonymised, PseudonymisedWords | None]:
        if event.words is None:
            return event, None
        plain = self._opener.open_part(event.words, event.contribution)
        try:
            return event, msgspec.json.decode(plain, type=PseudonymisedWords)
        except msgspec.DecodeError:
            raise ContractBroken("contribution.pseudonymised: sealed words do not keep their contract") from None


def _tag_all(words: Sequence[PseudonymisedWords | None]) -> list[Tagged | None]:
    return [None if each is None else tag(each.text) for each in words]


def _judge(arrived: _Arrived) -> tuple[ThemedState, list[str], Codes]:
    if arrived.words is None or arrived.tagged is None:
        return "rejected", [_DEAD_LETTER], Codes()
    reasons = sorted({doubt.reason for doubt in arrived.words.doubts})
    return ("held" if reasons else "released"), reasons, codes_of(arrived.tagged)


async def _known(transaction: AsyncConnection, contributions: Sequence[str]) -> dict[str, tuple[int, int]]:
    table = store.contributions.c
    query = sa.select(table.contribution, table.input_revision, table.revision)
    rows = (await transaction.execute(query.where(table.contribution.in_(list(contributions))))).all()
    return {row.contribution: (row.input_revision, row.revision) for row in rows}


def contributors_of(record: Record) -> frozenset[str]:
    """Return whom a pseudonymised contribution is from.

    Raises:
        ContractBroken: it cannot be read.
    """
    return frozenset({decode(ContributionPseudonymised, record.value).contributor})
