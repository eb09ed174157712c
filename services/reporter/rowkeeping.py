"""The reporter's step: codes and facts in; one row a contribution, counted or not; only a greater revision counts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock, month_of
from services.contracts import contract_of, decode, encode
from services.database.engine import Database
from services.errors import ContractBroken, NotFound
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord, Record
from services.events import ContributionCounted, ContributionThemed, Facts, SessionHeld
from services.reporter import store
from services.reporter.ledger_store import forget_people
from services.reporter.periods import period_of
from services.runner.erasure import Erasure
from services.runner.outbox import Outbox
from services.sealing.bundles import Opener

NAME: Final = "reporter"
_ALL_USES = frozenset({"count", "paraphrase", "quote"})


class RowKeeping:
    """Handles themed contributions."""

    def __init__(self, *, opener: Opener, erasure: Erasure, database: Database, outbox: Outbox, clock: Clock) -> None:
        self._opener = opener
        self._erasure = erasure
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def handle(self, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Store the rows of themed contributions, and what is said of sessions, in one transaction.

        Raises:
            ContractBroken, SealingError: a record cannot be read; it is parked.
        """
        held = [decode(SessionHeld, record.value) for record in records if _is_session(record)]
        themed = [decode(ContributionThemed, record.value) for record in records if not _is_session(record)]
        opened = [(event, self._facts(event)) for event in themed]
        async with self._database.begin() as transaction:
            await _keep_sessions(transaction, held)
            await self._outbox.put(transaction, await self._apply(transaction, opened))
        await self._outbox.flush()
        return ()

    async def reject(self, record: Record, contribution: str | None) -> Sequence[NewRecord]:
        """Say of a parked contribution that it is not counted, so that it is not on its way for ever.

        Raises:
            NotFound: the record is about another contribution.
            ContractBroken: it cannot be read at all.
        """
        if _is_session(record):
            return ()
        event = decode(ContributionThemed, record.value)
        if contribution not in (None, event.contribution):
            raise NotFound("That record is about another contribution.")
        async with self._database.begin() as transaction:
            known = await _known(transaction, [event.contribution])
            revision = known[event.contribution].revision + 1 if event.contribution in known else 1
            await transaction.execute(store.rows.delete().where(store.rows.c.contribution == event.contribution))
            await self._outbox.put(
                transaction,
                [counted(event.contribution, revision, self._month, counts=False)],
            )
        await self._outbox.flush()
        return ()

    @property
    def _month(self) -> str:
        return month_of(self._clock.today())

    def _facts(self, event: ContributionThemed) -> Facts:
        plain = self._opener.open_part(event.facts, event.contribution)
        try:
            return msgspec.json.decode(plain, type=Facts)
        except msgspec.DecodeError:
            raise ContractBroken("contribution.themed: sealed facts do not keep their contract") from None

    async def _apply(
        self,
        transaction: AsyncConnection,
        opened: Sequence[tuple[ContributionThemed, Facts]],
    ) -> list[NewRecord]:
        newest = {
            event.contribution: (event, facts) for event, facts in sorted(opened, key=lambda pair: pair[0].revision)
        }
        known = await _known(transaction, list(newest))
        fresh = [
            (event, facts)
            for event, facts in newest.values()
            if event.contribution not in known or known[event.contribution].input_revision < event.revision
        ]
        people = [event.contributor for event, _ in fresh]
        refused = await self._erasure.refused(transaction, people)
        remaining = await _remaining_uses(transaction, people)
        closed = await closed_periods(transaction)
        inserted: list[dict[str, Any]] = []
        events: list[NewRecord] = []
        for event, facts in fresh:
            if event.contributor in refused:
                continue
            before = known.get(event.contribution)
            uses = set(event.uses) & remaining.get(event.contributor, _ALL_USES)
            counts = event.state == "released" and "count" in uses
            state = "counted" if counts else ("uncounted" if event.state == "released" else event.state)
            row = _row(event, facts, state, before, closed)
            inserted.append(row)
            stands = row["state"]
            if stands in {"counted", "uncounted"} and (before is None or before.state != stands):
                events.append(
                    counted(event.contribution, row["revision"], self._month, counts=stands == "counted"),
                )
        if inserted:
            ids = [row["contribution"] for row in inserted if row["contribution"] in known]
            if ids:
                await transaction.execute(store.rows.delete().where(store.rows.c.contribution.in_(ids)))
            await transaction.execute(store.rows.insert(), inserted)
        return events


def _row(
    event: ContributionThemed,
    facts: Facts,
    state: str,
    before: Any,
    closed: frozenset[str],
) -> dict[str, Any]:
    """Return the row of a contribution; its period is stored once, and its codes freeze when that is released."""
    frozen = before is not None and before.period in closed and before.state == "counted"
    # What was not counted when its quarter was published counts in the first one that is still open.
    period = before.period if frozen or (before and before.period not in closed) else period_of(facts.month, closed)
    return {
        "contribution": event.contribution,
        "contributor": event.contributor,
        "input_revision": event.revision,
        "revision": 1 if before is None else before.revision + 1,
        "state": before.state if frozen else state,
        "uses": " ".join(event.uses),
        "group_id": facts.group,
        "session": facts.session,
        "kind": facts.kind,
        "role": facts.role,
        "areas": " ".join(facts.areas),
        "month": facts.month,
        "period": period,
        "identified": facts.identified,
        "nodes": before.nodes if frozen else " ".join(f"{theme.framework}:{theme.node}" for theme in event.themes),
        "sectors": before.sectors if frozen else " ".join(event.sectors),
        "forms": before.forms if frozen else " ".join(event.forms),
        "characteristics": before.characteristics if frozen else _tokens(facts.characteristics),
        "stance": event.stance,
        "uncovered": event.uncovered,
        "bank": event.bank,
        "pseudonymiser": event.pseudonymiser,
    }


async def closed_periods(view: AsyncConnection) -> frozenset[str]:
    """Return the periods that were released: they are never counted again."""
    return frozenset((await view.execute(sa.select(store.periods.c.period))).scalars())


def _tokens(answers: Mapping[str, str]) -> str:
    return " ".join(f"{name}:{answer}" for name, answer in sorted(answers.items()))


async def _keep_sessions(transaction: AsyncConnection, held: Sequence[SessionHeld]) -> None:
    """Keep what is newer than what is kept; what was published of a session is what was known of it then."""
    table = store.sessions
    closed = await closed_periods(transaction)
    for event in held:
        known = (await transaction.execute(table.select().where(table.c.session == event.session))).one_or_none()
        if known is not None and (known.revision >= event.revision or known.period in closed):
            continue
        await transaction.execute(table.delete().where(table.c.session == event.session))
        await transaction.execute(
            table.insert().values(
                session=event.session,
                revision=event.revision,
                group_id=event.group,
                kind=event.kind,
                areas=" ".join(event.areas),
                month=event.month,
                number_present=event.number_present,
                tallies=None if event.tallies is None else encode(event.tallies),
                period=period_of(event.month, closed) if known is None else known.period,
                frameworks=" ".join(sorted(set(event.frameworks))),
            ),
        )


async def _known(transaction: AsyncConnection, contributions: Sequence[str]) -> dict[str, Any]:
    query = store.rows.select().where(store.rows.c.contribution.in_(list(contributions)))
    return {row.contribution: row for row in (await transaction.execute(query)).all()}


async def _remaining_uses(transaction: AsyncConnection, people: Sequence[str]) -> dict[str, set[str]]:
    table = store.consents.c
    query = sa.select(table.contributor, table.uses).where(table.contributor.in_(sorted(set(people))))
    return {row.contributor: set(row.uses.split()) for row in (await transaction.execute(query)).all()}


def counted(contribution: str, revision: int, month: str, *, counts: bool) -> NewRecord:
    """Return the event that says whether a contribution is counted."""
    event = ContributionCounted(
        contribution=contribution,
        revision=revision,
        state="counted" if counts else "uncounted",
        month=month,
    )
    return new_record(event, stage=NAME, source_service=NAME, revision=revision, time=month)


async def delete_contributors(
    transaction: AsyncConnection, contributors: Sequence[str], *, mark: Callable[[str], str]
) -> Sequence[NewRecord]:
    """Delete the rows of some contributors, and their hashes from the ledger; every later figure leaves them out."""
    gone = list(contributors)
    for table in (store.rows, store.consents):
        await transaction.execute(table.delete().where(table.c.contributor.in_(gone)))
    await forget_people(transaction, [mark(each) for each in gone])
    return ()


def _is_session(record: Record) -> bool:
    return record.attributes.type == contract_of(SessionHeld).type


def contributors_of(record: Record) -> frozenset[str]:
    """Return whom a themed contribution is from.

    Raises:
        ContractBroken: it cannot be read.
    """
    return frozenset({decode(ContributionThemed, record.value).contributor})
