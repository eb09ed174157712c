"""Reading and changing the rows of statements inside a transaction: sealed parts, sessions, decisions, retraction."""

import datetime
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contracts import encode
from services.errors import NotFound, Plain
from services.eventlog.interface import NewRecord
from services.events import PseudonymisedWords
from services.themer import store
from services.themer.keeping import DataKeys
from services.themer.statements.announcing import Announced, retracted
from services.themer.statements.wording import Wording

State = Literal["received", "held", "worded", "approved", "linked", "refused", "retracted", "rejected"]
#: Words are still to come, or may still change.
OPEN: tuple[State, ...] = ("received", "held", "worded")
WORDS, WORDING, NOTE = "words", "wording", "note"


class StatementRows:
    """The rows of statements; every call is inside the caller's transaction."""

    def __init__(self, data_keys: DataKeys) -> None:
        self._data_keys = data_keys

    async def row(self, view: AsyncConnection, statement: str) -> sa.Row[Any]:
        """Return one statement's row.

        Raises:
            NotFound: there is no such statement.
        """
        table = store.statements
        row = (await view.execute(table.select().where(table.c.statement == statement))).one_or_none()
        if row is None:
            raise NotFound(Plain("There is no such statement."))
        return row

    async def received(self, view: AsyncConnection, row: sa.Row[Any]) -> PseudonymisedWords | None:
        """Return the pseudonymised words that came from the group; None where there are none (any more)."""
        if row.words is None:
            return None
        key = await self._data_keys.for_reading(view, row.statement)
        return msgspec.json.decode(key.open(row.statement, WORDS, row.words), type=PseudonymisedWords)

    async def wording(self, view: AsyncConnection, row: sa.Row[Any]) -> Wording | None:
        """Return the wording, where there is one."""
        if row.wording is None:
            return None
        key = await self._data_keys.for_reading(view, row.statement)
        return msgspec.json.decode(key.open(row.statement, WORDING, row.wording), type=Wording)

    async def note(self, view: AsyncConnection, row: sa.Row[Any]) -> str:
        """Return what the group asked to change, or an empty text."""
        if row.note is None:
            return ""
        key = await self._data_keys.for_reading(view, row.statement)
        return key.open(row.statement, NOTE, row.note).decode()

    async def seal_words(self, transaction: AsyncConnection, statement: str, words: PseudonymisedWords) -> bytes:
        """Return the received words sealed under the statement's own key."""
        return await self._seal(transaction, statement, WORDS, encode(words))

    async def seal_wording(self, transaction: AsyncConnection, statement: str, wording: Wording) -> bytes:
        """Return a wording sealed under the statement's own key."""
        return await self._seal(transaction, statement, WORDING, msgspec.json.encode(wording))

    async def seal_note(self, transaction: AsyncConnection, statement: str, note: str) -> bytes:
        """Return the group's note sealed under the statement's own key."""
        return await self._seal(transaction, statement, NOTE, note.encode())

    async def sessions(self, view: AsyncConnection, statement: str) -> list[str]:
        """Return the sessions in which it was agreed."""
        table = store.statement_sessions.c
        found = await view.execute(sa.select(table.session).where(table.statement == statement).order_by(table.session))
        return list(found.scalars())

    async def change(self, transaction: AsyncConnection, row: sa.Row[Any], **values: object) -> None:
        """Change a row and count its version up."""
        table = store.statements
        changed = table.update().where(table.c.statement == row.statement)
        await transaction.execute(changed.values(version=row.version + 1, **values))

    async def note_decision(
        self, transaction: AsyncConnection, statement: str, act: str, *, by: str, role: str, day: datetime.date
    ) -> None:
        """Write down who did what, in which role and on which day."""
        row = {"statement": statement, "act": act, "by": by, "role": role, "day": day.isoformat()}
        await transaction.execute(store.statement_decisions.insert().values(**row))

    async def end(
        self, transaction: AsyncConnection, row: sa.Row[Any], state: State, day: datetime.date
    ) -> Sequence[NewRecord]:
        """Take a statement's words away for good, and return the event that says so where it had been published."""
        events = []
        revision = row.revision
        if row.revision:
            revision += 1
            about = Announced(
                statement=row.statement,
                kind=row.kind,
                revision=revision,
                group=row.group_id,
                sessions=await self.sessions(transaction, row.statement),
                area=row.area,
            )
            events.append(retracted(about, day))
        grounds = store.statement_grounds
        await transaction.execute(grounds.delete().where(grounds.c.statement == row.statement))
        await self._data_keys.destroy(transaction, [row.statement], day.isoformat())
        gone = {WORDS: None, WORDING: None, NOTE: None, "panel_until": None}
        await self.change(transaction, row, state=state, revision=revision, reasons="", **gone)
        return events

    async def _seal(self, transaction: AsyncConnection, statement: str, field: str, plain: bytes) -> bytes:
        keys = await self._data_keys.for_writing(transaction, [statement])
        return keys[statement].seal(statement, field, plain)
