"""What each template takes, as plain structures; a page is ``render(request, template, page=<one of these>)``.

========================  ======================  ====================================================
template                  ``page``                shows
========================  ======================  ====================================================
``reports.html.j2``       ``ReportList``          every published report, or what will come
``report.html.j2``        ``Report``              one release
``you_said_we_did.html.j2``  ``AnswerList``       recommendations and their answers, or what will come
``receipt.html.j2``       ``ReceiptForm``         the form for the five words
``choices.html.j2``       ``Choices``             the uses behind a receipt, and the withdraw form
``withdrawn.html.j2``     ``Withdrawal``          each service and the day it erased
========================  ======================  ====================================================

Every text is escaped when it is shown. No field is None where an empty text says the same.
"""

from dataclasses import dataclass

from services.web.charts import Chart


@dataclass(frozen=True, slots=True)
class FormError:
    """One thing to mend in a form.

    Attributes:
        field: the id of the input it belongs to; the error summary links there.
        text: what to do, the same beside the field and in the summary. Never what was typed.
    """

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class HelpLine:
    """A help line: who answers, the number as people say it, when, and for whom."""

    name: str
    number: str
    hours: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """A way on from the front page: a link, where it leads, and one sentence about it."""

    title: str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: its heading, and counts (None is shown as ``[c]``) or ready text."""

    heading: str
    cells: tuple[int | str | None, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of numbers; ``columns`` names every column, the first is that of the row headings.

    ``sources`` are the ids of the release's tables that it shows a part of, none where its numbers stand in no table of
    the release; files that hold the whole of those tables leave this part out. ``left_out`` names the rows in which no
    figure can be shown.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    sources: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def has_hidden(self) -> bool:
        """Say whether any cell is withheld; then the page explains ``[c]`` above the table."""
        return any(cell is None for row in self.rows for cell in row.cells)


@dataclass(frozen=True, slots=True)
class ApprovedSentence:
    """A sentence that two people approved, and its source as it may be shown ("a survivor forum")."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Section:
    """One finding.

    Attributes:
        name: unique in the report; the link to the section (letters, digits and hyphens).
        finding: the finding as a sentence, the section's heading.
        paragraphs: plain-language text.
        chart, table: the same numbers twice; either may be None.
        sentences: approved words that belong here.
    """

    name: str
    finding: str
    paragraphs: tuple[str, ...] = ()
    chart: Chart | None = None
    table: Table | None = None
    sentences: tuple[ApprovedSentence, ...] = ()

    @property
    def has_hidden(self) -> bool:
        """Say whether ``[c]`` stands in its chart or table, and has to be explained above them."""
        return (self.table is not None and self.table.has_hidden) or (self.chart is not None and self.chart.has_hidden)


@dataclass(frozen=True, slots=True)
class Download:
    """A file of the same release: link text ("Spreadsheet"), address, format ("XLSX") and size ("24 KB").

    ``size`` is "" while the file has not been made. ``missing`` says what this machine lacks to make it, or "".
    """

    title: str
    path: str
    format: str
    size: str
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One release.

    Attributes:
        heading: what it covers ("What was said, April to June 2026"); the page's title stays "Report".
        area: where ("Camden").
        released: the day it was published, as people write it.
        version: 1 for the first release of its period.
        summary: plain-language sentences, one a line.
        sections: the findings, in order.
        withheld: what is withheld and why, one paragraph each.
        not_heard: who was not heard from, one line each.
        changes: what changed since the report before, and what was withdrawn, one line each.
        made: how it was made and what it rests on, one line each.
        downloads: the same release as files.
        ways: other ways of reading the same release.
        citation: the hash of the release's body, its name for ever.
        back: address of the list of reports.
    """

    heading: str
    area: str
    released: str
    version: int
    summary: tuple[str, ...]
    sections: tuple[Section, ...]
    withheld: tuple[str, ...] = ()
    not_heard: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    ways: tuple[Door, ...] = ()
    citation: str = ""
    back: str = "/reports"

    @property
    def has_hidden(self) -> bool:
        """Say whether ``[c]`` stands anywhere, and has to be explained before the first."""
        return any(section.has_hidden for section in self.sections)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One published report in the list."""

    heading: str
    path: str
    area: str
    released: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class ReportList:
    """The published reports, newest first; ``next_expected`` says when the next comes ("in October 2026")."""

    reports: tuple[ReportLine, ...]
    next_expected: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A recommendation and what became of it.

    Attributes:
        said: the recommendation in its approved words.
        said_by: "A survivor forum", or the board.
        service: the responding service, as people call it.
        state: "Accepted", "Accepted in part", "Declined", "Waiting for an answer", "Done"...
        reason: why, in the service's words, or "".
        lead: the role that leads on it, or "".
        due: the date promised, or "" (shown as "No date set").
        overdue: the date has passed.
        verdict: the group's answer to "did it change?", or "".
        path: of its page with its history, or "".
        undated: it waits for an answer or was declined, so that no date is to be expected.
    """

    said: str
    said_by: str
    service: str
    state: str
    reason: str = ""
    lead: str = ""
    due: str = ""
    overdue: bool = False
    verdict: str = ""
    path: str = ""
    undated: bool = False


@dataclass(frozen=True, slots=True)
class AnswerList:
    """Recommendations with their answers; ``next_expected`` says when the first or next are due.

    ``more`` is the address of the next page, or "".
    """

    answers: tuple[Answer, ...]
    next_expected: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptForm:
    """The form that asks for the five words; it posts ``words`` to ``action``. What was typed is never shown again."""

    action: str = "/receipt"
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """One use she may allow: its id (``count``), what it means in plain words, and whether it is allowed now."""

    id: str
    text: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What stands behind a receipt; never a session, date, place, theme or text.

    Attributes:
        handle: an opaque value that the service made for this page, accepts for minutes and once; never the words.
            Both forms post it as ``handle``.
        uses: the uses, in their order.
        came_of_it: what the round led to, one line each; may be empty.
        change_action: where the changed uses are posted (``use`` once for each allowed), or "" to offer no change.
        withdraw_action: where the withdrawal is posted (with ``sure`` = ``yes``).
        changed: the uses were changed just now; a banner says so.
        errors: of the withdraw form (field ``sure``).
    """

    handle: str
    uses: tuple[Use, ...]
    came_of_it: tuple[str, ...] = ()
    change_action: str = "/receipt/uses"
    withdraw_action: str = "/receipt/withdraw"
    changed: bool = False
    errors: tuple[FormError, ...] = ()


@dataclass(frozen=True, slots=True)
class Erasure:
    """One service's part of a withdrawal: its name in plain words, and the day it erased ("" while it has not)."""

    service: str
    day: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A withdrawal and how far it has come, service by service."""

    erasures: tuple[Erasure, ...]

    @property
    def is_complete(self) -> bool:
        """Say whether every service has erased."""
        return all(erasure.day for erasure in self.erasures)
