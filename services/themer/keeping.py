"""Keeping words: one random data key a contributor, wrapped by a key-encryption key that every erasure run replaces."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.database.engine import Database
from services.errors import DestroyedDataKey, UnknownKey
from services.sealing.datakeys import DataKey, KeyEncryptionKeys
from services.themer import store


class DataKeys:
    """The data keys of the themer's contributors."""

    def __init__(self, keys: KeyEncryptionKeys, database: Database) -> None:
        self._keys = keys
        self._database = database

    async def for_writing(self, transaction: AsyncConnection, contributors: Collection[str]) -> dict[str, DataKey]:
        """Return the key of every contributor, making those that are missing; nobody who refused may be among them.

        Raises:
            DestroyedDataKey: a key among them was destroyed.
        """
        wanted = sorted(set(contributors))
        await self._refuse_destroyed(transaction, wanted)
        # Asked for inside the transaction: an erasure run replaces the generation inside one too.
        generation = self._keys.newest()
        found = {
            row.contributor: self._keys.unwrap(row.contributor, row.wrapped, row.generation)
            for row in await self._rows(transaction, wanted)
        }
        missing = [contributor for contributor in wanted if contributor not in found]
        for contributor in missing:
            found[contributor] = DataKey.generate()
        if missing:
            await transaction.execute(
                store.data_keys.insert(),
                [
                    {
                        "contributor": contributor,
                        "generation": generation,
                        "wrapped": self._keys.wrap(contributor, found[contributor], generation),
                    }
                    for contributor in missing
                ],
            )
        return found

    async def for_reading(self, transaction: AsyncConnection, contributor: str) -> DataKey:
        """Return one contributor's key.

        Raises:
            DestroyedDataKey: it was destroyed: what it sealed reads as erased.
            UnknownKey: it was never here.
        """
        await self._refuse_destroyed(transaction, [contributor])
        rows = await self._rows(transaction, [contributor])
        if not rows:
            raise UnknownKey("A contributor's data key is not in the database.")
        return self._keys.unwrap(contributor, rows[0].wrapped, rows[0].generation)

    async def destroy(self, transaction: AsyncConnection, contributors: Sequence[str], day: str) -> None:
        """Destroy the keys of some contributors, even of those never seen, leaving dated empty rows."""
        gone = store.destroyed_keys
        await transaction.execute(store.data_keys.delete().where(store.data_keys.c.contributor.in_(contributors)))
        known = set(
            (
                await transaction.execute(sa.select(gone.c.contributor).where(gone.c.contributor.in_(contributors)))
            ).scalars(),
        )
        new = [contributor for contributor in contributors if contributor not in known]
        if new:
            rows = [{"contributor": contributor, "destroyed_on": day} for contributor in new]
            await transaction.execute(gone.insert(), rows)

    async def replace_generation(self) -> None:
        """Make a new key-encryption key, re-wrap every key that is left, and destroy the older generations.

        Safe against a kill anywhere: until the re-wrapped rows are durable the old generation stays on disk.
        """
        table = store.data_keys
        async with self._database.begin() as transaction:
            generation = self._keys.next_generation()
            rows = (await transaction.execute(table.select())).all()
            changes = [
                {
                    "who": row.contributor,
                    "new_generation": generation,
                    "new_wrapped": self._keys.wrap(
                        row.contributor,
                        self._keys.unwrap(row.contributor, row.wrapped, row.generation),
                        generation,
                    ),
                }
                for row in rows
            ]
            if changes:
                await transaction.execute(
                    table.update()
                    .where(table.c.contributor == sa.bindparam("who"))
                    .values(generation=sa.bindparam("new_generation"), wrapped=sa.bindparam("new_wrapped")),
                    changes,
                )
        self._keys.destroy_before(generation)

    async def _rows(self, transaction: AsyncConnection, contributors: Sequence[str]) -> Sequence[sa.Row[Any]]:
        table = store.data_keys
        return (await transaction.execute(table.select().where(table.c.contributor.in_(contributors)))).all()

    async def _refuse_destroyed(self, transaction: AsyncConnection, contributors: Sequence[str]) -> None:
        gone = store.destroyed_keys.c.contributor
        if (await transaction.execute(sa.select(gone).where(gone.in_(contributors)).limit(1))).scalar() is not None:
            raise DestroyedDataKey("A contributor's data key was destroyed: her words read as erased.")
