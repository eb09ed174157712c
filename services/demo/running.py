"""Running the demonstration: month by month through the door, each quarter closed and published in its turn."""

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from services.bootstrap import Installation
from services.clock import DemoClock
from services.demo.consultation import PlannedSession, plan, planned_sessions
from services.errors import SurvivorVoiceError
from services.ids import seeded_ids
from services.intake.door import Door, NewRound

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


async def run_demo(installation: Installation, progress: Progress) -> Outcome:
    """Feed the consultation in and publish its quarters; the services run already.

    Raises:
        SurvivorVoiceError: something did not come to rest, or a release is held.
    """
    intake, reporter = installation.intake, installation.reporter
    if intake is None or reporter is None:
        raise SurvivorVoiceError("The demonstration needs all four services in one process.")
    clock = DemoClock(installation.folder.clock_file)
    outcome = Outcome()
    sessions = planned_sessions()
    total = sum(len(session.submission.contributions) for session in sessions)
    groups = await _make_groups(intake.door, sessions)
    done = 0
    for quarter in plan()["quarters"]:
        closes = datetime.date.fromisoformat(quarter["closes"])
        while sessions and _held_on(sessions[0]) < closes:
            session = sessions.pop(0)
            await _move_clock(installation, clock, _held_on(session))
            await _submit(intake.door, session, groups)
            done += len(session.submission.contributions)
            progress(done, total)
        await _move_clock(installation, clock, closes)
        await _settled(intake.door)
        released = await reporter.publishing.publish(
            quarter["period"],
            prepared_by=PREPARED_BY,
            approved_by=APPROVED_BY,
        )
        for release in released:
            outcome.published += release.published
            for symbol, number in sorted(release.withheld.items()):
                outcome.withheld[symbol] = outcome.withheld.get(symbol, 0) + number
            outcome.reports.append(f"/reports/{release.report}")
    await _settled(intake.door)
    await _tally(intake.door, outcome)
    return outcome


def _held_on(session: PlannedSession) -> datetime.date:
    return datetime.date.fromisoformat(f"{session.submission.month}-15")


async def _make_groups(door: Door, sessions: list[PlannedSession]) -> dict[str, str]:
    stated = plan()["round"]
    made_round = await door.make_round(msgspec.convert(stated, NewRound))
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


async def _submit(door: Door, session: PlannedSession, groups: dict[str, str]) -> None:
    group = groups[session.group] if session.group is not None else None
    await door.submit(msgspec.structs.replace(session.submission, group=group))


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
