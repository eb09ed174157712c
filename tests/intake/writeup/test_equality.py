"""Equality questions by a show of hands: only in a large room, only those that are counted, and never by force."""

import datetime

import msgspec
import pytest

from services.intake.door import NewRound
from services.intake.writeup import questions as ask
from services.intake.writeup import replies as take
from services.intake.writeup.checking import rows_of
from services.intake.writeup.draft import Draft, answer, next_step, submission_of
from services.vocabulary.characteristics import LEAST_PRESENT, characteristics
from services.vocabulary.frameworks import framework
from services.web.forms import ToMend

TODAY = datetime.date(2025, 1, 15)
LARGE = Draft(
    answered=("group", "session", "areas", "held", "room"),
    kind="workshop",
    month="2025-01",
    number_present=12,
    areas=("lambeth",),
    role="survivor",
    uses=("count",),
)
TICKED = {"also": ["equality"], ask.tally_field("felt_heard", 0): ["7"]}
COUNTED = {ask.tally_field("sex", 0): ["9"], ask.tally_field("sex", 2): ["2"]}


def counted():
    return take.take_equality(take.take_answers(LARGE, TICKED, TODAY), COUNTED, TODAY)


def session_again(draft, present):
    typed = {"kind": ["workshop"], "month": ["1"], "year": ["2025"], "present": [str(present)]}
    return take.take_session(draft, typed, TODAY)


def names_of(question):
    return [field.name for field in question.fields]


@pytest.mark.parametrize(("present", "asked"), [(LEAST_PRESENT - 1, False), (LEAST_PRESENT, True), (None, False)])
def test_it_is_asked_only_where_no_hand_points_to_somebody(present, asked):
    page = ask.ask_answers(Draft(number_present=present))
    assert ("also" in names_of(page)) is asked


def test_in_a_small_room_a_tick_is_not_taken():
    taken = take.take_answers(Draft(number_present=LEAST_PRESENT - 1), TICKED, TODAY)
    assert not taken.equality
    assert next_step(taken, pressing=False) != "equality"


def test_unticked_the_page_is_not_shown():
    taken = take.take_answers(LARGE, {}, TODAY)
    assert next_step(taken, pressing=False) == "notes"


def test_ticked_it_is_the_next_page_and_what_is_counted_goes_with_the_session():
    ticked = take.take_answers(LARGE, TICKED, TODAY)
    assert next_step(ticked, pressing=False) == "equality"
    assert submission_of(counted()).tallies == {"felt_heard": {"yes": 7}, "sex": {"woman": 9, "prefer_not_to_say": 2}}
    assert next_step(counted(), pressing=False) == "notes"


def test_only_what_releases_count_is_asked():
    asked = {question.id for question in ask.asked_for_equality()}
    assert asked == {each.id for each in characteristics().entries if each.published}
    assert asked < characteristics().id_set


def test_every_answer_has_a_name_for_people():
    titles = {question.id: [title for _, title in question.answers] for question in ask.asked_for_equality()}
    assert titles["age_band"][:2] == ["Under 18", "18 to 24"]
    assert all(title and "_" not in title for answers in titles.values() for title in answers)
    assert {answers[-1] for answers in titles.values()} == {"Prefer not to say"}


@pytest.mark.parametrize("typed", ["13", "many", "-1"])
def test_more_than_were_there_or_no_number_is_asked_for_again(typed):
    field = ask.tally_field("disability", 0)
    with pytest.raises(ToMend) as refused:
        take.take_equality(counted(), {field: [typed]}, TODAY)
    assert [error.field for error in refused.value.errors] == [field]


def test_counts_come_back_under_what_they_answer():
    page = ask.ask_equality(counted())
    shown = {within: [field.value for field in fields] for within, fields in page.asked_together}
    assert shown["Sex"] == ["9", "", "2"]
    assert list(shown) == [question.title for question in ask.asked_for_equality()]


def test_mending_the_questions_at_the_end_keeps_the_counts_and_unticking_lets_them_go():
    kept = take.take_answers(counted(), {"also": ["equality"]}, TODAY)
    assert kept.tallies == {"sex": {"woman": 9, "prefer_not_to_say": 2}}
    assert next_step(kept, pressing=False) == "notes"
    gone = take.take_answers(counted(), {}, TODAY)
    assert gone.tallies == {}
    again = take.take_answers(gone, TICKED, TODAY)
    assert next_step(again, pressing=False) == "equality"


def test_a_smaller_number_present_asks_again_what_no_longer_fits():
    assert next_step(session_again(counted(), 12), pressing=False) == "notes"
    assert next_step(session_again(counted(), 10), pressing=False) == "equality"
    small = session_again(counted(), 8)
    assert next_step(small, pressing=False) == "answers"
    assert "left out" in " ".join(ask.ask_answers(small).lead)
    assert take.take_answers(small, {}, TODAY).tallies == {}


def test_more_closed_answers_than_people_are_asked_again_too():
    draft = answer(LARGE, "answers", tallies={"felt_heard": {"yes": 12}})
    assert next_step(session_again(draft, 11), pressing=False) == "answers"


def test_the_check_page_says_what_was_counted_or_that_it_was_not_asked():
    def shown(draft):
        return {row.key: (row.values, row.step) for row in rows_of(draft, {})}.get("Equality questions")

    assert shown(counted()) == (("Sex: Woman 9, Prefer not to say 2",), "equality")
    assert shown(LARGE) == (("Not asked",), "answers")
    assert shown(Draft(kind="workshop", month="2025-01", number_present=8, role="survivor")) is None


async def test_a_workshop_is_written_up_with_them(world, ann):
    path = await world.up_to_answers(ann, kind="workshop", present="12")
    assert (await ann.read(f"{path}/equality")).path == f"{path}/answers"
    page = await ann.fill(also="equality")
    assert page.path == f"{path}/equality"
    assert "<legend" in page.text
    page = await ann.fill(tally__sex__0="13")
    assert page.status == 422
    assert "more answers than people present" in page.words
    await ann.fill(tally__sex__0="11", tally__age_band__1="4")
    await ann.fill(notes="The bus does not run on Sundays.")
    page = await ann.fill(do="continue", page="1")
    assert page.path == f"{path}/check"
    assert "Sex: Woman 11" in page.words
    assert "Age: 18 to 24 4" in page.words
    assert "/sessions/note/" in (await ann.fill()).path


async def test_a_file_may_bring_them(world, ann):
    path = await world.up_to_answers(ann, kind="workshop", present="12")
    await ann.fill()
    said = {"text": "The bus does not run on Sundays."}
    file = {"kind": "workshop", "month": "2025-01", "number_present": 12, "contributions": [said]}
    file["tallies"] = {"sex": {"woman": 11}}
    await ann.read(f"{path}/upload")
    page = await ann.send_file(f"{path}/upload", "notes.json", msgspec.json.encode(file))
    assert page.path == f"{path}/equality"
    assert 'value="11"' in page.text


async def test_the_note_speaks_of_the_subjects_that_its_round_publishes(world, ann):
    door = world.installation.intake.door
    named = "strategy_2018_21"
    made = await door.make_round(
        NewRound(
            title="Spring", can_change="Opening hours.", cannot_change="The law.", decides="The board.",
            hear_back_on="30 June 2025", controllers="The council.", lawful_basis="Public task.",
            retention_ends="2026-12-31", frameworks=(named,),
        )
    )  # fmt: skip
    group = await door.make_group("Tuesday group", seated=False, round_id=made)
    path = await world.up_to_check(ann, "The refuge had no room, and the council offered no flat anywhere.")
    await ann.read(f"{path}/group")
    await ann.fill(group=group)
    await ann.fill(do="continue")
    page = await ann.fill()

    def titles(name):
        return {node.title for node in framework(name).nodes if node.title in page.words}

    assert titles(named) - titles("mayor_2022_25")
    assert not titles("mayor_2022_25") - titles(named)
