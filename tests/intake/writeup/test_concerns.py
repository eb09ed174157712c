"""A pressing sign is met before the check page, handed on without a word, and taken over by a lead."""

import datetime
import re

import journey_world
import msgspec
import pytest

from services.clock import DemoClock
from services.contracts import topic_of
from services.errors import Conflict, InputRefused, NotFound
from services.events import SafeguardingAcknowledged, SafeguardingRaised
from services.intake import store
from services.intake.concerns import WhatWasDone
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
    page = await ann.fill(notes=PRESSING)
    assert page.path == f"{path}/concern", "told at once, before anything else is asked"
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
    await ann.fill(risk="no")
    page = await ann.fill(do="continue", page="1")
    assert "No, I have looked" in page.words
    await ann.fill()
    assert ann.page.path.startswith("/sessions/note/")
    assert await world.desk.concerns.list() == []


async def test_a_concern_is_raised_on_sending_and_not_before(world, ann):
    await up_to_concern(world, ann)
    await ann.fill(**YES)
    await ann.fill(do="continue", page="1")
    async with world.installation.intake.database.read() as view:
        assert (await view.execute(store.concerns.select())).all() == []
    await ann.fill()
    lines = await world.desk.concerns.list()
    assert [(line.category, line.urgency, line.done, line.contact, line.reference) for line in lines] == [
        ("immediate_danger", "now", ("rang_999",), "Duty line", "SG-17")
    ]


async def test_what_was_handed_on_is_not_repeated_on_the_paper_that_goes_home(world, ann):
    await up_to_concern(world, ann)
    await ann.fill(**YES)
    await ann.fill(do="continue", page="1")
    page = await ann.fill()
    assert page.path.startswith("/sessions/note/")
    assert "knife" not in page.words
    assert "One thing that somebody said about being in danger is not repeated on this page." in page.words
    assert "What it is about" in page.words


async def test_what_she_has_looked_at_and_found_no_danger_in_stays_on_the_paper(world, ann):
    await up_to_concern(world, ann)
    await ann.fill(risk="no")
    await ann.fill(do="continue", page="1")
    page = await ann.fill()
    assert "knife" in page.words
    assert "not repeated on this page" not in page.words


async def test_a_lead_sees_it_and_takes_it_over(world, ann):
    await up_to_concern(world, ann)
    await ann.fill(**YES)
    await ann.fill(do="continue", page="1")
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


# --- escalation, another lead, and what was done ---


def later(world, days):
    clock = DemoClock(world.installation.folder.clock_file)
    clock.move_to(clock.today() + datetime.timedelta(days=days))


async def raised(world, urgency, name="draft", **more):
    handed_on = HandedOn(category="child_at_risk", urgency=urgency, done=("nothing_yet",), **more)
    return await world.desk.concerns.hand_on(name, "a" * 32, handed_on)


@pytest.mark.parametrize(("urgency", "in_time"), [("now", 0), ("soon", 1), ("past", 3)])
async def test_a_concern_that_waits_longer_than_its_urgency_allows_is_escalated(world, urgency, in_time):
    made = await raised(world, urgency)
    later(world, in_time)
    (line,) = await world.desk.concerns.list()
    assert line.state == "waiting"
    later(world, 1)
    (line,) = await world.desk.concerns.list()
    assert (line.id, line.state) == (made, "escalated")
    await world.desk.concerns.acknowledge(made, "told_local_authority")
    (line,) = await world.desk.concerns.list()
    assert line.state == "acknowledged"


async def test_what_is_escalated_stands_before_what_is_more_urgent(world):
    old = await raised(world, "soon", "old")
    later(world, 3)
    new = await raised(world, "now", "new")
    assert [line.id for line in await world.desk.concerns.list()] == [old, new]
    lee = await world.person("lee", "safeguarding_lead")
    page = await lee.read("/safeguarding")
    assert page.words.index("Escalated") < page.words.index("Now, or within hours")
    assert "Nobody has taken it over in time. Ring now." in page.words
    assert page.text.count("govuk-tag--red") == 1


async def test_a_lead_who_is_concerned_neither_sees_it_nor_takes_it_over(world, ann):
    lee = await world.person("lee", "safeguarding_lead")
    kim = await world.person("kim", "safeguarding_lead")
    await up_to_concern(world, ann)
    assert "Yes, about kim" in ann.page.words
    about_kim = re.search(
        r'name="not_lead" type="radio" value="([0-9a-f]{32})"[^>]*>\s*<label[^>]*>\s*Yes, about kim', ann.page.text
    )
    await ann.fill(**YES, not_lead=about_kim[1])
    await ann.fill(do="continue", page="1")
    await ann.fill()
    assert "SG-17" in (await lee.read("/safeguarding")).words
    assert "SG-17" not in (await kim.read("/safeguarding")).words
    (line,) = await world.desk.concerns.list()
    later(world, 5)
    assert "SG-17" not in (await kim.read("/safeguarding")).words, "escalation does not bring it back"
    assert (await kim.fill(f"/safeguarding/{line.id}", csrf=await token_of(world, kim), done="rang_999")).status == 404
    await lee.read("/safeguarding")
    assert "Taken over" in (await lee.fill(f"/safeguarding/{line.id}", done="rang_999")).words


async def token_of(world, person):
    """Return a form token of a lead who has no form on the page: the one on the sign-out page."""
    return (await person.read("/sign-out")).csrf


async def test_with_one_lead_the_page_says_that_nobody_else_is_there(world, ann):
    await world.person("lee", "safeguarding_lead")
    _, page = await up_to_concern(world, ann)
    assert "There is no other lead here to take it over" in page.words


async def test_recording_adds_to_what_was_done_and_a_new_contact_is_raised_again(world):
    made = await raised(world, "now")
    concerns = world.desk.concerns
    await concerns.record(made, WhatWasDone(done=("told_lead",)))
    await concerns.record(made, WhatWasDone(done=("rang_999",), contact="Duty line", reference="SG-3"))
    (line,) = await concerns.list()
    assert (line.done, line.contact, line.reference) == (("rang_999", "told_lead"), "Duty line", "SG-3")
    await concerns.acknowledge(made, "told_local_authority")
    events, raw = await events_of(world, SafeguardingRaised)
    assert [(each.revision, each.contact, each.reference) for each in events] == [
        (1, None, None),
        (2, "Duty line", "SG-3"),
    ]
    assert b"told_lead" not in raw
    taken, _ = await events_of(world, SafeguardingAcknowledged)
    assert [each.revision for each in taken] == [3]


@pytest.mark.parametrize(
    "what",
    [
        {"done": ()},
        {"done": ("magic",)},
        {"done": ("told_lead",), "contact": "x" * 81},
        {"done": ("told_lead",), "reference": "two\nlines"},
    ],
)
async def test_what_cannot_be_recorded_is_refused(world, what):
    made = await raised(world, "now")
    with pytest.raises(InputRefused):
        await world.desk.concerns.record(made, WhatWasDone(**what))
    with pytest.raises(NotFound):
        await world.desk.concerns.record("b" * 32, WhatWasDone(done=("told_lead",)))


async def test_what_the_detector_raised_says_so_on_the_list(world):
    lee = await world.person("lee", "safeguarding_lead")
    session = journey_world.session_of(journey_world.said(PRESSING), journey_world.said(PRESSING))
    accepted = await world.installation.intake.door.submit(session)
    page = await lee.read("/safeguarding")
    assert "2 contributions tell of it. Nobody has looked at the words." in page.words
    assert "Nothing recorded yet" in page.words
    assert accepted.session in page.words
    assert "knife" not in page.words
    events, raw = await events_of(world, SafeguardingRaised)
    assert [(each.session, each.category) for each in events] == [(accepted.session, "immediate_danger")]
    assert b"knife" not in raw
