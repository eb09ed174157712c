"""Answering: what a responding service does with a recommendation that it is asked, by page, interface or event."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contracts import decode
from services.errors import Finding, InputRefused, StepRefused
from services.eventlog.interface import NewRecord, Record
from services.events import RecommendationAnswered
from services.reporter import store
from services.reporter.recommendations.answers import Answer
from services.reporter.recommendations.keeping import Keeping, life_of, unknown_recommendation
from services.reporter.recommendations.life import Life
from services.reporter.recommendations.plain_text import (
    LONGEST_LEAD,
    LONGEST_MILESTONE,
    LONGEST_REASON,
    read_text,
)
from services.reporter.recommendations.reasons import accuracy_queries
from services.reporter.recommendations.texts import Texts
from services.vocabulary.sectors import sectors as sector_list

#: Written as the author of texts that a program sent; no account can have such a name.
PROGRAM: Final = "@"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of an act.

    Attributes:
        life: where the recommendation stands now.
        changed: something was changed; False: the same stood there already.
        text_waits: a text was given that an approver has to read.
    """

    life: Life
    changed: bool
    text_waits: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """Who acts: the organisation, the account (empty for a program), and the revision that was looked at."""

    organisation: str
    by: str = ""
    at: int | None = None


class Answering:
    """What an organisation may do. Everything of one call happens, or nothing."""

    def __init__(self, keeping: Keeping, texts: Texts) -> None:
        self._keeping = keeping
        self._texts = texts

    async def answer(
        self,
        recommendation: str,
        organisation: str,
        answer: Answer,
        *,
        reason: str | None = None,
        by: str = "",
        at: int | None = None,
    ) -> Taken:
        """Answer, or change the answer; the same answer again changes nothing.

        Args:
            recommendation: that is answered.
            organisation: that answers; it must be the one that is asked.
            answer: what, why by list, who leads, and until when.
            reason: why, in its own words; shown once an approver has read it.
            by: the account that wrote it; empty for a program.
            at: the revision that was looked at; another one since then is refused.

        Raises:
            InputRefused: not known, or another organisation's; a text that is too long.
            StepRefused: it may not be answered so, or somebody else was quicker.
        """
        async with self._keeping.database.begin() as transaction:
            taken = await self._answer(transaction, recommendation, answer, reason, Service(organisation, by, at))
        await self._keeping.outbox.flush()
        return taken

    async def _answer(
        self,
        transaction: AsyncConnection,
        recommendation: str,
        answer: Answer,
        reason: str | None,
        service: Service,
    ) -> Taken:
        given, words = read_answer(answer), read_text("reason", reason, LONGEST_REASON, lines=True)
        life = await self._open(transaction, recommendation, service.organisation)
        known = words is None or await self._texts.has_reason(transaction, recommendation, words)
        if life.answer == given and known:
            return Taken(life, changed=False)
        _require_seen(life, service.at)
        if life.answer != given:
            life = await self._keeping.take(
                transaction,
                life,
                "answered",
                organisation=service.organisation,
                answer=given.answer,
                reason=given.because,
                passed_to=given.passed_to,
                lead=given.lead,
                due=given.due,
            )
            await self._texts.replace_reasons(transaction, recommendation)
        if words is not None:
            await self._put(transaction, life, "reason", words, service.by)
        return Taken(life, changed=True, text_waits=words is not None)

    async def progress(
        self,
        recommendation: str,
        organisation: str,
        *,
        progress: str | None = None,
        milestone: str | None = None,
        by: str = "",
        at: int | None = None,
    ) -> Taken:
        """Say that work has begun (``in_progress``) or is ``done``, or what was reached on the way.

        Raises:
            InputRefused: not known, or another organisation's; a text that is too long; neither of both is given.
            StepRefused: it was not taken on, or somebody else was quicker.
        """
        async with self._keeping.database.begin() as transaction:
            taken = await self._progress(
                transaction, recommendation, progress, milestone, Service(organisation, by, at)
            )
        await self._keeping.outbox.flush()
        return taken

    async def _progress(
        self,
        transaction: AsyncConnection,
        recommendation: str,
        progress: str | None,
        milestone: str | None,
        service: Service,
    ) -> Taken:
        words = read_text("milestone", milestone, LONGEST_MILESTONE)
        if progress not in (None, "in_progress", "done") or (progress is None and words is None):
            raise InputRefused([Finding("progress", "is missing", "Say in_progress or done, or give a milestone.")])
        life = await self._open(transaction, recommendation, service.organisation)
        moves = progress is not None and life.standing != progress
        if moves or words is not None:
            _require_seen(life, service.at)
        if words is not None:
            if life.answer is None or life.answer.answer == "declined":
                raise StepRefused("milestone", "goes with what is taken on", "Accept it first, whole or in part.")
            await self._put(transaction, life, "milestone", words, service.by)
        if moves:
            step = "done" if progress == "done" else "begun"
            life = await self._keeping.take(transaction, life, step, organisation=service.organisation)
        return Taken(life, changed=moves or words is not None, text_waits=words is not None)

    async def take_back(self, recommendation: str, organisation: str, *, at: int | None = None) -> Taken:
        """Take the newest answer back, as long as nothing was built on it and no approver has read its text.

        Raises:
            InputRefused: not known, or another organisation's.
            StepRefused: it cannot be taken back any more, or somebody else was quicker.
        """
        async with self._keeping.database.begin() as transaction:
            life = await self._open(transaction, recommendation, organisation)
            _require_seen(life, at)
            life = await self._keeping.take(transaction, life, "taken_back", organisation=organisation)
            await self._texts.replace_reasons(transaction, recommendation)
        await self._keeping.outbox.flush()
        return Taken(life, changed=True)

    async def query(self, recommendation: str, organisation: str, what: str) -> Taken:
        """Ask, in the days of sight, that something be checked; the day on which it becomes public stays.

        Raises:
            InputRefused: not known, another organisation's, or not in the list.
            StepRefused: its days of sight are over.
        """
        if what not in accuracy_queries().id_set:
            listed = ", ".join(accuracy_queries().ids)
            raise InputRefused([Finding("what", "is not in the list", f"Choose one of {listed}.")])
        async with self._keeping.database.begin() as transaction:
            life = await self._open(transaction, recommendation, organisation)
            life = await self._keeping.take(transaction, life, "queried", organisation=organisation, reason=what)
        await self._keeping.outbox.flush()
        return Taken(life, changed=True)

    async def hear(self, transaction: AsyncConnection, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Take answers from the inbox topic; only a greater revision counts. The events go into the outbox themselves.

        Raises:
            ContractBroken: a record cannot be read; it is parked.
            InputRefused, StepRefused: an answer that may not be given; it is parked, and nothing of it is kept.
        """
        for record in records:
            event = decode(RecommendationAnswered, record.value)
            if await self._is_heard(transaction, event):
                continue
            given = Answer(
                answer=event.answer,
                because=event.because,
                passed_to=event.passed_to,
                lead=event.lead,
                due=event.due,
            )
            service = Service(event.organisation)
            await self._answer(transaction, event.recommendation, given, event.reason, service)
            if event.progress is not None or event.milestone is not None:
                await self._progress(transaction, event.recommendation, event.progress, event.milestone, service)
            await _note_heard(transaction, event)
        return ()

    async def _is_heard(self, transaction: AsyncConnection, event: RecommendationAnswered) -> bool:
        table = store.inbox.c
        query = sa.select(table.revision).where(
            table.recommendation == event.recommendation,
            table.organisation == event.organisation,
        )
        known = (await transaction.execute(query)).scalar()
        return known is not None and known >= event.revision

    async def _open(self, transaction: AsyncConnection, recommendation: str, organisation: str) -> Life:
        life = await life_of(transaction, recommendation)
        if life.organisation != organisation:
            # Not told apart from an unknown one: what others see before the public is not given away.
            raise unknown_recommendation()
        return life

    async def _put(self, transaction: AsyncConnection, life: Life, kind: str, words: str, by: str) -> None:
        await self._texts.put(
            transaction,
            kind="reason" if kind == "reason" else "milestone",
            words=words,
            written_by=by or f"{PROGRAM}{life.organisation}",
            organisation=life.organisation,
            recommendation=life.recommendation,
        )


def read_answer(answer: Answer) -> Answer:
    """Return an answer as it is kept: the lead's role without spaces at its ends, a date that is one.

    Raises:
        InputRefused: too long a lead, a sector that is not known, something that is no date.
    """
    lead = read_text("lead", answer.lead, LONGEST_LEAD)
    if answer.passed_to is not None and answer.passed_to not in sector_list().id_set:
        listed = ", ".join(sector_list().ids)
        raise InputRefused([Finding("passed_to", "is not a sector", f"Choose one of {listed}.")])
    due = None if answer.due is None else read_day("due", answer.due)
    return Answer(answer=answer.answer, because=answer.because, passed_to=answer.passed_to, lead=lead, due=due)


def read_day(place: str, text: str) -> str:
    """Return an ISO day.

    Raises:
        InputRefused: it is none.
    """
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputRefused([Finding(place, "is not a day", "Write it like 2026-04-30.")]) from None


def _require_seen(life: Life, at: int | None) -> None:
    if at is not None and life.revision != at:
        raise StepRefused(
            "recommendation",
            "has changed since you opened it",
            "Open it again and look; what you sent was not kept.",
        )


async def _note_heard(transaction: AsyncConnection, event: RecommendationAnswered) -> None:
    table = store.inbox
    own = sa.and_(table.c.recommendation == event.recommendation, table.c.organisation == event.organisation)
    await transaction.execute(table.delete().where(own))
    await transaction.execute(
        table.insert().values(
            recommendation=event.recommendation,
            organisation=event.organisation,
            revision=event.revision,
        ),
    )
