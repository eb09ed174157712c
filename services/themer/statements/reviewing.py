"""What people do with statements: word, approve, ask the group, take back; by two people where it counts.

The life of a group's statement: *received* (or *held* with a doubt) → *worded* by one person → approved by another
person or by the group itself, and agreed by the group in any case within the days of the panel → *approved*, on the
log. No answer means no words. A paraphrase has no group: two people are enough. Every change counts a row's version up;
an act that names an older version is refused, so that of two people who act at once one wins and the other is told.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock
from services.database.engine import Database
from services.errors import Conflict, Finding, InputRefused, NotFound, Plain
from services.eventlog.interface import EventLog, NewRecord
from services.runner.outbox import Outbox
from services.themer import store
from services.themer.statements.announcing import Announced, approved
from services.themer.statements.forgetting import forget_words
from services.themer.statements.keeping import OPEN, StatementRows
from services.themer.statements.resting import Resting
from services.themer.statements.wording import Wording, check_wording
from services.vocabulary.statements import statement_rules

Role = Literal["reviewer", "approver", "panel"]
Decision = Literal["agree", "change", "refuse"]
LONGEST_NOTE = 600
_LOST = "Somebody was faster: this statement has changed since you opened it. Look at it again."
_OVER = (
    "The days in which the group could agree are over: without an answer no words are used. Word it again to ask anew."
)
_GONE = "Its words are gone for good."


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, by name, and as what."""

    by: str
    role: Role


class Statements:
    """The acts of reviewers, second people and groups."""

    def __init__(
        self, *, database: Database, outbox: Outbox, rows: StatementRows, resting: Resting, clock: Clock, log: EventLog
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._rows = rows
        self._resting = resting
        self._clock = clock
        self._log = log

    async def word(
        self, statement: str, wording: Wording, *, by: str, role: Role = "reviewer", version: int | None = None
    ) -> None:
        """Write what is to be published; a group has its days from now on to agree.

        Args:
            statement: which.
            wording: the words and what they are about; or ``same_as`` alone, for what an approved statement of the
                same group says already.
            by: the name of the person who words it.
            role: as what.
            version: of the statement as that person saw it; None: whatever it is.

        Raises:
            NotFound: no such statement.
            InputRefused: a rule is broken, or nobody's name is given.
            Conflict: it was decided already, or somebody was faster.
        """
        actor = _actor(by, role)
        today = self._clock.today()

        async def work(transaction: AsyncConnection) -> None:
            row = await self._open_row(transaction, statement, version)
            if wording.same_as is not None:
                settled = await self._check_link(transaction, row, wording)
            else:
                settled = await self._check(transaction, row, wording)
            needs_panel = row.group_id is not None and settled.same_as is None
            until = today + datetime.timedelta(days=statement_rules().panel_days)
            await self._rows.change(
                transaction,
                row,
                state="worded",
                wording=await self._rows.seal_wording(transaction, statement, settled),
                note=None,
                worded_by=actor.by,
                worded_role=actor.role,
                approved_by=None,
                approved_role=None,
                panel_until=until.isoformat() if needs_panel else None,
            )
            await self._rows.note_decision(transaction, statement, "worded", by=actor.by, role=actor.role, day=today)

        await self._database.write(work)

    async def check(self, statement: str, wording: Wording) -> None:
        """Pass when a wording could be written as it is; nothing is kept.

        Raises:
            NotFound, InputRefused, Conflict: as :meth:`word`.
        """
        async with self._database.read() as view:
            await self._check(view, await self._open_row(view, statement, None), wording)

    async def unword(self, statement: str, *, by: str, version: int | None = None) -> None:
        """Take one's own wording back before it is approved; a paraphrase is then gone.

        Raises:
            NotFound: no such statement.
            Conflict: it is not worded, it is another person's, or somebody was faster.
        """
        actor = _actor(by, "reviewer")

        async def work(transaction: AsyncConnection) -> None:
            row = await self._worded_row(transaction, statement, version)
            if not _same(row.worded_by, actor.by):
                raise Conflict(Plain("Only the person who worded it can take the wording back."))
            await self._rows.note_decision(
                transaction, statement, "unworded", by=actor.by, role=actor.role, day=self._clock.today()
            )
            if row.words is None:
                await self._rows.end(transaction, row, "retracted", self._clock.today())
                return
            await self._rows.change(transaction, row, **_unworded(row))

        await self._database.write(work)

    async def approve(
        self, statement: str, *, by: str, role: Role = "approver", version: int | None = None
    ) -> Literal["approved", "waits_for_panel"]:
        """Approve another person's wording; say whether it is published now or waits for the group.

        Raises:
            NotFound: no such statement.
            InputRefused: nobody's name is given.
            Conflict: one's own wording, not worded, approved already, too late, or somebody was faster.
        """
        actor = _actor(by, role)

        async def work(transaction: AsyncConnection) -> Literal["approved", "waits_for_panel"]:
            row = await self._worded_row(transaction, statement, version)
            if _same(row.worded_by, actor.by):
                raise Conflict(Plain("You worded it yourself: a second person has to approve it."))
            if row.approved_by is not None:
                raise Conflict(Plain("A second person has approved it already: now the group decides."))
            self._require_in_time(row)
            await self._note(transaction, row, "approved", actor)
            if row.panel_until is not None:
                await self._rows.change(transaction, row, approved_by=actor.by, approved_role=actor.role)
                return "waits_for_panel"
            await self._publish(transaction, row, (row.worded_role, actor.role))
            return "approved"

        outcome = await self._database.write(work)
        await self._outbox.flush()
        return outcome

    async def answer_as_panel(
        self,
        statement: str,
        decision: Decision,
        *,
        by: str,
        note: str = "",
        group: str | None = None,
        version: int | None = None,
    ) -> None:
        """Take the group's own answer: it agrees, asks for a change, or refuses; it may refuse later, too.

        Args:
            statement: which.
            decision: ``agree`` counts as the second person; ``change`` sends it back to be worded anew; ``refuse``
                takes the words away for good, published or not.
            by: the name of the person who carries the answer.
            note: what to change; kept encrypted, for the reviewer.
            group: refuse a statement of any other group.
            version: of the statement as the group saw it; None: whatever it is.

        Raises:
            NotFound: no such statement of that group.
            InputRefused: nobody's name is given, or the note is too long.
            Conflict: not worded, the same person worded it, too late, or somebody was faster.
        """
        actor = _actor(by, "panel")
        if len(note) > LONGEST_NOTE:
            raise InputRefused([Finding("note", "too long", f"Use at most {LONGEST_NOTE} characters.")])
        if decision == "refuse":
            await self._end(statement, actor, "refused", version=version, group=group)
            return

        async def work(transaction: AsyncConnection) -> None:
            row = await self._worded_row(transaction, statement, version)
            _require_group(row, group)
            if row.panel_until is None:
                raise Conflict(Plain("It does not wait for a group’s answer."))
            if _same(row.worded_by, actor.by):
                raise Conflict(Plain("The person who worded it cannot answer for the group."))
            self._require_in_time(row)
            await self._note(transaction, row, f"panel_{decision}", actor)
            if decision == "change":
                kept = await self._rows.seal_note(transaction, statement, note) if note.strip() else None
                await self._rows.change(transaction, row, **{**_unworded(row), "note": kept})
            else:
                second = () if row.approved_role is None else (row.approved_role,)
                await self._publish(transaction, row, (row.worded_role, *second, "panel"))

        await self._database.write(work)
        await self._outbox.flush()

    async def retract(self, statement: str, *, by: str, role: Role = "reviewer", version: int | None = None) -> None:
        """Take a statement's words away for good, published or not; the citation stays.

        Raises:
            NotFound: no such statement.
            InputRefused: nobody's name is given.
            Conflict: its words are gone already, or somebody was faster.
        """
        await self._end(statement, _actor(by, role), "retracted", version=version, group=None)

    async def _end(
        self,
        statement: str,
        actor: Actor,
        state: Literal["refused", "retracted"],
        *,
        version: int | None,
        group: str | None,
    ) -> None:
        async def work(transaction: AsyncConnection) -> None:
            row = await self._rows.row(transaction, statement)
            _require_group(row, group)
            _require_version(row, version)
            if row.state not in (*OPEN, "approved"):
                raise Conflict(Plain(_GONE))
            await self._note(transaction, row, state, actor)
            await self._outbox.put(transaction, await self._rows.end(transaction, row, state, self._clock.today()))

        await self._database.write(work)
        await forget_words(self._outbox, self._database, self._log)

    async def _publish(self, transaction: AsyncConnection, row: sa.Row[Any], approvers: Sequence[str]) -> None:
        wording = await self._rows.wording(transaction, row)
        if wording is None:
            raise Conflict(Plain(_GONE))
        today = self._clock.today()
        if wording.same_as is not None:
            await self._outbox.put(transaction, [await self._publish_link(transaction, row, wording, today)])
            return
        if row.kind == "paraphrase":
            await self._require_grounds(transaction, row.statement)
        about = Announced(
            statement=row.statement,
            kind=row.kind,
            revision=row.revision + 1,
            group=row.group_id,
            sessions=await self._rows.sessions(transaction, row.statement),
        )
        await self._rows.change(
            transaction,
            row,
            state="approved",
            revision=about.revision,
            area=wording.area,
            words=None,
            note=None,
            reasons="",
            panel_until=None,
            approvers=" ".join(approvers),
        )
        await self._outbox.put(transaction, [approved(about, wording, approvers, today)])

    async def _publish_link(
        self, transaction: AsyncConnection, row: sa.Row[Any], wording: Wording, today: datetime.date
    ) -> NewRecord:
        """Add the session of one statement to the approved one that says the same; its own words go."""
        await self._check_link(transaction, row, wording)
        target = await self._rows.row(transaction, str(wording.same_as))
        said = await self._rows.wording(transaction, target)
        if said is None:
            raise Conflict(Plain(_GONE))
        await transaction.execute(
            store.statement_sessions.insert().values(statement=target.statement, session=row.session),
        )
        about = Announced(
            statement=target.statement,
            kind=target.kind,
            revision=target.revision + 1,
            group=target.group_id,
            sessions=await self._rows.sessions(transaction, target.statement),
        )
        await self._rows.change(transaction, target, revision=about.revision)
        await self._rows.end(transaction, row, "linked", today)
        return approved(about, said, target.approvers.split(), today)

    async def _check(self, transaction: AsyncConnection, row: sa.Row[Any], wording: Wording) -> Wording:
        received = await self._rows.received(transaction, row)
        if row.kind != "paraphrase":
            return check_wording(row.kind, wording, [] if received is None else [received])
        texts = await self._require_grounds(transaction, row.statement)
        return check_wording("paraphrase", wording, texts)

    async def _require_grounds(self, transaction: AsyncConnection, statement: str) -> list[Any]:
        rest = [each.contribution for each in await self._resting.grounds(transaction, statement)]
        if not rest or len(await self._resting.founded(transaction, rest)) < len(rest):
            raise Conflict(Plain("Somebody it rests on does not allow it any more."))
        return await self._resting.texts(transaction, rest)

    async def _check_link(self, transaction: AsyncConnection, row: sa.Row[Any], wording: Wording) -> Wording:
        target = await self._rows.row(transaction, str(wording.same_as))
        fits = (
            target.state == "approved"
            and target.kind == row.kind
            and row.group_id is not None
            and target.group_id == row.group_id
        )
        if not fits:
            raise Conflict(Plain("It can be added only to an approved statement of the same group and kind."))
        if row.session in await self._rows.sessions(transaction, target.statement):
            raise Conflict(Plain("That statement has this session already."))
        return Wording(same_as=target.statement)

    async def _open_row(self, transaction: AsyncConnection, statement: str, version: int | None) -> sa.Row[Any]:
        row = await self._rows.row(transaction, statement)
        _require_version(row, version)
        if row.state == "approved":
            raise Conflict(Plain("It is approved: retract it, and the group may send it again."))
        if row.state not in OPEN:
            raise Conflict(Plain(_GONE))
        return row

    async def _worded_row(self, transaction: AsyncConnection, statement: str, version: int | None) -> sa.Row[Any]:
        row = await self._open_row(transaction, statement, version)
        if row.state != "worded":
            raise Conflict(Plain("Nobody has worded it yet."))
        return row

    def _require_in_time(self, row: sa.Row[Any]) -> None:
        if is_over(row.panel_until, self._clock.today()):
            raise Conflict(Plain(_OVER))

    async def _note(self, transaction: AsyncConnection, row: sa.Row[Any], act: str, actor: Actor) -> None:
        await self._rows.note_decision(
            transaction, row.statement, act, by=actor.by, role=actor.role, day=self._clock.today()
        )


def is_over(panel_until: str | None, today: datetime.date) -> bool:
    """Say whether a group's last day has passed."""
    return panel_until is not None and today.isoformat() > panel_until


def _unworded(row: sa.Row[Any]) -> dict[str, object]:
    nobody = dict.fromkeys(
        ("wording", "worded_by", "worded_role", "approved_by", "approved_role", "panel_until"),
    )
    return {**nobody, "state": "held" if row.reasons else "received"}


def _actor(by: str, role: Role) -> Actor:
    if not by.strip():
        raise InputRefused([Finding("by", "missing", "Give the name of the person who decides.")])
    return Actor(by=by.strip(), role=role)


def _same(one: str | None, other: str) -> bool:
    return one is not None and one.casefold() == other.casefold()


def _require_version(row: sa.Row[Any], version: int | None) -> None:
    if version is not None and row.version != version:
        raise Conflict(Plain(_LOST))


def _require_group(row: sa.Row[Any], group: str | None) -> None:
    if group is not None and row.group_id != group:
        raise NotFound(Plain("There is no such statement of that group."))
