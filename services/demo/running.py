"""Running the demonstration: day by day through the door, each quarter closed and published in its turn.

Each session is written up as a file first and read by the same readers as a facilitator's. The files hold words, so
they lie in a temporary folder that is gone at the end, never in the data folder.
"""

import asyncio
import datetime
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from services.bootstrap import Installation
from services.clock import DemoClock
from services.demo.consultation import PlannedSession, plan, planned_sessions
from services.demo.loop import Act, Loop, agreed_at, loop_plan
from services.demo.material import WrittenUp, read_back, write_material
from services.demo.places import SCHEME as BROKER_SCHEME
from services.errors import SurvivorVoiceError
from services.ids import seeded_ids
from services.intake.door import Door, NewRound
from services.reporter.app import Reporter

SEED = "survivor-voice demonstration"
PREPARED_BY = "Demonstration officer"
APPROVED_BY = "Demonstration board member"
_SETTLE_SECONDS = 180.0
_POLL = 0.05

#: Called with how many contributions are done, of how many.
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Outcome:
    """What happened, in numbers.

    Attributes:
        sessions: by kind.
        accepted: contributions accepted.
        themed: released and handed on as codes.
        held: waiting for a reviewer.
        rejected: kept out.
        withdrawn: erased since.
        published: cells published.
        withheld: cells withheld, by symbol.
        reports: paths of the published reports.
        citations: and what each is cited by: the SHA-256 of its body.
    """

    sessions: dict[str, int] = field(default_factory=dict)
    accepted: int = 0
    themed: int = 0
    held: int = 0
    rejected: int = 0
    withdrawn: int = 0
    published: int = 0
    withheld: dict[str, int] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Return the outcome as one JSON line."""
        shown: dict[str, object] = {
            "sessions": self.sessions,
            "accepted": self.accepted,
            "themed": self.themed,
            "held": self.held,
            "rejected": self.rejected,
        }
        if self.withdrawn:
            shown["withdrawn"] = self.withdrawn
        shown["published"] = self.published
        shown["withheld"] = self.withheld
        shown["citations"] = self.citations
        return msgspec.json.encode(shown).decode()


def demo_ids() -> Callable[[], str]:
    """Return the demonstration's ids: the same row of them each time."""
    return seeded_ids(SEED)


def demo_pick() -> Callable[[int], int]:
    """Return the demonstration's picks for receipts: the same each time."""
    next_id = seeded_ids(f"{SEED} receipts")
    return lambda below: int(next_id(), 16) % below


def set_clock(installation: Installation) -> None:
    """Set the demonstration's clock to its first day, where it does not run yet."""
    clock = DemoClock(installation.folder.clock_file)
    if not installation.folder.clock_file.exists():
        clock.move_to(datetime.date.fromisoformat(plan()["clock_starts"]))


async def run_demo(installation: Installation, progress: Progress, *, stated: dict[str, Any] | None = None) -> Outcome:
    """Feed the consultation in and publish its quarters; the services run already.

    Args:
        installation: with all four services in this process.
        progress: is told after each session.
        stated: the plan; ours when absent.

    Raises:
        SurvivorVoiceError: something did not come to rest, or a release is held.
    """
    if installation.intake is None or installation.reporter is None:
        raise SurvivorVoiceError("The demonstration needs all four services in one process.")
    with tempfile.TemporaryDirectory(prefix="survivor-voice-files-") as folder:
        return await _feed(installation, progress, stated if stated is not None else plan(), Path(folder))


async def _feed(installation: Installation, progress: Progress, stated: dict[str, Any], folder: Path) -> Outcome:
    intake, themer, reporter = installation.intake, installation.themer, installation.reporter
    assert intake is not None
    assert themer is not None
    assert reporter is not None
    sessions = planned_sessions(stated)
    written = await asyncio.to_thread(write_material, sessions, folder)
    groups = await _make_groups(intake.door, sessions, stated)
    on_a_broker = installation.settings.log_url.startswith(BROKER_SCHEME)
    loop = Loop(intake.door, themer, reporter, groups, erases_later=on_a_broker)
    await loop.begin()
    clock = DemoClock(installation.folder.clock_file)
    feeding = _Feeding(installation, intake.door, reporter, loop, groups, folder, progress)
    feeding.total = sum(len(session.submission.contributions) for session in sessions)
    for day, work in feeding.timeline(list(zip(sessions, written, strict=True)), stated):
        await _move_clock(installation, clock, day)
        await work()
    await _settled(intake.door)
    await _tally(intake.door, feeding.outcome)
    return feeding.outcome


@dataclass(slots=True)
class _Feeding:
    """The consultation, day by day."""

    installation: Installation
    door: Door
    reporter: Reporter
    loop: Loop
    groups: dict[str, str]
    folder: Path
    progress: Progress
    total: int = 0
    done: int = 0
    outcome: Outcome = field(default_factory=Outcome)

    def timeline(
        self, material: list[tuple[PlannedSession, WrittenUp]], stated: dict[str, Any]
    ) -> list[tuple[datetime.date, Callable[[], Awaitable[None]]]]:
        """Return what happens on which day, in order; what lies behind the last quarter's end does not happen."""
        quarters = [(datetime.date.fromisoformat(each["closes"]), each["period"]) for each in stated["quarters"]]
        planned = loop_plan()
        days: list[tuple[datetime.date, Callable[[], Awaitable[None]]]] = []
        for session, file in material:
            held = _held_on(session)
            days.append((held, partial(self._submit, session, file)))
            for each in agreed_at(session.group, session.submission.month):
                days.append((held + datetime.timedelta(days=planned.worded_after), partial(self.loop.word, each)))
                days.append((held + datetime.timedelta(days=planned.panel_after), partial(self.loop.agree, each)))
        days += [(act.day, partial(self._act, act)) for act in planned.acts]
        days += [(closes, partial(self._publish, period)) for closes, period in quarters]
        last = max(closes for closes, _ in quarters)
        return sorted((each for each in days if each[0] <= last), key=lambda each: each[0])

    async def _submit(self, session: PlannedSession, file: WrittenUp) -> None:
        agreed = agreed_at(session.group, session.submission.month)
        group = self.groups.get(session.group or "")
        for submission in await asyncio.to_thread(read_back, self.folder / file.name, file, group=group):
            accepted = await self.door.submit(submission)
            if agreed:
                await self.loop.arrived(agreed, accepted.statements)
        self.done += len(session.submission.contributions)
        self.progress(self.done, self.total)

    async def _act(self, act: Act) -> None:
        if self.loop.is_possible(act):
            await self.loop.do(act)

    async def _publish(self, period: str) -> None:
        await _settled(self.door)
        await self.reporter.recommendations.board.open_due()
        released = await self.reporter.publishing.publish(period, prepared_by=PREPARED_BY, approved_by=APPROVED_BY)
        for release in released:
            self.outcome.published += release.published
            for symbol, number in sorted(release.withheld.items()):
                self.outcome.withheld[symbol] = self.outcome.withheld.get(symbol, 0) + number
            self.outcome.reports.append(f"/reports/{release.report}")
            self.outcome.citations.append(release.citation)


def _held_on(session: PlannedSession) -> datetime.date:
    return datetime.date.fromisoformat(f"{session.submission.month}-15")


async def _make_groups(door: Door, sessions: list[PlannedSession], stated: dict[str, Any]) -> dict[str, str]:
    made_round = await door.make_round(msgspec.convert(stated["round"], NewRound))
    groups: dict[str, str] = {}
    for session in sessions:
        if session.group is not None and session.group not in groups:
            groups[session.group] = await door.make_group(
                f"Demonstration {session.group}",
                seated=session.seated,
                convened=session.convened_for,
                round_id=made_round,
            )
    return groups


async def _move_clock(installation: Installation, clock: DemoClock, day: datetime.date) -> None:
    """Move the clock forward, and let every service announce the keys of the new month before anything is sealed."""
    if day <= clock.today():
        return
    clock.move_to(day)
    for service in (installation.anonymiser, installation.themer, installation.reporter):
        if service is not None:
            await service.announcer.announce()


async def _settled(door: Door) -> None:
    """Wait until nothing is on its way.

    Raises:
        SurvivorVoiceError: something did not come to rest in time.
    """
    try:
        async with asyncio.timeout(_SETTLE_SECONDS):
            while (await door.reconcile()).on_their_way:  # noqa: ASYNC110 - other services tell nobody when they rest
                await asyncio.sleep(_POLL)
    except TimeoutError:
        raise SurvivorVoiceError(
            "Some contributions did not come to rest: look at the log above and at the dead letters.",
        ) from None


async def _tally(door: Door, outcome: Outcome) -> None:
    found = await door.reconcile()
    outcome.sessions = await door.sessions_by_kind()
    outcome.accepted = found.accepted
    outcome.themed = found.counted + found.uncounted
    outcome.held, outcome.rejected, outcome.withdrawn = found.held, found.rejected, found.withdrawn
