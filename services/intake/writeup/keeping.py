"""Keeping drafts: sealed under a key of their own, which lies in a file in the key folder and goes with the draft.

Destroying the key file makes every copy of the draft unreadable, in backups too. A draft belongs to one account.
"""

import asyncio
import datetime
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from services.clock import Clock
from services.database.engine import Database
from services.errors import NotFound, SealBroken
from services.ids import random_id
from services.intake import store
from services.intake.writeup.draft import DRAFT_DAYS, NOTE_DAYS, Draft
from services.intake.writeup.note import SessionNote
from services.sealing import keyfiles
from services.sealing.datakeys import DataKey

_KEY_BYTES: Final = 32
_KEY_FILE: Final = re.compile(r"draft-([0-9a-f]{32})\.key\Z")
_DAYS: Final = {"draft": DRAFT_DAYS, "note": NOTE_DAYS}
_GONE: Final = "This is not here any more: it was sent, thrown away, or too old."
_Kept = TypeVar("_Kept", bound=Struct)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One draft in the list: its id and the day it was last changed; nothing of what it holds."""

    id: str
    changed: datetime.date
    ends: datetime.date


class Drafts:
    """The drafts and notes of all accounts.

    Args:
        database: intake's.
        folder: its key folder.
        clock: what day it is.
    """

    def __init__(self, *, database: Database, folder: Path, clock: Clock) -> None:
        self._database = database
        self._folder = folder
        self._clock = clock

    async def begin(self, account: str) -> str:
        """Begin an empty draft and return its id."""
        return await self._insert(account, "draft", Draft())

    async def load(self, account: str, draft: str) -> Draft:
        """Return one of an account's own drafts; NotFound for every other."""
        return await self._open(account, draft, "draft", Draft)

    async def save(self, account: str, draft: str, content: Draft) -> None:
        """Keep a draft as it is now; NotFound where it is not this account's."""
        await self.load(account, draft)
        key = await asyncio.to_thread(self._key, draft)
        table = store.drafts
        async with self._database.begin() as transaction:
            changed = await transaction.execute(
                table.update()
                .where(table.c.draft == draft, table.c.account == account, table.c.kind == "draft")
                .values(sealed=key.seal(draft, "draft", msgspec.json.encode(content)), changed=self._today()),
            )
        if not changed.rowcount:
            raise NotFound(_GONE)

    async def drafts_of(self, account: str) -> list[DraftLine]:
        """Return an account's drafts, the newest first."""
        table = store.drafts.c
        query = sa.select(table.draft, table.changed).where(table.account == account, table.kind == "draft")
        async with self._database.read() as view:
            rows = (await view.execute(query.order_by(table.changed.desc(), table.draft))).all()
        days = [(row.draft, datetime.date.fromisoformat(row.changed)) for row in rows]
        return [DraftLine(draft, day, day + datetime.timedelta(days=DRAFT_DAYS)) for draft, day in days]

    async def discard(self, account: str, draft: str) -> None:
        """Destroy a draft or a note: its key first, so that nothing can be read from then on."""
        table = store.drafts
        mine = (table.c.draft == draft, table.c.account == account)
        async with self._database.read() as view:
            if (await view.execute(sa.select(table.c.draft).where(*mine))).scalar() is None:
                raise NotFound(_GONE)
        await self._destroy([draft])

    async def keep_note(self, account: str, content: SessionNote) -> str:
        """Keep a note for its account until tomorrow and return its id."""
        return await self._insert(account, "note", content)

    async def note(self, account: str, note: str) -> SessionNote:
        """Return one of an account's own notes; NotFound for every other."""
        return await self._open(account, note, "note", SessionNote)

    async def destroy_old(self) -> int:
        """Destroy what is too old, and keys that a crash left without a draft; return how many drafts went."""
        today = self._clock.today()
        table = store.drafts.c
        too_old = sa.or_(
            *(
                sa.and_(table.kind == kind, table.changed < (today - datetime.timedelta(days=days)).isoformat())
                for kind, days in _DAYS.items()
            ),
        )
        async with self._database.read() as view:
            rows: list[Any] = list((await view.execute(sa.select(table.draft, too_old.label("old")))).all())
        old = [row.draft for row in rows if row.old]
        await self._destroy(old)
        await asyncio.to_thread(self._destroy_strays, {row.draft for row in rows})
        return len(old)

    async def _insert(self, account: str, kind: str, content: Struct) -> str:
        made = random_id()
        async with self._database.begin() as transaction:
            key = await asyncio.to_thread(self._make_key, made)
            await transaction.execute(
                store.drafts.insert().values(
                    draft=made,
                    account=account,
                    kind=kind,
                    changed=self._today(),
                    sealed=key.seal(made, kind, msgspec.json.encode(content)),
                ),
            )
        return made

    async def _open(self, account: str, draft: str, kind: str, shape: type[_Kept]) -> _Kept:
        table = store.drafts.c
        query = sa.select(table.sealed).where(table.draft == draft, table.account == account, table.kind == kind)
        async with self._database.read() as view:
            sealed = (await view.execute(query)).scalar()
        if sealed is None:
            raise NotFound(_GONE)
        key = await asyncio.to_thread(self._key, draft)
        try:
            return msgspec.json.decode(key.open(draft, kind, sealed), type=shape)
        except (SealBroken, msgspec.DecodeError):
            raise NotFound(_GONE) from None

    async def _destroy(self, drafts: list[str]) -> None:
        if not drafts:
            return
        for draft in drafts:
            await asyncio.to_thread(keyfiles.destroy, self._path(draft))
        async with self._database.begin() as transaction:
            await transaction.execute(store.drafts.delete().where(store.drafts.c.draft.in_(drafts)))

    def _destroy_strays(self, known: set[str]) -> None:
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            found = _KEY_FILE.match(path.name)
            # One that is being made has no row yet for the length of a transaction.
            if found and found[1] not in known and _age_days(path) > 0:
                keyfiles.destroy(path)

    def _make_key(self, draft: str) -> DataKey:
        raw = os.urandom(_KEY_BYTES)
        keyfiles.make_private_folder(self._folder)
        keyfiles.write_private(self._path(draft), raw)
        return DataKey(raw)

    def _key(self, draft: str) -> DataKey:
        path = self._path(draft)
        if not path.exists():
            raise NotFound(_GONE)
        return DataKey(keyfiles.read_private(path))

    def _path(self, draft: str) -> Path:
        return self._folder / f"draft-{draft}.key"

    def _today(self) -> str:
        return self._clock.today().isoformat()


def _age_days(path: Path) -> int:
    changed = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
    return (datetime.datetime.now(datetime.UTC) - changed).days
