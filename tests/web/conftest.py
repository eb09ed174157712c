"""Sample pages with invented content: every template, full and empty, with errors and without."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from services.web.charts import Bar, draw_bars
from services.web.contexts import (
    Answer,
    AnswerList,
    ApprovedSentence,
    Choices,
    Download,
    Erasure,
    FormError,
    HelpLine,
    ReceiptForm,
    Report,
    ReportLine,
    ReportList,
    Section,
    Table,
    TableRow,
    Use,
    Withdrawal,
)
from services.web.pages import setup_shell
from services.web.shell import ShellSettings, render

BARS = (
    Bar("Waiting for a safe place to live", 46),
    Bar("Specialist services and support for children and young people", 31),
    Bar("Police", 12),
    Bar("Transport", None),
    Bar("Employer", 0),
)
USES = (
    Use("count", "Count what I raised", allowed=True),
    Use("paraphrase", "Put it in other words, together with what others said", allowed=True),
    Use("quote", "Use my exact words, after I or the panel have seen them on the page", allowed=False),
)
HELP = (
    HelpLine("National Domestic Abuse Helpline", "0808 2000 247", "every day, at any hour", "For women"),
    HelpLine("Galop", "0800 999 5428"),
)


def report() -> Report:
    table = Table(
        "People who raised each subject",
        ("Subject", "People"),
        tuple(TableRow(bar.label, (bar.value,)) for bar in BARS),
    )
    by_role = Table(
        "People by role and subject",
        ("Subject", "Survivors", "Practitioners", "Family or friends"),
        (TableRow("Housing", (1234, 25, None)), TableRow("Police", (12, None, None)), TableRow("Court", (40, 11, 10))),
    )
    return Report(
        heading="What was said, April to June 2026",
        area="Exampleborough",
        released="6 July 2026",
        version=2,
        summary=("Housing was raised by more people than anything else.", "Too few spoke of transport to say more."),
        sections=(
            Section(
                "housing",
                "Most people said that waiting for a safe place to live kept them where they were",
                ("46 of 71 people raised it.",),
                draw_bars("housing-chart", "People who raised each subject", BARS),
                table,
                (ApprovedSentence("We were moved three times before anyone asked about school.", "A survivor forum"),),
            ),
            Section("roles", "Survivors and practitioners differ on the police", (), None, by_role),
        ),
        withheld=("A number below 10 is never shown, nor one from which it could be worked out.",),
        not_heard=("People under 18", "Deaf people"),
        changes=("Two people withdrew. The numbers leave them out.",),
        downloads=(Download("Spreadsheet", "/reports/1.xlsx", "XLSX", "24 KB"),),
        citation="sha256:" + "0123456789abcdef" * 4,
    )


def answers() -> AnswerList:
    return AnswerList(
        (
            Answer(
                "Ask about school before you move a family.",
                "A survivor forum",
                "Housing service",
                "Accepted in part",
                "From January, for families with children under 11.",
                "Head of housing options",
                "January 2027",
                overdue=True,
                verdict="Not yet",
            ),
            Answer("Put the bus times in the refuge.", "The board", "Transport", "Waiting for an answer"),
        ),
        "in October 2026",
    )


SAMPLES: dict[str, tuple[str, Any]] = {
    "/reports": (
        "reports.html.j2",
        ReportList(
            (
                ReportLine("What was said, April to June 2026", "/reports/1", "Exampleborough", "6 July 2026", 2),
                ReportLine("What was said, January to March 2026", "/reports/0", "Exampleborough", "7 April 2026"),
            ),
            "in October 2026",
        ),
    ),
    "/reports-empty": ("reports.html.j2", ReportList((), "in October 2026")),
    "/reports/1": ("report.html.j2", report()),
    "/reports/none-safe": ("report.html.j2", Report("What was said", "Exampleborough", "6 July 2026", 1, (), ())),
    "/you-said-we-did": ("you_said_we_did.html.j2", answers()),
    "/you-said-we-did-empty": ("you_said_we_did.html.j2", AnswerList((), "in October 2026")),
    "/receipt": ("receipt.html.j2", ReceiptForm()),
    "/receipt-error": (
        "receipt.html.j2",
        ReceiptForm(errors=(FormError("words", "Enter the five words, with a space between"),)),
    ),
    "/choices": (
        "choices.html.j2",
        Choices("opaque", USES, ("Two recommendations were accepted.",), changed=True),
    ),
    "/choices-error": (
        "choices.html.j2",
        Choices("opaque", USES, errors=(FormError("sure", "Tick the box if you want to withdraw"),)),
    ),
    "/choices-read-only": ("choices.html.j2", Choices("opaque", USES, change_action="")),
    "/withdrawn": ("withdrawn.html.j2", Withdrawal((Erasure("Intake", "1 July 2026"), Erasure("Reports")))),
    "/withdrawn-complete": ("withdrawn.html.j2", Withdrawal((Erasure("Intake", "1 July 2026"),))),
}
OWN_PAGES = ("/", "/leaving?to=choices", "/safety", "/privacy", "/accessibility", "/no-such-page")


@dataclass(frozen=True)
class Sampler:
    """Builds an application with the shell and every sample page."""

    paths: tuple[str, ...] = (*OWN_PAGES, *SAMPLES)

    def settings(self, **changes: Any) -> ShellSettings:
        plain: dict[str, Any] = {
            "service_name": "Survivor Voice",
            "organisation": "Exampleborough Council",
            "contact": "questions@exampleborough.example",
            "demo": True,
            "help_lines": HELP,
        }
        return ShellSettings(**(plain | changes))

    def app(self, **changes: Any) -> web.Application:
        app = web.Application()
        setup_shell(app, self.settings(**changes))
        for path, (template, page) in SAMPLES.items():
            app.router.add_get(path, self._show(template, page))
        return app

    def sample(self, path: str) -> Any:
        return SAMPLES[path][1]

    def _show(self, template: str, page: Any) -> Callable[[web.Request], Any]:
        async def show(request: web.Request) -> web.Response:
            return render(request, template, page=page)

        return show


@pytest.fixture
def sampler() -> Sampler:
    return Sampler()
