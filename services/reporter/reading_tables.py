"""The sections of a report that hold figures: each a finding in a sentence, a chart, and the table of the same numbers.

Rows and columns without any figure are left out and named beside the table, so that nobody scrolls through rows of
``[c]``; a part without any figure at all is one sentence. The files hold every cell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.reporter.comparing import Figures, figures_of
from services.reporter.composing import table_of
from services.reporter.periods import is_year, period_in_words
from services.reporter.release import ANSWERS, ORGANISATIONS, PEOPLE, ReleaseBody, ReleaseTable
from services.reporter.tables import node_dimension
from services.reporter.titles import (
    and_joined,
    dimension_title,
    question_title,
    root_title,
    value_title,
)
from services.vocabulary.characteristics import characteristics
from services.vocabulary.frameworks import Framework, framework
from services.web.charts import Bar, Chart, draw_bars
from services.web.contexts import ApprovedSentence, Section, Table, TableRow

_MOST_NAMED: Final = 3

Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A section that shows figures, or what it would have shown: ``section`` is None where there is no figure."""

    what: str
    section: Section | None


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands around a table: id and finding of its section, what it would show, plain text and caption."""

    name: str
    finding: str
    what: str
    paragraphs: tuple[str, ...]
    caption: str = ""


class BodyReader:
    """Makes the sections of one body."""

    def __init__(self, body: ReleaseBody) -> None:
        self._body = body
        self._known = {dimension.name: dimension for dimension in body.dimensions}
        self._figures: dict[str, Figures] = {}

    def figure(self, counts: str, *pairs: tuple[str, str]) -> int | None:
        """Return a published figure, by the values of its dimensions without roots."""
        if counts not in self._figures:
            self._figures[counts] = figures_of(self._body, counts)
        return self._figures[counts].get(tuple(sorted(pairs)))

    def values(self, dimension: str) -> tuple[str, ...]:
        """Return the values of a flat dimension, or the top nodes of a framework, in their order, without the root."""
        found = self._known.get(dimension)
        return () if found is None else found.children.get(found.root, ())

    def most_raised(self, catalogue: Framework) -> list[str]:
        """Return the titles of the subjects with the highest published figures; ties in the framework's order."""
        name = node_dimension(catalogue.id)
        leaves = [node for node in catalogue.ordered if not catalogue.children(node)]
        shown = [(value, node) for node in leaves if (value := self.figure(PEOPLE, (name, node))) is not None]
        return [catalogue.node(node).title for _, node in sorted(shown, key=lambda pair: -pair[0])[:_MOST_NAMED]]

    def people(self) -> Shown:
        """Return who was heard, by role."""
        table = table_of(self._body, "people")
        rows = [(root_title("role"), ())] + [
            (value_title("role", role), (("role", role),)) for role in self.values("role")
        ]
        once = "in a year" if is_year(self._body.period) else "in a quarter"
        return self._one_column(
            table,
            _Frame(
                "people",
                "Who was heard",
                "who was heard",
                (f"Each person counts once {once}, however often she spoke.",),
            ),
            ("Role", "People"),
            rows,
        )

    def themes(self, catalogue: Framework, sentences: tuple[ApprovedSentence, ...]) -> Shown:
        """Return what people raised of one framework, by role, with the sentences that stand beside its figures."""
        name = node_dimension(catalogue.id)
        table = table_of(self._body, f"nodes:{catalogue.id}")
        top = self.most_raised(catalogue)
        order = [node for node in catalogue.ordered if node in self._listed(table, name)]
        rows = [(value_title(name, node), ((name, node),)) for node in order]
        chart = [
            (value_title(name, node), self.figure(PEOPLE, (name, node)))
            for node in ([node for node in order if catalogue.node(node).parent is not None] or order)
        ]
        return self._crossed(
            table,
            _Frame(
                _id("themes", catalogue.id),
                f"Raised most: {top[0]}" if top else "What people raised",
                f"what people raised, by “{catalogue.short_title}”",
                (f"By the priorities of “{catalogue.title}”, in its own order. One person may speak of several.",),
                f"People who raised each subject, by role{self._of(catalogue)}",
            ),
            ("Subject", rows),
            ("role", self.values("role")),
            chart=chart,
            sentences=sentences,
        )

    def across(self, catalogue: Framework, prefix: str, dimension: str) -> Shown:
        """Return the top priorities of a framework by another dimension, whose values are the rows."""
        name = node_dimension(catalogue.id)
        table = table_of(self._body, f"{prefix}:{catalogue.id}")
        spoken = _SPOKEN.get(dimension, dimension_title(dimension).lower())
        return self._crossed(
            table,
            _Frame(
                _id(prefix, catalogue.id),
                f"Priorities by {spoken}{self._of(catalogue)}",
                f"priorities by {spoken}, of “{catalogue.short_title}”",
                _EXPLAINED.get(dimension, ("From answers that people chose to give with what they said.",)),
                f"People, by {spoken} and priority{self._of(catalogue)}",
            ),
            (
                dimension_title(dimension),
                [(value_title(dimension, each), ((dimension, each),)) for each in self.values(dimension)],
            ),
            (name, self.values(name)),
        )

    def _of(self, catalogue: Framework) -> str:
        """Return which strategy is meant, where a release has several; else headings would be the same twice."""
        return f" ({catalogue.short_title})" if len(self._body.frameworks) > 1 else ""

    def pair(self, one: str, other: str) -> Shown:
        """Return people by two characteristics."""
        table = table_of(self._body, f"{one}:{other}")
        spoken = f"{dimension_title(one).lower()} and {dimension_title(other).lower()}"
        return self._crossed(
            table,
            _Frame(
                _id(one, other),
                f"People by {spoken}",
                f"people by {spoken}",
                ("From answers that people chose to give with what they said.",),
                f"People, by {spoken}",
            ),
            (dimension_title(other), [(value_title(other, each), ((other, each),)) for each in self.values(other)]),
            (one, self.values(one)),
        )

    def services(self) -> Shown:
        """Return which services were spoken of, by role."""
        rows = [(value_title("sector", each), (("sector", each),)) for each in self.values("sector")]
        return self._crossed(
            table_of(self._body, "sectors"),
            _Frame(
                "services",
                "Which services were spoken of",
                "which services were spoken of",
                ("Praise, concern and suggestions alike.",),
                "People who spoke of each service",
            ),
            ("Service", rows),
            ("role", self.values("role")),
            chart=[(label, self.figure(PEOPLE, *key)) for label, key in rows],
        )

    def answers(self, table: ReleaseTable) -> Shown:
        """Return how many gave each answer to a question by a show of hands."""
        (name,) = table.dimensions
        question = question_title(name)
        rows = [(root_title(name), ())] + [(value_title(name, each), ((name, each),)) for each in self.values(name)]
        return self._one_column(
            table,
            _Frame(
                table.id.replace(":", "-").replace("_", "-"),
                f"Asked for a show of hands: {question}",
                f"answers to “{question}”",
                ("One session of each group counts, so that nobody is counted twice.",),
            ),
            ("Answer", "Answers"),
            rows,
        )

    def organisations(self, catalogue: Framework) -> Shown:
        """Return what organisations raised of one framework."""
        name = node_dimension(catalogue.id)
        table = table_of(self._body, f"{ORGANISATIONS}:{catalogue.id}")
        rows = [(value_title(name, node), ((name, node),)) for node in self._listed(table, name)]
        return self._one_column(
            table,
            _Frame(
                _id("organisations", catalogue.id),
                f"What organisations raised{self._of(catalogue)}",
                f"what organisations raised, by “{catalogue.short_title}”",
                ("Organisations are counted as organisations, never as people.",),
            ),
            ("Subject", "Organisations"),
            rows,
        )

    def trend(self) -> Section | None:
        """Return how published figures moved, or None where there is nothing to compare."""
        if not self._body.trend:
            return None
        periods = self._body.trend[0].periods
        rows = tuple(TableRow(self.label(each.dims), each.values) for each in self._body.trend)
        return Section(
            "trend",
            "How figures have moved",
            ("From published figures alone, each rounded by itself: a step of 5 may be rounding.",),
            None,
            Table("People, by period", ("Figure", *(period_in_words(each).capitalize() for each in periods)), rows),
        )

    def label(self, dims: dict[str, str]) -> str:
        """Return what a figure of people is of, in words."""
        return ", ".join(value_title(name, value) for name, value in sorted(dims.items())) or "Everyone"

    def all_sections(self, sentences: dict[str, tuple[ApprovedSentence, ...]]) -> Iterable[Shown]:
        """Yield every section with figures, in the order of the page."""
        catalogues = [framework(name) for name in self._body.frameworks]
        yield self.people()
        yield from (self.themes(each, sentences.get(each.id, ())) for each in catalogues)
        yield from (self.across(each, "areas", "area") for each in catalogues)
        yield self.services()
        yield from (self.across(each, "services", "sector") for each in catalogues)
        known = characteristics()
        yield from (self.across(each, name, name) for name in known.ids for each in catalogues)
        pairs = (table.id.partition(":") for table in self._body.tables)
        yield from (self.pair(one, other) for one, _, other in pairs if {one, other} <= known.id_set)
        yield from (self.answers(table) for table in self._body.tables if table.counts.startswith(f"{ANSWERS}:"))
        yield from (self.organisations(each) for each in catalogues)

    def _listed(self, table: ReleaseTable | None, name: str) -> tuple[str, ...]:
        if table is None:
            return ()
        return tuple(dict.fromkeys(cell.dims[name] for cell in table.cells if name in cell.dims))

    def _one_column(
        self,
        table: ReleaseTable | None,
        frame: _Frame,
        columns: tuple[str, str],
        rows: Sequence[tuple[str, Key]],
    ) -> Shown:
        if table is None:
            return Shown("", None)
        figures = [(label, self.figure(table.counts, *key)) for label, key in rows]
        kept = [(label, value) for label, value in figures if value is not None]
        if not kept:
            return Shown(frame.what, None)
        left_out = tuple(label for label, value in figures if value is None)
        shown = Table(
            f"{frame.finding}: {columns[1].lower()}",
            columns,
            tuple(TableRow(label, (value,)) for label, value in kept),
            (table.id,),
            left_out,
        )
        chart = _chart(f"{frame.name}-chart", shown.caption, kept)
        return Shown(frame.what, Section(frame.name, frame.finding, frame.paragraphs, chart, shown))

    def _crossed(
        self,
        table: ReleaseTable | None,
        frame: _Frame,
        down: tuple[str, Sequence[tuple[str, Key]]],
        over: tuple[str, tuple[str, ...]],
        *,
        chart: Sequence[tuple[str, int | None]] = (),
        sentences: tuple[ApprovedSentence, ...] = (),
    ) -> Shown:
        """Return a table of two dimensions: the whole of the second one first, then its values that show a figure."""
        if table is None:
            return Shown("", None)
        name, columns = over
        heading, rows = down
        keys = [(), *(((name, value),) for value in columns)]
        titles = [root_title(name), *(value_title(name, value) for value in columns)]
        figures = [(label, [self.figure(table.counts, *key, *column) for column in keys]) for label, key in rows]
        kept = [(label, line) for label, line in figures if any(value is not None for value in line)]
        if not kept:
            return Shown(frame.what, None)
        used = [place for place in range(len(keys)) if any(line[place] is not None for _, line in kept)]
        gone = [titles[place] for place in range(len(keys)) if place not in used]
        more = (f"Too few to show, in any row: {and_joined(gone)}.",) if gone else ()
        shown = Table(
            frame.caption,
            (heading, *(titles[place] for place in used)),
            tuple(TableRow(label, tuple(line[place] for place in used)) for label, line in kept),
            (table.id,),
            tuple(label for label, line in figures if all(value is None for value in line)),
        )
        bars = [(label, value) for label, value in chart if value is not None]
        drawn = _chart(f"{frame.name}-chart", frame.caption, bars)
        section = Section(frame.name, frame.finding, (*frame.paragraphs, *more), drawn, shown, sentences)
        return Shown(frame.what, section)


_SPOKEN: Final = {"area": "area spoken of", "sector": "service spoken of"}
_EXPLAINED: Final = {
    "area": ("The area is the one whose services were spoken of, never where anyone lives.",),
    "sector": ("Who spoke of a service and raised a priority, not what was said of the service.",),
}


def _id(*parts: str) -> str:
    return "-".join(parts).replace("_", "-")


def _chart(name: str, title: str, rows: Sequence[tuple[str, int]]) -> Chart | None:
    """Return a chart of the figures that are shown; equal bars would say nothing."""
    bars = [Bar(label, value) for label, value in rows]
    return draw_bars(name, title, bars) if len({bar.value for bar in bars}) > 1 else None
