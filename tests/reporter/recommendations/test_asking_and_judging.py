"""The questions of the pages, one by one, and the group's own word on its own page."""

import asyncio
import datetime

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from journey_world import until
from loop_bench import partly, retracted, yes
from loop_world import open_loop_world

from services.errors import DataFileError, Finding, InputRefused, StepRefused, StoreUnavailable
from services.reporter.recommendations import asking, reasons, working_days
from services.reporter.recommendations.answers import check_answer
from services.reporter.recommendations.drafts import PAGES, Draft
from services.reporter.recommendations.plain_text import LONGEST_LEAD, LONGEST_REASON
from services.reporter.recommendations.reasons import answer_reasons
from services.reporter.recommendations.routing import Organisation
from services.vocabulary.sectors import sectors
from services.web.forms import ToMend

TODAY = datetime.date(2025, 1, 15)
EMPTY = Draft(at=1)
KNOWN = [Organisation(organisation="housing", title="Housing service", kind="statutory", sectors=("housing",))]


def mend(page, typed, draft=EMPTY):
    with pytest.raises(ToMend) as wrong:
        asking.take_page(page, draft, typed, TODAY)
    (error,) = wrong.value.errors
    return error.field, error.text


# --- one thing a page ---


@pytest.mark.parametrize(
    ("page", "typed", "field", "text"),
    [
        ("answer", {}, "answer", "Choose an answer"),
        ("answer", {"answer": "maybe"}, "answer", "Choose an answer"),
        ("because", {}, "because", "Choose a reason"),
        ("because", {"because": "made_up"}, "because", "Choose a reason"),
        ("whose", {}, "passed_to", "Choose whose it is"),
        ("whose", {"passed_to": "the_moon"}, "passed_to", "Choose whose it is"),
        ("lead", {}, "lead", "Enter the role that leads"),
        ("lead", {"lead": "x" * (LONGEST_LEAD + 1)}, "lead", f"Use at most {LONGEST_LEAD} characters"),
        ("words", {"words": "x" * (LONGEST_REASON + 1)}, "words", f"Use at most {LONGEST_REASON} characters"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(page, typed, field, text):
    assert mend(page, typed, Draft(at=1, answer="declined")) == (field, text)


@pytest.mark.parametrize("day", [("31", "2", "2026"), ("x", "1", "2026"), ("1", "", "2026"), ("1", "1", "99999")])
def test_a_day_that_there_is_not_is_asked_for_again(day):
    typed = dict(zip(("due-day", "due-month", "due-year"), day, strict=True))
    assert mend("due", typed) == ("due-day", "Enter a real date, such as 30 9 2026")


@given(st.dates(datetime.date(2020, 1, 1), datetime.date(2030, 12, 31)))
def test_a_day_is_taken_from_today_on(day):
    typed = {"due-day": str(day.day), "due-month": str(day.month), "due-year": str(day.year)}
    if day < TODAY:
        assert mend("due", typed)[1] == "Enter a date that is still to come"
    else:
        assert asking.take_page("due", EMPTY, typed, TODAY).due == day.isoformat()


def test_no_day_at_all_means_that_none_is_set():
    assert asking.take_page("due", EMPTY, {}, TODAY).due == ""


@given(
    st.sampled_from(["accepted", "partly", "declined"]),
    st.sampled_from([reason.id for reason in answer_reasons().entries]),
    st.sampled_from(sectors().ids),
)
def test_every_way_through_the_pages_ends_in_an_answer_that_can_be_given(answer, because, sector):
    draft = EMPTY
    typed = {"answer": answer, "because": because, "passed_to": sector, "lead": "Head of housing", "words": ""}
    fits = answer == "accepted" or answer in answer_reasons().get(because).answers
    for _ in PAGES:
        if draft.next_page == "check":
            break
        question = asking.ask_page(draft.next_page, draft)
        assert question.heading.endswith("?")
        try:
            draft = asking.take_page(draft.next_page, draft, typed, TODAY)
        except ToMend:
            assert not fits
            return
    assert draft.next_page == "check"
    check_answer(draft.as_answer(), today=TODAY.isoformat())
    assert draft.as_answer().answer == answer


def test_whose_it_is_is_chosen_from_the_list_and_found_again():
    question = asking.ask_page("whose", Draft(at=1, answer="declined", because="another_bodys", passed_to="police"))
    (field,) = question.fields
    assert [choice.value for choice in field.choices if choice.chosen] == ["police"]
    assert {choice.value for choice in field.choices} == {"", *sectors().ids}


# --- what the board is asked ---


def test_everything_that_is_missing_is_said_at_once():
    question = asking.ask_commission(KNOWN)
    with pytest.raises(ToMend) as wrong:
        asking.require_all(question, {})
    assert [error.field for error in wrong.value.errors] == ["words", "area", "organisation"]
    assert wrong.value.errors[0].text == "Say what should change, and who should do it"


def test_a_form_that_is_complete_passes_and_one_thing_less_does_not():
    question = asking.ask_commission(KNOWN)
    whole = {"words": "Publish it.", "area": "information", "organisation": "housing"}
    asking.require_all(question, whole)
    for left_out in whole:
        with pytest.raises(ToMend) as wrong:
            asking.require_all(question, {**whole, left_out: ""})
        assert [error.field for error in wrong.value.errors] == [left_out]


def test_a_refusal_is_shown_at_the_field_that_it_names_else_at_the_first():
    fields = asking.ask_commission(KNOWN).fields
    refused = InputRefused(
        [Finding("area", "is not one of the five", "Choose it."), Finding("x", "is wrong", "Mend it.")]
    )
    errors = asking.errors_of(refused, fields)
    assert [(error.field, error.text) for error in errors] == [
        ("area", "This is not one of the five. Choose it."),
        ("words", "This is wrong. Mend it."),
    ]


@given(st.text(max_size=20))
def test_only_three_words_are_a_verdict(typed):
    assert asking.read_verdict({"changed": typed}) == (typed if typed in {"yes", "partly", "no"} else None)


# --- the group on its page ---


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    async with open_loop_world(tmp_path_factory.mktemp("judging")) as found:
        yield found


async def done(world, name):
    life = await world.made(name, words=f"Ring back about {name}.")
    await world.pass_days(20)
    await world.loop.answering.answer(life.recommendation, "housing", yes())
    await world.loop.answering.progress(life.recommendation, "housing", progress="done")
    return f"/groups/group-1/{life.recommendation}/changed"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("verdict", "state"), [("yes", "closed"), ("partly", "closed"), ("no", "reopened")])
async def test_the_group_says_whether_it_changed(world, verdict, state):
    path = await done(world, verdict)
    fay = world.people["fay"]
    assert "1 waits for the group’s word." in (await fay.read("/groups/group-1")).words
    page = await fay.read(path)
    assert f"Ring back about {verdict}." in page.words
    page = await fay.fill(changed=verdict)
    assert (page.path, "The group’s answer is kept. Everybody can see it." in page.words) == ("/groups/group-1", True)
    assert (await world.life(verdict)).state == state


@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_choice_it_is_asked_again_and_a_second_word_is_told(world):
    path = await done(world, "twice")
    fay = world.people["fay"]
    await fay.read(path)
    page = await fay.fill()
    assert (page.status, "Choose yes, partly or no" in page.words) == (422, True)
    token = page.csrf
    at = str((await world.life("twice")).revision)
    await fay.fill(path, csrf=token, changed="yes", at=at)
    page = await fay.fill(path, csrf=token, changed="no", at=at)
    assert (page.status, "has changed since you opened it" in page.words) == (409, True)
    assert (await world.life("twice")).changed == "yes"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_group_finds_only_its_own(world):
    other = await world.made("of-two", group="group-2")
    fay = world.people["fay"]
    assert (await fay.read(f"/groups/group-1/{other.recommendation}/changed")).status == 422


@pytest.mark.asyncio(loop_scope="module")
async def test_a_service_says_on_its_page_that_it_began_and_that_it_is_done(world):
    life = await world.made("going")
    await world.loop.answering.answer(life.recommendation, "housing", partly())
    olu = world.people["olu"]
    for progress, told in (("in_progress", "that you have begun"), ("done", "that it is done")):
        await olu.read(f"/answers/{life.recommendation}")
        page = await olu.fill(f"/answers/{life.recommendation}/progress", progress=progress)
        assert f"It is noted {told}." in page.words
    assert (await world.life("going")).state == "done"


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_is_promised_to_the_public_of_words_that_were_taken_back(world):
    life = await world.made("gone")
    await world.put_on_the_log(retracted("gone"))

    async def is_gone():
        return (await world.life("gone")).retracted

    await until(is_gone, what="the words to go")
    page = await world.people["olu"].read(f"/answers/{life.recommendation}")
    assert page.status == 200
    assert "What everybody will see" not in page.words
    assert "What you can do" not in page.words


# --- the day, and broken lists ---


async def test_a_store_that_is_away_for_a_while_stops_no_calendar(loop, monkeypatch):
    life = await loop.made()
    loop.bench.clock.move_to(datetime.date(2025, 2, 3))
    board, asked = loop.loop.board, []
    really = board.open_due

    async def away_once():
        asked.append(None)
        if len(asked) == 1:
            raise StoreUnavailable("away")
        opened = await really()
        stop.set()
        return opened

    stop = asyncio.Event()
    monkeypatch.setattr(board, "open_due", away_once)
    monkeypatch.setattr("services.reporter.recommendations.board._OPEN_EVERY", 0.01)
    await board.run(stop)
    assert (await loop.life()).is_public
    assert len(asked) == 2
    assert life.is_public is False


async def test_the_board_is_told_when_somebody_was_quicker(loop):
    life = await loop.done()
    with pytest.raises(StepRefused, match="has changed since you opened it"):
        await loop.loop.board.judge(life.recommendation, "yes", group="group-1", at=life.revision - 1)
    assert (await loop.life()).state == "done"


@pytest.mark.parametrize(
    ("module", "name", "file"),
    [(reasons, "answer_reasons", "answer_reasons.yaml"), (reasons, "accuracy_queries", "accuracy_queries.yaml")],
)
def test_an_id_that_stands_twice_in_a_list_is_named_by_its_file(monkeypatch, module, name, file):
    load = getattr(module, name)
    found = load()

    class Twice:
        ids = (*found.ids, found.ids[0])
        id_set = found.id_set
        entries = (*found.entries, found.entries[0])

    monkeypatch.setattr(module, "load_as", lambda *_: Twice())
    load.cache_clear()
    try:
        with pytest.raises(DataFileError, match=file):
            load()
    finally:
        monkeypatch.undo()
        load.cache_clear()


def test_a_bank_holiday_under_another_year_is_named(monkeypatch):
    class Holiday:
        day = datetime.date(2026, 1, 1)

    class Listed:
        years = {2025: (Holiday(),)}  # noqa: RUF012 - stands in for what a file holds

    monkeypatch.setattr(working_days, "load_as", lambda *_: Listed())
    working_days.bank_holidays.cache_clear()
    try:
        with pytest.raises(DataFileError, match="under another year"):
            working_days.bank_holidays()
    finally:
        monkeypatch.undo()
        working_days.bank_holidays.cache_clear()
