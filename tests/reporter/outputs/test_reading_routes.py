"""The pages and files of a published release as a browser gets them, and what happens to what is not there."""

import re
from urllib.parse import quote

import pytest
import released
from printed import tables_of_page, text_of_page

from services.errors import NotInstalled
from services.reporter.outputs.formats import FORMATS, Format
from services.reporter.outputs.shelf import Shelf, size_in_words
from services.vocabulary.frameworks import framework

MAYOR, WANDSWORTH = released.FRAMEWORKS
DOCX, PDF = FORMATS["report.docx"], FORMATS["report.pdf"]


@pytest.fixture
def base(line):
    return f"/reports/{line.report}"


async def open_page(client, path):
    answer = await client.get(path)
    return answer.status, await answer.text()


# --- pages ---


async def test_every_line_and_node_of_the_reports_strategies_has_its_page(client, base):
    paths = [
        f"{base}/actions/{name}/{quote(ref)}"
        for name in released.FRAMEWORKS
        for ref in (*framework(name).ordered, *(row.id for row in framework(name).rows))
    ]
    assert len(paths) == 20 + 116 + 63
    for path in paths[::9]:
        status, page = await open_page(client, path)
        assert status == 200, path
        assert page.count("<h1") == 1


async def test_the_second_action_with_a_printed_number_has_a_page_of_its_own(client, base):
    _, first = await open_page(client, f"{base}/actions/{WANDSWORTH}/SS.05")
    _, second = await open_page(client, f"{base}/actions/{WANDSWORTH}/SS.05/2")
    for page, ref in ((first, "SS.05"), (second, "SS.05/2")):
        assert framework(WANDSWORTH).row(ref).summary.rstrip(".") in text_of_page(page)


async def test_the_page_of_an_action_shows_lead_missing_date_measures_and_words(client, base):
    status, page = await open_page(client, f"{base}/actions/{WANDSWORTH}/AB.03")
    assert status == 200
    told = text_of_page(page)
    for text in (
        "Local Authority - (Community Safety and Childrens Services)",
        "Deliver by No date set",
        "(a) Survivors say they were listened to Better",
        "(b) People and agencies understand the violence better because survivors told them Not raised",
        released.WORDS["s-asked"],
        "One statement that stood here has been withdrawn or changed since.",
    ):
        assert text in told
    assert "[c] stands for a number that is withheld" in told


async def test_the_numbers_of_the_pages_by_action_and_service_are_the_bodys(client, base, body):
    known = {str(cell.value) for table in body.tables for cell in table.cells} | {"[c]"}
    for path in (f"{base}/actions/{WANDSWORTH}/AB.03", f"{base}/actions/{MAYOR}/2.1", f"{base}/services/housing"):
        _, page = await open_page(client, path)
        figures = [rows for caption, rows in tables_of_page(page) if not caption.startswith("Measures")]
        assert figures
        assert {cell for rows in figures for row in rows[1:] for cell in row[1:]} <= known


async def test_the_report_leads_to_every_other_way_of_reading_it(client, base):
    _, page = await open_page(client, base)
    for path in (f"{base}/actions/{MAYOR}", f"{base}/actions/{WANDSWORTH}", f"{base}/services"):
        assert f'href="{path}"' in page
        assert (await open_page(client, path))[0] == 200


async def test_titles_and_addresses_stay_neutral(client, base):
    for path in (
        base,
        f"{base}/actions/{WANDSWORTH}",
        f"{base}/actions/{WANDSWORTH}/AB.03",
        f"{base}/services/housing",
    ):
        _, page = await open_page(client, path)
        title = re.search(r"<title[^>]*>(.*?)</title>", page)[1]
        assert title in {"Report", "Report by action", "Report by service"}


# --- filters ---


async def test_a_filter_over_published_figures_is_answered(client, base):
    _, page = await open_page(client, f"{base}/actions/{WANDSWORTH}")
    offered = re.findall(r'<option value="([^"]*)"', page)
    assert offered[0] == ""
    for wanted in offered[1:]:
        status, page = await open_page(client, f"{base}/actions/{WANDSWORTH}?of={wanted}")
        assert status == 200
        assert f'<option value="{wanted}" selected>' in page
        assert "Figures below are for:" in page


@pytest.mark.parametrize(
    "query",
    [
        "of=role.velvet",
        "of=area.velvet",
        "of=velvet",
        "age=velvet",
        "of=&age=velvet",
        "of=role.survivor&of=area.barnet",
    ],
)
async def test_any_other_question_is_a_page_that_is_not_there(client, base, query):
    status, page = await open_page(client, f"{base}/actions/{WANDSWORTH}?{query}")
    assert status == 404
    assert "velvet" not in page
    for path in (f"{base}/actions/{WANDSWORTH}/AB.03", f"{base}/services", f"{base}/services/police"):
        assert (await open_page(client, f"{path}?{query}"))[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "/actions",
        "/actions/health_pledges",
        "/actions/velvet",
        "/actions/wandsworth_2022_25/IH.04",
        "/actions/wandsworth_2022_25/velvet",
        "/actions/wandsworth_2022_25/AB.03/velvet",
        "/actions/wandsworth_2022_25/%2e%2e/x",
        "/services/velvet",
        "/services/all_sectors",
        "/figures.xls",
        "/report.doc",
        "/velvet",
    ],
)
async def test_what_is_not_there_is_404_without_being_repeated(client, base, path):
    status, page = await open_page(client, f"{base}{path}")
    assert status == 404
    assert "velvet" not in page


@pytest.mark.parametrize("path", ["", "/figures.xlsx", "/actions/wandsworth_2022_25", "/services", "/services/police"])
async def test_a_report_that_is_not_published_has_no_page_and_no_file(client, path):
    assert (await open_page(client, f"/reports/{'0' * 32}{path}"))[0] == 404


# --- files ---


@pytest.mark.parametrize(
    "kind", [kind for kind in FORMATS.values() if kind.file != "report.pdf"], ids=lambda kind: kind.file
)
async def test_every_file_comes_with_its_kind_and_its_neutral_name(client, base, edition, kind):
    answer = await client.get(f"{base}/{kind.file}")
    assert answer.status == 200
    assert answer.content_type == kind.media_type
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{kind.file}"'
    assert answer.charset == ("utf-8" if kind.is_text else None)
    assert len(await answer.read()) > 1000


async def test_the_page_names_each_size_as_soon_as_it_is_known(client, base):
    _, first = await open_page(client, base)
    assert "Committee paper (DOCX)" in first
    content = await (await client.get(f"{base}/report.docx")).read()
    _, second = await open_page(client, base)
    assert f"Committee paper (DOCX, {size_in_words(len(content))})" in second


async def test_where_pdf_cannot_be_made_it_says_what_to_install_and_the_rest_works(client, base, monkeypatch):
    def refuse(name):
        raise OSError(name)

    monkeypatch.setattr("services.reporter.outputs.document.importlib.import_module", refuse)
    status, page = await open_page(client, f"{base}/report.pdf")
    assert status == 501
    assert "libpango-1.0-0 libpangoft2-1.0-0" in text_of_page(page).replace(",", "")
    _, report = await open_page(client, base)
    assert "To print or send (PDF): cannot be made on this machine." in text_of_page(report)
    assert f'href="{base}/report.pdf"' not in report
    assert (await client.get(f"{base}/report.docx")).status == 200


# --- the shelf ---


class Counting:
    """A kind of file that counts how often it was made."""

    def __init__(self, fails=None):
        self.made = 0
        self.fails = fails
        self.kind = Format("report.docx", "DOCX", "Paper", "text/plain", self._write)

    def _write(self, edition):
        self.made += 1
        if self.fails is not None:
            raise self.fails
        return f"{edition.page.heading} {len(edition.page.sections)}".encode()


async def test_a_file_is_made_once_however_many_ask_at_once(edition):
    import asyncio

    shelf, counting = Shelf(), Counting()
    found = await asyncio.gather(*(shelf.fetch("r", edition, counting.kind) for _ in range(5)))
    assert len(set(found)) == 1
    assert counting.made == 1
    await shelf.close()


async def test_words_that_were_withdrawn_make_new_files_and_drop_the_old(edition):
    from dataclasses import replace

    shelf, counting = Shelf(), Counting()
    before = await shelf.fetch("r", edition, counting.kind)
    fewer = replace(edition, report=replace(edition.report, sections=edition.report.sections[:-1]))
    after = await shelf.fetch("r", fewer, counting.kind)
    assert before != after
    assert before not in shelf._kept["r"].files.values()
    assert counting.made == 2


async def test_the_shelf_holds_no_more_releases_than_it_may(edition):
    shelf, counting = Shelf(most=2), Counting()
    for report in ("a", "b", "a", "c"):
        await shelf.fetch(report, edition, counting.kind)
    assert list(shelf._kept) == ["a", "c"]
    await shelf.fetch("b", edition, counting.kind)
    assert counting.made == 4


async def test_a_file_that_fails_does_not_keep_the_others_from_being_made(edition, monkeypatch):
    failing = Counting(fails=RuntimeError("no"))
    monkeypatch.setitem(FORMATS, "report.docx", failing.kind)
    monkeypatch.delitem(FORMATS, "report.pdf")
    shelf = Shelf()
    shelf.make_all("r", edition)
    shelf.make_all("r", edition)
    (task,) = shelf._making.values()
    await task
    assert failing.made == 1
    sizes = {file.format: file.size for file in shelf.list_files("r", edition)}
    assert sizes["DOCX"] == ""
    assert all(sizes[label] for label in ("XLSX", "CSV", "JSON"))
    with pytest.raises(RuntimeError):
        await shelf.fetch("r", edition, failing.kind)


async def test_what_cannot_be_made_here_is_not_tried_for_every_page(edition, monkeypatch):
    missing = Counting(fails=NotInstalled("no"))
    monkeypatch.setitem(FORMATS, "report.docx", missing.kind)
    monkeypatch.delitem(FORMATS, "report.pdf")
    shelf = Shelf()
    for _ in range(2):
        shelf.make_all("r", edition)
        for task in list(shelf._making.values()):
            await task
    assert missing.made == 1
    assert next(file for file in shelf.list_files("r", edition) if file.format == "DOCX").missing


async def test_closing_stops_what_is_being_made(edition):
    shelf = Shelf()
    shelf.make_all("r", edition)
    await shelf.close()
    assert not shelf._making
    assert not shelf._kept


@pytest.mark.parametrize(("size", "told"), [(1, "1 KB"), (1024, "1 KB"), (24 * 1024, "24 KB"), (1_572_864, "1536 KB")])
def test_sizes_are_said_in_kilobytes(size, told):
    assert size_in_words(size) == told
