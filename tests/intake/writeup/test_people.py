"""One person may differ from the room in role, areas and uses: changed before sending, for all she said."""

import pytest
from msgspec.structs import replace

from services.intake.submissions import SubmittedContribution
from services.intake.writeup.differing import (
    ask_person,
    differences,
    how_many_differ,
    of_same_person,
    take_person,
    whose,
)
from services.intake.writeup.draft import Draft, carried_over, submission_of
from services.web.forms import ToMend

ROOM = {"role": ["room"], "areas_as": ["room"], "uses_as": ["room"]}


def draft_of(*contributions):
    return Draft(
        kind="focus_group",
        month="2025-01",
        role="survivor",
        uses=("count", "paraphrase"),
        areas=("lambeth",),
        contributions=contributions,
        places=tuple(f"Paragraph {number}" for number, _ in enumerate(contributions, start=1)),
    )


def said(text="The stop is dark.", **who):
    return SubmittedContribution(text=text, **who)


def test_a_change_holds_for_everything_the_same_person_said_and_for_nobody_else():
    draft = draft_of(said("One."), said("Two.", person=1), said("Three.", person=2), said("Four.", person=1))
    typed = ROOM | {"role": ["practitioner"], "uses_as": ["own"], "uses": ["count"]}
    changed = take_person(draft, 1, typed)
    assert [(each.role, each.uses) for each in changed.contributions] == [
        (None, None),
        ("practitioner", ("count",)),
        (None, None),
        ("practitioner", ("count",)),
    ]
    assert how_many_differ(changed) == 2
    assert of_same_person(changed.contributions, 0) == [0]
    assert submission_of(changed).contributions[3].role == "practitioner"


def test_nothing_ticked_means_that_nothing_of_hers_is_used():
    changed = take_person(draft_of(said()), 0, ROOM | {"uses_as": ["own"]})
    assert changed.contributions[0].uses == ()
    assert differences(changed, 0) == ("May be used: nothing",)


def test_what_is_the_same_as_the_rooms_is_no_difference():
    typed = {
        "role": ["survivor"], "areas_as": ["own"], "areas": ["lambeth"], "uses_as": ["own"],
        "uses": ["count", "paraphrase"],
    }  # fmt: skip
    assert how_many_differ(take_person(draft_of(said()), 0, typed)) == 0


def test_going_back_to_the_room_takes_the_difference_away():
    changed = take_person(draft_of(said()), 0, ROOM | {"areas_as": ["own"], "areas": ["brent", "camden"]})
    assert changed.contributions[0].areas == ("brent", "camden")
    assert take_person(changed, 0, ROOM).contributions == draft_of(said()).contributions


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"role": []}, "role"),
        ({"role": ["magician"]}, "role"),
        ({"areas_as": []}, "areas_as"),
        ({"areas_as": ["own"]}, "areas"),
        ({"areas_as": ["own"], "areas": ["not_said", "camden"]}, "areas"),
        ({"uses_as": []}, "uses_as"),
    ],
)
def test_nothing_is_guessed(typed, field):
    with pytest.raises(ToMend) as refused:
        take_person(draft_of(said()), 0, ROOM | typed)
    assert [error.field for error in refused.value.errors] == [field]


def test_the_question_shows_the_answers_so_far():
    changed = take_person(draft_of(said()), 0, ROOM | {"role": ["community"], "uses_as": ["own"], "uses": ["quote"]})
    chosen = {
        field.name: [choice.value for choice in field.choices if choice.chosen]
        for field in ask_person(changed, 0).fields
    }
    assert chosen == {"role": ["community"], "areas_as": ["room"], "areas": [], "uses_as": ["own"], "uses": ["quote"]}


def test_new_notes_keep_the_answers_of_the_same_words_of_the_same_person():
    before = take_person(
        draft_of(said("One.", person=1), said("Two.")), 0, ROOM | {"role": ["community"]}
    ).contributions
    after = carried_over(before, (said("New."), said("One.", person=1), said("One.", person=2)))
    assert [each.role for each in after] == [None, "community", None]


async def test_the_pages_change_one_person_and_the_facts_say_so(world, ann):
    path = await world.up_to_check(ann, notes="Person 1: The stop is dark.\n\nPerson 2: The hub is kind.")
    assert "Nobody differs" in ann.page.words
    await ann.read(f"{path}/people")
    assert "Person 2." in ann.page.words
    page = await ann.fill_elsewhere(
        f"{path}/people/2", role="practitioner", areas_as="room", uses_as="own", uses=["count"]
    )
    assert page.path == f"{path}/people"
    assert "Speaks as: Practitioner" in page.words
    assert "May be used: count" in page.words
    await ann.read(f"{path}/check")
    assert "1 contribution has answers of its own" in ann.page.words
    assert "The notes are sent" in (await ann.fill()).words


async def test_an_open_question_comes_back_with_what_was_typed(world, ann):
    path = await world.up_to_check(ann)
    page = await ann.fill_elsewhere(f"{path}/people/1", role="community", areas_as="own", uses_as="room")
    assert page.status == 422
    assert "Tick at least one area" in page.words
    assert 'value="community" checked' in page.text


async def test_a_person_that_is_not_there_is_not_found(world, ann):
    path = await world.up_to_check(ann)
    assert (await ann.read(f"{path}/people/99")).status == 404
    assert (await ann.read(f"{path}/people/0")).status == 404


async def test_before_the_notes_the_page_leads_to_them(world, ann):
    path = await world.up_to_notes(ann)
    assert (await ann.read(f"{path}/people")).path == f"{path}/notes"


async def test_many_contributions_come_page_by_page(world, ann):
    notes = "\n\n".join(f"Point number {number} about the bus." for number in range(45))
    path = await world.up_to_notes(ann, present="60")
    await ann.fill(notes=notes)
    page = await ann.read(f"{path}/people?page=3")
    assert "Page 3 of 3" in page.words
    assert "Point number 44" in page.words
    assert "Point number 0 " not in page.words
    assert "Page 3 of 3" in (await ann.read(f"{path}/people?page=99")).words


def test_somebody_is_named_by_seat_by_person_or_by_place():
    draft = replace(draft_of(said("One.", seat=3), said("Two.", person=2), said("Three.")), places=("Paragraph 1",) * 2)
    assert [whose(draft, number) for number in range(3)] == ["Seat 3.", "Person 2.", "Number 3."]


def test_a_person_with_areas_of_her_own_is_told_by_them():
    changed = take_person(draft_of(said()), 0, ROOM | {"areas_as": ["own"], "areas": ["brent", "camden"]})
    assert differences(changed, 0) == ("Areas: Brent, Camden",)
