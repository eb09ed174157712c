"""Statements on a bench: as the anonymiser sends them, worded and approved in few words, and what the log then says."""

import datetime
from collections.abc import Sequence
from typing import Any

from service_bench import Bench, as_record

from services.contracts import encode
from services.eventlog.interface import Record
from services.events import (
    ContributionPseudonymised,
    ContributionThemed,
    DoubtFound,
    MeasureSaid,
    PseudonymisedWords,
    StatementChanged,
    StatementPseudonymised,
)
from services.themer.statements.wording import ChosenNode, Wording

FINDING = "Waiting without any word is taken for being forgotten."
RECOMMENDATION = "Services should say how long the wait will be. The council should pay for it."
NODES = (ChosenNode("mayor_2022_25", "2.1"),)


class StatementBench:
    """A bench with the themer's doors for statements at hand; what is not here is the bench's own."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.statements = bench.themer.statements
        self.shelf = bench.themer.shelf
        self.paraphrases = bench.themer.paraphrases

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bench, name)

    async def arrived(
        self,
        text: str | None = FINDING,
        *,
        statement: str = "statement-1",
        group: str | None = "group-1",
        session: str = "session-1",
        kind: str = "finding",
        area: str | None = None,
        doubts: Sequence[tuple[int, int, str]] = (),
        revision: int = 1,
    ) -> str:
        """Let one statement arrive; return its id."""
        record = await self.pseudonymised_statement(
            text,
            statement=statement,
            group=group,
            session=session,
            kind=kind,
            area="services" if kind == "recommendation" and area is None else area,
            doubts=doubts,
            revision=revision,
        )
        await self.themer.handler.handle([record])
        return statement

    async def pseudonymised_statement(
        self, text: str | None, *, statement: str, doubts: Sequence[tuple[int, int, str]], revision: int, **about: Any
    ) -> Record:
        sealer = await self.keys.sealer("themer", "pseudonymised", self.clock.today(), self.new_id())
        words = None
        if text is not None:
            found = tuple(DoubtFound(start=start, end=end, reason=reason) for start, end, reason in doubts)
            words = sealer.part(statement, encode(PseudonymisedWords(text=text, doubts=found)))
        event = StatementPseudonymised(statement=statement, revision=revision, pseudonymiser="1", words=words, **about)
        return as_record(event, revision, stage="anonymiser")

    async def approved(self, text: str = FINDING, *, by: str = "Ann", panel: str = "Pat", **about: Any) -> str:
        """Let one statement arrive, be worded and agreed by its group."""
        statement = await self.arrived(text, **about)
        await self.statements.word(statement, wording(text, kind=about.get("kind", "finding")), by=by)
        await self.statements.answer_as_panel(statement, "agree", by=panel)
        return statement

    async def told(self) -> list[StatementChanged]:
        """Return what the log says of statements, in the order of their revisions."""
        await self.themer.outbox.flush()
        return sorted(await self.sent(StatementChanged), key=lambda each: (each.statement, each.revision))

    async def line(self, statement: str) -> Any:
        return (await self.shelf.shown(statement)).line

    async def sent_themes(self) -> list[ContributionThemed]:
        """Return the codes that the log has."""
        await self.themer.outbox.flush()
        return await self.sent(ContributionThemed)

    async def pass_themer(self) -> None:
        """Move the themer's cursors behind everything that lies on its topics."""
        await self.pass_everything("themer", ContributionPseudonymised)

    def wait(self, days: int) -> None:
        """Let days go by."""
        self.clock.move_to(self.clock.today() + datetime.timedelta(days=days))

    async def spoken(self, *texts: str, uses: tuple[str, ...] = ("count", "paraphrase")) -> list[str]:
        """Let contributions of as many people arrive; return their ids."""
        made = []
        for number, text in enumerate(texts, start=1):
            contribution = f"contribution-{number}"
            record = await self.pseudonymised(
                text, contribution=contribution, contributor=f"contributor-{number}", uses=uses
            )
            await self.themer.handler.handle([record])
            made.append(contribution)
        return made


def wording(text: str = FINDING, *, kind: str = "finding", **more: Any) -> Wording:
    """Return a wording that keeps every rule of its kind."""
    if kind == "recommendation":
        more.setdefault("area", "services")
    return Wording(words=text, nodes=more.pop("nodes", NODES), **more)


def said_of(framework: str, measure: str, said: str) -> MeasureSaid:
    return MeasureSaid(framework=framework, measure=measure, said=said)
