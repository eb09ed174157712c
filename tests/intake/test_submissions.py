"""What a submission must keep, rule by rule: a refusal names place and rule, and never what stood there."""

import datetime

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.errors import InputRefused
from services.intake.submissions import (
    LONGEST_TEXT,
    MOST_CONTRIBUTIONS,
    SubmittedMark,
    check,
    read_submission,
)
from services.vocabulary.areas import areas
from services.vocabulary.closed_questions import closed_questions
from services.vocabulary.roles import roles
from services.vocabulary.session_kinds import session_kinds
from services.vocabulary.uses import uses

TODAY = datetime.date(2025, 3, 20)
SECRET = "velvet umbrellas"


def checked(submission, **more):
    return check(submission, today=TODAY, **more)


def findings_of(submission, **more):
    with pytest.raises(InputRefused) as refused:
        checked(submission, **more)
    for finding in refused.value.findings:
        assert finding.mend
        assert finding.mend.endswith((".", "quote")) or "choose" in finding.mend.lower()
    return [(finding.place, finding.rule) for finding in refused.value.findings]


def changed(submission, **more):
    return msgspec.structs.replace(submission, **more)


def test_a_submission_that_keeps_every_rule_is_filled_in_from_the_room(said, session_of):
    found = checked(session_of(said(), said(role="practitioner", areas=("camden",), uses=("count",))))
    assert [(each.role, each.areas, each.uses) for each in found.contributions] == [
        ("survivor", ("lambeth",), ("count", "paraphrase", "quote")),
        ("practitioner", ("camden",), ("count",)),
    ]


@pytest.mark.parametrize(
    ("change", "place", "rule"),
    [
        ({"kind": SECRET}, "kind", "not one of the session kinds"),
        ({"month": "2025-13"}, "month", "not a month"),
        ({"month": "2025-03\n"}, "month", "not a month"),
        ({"month": "2025-3"}, "month", "not a month"),
        ({"month": "1999-12"}, "month", "too long ago"),
        ({"month": "2025-04"}, "month", "in the future"),
        ({"areas": (SECRET,)}, "areas", "not one of the areas"),
        ({"areas": ("lambeth", "lambeth")}, "areas", "an area stands twice"),
        ({"areas": ("lambeth", "not_said")}, "areas", "not said beside an area"),
        ({"kind": "children_session"}, "under_18_consent", "a children and young people's session needs it"),
        ({"contributions": ()}, "contributions", "nothing was said"),
        ({"tallies": {SECRET: {"yes": 1}}}, "tallies", "not one of the questions"),
        ({"role": None}, "contributions[0].role", "missing"),
        ({"role": SECRET}, "contributions[0].role", "not one of the roles"),
        ({"uses": None}, "contributions[0].uses", "missing"),
        ({"uses": (SECRET,)}, "contributions[0].uses", "not one of the uses"),
    ],
)
def test_a_broken_rule_of_the_room_is_named_by_place_and_rule(said, session_of, change, place, rule):
    submission = changed(session_of(said()), **change)
    assert (place, rule) in findings_of(submission)
    with pytest.raises(InputRefused) as refused:
        checked(submission)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("more", "place", "rule"),
    [
        ({"text": "  \n "}, ".text", "empty"),
        ({"text": "x" * (LONGEST_TEXT + 1)}, ".text", "too long"),
        ({"text": f"{SECRET}\x00"}, ".text", "control characters"),
        ({"text": f"{SECRET}\x1b[2J"}, ".text", "control characters"),
        ({"role": SECRET}, ".role", "not one of the roles"),
        ({"areas": (SECRET,)}, ".areas", "not one of the areas"),
        ({"uses": ("count", SECRET)}, ".uses", "not one of the uses"),
        ({"seat": 1, "person": 1}, "", "more than one of seat, person and receipt"),
        ({"person": 1, "receipt": SECRET}, "", "more than one of seat, person and receipt"),
        ({"seat": 1}, ".seat", "a seat without a group"),
        ({"marks": (SubmittedMark(start=0, end=99, action="remove"),)}, ".marks", "a mark outside the text"),
        ({"marks": (SubmittedMark(start=3, end=3, action="keep"),)}, ".marks", "a mark outside the text"),
        ({"marks": (SubmittedMark(start=0, end=2, action=SECRET),)}, ".marks", "a mark outside the text"),
    ],
)
def test_a_broken_rule_of_one_contribution_names_that_one(said, session_of, more, place, rule):
    submission = session_of(said(), said(**{"text": "It was cold there.", **more}))
    assert (f"contributions[1]{place}", rule) in findings_of(submission)
    with pytest.raises(InputRefused) as refused:
        checked(submission)
    assert SECRET not in str(refused.value)


def test_line_breaks_and_tabs_are_no_control_characters(said, session_of):
    assert checked(session_of(said("one\n\ttwo\r\nthree"))).contributions[0].text == "one\n\ttwo\r\nthree"


def test_places_are_said_as_the_sender_would_say_them(said, session_of):
    found = findings_of(session_of(said(""), said("")), places=["row 2", "row 3"])
    assert found == [("row 2.text", "empty"), ("row 3.text", "empty")]


def test_every_finding_is_reported_at_once_and_in_order(said, session_of):
    found = findings_of(session_of(said(""), said(role="nobody"), kind="party", month="soon"))
    assert [place for place, _ in found] == ["kind", "month", "contributions[0].text", "contributions[1].role"]


def test_too_many_contributions_are_refused_before_any_is_looked_at(said, session_of):
    one = said("")
    found = findings_of(session_of(*[one] * (MOST_CONTRIBUTIONS + 1)))
    assert found == [("contributions", "too many at once")]


def test_the_month_of_today_is_taken_and_the_day_never_is(said, session_of):
    assert checked(session_of(said(), month="2025-03")).month == "2025-03"


def test_under_18_words_are_never_quoted_whatever_was_ticked(said, session_of):
    young = session_of(said(), said(uses=("quote",)), kind="children_session", under_18_consent=True)
    assert [each.uses for each in checked(young).contributions] == [("count", "paraphrase"), ()]


def test_uses_are_put_in_one_order_and_once(said, session_of):
    found = checked(session_of(said(uses=("quote", "count", "quote"))))
    assert found.contributions[0].uses == ("count", "quote")


def test_no_uses_is_an_answer_and_never_guessed_over(said, session_of):
    assert checked(session_of(said(uses=()))).contributions[0].uses == ()


def test_areas_that_nobody_named_read_as_not_said(said, session_of):
    found = checked(session_of(said(), said(areas=()), areas=()))
    assert found.areas == ("not_said",)
    assert [each.areas for each in found.contributions] == [("not_said",), ("not_said",)]


def test_the_least_present_are_the_different_people_who_spoke(said, session_of):
    spoke = (said(person=1), said(person=1), said(person=2), said(), said())
    assert checked(session_of(*spoke, kind="focus_group")).number_present == 3
    assert ("number_present", "fewer than the people who spoke") in findings_of(
        session_of(*spoke, kind="focus_group", number_present=2)
    )
    assert checked(session_of(*spoke, kind="focus_group", number_present=3)).number_present == 3


def test_a_kind_in_which_each_contribution_is_a_person_is_marked_single(said, session_of):
    assert checked(session_of(said())).single
    assert not checked(session_of(said(), kind="focus_group")).single


def test_more_answers_than_people_are_refused_and_fewer_are_not(said, session_of):
    room = session_of(said(), kind="focus_group", number_present=9)
    assert ("tallies.felt_heard", "more answers than people") in findings_of(
        changed(room, tallies={"felt_heard": {"yes": 8, "no": 2}})
    )
    assert checked(changed(room, tallies={"felt_heard": {"yes": 7, "no": 2}})).tallies == {
        "felt_heard": {"yes": 7, "no": 2}
    }


def test_marks_travel_unchanged(said, session_of):
    marks = (SubmittedMark(start=0, end=4, action="remove"), SubmittedMark(start=5, end=9, action="keep"))
    assert checked(session_of(said("Anne told me.", marks=marks))).contributions[0].marks == marks


@pytest.mark.parametrize(
    ("body", "place", "rule"),
    [
        ([], "$", "the wrong shape, or a required field is missing"),
        ({"kind": "survey", "month": "2025-01"}, "$", "the wrong shape, or a required field is missing"),
        ({"kind": SECRET, "month": 5, "contributions": []}, "$.month", "the wrong shape, or a required field"),
        (
            {"kind": "survey", "month": "2025-01", "contributions": [{"text": 5}]},
            "$.contributions[0].text",
            "the wrong shape, or a required field",
        ),
        (
            {"kind": "survey", "month": "2025-01", "contributions": [{"text": "x", SECRET: 1}]},
            "$.contributions[0]",
            "an unknown field",
        ),
        (
            {"kind": "survey", "month": "2025-01", "contributions": [{"text": "x", "seat": 1000}]},
            "$.contributions[0].seat",
            "the wrong shape",
        ),
        (
            {"kind": "survey", "month": "2025-01", "contributions": [], "group": f"../{SECRET}"},
            "$.group",
            "the wrong shape",
        ),
    ],
)
def test_a_body_of_the_wrong_shape_names_the_field_and_never_the_value(body, place, rule):
    with pytest.raises(InputRefused) as refused:
        read_submission(body)
    (finding,) = refused.value.findings
    assert finding.place == place
    assert finding.rule.startswith(rule)
    assert SECRET not in str(refused.value)


def test_a_whole_body_is_read():
    found = read_submission(
        {
            "kind": "focus_group",
            "month": "2025-01",
            "number_present": 8,
            "role": "survivor",
            "uses": ["count"],
            "group": "g1",
            "tallies": {"felt_safe": {"yes": 8}},
            "contributions": [{"text": "x", "seat": 3, "marks": [{"start": 0, "end": 1, "action": "keep"}]}],
        },
    )
    assert found.contributions[0].seat == 3
    assert found.contributions[0].marks == (SubmittedMark(start=0, end=1, action="keep"),)


def refusal_of(word):
    body = {
        "kind": word,
        "month": word,
        "role": word,
        "uses": [word],
        "areas": [word],
        "tallies": {word: {}},
        "contributions": [{"text": "said", "role": word}],
    }
    with pytest.raises(InputRefused) as refused:
        check(read_submission(body), today=TODAY)
    return str(refused.value)


@given(st.text(min_size=12, max_size=40))
def test_a_refusal_is_the_same_whatever_the_word_that_it_refuses(word):
    lists = (session_kinds(), roles(), uses(), areas(), closed_questions())
    assume(not any(word in each.id_set for each in lists))
    assert refusal_of(word) == refusal_of(SECRET)
