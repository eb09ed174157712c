"""What the board, the calendar and the groups do: assign, pass on, ask for more, open, and say whether it changed."""

import asyncio
from typing import Final

from services.errors import Finding, InputRefused, LogUnavailable, StepRefused, StoreUnavailable
from services.reporter import store
from services.reporter.recommendations.births import NO_AREA, Births
from services.reporter.recommendations.keeping import NAME, Keeping, life_of, lives_where, unknown_recommendation
from services.reporter.recommendations.life import Life, Verdict
from services.reporter.recommendations.organisations import require_organisation
from services.reporter.recommendations.plain_text import LONGEST_COMMISSION, read_text
from services.reporter.recommendations.texts import Texts
from services.reporter.recommendations.working_days import answer_by
from services.runner.supervision import every
from services.telemetry.logs import logger
from services.vocabulary.recommendation_areas import recommendation_areas

_OPEN_EVERY: Final = 5.0


class Board:
    """What is done by those who asked: the board, a group, and the day itself."""

    def __init__(self, keeping: Keeping, births: Births, texts: Texts) -> None:
        self._keeping = keeping
        self._births = births
        self._texts = texts

    async def assign(self, recommendation: str, organisation: str, *, area: str | None = None) -> Life:
        """Ask an organisation where nobody is asked yet, another than before, or pass on what is another body's.

        Args:
            recommendation: that is assigned.
            organisation: that is asked; its days of sight begin now.
            area: one of the five areas, where the group named none.

        Raises:
            InputRefused: the recommendation, the organisation or the area is not known.
            StepRefused: it is answered already.
        """
        async with self._keeping.database.begin() as transaction:
            life = await life_of(transaction, recommendation)
            await require_organisation(transaction, organisation)
            chosen = area if life.area == NO_AREA else life.area
            if chosen not in recommendation_areas().id_set:
                raise InputRefused([Finding("area", "is not one of the five", "Choose the area that it belongs to.")])
            life = await self._births.assign(transaction, life, organisation, area=chosen)
        await self._keeping.outbox.flush()
        return life

    async def commission(self, words: str, *, area: str, organisation: str, by: str) -> str:
        """Ask for something in the board's own name; it begins when an approver has read it. Return the text's id.

        Raises:
            InputRefused: no words or too many, or an area or organisation that is not known.
        """
        plain = read_text("words", words, LONGEST_COMMISSION, lines=True)
        if plain is None:
            raise InputRefused([Finding("words", "is missing", "Say in up to three sentences what should change.")])
        if area not in recommendation_areas().id_set:
            raise InputRefused([Finding("area", "is not one of the five", "Choose the area that it belongs to.")])
        async with self._keeping.database.begin() as transaction:
            await require_organisation(transaction, organisation)
            return await self._texts.put(
                transaction,
                kind="commission",
                words=plain,
                written_by=by,
                organisation=organisation,
                area=area,
            )

    async def judge(self, recommendation: str, changed: Verdict, *, group: str | None, at: int | None = None) -> Life:
        """Take the word of those who asked on whether it changed: yes and partly close it, no asks again.

        Args:
            recommendation: that a service called done.
            changed: yes, partly or no.
            group: the group that answers as one; None: the board, for what it asked for itself.
            at: the revision that was looked at.

        Raises:
            InputRefused: not known, or another group's.
            StepRefused: it is not done, or somebody else was quicker.
        """
        async with self._keeping.database.begin() as transaction:
            life = await life_of(transaction, recommendation)
            if (life.made_by == "board") != (group is None) or life.group != group:
                raise unknown_recommendation()
            if at is not None and life.revision != at:
                raise StepRefused(
                    "recommendation", "has changed since you opened it", "Open it again and look at where it stands."
                )
            again = answer_by(self._keeping.today).isoformat() if changed == "no" else None
            life = await self._keeping.take(transaction, life, "judged", changed=changed, answer_by=again)
        await self._keeping.outbox.flush()
        return life

    async def open_due(self) -> int:
        """Let the public see every recommendation whose days of sight are over; return how many."""
        today = self._keeping.today.isoformat()
        column = store.recommendations.c
        due = (column.published_on.is_(None), column.public_from <= today)
        async with self._keeping.database.read() as view:
            if not await lives_where(view, *due):
                return 0
        opened = 0
        async with self._keeping.database.begin() as transaction:
            for life in await lives_where(transaction, *due):
                if life.is_in_sight and life.day <= today:
                    await self._keeping.take(transaction, life, "published")
                    opened += 1
        await self._keeping.outbox.flush()
        return opened

    async def run(self, stop: asyncio.Event) -> None:
        """Open what is due, on a clock, until ``stop``."""
        line = logger(NAME)
        while True:
            try:
                await self.open_due()
            except (LogUnavailable, StoreUnavailable) as trouble:
                line.warning("opening recommendations waits", error=trouble)
            if not await every(_OPEN_EVERY, stop):
                return
