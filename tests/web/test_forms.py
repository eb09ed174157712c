"""A form comes back with what was typed and each error at its field; fields that belong together stand together."""

import pytest

from services.web.contexts import FormError
from services.web.forms import Choice, Field, Question, ToMend, refilled

COLOUR = Field("radios", "colour", "Which?", choices=(Choice("red", "Red", chosen=True), Choice("blue", "Blue")))
DAY = Field("date", "due", "By when?", value="2026-09-03")
ROOM = tuple(Field("number", f"room-{name}", name, within="How many?") for name in ("Upstairs", "Downstairs"))


def test_what_was_typed_takes_the_place_of_what_was_answered_before():
    page = refilled(Question("A page", (Field("text", "title", "Title", value="old"), COLOUR)), {"title": ["new"]}, ())
    assert page.fields[0].value == "new"
    assert not any(choice.chosen for choice in page.fields[1].choices)


def test_what_was_left_empty_comes_back_empty():
    assert refilled(Question("A page", (Field("text", "title", "Title", value="old"),)), {}, ()).fields[0].value == ""


def test_several_choices_come_back_as_they_were_ticked():
    ticks = Field("checkboxes", "uses", "Uses", choices=(Choice("a", "A"), Choice("b", "B"), Choice("c", "C")))
    page = refilled(Question("A page", (ticks,)), {"uses": ["a", "c", "stranger"]}, ())
    assert [choice.value for choice in page.fields[0].choices if choice.chosen] == ["a", "c"]


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ({"due-day": ["3"], "due-month": ["9"], "due-year": ["2026"]}, ("3", "9", "2026")),
        ({"due-day": ["3"], "due-year": ["2026"]}, ("3", "", "2026")),
        ({"due-month": ["Sept"]}, ("", "Sept", "")),
        ({}, ("", "", "")),
    ],
)
def test_a_date_comes_back_part_by_part_as_it_was_typed(typed, parts):
    assert refilled(Question("A page", (DAY,)), typed, ()).fields[0].date_parts == parts


def test_a_day_stands_in_three_parts_without_leading_noughts():
    assert DAY.date_parts == ("3", "9", "2026")
    assert Field("date", "due", "By when?").date_parts == ("", "", "")


def test_errors_go_with_the_page():
    wrong = ToMend(FormError("title", "Enter a title"), FormError("colour", "Choose a colour"))
    page = refilled(Question("A page", (COLOUR,)), {}, wrong.errors)
    assert [error.field for error in page.errors] == ["title", "colour"]
    assert "title" not in str(wrong)


def test_neighbours_that_are_asked_together_stand_under_what_they_ask():
    page = Question("A page", (COLOUR, *ROOM, DAY))
    assert page.asked_together == (("", (COLOUR,)), ("How many?", ROOM), ("", (DAY,)))
