"""What reviewers and groups are shown of statements: lists without text, and one statement with all that is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.clock import Clock
from services.database.engine import Database
from services.events import DoubtFound
from services.themer import store
from services.themer.statements.keeping import State, StatementRows
from services.themer.statements.resting import Resting
from services.themer.statements.reviewing import is_over
from services.themer.statements.wording import ChosenNode, Kind, Wording
from services.themer.tagging import tag


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One statement in a list: no text.

    Attributes:
        reasons: the rules of the doubts in what came from the group.
        worded_by: who worded it, by name.
        approved_by: the second person who has approved it, while the group's answer is awaited.
        panel_until: the group's last day to agree.
        lapsed: that day has passed without an answer.
        published: its words are or were on the log.
        asked: the group asked for a change.
    """

    statement: str
    kind: Kind
    state: State
    group: str | None
    received_on: str
    version: int
    reasons: tuple[str, ...]
    worded_by: str | None
    approved_by: str | None
    panel_until: str | None
    lapsed: bool
    published: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """One act in the life of a statement."""

    act: str
    by: str
    role: str
    day: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStatement:
    """One statement.

    Attributes:
        line: as in the list.
        text: the group's pseudonymised words; empty for a paraphrase, and once they are not needed any more.
        doubts: offsets into them.
        area, sectors: as the group said.
        wording: what was made of it.
        proposed: nodes that the tagger finds in the words, the best first; a person chooses.
        proposed_sectors: likewise.
        note: what the group asked to change.
        sessions: where it was agreed.
        rests_on: how many contributions a paraphrase rests on.
        decisions: its life so far, the first act first.
    """

    line: StatementLine
    text: str
    doubts: tuple[DoubtFound, ...]
    area: str | None
    sectors: tuple[str, ...]
    wording: Wording | None
    proposed: tuple[ChosenNode, ...]
    proposed_sectors: tuple[str, ...]
    note: str
    sessions: tuple[str, ...]
    rests_on: int
    decisions: tuple[Decided, ...]


class StatementShelf:
    """Looks statements up."""

    def __init__(self, *, database: Database, rows: StatementRows, resting: Resting, clock: Clock) -> None:
        self._database = database
        self._rows = rows
        self._resting = resting
        self._clock = clock

    async def listed(self, states: Sequence[State] = (), *, group: str | None = None) -> list[StatementLine]:
        """Return statements, the longest waiting first; of some states, of one group."""
        table = store.statements
        query = table.select().order_by(table.c.received_on, table.c.statement)
        if states:
            query = query.where(table.c.state.in_(list(states)))
        if group is not None:
            query = query.where(table.c.group_id == group)
        async with self._database.read() as view:
            rows: list[Any] = list((await view.execute(query)).all())
        return [self._line(row) for row in rows]

    async def counts(self) -> dict[str, int]:
        """Return how many statements stand in each state."""
        table = store.statements.c
        query = sa.select(table.state, sa.func.count()).group_by(table.state).order_by(table.state)
        async with self._database.read() as view:
            return {row[0]: row[1] for row in (await view.execute(query)).all()}

    async def done_on_this_day(self, by: str) -> int:
        """Return how many decisions somebody has taken today: it is hard reading, and a rest is due."""
        table = store.statement_decisions.c
        query = sa.select(sa.func.count()).where(table.by == by, table.day == self._clock.today().isoformat())
        async with self._database.read() as view:
            return int((await view.execute(query)).scalar() or 0)

    async def shown(self, statement: str) -> ShownStatement:
        """Return one statement with its words.

        Raises:
            NotFound: there is no such statement.
        """
        table = store.statement_decisions
        async with self._database.read() as view:
            row = await self._rows.row(view, statement)
            received = await self._rows.received(view, row)
            wording = await self._rows.wording(view, row)
            note = await self._rows.note(view, row)
            sessions = await self._rows.sessions(view, statement)
            grounds = await self._resting.grounds(view, statement)
            query = table.select().where(table.c.statement == statement).order_by(table.c.decision)
            acts: list[Any] = list((await view.execute(query)).all())
        text = "" if received is None else received.text
        tagged = tag(text)
        best = sorted({(-each.score, each.framework, each.node) for each in tagged.themes})
        return ShownStatement(
            line=self._line(row),
            text=text,
            doubts=() if received is None else received.doubts,
            area=row.area,
            sectors=tuple(row.sectors.split()),
            wording=wording,
            proposed=tuple(dict.fromkeys(ChosenNode(framework, node) for _, framework, node in best)),
            proposed_sectors=tagged.sectors,
            note=note,
            sessions=tuple(sessions),
            rests_on=len(grounds),
            decisions=tuple(Decided(act.act, act.by, act.role, act.day) for act in acts),
        )

    def _line(self, row: Any) -> StatementLine:
        return StatementLine(
            statement=row.statement,
            kind=row.kind,
            state=row.state,
            group=row.group_id,
            received_on=row.received_on,
            version=row.version,
            reasons=tuple(row.reasons.split()),
            worded_by=row.worded_by,
            approved_by=row.approved_by,
            panel_until=row.panel_until,
            lapsed=row.state == "worded" and is_over(row.panel_until, self._clock.today()),
            published=row.revision > 0,
            asked=row.note is not None,
        )
