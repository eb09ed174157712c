"""The pages below /review: who may see what, forms that carry their session's token, and one winner of two."""

import pytest
import pytest_asyncio
from front_door import open_front_door
from journey_world import said, session_of, until
from signed_in import Person, browser_of, make_account

from services.intake.statements import SubmittedStatement
from services.themer.statements.wording import ChosenNode, Wording

pytestmark = pytest.mark.asyncio(loop_scope="module")

FINDING = "Waiting without any word is taken for being forgotten."
ROLES = {"ann": "reviewer", "bea": "reviewer", "cec": "approver", "fay": "facilitator", "lee": "safeguarding_lead"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(tmp_path_factory):
    async with open_front_door(tmp_path_factory.mktemp("review")) as found:
        for name, role in ROLES.items():
            await make_account(found.client, name, role)
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def sent(front):
    """Send one finding of a group of its own; return the group and the statement."""
    door = front.installation.intake.door
    group = await door.make_group("Tuesday group", seated=False)
    statements = (SubmittedStatement(kind="finding", text=FINDING),)
    accepted = await door.submit(
        session_of(said("They moved us."), kind="survivor_forum", group=group, number_present=8, statements=statements)
    )

    async def arrived():
        return await front.installation.themer.shelf.listed(group=group)

    await until(arrived, what="the statement")
    return group, accepted.statements[0]


@pytest_asyncio.fixture(loop_scope="module")
async def people(front):
    """Sign everybody in."""
    found = {}
    for name in ROLES:
        found[name] = Person(await browser_of(front.client).__aenter__())
        await found[name].sign_in(name)
    yield found
    for person in found.values():
        await person.client.close()


async def worded(front, statement, by="ann"):
    made = Wording(words=FINDING, nodes=(ChosenNode("mayor_2022_25", "2.1"),))
    await front.installation.themer.statements.word(statement, made, by=by)


async def state_of(front, statement):
    return (await front.installation.themer.shelf.shown(statement)).line


async def test_nobody_sees_anything_without_signing_in(front, sent):
    group, statement = sent
    for path in ("/review", f"/review/statements/{statement}", f"/review/panel/{group}", "/review/paraphrases"):
        status, text = await front.page(path)
        assert status == 303
        assert "Waiting" not in text


async def test_each_role_sees_its_own_pages_and_no_others(people, sent):
    group, statement = sent
    one = f"/review/statements/{statement}"
    allowed = {
        "/review": {"ann", "bea", "cec"},
        one: {"ann", "bea", "cec"},
        f"{one}/wording": {"ann", "bea"},
        f"{one}/retract": {"ann", "bea", "cec"},
        "/review/paraphrases": {"ann", "bea"},
        "/review/paraphrases/mayor_2022_25/2.1": {"ann", "bea"},
        f"/review/panel/{group}": {"fay"},
    }
    for path, names in allowed.items():
        for name, person in people.items():
            page = await person.read(path, follow=False)
            expected = 200 if name in names else 303 if (path, name) == ("/review", "fay") else 403
            assert page.status == expected, (path, name)


async def test_signing_in_leads_a_reviewer_to_what_waits(front):
    async with browser_of(front.client) as client:
        assert (await Person(client).sign_in("ann")).path == "/review"


async def test_no_form_is_taken_without_its_token(front, people, sent):
    group, statement = sent
    await worded(front, statement)
    for name, path, fields in (
        ("ann", f"/review/statements/{statement}/wording", {"words": FINDING}),
        ("bea", f"/review/statements/{statement}/approve", {}),
        ("ann", f"/review/statements/{statement}/undo", {}),
        ("bea", f"/review/statements/{statement}/retract", {"sure": "yes"}),
        ("fay", f"/review/panel/{group}/{statement}", {"decision": "agree"}),
        ("ann", "/review/paraphrases/mayor_2022_25/2.1", {"words": FINDING}),
    ):
        assert (await people[name].fill(path, csrf="made up", **fields)).status == 403
    assert (await state_of(front, statement)).state == "worded"


async def test_words_stay_out_of_lists_addresses_and_titles(people, sent):
    _, statement = sent
    listed = await people["ann"].read("/review")
    assert "Waiting" not in listed.text
    shown = await people["ann"].read(f"/review/statements/{statement}")
    assert FINDING in shown.text
    assert '<details class="govuk-details">' in shown.text, "folded until somebody asks"
    assert "no-store" in shown.headers["Cache-Control"]


async def test_the_person_who_worded_it_is_offered_to_undo_and_not_to_approve(front, people, sent):
    _, statement = sent
    await worded(front, statement)
    page = await people["ann"].read(f"/review/statements/{statement}")
    assert "Approve these words" not in page.words
    refused = await people["ann"].fill(f"/review/statements/{statement}/approve", version="2")
    assert refused.status == 409
    assert "a second person has to approve it" in refused.words
    await people["ann"].read(f"/review/statements/{statement}")
    page = await people["ann"].fill(f"/review/statements/{statement}/undo", version="2")
    assert "Put it into words" in page.words
    assert (await state_of(front, statement)).state == "received"


async def test_of_two_who_look_at_once_the_second_is_told_that_it_changed(front, people, sent):
    _, statement = sent
    await worded(front, statement)
    await people["bea"].read(f"/review/statements/{statement}")
    await people["cec"].read(f"/review/statements/{statement}")
    assert (await people["bea"].fill(f"/review/statements/{statement}/approve", version="2")).status == 200
    late = await people["cec"].fill(f"/review/statements/{statement}/approve", version="2")
    assert late.status == 409
    assert "Somebody was faster" in late.words


async def test_a_form_with_something_to_mend_comes_back_with_what_was_typed(people, sent):
    _, statement = sent
    await people["ann"].read(f"/review/statements/{statement}/wording")
    typed = "Nobody rang. Nobody wrote."
    page = await people["ann"].fill(words=typed, nodes=["mayor_2022_25|2.1"], sectors=["health"])
    assert page.status == 422
    assert "There is a problem" in page.words
    assert typed in page.words
    assert page.text.count("checked") >= 2


@pytest.mark.parametrize("forged", ["mayor_2022_25|99", "velvet|2.1", "velvet", ""])
async def test_a_forged_choice_is_refused_and_not_repeated(people, sent, forged):
    _, statement = sent
    await people["ann"].read(f"/review/statements/{statement}/wording")
    page = await people["ann"].fill(words=FINDING, nodes=[forged])
    assert page.status == 422
    assert "velvet" not in page.text


async def test_the_group_answers_on_its_own_page_and_no_other_group_can(front, people, sent):
    group, statement = sent
    other = await front.installation.intake.door.make_group("Monday group", seated=False)
    await worded(front, statement)
    assert (await people["fay"].read(f"/review/panel/{other}/{statement}")).status == 404
    page = await people["fay"].read(f"/review/panel/{group}/{statement}")
    assert FINDING in page.words
    page = await people["fay"].fill(decision="change", note="Say that it is the counselling.", version="2")
    assert "Nothing waits" in page.words
    shown = await people["ann"].read(f"/review/statements/{statement}")
    assert "Say that it is the counselling." in shown.words


async def test_a_group_that_never_was_has_an_empty_page(people):
    page = await people["fay"].read("/review/panel/no-such-group")
    assert (page.status, "Nothing waits" in page.words) == (200, True)


async def test_what_is_not_there_is_not_found(people):
    assert (await people["ann"].read("/review/statements/no-such-thing")).status == 404
    assert (await people["ann"].read("/review/paraphrases/mayor_2022_25/99.9")).status == 404
    assert (await people["fay"].read("/review/panel/g/no-such-thing")).status == 404


async def test_words_are_taken_away_only_after_the_box_was_ticked(front, people, sent):
    _, statement = sent
    await people["cec"].read(f"/review/statements/{statement}/retract")
    page = await people["cec"].fill(version="1")
    assert (page.status, "Tick the box" in page.words) == (422, True)
    await people["cec"].fill(version="1", sure="yes")
    assert (await state_of(front, statement)).state == "retracted"


async def test_a_rest_is_offered_to_somebody_who_has_done_much_on_one_day(front, people, sent):
    _, statement = sent
    assert "Time for a rest" not in (await people["bea"].read("/review")).words
    for _ in range(20):
        await worded(front, statement, by="bea")
        await front.installation.themer.statements.unword(statement, by="bea")
    assert "Time for a rest" in (await people["bea"].read("/review")).words
