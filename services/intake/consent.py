"""Consent at the door: receipts, uses narrowed or widened, withdrawal; a refusal is written first, for ever."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock
from services.database.engine import Database
from services.errors import Conflict, Finding, InputRefused, NotFound, Plain
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord
from services.events import ConsentChanged, ErasureConfirmed, Use
from services.ids import NewId
from services.intake import store
from services.runner.confirming import HOPS
from services.runner.erasure import Erasure
from services.runner.outbox import Outbox

_STAGE = "intake"


@dataclass(frozen=True, slots=True)
class Person:
    """How a person is found: by the hash of her receipt, by that of her group and seat, or by a page that she opened.

    Attributes:
        receipt_hash: look-up hash of five words.
        seat_hash: keyed hash of group and seat.
        contributor: from a form that her five words opened.
    """

    receipt_hash: str | None = None
    seat_hash: str | None = None
    contributor: str | None = None

    @property
    def has_receipt(self) -> bool:
        """Whether her five words were given, which alone can widen uses."""
        return self.receipt_hash is not None or self.contributor is not None


class Consent:
    """What may be done with what somebody said, and the end of it."""

    def __init__(self, *, database: Database, outbox: Outbox, erasure: Erasure, clock: Clock, new_id: NewId) -> None:
        self._database = database
        self._outbox = outbox
        self._erasure = erasure
        self._clock = clock
        self._new_id = new_id

    async def issue(self, receipt_hash: str, *, seat_hash: str | None = None) -> None:
        """Tie a receipt to a person: to a seat, or to somebody new. Issuing again for a seat replaces the old receipt.

        Raises:
            Conflict: that receipt exists (five random words met twice: make another).
        """
        async with self._database.begin() as transaction:
            if await _one(transaction, store.receipts, store.receipts.c.receipt_hash, receipt_hash):
                raise Conflict(Plain("Make another receipt."))
            contributor = None
            if seat_hash is not None:
                contributor = await _one(transaction, store.seats, store.seats.c.seat_hash, seat_hash)
            if contributor is None:
                contributor = self._new_id()
                if seat_hash is not None:
                    await transaction.execute(store.seats.insert().values(seat_hash=seat_hash, contributor=contributor))
            await transaction.execute(store.receipts.delete().where(store.receipts.c.contributor == contributor))
            await transaction.execute(
                store.receipts.insert().values(receipt_hash=receipt_hash, contributor=contributor),
            )

    async def find(self, person: Person) -> str:
        """Return a person's contributor id.

        Raises:
            NotFound: no such receipt or seat; says no more than that.
        """
        async with self._database.read() as view:
            return await self._find(view, person)

    async def has_withdrawn(self, contributor: str) -> bool:
        """Whether somebody has withdrawn."""
        async with self._database.read() as view:
            return bool(await self._erasure.refused(view, [contributor]))

    async def uses_of(self, contributor: str) -> tuple[Use, ...] | None:
        """Return the uses that a person set for everything of hers, or None when she never did."""
        async with self._database.read() as view:
            found = (
                await view.execute(
                    sa.select(store.contributors.c.uses).where(store.contributors.c.contributor == contributor),
                )
            ).scalar()
        return None if found is None else tuple(found.split())

    async def change_uses(self, person: Person, uses: Sequence[Use]) -> None:
        """Set the uses that remain for everything of hers; widening takes her receipt.

        Raises:
            NotFound: no such receipt or seat.
            InputRefused: uses would be widened without her receipt, or none would be left.
        """
        if not uses:
            raise InputRefused(
                [
                    Finding(
                        "uses",
                        "none left",
                        "Taking every use away is a withdrawal, which is for ever: withdraw instead.",
                    )
                ],
            )
        async with self._database.begin() as transaction:
            contributor = await self._find(transaction, person)
            if await self._erasure.refused(transaction, [contributor]):
                raise Conflict(Plain("What was said under that receipt has been withdrawn; a withdrawal is for ever."))
            row = (
                await transaction.execute(
                    store.contributors.select().where(store.contributors.c.contributor == contributor),
                )
            ).one_or_none()
            before = {"count", "paraphrase", "quote"} if row is None or row.uses is None else set(row.uses.split())
            if set(uses) - before and not person.has_receipt:
                raise InputRefused(
                    [Finding("uses", "wider than before", "Only the five words of her receipt can widen them.")],
                )
            await self._set_uses(transaction, [contributor], tuple(uses))

    async def withdraw(self, person: Person) -> list[str]:
        """Withdraw one person: refusal first, then everything else follows by itself; return her contributor id.

        Raises:
            NotFound: no such receipt or seat.
        """
        async with self._database.begin() as transaction:
            contributors = [await self._find(transaction, person)]
            if not await self._erasure.refused(transaction, contributors):
                await self._refuse(transaction, contributors)
        return contributors

    async def withdraw_session(self, session: str) -> list[str]:
        """Withdraw a session's notes whole: everyone who spoke in it and has neither seat nor receipt.

        Raises:
            NotFound: no such session, or every note in it belongs to a seat or receipt.
        """
        table = store.contributions.c
        async with self._database.begin() as transaction:
            spoke = set(
                (await transaction.execute(sa.select(table.contributor).where(table.session == session))).scalars(),
            )
            known: set[str] = set()
            for owned in (store.seats, store.receipts):
                known |= set(
                    (
                        await transaction.execute(
                            sa.select(owned.c.contributor).where(owned.c.contributor.in_(sorted(spoke))),
                        )
                    ).scalars(),
                )
            contributors = sorted(spoke - known - await self._erasure.refused(transaction, spoke))
            if not contributors:
                raise NotFound(
                    Plain("That session holds no notes that are nobody's: withdraw by receipt, or by group and seat.")
                )
            await self._refuse(transaction, contributors)
        return contributors

    async def hear(self, transaction: AsyncConnection, confirmations: Sequence[ErasureConfirmed]) -> None:
        """Note which service has erased whom; the last one's word removes the receipt."""
        for heard in confirmations:
            present = (
                await transaction.execute(
                    store.confirmations.select().where(
                        store.confirmations.c.contributor == heard.contributor,
                        store.confirmations.c.service == heard.service,
                    ),
                )
            ).one_or_none()
            if present is None:
                await transaction.execute(
                    store.confirmations.insert().values(
                        contributor=heard.contributor,
                        service=heard.service,
                        day=heard.day,
                    ),
                )
            if heard.service == HOPS[-1]:
                await transaction.execute(
                    store.receipts.delete().where(store.receipts.c.contributor == heard.contributor),
                )

    async def confirmations(self, contributors: Sequence[str]) -> dict[str, str]:
        """Return the services that have erased all of some contributors, with the latest day, in hop order."""
        table = store.confirmations.c
        async with self._database.read() as view:
            rows = (
                await view.execute(
                    sa.select(table.service, table.day).where(table.contributor.in_(sorted(contributors)))
                )
            ).all()
        done: dict[str, str] = {}
        for hop in HOPS:
            days = [row.day for row in rows if row.service == hop]
            if len(days) == len(set(contributors)):
                done[hop] = max(days)
        return done

    async def _find(self, transaction: AsyncConnection, person: Person) -> str:
        found: str | None = person.contributor
        if person.receipt_hash is not None:
            found = await _one(transaction, store.receipts, store.receipts.c.receipt_hash, person.receipt_hash)
        elif person.seat_hash is not None:
            found = await _one(transaction, store.seats, store.seats.c.seat_hash, person.seat_hash)
        if found is None:
            raise NotFound(Plain("Nothing is known by that: check it and try again."))
        return found

    async def _refuse(self, transaction: AsyncConnection, contributors: Sequence[str]) -> None:
        # The consent event first: it counts on from the revision that the erasure deletes.
        events = await self._set_uses(transaction, contributors, (), put=False)
        events.extend(await self._erasure.refuse(transaction, contributors))
        await self._outbox.put(transaction, events)

    async def _set_uses(
        self,
        transaction: AsyncConnection,
        contributors: Sequence[str],
        uses: tuple[Use, ...],
        *,
        put: bool = True,
    ) -> list[NewRecord]:
        today = self._clock.today().isoformat()
        table = store.contributors
        events = []
        for contributor in contributors:
            found = (await transaction.execute(table.select().where(table.c.contributor == contributor))).one_or_none()
            revision = 1 if found is None else found.revision + 1
            text = " ".join(uses)
            if found is None:
                await transaction.execute(table.insert().values(contributor=contributor, uses=text, revision=revision))
            else:
                await transaction.execute(
                    table.update().where(table.c.contributor == contributor).values(uses=text, revision=revision),
                )
            changed = ConsentChanged(contributor=contributor, revision=revision, uses=uses, day=today)
            events.append(new_record(changed, stage=_STAGE, source_service=_STAGE, revision=revision, time=today))
        if put:
            await self._outbox.put(transaction, events)
        return events


async def delete_contributors(transaction: AsyncConnection, contributors: Sequence[str]) -> Sequence[NewRecord]:
    """Delete what intake keeps of some contributors; ids stay on refusal and settled rows, without the session.

    The hash of a receipt stays until every service has confirmed, so that she can look how far it has come.
    """
    gone = list(contributors)
    for table in (store.seats, store.contributors):
        await transaction.execute(table.delete().where(table.c.contributor.in_(gone)))
    said = store.contributions
    await _forget_answers(transaction, gone)
    await transaction.execute(said.update().where(said.c.contributor.in_(gone)).values(session=""))
    return ()


async def _forget_answers(transaction: AsyncConnection, gone: list[str]) -> None:
    """Take their contributions out of stored answers, which would else still say in which session they were."""
    said, kept = store.contributions.c, store.idempotency
    query = sa.select(said.contribution, said.session).where(said.contributor.in_(gone), said.session != "")
    theirs: list[Any] = list((await transaction.execute(query)).all())
    sessions = sorted({row.session for row in theirs})
    ids = {row.contribution for row in theirs}
    for row in (await transaction.execute(kept.select().where(kept.c.session.in_(sessions)))).all():
        answer = json.loads(row.answer)
        answer["contributions"] = [each for each in answer["contributions"] if each not in ids]
        await transaction.execute(
            kept.update().where(kept.c.key_hash == row.key_hash).values(answer=json.dumps(answer)),
        )


async def _one(transaction: AsyncConnection, table: sa.Table, column: sa.Column[str], key: str) -> str | None:
    found: str | None = (await transaction.execute(sa.select(table.c.contributor).where(column == key))).scalar()
    return found
