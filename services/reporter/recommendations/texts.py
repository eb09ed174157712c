"""Free texts of services and of the board: nobody else sees one before an approver has read it."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.errors import NotFound, StepRefused
from services.reporter import store
from services.reporter.recommendations.births import Births, recommendation_id
from services.reporter.recommendations.keeping import Keeping, life_of
from services.reporter.recommendations.organisations import require_organisation

TextKind = Literal["reason", "milestone", "commission"]
_GONE: Final = "The text is not waiting any more: open the list again."


@dataclass(frozen=True, slots=True)
class Text:
    """One text as an approver sees it.

    Attributes:
        text: its id.
        kind: a service's reason or milestone, or what the board asks for.
        recommendation: that it belongs to.
        organisation: whose answer it is, or who is to be asked.
        words: as typed; empty once it was refused or replaced.
        written_by, written_on: who typed it (an account's name, or ``@`` and the organisation for a program), and when.
        state: waiting, approved, refused or replaced.
    """

    text: str
    kind: TextKind
    recommendation: str
    organisation: str | None
    words: str
    written_by: str
    written_on: str
    state: str


class Texts:
    """The texts and their approval."""

    def __init__(self, keeping: Keeping, births: Births) -> None:
        self._keeping = keeping
        self._births = births

    async def put(
        self,
        transaction: AsyncConnection,
        *,
        kind: TextKind,
        words: str,
        written_by: str,
        organisation: str | None,
        recommendation: str = "",
        area: str | None = None,
    ) -> str:
        """Keep a text until an approver has read it; return its id."""
        number = (await transaction.execute(sa.select(sa.func.count()).select_from(store.texts))).scalar_one()
        made = hashlib.sha256(f"text\x1f{recommendation}\x1f{kind}\x1f{number}".encode()).hexdigest()[:32]
        await transaction.execute(
            store.texts.insert().values(
                text=made,
                kind=kind,
                recommendation=recommendation or recommendation_id(made, 0),
                organisation=organisation,
                words=words,
                words_hash=hash_of(words),
                area=area,
                written_by=written_by,
                written_on=self._keeping.today.isoformat(),
                state="waiting",
            ),
        )
        return made

    async def replace_reasons(self, transaction: AsyncConnection, recommendation: str) -> None:
        """Drop the reasons that belong to an answer which does not stand any more."""
        table = store.texts
        own = sa.and_(table.c.recommendation == recommendation, table.c.kind == "reason")
        await transaction.execute(
            table.update().where(own, table.c.state == "waiting").values(state="replaced", words=None),
        )
        await transaction.execute(
            table.update().where(own, table.c.state == "approved").values(state="replaced"),
        )

    async def has_reason(self, view: AsyncConnection, recommendation: str, words: str) -> bool:
        """Say whether the same reason was given with the answer that stands, whatever an approver said of it."""
        table = store.texts.c
        query = sa.select(sa.func.count()).where(
            table.recommendation == recommendation,
            table.kind == "reason",
            table.words_hash == hash_of(words),
            table.state != "replaced",
        )
        return bool((await view.execute(query)).scalar())

    async def waiting(self) -> list[Text]:
        """Return what waits for an approver, oldest first."""
        table = store.texts.c
        return await self._where(table.state == "waiting")

    async def of_recommendation(self, recommendation: str) -> list[Text]:
        """Return the texts of one recommendation, oldest first."""
        return await self._where(store.texts.c.recommendation == recommendation)

    async def find(self, text: str) -> Text:
        """Return one text that waits.

        Raises:
            NotFound: none waits under that id.
        """
        table = store.texts.c
        found = await self._where(table.text == text, table.state == "waiting")
        if not found:
            raise NotFound(_GONE)
        return found[0]

    async def approve(self, text: str, *, by: str) -> None:
        """Let the public see a text; what the board asks for becomes a recommendation.

        Raises:
            NotFound: none waits under that id.
            StepRefused: the reader wrote it, or the recommendation has come to stand elsewhere; it goes on waiting.
        """
        async with self._keeping.database.begin() as transaction:
            row = await _require_waiting(transaction, text)
            _require_two(row.written_by, by)
            if row.kind == "commission":
                await self._commission(transaction, row)
            else:
                life = await life_of(transaction, row.recommendation)
                if row.kind == "reason":
                    await self._keeping.take(
                        transaction, life, "explained", organisation=row.organisation, said=row.words
                    )
                else:
                    await self._keeping.take(
                        transaction, life, "reached", organisation=row.organisation, milestone=row.words
                    )
            await self._settle(transaction, text, "approved", by)
        await self._keeping.outbox.flush()

    async def refuse(self, text: str, *, by: str) -> None:
        """Never show a text; its words are deleted.

        Raises:
            NotFound: none waits under that id.
            StepRefused: the reader wrote it.
        """
        async with self._keeping.database.begin() as transaction:
            row = await _require_waiting(transaction, text)
            _require_two(row.written_by, by)
            await self._settle(transaction, text, "refused", by, words=None)

    async def _commission(self, transaction: AsyncConnection, row: Any) -> None:
        organisation = await require_organisation(transaction, row.organisation)
        await self._births.begin(
            transaction,
            statement=row.text,
            statement_hash=row.words_hash,
            area=row.area,
            made_by="board",
            group=None,
            sectors=organisation.sectors,
            organisation=organisation.organisation,
        )

    async def _settle(self, transaction: AsyncConnection, text: str, state: str, by: str, **more: Any) -> None:
        values = {"state": state, "read_by": by, "read_on": self._keeping.today.isoformat(), **more}
        await transaction.execute(store.texts.update().where(store.texts.c.text == text).values(**values))

    async def _where(self, *conditions: sa.ColumnElement[bool]) -> list[Text]:
        table = store.texts
        query = table.select().where(*conditions).order_by(table.c.written_on, table.c.text)
        async with self._keeping.database.read() as view:
            rows = (await view.execute(query)).all()
        return [
            Text(
                text=row.text,
                kind=row.kind,
                recommendation=row.recommendation,
                organisation=row.organisation,
                words=row.words or "",
                written_by=row.written_by,
                written_on=row.written_on,
                state=row.state,
            )
            for row in rows
        ]


def hash_of(words: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(words.encode()).hexdigest()


async def _require_waiting(view: AsyncConnection, text: str) -> Any:
    table = store.texts
    row = (await view.execute(table.select().where(table.c.text == text, table.c.state == "waiting"))).one_or_none()
    if row is None:
        raise NotFound(_GONE)
    return row


def _require_two(written_by: str, read_by: str) -> None:
    if written_by.casefold() == read_by.strip().casefold():
        raise StepRefused("text", "was written by the same person", "Somebody else has to read it.")
