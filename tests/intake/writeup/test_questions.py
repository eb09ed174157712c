"""Each question takes what it asks for, and says by field what has to be mended without losing what was typed."""

import datetime
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InputRefused
from services.intake.door import KnownGroup
from services.intake.submissions import SubmittedContribution
from services.intake.writeup import questions as ask
from services.intake.writeup import replies as take
from services.intake.writeup.draft import (
    STEPS,
    Draft,
    HandedOn,
    answer,
    check_draft,
    marks_of,
    next_step,
    stretches,
    submission_of,
)
from services.vocabulary.closed_questions import closed_questions
from services.web.contexts import FormError
from services.web.forms import ToMend, refilled

TODAY = datetime.date(2025, 1, 15)
SESSION = {"kind": ["focus_group"], "month": ["1"], "year": ["2025"], "present": ["8"]}
DESCRIBED = Draft(
    answered=("group", "session", "areas", "held", "room", "answers"),
    kind="focus_group",
    month="2025-01",
    number_present=8,
    areas=("lambeth",),
    role="survivor",
    uses=("count",),
)
CONCERN = {"risk": ["yes"], "category": ["child_at_risk"], "urgency": ["soon"], "done": ["told_lead", "rang_999"]}


def fields(refused):
    return [error.field for error in refused.value.errors]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": [""]}, "kind"),
        ({"kind": ["party"]}, "kind"),
        ({"month": ["13"]}, "month"),
        ({"month": ["0"]}, "month"),
        ({"month": ["March"]}, "month"),
        ({"month": ["2"]}, "month"),
        ({"year": ["25"]}, "year"),
        ({"year": ["1999"]}, "year"),
        ({"year": ["²025"]}, "year"),
        ({"present": [""]}, "present"),
        ({"present": ["0"]}, "present"),
        ({"present": ["-3"]}, "present"),
        ({"present": ["10001"]}, "present"),
    ],
)
def test_a_session_is_described_in_full_or_asked_for_again(changed, field):
    with pytest.raises(ToMend) as refused:
        take.take_session(Draft(), SESSION | changed, TODAY)
    assert fields(refused) == [field]


def test_everything_that_has_to_be_mended_is_said_at_once_in_the_order_of_the_fields():
    with pytest.raises(ToMend) as refused:
        take.take_session(Draft(), {}, TODAY)
    assert fields(refused) == ["kind", "month", "present"]


def test_a_described_session_is_taken():
    taken = take.take_session(Draft(), SESSION, TODAY)
    assert (taken.kind, taken.month, taken.number_present) == ("focus_group", "2025-01", 8)
    assert taken.answered == ("session",)


@pytest.mark.parametrize("chosen", [[], ["mars"], ["lambeth", "not_said"]])
def test_areas_are_chosen_or_not_said_alone(chosen):
    with pytest.raises(ToMend) as refused:
        take.take_areas(Draft(), {"areas": chosen}, TODAY)
    assert fields(refused) == ["areas"]


def test_a_session_for_people_under_18_needs_their_consent_rule():
    draft = Draft(kind="children_session")
    with pytest.raises(ToMend):
        take.take_held(draft, {"held": ["debrief"]}, TODAY)
    taken = take.take_held(draft, {"held": ["debrief", "under_18_consent"]}, TODAY)
    assert (taken.debrief, taken.under_18_consent, taken.support_person) == (True, True, False)


def test_a_change_to_a_session_for_people_under_18_asks_again_how_it_was_held():
    taken = take.take_session(DESCRIBED, SESSION | {"kind": ["children_session"]}, TODAY)
    assert next_step(taken, pressing=False) == "held"


def test_another_kind_of_session_has_the_words_read_again_and_the_same_one_does_not():
    draft = answer(answer(DESCRIBED, "notes", contributions=(SubmittedContribution(text="One."),)), "preview")
    assert next_step(take.take_session(draft, SESSION, TODAY), pressing=False) == "check"
    assert next_step(take.take_session(draft, SESSION | {"kind": ["interview"]}, TODAY), pressing=False) == "notes"


def test_another_group_has_the_words_read_again_where_they_name_seats():
    groups = [KnownGroup("g1", "One", seated=True, hear_back_on=""), KnownGroup("g2", "Two", False, "")]
    for seat, expected in ((3, "notes"), (None, "check")):
        said = SubmittedContribution(text="One.", seat=seat)
        draft = answer(take.take_group(DESCRIBED, {"group": ["g1"]}, groups), "notes", contributions=(said,))
        moved = take.take_group(answer(answer(draft, "statements"), "preview"), {"group": ["g2"]}, groups)
        assert next_step(moved, pressing=False) == expected


@pytest.mark.parametrize("group", ["", "g9", "none of them"])
def test_a_group_is_one_of_those_that_are_known(group):
    with pytest.raises(ToMend) as refused:
        take.take_group(Draft(), {"group": [group]}, [])
    assert fields(refused) == ["group"]


def test_nothing_ticked_is_an_answer_about_uses():
    assert take.take_room(Draft(), {"role": ["survivor"]}, TODAY).uses == ()
    with pytest.raises(ToMend):
        take.take_room(Draft(), {"uses": ["count"]}, TODAY)


def test_tallies_are_counted_for_the_questions_that_were_asked():
    question = closed_questions().entries[0]
    typed = {ask.tally_field(question.id, 0): ["5"], ask.tally_field(question.id, 2): [" 3 "]}
    taken = take.take_answers(DESCRIBED, typed, TODAY)
    assert taken.tallies == {question.id: {"yes": 5, "no": 3}}


@pytest.mark.parametrize("typed", ["9", "many", "-1", "100000"])
def test_more_answers_than_people_or_no_number_are_asked_for_again(typed):
    field = ask.tally_field("felt_heard", 0)
    with pytest.raises(ToMend) as refused:
        take.take_answers(DESCRIBED, {field: [typed]}, TODAY)
    assert fields(refused) == [field]


def test_notes_become_one_contribution_a_paragraph():
    typed = {"notes": ["One point.\r\n\r\nPerson 2: Another point."]}
    taken = take.take_notes(DESCRIBED, typed, TODAY, [])
    assert [(said.text, said.person) for said in taken.contributions] == [("One point.", None), ("Another point.", 2)]
    assert taken.places == ("Paragraph 1", "Paragraph 2")


@pytest.mark.parametrize(
    "notes", ["", "   \n ", "Person 0: nobody", "x" * 20_001, "\n\n".join(f"Person {n}: Yes." for n in range(1, 10))]
)
def test_notes_that_break_a_rule_are_asked_for_again(notes):
    with pytest.raises(ToMend) as refused:
        take.take_notes(DESCRIBED, {"notes": [notes]}, TODAY, [])
    assert set(fields(refused)) == {"notes"}
    assert not any("nobody" in error.text for error in refused.value.errors)


def test_other_words_undo_what_rested_on_the_old_ones():
    draft = answer(DESCRIBED, "preview", keeps={0: ((0, 3),)}, handed_on=HandedOn(category="x", urgency="now", done=()))
    taken = take.take_notes(draft, {"notes": ["Other words."]}, TODAY, [])
    assert (taken.keeps, taken.handed_on, "preview" in taken.answered) == ({}, None, False)


def test_a_concern_is_recorded_by_lists():
    taken = take.take_concern(DESCRIBED, CONCERN | {"contact": ["Duty line"], "reference": ["A-1"]})
    assert taken.handed_on == HandedOn(
        category="child_at_risk",
        urgency="soon",
        done=("rang_999", "told_lead"),
        contact="Duty line",
        reference="A-1",
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"risk": []}, "risk"),
        ({"category": ["none"]}, "category"),
        ({"urgency": []}, "urgency"),
        ({"done": []}, "done"),
        ({"done": ["magic"]}, "done"),
        ({"contact": ["x" * 81]}, "contact"),
        ({"reference": ["x" * 41]}, "reference"),
    ],
)
def test_a_concern_is_recorded_in_full(changed, field):
    with pytest.raises(ToMend) as refused:
        take.take_concern(DESCRIBED, CONCERN | changed)
    assert fields(refused) == [field]


def test_a_lead_who_is_concerned_can_be_named_and_nobody_else():
    named = {"not_lead": ["lead-1"]}
    assert take.take_concern(DESCRIBED, CONCERN | named, ["lead-1"]).handed_on.not_lead == "lead-1"
    with pytest.raises(ToMend) as refused:
        take.take_concern(DESCRIBED, CONCERN | named, ["lead-2"])
    assert fields(refused) == ["not_lead"]


def test_she_may_say_that_nobody_is_at_risk():
    taken = take.take_concern(DESCRIBED, {"risk": ["no"], "category": ["child_at_risk"]})
    assert (taken.handed_on, taken.no_concern) == (None, True)


def test_questions_come_in_their_order_and_that_about_risk_only_where_it_presses():
    draft, met = Draft(), []
    while (step := next_step(draft, pressing=True)) != "check":
        met.append(step)
        said = {"session": {"kind": "survey"}, "group": {"group": "g1"}, "answers": {"equality": True}}.get(step, {})
        draft = answer(draft, step, **said)
    assert tuple(met) == STEPS
    calm = answer(DESCRIBED, "notes")
    assert next_step(answer(calm, "preview"), pressing=False) == "check"
    assert next_step(answer(calm, "preview"), pressing=True) == "concern"


def test_what_was_typed_comes_back_with_what_to_mend():
    error = FormError("present", "Enter a number")
    page = refilled(ask.ask_session(Draft()), SESSION | {"present": ["eight"]}, [error])
    by_name = {field.name: field for field in page.fields}
    assert by_name["present"].value == "eight"
    assert [choice.value for choice in by_name["kind"].choices if choice.chosen] == ["focus_group"]
    assert page.errors == (error,)


def test_answers_come_back_as_they_were():
    page = ask.ask_session(DESCRIBED)
    assert [field.value for field in page.fields[1:]] == ["01", "2025", "8"]
    room = ask.ask_room(DESCRIBED)
    assert [[choice.value for choice in field.choices if choice.chosen] for field in room.fields] == [
        ["survivor"],
        ["count"],
    ]


@given(st.text(max_size=60), st.text(alphabet="ab \n", max_size=200))
def test_a_stretch_that_is_found_is_what_was_asked_for(words, text):
    for start, end in stretches(words, text):
        assert text[start:end].split() == [part for part in text[start:end].split() if part]
        assert " ".join(text[start:end].split()).casefold() == " ".join(words.split()).casefold()


@given(st.lists(st.sampled_from(["a", "b", "ab", "choir"]), min_size=1, max_size=12), st.sampled_from(["a", "choir"]))
def test_every_whole_word_that_goes_is_marked(said, word):
    text = " ".join(said)
    draft = Draft(contributions=(SubmittedContribution(text=text),), removals=(word,))
    assert len(marks_of(draft, 0)) == said.count(word)
    assert all(re.fullmatch(word, text[mark.start : mark.end]) for mark in marks_of(draft, 0))


def test_the_marks_travel_with_the_words():
    contribution = SubmittedContribution(text="The choir met Ann.")
    draft = answer(DESCRIBED, "notes", contributions=(contribution,), places=("1",))
    marked = take.with_keeps(draft, {0: ((14, 17),)}, ("choir",))
    sent = submission_of(marked).contributions[0].marks
    assert [(mark.start, mark.end, mark.action) for mark in sent] == [(4, 9, "remove"), (14, 17, "keep")]
    assert take.with_keeps(marked, {0: ((14, 17),), 1: ()}, ("choir",)) is marked
    check_draft(marked, TODAY)


def test_a_draft_that_breaks_a_rule_is_refused_by_place():
    draft = answer(DESCRIBED, "notes", contributions=(SubmittedContribution(text=" "),), places=("Paragraph 1",))
    with pytest.raises(InputRefused) as refused:
        check_draft(draft, TODAY)
    assert [found.place for found in refused.value.findings] == ["Paragraph 1.text"]
