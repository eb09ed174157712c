"""The pages of preparing and approving: two signed-in people, all of it read before, and clear words when held."""

import datetime

import pytest
import pytest_asyncio
from front_door import open_front_door
from journey_world import at_rest, said, session_of
from signed_in import Person, browser_of, make_account

from services.clock import DemoClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXTS = ("The police officer did not believe me.", "The refuge was full and we waited.")
AFTER = datetime.date(2025, 4, 7)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(tmp_path_factory):
    async with open_front_door(tmp_path_factory.mktemp("releasing")) as found:
        for name, role in (
            ("rae", "reviewer"), ("ann", "approver"), ("abe", "approver"), ("fay", "facilitator"), ("bo", "board"),
        ):  # fmt: skip
            await make_account(found.client, name, role)
        await found.installation.intake.door.submit(session_of(*[said(TEXTS[n % 2]) for n in range(30)]))
        await at_rest(found.installation)
        DemoClock(found.installation.folder.clock_file).move_to(AFTER)
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def people(front):
    found = {}
    for name in ("rae", "ann", "abe", "fay", "bo"):
        found[name] = Person(browser_of(front.client))
        await found[name].sign_in(name)
    yield found
    for person in found.values():
        await person.client.close()


async def draft_of(person):
    await person.read("/reports/prepare")
    return await person.fill("/reports/prepare", period="2025-Q1")


@pytest.mark.parametrize("path", ["/reports/prepare", f"/reports/prepare/{'0' * 32}", f"/reports/{'0' * 32}/withdraw"])
@pytest.mark.parametrize("name", ["fay", "bo"])
async def test_other_roles_see_none_of_it(people, path, name):
    assert (await people[name].read(path)).status == 403


async def test_nobody_signed_in_is_led_to_sign_in_and_back(front):
    stranger = Person(browser_of(front.client))
    page = await stranger.read("/reports/prepare", follow=False)
    assert (page.status, page.headers["Location"]) == (303, "/sign-in?to=reports")
    await stranger.sign_in("rae", to="reports")
    assert stranger.page.path == "/reports/prepare"
    await stranger.client.close()


async def test_a_quarter_that_is_over_can_be_chosen_and_the_next_cannot(people):
    page = await people["rae"].read("/reports/prepare")
    assert "January to March 2025" in page.words
    assert "2025-Q2" not in page.text


async def test_what_cannot_be_prepared_is_said_without_being_repeated(people):
    await people["rae"].read("/reports/prepare")
    page = await people["rae"].fill("/reports/prepare", period="velvet")
    assert page.status == 422
    assert "Write it like 2025-Q1" in page.words
    assert "velvet" not in page.text


async def test_the_whole_release_is_shown_before_it_is_approved(people):
    page = await draft_of(people["rae"])
    assert page.path.startswith("/reports/prepare/")
    assert "Before it is published: What was said, January to March 2025" in page.heading
    for words in ("Nothing is on its way", "Thresholds are proved", "No sentences in it", "It will be cited as"):
        assert words in page.words
    assert "Prepared by rae on 7 April 2025" in page.words
    assert "Approve and publish" not in page.words
    assert "somebody else has to approve" in page.words


async def test_a_reviewer_cannot_approve_even_by_a_form_of_her_own(people):
    page = await draft_of(people["rae"])
    path, token = page.path, (await people["rae"].read("/reports/prepare")).csrf
    assert (await people["rae"].fill(path, csrf=token)).status == 403


async def test_who_prepared_it_cannot_approve_it(people):
    path = (await draft_of(people["ann"])).path
    assert "Approve and publish" not in (await people["ann"].read(path)).words
    await people["ann"].read("/reports/prepare")
    page = await people["ann"].fill(path)
    assert page.status == 422
    assert "Two different people make a release" in page.words


async def test_a_form_without_its_token_changes_nothing(people):
    path = (await draft_of(people["rae"])).path
    assert (await people["ann"].fill(path, csrf="forged")).status == 403
    assert (await people["rae"].read(path)).status == 200


async def test_of_two_approvers_at_once_one_publishes_and_the_other_is_told(front, people):
    path = (await draft_of(people["rae"])).path
    for name in ("ann", "abe"):
        assert "Approve and publish" in (await people[name].read(path)).words
    token = people["abe"].page.csrf
    await people["ann"].fill(path)
    assert people["ann"].page.path == "/reports/prepare"
    assert "It is published." in people["ann"].page.words
    late = await people["abe"].fill(path, csrf=token)
    assert late.status == 422
    assert "approved already" in late.words
    log = front.installation.log
    events = []
    for place, head in (await log.heads(["sv.report.published.v1"])).items():
        events += [record for record in await log.read(place, 0, head + 10) if not record.is_marker]
    (record,) = events
    assert b'"names_verified":true' in record.value
    assert b'"prepared_by":"rae"' in record.value
    assert b'"approved_by":"ann"' in record.value


async def test_the_report_says_that_both_signed_in_and_names_neither(people):
    page = await people["bo"].read("/reports")
    report = next(
        part.split('"')[0] for part in page.text.split('href="/reports/')[1:] if len(part.split('"')[0]) == 32
    )
    page = await people["bo"].read(f"/reports/{report}")
    assert "both signed in" in page.words
    assert "rae" not in page.words.split()
    assert "ann" not in page.words.split()


async def test_a_table_is_withdrawn_by_two_people_too(people):
    page = await people["rae"].read("/reports/prepare")
    path = next(
        part.split('"')[0] for part in page.text.split('href="')[1:] if part.split('"')[0].endswith("/withdraw")
    )
    await people["rae"].read(path)
    assert (await people["rae"].fill(path, table="velvet")).status == 422
    await people["rae"].read(path)
    draft = await people["rae"].fill(path, table="sectors")
    assert "Services spoken of, by role" in draft.words
    await people["abe"].read(draft.path)
    assert "The table is withdrawn" in (await people["abe"].fill(draft.path)).words
    shown = await people["bo"].read(path.removesuffix("/withdraw"))
    assert "version 2" in shown.words
    assert "was withdrawn: its figures were wrong" in shown.words


async def test_the_method_page_gives_the_measured_figures_with_their_commands(people):
    page = await people["bo"].read("/reports/method")
    assert page.status == 200
    assert "benchmarks/tag_score.py" in page.words
    assert "97" in page.words
    assert page.heading == "How we work"
