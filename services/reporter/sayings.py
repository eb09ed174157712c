"""What groups found and recommend in one release: its statements by id and hash, joined to their words of today.

The body names the statements and what they belong to; the words come beside it, so that they can be withdrawn. Words
that are gone, or are no longer those that were cited, are not shown; the page says that something stood there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.database.engine import Database
from services.reporter import store
from services.reporter.citing import GROUPS_OWN, beside_figures
from services.reporter.release import ReleaseBody, StatementRef

FINDING: Final = "finding"
RECOMMENDATION: Final = "recommendation"
_SOURCES: Final = {
    FINDING: "Found by groups over several sessions",
    RECOMMENDATION: "Recommended by a group",
    "paraphrase": "Several people, in other words",
    "quotation": "In one person’s own words",
}
_ORDER: Final = (RECOMMENDATION, FINDING, "paraphrase", "quotation")


@dataclass(frozen=True, slots=True)
class Saying:
    """One statement of a release with its words: its id, what it is, and its source as it may be shown."""

    statement: str
    kind: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Sayings:
    """Statements that belong together: recommendations first, then findings; and how many are no longer shown."""

    shown: tuple[Saying, ...] = ()
    withdrawn: int = 0

    def __len__(self) -> int:
        return len(self.shown) + self.withdrawn

    @property
    def counted(self) -> str:
        """How many of each kind, as a line of a list says it, or an empty text."""
        told = []
        for kind in (RECOMMENDATION, FINDING):
            number = sum(saying.kind == kind for saying in self.shown)
            if number:
                told.append(f"{number} {kind}{'s' if number > 1 else ''}")
        return " and ".join(told)


async def read_words(database: Database, body: ReleaseBody) -> dict[str, str]:
    """Return the words of a body's statements by id: those that stand, and are the very ones that it cites."""
    table = store.statements
    cited = {statement.id: statement.sha256 for statement in body.statements}
    if not cited:
        return {}
    query = table.select().where(table.c.statement.in_(sorted(cited)), table.c.state == "approved")
    async with database.read() as view:
        found = (await view.execute(query)).all()
    return {row.statement: row.words for row in found if row.words and row.words_hash == cited[row.statement]}


def sayings_of(refs: Iterable[StatementRef], words: Mapping[str, str]) -> Sayings:
    """Return statements with their words, in the order of kinds and then of ids."""
    ordered = sorted(refs, key=lambda ref: (_ORDER.index(ref.kind), ref.id))
    shown = tuple(Saying(ref.id, ref.kind, words[ref.id], source_of(ref)) for ref in ordered if ref.id in words)
    return Sayings(shown, len(ordered) - len(shown))


def source_of(ref: StatementRef) -> str:
    """Return whose a statement is, as it may be shown: never which group.

    Those present at the sessions of a finding may be the same people, hence attendances.
    """
    if ref.present_at_least is None:
        return _SOURCES[ref.kind]
    counted = "attendances" if ref.kind == FINDING else "present"
    return f"{_SOURCES[ref.kind]}: at least {ref.present_at_least} {counted}"


def on_nodes(body: ReleaseBody, framework_id: str, ids: Iterable[str]) -> tuple[StatementRef, ...]:
    """Return the statements that name one of these nodes or rows of a framework.

    A paraphrase or quotation is among them only by a node whose figure the body shows.
    """
    wanted = {f"{framework_id}:{each}" for each in ids}
    standing = (beside_figures(ref, body) for ref in body.statements)
    return tuple(ref for ref in standing if ref is not None and wanted.intersection(ref.nodes))


def on_sector(body: ReleaseBody, sector: str) -> tuple[StatementRef, ...]:
    """Return what groups found of a service or ask of it; single people's words stand beside subjects alone."""
    return tuple(ref for ref in body.statements if ref.kind in GROUPS_OWN and sector in ref.sectors)
