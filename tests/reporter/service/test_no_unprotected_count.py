"""No page, no call and no event of the reporter gives a count that is not in the body of a release.

The installation holds counts that are known and small, chosen so that none of them is a multiple of five or a number
that stands on a page for another reason. Every route is asked with every kind of credential, and what it gives is
searched for them; every number in a table is one that the body shows.
"""

import datetime
import html
import json
import re

import pytest
import pytest_asyncio
from front_door import open_front_door
from journey_world import at_rest, said, session_of
from signed_in import Person, browser_of, make_account

from services.clock import DemoClock
from services.reporter import store
from services.web.accounts.roles import ROLES

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: How many said what: 37 of the police in Lambeth, 3 of housing in Camden, 7 of courts.
SAID = (
    (37, "The police officer did not believe me.", "lambeth"),
    (3, "The refuge was full.", "camden"),
    (7, "Court took two years.", "lambeth"),
)
#: True counts that stand nowhere for another reason: all, those of Lambeth, and those who spoke of the police.
SECRET = {"47", "44", "37"}
NAMES = {"prepared_by": "Officer", "approved_by": "Board member"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    """A published and a prepared release, and somebody in each role."""
    async with open_front_door(tmp_path_factory.mktemp("walk")) as front:
        for number, text, area in SAID:
            await front.installation.intake.door.submit(session_of(*[said(text) for _ in range(number)], areas=(area,)))
        await at_rest(front.installation)
        clock = DemoClock(front.installation.folder.clock_file)
        clock.move_to(datetime.date(2025, 4, 7))
        status, answer = await front.call("POST", "/api/reporter/v1/releases/publish", {"period": "2025-Q1", **NAMES})
        assert status == 201
        for service in (front.installation.anonymiser, front.installation.themer, front.installation.reporter):
            await service.announcer.announce()
        for number, text, area in SAID:
            session = session_of(*[said(text) for _ in range(number)], areas=(area,), month="2025-04")
            await front.installation.intake.door.submit(session)
        await at_rest(front.installation)
        clock.move_to(datetime.date(2025, 7, 7))
        status, prepared = await front.call(
            "POST", "/api/reporter/v1/releases/prepare", {"period": "2025-Q2", "prepared_by": "Officer"}
        )
        assert status == 201
        people = {}
        for role in ROLES:
            await make_account(front.client, f"{role.replace('_', '-')}-one", role)
            people[role] = Person(browser_of(front.client))
            await people[role].sign_in(f"{role.replace('_', '-')}-one")
        yield front, answer["releases"][0], prepared["releases"][0], people
        for person in people.values():
            await person.client.close()


def routes_of(front):
    """Yield every path of the reporter that can be read."""
    for route in front.client.app.router.routes():
        resource = route.resource
        if route.method in {"GET", "HEAD"} and resource is not None:
            path = resource.canonical
            if path.startswith(
                (
                    "/reports",
                    "/api/reporter",
                    "/you-said",
                    "/board",
                    "/answers",
                    "/groups",
                    "/answer-texts",
                    "/recommendations",
                    "/metrics",
                )
            ):
                yield path


def filled(path, published, prepared):
    """Yield a path with every value that its parts can have here."""
    for report in (published["report"], prepared["report"]):
        for framework in ("mayor_2022_25", "wandsworth_2022_25"):
            for file in ("figures.csv", "figures.json", "report.html", "report.xlsx"):
                for ref in ("1", "1.1"):
                    values = {
                        "report": report, "release": report, "framework": framework, "file": file, "ref": ref,
                        "sector": "police", "service": "police",
                    }  # fmt: skip
                    yield re.sub(r"\{(\w+)\}", lambda match, values=values: values.get(match[1], "0" * 32), path)


async def body_figures(front, published):
    _, body = await front.installation.reporter.publishing.published(published["report"])
    return {str(cell.value) for table in body.tables for cell in table.cells if cell.value is not None}


def numbers_in(text):
    """Return the whole numbers in a text, markup and addresses left out."""
    plain = html.unescape(re.sub(r"<(style|script).*?</\1>|<svg.*?</svg>|<[^>]+>", " ", text, flags=re.DOTALL))
    return set(re.findall(r"(?<![\w.:/-])\d[\d,]*(?![\w.:/-]|\.\d)", plain))


async def test_the_counts_that_nobody_may_see_are_there(world):
    front, *_ = world
    async with front.installation.reporter.database.read() as view:
        rows = (await view.execute(store.rows.select())).all()
    assert len([row for row in rows if row.period == "2025-Q1"]) == 47


async def test_no_route_gives_a_count_that_the_body_does_not_show(world):
    front, published, prepared, people = world
    asked = answered = 0
    paths = sorted({path for route in routes_of(front) for path in filled(route, published, prepared)})
    for path in paths:
        for person in (people["board"], people["approver"], people["responder"], people["operator"]):
            async with person.client.get(path, allow_redirects=False) as answer:
                asked += 1
                if answer.status != 200 or not answer.content_type.startswith(("text/", "application/json")):
                    continue
                text = await answer.text()
                answered += 1
                assert not numbers_in(text) & SECRET, path
    assert asked > 50
    assert answered > 20


async def test_no_call_with_the_token_gives_one_either(world):
    front, published, prepared, _ = world
    for route in routes_of(front):
        if route.startswith("/api/"):
            for path in sorted(set(filled(route, published, prepared))):
                status, answer = await front.call("GET", path)
                if status == 200:
                    assert not numbers_in(json.dumps(answer)) & SECRET, path


async def test_every_number_in_a_table_of_the_page_is_one_of_the_body(world):
    front, published, *_ = world
    _, page = await front.page(f"/reports/{published['report']}")
    tables = "".join(re.findall(r"<table.*?</table>", page, re.DOTALL))
    cells = {re.sub(r"[,\s]", "", cell) for cell in re.findall(r"<td[^>]*>\s*([\d,]+)\s*</td>", tables)}
    assert cells
    assert cells <= await body_figures(front, published)


async def test_what_is_prepared_is_read_by_those_who_release_alone(world):
    front, _, prepared, people = world
    path = f"/reports/prepare/{prepared['report']}"
    for role, person in people.items():
        allowed = role in {"reviewer", "approver"}
        assert (await person.read(path)).status == (200 if allowed else 403), role
    assert (await front.page(f"/reports/{prepared['report']}"))[0] == 404


async def test_no_event_of_the_reporter_holds_one(world):
    front, published, *_ = world
    log = front.installation.log
    await front.installation.reporter.outbox.flush()
    figures = await body_figures(front, published)
    topics = ("sv.report.published.v1", "sv.contribution.counted.v1", "sv.recommendation.changed.v1")
    found = []
    for place, head in (await log.heads(topics)).items():
        found += [record for record in await log.read(place, 0, head + 1000) if not record.is_marker]
    reports = [record for record in found if b"body_hash" in (record.value or b"")]
    assert len(reports) == 1
    body = json.loads(reports[0].value)["body"]
    told = {str(cell["value"]) for table in body["tables"] for cell in table["cells"] if cell["value"] is not None}
    assert told == figures
    for record in found:
        if record not in reports:
            assert not {str(value) for value in json.loads(record.value).values() if isinstance(value, int)} & SECRET


async def test_no_metric_counts_people(world):
    front, *_ = world
    async with front.client.get("/metrics") as answer:
        lines = [line for line in (await answer.text()).splitlines() if line and not line.startswith("#")]
    named = [line for line in lines if re.search(r"contributor|people|survivor|node|area=", line)]
    assert named == []
