"""Concerns that were handed on: raised, recorded, listed for the leads, acknowledged or escalated; never their words.

A concern comes from a write-up, in which somebody was asked, or from a file or the interface, in which the detector
found a danger. It waits until a lead acknowledges it. One that has waited longer than its urgency allows is escalated:
it stands on top of the list until somebody takes it over.
"""

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa

from services.clock import Clock
from services.database.engine import Database
from services.database.many_rows import Row
from services.errors import Conflict, Finding, InputRefused, NotFound, Plain
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord
from services.events import SafeguardingAcknowledged, SafeguardingRaised
from services.intake import store
from services.intake.dangers import Danger, Raised
from services.intake.writeup.draft import HandedOn
from services.runner.outbox import Outbox
from services.vocabulary.safeguarding_actions import safeguarding_actions
from services.vocabulary.safeguarding_urgencies import safeguarding_urgencies

LONGEST_CONTACT: Final = 80
LONGEST_REFERENCE: Final = 40
_STAGE: Final = "intake"
_FORM: Final = "%Y-%m-%dT%H:%MZ"
State = Literal["escalated", "waiting", "acknowledged"]
_STATES: Final[tuple[State, ...]] = ("escalated", "waiting", "acknowledged")


@dataclass(frozen=True, slots=True)
class ConcernLine:
    """One concern as a lead sees it: ids, lists, the organisation's own contact and reference.

    ``due_at`` is the minute by which a lead should have taken it over.
    """

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
    contributions: int
    due_at: str
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatWasDone:
    """What the one who sent the words records afterwards; the fields are those of ``HandedOn``."""

    done: tuple[str, ...]
    contact: str = ""
    reference: str = ""
    not_lead: str = ""


class Concerns:
    """Intake's record of what was handed on."""

    def __init__(self, *, database: Database, outbox: Outbox, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def hand_on(self, draft: str, session: str, handed_on: HandedOn) -> str:
        """Record a concern and raise it on the log, once for each draft however often it is sent; return its id."""
        concern = _digest(f"concern|{draft}")
        row = _row(concern, session, handed_on.category, handed_on.urgency, self._clock.minute()) | {
            "done": " ".join(handed_on.done),
            "contact": handed_on.contact,
            "reference": handed_on.reference,
            "not_lead": handed_on.not_lead,
        }
        async with self._database.begin() as transaction:
            if await _find(transaction, concern) is not None:
                return concern
            await transaction.execute(store.concerns.insert().values(**row))
            await self._outbox.put(transaction, [_raised_record(row)])
        return concern

    async def record(self, concern: str, what: WhatWasDone) -> None:
        """Note what was done about a concern; what was recorded before is added to, a new contact replaces the old.

        Raises:
            InputRefused: nothing done, or something that is not in the list, or too long a contact or reference.
            NotFound: no such concern.
        """
        check_what_was_done(what)
        async with self._database.begin() as transaction:
            row = await _find(transaction, concern)
            if row is None:
                raise NotFound(Plain("There is no such concern."))
            done = {*row.done.split(), *what.done} - {"nothing_yet"} or {"nothing_yet"}
            changed: dict[str, object] = {
                "done": " ".join(safeguarding_actions().in_order(done)),
                "contact": what.contact or row.contact,
                "reference": what.reference or row.reference,
                "not_lead": what.not_lead or row.not_lead,
            }
            tells_more = (changed["contact"], changed["reference"]) != (row.contact, row.reference)
            changed["revision"] = row.revision + tells_more
            await transaction.execute(
                store.concerns.update().where(store.concerns.c.concern == concern).values(**changed)
            )
            if tells_more:
                await self._outbox.put(transaction, [_raised_record({**row._mapping, **changed})])  # noqa: SLF001 - SQLAlchemy's public name for it

    async def list(self, lead: str = "") -> list[ConcernLine]:
        """Return every concern that a lead may see: escalated ones first, then by urgency, the oldest on top.

        Args:
            lead: the lead's account; what concerns that lead is left out.
        """
        query = sa.select(store.concerns)
        if lead:
            query = query.where(store.concerns.c.not_lead != lead)
        now = self._clock.minute()
        async with self._database.read() as view:
            lines = [_line(row, now) for row in (await view.execute(query)).all()]
        return sorted(
            lines,
            key=lambda line: (
                _STATES.index(line.state),
                safeguarding_urgencies().ids.index(line.urgency),
                line.at,
                line.id,
            ),
        )

    async def of_sessions(self, sessions: Sequence[str]) -> tuple[Raised, ...]:
        """Return the concerns of some sessions, as their sender was told of them, the most urgent first."""
        table = store.concerns.c
        async with self._database.read() as view:
            rows = (await view.execute(sa.select(store.concerns).where(table.session.in_(list(sessions))))).all()
        return tuple(
            Raised(row.concern, row.session, row.category, row.urgency, row.contributions)
            for row in sorted(
                rows, key=lambda row: (safeguarding_urgencies().ids.index(row.urgency), row.category, row.concern)
            )
        )

    async def acknowledge(self, concern: str, done: str, lead: str = "") -> None:
        """Note that a lead took a concern over, and say so on the log.

        Raises:
            InputRefused: what was done is not in the list.
            NotFound: no such concern, or none that this lead may see.
            Conflict: somebody was quicker.
        """
        if done not in safeguarding_actions().id_set:
            raise InputRefused([Finding("done", "not in the list", "Choose what was done.")])
        at = self._clock.minute()
        async with self._database.begin() as transaction:
            row = await _find(transaction, concern)
            if row is None or (lead and row.not_lead == lead):
                raise NotFound(Plain("There is no such concern."))
            if row.acknowledged_at is not None:
                raise Conflict(Plain("Somebody has taken it over already."))
            revision = row.revision + 1
            await transaction.execute(
                store.concerns.update()
                .where(store.concerns.c.concern == concern)
                .values(acknowledged_at=at, acknowledged_done=done, revision=revision),
            )
            taken = SafeguardingAcknowledged(concern=concern, session=row.session, revision=revision, at=at, done=done)
            record = new_record(taken, stage=_STAGE, source_service=_STAGE, revision=revision, time=at)
            await self._outbox.put(transaction, [record])


def check_what_was_done(what: WhatWasDone) -> None:
    """Pass when what was done can be recorded.

    Raises:
        InputRefused: each rule that it breaks.
    """
    findings = []
    if not what.done or set(what.done) - safeguarding_actions().id_set:
        findings.append(
            Finding("done", "missing or not in the list", f"Choose from {', '.join(safeguarding_actions().ids)}.")
        )
    for name, text, most in (
        ("contact", what.contact, LONGEST_CONTACT),
        ("reference", what.reference, LONGEST_REFERENCE),
    ):
        if len(text) > most or not text.isprintable():
            findings.append(Finding(name, "too long, or not plain text", f"Use up to {most} characters on one line."))
    if findings:
        raise InputRefused(findings)


def raise_dangers(session: str, dangers: Sequence[Danger], at: str) -> tuple[list[Raised], list[Row], list[NewRecord]]:
    """Return what the sender is told, the rows and the events for the dangers that were found in one session.

    Ids come from session and category, so that a repeat raises nothing twice.

    Args:
        session: its id.
        dangers: one for each category.
        at: the minute.
    """
    told, rows, records = [], [], []
    for danger in dangers:
        concern = _digest(f"concern|{session}|{danger.category}")
        row = _row(concern, session, danger.category, danger.urgency, at) | {"contributions": danger.contributions}
        told.append(Raised(concern, session, danger.category, danger.urgency, danger.contributions))
        rows.append(row)
        records.append(_raised_record(row))
    return told, rows, records


def _row(concern: str, session: str, category: str, urgency: str, at: str) -> Row:
    return {
        "concern": concern,
        "session": session,
        "category": category,
        "urgency": urgency,
        "at": at,
        "done": "",
        "contact": "",
        "reference": "",
        "revision": 1,
        "contributions": 0,
        "not_lead": "",
    }


def _raised_record(row: Any) -> NewRecord:
    raised = SafeguardingRaised(
        concern=row["concern"],
        session=row["session"],
        revision=row["revision"],
        category=row["category"],
        urgency=row["urgency"],
        at=row["at"],
        contact=row["contact"] or None,
        reference=row["reference"] or None,
    )
    return new_record(raised, stage=_STAGE, source_service=_STAGE, revision=raised.revision, time=raised.at)


def _line(row: Any, now: str) -> ConcernLine:
    within = safeguarding_urgencies().get(row.urgency).acknowledge_within_minutes
    due = (_minute(row.at) + datetime.timedelta(minutes=within)).strftime(_FORM)
    state: State = "waiting"
    if row.acknowledged_at is not None:
        state = "acknowledged"
    elif now > due:
        state = "escalated"
    return ConcernLine(
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
        row.contributions,
        due,
        state,
    )


def _minute(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, _FORM).replace(tzinfo=datetime.UTC)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


async def _find(transaction: Any, concern: str) -> Any:
    query = sa.select(store.concerns).where(store.concerns.c.concern == concern)
    return (await transaction.execute(query)).one_or_none()
