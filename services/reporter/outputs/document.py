"""The print edition: one page of our own for paper, and from it a tagged PDF (PDF/UA-1).

WeasyPrint needs Pango, a library of the system. It is looked for when a PDF is asked for, never before, so that
everything else works on a machine without it.
"""

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

from jinja2 import Environment

from services.errors import NotInstalled
from services.reporter.outputs.edition import Edition, passages_of, published_line
from services.web.shell import make_templates

NEEDS: Final = (
    "On Debian or Ubuntu, install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0, then start again."
)
TEMPLATES: Final = Path(__file__).parents[1] / "templates"
_VARIANT: Final = "pdf/ua-1"


def print_html(edition: Edition) -> str:
    """Return the whole page for paper: its own style, no address of anything else."""
    report = edition.page
    return (
        _templates()
        .get_template("reporter/print.html.j2")
        .render(
            report=report,
            passages=passages_of(report),
            published=published_line(report),
            published_on=edition.published_on,
        )
    )


def pdf_bytes(edition: Edition) -> bytes:
    """Return the tagged PDF; the same edition gives the same bytes on the same machine.

    Raises:
        NotInstalled: WeasyPrint or the library of the system that it needs is not there.
    """
    weasyprint = _load()
    page = weasyprint.HTML(string=print_html(edition), url_fetcher=_fetch_nothing)
    identifier = edition.page.citation[:32].encode() or b"release"
    content: bytes = page.write_pdf(pdf_identifier=identifier, pdf_variant=_VARIANT)
    return content


def _load() -> ModuleType:
    try:
        return importlib.import_module("weasyprint")
    except (ImportError, OSError):
        raise NotInstalled(f"PDF files cannot be made on this machine: Pango is missing. {NEEDS}") from None


def _fetch_nothing(_address: str) -> dict[str, object]:
    """Refuse: the page for paper holds everything itself."""
    raise ValueError("The page for paper asks for nothing from elsewhere.")


@cache
def _templates() -> Environment:
    return make_templates({"reporter": TEMPLATES})
