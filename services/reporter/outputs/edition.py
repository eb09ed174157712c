"""One edition of a release: its body and the page made of it, and that page as one row of passages.

Every file for readers (paper, spreadsheet, print) is written from the passages, so that what is added to the page is
in all of them.
"""

from dataclasses import dataclass, replace

from services.reporter.release import ReleaseBody
from services.web.charts import Chart
from services.web.contexts import ApprovedSentence, Report, Table

EXPLAINED = "[c] stands for a number that is withheld, so that nobody can be picked out."


@dataclass(frozen=True, slots=True)
class Edition:
    """What files are written from.

    Attributes:
        body: the figures, and the sentences by id and hash.
        report: the page of it, with the sentences' words as they stand now; retracted words make another edition.
        published_on: the day, as ``YYYY-MM-DD``; it stands in the files as the day on which they were made.
    """

    body: ReleaseBody
    report: Report
    published_on: str

    @property
    def page(self) -> Report:
        """The page without its files and ways on: what every file holds, and by which editions are told apart."""
        return replace(self.report, downloads=(), ways=())


@dataclass(frozen=True, slots=True)
class Passage:
    """One part of the page under its own heading.

    Attributes:
        name: unique among the passages, of letters, digits and hyphens.
        heading: the heading.
        paragraphs: plain text, before everything else.
        points: a list, one a line.
        chart, table: the same numbers twice; either may be None.
        sentences: approved words.
    """

    name: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    chart: Chart | None = None
    table: Table | None = None
    sentences: tuple[ApprovedSentence, ...] = ()

    @property
    def explained(self) -> str:
        """What stands above a table in which ``[c]`` is shown, else an empty text."""
        return EXPLAINED if self.table is not None and self.table.has_hidden else ""


def passages_of(report: Report) -> tuple[Passage, ...]:
    """Return the whole page in its order; parts that are empty are left out."""
    found = (
        Passage("in-short", "In short", points=report.summary),
        Passage("changes", "What has changed since the report before", points=report.changes),
        *(
            Passage(
                section.name,
                section.finding,
                paragraphs=section.paragraphs,
                chart=section.chart,
                table=section.table,
                sentences=section.sentences,
            )
            for section in report.sections
        ),
        Passage("not-heard", "Who we did not hear from", points=report.not_heard),
        Passage("withheld", "What is withheld, and why", paragraphs=report.withheld),
        Passage("made", "How this report was made", points=report.made),
        Passage("cite", "How to cite it", paragraphs=_cited(report)),
    )
    sections = {section.name for section in report.sections}
    return tuple(
        each
        for each in found
        if each.name in sections or each.paragraphs or each.points or each.table is not None or each.sentences
    )


def published_line(report: Report) -> str:
    """Return where, when and in which version a release was published."""
    version = f", version {report.version}" if report.version > 1 else ""
    return f"{report.area}. Published {report.released}{version}."


def _cited(report: Report) -> tuple[str, ...]:
    return (f"To cite exactly this version: {report.citation}",) if report.citation else ()
