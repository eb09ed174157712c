"""The ledger in the reporter's database, and the keyed hashes of those who were counted."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.errors import ContractBroken
from services.reporter import store
from services.reporter.ledger import Printed
from services.sealing import keyfiles

_SECRET_BYTES: Final = 32
_AT_ONCE: Final = 5_000


class LedgerKey:
    """The key of the hashes by which the ledger knows people; a file in the reporter's key folder."""

    def __init__(self, folder: Path) -> None:
        path = folder / "reporter-ledger.key"
        with keyfiles.locked(folder):
            if not path.exists():
                keyfiles.write_private(path, secrets.token_bytes(_SECRET_BYTES))
            self._secret = keyfiles.read_private(path)

    def mark(self, contributor: str) -> str:
        """Return the keyed hash of a contributor; the same one has the same hash."""
        return hmac.digest(self._secret, b"sv1|ledger|" + contributor.encode(), hashlib.sha256).hex()


async def keep_printed(transaction: AsyncConnection, release: str, printed: Sequence[Printed]) -> None:
    """Keep what a release printed, with the hashes of its people apart."""
    for each in printed:
        await transaction.execute(
            store.ledger.insert().values(
                release=release,
                population=each.population,
                period=each.period or "",
                printed=msgspec.json.encode(msgspec.structs.replace(each, people=())),
            ),
        )
        for first in range(0, len(each.people), _AT_ONCE):
            await transaction.execute(
                store.ledger_people.insert(),
                [
                    {"release": release, "population": each.population, "mark": mark}
                    for mark in each.people[first : first + _AT_ONCE]
                ],
            )


async def printed_before(view: AsyncConnection, periods: Sequence[str]) -> tuple[Printed, ...]:
    """Return what was printed of some periods, in the order of periods, releases and populations.

    Raises:
        ContractBroken: a stored entry does not keep its form.
    """
    table, people = store.ledger, store.ledger_people
    query = table.select().where(table.c.period.in_(list(periods)))
    query = query.order_by(table.c.period, table.c.release, table.c.population)
    found = []
    for row in (await view.execute(query)).all():
        own = people.select().where(people.c.release == row.release, people.c.population == row.population)
        marks = tuple(sorted(each.mark for each in (await view.execute(own)).all()))
        try:
            printed = msgspec.json.decode(row.printed, type=Printed)
        except msgspec.DecodeError:
            raise ContractBroken("An entry of the ledger does not keep its form.") from None
        found.append(msgspec.structs.replace(printed, people=marks))
    return tuple(found)


async def forget_people(transaction: AsyncConnection, marks: Sequence[str]) -> None:
    """Remove the hashes of people who were erased: from now on they are among those who left."""
    table = store.ledger_people
    await transaction.execute(table.delete().where(table.c.mark.in_(list(marks))))
