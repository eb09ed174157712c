"""Drafts lie encrypted, belong to one account, and are gone for ever when they are sent, thrown away or too old."""

import datetime
import os
import time

import pytest
from journey_world import at_rest, holding

from services.clock import DemoClock
from services.errors import NotFound
from services.intake.writeup.draft import Draft

PLANTED = ("wimbrel flew past the ostler at noon", "saw a quagga by the old canal")
NOTES = "The wimbrel flew past the ostler at noon.\n\nPerson 2: Somebody saw a quagga by the old canal."


async def test_planted_words_are_in_no_file_before_and_after_sending(world, ann):
    path = await world.up_to_check(ann, NOTES)
    assert holding(world.data, *PLANTED) == []
    await ann.fill()
    assert ann.page.path.startswith("/sessions/note/")
    await at_rest(world.installation)
    assert holding(world.data, *PLANTED) == []
    assert (await ann.read(path)).status == 404


async def test_words_that_were_thrown_away_are_in_no_file_and_the_key_is_gone(world, ann):
    path = await world.up_to_check(ann, NOTES)
    keys = world.installation.settings.keys_folder("intake")
    assert len(list(keys.glob("draft-*.key"))) == 1
    await ann.read(f"{path}/discard")
    page = await ann.fill()
    assert page.path == "/sessions"
    assert "Nothing is waiting" in page.words
    assert list(keys.glob("draft-*.key")) == []
    assert holding(world.data, *PLANTED) == []


async def test_sending_destroys_the_drafts_key_and_leaves_that_of_the_note(world, ann):
    path = await world.up_to_check(ann, NOTES)
    keys = world.installation.settings.keys_folder("intake")
    before = {file.name for file in keys.glob("draft-*.key")}
    assert before == {f"draft-{path.rpartition('/')[2]}.key"}
    page = await ann.fill()
    after = {file.name for file in keys.glob("draft-*.key")}
    assert after == {f"draft-{page.path.rpartition('/')[2]}.key"}


async def test_a_key_is_readable_by_its_owner_only(world, ann):
    await world.begun(ann)
    keys = world.installation.settings.keys_folder("intake")
    assert [file.stat().st_mode & 0o777 for file in keys.glob("draft-*.key")] == [0o600]


@pytest.mark.parametrize("page", ["", "/group", "/check", "/preview", "/discard", "/upload", "/notes"])
async def test_nobody_else_can_open_a_draft(world, ann, page):
    path = await world.up_to_check(ann)
    bea = await world.person("bea")
    found = await bea.read(f"{path}{page}")
    assert found.status == 404
    assert "nobody asked about school" not in found.words
    assert path not in (await bea.read("/sessions")).text


async def test_nobody_else_can_change_or_throw_away_a_draft(world, ann):
    path = await world.up_to_check(ann)
    bea = await world.person("bea")
    await bea.read("/sessions/start")
    token = bea.page.csrf
    assert (await bea.fill(f"{path}/notes", csrf=token, notes="changed")).status == 404
    assert (await bea.fill(f"{path}/discard", csrf=token)).status == 404
    assert (await bea.fill(f"{path}/check", csrf=token)).status == 404
    assert (await ann.read(f"{path}/check")).status == 200


async def test_nobody_else_can_read_a_note(world, ann):
    await world.up_to_check(ann)
    note = (await ann.fill()).path
    bea = await world.person("bea")
    assert (await bea.read(note)).status == 404
    assert (await bea.read(f"{note}/session-notes.docx")).status == 404


async def test_a_form_without_the_sessions_token_changes_nothing(world, ann):
    path = await world.up_to_check(ann)
    bea = await world.person("bea")
    await bea.read("/sessions/start")
    for token in ("", "wrong", bea.page.csrf):
        assert (await ann.fill(f"{path}/discard", csrf=token)).status == 403
        assert (await ann.fill(f"{path}/notes", csrf=token, notes="changed")).status == 403
    assert (await ann.read(f"{path}/check")).status == 200


async def test_a_draft_is_destroyed_after_seven_days_and_a_note_after_one(world):
    drafts = world.desk.drafts
    draft = await drafts.begin("someone")
    clock = DemoClock(world.installation.folder.clock_file)
    clock.move_to(datetime.date(2025, 1, 22))
    assert await drafts.destroy_old() == 0
    assert await drafts.load("someone", draft) == Draft()
    clock.move_to(datetime.date(2025, 1, 23))
    assert await drafts.destroy_old() == 1
    with pytest.raises(NotFound):
        await drafts.load("someone", draft)
    assert list(world.installation.settings.keys_folder("intake").glob("draft-*.key")) == []


async def test_saving_a_draft_keeps_it_for_another_seven_days(world):
    drafts = world.desk.drafts
    draft = await drafts.begin("someone")
    clock = DemoClock(world.installation.folder.clock_file)
    clock.move_to(datetime.date(2025, 1, 20))
    await drafts.save("someone", draft, Draft(kind="survey"))
    clock.move_to(datetime.date(2025, 1, 26))
    assert await drafts.destroy_old() == 0
    assert (await drafts.load("someone", draft)).kind == "survey"


async def test_a_key_that_a_crash_left_alone_is_destroyed_later_but_not_at_once(world):
    keys = world.installation.settings.keys_folder("intake")
    stray = keys / f"draft-{'a' * 32}.key"
    stray.write_bytes(b"x" * 32)
    await world.desk.drafts.destroy_old()
    assert stray.exists()
    long_ago = time.time() - 2 * 86400
    os.utime(stray, (long_ago, long_ago))
    await world.desk.drafts.destroy_old()
    assert not stray.exists()


async def test_a_draft_whose_key_is_gone_is_gone(world, ann):
    path = await world.up_to_check(ann)
    for key in world.installation.settings.keys_folder("intake").glob("draft-*.key"):
        key.unlink()
    assert (await ann.read(f"{path}/check")).status == 404


async def test_a_draft_that_was_changed_on_disk_does_not_open(world, ann):
    path = await world.up_to_check(ann)
    async with world.installation.intake.database.begin() as transaction:
        await transaction.exec_driver_sql("UPDATE drafts SET sealed = zeroblob(64)")
    assert (await ann.read(f"{path}/check")).status == 404
