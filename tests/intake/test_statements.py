"""What a group found and recommends: its rules, whoever sends it, and nothing of it repeated in a refusal."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journey_world import said, session_of

from services.errors import InputRefused
from services.intake.statements import SubmittedStatement
from services.intake.submissions import check, read_submission
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.statements import faults_of, sentences_in, statement_rules

TODAY = datetime.date(2025, 1, 15)
FINDING = "Waiting without any word is taken for being forgotten."
PLANTED = "Zebedee Quillmere"


def stated(kind="finding", text=FINDING, **more):
    return SubmittedStatement(kind=kind, text=text, **more)


def recommended(text="Say how long it will be.", **more):
    return stated("recommendation", text, **{"area": "services", **more})


SPOKEN = (said("They kept us waiting."),)


def checked(*statements, group="group-1", places=None, spoken=SPOKEN, **more):
    session = session_of(*spoken, kind="survivor_forum", group=group, number_present=8, statements=statements, **more)
    return check(session, today=TODAY, places=places)


def refused(*statements, **more):
    with pytest.raises(InputRefused) as caught:
        checked(*statements, **more)
    assert "Quillmere" not in str(caught.value)
    return [(finding.place, finding.rule) for finding in caught.value.findings]


def test_a_finding_and_a_recommendation_are_taken_as_they_are():
    one, two = checked(stated(sectors=("health",)), recommended(sectors=("housing", "police"))).statements
    assert (one.kind, one.text, one.area, one.sectors) == ("finding", FINDING, None, ("health",))
    assert (two.kind, two.area, two.sectors) == ("recommendation", "services", ("police", "housing"))


@pytest.mark.parametrize("area", recommendation_areas().ids)
def test_each_of_the_five_areas_is_taken(area):
    assert checked(recommended(area=area)).statements[0].area == area


def test_statements_alone_make_a_session_of_a_group():
    assert len(checked(stated(), spoken=()).statements) == 1
    assert refused(spoken=()) == [("contributions", "nothing was said")]


def test_nobody_but_a_group_makes_statements():
    assert refused(stated(), group=None) == [("statements", "only a group makes statements")]


@pytest.mark.parametrize(
    ("statement", "place", "rule"),
    [
        (stated(kind=PLANTED), "kind", "neither a finding nor a recommendation"),
        (stated(text="  "), "text", "empty"),
        (stated(text=f"{FINDING} {FINDING}"), "text", "more than one sentence"),
        (stated(text=f"{PLANTED} " * 60), "text", "too long"),
        (stated(text="I was told nothing."), "text", "about one life"),
        (stated(text="They asked me twice."), "text", "about one life"),
        (stated(text="Nobody \x07 rings."), "text", "control characters"),
        (stated(area="services"), "area", "only a recommendation has an area"),
        (stated(sectors=(PLANTED,)), "sectors", "not one of the sectors"),
        (stated(sectors=("health", "health")), "sectors", "a sector stands twice"),
        (recommended(area=None), "area", "missing"),
        (recommended(area=PLANTED), "area", "not one of the five areas"),
        (recommended(text="One. Two. Three. Four."), "text", "more than 3 sentences"),
        (recommended(text="x" * 701), "text", "too long"),
    ],
)
def test_a_broken_rule_is_said_by_place(statement, place, rule):
    assert refused(said_too := stated(), statement) == [(f"statements[1].{place}", rule)]
    assert said_too.text == FINDING
    places = ["row 2", "row 3", "row 4"]
    assert refused(stated(), statement, places=places) == [(f"row 4.{place}", rule)]


def test_three_sentences_of_a_recommendation_are_taken():
    assert checked(recommended(text="Ring back. Say when. Keep to it."))


def test_too_many_statements_are_refused_as_a_whole():
    most = statement_rules().most_in_a_session
    assert len(checked(*[stated()] * most).statements) == most
    assert refused(*[stated()] * (most + 1)) == [("statements", "too many")]


def test_an_unknown_field_of_a_statement_is_refused_by_place():
    body = {"kind": "survey", "month": "2025-01", "contributions": [], "statements": [{"kind": "finding", "velvet": 1}]}
    with pytest.raises(InputRefused) as caught:
        read_submission(body)
    assert "velvet" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One without its mark", 1),
        ("One. Two.", 2),
        ("One! Two? Three…", 3),
        ("It costs 3.50 a day.", 1),
        ("They said “wait.” We waited.", 2),
        ("At the N. H. S. desk nobody rings.", 1),
        ("One...", 1),
    ],
)
def test_sentences_are_counted_as_people_count_them(text, count):
    assert sentences_in(text) == count


@given(st.text(max_size=400))
def test_counting_sentences_never_fails_and_faults_never_repeat_the_words(text):
    assert sentences_in(text) >= 0
    for kind in statement_rules().kinds:
        for rule, mend in faults_of(kind, text):
            if len(text.strip()) > 30:
                assert text.strip() not in rule + mend
