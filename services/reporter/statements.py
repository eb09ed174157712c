"""The statements as the themer approved them: the newest of ``sv.statement.changed``, one row each.

Only a greater revision is applied. A retracted statement keeps its row, its hash and where it belongs, so that a
citation of it can still be followed; its words are gone.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contracts import decode
from services.eventlog.interface import NewRecord, Record
from services.events import StatementChanged
from services.reporter import store

#: Called with each statement that changed, in the transaction that keeps it; returns the events that follow from it.
Follow = Callable[[AsyncConnection, StatementChanged], Awaitable[Sequence[NewRecord]]]


def words_hash_of(words: str) -> str:
    """Return the SHA-256 of a statement's words (UTF-8), by which it is cited."""
    return hashlib.sha256(words.encode()).hexdigest()


class Statements:
    """Keeps the ``statements`` table.

    Args:
        follow: what follows from a change, in the same transaction.
    """

    def __init__(self, follow: Follow | None = None) -> None:
        self._follow = follow

    async def apply(self, transaction: AsyncConnection, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Keep what is newer than what is kept; return the events that follow, in the order of the records.

        Raises:
            ContractBroken: a record cannot be read; it is parked.
        """
        made: list[NewRecord] = []
        for record in records:
            event = decode(StatementChanged, record.value)
            if await _keep(transaction, event) and self._follow is not None:
                made += await self._follow(transaction, event)
        return made


async def _keep(transaction: AsyncConnection, event: StatementChanged) -> bool:
    table = store.statements
    found = await transaction.execute(table.select().where(table.c.statement == event.statement))
    before = found.one_or_none()
    if before is not None and before.revision >= event.revision:
        return False
    await transaction.execute(table.delete().where(table.c.statement == event.statement))
    await transaction.execute(table.insert().values(**_row(event, before)))
    return True


def _row(event: StatementChanged, before: Any) -> dict[str, Any]:
    """Return the row of a statement; a retraction takes the words and leaves what was said of it before."""
    words = event.words if event.state == "approved" else None
    row: dict[str, Any] = {
        "statement": event.statement,
        "revision": event.revision,
        "kind": event.kind,
        "state": event.state,
        "day": event.day,
        "words": words,
        "words_hash": "" if words is None else words_hash_of(words),
        "nodes": _json(event.nodes),
        "approvers": _json(event.approvers),
        "group_id": event.group,
        "sessions": _json(event.sessions),
        "area": event.area,
        "sectors": _json(event.sectors),
        "measures": _json(event.measures),
    }
    if event.state == "retracted" and before is not None:
        kept = ("words_hash", "nodes", "approvers", "group_id", "sessions", "area", "sectors", "measures")
        row.update({name: getattr(before, name) for name in kept})
    return row


def _json(values: Sequence[Any]) -> str:
    return msgspec.json.encode(values).decode()
