"""The page of what a group agreed: added one by one, shown as others will read it, taken away, and sent."""

import pytest
from journey_world import at_rest, until

from services.intake.statements import SubmittedStatement
from services.intake.writeup.draft import Draft, answer, next_step, submission_of, with_stated

FINDING = "Waiting without any word is taken for being forgotten."
RECOMMENDATION = "Say how long it will be. Keep in touch."


@pytest.fixture
async def path(world, ann):
    """Answer everything up to the page, in a group; return the draft's path."""
    group = await world.installation.intake.door.make_group("Tuesday group", seated=False)
    path = await world.up_to_notes(ann)
    await ann.read(f"{path}/group")
    await ann.fill(group=group)
    await ann.read(f"{path}/notes")
    await ann.fill(notes="They moved us three times.")
    assert ann.page.path == f"{path}/statements"
    return path


async def test_nothing_has_to_be_agreed(ann, path):
    await ann.fill(do="continue")
    assert ann.page.path == f"{path}/preview"


async def test_what_was_agreed_travels_with_the_session(world, ann, path):
    await ann.fill(kind="finding", text=FINDING, do="add")
    assert "Something we found" in ann.page.words
    await ann.fill(kind="recommendation", text=RECOMMENDATION, area="services", sectors=["health"], do="continue")
    assert ann.page.path == f"{path}/preview", "what was typed is not lost by going on"
    await ann.fill(do="continue", page="1")
    assert "2 sentences" in ann.page.words
    await ann.fill()
    await at_rest(world.installation)
    shelf = world.installation.themer.shelf

    async def arrived():
        return len(await shelf.listed()) == 2

    await until(arrived, what="the statements")
    shown = [await shelf.shown(line.statement) for line in await shelf.listed()]
    assert {(each.line.kind, each.text, each.area, each.sectors) for each in shown} == {
        ("finding", FINDING, None, ()),
        ("recommendation", RECOMMENDATION, "services", ("health",)),
    }


async def test_one_is_taken_away_again(ann, path):
    await ann.fill(kind="finding", text=FINDING, do="add")
    await ann.fill(do="remove-0")
    assert "Written down so far" not in ann.page.words
    await ann.fill(do="remove-7")
    assert ann.page.path == f"{path}/statements"


async def test_a_name_is_shown_as_it_will_go_and_said_to_wait(ann, path):
    await ann.fill(kind="finding", text="Zebedee Marchbanks at the hub never rings back.", do="add")
    assert "Marchbanks" not in ann.page.text
    assert "It may point to somebody" in ann.page.words


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"text": FINDING}, "Choose whether it is something found"),
        ({"kind": "velvet", "text": FINDING}, "Choose whether it is something found"),
        ({"kind": "finding", "text": ""}, "Empty"),
        ({"kind": "finding", "text": f"{FINDING} {FINDING}"}, "More than one sentence"),
        ({"kind": "finding", "text": "I was told nothing."}, "About one life"),
        ({"kind": "recommendation", "text": RECOMMENDATION}, "Missing. Choose from"),
        ({"kind": "recommendation", "text": RECOMMENDATION, "area": "velvet"}, "Not one of the five areas"),
    ],
)
async def test_what_has_to_be_mended_is_said_with_what_was_typed(ann, path, typed, told):
    page = await ann.fill(**typed, do="add")
    assert (page.status, page.path) == (422, f"{path}/statements")
    assert "There is a problem" in page.words
    assert told in page.words
    if typed["text"]:
        assert typed["text"] in page.words


async def test_the_page_is_a_groups_and_comes_after_the_notes(world, ann):
    path = await world.up_to_notes(ann)
    assert (await ann.read(f"{path}/statements")).path == f"{path}/group", "nobody but a group agrees on something"
    group = await world.installation.intake.door.make_group("Tuesday group", seated=False)
    await ann.read(f"{path}/group")
    await ann.fill(group=group)
    assert (await ann.read(f"{path}/statements")).path == f"{path}/notes"


async def test_marked_paragraphs_of_the_notes_stand_on_the_page(ann, path):
    await ann.read(f"{path}/notes")
    await ann.fill(notes=f"They moved us.\n\nFinding: {FINDING}\n\nPerson 2: Nobody rang.")
    assert ann.page.path == f"{path}/statements"
    assert FINDING in ann.page.words
    await ann.fill(do="continue")
    assert "Paragraph 3" in ann.page.words


def test_without_a_group_the_question_is_not_asked_and_nothing_is_sent():
    stated = SubmittedStatement(kind="finding", text=FINDING)
    draft = answer(Draft(statements=(stated,)), "notes")
    assert submission_of(draft).statements == ()
    assert next_step(answer(answer(Draft(), "group"), "notes"), pressing=False) == "session"


def test_what_the_notes_say_again_stands_once():
    one, two = (SubmittedStatement(kind="finding", text=text) for text in (FINDING, "Nobody rings."))
    assert with_stated(Draft(statements=(one, two)), [two]) == (two, one)
