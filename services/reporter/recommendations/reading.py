"""Reading recommendations: who may see which, in which order, with their words."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock
from services.database.engine import Database
from services.errors import NotFound
from services.reporter import store
from services.reporter.loop_figures import LoopFigures
from services.reporter.recommendations.births import NO_AREA
from services.reporter.recommendations.figures import count_lives
from services.reporter.recommendations.keeping import life_of, lives_where, steps_of, unknown_recommendation
from services.reporter.recommendations.life import Life
from services.reporter.recommendations.organisations import organisations_in
from services.reporter.recommendations.reasons import accuracy_queries
from services.reporter.recommendations.routing import Organisation
from services.reporter.recommendations.showing import HistoryLine, Shown, history_of, show

_COLUMNS = store.recommendations.c
_DISTANT = "9999-12-31"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for among public recommendations; empty: everything.

    Attributes:
        state, area, sector, organisation: ids.
        late: only what is late, as far as that is public.
    """

    state: str = ""
    area: str = ""
    sector: str = ""
    organisation: str = ""
    late: bool = False

    @property
    def any(self) -> bool:
        """Whether anything is looked for."""
        return self != Filters()


@dataclass(frozen=True, slots=True)
class BoardView:
    """What a board sees.

    Attributes:
        figures: of everything public.
        listed: the public ones that keep the filters, late first, then unanswered, then by date.
        unassigned: nobody is asked yet, or it is another body's.
        in_sight: not public yet, by the day on which they become so.
        own_done: asked for by the board, and called done.
        queries: what services in their days of sight want checked, by recommendation.
    """

    figures: LoopFigures
    listed: tuple[Shown, ...]
    unassigned: tuple[Shown, ...]
    in_sight: tuple[Shown, ...]
    own_done: tuple[Shown, ...]
    queries: dict[str, str]


class Reading:
    """Gives recommendations as they are shown."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def public(self, filters: Filters | None = None) -> list[Shown]:
        """Return what the public may see, newest first."""
        async with self._database.read() as view:
            lives = await lives_where(view, _COLUMNS.published_on.is_not(None))
            shown = await self._shown(view, lives, in_public=True)
        return [each for each in newest_first(shown) if keeps(each, filters or Filters())]

    async def public_one(self, recommendation: str) -> tuple[Shown, tuple[HistoryLine, ...]]:
        """Return one public recommendation with its history.

        Raises:
            NotFound: none is public under that id.
        """
        async with self._database.read() as view:
            lives = await lives_where(
                view, _COLUMNS.recommendation == recommendation, _COLUMNS.published_on.is_not(None)
            )
            if not lives:
                raise NotFound("No recommendation is public under that address.")
            (shown,) = await self._shown(view, lives, in_public=True)
            return shown, await self._history(view, recommendation)

    async def by_statement(self, statements: Collection[str]) -> dict[str, tuple[Shown, ...]]:
        """Return what everybody may see of what came of some statements, by statement; each service asked is one."""
        wanted = (_COLUMNS.statement.in_(sorted(statements)), _COLUMNS.published_on.is_not(None))
        async with self._database.read() as view:
            shown = await self._shown(view, await lives_where(view, *wanted), in_public=True) if statements else []
        found: dict[str, tuple[Shown, ...]] = {}
        for each in sorted(shown, key=lambda one: (one.service, one.recommendation)):
            found[each.life.statement] = (*found.get(each.life.statement, ()), each)
        return found

    async def of_organisation(self, organisation: str) -> list[Shown]:
        """Return what an organisation is asked, what waits on it longest first."""
        async with self._database.read() as view:
            lives = await lives_where(view, _COLUMNS.organisation == organisation)
            shown = await self._shown(view, [life for life in lives if not life.retracted], in_public=False)
        return sorted(shown, key=by_waiting)

    async def one_of_organisation(
        self,
        recommendation: str,
        organisation: str,
    ) -> tuple[Shown, tuple[HistoryLine, ...]]:
        """Return one recommendation that an organisation is asked.

        Raises:
            InputRefused: unknown, or another organisation's.
        """
        async with self._database.read() as view:
            life = await life_of(view, recommendation)
            if life.organisation != organisation:
                raise unknown_recommendation()
            (shown,) = await self._shown(view, [life], in_public=False)
            return shown, await self._history(view, recommendation)

    async def groups(self, closed: frozenset[str]) -> dict[str, list[Shown]]:
        """Return every group's recommendations by group, newest first, without the groups that are closed."""
        async with self._database.read() as view:
            lives = await lives_where(view, _COLUMNS.group_id.is_not(None), _COLUMNS.group_id.not_in(sorted(closed)))
            shown = await self._shown(view, lives, in_public=False)
        found: dict[str, list[Shown]] = {}
        for each in sorted(shown, key=lambda one: one.life.made_on, reverse=True):
            found.setdefault(each.life.group or "", []).append(each)
        return found

    async def of_group(self, group: str) -> list[Shown]:
        """Return what a group asked for, newest first."""
        return (await self.groups(frozenset())).get(group, [])

    async def any_one(self, recommendation: str) -> Shown:
        """Return one recommendation, public or not, for the board and approvers.

        Raises:
            InputRefused: unknown.
        """
        async with self._database.read() as view:
            (shown,) = await self._shown(view, [await life_of(view, recommendation)], in_public=False)
            return shown

    async def board(self, filters: Filters) -> BoardView:
        """Return what a board sees; filters work over public recommendations alone."""
        today = self._clock.today().isoformat()
        async with self._database.read() as view:
            lives = await lives_where(view)
            shown = await self._shown(view, lives, in_public=False)
            queries = {life.recommendation: await _queried(view, life) for life in lives if life.is_in_sight}
        return BoardView(
            figures=count_lives(lives, today),
            listed=tuple(
                sorted((each for each in shown if each.life.is_public and keeps(each, filters)), key=by_waiting)
            ),
            unassigned=tuple(each for each in shown if needs_assigning(each.life)),
            in_sight=tuple(
                sorted(
                    (each for each in shown if each.life.is_in_sight),
                    key=lambda one: (one.life.public_from or _DISTANT, one.recommendation),
                )
            ),
            own_done=tuple(each for each in shown if each.life.made_by == "board" and each.life.state == "done"),
            queries={recommendation: queried for recommendation, queried in queries.items() if queried},
        )

    async def organisations(self) -> list[Organisation]:
        """Return every organisation, by title."""
        async with self._database.read() as view:
            return sorted(await organisations_in(view), key=lambda one: one.title)

    async def _history(self, view: AsyncConnection, recommendation: str) -> tuple[HistoryLine, ...]:
        titles = {each.organisation: each.title for each in await organisations_in(view)}
        return history_of(await steps_of(view, recommendation), titles)

    async def _shown(self, view: AsyncConnection, lives: Sequence[Life], *, in_public: bool) -> list[Shown]:
        known = {each.organisation: each for each in await organisations_in(view)}
        words = await _words_of(view, {life.statement for life in lives})
        kinds = await _kinds_in(view)
        today = self._clock.today().isoformat()
        return [
            show(
                life,
                words=None if life.retracted else words.get(life.statement, _NO_WORDS).words,
                kinds=[kinds[each] for each in words.get(life.statement, _NO_WORDS).sessions if each in kinds],
                organisation=known.get(life.organisation or ""),
                today=today,
                in_public=in_public,
            )
            for life in lives
        ]


def newest_first(shown: Sequence[Shown]) -> list[Shown]:
    """Return recommendations by the day on which they became public, newest first, those of one statement together."""
    by_id = sorted(shown, key=lambda one: (one.life.statement, one.recommendation))
    return sorted(by_id, key=lambda one: one.life.published_on or "", reverse=True)


def by_waiting(shown: Shown) -> tuple[int, str, str]:
    """Return where a recommendation stands in a list of what waits: late, then unanswered, then what is promised."""
    life = shown.life
    if shown.overdue:
        rank = 0
    elif life.standing == "waiting":
        rank = 1
    elif life.standing in ("accepted", "partly", "in_progress"):
        rank = 2
    else:
        rank = 3
    promised = life.answer.due if life.answer is not None else life.answer_by
    return rank, promised or _DISTANT, shown.recommendation


def needs_assigning(life: Life) -> bool:
    """Say whether the board has to find out who is asked."""
    if life.retracted:
        return False
    passed = life.standing == "declined" and life.given is not None and life.given.passed_to is not None
    return life.organisation is None or passed


def keeps(shown: Shown, filters: Filters) -> bool:
    """Say whether a recommendation keeps the filters."""
    life = shown.life
    asked: tuple[tuple[str, Callable[[str], bool]], ...] = (
        (filters.state, lambda wanted: life.state == wanted),
        (filters.area, lambda wanted: (life.area or NO_AREA) == wanted),
        (filters.sector, lambda wanted: wanted in life.sectors),
        (filters.organisation, lambda wanted: life.organisation == wanted),
    )
    return all(holds(wanted) for wanted, holds in asked if wanted) and (bool(shown.overdue) or not filters.late)


@dataclass(frozen=True, slots=True)
class _Words:
    words: str | None
    sessions: tuple[str, ...] = ()


_NO_WORDS = _Words(None)


async def _words_of(view: AsyncConnection, wanted: set[str]) -> dict[str, _Words]:
    """Return the approved words of statements, a group's and the board's own; all are read, a few thousand at most."""
    table, texts = store.statements.c, store.texts.c
    stated = sa.select(table.statement, table.words, table.sessions).where(
        table.kind == "recommendation", table.state == "approved"
    )
    found = {
        row.statement: _Words(row.words, tuple(msgspec.json.decode(row.sessions, type=list[str])))
        for row in (await view.execute(stated)).all()
        if row.statement in wanted
    }
    own = sa.select(texts.text, texts.words).where(texts.kind == "commission", texts.state == "approved")
    found |= {row.text: _Words(row.words) for row in (await view.execute(own)).all() if row.text in wanted}
    return found


async def _queried(view: AsyncConnection, life: Life) -> str:
    """Return what the service that is asked wants checked, in words, or ""."""
    asked = [step.reason for step in await steps_of(view, life.recommendation) if step.step == "queried"]
    listed = accuracy_queries()
    return "; ".join(
        dict.fromkeys(listed.title_of(each) for each in asked if each is not None and each in listed.id_set)
    )


async def _kinds_in(view: AsyncConnection) -> dict[str, str]:
    table = store.sessions.c
    return {row.session: row.kind for row in (await view.execute(sa.select(table.session, table.kind))).all()}
