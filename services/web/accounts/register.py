"""The accounts of an installation and their sessions: who may sign in, as what, and for how long."""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from services.database.histories import history_of
from services.database.opening import database_at
from services.datafolder import DataFolder
from services.errors import Conflict, Finding, InputRefused, NotFound
from services.ids import random_id
from services.settings import Settings
from services.web.accounts import store
from services.web.accounts.passwords import hash_of_nobody, hash_password, is_right
from services.web.accounts.roles import Role, role_of

#: A session ends after this long without a request, and after this long whatever happens (ASVS 5.0, 7.3).
IDLE_SECONDS: Final = 30 * 60
ABSOLUTE_SECONDS: Final = 8 * 60 * 60
#: So many wrong passwords in a row lock an account for a while.
WRONG_IN_A_ROW: Final = 8
LOCKED_SECONDS: Final = 15 * 60
#: A session's last use is written down at most this often, so that reading pages does not write each time.
_SEEN_EVERY: Final = 60
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as an operator sees it."""

    name: str
    role: Role
    disabled: bool
    locked: bool
    sessions: int


@dataclass(frozen=True, slots=True)
class Session:
    """An open session: whose, in which role, and the token that its forms carry.

    Attributes:
        account: the account's opaque id, which never changes.
        name: as typed at sign-in.
        role: what the account may do.
        csrf: stands in each form of the session.
    """

    account: str
    name: str
    role: Role
    csrf: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountsPlace:
    """Where the accounts lie: the address of a database, its password's file, and whether it is a demonstration's."""

    url: str
    password_file: str = ""
    demo: bool = False


class Accounts:
    """The register; ``open`` it before use.

    Args:
        place: its SQLite file, whose folder is made, or a PostgreSQL database.
        now: seconds since 1970; the real time, whatever day a demonstration has.
    """

    def __init__(self, place: Path | AccountsPlace, *, now: Callable[[], float] = time.time) -> None:
        if isinstance(place, Path):
            place = AccountsPlace(f"sqlite:{place}")
        self._database = database_at(
            place.url,
            store.metadata,
            history=history_of("accounts"),
            password_file=place.password_file,
            demo=place.demo,
        )
        self._now = now

    async def open(self) -> None:
        """Connect, and forget sessions that have ended by time."""
        await self._database.open()
        await self.forget_ended()

    async def close(self) -> None:
        """Disconnect."""
        await self._database.close()

    async def add(self, name: str, role: str, password: str) -> str:
        """Make an account and return its id.

        Raises:
            UsageError: no such role.
            InputRefused: the name or the password cannot be used.
            Conflict: the name is taken.
        """
        settled = name_of(name)
        chosen = role_of(role)
        hashed = await asyncio.to_thread(hash_password, settled, password)
        made = random_id()
        async with self._database.begin() as transaction:
            if await _row(transaction, settled) is not None:
                raise Conflict("An account with that name is there already.")
            await transaction.execute(
                store.accounts.insert().values(
                    account=made,
                    name=settled,
                    role=chosen,
                    password_hash=hashed,
                    disabled=False,
                    wrong=0,
                    locked_until=0,
                ),
            )
        return made

    async def leads(self) -> dict[str, str]:
        """Return the names of the safeguarding leads who can sign in, by account."""
        table = store.accounts.c
        query = sa.select(table.account, table.name).where(table.role == "safeguarding_lead", table.disabled.is_(False))
        async with self._database.read() as view:
            rows = (await view.execute(query.order_by(table.name))).all()
        return {row.account: row.name for row in rows}

    async def lead_named(self, name: str) -> str:
        """Return the account of a safeguarding lead.

        Raises:
            InputRefused: no lead has that name.
        """
        found = next((account for account, known in (await self.leads()).items() if known == name.strip().lower()), "")
        if not found:
            raise InputRefused([Finding("not_lead", "no safeguarding lead has that name", "See the accounts.")])
        return found

    async def list(self) -> list[Account]:
        """Return every account, by name."""
        now = int(self._now())
        open_ones = (
            sa.select(store.sessions.c.account, sa.func.count().label("number"))
            .where(_alive(now))
            .group_by(store.sessions.c.account)
            .subquery()
        )
        query = (
            sa.select(store.accounts, sa.func.coalesce(open_ones.c.number, 0).label("number"))
            .outerjoin(open_ones, open_ones.c.account == store.accounts.c.account)
            .order_by(store.accounts.c.name)
        )
        async with self._database.read() as view:
            rows = (await view.execute(query)).all()
        return [Account(row.name, row.role, row.disabled, row.locked_until > now, row.number) for row in rows]

    async def disable(self, name: str) -> None:
        """Let nobody sign in with an account any more, and end its sessions; NotFound where there is none."""
        await self._change(name, end=True, disabled=True)

    async def enable(self, name: str) -> None:
        """Let an account sign in again, and take a lock off it; NotFound where there is none."""
        await self._change(name, end=False, disabled=False, wrong=0, locked_until=0)

    async def reset(self, name: str, password: str) -> None:
        """Give an account a new password, take a lock off it, and end its sessions.

        Raises:
            NotFound: no such account.
            InputRefused: the password cannot be used.
        """
        hashed = await asyncio.to_thread(hash_password, name_of(name), password)
        await self._change(name, end=True, password_hash=hashed, wrong=0, locked_until=0)

    async def end_sessions(self, name: str) -> int:
        """End an account's sessions; return how many there were. NotFound where there is no such account."""
        async with self._database.begin() as transaction:
            row = await _row(transaction, name_of(name))
            if row is None:
                raise NotFound("There is no account with that name.")
            ended = await transaction.execute(store.sessions.delete().where(store.sessions.c.account == row.account))
        return int(ended.rowcount)

    async def sign_in(self, name: str, password: str) -> str | None:
        """Return the id of a new session, or None: unknown, wrong, disabled and locked are not told apart.

        The lock is decided before the password is looked at, so that a locked account says nothing about it.
        """
        try:
            settled = name_of(name)
        except InputRefused:
            settled = ""
        async with self._database.read() as view:
            row = await _row(view, settled)
        shut = row is None or row.disabled or row.locked_until > int(self._now())
        stored = hash_of_nobody() if row is None or shut else row.password_hash
        right = await asyncio.to_thread(is_right, stored, password)
        if row is None or shut:
            return None
        async with self._database.begin() as transaction:
            current = await _row(transaction, settled)
            if current is None or current.disabled or current.password_hash != stored:
                return None
            if not right:
                await self._count_wrong(transaction, current)
                return None
            if current.locked_until > int(self._now()):
                return None
            return await self._begin_session(transaction, current.account)

    async def find(self, session_id: str) -> Session | None:
        """Return an open session and note its use, or None when it has ended or never was."""
        hashed, now = _hash(session_id), int(self._now())
        joined = sa.select(
            store.sessions.c.csrf,
            store.sessions.c.last_seen,
            store.accounts.c.account,
            store.accounts.c.name,
            store.accounts.c.role,
        ).join(store.accounts, store.accounts.c.account == store.sessions.c.account)
        query = joined.where(store.sessions.c.session_hash == hashed, _alive(now), ~store.accounts.c.disabled)
        async with self._database.read() as view:
            row = (await view.execute(query)).one_or_none()
        if row is None:
            return None
        if now - row.last_seen >= _SEEN_EVERY:
            async with self._database.begin() as transaction:
                await transaction.execute(
                    store.sessions.update().where(store.sessions.c.session_hash == hashed).values(last_seen=now),
                )
        return Session(row.account, row.name, row.role, row.csrf)

    async def end(self, session_id: str) -> None:
        """End one session; one that is not there is well."""
        async with self._database.begin() as transaction:
            await transaction.execute(
                store.sessions.delete().where(store.sessions.c.session_hash == _hash(session_id)),
            )

    async def forget_ended(self) -> None:
        """Delete sessions that have ended by time."""
        async with self._database.begin() as transaction:
            await transaction.execute(store.sessions.delete().where(~_alive(int(self._now()))))

    async def _begin_session(self, transaction: Any, account: str) -> str:
        now, made = int(self._now()), secrets.token_urlsafe(32)
        await transaction.execute(store.sessions.delete().where(~_alive(now)))
        await transaction.execute(
            store.accounts.update().where(store.accounts.c.account == account).values(wrong=0, locked_until=0),
        )
        await transaction.execute(
            store.sessions.insert().values(
                session_hash=_hash(made),
                account=account,
                csrf=secrets.token_urlsafe(32),
                started=now,
                last_seen=now,
            ),
        )
        return made

    async def _count_wrong(self, transaction: Any, row: Any) -> None:
        wrong = row.wrong + 1
        locked = wrong >= WRONG_IN_A_ROW
        await transaction.execute(
            store.accounts.update()
            .where(store.accounts.c.account == row.account)
            .values(
                wrong=0 if locked else wrong,
                locked_until=int(self._now()) + LOCKED_SECONDS if locked else row.locked_until,
            ),
        )

    async def _change(self, name: str, *, end: bool, **values: object) -> None:
        async with self._database.begin() as transaction:
            row = await _row(transaction, name_of(name))
            if row is None:
                raise NotFound("There is no account with that name.")
            await transaction.execute(
                store.accounts.update().where(store.accounts.c.account == row.account).values(**values),
            )
            if end:
                await transaction.execute(store.sessions.delete().where(store.sessions.c.account == row.account))


def accounts_of(settings: Settings, folder: DataFolder) -> Accounts:
    """Return an installation's accounts: on the PostgreSQL server of ``SV_DATABASE``, else in the data folder."""
    if settings.database.startswith("postgresql:"):
        return Accounts(AccountsPlace(settings.database, settings.database_password_file, folder.demo))
    return Accounts(folder.accounts_file)


def name_of(text: str) -> str:
    """Return a name as it is kept: lower case, no spaces around.

    Raises:
        InputRefused: not up to 40 letters, digits, dots, hyphens and underscores.
    """
    settled = text.strip().lower()
    if not _NAME.match(settled):
        raise InputRefused(
            [Finding("name", "cannot be a name", "Use up to 40 letters, digits, dots, hyphens or underscores.")],
        )
    return settled


def _alive(now: int) -> sa.ColumnElement[bool]:
    seen, started = store.sessions.c.last_seen, store.sessions.c.started
    return sa.and_(seen > now - IDLE_SECONDS, started > now - ABSOLUTE_SECONDS)


async def _row(view: Any, name: str) -> Any:
    return (await view.execute(sa.select(store.accounts).where(store.accounts.c.name == name))).one_or_none()


def _hash(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()
