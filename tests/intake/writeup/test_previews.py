"""What goes and what stays: seen before sending, with more taken out or kept as she asks."""

import re

import pytest

from services.errors import NotYet

PLACED = "We met Zebedee Marchbanks twice. Call 07700 900123. The bus does not run."


async def previewed(world, ann, notes=PLACED):
    path = await world.up_to_notes(ann)
    page = await ann.fill(notes=notes)
    assert page.path == f"{path}/preview"
    return path, page


def marked(page):
    return re.findall(r"<mark>([^<]+)</mark>", page.text)[1:]


def offered(page, number=0):
    boxes = re.findall(rf'<input[^>]*name="keep-{number}"[^>]*>', page.text)
    return {re.search(r'value="([^"]+)"', box)[1]: "checked" in box for box in boxes}


async def test_what_goes_is_marked_and_what_stays_is_read(world, ann):
    _, page = await previewed(world, ann)
    assert marked(page) == ["[PERSON-1]", "[PHONE]"]
    assert "The bus does not run." in page.words


async def test_a_name_may_be_kept_and_let_go_again_but_a_number_never(world, ann):
    _, page = await previewed(world, ann)
    name = PLACED.index("Zebedee")
    keep = f"{name}:{name + len('Zebedee Marchbanks')}"
    assert offered(page) == {keep: False}
    page = await ann.fill(keep__0=keep, do="continue", page="1")
    assert page.path.endswith("/preview"), "a changed preview is looked at again"
    assert marked(page) == ["[PHONE]"]
    assert offered(page) == {keep: True}
    page = await ann.fill(do="update", page="1")
    assert marked(page) == ["[PERSON-1]", "[PHONE]"]


@pytest.mark.parametrize("forged", ["0:5", "33:51", "a:b", "", "999:1000"])
async def test_a_stretch_that_was_not_offered_cannot_be_kept(world, ann, forged):
    await previewed(world, ann)
    page = await ann.fill(keep__0=forged, do="update", page="1")
    assert marked(page) == ["[PERSON-1]", "[PHONE]"]


async def test_more_words_go_wherever_they_stand_and_come_back(world, ann):
    _, page = await previewed(world, ann, "The Thursday choir helped.\n\nI went to the thursday  Choir too.")
    page = await ann.fill(remove="Thursday choir", do="continue", page="1")
    assert marked(page) == ["[REMOVED]", "[REMOVED]"]
    assert "You took these out" in page.words
    page = await ann.fill(restore="0", do="update", page="1")
    assert "[REMOVED]" not in page.text


@pytest.mark.parametrize("words", ["choirs", "hursday", "not there", "x" * 300])
async def test_words_that_do_not_stand_there_are_asked_for_again(world, ann, words):
    await previewed(world, ann, "The Thursday choir helped.")
    page = await ann.fill(remove=words, do="continue", page="1")
    assert page.status == 422
    assert "Those words do not stand in the notes" in page.words


async def test_what_she_took_out_is_not_in_what_is_sent(world, ann):
    await previewed(world, ann, "The Thursday choir helped.")
    await ann.fill(remove="choir", do="update", page="1")
    await ann.fill(do="continue", page="1")
    page = await ann.fill()
    assert "The Thursday [REMOVED] helped." in page.words


async def test_many_contributions_come_page_by_page_and_all_are_seen(world, ann):
    path, page = await previewed(world, ann, "\n\n".join(f"Point {number} was made." for number in range(45)))
    assert "Page 1 of 3" in page.words
    assert page.text.count("govuk-inset-text") == 20
    page = await ann.fill(do="continue", page="1")
    assert "Page 2 of 3" in page.words
    page = await ann.fill(do="continue", page="2")
    assert "Point 44 was made." in page.words
    assert (await ann.fill(do="continue", page="3")).path == f"{path}/check"


@pytest.mark.parametrize("page", ["0", "4", "-1", "x", "99999999"])
async def test_a_page_that_is_not_there_is_the_nearest_one(world, ann, page):
    path, _ = await previewed(world, ann)
    assert (await ann.read(f"{path}/preview?page={page}")).status == 200


async def unanswered(asked):
    raise NotYet("Nobody answers now.")


async def test_where_the_preview_cannot_be_reached_the_draft_waits(world, ann):
    path, _ = await previewed(world, ann)
    asked, world.desk._preview = world.desk._preview, unanswered
    page = await ann.read(f"{path}/preview")
    assert page.status == 503
    assert "Your notes are saved and wait for you" in page.words
    world.desk._preview = asked
    assert (await ann.read(f"{path}/preview")).status == 200


async def test_without_a_preview_nothing_is_sent(world, ann):
    path = await world.up_to_check(ann)
    world.desk._preview = unanswered
    page = await ann.fill()
    assert page.status == 503
    assert await world.installation.intake.door.sessions_by_kind() == {}
    assert (await ann.read(path)).path == f"{path}/check"


async def test_marks_wait_too_where_the_preview_cannot_be_reached(world, ann):
    path, _ = await previewed(world, ann)
    asked, world.desk._preview = world.desk._preview, unanswered
    page = await ann.fill(remove="hub", do="update", page="1")
    assert (page.status, "Your notes are saved" in page.words) == (503, True)
    world.desk._preview = asked
    assert (await ann.read(f"{path}/preview")).status == 200


async def test_a_note_whose_subjects_cannot_be_asked_for_says_so_and_the_session_is_sent(world, ann):
    await world.up_to_check(ann)
    world.desk._subjects = unanswered
    page = await ann.fill()
    assert page.status == 200
    assert "not known when this was made" in page.words
    assert sum((await world.installation.intake.door.sessions_by_kind()).values()) == 1
