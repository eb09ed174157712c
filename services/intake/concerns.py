"""Concerns that were handed on: raised once for a write-up, listed for the lead, acknowledged; never a word of it."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from services.clock import Clock
from services.database.engine import Database
from services.errors import Conflict, Finding, InputRefused, NotFound
from services.eventlog.cloudevents import new_record
from services.events import SafeguardingAcknowledged, SafeguardingRaised
from services.intake import store
from services.intake.writeup.draft import HandedOn
from services.runner.outbox import Outbox
from services.vocabulary.safeguarding_actions import safeguarding_actions

_STAGE: Final = "intake"
_RAISED: Final = 1
_ACKNOWLEDGED: Final = 2


@dataclass(frozen=True, slots=True)
class ConcernLine:
    """One concern as a lead sees it: ids, lists, the organisation's own contact and reference."""

    id: str
    session: str
    category: str
    urgency: str
    at: str
    done: tuple[str, ...]
    contact: str
    reference: str
    acknowledged_at: str | None
    acknowledged_done: str | None


class Concerns:
    """Intake's record of what was handed on."""

    def __init__(self, *, database: Database, outbox: Outbox, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def hand_on(self, draft: str, session: str, handed_on: HandedOn) -> str:
        """Record a concern and raise it on the log, once for each draft however often it is sent; return its id."""
        concern = hashlib.sha256(f"concern|{draft}".encode()).hexdigest()[:32]
        at = self._clock.minute()
        raised = SafeguardingRaised(
            concern=concern,
            session=session,
            revision=_RAISED,
            category=handed_on.category,
            urgency=handed_on.urgency,
            at=at,
            contact=handed_on.contact or None,
            reference=handed_on.reference or None,
        )
        async with self._database.begin() as transaction:
            if await _find(transaction, concern) is not None:
                return concern
            await transaction.execute(
                store.concerns.insert().values(
                    concern=concern,
                    session=session,
                    category=handed_on.category,
                    urgency=handed_on.urgency,
                    at=at,
                    done=" ".join(handed_on.done),
                    contact=handed_on.contact,
                    reference=handed_on.reference,
                ),
            )
            record = new_record(raised, stage=_STAGE, source_service=_STAGE, revision=_RAISED, time=at)
            await self._outbox.put(transaction, [record])
        return concern

    async def list(self) -> list[ConcernLine]:
        """Return every concern: those that wait first, the most urgent and oldest on top."""
        rank = sa.case({"now": 0, "soon": 1}, value=store.concerns.c.urgency, else_=2)
        waiting = store.concerns.c.acknowledged_at.is_(None)
        query = sa.select(store.concerns).order_by(
            sa.not_(waiting), rank, store.concerns.c.at, store.concerns.c.concern
        )
        async with self._database.read() as view:
            rows: list[Any] = list((await view.execute(query)).all())
        return [
            ConcernLine(
                row.concern,
                row.session,
                row.category,
                row.urgency,
                row.at,
                tuple(row.done.split()),
                row.contact,
                row.reference,
                row.acknowledged_at,
                row.acknowledged_done,
            )
            for row in rows
        ]

    async def acknowledge(self, concern: str, done: str) -> None:
        """Note that a lead took a concern over, and say so on the log.

        Raises:
            InputRefused: what was done is not in the list.
            NotFound: no such concern.
            Conflict: somebody was quicker.
        """
        if done not in safeguarding_actions().id_set:
            raise InputRefused([Finding("done", "not in the list", "Choose what was done.")])
        at = self._clock.minute()
        async with self._database.begin() as transaction:
            row = await _find(transaction, concern)
            if row is None:
                raise NotFound("There is no such concern.")
            if row.acknowledged_at is not None:
                raise Conflict("Somebody has taken it over already.")
            await transaction.execute(
                store.concerns.update()
                .where(store.concerns.c.concern == concern)
                .values(acknowledged_at=at, acknowledged_done=done),
            )
            taken = SafeguardingAcknowledged(
                concern=concern, session=row.session, revision=_ACKNOWLEDGED, at=at, done=done
            )
            record = new_record(taken, stage=_STAGE, source_service=_STAGE, revision=_ACKNOWLEDGED, time=at)
            await self._outbox.put(transaction, [record])


async def _find(transaction: Any, concern: str) -> Any:
    query = sa.select(store.concerns).where(store.concerns.c.concern == concern)
    return (await transaction.execute(query)).one_or_none()
