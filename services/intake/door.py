"""The door: what a facilitator, a participant or a command can ask of intake; pages and interface share it."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from services.clock import Clock
from services.database.engine import Database
from services.errors import Finding, InputRefused, NotFound, Plain
from services.events import Use
from services.ids import NewId
from services.intake import store
from services.intake.acceptance import Accepted, Arrival
from services.intake.bundling import seal_submission
from services.intake.concerns import Concerns
from services.intake.consent import Consent, Person
from services.intake.dangers import Danger, dangers_in
from services.intake.deliveries import file_hash, find_first_sent
from services.intake.receipts import InstallationSecret, Pick, new_receipt
from services.intake.reconciliation import Reconciliation, reconcile
from services.intake.submissions import CheckedSubmission, Submission, check
from services.intake.writing import GroupWriter
from services.runner.announcements import PublicKeys
from services.vocabulary.convened_for import convened_for
from services.vocabulary.frameworks import framework_ids
from services.vocabulary.uses import uses as all_uses

_LONGEST_TITLE = 80
#: More characters than this are looked through beside the event loop, so that nobody else waits.
_LONG = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRound:
    """What a round says of itself before anybody speaks; the notice prints it."""

    title: str
    can_change: str
    cannot_change: str
    decides: str
    hear_back_on: str
    controllers: str
    lawful_basis: str
    retention_ends: str
    frameworks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A group as its facilitators see it.

    Attributes:
        hear_back_on: its round's promise, or empty.
        frameworks: those that its round's releases publish, or none.
    """

    id: str
    title: str
    seated: bool
    hear_back_on: str
    frameworks: tuple[str, ...] = ()


class Door:
    """Intake's commands.

    Attributes:
        concerns: what was handed on.
    """

    def __init__(
        self,
        *,
        database: Database,
        writer: GroupWriter,
        consent: Consent,
        keys: PublicKeys,
        secret: InstallationSecret,
        clock: Clock,
        new_id: NewId,
        pick: Pick,
        concerns: Concerns,
    ) -> None:
        self.concerns = concerns
        self._database = database
        self._writer = writer
        self._consent = consent
        self._keys = keys
        self._secret = secret
        self._clock = clock
        self._new_id = new_id
        self._pick = pick

    async def submit(
        self,
        submission: Submission,
        *,
        idempotency_key: str | None = None,
        body: bytes = b"",
        places: list[str] | None = None,
        look_for_danger: bool = True,
        file_digest: str = "",
    ) -> Accepted:
        """Check, seal and store one session; durable when this returns.

        What its contributions tell of a danger is raised with it, by category alone.

        Args:
            submission: as read.
            idempotency_key: the same key again gives the first answer.
            body: what came under that key, to tell a repeat from another body.
            places: how the sender would name each contribution.
            look_for_danger: not where a person was asked already and answered.
            file_digest: SHA-256 of the file that it was read from, so that the same file is known again.

        Raises:
            InputRefused: every rule it breaks, by place.
            Conflict: the key came before with another body.
            NotFound: no such group.
            KeyAwaited, StoreUnavailable: not now; nothing was stored.
        """
        today = self._clock.today()
        checked = check(submission, today=today, places=places)
        dangers = await _dangers_in(checked) if look_for_danger else ()
        hashes = await self._receipt_hashes(checked)
        sealed = await seal_submission(checked, keys=self._keys, today=today, new_id=self._new_id)
        ids = [said.contribution for bundle in sealed.bundles for said in bundle.contributions]
        arrival = Arrival(
            sealed=sealed,
            key_hash=None if idempotency_key is None else self._secret.key_hash(idempotency_key),
            body_hash=self._secret.key_hash(hashlib.sha256(body).hexdigest()),
            receipts={ids[number]: found for number, found in hashes.items()},
            dangers=dangers,
            file_hash=file_hash(self._secret, file_digest) if file_digest else None,
        )
        accepted = await self._writer.store(arrival)
        if not accepted.repeated:
            return accepted
        return replace(accepted, concerns=await self.concerns.of_sessions([accepted.session]))

    async def first_sent_on(self, digest: str) -> str | None:
        """Return the day on which a file was accepted, by its SHA-256 and by whatever way, or None."""
        return await find_first_sent(self._database, self._secret, digest)

    async def make_round(self, new: NewRound) -> str:
        """Make a round and return its id.

        Raises:
            InputRefused: not one or two known frameworks, or an empty line.
        """
        findings = [
            Finding(name, "empty", "Say it in a sentence: the notice prints it.")
            for name in ("title", "can_change", "cannot_change", "decides", "controllers", "lawful_basis")
            if not getattr(new, name).strip()
        ]
        if not 1 <= len(new.frameworks) <= 2 or set(new.frameworks) - set(framework_ids()):  # noqa: PLR2004 - one or two
            findings.append(
                Finding("frameworks", "not one or two of the frameworks", f"Choose from {', '.join(framework_ids())}.")
            )
        if findings:
            raise InputRefused(findings)
        made = self._new_id()
        row = {name: getattr(new, name) for name in new.__slots__}
        async with self._database.begin() as transaction:
            await transaction.execute(
                store.rounds.insert().values({**row, "round": made, "frameworks": " ".join(new.frameworks)}),
            )
        return made

    async def make_group(
        self, title: str, *, seated: bool, convened: str | None = None, round_id: str | None = None
    ) -> str:
        """Make a group and return its id.

        Raises:
            InputRefused: no title or too long a one, or an unknown list entry.
            NotFound: no such round.
        """
        findings = []
        if not title.strip() or len(title) > _LONGEST_TITLE:
            findings.append(
                Finding("title", "missing or too long", f"Up to {_LONGEST_TITLE} characters; name nobody in it.")
            )
        if convened is not None and convened not in convened_for().id_set:
            findings.append(Finding("convened_for", "not in the list", f"Choose from {', '.join(convened_for().ids)}."))
        if findings:
            raise InputRefused(findings)
        made = self._new_id()
        async with self._database.begin() as transaction:
            if round_id is not None:
                known = (
                    await transaction.execute(sa.select(store.rounds.c.round).where(store.rounds.c.round == round_id))
                ).scalar()
                if known is None:
                    raise NotFound(Plain("There is no such round."))
            await transaction.execute(
                store.groups.insert().values(
                    group_id=made,
                    title=title.strip(),
                    seated=seated,
                    convened_for=convened,
                    round=round_id,
                ),
            )
        return made

    async def groups(self) -> list[KnownGroup]:
        """Return the groups, by title."""
        table = store.groups.c
        of_round = (store.rounds.c.hear_back_on, store.rounds.c.frameworks)
        query = sa.select(table.group_id, table.title, table.seated, *of_round)
        joined = query.outerjoin(store.rounds, store.rounds.c.round == table.round).order_by(
            table.title, table.group_id
        )
        async with self._database.read() as view:
            found: list[Any] = list((await view.execute(joined)).all())
        return [
            KnownGroup(
                row.group_id, row.title, row.seated, row.hear_back_on or "", tuple((row.frameworks or "").split())
            )
            for row in found
        ]

    async def issue_receipt(self, *, group: str | None = None, seat: int | None = None) -> str:
        """Issue five words, shown once and never again; for a seat, issuing again replaces the old ones.

        Raises:
            NotFound: no such group, or it has no seats.
            InputRefused: a seat without a group.
        """
        seat_hash = None
        if (group is None) != (seat is None):
            raise InputRefused([Finding("seat", "group and seat go together", "Give both, or neither.")])
        if group is not None and seat is not None:
            await self._require_seats(group)
            seat_hash = self._secret.seat_hash(group, seat)
        words = new_receipt(self._pick)
        await self._consent.issue(await asyncio.to_thread(self._secret.receipt_hash, words), seat_hash=seat_hash)
        return words

    async def person(self, *, receipt: str | None = None, group: str | None = None, seat: int | None = None) -> Person:
        """Return how a person is looked up, by her five words or by group and seat.

        Raises:
            InputRefused: neither, or not five words of the list.
        """
        if receipt is not None:
            return Person(receipt_hash=await asyncio.to_thread(self._secret.receipt_hash, receipt))
        if group is not None and seat is not None:
            return Person(seat_hash=self._secret.seat_hash(group, seat))
        raise InputRefused([Finding("receipt", "missing", "Give the five words, or group and seat.")])

    async def find(self, person: Person) -> str:
        """Return a person's contributor id; NotFound where nothing is known."""
        return await self._consent.find(person)

    async def uses_of(self, contributor: str) -> tuple[Use, ...]:
        """Return the uses that hold for everything of hers: all of them until she narrowed them."""
        found = await self._consent.uses_of(contributor)
        return ("count", "paraphrase", "quote") if found is None else found

    async def change_uses(self, person: Person, uses: Sequence[str]) -> None:
        """Set the uses that remain (see :meth:`Consent.change_uses`).

        Raises:
            InputRefused: an unknown use, or a wider one without the receipt.
            NotFound: no such receipt or seat.
        """
        if set(uses) - all_uses().id_set:
            raise InputRefused([Finding("uses", "not one of the uses", f"Choose from {', '.join(all_uses().ids)}.")])
        await self._consent.change_uses(person, [use for use in ("count", "paraphrase", "quote") if use in uses])

    async def withdraw(self, person: Person) -> str:
        """Withdraw one person; return a token under which the confirmations can be asked for."""
        return self._token(await self._consent.withdraw(person))

    async def has_withdrawn(self, contributor: str) -> bool:
        """Whether somebody has withdrawn."""
        return await self._consent.has_withdrawn(contributor)

    async def withdraw_contributor(self, contributor: str) -> str:
        """Withdraw somebody whose page is open; return a token as :meth:`withdraw` does."""
        return self._token(await self._consent.withdraw(Person(contributor=contributor)))

    async def change_uses_of(self, contributor: str, uses: Sequence[str]) -> None:
        """Set the uses that remain for somebody whose page was opened with her five words."""
        await self.change_uses(Person(contributor=contributor), uses)

    def withdrawal_of(self, contributor: str) -> str:
        """Return the token of a withdrawal."""
        return self._token([contributor])

    def handle(self, contributor: str, *, until: int) -> str:
        """Return an opaque value for a form: who it is about, unreadable to others, good until then."""
        return self._secret.hidden(f"handle,{contributor},{until}")

    def opened(self, handle: str, *, now: int) -> str | None:
        """Return whom a form's handle is about, or None when it is not ours or too old."""
        text = self._secret.revealed(handle) or ""
        kind, _, rest = text.partition(",")
        contributor, _, until = rest.partition(",")
        return contributor if kind == "handle" and until.isdigit() and int(until) >= now else None

    async def withdraw_session(self, session: str) -> str:
        """Withdraw a session's notes that are nobody's; return a token as :meth:`withdraw` does."""
        return self._token(await self._consent.withdraw_session(session))

    async def confirmations(self, token: str) -> dict[str, str]:
        """Return which services have erased, and on which day.

        Raises:
            NotFound: the token is not one of this installation's.
        """
        contributors = self._secret.revealed(token)
        if contributors is None or contributors.startswith("handle,"):
            raise NotFound(Plain("That withdrawal is not known here."))
        return await self._consent.confirmations(contributors.split(","))

    async def reconcile(self) -> Reconciliation:
        """Return where everything that was accepted stands."""
        return await reconcile(self._database)

    async def sessions_by_kind(self) -> dict[str, int]:
        """Return how many sessions of each kind were accepted."""
        query = sa.select(store.sessions.c.kind, sa.func.count()).group_by(store.sessions.c.kind)
        async with self._database.read() as view:
            found: list[Any] = list((await view.execute(query.order_by(store.sessions.c.kind))).all())
        return {row[0]: row[1] for row in found}

    async def _receipt_hashes(self, checked: CheckedSubmission) -> dict[int, str]:
        hashes: dict[int, str] = {}
        for number, said in enumerate(checked.contributions):
            if said.receipt is not None:
                hashes[number] = await asyncio.to_thread(self._secret.receipt_hash, said.receipt)
        return hashes

    async def _require_seats(self, group: str) -> None:
        async with self._database.read() as view:
            seated = (
                await view.execute(sa.select(store.groups.c.seated).where(store.groups.c.group_id == group))
            ).scalar()
        if not seated:
            raise NotFound(Plain("There is no such group with seats."))

    def _token(self, contributors: Sequence[str]) -> str:
        return self._secret.hidden(",".join(sorted(contributors)))


async def _dangers_in(checked: CheckedSubmission) -> tuple[Danger, ...]:
    texts = [said.text for said in checked.contributions]
    if sum(map(len, texts)) <= _LONG:
        return dangers_in(texts)
    return await asyncio.to_thread(dangers_in, texts)
