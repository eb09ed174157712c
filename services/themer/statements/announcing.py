"""The events of statements: words that were approved, or their retraction without any."""

import datetime
from collections.abc import Sequence

import msgspec

from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord
from services.events import StatementChanged
from services.themer.answers import NAME
from services.themer.statements.wording import Kind, Wording


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """What an event says of a statement beside its words."""

    statement: str
    kind: Kind
    revision: int
    group: str | None
    sessions: Sequence[str] = ()
    area: str | None = None


def approved(about: Announced, wording: Wording, approvers: Sequence[str], today: datetime.date) -> NewRecord:
    """Return the event of approved words."""
    event = StatementChanged(
        statement=about.statement,
        revision=about.revision,
        kind=about.kind,
        state="approved",
        day=today.isoformat(),
        words=wording.words,
        nodes=wording.themes,
        approvers=tuple(approvers),
        group=about.group,
        sessions=tuple(sorted(about.sessions)),
        area=wording.area,
        sectors=wording.sectors,
        measures=wording.measures,
    )
    return _record(event)


def retracted(about: Announced, today: datetime.date) -> NewRecord:
    """Return the event that a statement's words are gone: whose it was stays, what it was about goes too."""
    event = StatementChanged(
        statement=about.statement,
        revision=about.revision,
        kind=about.kind,
        state="retracted",
        day=today.isoformat(),
        group=about.group,
        sessions=tuple(sorted(about.sessions)),
        area=about.area,
    )
    return _record(event)


def _record(event: StatementChanged) -> NewRecord:
    return new_record(event, stage=NAME, source_service=NAME, revision=event.revision, time=event.day)
