"""Confirming an erasure: the order of the hops, and the event that says a service has erased somebody."""

import datetime

from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord
from services.events import ErasureConfirmed, Service

#: The order in which services confirm: each waits for the one before.
HOPS: tuple[Service, ...] = ("intake", "anonymiser", "themer", "reporter")


def confirmation(service: Service, contributor: str, day: datetime.date) -> NewRecord:
    """Return the event that a service has erased a contributor; the same for a repeat."""
    return new_record(
        ErasureConfirmed(contributor=contributor, service=service, revision=1, day=day.isoformat()),
        stage=service,
        source_service=service,
        revision=1,
        time=day.isoformat(),
    )
