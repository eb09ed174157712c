"""A facilitator writes a session up, from the list to the note for the group."""

import io
import re

import docx
import msgspec
import pytest
from journey_world import at_rest

from services.intake import store
from services.intake.door import NewRound
from services.intake.writeup.draft import submission_of


async def test_an_empty_list_says_what_will_stand_there(ann):
    page = await ann.read("/sessions")
    assert "Nothing is waiting" in page.words
    assert "<title>Session notes" in re.sub(r"\s+", " ", page.text).replace("<title >", "<title>")


async def test_before_typing_she_reads_whom_to_ring_and_that_nobody_watches(ann):
    page = await ann.read("/sessions/start")
    assert "Ring 999 before you type" in page.words
    assert "This is not an alarm" in page.words


async def test_a_session_goes_from_start_to_the_note_for_the_group(world, ann):
    path = await world.up_to_check(ann)
    assert "Check your answers" in ann.page.heading
    for answer in (
        "Focus group",
        "January 2025",
        "8",
        "Lambeth",
        "2 contributions",
        "People listened to me today: Yes 6",
    ):
        assert answer in ann.page.words
    page = await ann.fill()
    assert re.fullmatch(r"/sessions/note/[0-9a-f]{32}", page.path)
    assert "nobody asked about school" in page.words
    assert "After 31 March 2025 the next report is made" in page.words
    assert "07700" not in page.text
    assert "Zebedee" not in page.text
    assert (await world.installation.intake.door.sessions_by_kind()) == {"focus_group": 1}
    assert (await ann.read(path)).status == 404
    await at_rest(world.installation)


async def test_the_reference_of_the_note_is_the_sessions(world, ann):
    await world.up_to_check(ann)
    page = await ann.fill()
    reference = re.search(r"Reference ([0-9a-f]{32})", page.words)[1]
    async with world.installation.intake.database.read() as view:
        known = list((await view.execute(store.sessions.select())).all())
    assert [row.session for row in known] == [reference]


async def test_the_note_can_be_taken_along_as_a_document_that_says_nothing_of_its_author(world, ann):
    await world.up_to_check(ann)
    page = await ann.fill()
    async with ann.client.get(f"{page.path}/session-notes.docx") as answer:
        assert answer.headers["Content-Disposition"] == 'attachment; filename="session-notes.docx"'
        assert answer.headers["Cache-Control"] == "no-store"
        content = await answer.read()
    document = docx.Document(io.BytesIO(content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "nobody asked about school" in text
    assert "Zebedee" not in text
    assert document.core_properties.author == ""
    assert document.core_properties.title == "Session notes"


async def test_a_note_can_be_destroyed_at_once_and_is_gone(world, ann):
    await world.up_to_check(ann)
    page = await ann.fill()
    await ann.fill(f"{page.path}/discard")
    assert ann.page.path == "/sessions"
    assert (await ann.read(page.path)).status == 404
    assert (await ann.read(f"{page.path}/session-notes.docx")).status == 404


async def test_she_leaves_and_comes_back_to_the_first_open_question(world, ann):
    path = await world.begun(ann)
    await ann.fill(group="none")
    await ann.read("/sign-out")
    await ann.fill()
    again = await world.person("ann", fresh=False)
    listed = await again.read("/sessions")
    assert path in listed.text
    assert "Kept until 22 January 2025" in listed.words
    assert (await again.read(path)).path == f"{path}/session"


async def test_changing_one_answer_leads_back_to_the_check_page_with_the_others_kept(world, ann):
    path = await world.up_to_check(ann)
    await ann.read(f"{path}/areas")
    assert re.search(r'value="lambeth" checked', ann.page.text)
    page = await ann.fill(areas=["camden", "barnet"])
    assert page.path == f"{path}/check"
    assert "Camden" in page.words
    assert "2 contributions" in page.words


async def test_changing_the_words_asks_for_the_preview_again(world, ann):
    path = await world.up_to_check(ann)
    await ann.read(f"{path}/notes")
    assert "nobody asked about school" in ann.page.words
    assert (await ann.fill(notes="Something else was said.")).path == f"{path}/preview"
    assert (await ann.read(f"{path}/check")).path == f"{path}/preview"


async def test_a_draft_cannot_be_sent_past_an_open_question(world, ann):
    path = await world.up_to_notes(ann)
    page = await ann.fill(f"{path}/check")
    assert page.path == f"{path}/notes"
    assert await world.installation.intake.door.sessions_by_kind() == {}


async def test_words_cannot_be_typed_before_the_session_is_described(world, ann):
    path = await world.begun(ann)
    assert (await ann.read(f"{path}/notes")).path == f"{path}/session"
    assert (await ann.read(f"{path}/preview")).path == f"{path}/session"


async def test_sending_twice_stores_one_session(world, ann):
    path = await world.up_to_check(ann)
    draft = path.rpartition("/")[2]
    async with world.installation.intake.database.read() as view:
        row = (await view.execute(store.drafts.select().where(store.drafts.c.draft == draft))).one()
    content = await world.desk.drafts.load(row.account, draft)
    # As after a crash behind the first step: the session is stored, the draft is still there.
    submission = submission_of(content)
    await world.installation.intake.door.submit(
        submission, idempotency_key=draft, body=msgspec.json.encode(submission), places=list(content.places)
    )
    assert (await ann.fill()).status == 200
    assert await world.installation.intake.door.sessions_by_kind() == {"focus_group": 1}


async def test_a_new_group_is_made_and_chosen_and_its_seats_can_be_named(world, ann):
    path = await world.begun(ann)
    await ann.read(f"{path}/new-group")
    page = await ann.fill(title="Tuesday group", seated="yes", convened="general")
    assert page.path == f"{path}/session"
    await ann.fill(kind="survivor_forum", month="1", year="2025", present="4")
    await ann.fill(areas=["not_said"])
    await ann.fill()
    await ann.fill(role="survivor", uses=["count"])
    await ann.fill()
    await ann.fill(notes="Seat 3: The bus does not run on Sundays.\n\nSeat 1: The door was always open.")
    assert ann.page.path == f"{path}/statements"
    await ann.fill(do="continue")
    assert ann.page.path == f"{path}/preview"
    await ann.fill(do="continue", page="1")
    assert "Tuesday group" in ann.page.words
    assert (await ann.fill()).path.startswith("/sessions/note/")
    async with world.installation.intake.database.read() as view:
        assert len((await view.execute(store.seats.select())).all()) == 2


@pytest.mark.parametrize("title", ["", "x" * 81])
async def test_a_group_needs_a_title(world, ann, title):
    path = await world.begun(ann)
    await ann.read(f"{path}/new-group")
    page = await ann.fill(title=title, seated="no", convened="general")
    assert page.status == 422
    assert "Enter a title" in page.words
    assert await world.installation.intake.door.groups() == []


async def test_seats_are_refused_where_the_group_has_none(world, ann):
    await world.up_to_notes(ann)
    page = await ann.fill(notes="Seat 3: The bus does not run on Sundays.")
    assert page.status == 422
    assert "Seats belong to a group" in page.words
    assert "The bus does not run on Sundays." in page.words


async def test_the_words_of_a_round_stand_in_the_note(world, ann):
    door = world.installation.intake.door
    made = await door.make_round(
        NewRound(
            title="Spring", can_change="Opening hours.", cannot_change="The law.", decides="The board.",
            hear_back_on="30 June 2025", controllers="The council.", lawful_basis="Public task.",
            retention_ends="2026-12-31", frameworks=("mayor_2022_25",),
        )
    )  # fmt: skip
    group = await door.make_group("Tuesday group", seated=False, round_id=made)
    path = await world.up_to_check(ann)
    await ann.read(f"{path}/group")
    await ann.fill(group=group)
    await ann.fill(do="continue")
    page = await ann.fill()
    assert "You hear back on 30 June 2025." in page.words
