"""Preparing, approving and publishing releases: two people, nothing on its way, a proof, and no period twice."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock, quarter_end, quarter_of
from services.contracts import topic_of
from services.database.engine import Database
from services.errors import Conflict, Finding, Held, InputRefused, NotFound
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import EventLog
from services.events import ConsentChanged, ContributionThemed, ReportPublished, SessionHeld
from services.reporter import store
from services.reporter.composing import compose_body, read_body, tally
from services.reporter.counting import CountedRow
from services.reporter.release import ReleaseBody, body_bytes, citation
from services.reporter.rowkeeping import NAME
from services.runner.outbox import Outbox
from services.settings import Settings

_PATIENCE = 60.0
_POLL = 0.05


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One release in the list.

    Attributes:
        report: its id.
        period: the quarter.
        framework: the frameworks that it publishes, separated by spaces.
        state: prepared or published.
        citation: the SHA-256 of its body.
        published_on: the day, or None.
        published: how many cells show a figure.
        withheld: how many do not, by symbol without brackets.
    """

    report: str
    period: str
    framework: str
    state: str
    citation: str
    published_on: str | None
    published: int
    withheld: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Counted:
    rows: list[CountedRow]
    versions: dict[str, str]
    sessions: dict[str, int]


class Publishing:
    """The reporter's releases."""

    def __init__(self, *, database: Database, outbox: Outbox, log: EventLog, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._outbox = outbox
        self._log = log
        self._clock = clock
        self._settings = settings
        self._one_at_a_time = asyncio.Lock()

    async def prepare(self, period: str, *, prepared_by: str) -> list[ReleaseLine]:
        """Count, control and prove one quarter; nothing is published yet.

        Raises:
            InputRefused: not a quarter, not over yet, or no name.
            Conflict: the quarter was published already.
            Held: something is still on its way, or no proof was found.
        """
        _require_name("prepared_by", prepared_by)
        self._require_over(period)
        async with self._one_at_a_time:
            await self._require_nothing_on_its_way()
            async with self._database.read() as view:
                if period in await _published_periods(view):
                    raise Conflict("That quarter was published already: a published period is never counted again.")
                found = await self._counted(view, period)
            body, chosen = await self._proof(period, found)
            cited = citation(body)
            release = cited[:32]
            async with self._database.begin() as transaction:
                table = store.releases
                await transaction.execute(
                    table.delete().where(table.c.period == period, table.c.state == "prepared"),
                )
                await transaction.execute(
                    table.insert().values(
                        release=release,
                        period=period,
                        framework=" ".join(body.frameworks),
                        state="prepared",
                        body_hash=cited,
                        body=body_bytes(body),
                        largest_sessions=json.dumps(chosen, sort_keys=True),
                        prepared_by=prepared_by.strip(),
                        names_verified=False,
                        prepared_on=self._clock.today().isoformat(),
                    ),
                )
        return [await self._line(release)]

    async def approve(self, release: str, *, approved_by: str) -> ReleaseLine:
        """Publish a prepared release; the one who approves is not the one who prepared.

        Raises:
            InputRefused: no name, or the same one.
            NotFound: no such release is prepared.
            Held: somebody withdrew since it was prepared, or something is on its way: prepare it again.
        """
        _require_name("approved_by", approved_by)
        async with self._one_at_a_time:
            await self._require_nothing_on_its_way()
            table = store.releases
            async with self._database.read() as view:
                row: Any = (await view.execute(table.select().where(table.c.release == release))).one_or_none()
                if row is None or row.state != "prepared":
                    raise NotFound("No such release is prepared.")
                if _same_person(row.prepared_by, approved_by):
                    raise InputRefused(
                        [Finding("approved_by", "the one who prepared it", "Two different people make a release.")],
                    )
                proved = await self._counted(view, row.period)
            # The proof takes its time: it is made before the database is locked, and its rows are looked at again.
            body, _ = await self._proof(row.period, proved)
            if citation(body) != row.body_hash:
                raise Held("What is counted has changed since it was prepared: prepare it again.")
            async with self._database.begin() as transaction:
                if await self._counted(transaction, row.period) != proved:
                    raise Held("Somebody withdrew just now: prepare it again.")
                today = self._clock.today().isoformat()
                await transaction.execute(
                    table.update()
                    .where(table.c.release == release)
                    .values(state="published", approved_by=approved_by.strip(), published_on=today),
                )
                await transaction.execute(
                    store.periods.insert().values(
                        period=row.period,
                        closed_on=today,
                        largest_sessions=row.largest_sessions,
                    ),
                )
                event = ReportPublished(
                    report=release,
                    revision=1,
                    body_hash=row.body_hash,
                    body=msgspec.to_builtins(body),
                    prepared_by=row.prepared_by,
                    approved_by=approved_by.strip(),
                    names_verified=False,
                    day=today,
                )
                record = new_record(event, stage=NAME, source_service=NAME, revision=1, time=today)
                await self._outbox.put(transaction, [record])
        await self._outbox.flush()
        return await self._line(release)

    async def publish(self, period: str, *, prepared_by: str, approved_by: str) -> list[ReleaseLine]:
        """Prepare and publish one quarter, with two differing names.

        Raises:
            InputRefused: one name twice, or a missing one (see :meth:`prepare` and :meth:`approve` for the rest).
        """
        _require_name("approved_by", approved_by)
        if _same_person(prepared_by, approved_by):
            raise InputRefused(
                [Finding("approved_by", "the one who prepared it", "Two different people make a release.")],
            )
        prepared = await self.prepare(period, prepared_by=prepared_by)
        return [await self.approve(line.report, approved_by=approved_by) for line in prepared]

    async def listed(self, *, published_only: bool = False) -> list[ReleaseLine]:
        """Return every release, newest period first."""
        table = store.releases
        query = table.select().order_by(table.c.period.desc(), table.c.release)
        if published_only:
            query = query.where(table.c.state == "published")
        async with self._database.read() as view:
            return [_line(row) for row in (await view.execute(query)).all()]

    async def published(self, release: str) -> tuple[ReleaseLine, ReleaseBody]:
        """Return one published release.

        Raises:
            NotFound: no such release is published.
        """
        table = store.releases
        async with self._database.read() as view:
            row: Any = (await view.execute(table.select().where(table.c.release == release))).one_or_none()
        if row is None or row.state != "published":
            raise NotFound("No such report is published.")
        return _line(row), read_body(row.body)

    async def _line(self, release: str) -> ReleaseLine:
        async with self._database.read() as view:
            row = (await view.execute(store.releases.select().where(store.releases.c.release == release))).one()
        return _line(row)

    async def _counted(self, view: AsyncConnection, period: str) -> _Counted:
        """Return what a release of a period rests on."""
        table = store.rows
        sessions: dict[str, Any] = {row.session: row for row in (await view.execute(store.sessions.select())).all()}
        found = (
            await view.execute(
                table.select()
                .where(table.c.period == period, table.c.state == "counted")
                .order_by(table.c.contribution),
            )
        ).all()
        return _Counted(
            rows=[_counted_row(row, sessions) for row in found],
            versions={
                "bank": " ".join(sorted({row.bank for row in found})),
                "pseudonymiser": " ".join(sorted({row.pseudonymiser for row in found})),
            },
            sessions=dict(Counter(row.kind for row in sessions.values() if quarter_of(row.month) == period)),
        )

    async def _proof(self, period: str, found: _Counted) -> tuple[ReleaseBody, Mapping[str, str]]:
        # In a thread: the proof is the one long computation of the reporter.
        return await asyncio.to_thread(
            compose_body,
            found.rows,
            period=period,
            frameworks=self._settings.frameworks,
            threshold=self._settings.threshold,
            versions=found.versions,
            sessions=found.sessions,
        )

    async def _require_nothing_on_its_way(self) -> None:
        """Wait until consent was heard everywhere, then until this service has everything that was handed on.

        Raises:
            Held: it does not come to that in time.
        """
        consent = topic_of(ConsentChanged)
        themed = (topic_of(ContributionThemed), topic_of(SessionHeld))
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._wait_for(("themer.consent", "reporter.consent"), (consent,))
                await self._wait_for((NAME,), themed)
        except TimeoutError:
            raise Held("Something is still on its way: see that every service runs, then try again.") from None

    async def _wait_for(self, groups: Sequence[str], topics: Sequence[str]) -> None:
        heads = await self._log.heads(topics)
        for group in groups:
            while True:
                cursors = await self._log.cursors(group, topics)
                if all(cursors.get(place, 0) >= head for place, head in heads.items()):
                    break
                await asyncio.sleep(_POLL)

    def _require_over(self, period: str) -> None:
        try:
            over = quarter_end(period) < self._clock.today()
        except (ValueError, IndexError):
            raise InputRefused([Finding("period", "not a quarter", "Write it like 2025-Q1.")]) from None
        if not over:
            raise InputRefused([Finding("period", "not over yet", "A quarter is published after its last day.")])


def _require_name(field: str, name: str) -> None:
    if not name.strip():
        raise InputRefused([Finding(field, "missing", "Give the name of the person.")])


def _same_person(one: str, other: str) -> bool:
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split())


def _counted_row(row: Any, sessions: Mapping[str, Any]) -> CountedRow:
    session = sessions.get(row.session)
    return CountedRow(
        contribution=row.contribution,
        contributor=row.contributor,
        group=row.group_id,
        session=row.session,
        kind=row.kind,
        role=row.role,
        areas=tuple(row.areas.split()),
        period=row.period,
        seated=row.identified,
        number_present=0 if session is None else session.number_present,
        nodes=tuple((framework, node) for framework, _, node in (pair.partition(":") for pair in row.nodes.split())),
        sectors=tuple(row.sectors.split()),
        forms=tuple(row.forms.split()),
        month=row.month,
    )


async def _published_periods(view: AsyncConnection) -> set[str]:
    return set((await view.execute(sa.select(store.periods.c.period))).scalars())


def _line(row: Any) -> ReleaseLine:
    body = read_body(row.body)
    published, withheld = tally(body)
    return ReleaseLine(
        row.release,
        row.period,
        row.framework,
        row.state,
        row.body_hash,
        row.published_on,
        published,
        withheld,
    )
