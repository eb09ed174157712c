"""The responding services: what each answers for, who answers for it, and the token with which its programs may."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database.engine import Database
from services.errors import Finding, InputRefused, StepRefused
from services.reporter import store
from services.reporter.recommendations.plain_text import LONGEST_TITLE, read_text
from services.reporter.recommendations.routing import KINDS, Organisation
from services.vocabulary.areas import areas as area_list
from services.vocabulary.lists import Entry, Vocabulary
from services.vocabulary.sectors import sectors as sector_list

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_ACCOUNT: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}\Z")
#: So that a token that is found somewhere can be told for what it is.
_MARK: Final = "svo_"


class Organisations:
    """The register of responding services."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        organisation: str,
        title: str,
        *,
        kind: str,
        sectors: Sequence[str],
        areas: Sequence[str] = (),
    ) -> Organisation:
        """Make an organisation.

        Args:
            organisation: its id, lower case letters, digits and hyphens.
            title: as people call it.
            kind: ``statutory``, ``commissioned`` or ``other``.
            sectors: what it answers for, at least one.
            areas: whose services it runs; none: everywhere.

        Raises:
            InputRefused: something cannot be used.
            StepRefused: the id is taken.
        """
        made = _checked(organisation, title, kind, sectors, areas)
        async with self._database.begin() as transaction:
            if await _row(transaction, made.organisation) is not None:
                raise StepRefused("organisation", "is there already under that id", "Choose another id.")
            await transaction.execute(
                store.organisations.insert().values(
                    organisation=made.organisation,
                    title=made.title,
                    kind=made.kind,
                    sectors=" ".join(made.sectors),
                    areas=" ".join(made.areas),
                ),
            )
        return made

    async def list(self) -> list[Organisation]:
        """Return every organisation, by id."""
        async with self._database.read() as view:
            return await organisations_in(view)

    async def issue_token(self, organisation: str) -> str:
        """Return a new token, which is shown this once and kept as a hash.

        Raises:
            InputRefused: no such organisation.
            StepRefused: it has a token; revoke that first.
        """
        token = f"{_MARK}{secrets.token_urlsafe(32)}"
        async with self._database.begin() as transaction:
            if (await _require(transaction, organisation)).token_hash is not None:
                raise StepRefused("organisation", "has a token", "Revoke it first, then make a new one.")
            await _set_token(transaction, organisation, _hash(token))
        return token

    async def revoke_token(self, organisation: str) -> bool:
        """Let the token hold no more; return whether there was one. InputRefused where there is none."""
        async with self._database.begin() as transaction:
            had = (await _require(transaction, organisation)).token_hash is not None
            await _set_token(transaction, organisation, None)
        return had

    async def with_token(self, token: str) -> Organisation | None:
        """Return whose token it is; None for one that was never made or was revoked."""
        table = store.organisations
        async with self._database.read() as view:
            row = (await view.execute(table.select().where(table.c.token_hash == _hash(token)))).one_or_none()
        return None if row is None else _organisation(row)

    async def name_member(self, organisation: str, account: str) -> None:
        """Let an account answer for an organisation, and for no other from now on.

        Raises:
            InputRefused: no such organisation, or that cannot be an account's name.
        """
        name = _account(account)
        async with self._database.begin() as transaction:
            await _require(transaction, organisation)
            await transaction.execute(store.members.delete().where(store.members.c.account == name))
            await transaction.execute(store.members.insert().values(account=name, organisation=organisation))

    async def remove_member(self, account: str) -> bool:
        """Let an account answer for nobody any more; return whether it did."""
        async with self._database.begin() as transaction:
            gone = await transaction.execute(store.members.delete().where(store.members.c.account == _account(account)))
        return bool(gone.rowcount)

    async def member_of(self, account: str) -> Organisation | None:
        """Return for which organisation an account answers."""
        table = store.organisations
        query = table.select().join(store.members, store.members.c.organisation == table.c.organisation)
        async with self._database.read() as view:
            row = (await view.execute(query.where(store.members.c.account == account))).one_or_none()
        return None if row is None else _organisation(row)

    async def name_speaker(self, group: str, account: str) -> None:
        """Let an account speak for a group; once a group has a speaker, nobody else does.

        Raises:
            InputRefused: that cannot be an account's name.
        """
        name = _account(account)
        table = store.speakers
        async with self._database.begin() as transaction:
            await transaction.execute(table.delete().where(table.c.group_id == group, table.c.account == name))
            await transaction.execute(table.insert().values(group_id=group, account=name))

    async def closed_to(self, account: str) -> frozenset[str]:
        """Return the groups for which others speak, and this account does not."""
        async with self._database.read() as view:
            rows = (await view.execute(sa.select(store.speakers))).all()
        own = {row.group_id for row in rows if row.account == account}
        return frozenset(row.group_id for row in rows) - own


async def organisations_in(view: AsyncConnection) -> list[Organisation]:
    """Return every organisation as a transaction sees it, by id."""
    table = store.organisations
    return [_organisation(row) for row in (await view.execute(table.select().order_by(table.c.organisation))).all()]


async def require_organisation(view: AsyncConnection, organisation: str) -> Organisation:
    """Return an organisation.

    Raises:
        InputRefused: there is none with that id.
    """
    return _organisation(await _require(view, organisation))


def _checked(organisation: str, title: str, kind: str, sectors: Sequence[str], areas: Sequence[str]) -> Organisation:
    findings: list[Finding] = []
    if not _ID.match(organisation):
        findings.append(Finding("id", "cannot be an id", "Use up to 40 lower case letters, digits or hyphens."))
    if kind not in KINDS:
        findings.append(Finding("kind", "is not known", f"Choose one of {', '.join(KINDS)}."))
    if not sectors:
        findings.append(Finding("sectors", "none is named", f"Name one of {', '.join(sector_list().ids)}."))
    for place, named, listed in (("sectors", sectors, sector_list()), ("areas", areas, area_list())):
        findings += _unlisted(place, named, listed)
    plain = read_text("title", title, LONGEST_TITLE)
    if plain is None:
        findings.append(Finding("title", "is missing", "Say how people call it."))
    if findings or plain is None:
        raise InputRefused(findings)
    chosen = next(known for known in KINDS if known == kind)
    return Organisation(
        organisation=organisation,
        title=plain,
        kind=chosen,
        sectors=sector_list().in_order(sectors),
        areas=area_list().in_order(areas),
    )


def _unlisted(place: str, named: Sequence[str], listed: Vocabulary[Any]) -> list[Finding]:
    entries: Vocabulary[Entry] = listed
    if all(each in entries.id_set for each in named):
        return []
    return [Finding(place, "is not in the list", f"Choose from {', '.join(entries.ids)}.")]


def _account(name: str) -> str:
    settled = name.strip().lower()
    if not _ACCOUNT.match(settled):
        raise InputRefused([Finding("account", "cannot be an account’s name", "Take it from accounts list.")])
    return settled


async def _row(view: AsyncConnection, organisation: str) -> Any:
    table = store.organisations
    return (await view.execute(table.select().where(table.c.organisation == organisation))).one_or_none()


async def _require(view: AsyncConnection, organisation: str) -> Any:
    row = await _row(view, organisation)
    if row is None:
        raise InputRefused([Finding("organisation", "is not known", "Choose one from the list of organisations.")])
    return row


async def _set_token(transaction: AsyncConnection, organisation: str, hashed: str | None) -> None:
    table = store.organisations
    await transaction.execute(table.update().where(table.c.organisation == organisation).values(token_hash=hashed))


def _organisation(row: Any) -> Organisation:
    return Organisation(
        organisation=row.organisation,
        title=row.title,
        kind=row.kind,
        sectors=tuple(row.sectors.split()),
        areas=tuple(row.areas.split()),
        has_token=row.token_hash is not None,
    )


def _hash(token: str) -> str:
    # Plain SHA-256 is enough: a token has 256 random bits, so that nothing can be tried out against the hash.
    return hashlib.sha256(token.encode()).hexdigest()
