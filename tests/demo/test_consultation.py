"""The sessions that the plan makes of the texts."""

import copy
import datetime
from collections import Counter

import msgspec
import pytest

from services.demo.consultation import MOST_REPEATS, plan, planned_sessions, texts
from services.demo.labels import is_long, labelled_texts
from services.errors import NotFound
from services.intake.submissions import check
from services.vocabulary.areas import NOT_SAID, areas

TODAY = datetime.date(2026, 1, 1)


def plan_of(*lines):
    """Return a plan of these sessions alone."""
    return {**plan(), "sessions": list(lines)}


def line_of(**more):
    """Return one line of a plan: a workshop of people told apart within the session."""
    given = {
        "kind": "workshop",
        "format": "json",
        "group": "workshop",
        "groups": 1,
        "months": ["2025-01"],
        "texts": ["workshop"],
        "each": 4,
        "present": 9,
        "people": "person",
    }
    return {**given, **more}


def talks_of(total, months=("2025-02",), **more):
    """Return a line of talks with the public."""
    given = {
        "kind": "public_interview",
        "format": "csv",
        "months": list(months),
        "texts": ["public_interview"],
        "total": total,
        "people": "single",
    }
    return {**given, **more}


def words_of(sessions):
    return [said.text for session in sessions for said in session.submission.contributions]


def test_the_plan_has_the_shape_of_the_consultation_of_2018():
    kinds = Counter(session.submission.kind for session in planned_sessions())
    assert kinds["workshop"] == 12
    assert kinds["focus_group"] == 15
    assert kinds["interview"] == 19
    focus = [session.submission for session in planned_sessions() if session.submission.kind == "focus_group"]
    assert sum(session.number_present for session in focus) == 114
    public = [session.submission for session in planned_sessions() if session.submission.kind == "public_interview"]
    assert sum(len(session.contributions) for session in public) == 400
    assert len({area for session in public for said in session.contributions for area in said.areas}) == 5


def test_every_session_would_be_accepted():
    for session in planned_sessions():
        group = None if session.group is None else "g-1"
        check(msgspec.structs.replace(session.submission, group=group), today=TODAY)


def test_planning_twice_gives_the_same_sessions():
    assert planned_sessions() == planned_sessions()


def test_planning_does_not_change_the_plan():
    before = copy.deepcopy(plan())
    planned_sessions()
    assert plan() == before


def test_sessions_come_by_month():
    months = [session.submission.month for session in planned_sessions()]
    assert months == sorted(months)


def test_texts_are_the_words_of_the_labelled_texts_without_marks():
    assert [text.id for text in texts()] == [text.id for text in labelled_texts()]
    assert not any("{{" in text.words for text in texts())


def test_every_word_that_is_submitted_is_an_invented_text():
    assert set(words_of(planned_sessions())) <= {text.words for text in texts()}


def test_a_longer_text_is_said_once_and_a_short_one_three_times_at_most():
    said = Counter(words_of(planned_sessions()))
    assert max(times for words, times in said.items() if is_long(words)) == 1
    assert 1 < max(said.values()) <= MOST_REPEATS


def test_texts_run_out_rather_than_being_said_too_often():
    stock = [text for text in texts() if text.kind == "public_interview"]
    short = sum(not is_long(text.words) for text in stock)
    said = words_of(planned_sessions(plan_of(talks_of(5000))))
    assert len(said) == len(stock) + (MOST_REPEATS - 1) * short


def test_a_total_is_spread_over_the_months_with_the_rest_at_the_front():
    sessions = planned_sessions(plan_of(talks_of(7, months=("2025-01", "2025-02", "2025-03"))))
    assert [len(session.submission.contributions) for session in sessions] == [3, 2, 2]


def test_where_each_is_alone_there_is_a_session_for_each_person():
    sessions = planned_sessions(plan_of(talks_of(3, each_alone=True, format="vtt")))
    assert [session.submission.number_present for session in sessions] == [1, 1, 1]
    for session in sessions:
        (said,) = session.submission.contributions
        assert session.submission.areas == said.areas
        assert said.person == 1


def test_seats_are_numbered_within_a_session_and_the_same_every_month():
    forum = [session for session in planned_sessions() if session.submission.kind == "survivor_forum"]
    assert len(forum) == 6
    for session in forum:
        assert session.seated
        assert [said.seat for said in session.submission.contributions] == list(range(1, 9))


def test_people_of_a_workshop_have_numbers_and_no_seats():
    (session,) = planned_sessions(plan_of(line_of()))
    assert [said.person for said in session.submission.contributions] == [1, 2, 3, 4]
    assert {said.seat for said in session.submission.contributions} == {None}


def test_no_more_people_speak_than_were_there():
    (session,) = planned_sessions(plan_of(line_of(each=9, present=3)))
    assert len(session.submission.contributions) == 3


def test_a_group_alone_keeps_its_name_and_several_are_numbered():
    (one,) = planned_sessions(plan_of(line_of()))
    several = planned_sessions(plan_of(line_of(groups=3, months=["2025-01", "2025-02", "2025-03"])))
    assert one.group == "workshop"
    assert [session.group for session in several] == ["workshop 1", "workshop 2", "workshop 3"]


def test_a_document_says_once_for_the_room_whose_services_were_spoken_of():
    rooms = [session for session in planned_sessions() if session.format == "docx"]
    assert len(rooms) == 18
    for session in rooms:
        assert session.submission.areas
        assert {said.areas for said in session.submission.contributions} == {session.submission.areas}


def test_in_other_files_each_text_keeps_its_own_areas():
    spoken_of = {text.words: set(text.areas) for text in texts()}
    for session in planned_sessions():
        if session.format != "docx":
            assert all(set(said.areas) == spoken_of[said.text] for said in session.submission.contributions)


def test_a_workshop_is_given_texts_of_its_own_boroughs_or_of_none():
    spoken_of = {text.words: set(text.areas) for text in texts() if text.kind == "workshop"}
    workshops = [session for session in planned_sessions() if session.submission.kind == "workshop"]
    for session in workshops:
        fits = set(session.submission.areas)
        assert all(spoken_of[words] <= fits or spoken_of[words] == {NOT_SAID} for words in words_of([session]))


def test_texts_of_a_room_are_taken_in_order_and_never_twice():
    room = line_of(groups=2, each=5, rooms=[["lambeth"], ["lambeth"]])
    said = words_of(planned_sessions(plan_of(room)))
    of_lambeth = [text.words for text in texts() if text.kind == "workshop" and text.areas == ("lambeth",)]
    assert said == of_lambeth[:10]


def test_areas_stand_in_the_order_of_their_list():
    for session in planned_sessions():
        assert session.submission.areas == areas().in_order(session.submission.areas)
        for said in session.submission.contributions:
            assert said.areas == areas().in_order(said.areas)


def test_children_are_asked_under_their_own_consent_rule():
    for session in planned_sessions():
        young = session.submission.kind == "children_session"
        assert session.submission.under_18_consent is young


def test_a_plan_with_an_unknown_area_is_refused():
    with pytest.raises(NotFound):
        planned_sessions(plan_of(line_of(format="docx", areas=["atlantis"])))
