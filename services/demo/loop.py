"""The loop of the demonstration: what its groups find and recommend, who answers, and what came of it.

Statements come with their sessions' files; everything after that is done by invented people and services on the day
that ``loop.yaml`` names, through the same parts as the pages use.
"""

import asyncio
import datetime
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml
from msgspec import Struct

from services.demo.labels import TEXTS
from services.errors import DataFileError, SurvivorVoiceError
from services.intake.door import Door
from services.intake.statements import SubmittedStatement
from services.reporter.app import Reporter
from services.reporter.recommendations.answers import Answer
from services.reporter.recommendations.keeping import lives_where
from services.reporter.recommendations.life import Life
from services.themer.app import Themer
from services.themer.statements.wording import ChosenNode, Wording

_FILE = Path(__file__).parent / "loop.yaml"
_STATEMENTS = TEXTS / "group_statements.jsonl"
_PATIENCE = 60.0
_POLL = 0.05


class Organisation(Struct, frozen=True, forbid_unknown_fields=True):
    """A responding service of the demonstration."""

    id: str
    title: str
    kind: str
    sectors: tuple[str, ...]


class Agreed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement that a group agreed in a month's session.

    Attributes:
        text: the id of the invented statement.
        group: the plan's name of the group.
        month: of the session.
        again: the group had agreed it before.
        sectors: who should act, where it differs from the text's own.
    """

    text: str
    group: str
    month: str
    again: bool = False
    sectors: tuple[str, ...] | None = None


class Act(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that somebody does on a day; the fields are those of the part that does it."""

    day: datetime.date
    act: Literal["answer", "begin", "reach", "finish", "assign", "judge", "withdraw"]
    text: str = ""
    organisation: str = ""
    answer: Literal["accepted", "partly", "declined"] = "accepted"
    because: str | None = None
    lead: str | None = None
    due: str | None = None
    reason: str | None = None
    milestone: str | None = None
    area: str | None = None
    group: str = ""
    seat: int = 0
    changed: Literal["yes", "partly", "no"] = "yes"


class People(Struct, frozen=True, forbid_unknown_fields=True):
    """Who words statements, who speaks for the groups, and who approves answers' words."""

    reviewer: str
    panel: str
    approver: str


class LoopPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file; days are counted from a session."""

    title: str
    worded_after: int
    panel_after: int
    people: People
    organisations: tuple[Organisation, ...]
    statements: tuple[Agreed, ...]
    acts: tuple[Act, ...]


class InventedStatement(Struct, frozen=True):
    """One invented statement with its labels; ``area`` is one of the five areas of recommendations."""

    id: str
    kind: Literal["finding", "recommendation"]
    area: str
    text: str
    nodes: dict[str, tuple[str, ...]]
    sectors: tuple[str, ...]


@cache
def loop_plan() -> LoopPlan:
    """Return the plan of the loop.

    Raises:
        DataFileError: the file does not keep its form.
    """
    try:
        return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), LoopPlan)
    except (yaml.YAMLError, msgspec.ValidationError) as trouble:
        raise DataFileError(f"The loop of the demonstration: {trouble}") from None


@cache
def invented_statements() -> dict[str, InventedStatement]:
    """Return the invented statements of groups by id."""
    lines = (json.loads(line) for line in _STATEMENTS.read_text(encoding="utf-8").splitlines() if line)
    found = [msgspec.convert(line, InventedStatement) for line in lines if "id" in line]
    return {each.id: each for each in found}


def agreed_at(group: str | None, month: str) -> list[Agreed]:
    """Return what a group agrees at the session of a month."""
    return [each for each in loop_plan().statements if (each.group, each.month) == (group, month)]


def submitted(agreed: Agreed) -> SubmittedStatement:
    """Return an agreed statement as it is written up."""
    text = invented_statements()[agreed.text]
    area = text.area if text.kind == "recommendation" else None
    return SubmittedStatement(kind=text.kind, text=text.text, area=area, sectors=sectors_of(agreed))


def sectors_of(agreed: Agreed) -> tuple[str, ...]:
    """Return who should act on a statement, or whose services it speaks of."""
    return invented_statements()[agreed.text].sectors if agreed.sectors is None else agreed.sectors


class Loop:
    """The loop being walked.

    Args:
        door: intake's.
        themer: whose reviewers word and whose groups agree.
        reporter: whose services answer.
        groups: ids of the groups by the plan's names.
        erases_later: the log lies on a broker, whose disk lets go of a record when its segment has rolled: hours later.
    """

    def __init__(
        self, door: Door, themer: Themer, reporter: Reporter, groups: dict[str, str], *, erases_later: bool = False
    ) -> None:
        self._door = door
        self._themer = themer
        self._reporter = reporter
        self._groups = groups
        self._erases_later = erases_later
        self._ids: dict[str, str] = {}

    async def begin(self) -> None:
        """Make the organisations that are asked."""
        for each in loop_plan().organisations:
            await self._reporter.recommendations.organisations.add(
                each.id, each.title, kind=each.kind, sectors=each.sectors
            )

    async def arrived(self, agreed: Sequence[Agreed], statements: Sequence[str]) -> None:
        """Note the ids under which a session's statements were accepted, and wait until a reviewer can see them."""
        self._ids |= {_key(one): statement for one, statement in zip(agreed, statements, strict=True)}

        async def seen() -> bool:
            return set(statements) <= {line.statement for line in await self._themer.shelf.listed()}

        await _until(seen)

    async def word(self, agreed: Agreed) -> None:
        """Let the reviewer word a statement: as the group said it, or as the same as what it agreed before."""
        text = invented_statements()[agreed.text]
        if agreed.again:
            wording = Wording(same_as=self._ids[agreed.text])
        else:
            nodes = [ChosenNode(framework, node) for framework, found in sorted(text.nodes.items()) for node in found]
            area = text.area if text.kind == "recommendation" else None
            wording = Wording(words=text.text, nodes=tuple(sorted(nodes)), sectors=sectors_of(agreed), area=area)
        await self._themer.statements.word(self._ids[_key(agreed)], wording, by=loop_plan().people.reviewer)

    async def agree(self, agreed: Agreed) -> None:
        """Let the group agree to the wording (a second person to what it had agreed), and wait for the reporter."""
        statement, people = self._ids[_key(agreed)], loop_plan().people
        if agreed.again:
            await self._themer.statements.approve(statement, by=people.approver)
        else:
            await self._themer.statements.answer_as_panel(statement, "agree", by=people.panel)
        if invented_statements()[agreed.text].kind == "recommendation":
            await self._life(agreed.text)

    def is_possible(self, act: Act) -> bool:
        """Say whether what an act is about is there: a plan of fewer sessions has less of the loop."""
        return act.group in self._groups if act.act == "withdraw" else act.text in self._ids

    async def do(self, act: Act) -> None:
        """Do what somebody does on a day."""
        if act.act == "withdraw":
            await self._withdraw(act)
            return
        loop = self._reporter.recommendations
        await loop.board.open_due()
        recommendation = (await self._life(act.text)).recommendation
        if act.act == "answer":
            await self._answer(recommendation, act)
        elif act.act == "assign":
            await loop.board.assign(recommendation, act.organisation, area=act.area)
        elif act.act == "judge":
            await loop.board.judge(recommendation, act.changed, group=self._groups[act.group])
        else:
            progress = {"begin": "in_progress", "finish": "done"}.get(act.act)
            await loop.answering.progress(recommendation, act.organisation, progress=progress, milestone=act.milestone)
        for text in await loop.texts.waiting():
            await loop.texts.approve(text.text, by=loop_plan().people.approver)

    async def _answer(self, recommendation: str, act: Act) -> None:
        loop = self._reporter.recommendations
        given = Answer(answer=act.answer, because=act.because, lead=act.lead, due=act.due)
        await loop.answering.answer(recommendation, act.organisation, given, reason=act.reason)

    async def _withdraw(self, act: Act) -> None:
        """Withdraw one person by group and seat, and wait until every service has erased her.

        On a broker that is not waited for: from now on no release counts her, and the rest comes on the broker's clock.
        """
        person = await self._door.person(group=self._groups[act.group], seat=act.seat)
        token = await self._door.withdraw(person)
        services = {"intake"} if self._erases_later else {"intake", "anonymiser", "themer", "reporter"}

        async def confirmed() -> bool:
            return services <= set(await self._door.confirmations(token))

        await _until(confirmed)

    async def _life(self, text: str) -> Life:
        """Return the recommendation that came from a statement, as soon as the reporter has it."""
        statement = self._ids[text]
        found: list[Life] = []

        async def born() -> bool:
            async with self._reporter.database.read() as view:
                found[:] = [life for life in await lives_where(view) if life.statement == statement]
            return bool(found)

        await _until(born)
        return found[0]


def _key(agreed: Agreed) -> str:
    return f"{agreed.text} again" if agreed.again else agreed.text


async def _until(there: Any) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            while not await there():  # noqa: ASYNC110 - other services tell nobody when they have done it
                await asyncio.sleep(_POLL)
    except TimeoutError:
        raise SurvivorVoiceError("The loop of the demonstration did not come on: look at the log above.") from None
