"""Answers begun on the pages: kept after each page, gone when they are sent; and which page comes next."""

from typing import Final

import msgspec
from msgspec import Struct

from services.database.engine import Database
from services.reporter import store
from services.reporter.recommendations.answers import Answer, AnswerKind
from services.reporter.recommendations.life import Life
from services.reporter.recommendations.reasons import answer_reasons

#: The pages of an answer in their order; some are left out, see ``Draft.pages``.
PAGES: Final = ("answer", "because", "whose", "lead", "due", "words")


class Draft(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer begun.

    Attributes:
        answer, because, passed_to, lead, due, words: as far as they were asked; "" where nothing was given.
        done: the pages that were filled in.
        at: the revision of the recommendation that was looked at when it was begun.
    """

    answer: AnswerKind | None = None
    because: str = ""
    passed_to: str = ""
    lead: str = ""
    due: str = ""
    words: str = ""
    done: tuple[str, ...] = ()
    at: int = 0

    @property
    def pages(self) -> tuple[str, ...]:
        """The pages that this answer needs, in their order."""
        left_out: set[str] = set()
        if self.answer not in ("partly", "declined"):
            left_out |= {"because", "whose"}
        if self.answer == "declined":
            left_out |= {"lead", "due"}
        reasons = answer_reasons()
        if self.because not in reasons.id_set or not reasons.get(self.because).needs_sector:
            left_out.add("whose")
        return tuple(page for page in PAGES if page not in left_out)

    @property
    def next_page(self) -> str:
        """The first page that is not filled in, or ``check``."""
        return next((page for page in self.pages if page not in self.done), "check")

    def as_answer(self) -> Answer:
        """Return the answer as it would be sent; only when it is whole."""
        pages = self.pages
        return Answer(
            answer=self.answer or "accepted",
            because=self.because if "because" in pages else None,
            passed_to=self.passed_to if "whose" in pages else None,
            lead=self.lead if "lead" in pages else None,
            due=(self.due or None) if "due" in pages else None,
        )


def draft_of(life: Life) -> Draft:
    """Return a draft that begins with the answer that stands, or an empty one."""
    if life.answer is None:
        return Draft(at=life.revision)
    standing = life.answer
    return Draft(
        answer=standing.answer,
        because=standing.because or "",
        passed_to=standing.passed_to or "",
        lead=standing.lead or "",
        due=standing.due or "",
        at=life.revision,
    )


class Drafts:
    """The drafts of all accounts: one for each account and recommendation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, account: str, recommendation: str) -> Draft | None:
        """Return a draft, or None."""
        table = store.drafts.c
        query = store.drafts.select().where(table.account == account, table.recommendation == recommendation)
        async with self._database.read() as view:
            row = (await view.execute(query)).one_or_none()
        return None if row is None else msgspec.json.decode(row.draft, type=Draft)

    async def save(self, account: str, recommendation: str, draft: Draft) -> None:
        """Keep a draft in the place of the one before."""
        table = store.drafts
        async with self._database.begin() as transaction:
            await transaction.execute(
                table.delete().where(table.c.account == account, table.c.recommendation == recommendation)
            )
            await transaction.execute(
                table.insert().values(account=account, recommendation=recommendation, draft=msgspec.json.encode(draft)),
            )

    async def discard(self, account: str, recommendation: str) -> None:
        """Let a draft go; one that is not there is well."""
        table = store.drafts
        async with self._database.begin() as transaction:
            await transaction.execute(
                table.delete().where(table.c.account == account, table.c.recommendation == recommendation)
            )
