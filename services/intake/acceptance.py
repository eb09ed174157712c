"""Accepting sealed submissions: many at once in one transaction, each whole or not at all.

The number of statements does not grow with the number of submissions, so that a group of them costs one commit and a
handful of round trips.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.clock import day_in_words
from services.database.many_rows import Row, insert_many
from services.errors import Conflict, Finding, InputRefused, NotFound, Plain, SurvivorVoiceError
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord
from services.events import BundledContribution, SessionHeld, SessionSubmitted
from services.ids import NewId
from services.intake import store
from services.intake.bundling import SealedContribution, SealedSubmission
from services.intake.concerns import raise_dangers
from services.intake.dangers import Danger, Raised

_STAGE = "intake"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One submission at the moment it is to be stored.

    Attributes:
        sealed: the session.
        key_hash: keyed hash of the idempotency key, or None.
        body_hash: hash of the body that came with it.
        receipts: look-up hashes of the receipts in it, by the words' place (contribution id).
        dangers: what its contributions tell of; a concern is raised for each.
        is_part: a later part of a session whose first part was stored before, in the same transaction.
        file_hash: keyed hash of the file that it was read from, where its sender uploaded one.
    """

    sealed: SealedSubmission
    key_hash: str | None
    body_hash: str
    receipts: dict[str, str]
    dangers: tuple[Danger, ...] = ()
    is_part: bool = False
    file_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a sender is told: ids only.

    Attributes:
        session: its id.
        contributions: their ids, in the order sent.
        repeated: the same submission was accepted before; nothing was stored again.
        first_sent_on: the day of the first, where it is repeated.
        concerns: what was raised because of it.
        statements: the ids of the group's statements, in the order sent.
    """

    session: str
    contributions: tuple[str, ...]
    repeated: bool = False
    first_sent_on: str | None = None
    concerns: tuple[Raised, ...] = ()
    statements: tuple[str, ...] = ()


class Acceptance:
    """The decisions, given what the database holds.

    Args:
        seat_hash: keyed hash of (group, seat).
        new_id: makes opaque ids.
    """

    def __init__(self, *, seat_hash: Callable[[str, int], str], new_id: NewId) -> None:
        self._seat_hash = seat_hash
        self._new_id = new_id

    def apply(
        self,
        transaction: sa.Connection,
        arrivals: Sequence[Arrival],
        *,
        today: str,
        at: str = "",
        people: dict[tuple[str, int | None], str] | None = None,
    ) -> tuple[list[Accepted | SurvivorVoiceError], list[NewRecord]]:
        """Store what can be accepted; return an answer or a refusal for each, and the events to send.

        Args:
            transaction: everything happens in it (``Database.transact``, or ``run_sync`` of an asynchronous one).
            arrivals: what came.
            today: the day.
            at: the minute, for concerns.
            people: who is who within the sessions, where their parts come one by one; it is added to.
        """
        seen = self._known(transaction, arrivals)
        if people is not None:
            seen.in_session = people
        answers: list[Accepted | SurvivorVoiceError] = []
        rows = _Rows()
        for arrival in arrivals:
            try:
                answers.append(self._accept(arrival, seen, rows, today, at))
            except SurvivorVoiceError as refusal:
                answers.append(refusal)
                # Nothing of a refused submission stays: not the seats that it would have made either.
                for key in seen.fresh_seats:
                    del seen.seats[key]
                seen.fresh_seats.clear()
        rows.insert(transaction)
        return answers, rows.events

    def _accept(self, arrival: Arrival, seen: "_Seen", rows: "_Rows", today: str, at: str) -> Accepted:
        if arrival.key_hash is not None and (known := seen.answers.get(arrival.key_hash)):
            body_hash, answer, day = known
            if body_hash != arrival.body_hash:
                raise Conflict(
                    Plain("That idempotency key came before with another body: use a new key for a new submission.")
                )
            return Accepted(
                answer["session"],
                tuple(answer["contributions"]),
                repeated=True,
                first_sent_on=day,
                statements=tuple(answer.get("statements", ())),
            )
        if arrival.file_hash is not None and (known := seen.answers.get(arrival.file_hash)):
            raise Conflict(Plain(f"This file was sent before, on {day_in_words(known[2])}. Nothing was stored again."))
        session = arrival.sealed
        if session.group is not None and session.group not in seen.groups:
            raise NotFound(Plain("There is no such group: make it first, or leave the group out."))
        contributors = [
            self._contributor(arrival, said, seen) for bundle in session.bundles for said in bundle.contributions
        ]
        self._store(arrival, contributors, seen, rows, today)
        told, concerns, raised = raise_dangers(session.session, arrival.dangers, at)
        rows.concerns += concerns
        rows.events += raised
        accepted = Accepted(
            session.session,
            tuple(said.contribution for bundle in session.bundles for said in bundle.contributions),
            concerns=tuple(told),
            statements=tuple(stated.statement for bundle in session.bundles for stated in bundle.statements),
        )
        answer = {
            "session": accepted.session,
            "contributions": list(accepted.contributions),
            "statements": list(accepted.statements),
        }
        for key_hash in (arrival.key_hash, arrival.file_hash):
            if key_hash is None:
                continue
            seen.answers[key_hash] = (arrival.body_hash, answer, today)
            rows.idempotency.append(
                {
                    "key_hash": key_hash,
                    "body_hash": arrival.body_hash,
                    "session": accepted.session,
                    "answer": json.dumps(answer),
                    "day": today,
                },
            )
        rows.seats.extend({"seat_hash": key, "contributor": who} for key, who in seen.fresh_seats.items())
        seen.fresh_seats.clear()
        return accepted

    def _contributor(self, arrival: Arrival, said: SealedContribution, seen: "_Seen") -> str:
        session = arrival.sealed
        if said.receipt is not None:
            who = seen.receipts.get(arrival.receipts[said.contribution])
            if who is None:
                raise InputRefused([Finding("receipt", "not known here", "Check the five words, or leave them out.")])
            if who in seen.refused:
                raise InputRefused([Finding("receipt", "withdrawn", "A withdrawal is for ever: leave this one out.")])
            return who
        if said.seat is not None and session.group is not None:
            if not seen.groups[session.group]:
                raise InputRefused(
                    [Finding("seat", "this group has no seats", "Use person, or make the group with seats.")]
                )
            key = self._seat_hash(session.group, said.seat)
            if key not in seen.seats:
                seen.seats[key] = self._new_id()
                seen.fresh_seats[key] = seen.seats[key]
            return seen.seats[key]
        if session.single and said.person is None:
            return self._new_id()
        return seen.in_session.setdefault((session.session, said.person), self._new_id())

    def _store(self, arrival: Arrival, contributors: list[str], seen: "_Seen", rows: "_Rows", today: str) -> None:
        session = arrival.sealed
        whose = iter(contributors)
        if not arrival.is_part:
            self._store_session(session, rows, today, seen.frameworks.get(session.group or "", ()))
        for bundle in session.bundles:
            bundled = []
            for said in bundle.contributions:
                contributor = next(whose)
                bundled.append(
                    BundledContribution(
                        contribution=said.contribution,
                        contributor=contributor,
                        revision=1,
                        uses=said.uses,
                        words=said.words,
                        facts=said.facts,
                    ),
                )
                rows.contributions.append((said.contribution, session.session, contributor, 0, 0))
            submitted = SessionSubmitted(
                bundle=bundle.bundle,
                session=session.session,
                group=session.group,
                words=bundle.words,
                facts=bundle.facts,
                contributions=tuple(bundled),
                statements=bundle.statements,
            )
            rows.statements += [
                {"statement": each.statement, "session": session.session, "kind": each.kind}
                for each in bundle.statements
            ]
            rows.events.append(new_record(submitted, stage=_STAGE, source_service=_STAGE, revision=1, time=today))

    def _store_session(self, session: SealedSubmission, rows: "_Rows", today: str, frameworks: tuple[str, ...]) -> None:
        rows.sessions.append(
            {
                "session": session.session,
                "group_id": session.group,
                "kind": session.kind,
                "areas": " ".join(session.areas),
                "month": session.month,
                "number_present": session.number_present,
                "accepted_on": today,
                "limits_explained": session.limits_explained,
                "support_person": session.support_person,
                "debrief": session.debrief,
            },
        )
        held = SessionHeld(
            session=session.session,
            revision=1,
            kind=session.kind,
            areas=session.areas,
            month=session.month,
            number_present=session.number_present,
            group=session.group,
            tallies=session.tallies,
            day=today,
            frameworks=frameworks,
        )
        rows.events.append(new_record(held, stage=_STAGE, source_service=_STAGE, revision=1, time=today))

    def _known(self, transaction: sa.Connection, arrivals: Sequence[Arrival]) -> "_Seen":
        named = {key for arrival in arrivals for key in (arrival.key_hash, arrival.file_hash)}
        keys = {key for key in named if key is not None}
        groups = {arrival.sealed.group for arrival in arrivals if arrival.sealed.group is not None}
        seats = {
            self._seat_hash(arrival.sealed.group, said.seat)
            for arrival in arrivals
            for bundle in arrival.sealed.bundles
            for said in bundle.contributions
            if said.seat is not None and arrival.sealed.group is not None
        }
        receipts = {found for arrival in arrivals for found in arrival.receipts.values()}
        table = store.idempotency.c
        by_receipt = dict(_pairs(transaction, store.receipts.c.receipt_hash, store.receipts.c.contributor, receipts))
        refusal = store.refusals.c.contributor
        return _Seen(
            answers={
                row.key_hash: (row.body_hash, json.loads(row.answer), row.day)
                for row in _chosen(transaction, (table.key_hash, table.body_hash, table.answer, table.day), keys)
            },
            groups=dict(_pairs(transaction, store.groups.c.group_id, store.groups.c.seated, groups)),
            frameworks=_frameworks(transaction, groups),
            seats=dict(_pairs(transaction, store.seats.c.seat_hash, store.seats.c.contributor, seats)),
            receipts=by_receipt,
            refused={row[0] for row in _pairs(transaction, refusal, refusal, set(by_receipt.values()))},
            fresh_seats={},
            in_session={},
        )


_AT_ONCE = 500


def _chosen(
    transaction: sa.Connection,
    columns: tuple[sa.ColumnElement[Any], ...],
    keys: set[str],
) -> list[sa.Row[Any]]:
    found: list[sa.Row[Any]] = []
    ordered = sorted(keys)
    for first in range(0, len(ordered), _AT_ONCE):
        query = sa.select(*columns).where(columns[0].in_(ordered[first : first + _AT_ONCE]))
        found.extend((transaction.execute(query)).all())
    return found


def _pairs(
    transaction: sa.Connection,
    key: sa.ColumnElement[str],
    value: sa.ColumnElement[Any],
    keys: set[str],
) -> list[tuple[str, Any]]:
    found: list[Any] = _chosen(transaction, (key, value), keys)
    return [(row[0], row[1]) for row in found]


def _frameworks(transaction: sa.Connection, groups: set[str]) -> dict[str, tuple[str, ...]]:
    """Return, for the groups that belong to a round, the frameworks that it names."""
    of_group = dict(_pairs(transaction, store.groups.c.group_id, store.groups.c.round, groups))
    named = {each for each in of_group.values() if each is not None}
    of_round = dict(_pairs(transaction, store.rounds.c.round, store.rounds.c.frameworks, named))
    return {group: tuple(of_round[each].split()) for group, each in of_group.items() if each in of_round}


@dataclass(slots=True)
class _Seen:
    answers: dict[str, tuple[str, dict[str, Any], str]]
    groups: dict[str, bool]
    frameworks: dict[str, tuple[str, ...]]
    seats: dict[str, str]
    receipts: dict[str, str]
    refused: set[str]
    fresh_seats: dict[str, str]
    in_session: dict[tuple[str, int | None], str]


_OF_A_CONTRIBUTION = ("contribution", "session", "contributor", "settled_revision", "counted_revision")


class _Rows:
    """Rows to insert, table by table, one statement each.

    Attributes:
        contributions: the values of `_OF_A_CONTRIBUTION`; they are many.
    """

    def __init__(self) -> None:
        self.sessions: list[Row] = []
        self.seats: list[Row] = []
        self.contributions: list[tuple[str, str, str, int, int]] = []
        self.statements: list[Row] = []
        self.idempotency: list[Row] = []
        self.concerns: list[Row] = []
        self.events: list[NewRecord] = []

    def insert(self, transaction: sa.Connection) -> None:
        for table, rows in (
            (store.sessions, self.sessions),
            (store.seats, self.seats),
            (store.statements, self.statements),
            (store.idempotency, self.idempotency),
            (store.concerns, self.concerns),
        ):
            if rows:
                columns = tuple(rows[0])
                insert_many(transaction, table, columns, [tuple(row[name] for name in columns) for row in rows])
        insert_many(transaction, store.contributions, _OF_A_CONTRIBUTION, self.contributions)
