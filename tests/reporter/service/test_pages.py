"""The public reports on a whole installation: the list, one report, its files, and the interface behind them."""

import csv
import datetime
import hashlib
import html
import io
import json
import re

import pytest
import pytest_asyncio
from front_door import open_front_door
from journey_world import at_rest, said, session_of

from services.clock import DemoClock
from services.reporter import store
from services.reporter.reading import quarter_in_words

pytestmark = pytest.mark.asyncio(loop_scope="module")

API = "/api/reporter/v1/releases"
TEXTS = ("The police officer did not believe me.", "The refuge was full and we waited.", "Nobody told us about court.")
NAMES = {"prepared_by": "Officer", "approved_by": "Board member"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(tmp_path_factory):
    async with open_front_door(tmp_path_factory.mktemp("reporter-pages")) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def report(front):
    """Publish one quarter; return its line."""
    door = front.installation.intake.door
    await door.submit(session_of(*[said(TEXTS[number % 3]) for number in range(36)]))
    await at_rest(front.installation)
    DemoClock(front.installation.folder.clock_file).move_to(_after())
    status, answer = await front.call("POST", f"{API}/publish", {"period": "2025-Q1", **NAMES})
    assert status == 201
    return answer["releases"][0]


def _after():
    return datetime.date(2025, 4, 7)


async def test_the_report_names_the_quarter_and_its_citation_and_no_person(front, report):
    status, page = await front.page(f"/reports/{report['report']}")
    assert status == 200
    assert "What was said, January to March 2025" in page
    assert report["citation"] in page
    people = {row.contributor for row in await _rows(front)}
    assert len(people) == 36
    for secret in ("Officer", "Board member", "believe me", *people):
        assert secret not in page


async def _rows(front):
    async with front.installation.reporter.database.read() as view:
        return list((await view.execute(store.rows.select())).all())


async def test_everything_in_the_page_comes_from_the_body(front, report):
    _, page = await front.page(f"/reports/{report['report']}")
    async with front.client.get(f"/reports/{report['report']}/figures.json") as answer:
        body = json.loads(await answer.read())
    figures = {str(cell["value"]) for table in body["tables"] for cell in table["cells"] if cell["value"] is not None}
    tables = "".join(re.findall(r"<table.*?</table>", page, re.DOTALL))
    shown = {re.sub(r"[,\s]", "", html.unescape(each)) for each in re.findall(r"<td[^>]*>\s*([\d,]+)\s*</td>", tables)}
    assert shown
    assert shown <= figures


async def test_the_json_file_is_what_the_citation_is_the_hash_of(front, report):
    async with front.client.get(f"/reports/{report['report']}/figures.json") as answer:
        assert answer.content_type == "application/json"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="figures.json"'
        assert hashlib.sha256(await answer.read()).hexdigest() == report["citation"]


async def test_the_csv_file_holds_the_same_cells(front, report):
    async with front.client.get(f"/reports/{report['report']}/figures.json") as answer:
        body = json.loads(await answer.read())
    async with front.client.get(f"/reports/{report['report']}/figures.csv") as answer:
        assert answer.content_type == "text/csv"
        rows = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8"))))
    cells = [(table["id"], cell) for table in body["tables"] for cell in table["cells"]]
    assert len(rows) == len(cells)
    for row, (table, cell) in zip(rows, cells, strict=True):
        assert row["table"] == table
        assert row["value"] == (cell["symbol"] if cell["value"] is None else str(cell["value"]))
        assert not any(field.startswith(("=", "+", "-", "@")) for field in row.values())


async def test_the_numbers_of_the_line_are_those_on_the_page(front, report):
    _, page = await front.page(f"/reports/{report['report']}")
    withheld = sum(report["withheld"].values())
    assert f"{report['published']} figures are published and {withheld} are withheld" in page


async def test_the_list_leads_to_the_report(front, report):
    status, page = await front.page("/reports")
    assert status == 200
    assert f'href="/reports/{report["report"]}"' in page


@pytest.mark.parametrize("path", ["/reports/" + "0" * 32, "/reports/velvet", "/reports/../reports/x", "/reports/%00"])
@pytest.mark.parametrize("file", ["", "/figures.csv", "/figures.json"])
async def test_a_report_that_is_not_there_is_404_without_being_repeated(front, path, file):
    status, page = await front.page(f"{path}{file}")
    assert status == 404
    assert "velvet" not in page


async def test_what_is_prepared_is_on_no_page(front, report):
    for service in (front.installation.anonymiser, front.installation.themer, front.installation.reporter):
        await service.announcer.announce()
    await front.installation.intake.door.submit(session_of(said(TEXTS[0]), month="2025-04"))
    await at_rest(front.installation)
    DemoClock(front.installation.folder.clock_file).move_to(_after().replace(month=7))
    status, answer = await front.call("POST", f"{API}/prepare", {"period": "2025-Q2", "prepared_by": "Officer"})
    assert status == 201
    prepared = answer["releases"][0]["report"]
    assert (await front.page(f"/reports/{prepared}"))[0] == 404
    assert (await front.page(f"/reports/{prepared}/figures.json"))[0] == 404
    assert prepared not in (await front.page("/reports"))[1]
    listed = await front.call("GET", API)
    assert [line["state"] for line in listed[1]["releases"]] == ["prepared", "published"]
    refused, _ = await front.call("POST", f"{API}/approve", {"release": prepared, "approved_by": "officer"})
    assert refused == 422


async def test_one_name_twice_is_refused_and_a_published_quarter_is_a_conflict(front, report):
    body = {"period": "2025-Q1", "prepared_by": "Officer", "approved_by": "OFFICER "}
    status, answer = await front.call("POST", f"{API}/publish", body)
    assert status == 422
    assert [field["place"] for field in answer["error"]["fields"]] == ["approved_by"]
    assert (await front.call("POST", f"{API}/publish", {**body, **NAMES}))[0] == 409


async def test_the_release_interface_is_closed_without_the_token_and_the_reports_are_open(front, report):
    for path in ("prepare", "approve", "publish"):
        async with front.client.post(f"{API}/{path}", json={}) as answer:
            assert answer.status == 401
    assert (await front.page("/reports"))[0] == 200


async def test_what_was_said_and_done_says_what_will_come(front):
    status, page = await front.page("/you-said-we-did")
    assert status == 200
    assert "<h1" in page


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("2025-Q1", "January to March 2025"),
        ("2025-Q2", "April to June 2025"),
        ("2025-Q3", "July to September 2025"),
        ("2025-Q4", "October to December 2025"),
    ],
)
async def test_a_quarter_is_said_as_people_say_it(period, words):
    assert quarter_in_words(period) == words
