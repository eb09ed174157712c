"""Answers by a show of hands: one session of a group, equality answers only from sessions of ten, one threshold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporter.answers import SessionAnswers, answer_sections, answered, questions
from services.reporter.release import Section
from services.reporter.suppression import Control


def session(name, yes=0, no=0, *, group=None, present=12, month="2025-02", question="felt_heard"):
    return SessionAnswers(name, group, month, present, {question: {"yes": yes, "no": no}})


def heard(*sessions, question="felt_heard"):
    return answered(sessions)[question]


def test_sessions_without_a_group_add_up():
    assert heard(session("a", 3, 1), session("b", 4, 2)) == {"yes": 7, "partly": 0, "no": 3, "no_answer": 0}


def test_of_a_group_the_largest_session_alone_counts():
    forum = [session("a", 5, group="g", present=8), session("b", 7, group="g", present=9), session("c", 4, group="h")]
    assert heard(*forum)["yes"] == 11


def test_of_equally_large_sessions_the_earliest_counts_and_then_the_lesser_id():
    later, earlier = session("a", 1, group="g", month="2025-03"), session("z", 2, group="g", month="2025-01")
    assert heard(later, earlier)["yes"] == 2
    assert heard(session("b", 1, group="g"), session("a", 2, group="g"))["yes"] == 2


def test_the_largest_session_that_was_not_asked_does_not_count_for_the_group():
    silent = SessionAnswers("big", "g", "2025-01", 30, {"felt_safe": {"yes": 3}})
    assert heard(silent, session("small", 6, group="g", present=7))["yes"] == 6


def test_answers_that_are_not_in_the_list_are_left_out():
    odd = SessionAnswers("a", None, "2025-01", 30, {"felt_heard": {"yes": 2, "velvet": 9}, "velvet": {"yes": 3}})
    assert heard(odd) == {"yes": 2, "partly": 0, "no": 0, "no_answer": 0}
    assert "velvet" not in answered([odd])


@pytest.mark.parametrize(("present", "counted"), [(9, 0), (10, 4)])
def test_equality_answers_count_only_from_sessions_of_ten(present, counted):
    asked = SessionAnswers("a", None, "2025-01", present, {"disability": {"yes": 4}})
    assert heard(asked, question="disability")["yes"] == counted


def test_every_question_stands_in_every_release():
    assert set(answered([])) == set(questions())
    assert "felt_safe" in questions()
    assert "age_band" in questions()
    assert all("not_said" not in answers for answers in questions().values())


def test_a_forum_of_eight_shows_no_answer_however_often_it_met():
    forum = [session(f"s{n}", 8, group="g", present=8) for n in range(12)]
    sections = answer_sections(answered(forum), Control())
    assert all(cell.value is None for section in sections for cell in section.protected.cells.values())


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_no_answer_is_shown_below_ten_and_every_one_is_rounded(given_answers):
    found = answered([session(f"s{n}", yes, no) for n, (yes, no) in enumerate(given_answers)])
    sections: list[Section] = answer_sections(found, Control())
    shown = [cell.value for each in sections for cell in each.protected.cells.values() if cell.value is not None]
    assert all(value >= 10 and value % 5 == 0 for value in shown)
    assert sections[0].counts == f"answers:{next(iter(questions()))}"
