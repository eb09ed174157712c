"""A pressing sign is met before the check page, handed on without a word, and taken over by a lead."""

import re

import msgspec
import pytest

from services.contracts import topic_of
from services.errors import Conflict, InputRefused, NotFound
from services.events import SafeguardingAcknowledged, SafeguardingRaised
from services.intake import store
from services.intake.writeup.draft import HandedOn

PRESSING = "He is outside my house now and he has a knife."
YES = {
    "risk": "yes", "category": "immediate_danger", "urgency": "now", "done": ["rang_999"],
    "contact": "Duty line", "reference": "SG-17",
}  # fmt: skip


async def events_of(world, kind):
    """Return what was put on the log, and every byte of it."""
    await world.installation.intake.outbox.flush()
    topic = topic_of(kind)
    log = world.installation.log
    found = []
    for partition, head in (await log.heads([topic])).items():
        found += [record.value for record in await log.read(partition, 0, max(head, 1)) if record.value]
    return [msgspec.json.decode(value, type=kind) for value in found], b"".join(found)


async def up_to_concern(world, ann):
    path = await world.up_to_notes(ann)
    await ann.fill(notes=PRESSING)
    page = await ann.fill(do="continue", page="1")
    assert page.path == f"{path}/concern"
    return path, page


async def test_a_pressing_sign_says_whom_to_ring_before_the_check_page(world, ann):
    path, page = await up_to_concern(world, ann)
    assert "Ring before you go on" in page.words
    assert "999" in page.words
    assert (await ann.read(f"{path}/check")).path == f"{path}/concern"


async def test_notes_without_a_sign_are_not_asked_about(world, ann):
    path = await world.up_to_check(ann)
    assert "nothing was handed on" in ann.page.words
    assert (await ann.read(f"{path}/concern")).status == 200
    assert "Ring before you go on" not in ann.page.words


async def test_she_can_hand_on_what_no_sign_told(world, ann):
    path = await world.up_to_check(ann)
    await ann.read(f"{path}/concern")
    assert (await ann.fill(**YES)).path == f"{path}/check"
    await ann.fill()
    assert len(await world.desk.concerns.list()) == 1


async def test_she_can_say_that_nobody_is_at_risk_and_nothing_is_raised(world, ann):
    await up_to_concern(world, ann)
    page = await ann.fill(risk="no")
    assert "No, I have looked" in page.words
    await ann.fill()
    assert ann.page.path.startswith("/sessions/note/")
    assert await world.desk.concerns.list() == []


async def test_a_concern_is_raised_on_sending_and_not_before(world, ann):
    await up_to_concern(world, ann)
    await ann.fill(**YES)
    async with world.installation.intake.database.read() as view:
        assert (await view.execute(store.concerns.select())).all() == []
    await ann.fill()
    lines = await world.desk.concerns.list()
    assert [(line.category, line.urgency, line.done, line.contact, line.reference) for line in lines] == [
        ("immediate_danger", "now", ("rang_999",), "Duty line", "SG-17")
    ]


async def test_a_lead_sees_it_and_takes_it_over(world, ann):
    await up_to_concern(world, ann)
    await ann.fill(**YES)
    await ann.fill()
    lee = await world.person("lee", "safeguarding_lead")
    page = await lee.read("/safeguarding")
    for shown in ("Immediate danger", "Now, or within hours", "Rang 999", "Duty line", "SG-17"):
        assert shown in page.words
    assert "knife" not in page.words
    concern = re.search(r'action="(/safeguarding/[0-9a-f]{32})"', page.text)[1]
    assert (await lee.fill(concern, done="nothing at all")).status == 422
    await lee.read("/safeguarding")
    page = await lee.fill(concern, done="told_local_authority")
    assert "Nothing is waiting" in page.words
    assert "Told the local authority" in page.words
    await lee.read("/safeguarding")
    assert 'action="/safeguarding' not in lee.page.text


async def test_the_empty_list_says_what_will_stand_there(world):
    lee = await world.person("lee", "safeguarding_lead")
    assert "Nothing is waiting" in (await lee.read("/safeguarding")).words


@pytest.mark.parametrize("role", ["facilitator", "reviewer", "board", "responder", "approver", "operator"])
async def test_only_a_lead_sees_the_list(world, role):
    person = await world.person("pat", role)
    assert (await person.read("/safeguarding")).status == 403


async def test_a_lead_writes_no_sessions_up(world):
    lee = await world.person("lee", "safeguarding_lead")
    for path in ("/sessions", "/sessions/start", f"/sessions/{'a' * 32}/group"):
        assert (await lee.read(path)).status == 403


async def test_a_concern_is_raised_once_however_often_it_is_sent(world):
    concerns = world.desk.concerns
    handed_on = HandedOn(category="child_at_risk", urgency="soon", done=("told_lead",))
    first = await concerns.hand_on("draft", "a" * 32, handed_on)
    assert await concerns.hand_on("draft", "a" * 32, handed_on) == first
    assert len(await concerns.list()) == 1
    raised, raw = await events_of(world, SafeguardingRaised)
    assert [(each.concern, each.category, each.urgency, each.contact) for each in raised] == [
        (first, "child_at_risk", "soon", None)
    ]
    assert b"told_lead" not in raw


async def test_taking_over_is_on_the_log_and_happens_once(world):
    concerns = world.desk.concerns
    made = await concerns.hand_on("d", "a" * 32, HandedOn(category="child_at_risk", urgency="now", done=("rang_999",)))
    with pytest.raises(NotFound):
        await concerns.acknowledge("b" * 32, "rang_999")
    with pytest.raises(InputRefused):
        await concerns.acknowledge(made, "magic")
    await concerns.acknowledge(made, "told_local_authority")
    with pytest.raises(Conflict):
        await concerns.acknowledge(made, "rang_999")
    taken, _ = await events_of(world, SafeguardingAcknowledged)
    assert [(each.concern, each.done, each.revision) for each in taken] == [(made, "told_local_authority", 2)]


async def test_what_waits_stands_first_and_the_most_urgent_on_top(world):
    concerns = world.desk.concerns
    ids = {
        urgency: await concerns.hand_on(urgency, "a" * 32, HandedOn(category="x", urgency=urgency, done=()))
        for urgency in ("past", "soon", "now")
    }
    await concerns.acknowledge(ids["now"], "rang_999")
    assert [line.id for line in await concerns.list()] == [ids["soon"], ids["past"], ids["now"]]
